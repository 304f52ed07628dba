/** Bytes as upper-case hexadecimal, without spaces. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += digits[byte];
  return text;
}

const digits = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0').toUpperCase(),
);

/** With a space between the bytes, as manuals print them. */
export const spacedHex = (bytes: Uint8Array): string => hexOf(bytes).replace(/..(?=.)/g, '$& ');
