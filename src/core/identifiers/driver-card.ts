import type { Brand } from '../brand.ts';

/**
 * What stands for a driver's card wherever it is kept: the first half of the SHA-256 of its number. The number itself
 * leaves the device's line for nobody.
 */
export type CardReference = Brand<string, 'CardReference'>;

/** `digest`: SHA-256 of the text's UTF-8 bytes, hexadecimal. Cards are compared without spaces, colons and case. */
export function cardReference(number: string, digest: (text: string) => string): CardReference {
  const text = number.replace(/[\s:-]/g, '').toUpperCase();
  return digest(`kakou driver card\n${text}`).slice(0, 32) as CardReference;
}
