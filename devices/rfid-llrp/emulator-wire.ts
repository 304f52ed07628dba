/**
 * The reader's side of the wire for the emulator, written from the tables of the standard and sharing nothing
 * with the driver: messages are put together as hexadecimal text and taken apart by a table of what each
 * parameter holds.
 */

/** Big-endian, in so many bytes. */
export const be = (value: number | bigint, bytes: number): string =>
  BigInt.asUintN(bytes * 8, BigInt(value))
    .toString(16)
    .padStart(bytes * 2, '0');

export const tlv = (type: number, body: string): string =>
  be(type, 2) + be(4 + body.length / 2, 2) + body;

export const tv = (type: number, body: string): string => be(0x80 + type, 1) + body;

export const message = (type: number, id: number, body = ''): string =>
  be(0x400 + type, 2) + be(10 + body.length / 2, 4) + be(id, 4) + body;

export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export function status(code: number, words = '', detail = ''): string {
  const utf8 = Array.from(new TextEncoder().encode(words), (byte) => be(byte, 1)).join('');
  return tlv(287, be(code, 2) + be(utf8.length / 2, 2) + utf8 + detail);
}

export interface WireParameter {
  readonly type: number;
  /** Own fields, before the parameters inside. */
  readonly fields: DataView;
  readonly inner: readonly WireParameter[];
}

/** What stands in a request that is not as the standard has it. */
export interface WireError {
  readonly code: number;
  readonly words: string;
}

export interface WireMessage {
  readonly type: number;
  readonly id: number;
  readonly fields: DataView;
  readonly parameters: readonly WireParameter[];
}

/** Bytes of a parameter's own fields, and the parameters it may hold. */
const shapes: Readonly<Record<number, { fields: number; inner: readonly number[] }>> = {
  177: { fields: 6, inner: [178, 183, 237] },
  178: { fields: 0, inner: [179, 182] },
  179: { fields: 1, inner: [] },
  182: { fields: 5, inner: [] },
  // Its antennas come on top.
  183: { fields: 2, inner: [184, 186] },
  184: { fields: 5, inner: [] },
  186: { fields: 3, inner: [222] },
  220: { fields: 5, inner: [] },
  222: { fields: 2, inner: [224] },
  224: { fields: 6, inner: [] },
  226: { fields: 1, inner: [] },
  237: { fields: 3, inner: [238] },
  238: { fields: 2, inner: [] },
  244: { fields: 0, inner: [245] },
  245: { fields: 3, inner: [] },
};

/** Fields of the requests a reader of inventory knows, and the parameters they may hold. */
const requestShapes: Readonly<Record<number, { fields: number; inner: readonly number[] }>> = {
  1: { fields: 1, inner: [] },
  3: { fields: 1, inner: [244, 220, 226] },
  14: { fields: 0, inner: [] },
  20: { fields: 0, inner: [177] },
  21: { fields: 4, inner: [] },
  24: { fields: 4, inner: [] },
  72: { fields: 0, inner: [] },
};

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** One whole message; a `WireError` where a reader would refuse it. */
export function parseRequest(
  bytes: Uint8Array,
): WireMessage | (WireError & Pick<WireMessage, 'type' | 'id'>) {
  const view = viewOf(bytes);
  const id = view.getUint32(6);
  const type = view.getUint16(0) % 0x400;
  if (view.getUint8(0) >> 2 !== 1) return { type, id, code: 110, words: 'version' };
  const shape = requestShapes[type];
  if (!shape) return { type, id, code: 109, words: `message ${type}` };
  const at = 10 + shape.fields;
  if (bytes.length < at) return { type, id, code: 101, words: 'message too short' };
  const parameters = parse(bytes.subarray(at), shape.inner);
  return 'code' in parameters
    ? { type, id, ...parameters }
    : { type, id, fields: viewOf(bytes.subarray(10, at)), parameters };
}

function parse(bytes: Uint8Array, allowed: readonly number[]): WireParameter[] | WireError {
  const found: WireParameter[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 4) return { code: 100, words: 'parameter cut off' };
    const type = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const shape = shapes[type];
    if (!shape) return { code: 107, words: `parameter ${type}` };
    if (!allowed.includes(type)) return { code: 102, words: `parameter ${type}` };
    const fields =
      shape.fields + (type === 183 && at + 6 <= bytes.length ? view.getUint16(at + 4) * 2 : 0);
    if (length < 4 + fields || at + length > bytes.length)
      return { code: 100, words: `parameter ${type} length ${length}` };
    const body = bytes.subarray(at + 4, at + length);
    const inner = parse(body.subarray(fields), shape.inner);
    if ('code' in inner) return inner;
    found.push({ type, fields: viewOf(body.subarray(0, fields)), inner });
    at += length;
  }
  return found;
}
