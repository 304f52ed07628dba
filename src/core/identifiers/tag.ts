import type { Brand } from '../brand.ts';

/** An RFID tag's identity as upper-case hexadecimal: an opaque credential, never decoded here. */
export type TagId = Brand<string, 'TagId'>;

export type TagParse =
  | { readonly kind: 'tag'; readonly id: TagId }
  | { readonly kind: 'malformed'; readonly hint: string };

/** Parses an EPC or TID: 2 to 62 bytes written in hexadecimal. */
export function parseTag(text: string): TagParse {
  const hex = text.replace(/[\s:-]/g, '').toUpperCase();
  if (!/^(?:[0-9A-F]{2}){2,62}$/.test(hex)) {
    return { kind: 'malformed', hint: 'a tag id is 2 to 62 bytes in hexadecimal' };
  }
  return { kind: 'tag', id: hex as TagId };
}
