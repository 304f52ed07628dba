/**
 * Text into the bytes that displays take. Node decodes GBK and does not encode it, so the table is turned round
 * once, when the first display needs it. What has no place in an encoding becomes `?`, and control characters are
 * left out: text of a camera or of the feed must not be able to end a frame or to order a display about.
 */

export type DisplayEncoding = 'ascii' | 'gb2312' | 'gbk' | 'utf-8';

let gbkTable: ReadonlyMap<string, number> | undefined;

/** Two bytes of each character of GBK, the lead in the upper one; some 24,000. */
function gbk(): ReadonlyMap<string, number> {
  if (gbkTable) return gbkTable;
  const decoder = new TextDecoder('gbk');
  const table = new Map<string, number>();
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      if (trail === 0x7f) continue;
      const text = decoder.decode(Uint8Array.of(lead, trail));
      // Two places that are none decode to the replacement, or to it and the second byte.
      if (text.length !== 1 || text === '\ufffd') continue;
      if (!table.has(text)) table.set(text, lead * 256 + trail);
    }
  }
  gbkTable = table;
  return table;
}

/** The two bytes of a character in GBK, the lead in the upper one; undefined where it has no place there. */
export function gbkPairOf(character: string): number | undefined {
  return gbk().get(character);
}

/** Rows A1 to F7 of both bytes are GB 2312; displays with its font alone show nothing for the rest. */
function isGb2312(pair: number): boolean {
  const [lead, trail] = [pair >> 8, pair & 0xff];
  return lead >= 0xa1 && lead <= 0xf7 && trail >= 0xa1;
}

const unknown = 0x3f;
const utf8 = new TextEncoder();

function bytesOf(character: string, encoding: DisplayEncoding): readonly number[] {
  const code = character.codePointAt(0) ?? unknown;
  if (code < 0x80) return [code];
  if (encoding === 'utf-8') return [...utf8.encode(character)];
  const pair = encoding === 'ascii' ? undefined : gbk().get(character);
  if (pair === undefined || (encoding === 'gb2312' && !isGb2312(pair))) return [unknown];
  return [pair >> 8, pair & 0xff];
}

/** Half-width cells that a character takes: its bytes in GBK, where Greek and Cyrillic are wide as well. */
function cellsOf(character: string, bytes: readonly number[], encoding: DisplayEncoding): number {
  if (encoding !== 'utf-8') return bytes.length;
  return (character.codePointAt(0) ?? 0) < 0x0800 ? 1 : 2;
}

/** A row of at most so many half-width cells; no character is cut in two. `pad`: filled up with blanks. */
export function encodedRow(
  text: string,
  { encoding, columns, pad }: { encoding: DisplayEncoding; columns: number; pad: boolean },
): Uint8Array {
  const bytes: number[] = [];
  let cells = 0;
  for (const character of printable(text)) {
    const encoded = bytesOf(character, encoding);
    const width = cellsOf(character, encoded, encoding);
    if (cells + width > columns) break;
    cells += width;
    bytes.push(...encoded);
  }
  if (pad) bytes.push(...Array.from({ length: columns - cells }, () => 0x20));
  return Uint8Array.from(bytes);
}

/** On one line, without control and format characters, private ones and halves of a pair. */
function printable(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}]/gu, '')
    .trim();
}
