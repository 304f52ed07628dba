/** Checksums of serial protocols, and how their value is written into a frame. */
import type { CheckSchema } from './frame-schema.ts';

/** Two bytes wide, or one. */
export const isWide = ({ algo }: Pick<CheckSchema, 'algo'>): boolean => algo.startsWith('crc16');

export function checkValue(check: CheckSchema, bytes: Uint8Array): number {
  switch (check.algo) {
    case 'xor8':
      return bytes.reduce((x, b) => x ^ b, 0);
    case 'sum8':
      return bytes.reduce((s, b) => (s + b) & 0xff, 0);
    case 'neg8':
      return -bytes.reduce((s, b) => s + b, 0) & 0xff;
    case 'neg7':
      return -bytes.reduce((s, b) => s + b, 0) & 0x7f;
    case 'crc16-thingmagic':
      return crcThingMagic(bytes);
    case 'crc16':
      return crc16(bytes, check.crc ?? { poly: 0x8408, init: 0xffff, reflected: true, xorOut: 0 });
  }
}

interface Crc16 {
  readonly poly: number;
  readonly init: number;
  readonly reflected: boolean;
  readonly xorOut: number;
}

/** With `reflected` the polynomial is given reversed, as manuals of such devices print it (0x8408 for 0x1021). */
function crc16(bytes: Uint8Array, { poly, init, reflected, xorOut }: Crc16): number {
  let crc = init;
  for (const byte of bytes) {
    crc ^= reflected ? byte : byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      if (reflected) crc = crc & 1 ? (crc >>> 1) ^ poly : crc >>> 1;
      else crc = crc & 0x8000 ? ((crc << 1) ^ poly) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return (crc ^ xorOut) & 0xffff;
}

/**
 * CRC-16 0x1021 from 0xFFFF whose message is shifted into the low end of the register, four bits at a time, and
 * not followed by zeros: the variant of ThingMagic readers, which no parameter set of an ordinary CRC-16 yields.
 */
function crcThingMagic(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    for (const nibble of [byte >> 4, byte & 0xf])
      crc = (((crc << 4) | nibble) & 0xffff) ^ ((crc >> 12) * 0x1021);
  }
  return crc;
}

/** The bytes that stand in a frame for a value; `wide` for 16-bit checks. */
export function encodedCheck(enc: string, value: number, wide = false): readonly number[] {
  const digit = (n: number) => (n < 10 ? 0x30 + n : 0x37 + n);
  switch (enc) {
    case 'nibble-ascii':
      return [digit(value >> 4), digit(value & 15)];
    case 'hex-ascii': {
      const bytes = wide ? [value >> 8, value & 0xff] : [value];
      return bytes.flatMap((byte) => [digit(byte >> 4), digit(byte & 15)]);
    }
    case 'nibble-30':
      return [0x30 + (value >> 4), 0x30 + (value & 15)];
    case 'le16':
      return [value & 0xff, value >> 8];
    case 'be16':
      return [value >> 8, value & 0xff];
    default:
      return [value];
  }
}

/** Whether the frame carries the value its bytes demand, in any encoding the profile allows. */
export function isCheckRight(check: CheckSchema, frame: Uint8Array): boolean {
  const place = (offset: number) => (offset < 0 ? frame.length + offset : offset);
  const value = demandedCheck(check, frame);
  return [check.enc, ...(check.also ?? [])].some((enc) =>
    encodedCheck(enc, value, isWide(check)).every((byte, i) => frame[place(check.at) + i] === byte),
  );
}

/** The frame with its check written at its place. */
export function writeCheck(check: CheckSchema, frame: Uint8Array): Uint8Array {
  const written = Uint8Array.from(frame);
  const at = check.at < 0 ? frame.length + check.at : check.at;
  written.set(encodedCheck(check.enc, demandedCheck(check, frame), isWide(check)), at);
  return written;
}

/** The value that the checked bytes of a whole frame demand. */
export function demandedCheck(check: CheckSchema, frame: Uint8Array): number {
  const place = (offset: number) => (offset < 0 ? frame.length + offset : offset);
  const end = check.over[1] === 0 ? frame.length : place(check.over[1]);
  return checkValue(check, frame.subarray(place(check.over[0]), end));
}
