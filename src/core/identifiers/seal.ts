import type { Brand } from '../brand.ts';

/** A seal's number as printed on it or told by an electronic seal: opaque, compared as it stands. */
export type SealNumber = Brand<string, 'SealNumber'>;

export type SealParse =
  | { readonly kind: 'seal'; readonly number: SealNumber }
  | { readonly kind: 'malformed'; readonly text: string; readonly hint: string };

/** No standard gives seals a check digit or a common form; makers use 4 to 20 letters and digits. */
export function parseSeal(text: string): SealParse {
  const normalised = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-./]/g, '');
  if (!/^[A-Z0-9]{4,20}$/.test(normalised)) {
    return {
      kind: 'malformed',
      text: normalised,
      hint: 'a seal number has 4 to 20 letters and digits',
    };
  }
  return { kind: 'seal', number: normalised as SealNumber };
}
