import type { Brand } from '../brand.ts';

/** Eleven characters of ISO 6346: owner code, category, serial, check digit; well formed, check digit right. */
export type ContainerNumber = Brand<string, 'ContainerNumber'>;

/**
 * What a text says about a container. `nonconforming` has the right form and a wrong check digit: such
 * numbers stand in documents and on boxes, so they are kept, but never trusted as read.
 */
export type ContainerNumberParse =
  | {
      readonly kind: 'valid';
      readonly number: ContainerNumber;
      /** Remainder 10 and remainder 0 share the digit 0; ISO advises against such serials, boxes bear them. */
      readonly remainderTen: boolean;
    }
  | {
      readonly kind: 'nonconforming';
      readonly text: string;
      readonly checkDigitRead: number;
      readonly checkDigitExpected: number;
    }
  | {
      readonly kind: 'malformed';
      readonly reason: 'empty' | 'length' | 'ownerCode' | 'category' | 'serial';
      readonly hint: string;
    };

const pattern = /^([A-Z]{3})([UJZ])(\d{6})(\d)$/;

/** ISO 6346 letter value: A is 10, multiples of 11 are left out. */
function characterValue(character: string): number {
  const code = character.charCodeAt(0);
  if (code <= 57) return code - 48;
  const letter = code - 65;
  return 10 + letter + Math.floor((letter + 9) / 10);
}

/** Remainder (0 to 10) of the weighted sum of the first ten characters, ISO 6346 annex A. */
export function containerCheckRemainder(firstTen: string): number {
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += characterValue(firstTen.charAt(i)) * 2 ** i;
  return sum % 11;
}

/** Upper case, without the spaces and hyphens that are painted or typed between the groups. */
export function normaliseContainerText(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-./]/g, '');
}

/** Parses a container number as read or typed; lower case, spaces and hyphens are accepted. */
export function parseContainerNumber(text: string): ContainerNumberParse {
  const normalised = normaliseContainerText(text);
  const match = pattern.exec(normalised);
  if (!match) return malformed(normalised);
  const remainder = containerCheckRemainder(normalised);
  const expected = remainder % 10;
  const read = Number(match[4]);
  if (read !== expected) {
    return {
      kind: 'nonconforming',
      text: normalised,
      checkDigitRead: read,
      checkDigitExpected: expected,
    };
  }
  return {
    kind: 'valid',
    number: normalised as ContainerNumber,
    remainderTen: remainder === 10,
  };
}

/**
 * The number that a document means: where owner and serial are there, the check digit follows from them, whether it is
 * missing or miswritten. Good for what restricts; what allows has to name its box as it is.
 */
export function meantContainer(text: string): string {
  const normalised = normaliseContainerText(text);
  const firstTen = /^([A-Z]{3}[UJZ]\d{6})\d?$/.exec(normalised)?.[1];
  return firstTen === undefined
    ? normalised
    : `${firstTen}${containerCheckRemainder(firstTen) % 10}`;
}

function malformed(text: string): ContainerNumberParse {
  if (text === '' || text === 'NULL') {
    return { kind: 'malformed', reason: 'empty', hint: 'nothing was recognised' };
  }
  if (text.length !== 11) {
    return {
      kind: 'malformed',
      reason: 'length',
      hint: `a container number has 11 characters, this has ${text.length}`,
    };
  }
  if (!/^[A-Z]{3}/.test(text)) {
    return {
      kind: 'malformed',
      reason: 'ownerCode',
      hint: 'the first three characters are letters',
    };
  }
  if (!/^[UJZ]$/.test(text.charAt(3))) {
    return { kind: 'malformed', reason: 'category', hint: 'the fourth character is U, J or Z' };
  }
  return { kind: 'malformed', reason: 'serial', hint: 'the last seven characters are digits' };
}
