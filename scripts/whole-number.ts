/** Reads an option that is a whole number of at least `least`; anything else is refused by name. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(least = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`give a whole number of at least ${least}.`);
    }
    return value;
  };
}
