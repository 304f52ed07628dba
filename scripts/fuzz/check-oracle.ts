/**
 * Says whether the checks of a frame are right, by code of its own: bit by bit from the definitions, with nothing
 * shared with the interpreter that is being tried.
 */
import type { StreamProfile } from '../../src/driver-kit/profile/stream.ts';

type Frame = StreamProfile['frames'][number];
type CheckOf = Exclude<NonNullable<Frame['check']>, readonly unknown[]>;

/** True for a frame without a check: it has none that could be wrong. */
export function areChecksRight({ check }: Pick<Frame, 'check'>, bytes: Uint8Array): boolean {
  const checks = check === undefined ? [] : Array.isArray(check) ? check : [check];
  return checks.every((each) => isRight(each, bytes));
}

function isRight(check: CheckOf, bytes: Uint8Array): boolean {
  const place = (at: number) => (at < 0 ? bytes.length + at : at);
  const to = check.over[1] === 0 ? bytes.length : place(check.over[1]);
  const over = [...bytes.slice(place(check.over[0]), to)];
  const at = place(check.at);
  return [check.enc, ...(check.also ?? [])].some((enc) => {
    const read = readValue(enc, bytes, at, check.algo.startsWith('crc16'));
    return read !== undefined && read === demandedValue(check, over);
  });
}

function demandedValue(check: CheckOf, over: readonly number[]): number {
  let sum = 0;
  let xor = 0;
  for (const byte of over) {
    sum += byte;
    xor ^= byte;
  }
  switch (check.algo) {
    case 'xor8':
      return xor;
    case 'sum8':
      return sum % 256;
    case 'neg8':
      return (256 - (sum % 256)) % 256;
    case 'neg7':
      return (128 - (sum % 128)) % 128;
    case 'crc16-thingmagic':
      return remainder(over, 0xffff, 'unpadded');
    case 'crc16':
      return crcOf(check, over);
  }
}

function crcOf({ crc }: CheckOf, over: readonly number[]): number {
  const { poly, init, reflected, xorOut } = crc ?? {
    poly: 0x8408,
    init: 0xffff,
    reflected: true,
    xorOut: 0,
  };
  const normal = reflected ? reversed(poly) : poly;
  if (normal !== 0x1021) throw new RangeError('the oracle knows the polynomial 0x1021 alone');
  const message = reflected ? over.map((byte) => reversed(byte) >> 8) : over;
  const value = remainder(message, init, 'padded');
  return (reflected ? reversed(value) : value) ^ xorOut;
}

const reversed = (value: number): number => {
  let other = 0;
  for (let bit = 0; bit < 16; bit++) if ((value >> bit) & 1) other |= 0x8000 >> bit;
  return other;
};

/** Long division of the message by 0x11021; `padded`: as if sixteen zeros followed, which is the usual CRC. */
function remainder(message: readonly number[], init: number, kind: 'padded' | 'unpadded'): number {
  let register = init;
  for (const byte of message) {
    for (let bit = 7; bit >= 0; bit--) {
      const incoming = (byte >> bit) & 1;
      const top = register >> 15;
      if (kind === 'padded') {
        register = (register << 1) & 0xffff;
        if (top !== incoming) register ^= 0x1021;
      } else {
        register = ((register << 1) & 0xffff) | incoming;
        if (top === 1) register ^= 0x1021;
      }
    }
  }
  return register;
}

function readValue(
  enc: string,
  bytes: Uint8Array,
  at: number,
  isWide: boolean,
): number | undefined {
  const [first, second] = [bytes[at], bytes[at + 1]];
  if (first === undefined) return undefined;
  if (enc === 'raw') return first;
  if (second === undefined) return undefined;
  if (enc === 'le16') return first + 256 * second;
  if (enc === 'be16') return 256 * first + second;
  if (enc === 'nibble-30')
    return isNibble(first) && isNibble(second) ? 16 * (first - 0x30) + second - 0x30 : undefined;
  const text = String.fromCharCode(...bytes.slice(at, at + (isWide ? 4 : 2)));
  return /^[0-9A-F]+$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

const isNibble = (byte: number): boolean => byte >= 0x30 && byte <= 0x3f;
