/**
 * Good inputs damaged as lines, firmware and attackers do it. A damage is four small numbers: a million of them are
 * cheap to make, and one that fails shrinks to few.
 */
import fc from 'fast-check';

export interface Stock {
  readonly good: readonly Uint8Array[];
  /** What such inputs are made of: markers, delimiters and tricks with them. */
  readonly pieces: readonly (string | Uint8Array)[];
}

interface Place {
  readonly at: number;
  readonly size: number;
  readonly value: number;
}

type Damage = (bytes: Buffer, place: Place, stock: Stock) => Buffer;

/** What a length or a count says that lies. */
const numbers = [
  '0',
  '-1',
  '1',
  '007',
  '1e999',
  '1.5',
  '0x10',
  'NaN',
  '2147483648',
  '4294967296',
  '99999999999999999999',
];
const words = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff];
/** No damaged input is longer. */
const bytesMax = 65_536;

const spliced = (bytes: Buffer, from: number, to: number, middle: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(to)]);
const picked = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length];
const pieceOf = (pieces: Stock['pieces'], index: number) =>
  Buffer.from(picked(pieces, index) ?? '');

const damages: readonly Damage[] = [
  function flip(bytes, { at, value }) {
    const other = Buffer.from(bytes);
    if (at < other.length) other[at] = (other[at] ?? 0) ^ (1 << (value % 8));
    return other;
  },
  function overwrite(bytes, { at, value }) {
    const other = Buffer.from(bytes);
    if (at < other.length) other[at] = value & 0xff;
    return other;
  },
  function insert(bytes, { at, value }, { pieces }) {
    return spliced(bytes, at, at, pieceOf(pieces, value));
  },
  function replace(bytes, { at, size, value }, { pieces }) {
    return spliced(bytes, at, at + size, pieceOf(pieces, value));
  },
  function cutOut(bytes, { at, size }) {
    return spliced(bytes, at, at + size, Buffer.alloc(0));
  },
  function cutShort(bytes, { at }) {
    return bytes.subarray(0, at);
  },
  function cutHead(bytes, { at }) {
    return bytes.subarray(at);
  },
  function double(bytes, { at, size }) {
    return spliced(bytes, at, at, bytes.subarray(at, at + size));
  },
  function repeat(bytes, { at, size, value }, { pieces }) {
    const what = value % 2 ? bytes.subarray(at, at + size) : pieceOf(pieces, size);
    const times = Array.from({ length: Math.min(value % 300, bytesMax / (what.length + 1)) });
    return spliced(bytes, at, at, Buffer.concat(times.map(() => what)));
  },
  function splice(bytes, { at, size, value }, { good }) {
    const other = picked(good, value) ?? bytes;
    return Buffer.concat([bytes.subarray(0, at), other.subarray((size * at) % (other.length + 1))]);
  },
  function renumber(bytes, { at, value }) {
    let from = at;
    while (from < bytes.length && !isDigit(bytes[from])) from += 1;
    let to = from;
    while (to < bytes.length && isDigit(bytes[to])) to += 1;
    return spliced(bytes, from, to, Buffer.from(picked(numbers, value) ?? String(value)));
  },
  function reword(bytes, { at, size, value }) {
    const other = Buffer.from(bytes);
    const word = value % 2 ? value : (picked(words, value) ?? value);
    if (at + 1 < other.length)
      size % 2 ? other.writeUInt16LE(word, at) : other.writeUInt16BE(word, at);
    return other;
  },
];

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** A good input with at most so many damages, or bytes of nobody's design. */
export function damaged(stock: Stock, damagesMax = 4): fc.Arbitrary<Buffer> {
  const damage = fc.tuple(fc.nat(damages.length - 1), fc.nat(65_535), fc.nat(63), fc.nat(65_535));
  const ofGood = fc
    .tuple(fc.nat(stock.good.length - 1), fc.array(damage, { maxLength: damagesMax }))
    .map(([which, list]) =>
      list.reduce<Buffer>(
        (bytes, [how, where, size, value]) => {
          const at = where % (bytes.length + 1);
          const other = damages[how]?.(bytes, { at, size, value }, stock) ?? bytes;
          return other.subarray(0, bytesMax);
        },
        Buffer.from(picked(stock.good, which) ?? []),
      ),
    );
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const puzzle = fc
    .array(fc.nat(Math.max(0, stock.pieces.length - 1)), { maxLength: 40 })
    .map((list) => Buffer.concat(list.map((which) => pieceOf(stock.pieces, which))));
  return fc.oneof(
    { weight: 10, arbitrary: ofGood },
    { weight: 1, arbitrary: noise },
    { weight: 1, arbitrary: puzzle },
  );
}

/** Several inputs behind one another. */
export function damagedRun(stock: Stock, inputsMax: number): fc.Arbitrary<Buffer> {
  return fc.array(damaged(stock, 2), { maxLength: inputsMax }).map((list) => Buffer.concat(list));
}

/** Sizes of the pieces that a network makes of an input. */
export const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 12 });

/** Pieces of these sizes, and the rest. */
export function cutInto(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) break;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)];
}

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Pieces that XML is made of, and tricks with it. */
export const xmlPieces = [
  '<',
  '>',
  '/>',
  '</',
  '<a',
  '</a>',
  '<a>',
  '<a>'.repeat(40),
  '<a><a></a></a>',
  `${'<a>'.repeat(40)}${'</a>'.repeat(40)}`,
  ' b="c"',
  ' b=',
  '"',
  "'",
  '&',
  '&amp;',
  '&lt;',
  '&#',
  '&#x41;',
  '&#xD800;',
  '&#99999999;',
  '&e;',
  ';',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<!DOCTYPE a [<!ENTITY e "x">]>',
  '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
  '<!ENTITY',
  '[',
  ']',
  '<?xml version="1.0"?>',
  '<?xml version="1.0" encoding="GBK"?>',
  '<?xml version="1.0" encoding="UTF-16"?>',
  '<?',
  '?>',
  ' xmlns="urn:a"',
  ' xmlns:p="urn:p"',
  ' xmlns:p=""',
  '<p:a',
  '</p:a>',
  ' hasOwnProperty=""',
  ' __proto__="x"',
  ' constructor="y"',
  '粤',
  '\uD83D',
  '\uFEFF',
  '\0',
  '\n',
  ' ',
  'xmlns',
  '%e;',
] as const;
