/** Text of messages to bytes and back, in the two character sets that platforms speak. */
import { gbkPairOf } from '../../driver-kit/text-encoding.ts';
import type { Dialect } from './dialect.ts';

const utf8 = new TextEncoder();

/** What GBK has no place for is written as a reference, which is the same text to a reader of XML. */
export function encodedText(xml: string, charset: Dialect['charset']): Uint8Array {
  if (charset === 'utf-8') return utf8.encode(xml);
  const bytes: number[] = [];
  for (const character of xml) {
    const code = character.codePointAt(0) ?? 0;
    const pair = code < 0x80 ? undefined : gbkPairOf(character);
    if (code < 0x80) bytes.push(code);
    else if (pair === undefined) bytes.push(...utf8.encode(`&#${code};`));
    else bytes.push(pair >> 8, pair & 0xff);
  }
  return Uint8Array.from(bytes);
}

/** Undefined where the bytes are no text of it. */
export function decodedText(bytes: Uint8Array, charset: Dialect['charset']): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
