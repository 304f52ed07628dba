/**
 * Parameters inside an LLRP message (LLRP 1.0.1 section 16.2): TLV with a length, TV with a length that follows
 * from the type. Every length is checked against what encloses it, their number is bounded, and what is not
 * known is stepped over where that is possible at all: a TV of unknown type has no length that could be known.
 */

/** The bytes are no message: thrown by readers of this driver, caught by `decodeMessage` alone. */
export class Damage extends Error {}

export interface Parameter {
  readonly type: number;
  /** What stands behind the head. */
  readonly body: Uint8Array;
}

/** What one message may still hold, and what of it was stepped over. */
export interface Budget {
  /** Parameters that may still come, on all levels. */
  left: number;
  /** Parameters that were stepped over because nothing here reads them. */
  skipped: number;
}

/** Parameters of one message on all levels together; a report of a full field stays far below. */
export const parametersMax = 8_192;

/** Bytes behind the type byte, by TV type; 19 and 20 came with LLRP 1.1. */
const tvBytes: Readonly<Record<number, number>> = {
  1: 2, // AntennaID
  2: 8, // FirstSeenTimestampUTC
  3: 8, // FirstSeenTimestampUptime
  4: 8, // LastSeenTimestampUTC
  5: 8, // LastSeenTimestampUptime
  6: 1, // PeakRSSI
  7: 2, // ChannelIndex
  8: 2, // TagSeenCount
  9: 4, // ROSpecID
  10: 2, // InventoryParameterSpecID
  11: 2, // C1G2_CRC
  12: 2, // C1G2_PC
  13: 12, // EPC_96
  14: 2, // SpecIndex
  15: 2, // ClientRequestOpSpecResult
  16: 4, // AccessSpecID
  17: 2, // OpSpecID
  18: 4, // C1G2SingulationDetails
  19: 2, // C1G2XPCW1
  20: 2, // C1G2XPCW2
};

const tlvHeadBytes = 4;
const tlvTypeMin = 128;

/** The parameters that fill `bytes` from `from` to the end, on one level. */
export function parametersIn(bytes: Uint8Array, from: number, budget: Budget): Parameter[] {
  const found: Parameter[] = [];
  let at = from;
  while (at < bytes.length) {
    budget.left -= 1;
    if (budget.left < 0) throw new Damage(`more than ${parametersMax} parameters`);
    const { parameter, end } = parameterAt(bytes, at);
    found.push(parameter);
    at = end;
  }
  return found;
}

/** On the level of the message itself stand TLVs only; a TV there has fallen out of a parameter. */
export function parametersOfMessage(bytes: Uint8Array, from: number, budget: Budget): Parameter[] {
  const found = parametersIn(bytes, from, budget);
  if (found.some(({ type }) => type < tlvTypeMin)) throw new Damage('a TV outside of a parameter');
  return found;
}

function parameterAt(bytes: Uint8Array, at: number): { parameter: Parameter; end: number } {
  const first = u8(bytes, at);
  if (first >= 0x80) {
    const type = first - 0x80;
    const size = tvBytes[type];
    if (size === undefined) throw new Damage(`TV parameter of unknown type ${type}`);
    const end = at + 1 + size;
    if (end > bytes.length) throw new Damage(`parameter ${type} is cut off`);
    return { parameter: { type, body: bytes.subarray(at + 1, end) }, end };
  }
  const type = u16(bytes, at);
  if (type > 0x3ff || type < tlvTypeMin) throw new Damage(`no parameter has type ${type}`);
  const length = u16(bytes, at + 2);
  const end = at + length;
  if (length < tlvHeadBytes || end > bytes.length)
    throw new Damage(`parameter ${type} has an impossible length ${length}`);
  return { parameter: { type, body: bytes.subarray(at + tlvHeadBytes, end) }, end };
}

/** A parameter without parameters of its own has exactly the bytes of its fields. */
export function fixed(parameter: Parameter, size: number): Uint8Array {
  if (parameter.body.length !== size)
    throw new Damage(`parameter ${parameter.type} has ${parameter.body.length} bytes, not ${size}`);
  return parameter.body;
}

export function u8(bytes: Uint8Array, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw new Damage('a field is cut off');
  return value;
}

export const u16 = (bytes: Uint8Array, at: number): number =>
  u8(bytes, at) * 0x100 + u8(bytes, at + 1);

export const u32 = (bytes: Uint8Array, at: number): number =>
  u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2);

/** Longest text of a device that is passed on, in characters. */
const textMax = 200;

/** Text with its length in front; `end` is the place behind it. What cannot be shown is a dot. */
export function text(bytes: Uint8Array, at: number): { text: string; end: number } {
  const end = at + 2 + u16(bytes, at);
  if (end > bytes.length) throw new Damage('a text is cut off');
  const whole = new TextDecoder().decode(bytes.subarray(at + 2, end));
  return { text: whole.replace(/[\p{C}\ufffd]/gu, '.').slice(0, textMax), end };
}
