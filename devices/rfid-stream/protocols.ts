/**
 * What UHF readers of some families answer, written from their command tables and independent of the profiles
 * that read them. The 288 family has an emulator of its own.
 */

/** The reader as its antennas see it. */
export interface ReaderField {
  readonly epcs: readonly Uint8Array[];
  readonly isAntennaBroken: boolean;
  /** What the host has set up, by step; a reader without power forgets it. */
  readonly told: Set<string>;
}

export interface ReaderProtocol {
  /** Length of the request that begins with these bytes; `none` where none does. */
  requestLength(bytes: Uint8Array): number | 'more' | 'none';
  answer(request: Uint8Array, field: ReaderField): readonly Uint8Array[];
  /** What it sends by itself after so long, in milliseconds. */
  byItself?(field: ReaderField, sinceMs: number): readonly Uint8Array[];
  /** Where the last byte of the check stands, counted from the end. */
  readonly checkAt: number;
}

const sumOf = (bytes: readonly number[]): number => bytes.reduce((sum, byte) => sum + byte, 0);
const negated = (sum: number): number => (256 - (sum % 256)) % 256;

/** A tag's own CRC-16: 0x1021 from 0xFFFF, inverted (EPC Gen2). */
function tagCrc(bytes: readonly number[]): readonly number[] {
  let crc = 0xffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const top = (crc >> 15) ^ ((byte >> bit) & 1);
      crc = (crc << 1) & 0xffff;
      if (top === 1) crc ^= 0x1021;
    }
  }
  return [(crc ^ 0xffff) >> 8, (crc ^ 0xffff) & 0xff];
}

/** Protocol control word: its upper five bits are the words of the EPC. */
const controlWord = (epc: Uint8Array): readonly number[] => [(epc.length / 2) << 3, 0];

/** Signal of every emulated tag: −55 dBm where the unit is told, the bare byte elsewhere. */
const signal = 0xc9;

function yrmFrame(type: number, command: number, parameters: readonly number[]): Uint8Array {
  const body = [type, command, parameters.length >> 8, parameters.length & 0xff, ...parameters];
  return Uint8Array.of(0xbb, ...body, sumOf(body) % 256, 0x7e);
}

/** Single inventory (22): one tag, or the answer that there is none. */
const yrm100: ReaderProtocol = {
  checkAt: 2,
  requestLength(bytes) {
    if (bytes[0] !== 0xbb) return 'none';
    const [, , , high, low] = bytes;
    if (high === undefined || low === undefined) return 'more';
    return high === 0 && low < 64 ? low + 7 : 'none';
  },
  answer(request, { epcs, isAntennaBroken }) {
    if (request[2] !== 0x22) return [yrmFrame(1, 0xff, [0x17])];
    const [epc] = epcs;
    if (!epc || isAntennaBroken) return [yrmFrame(1, 0xff, [0x15])];
    const memory = [...controlWord(epc), ...epc];
    return [yrmFrame(2, 0x22, [signal, ...memory, ...tagCrc(memory)])];
  },
};

function swCtFrame(command: number, status: number, data: readonly number[]): Uint8Array {
  const length = data.length + 4;
  const body = [0x43, 0x54, length >> 8, length & 0xff, 0x00, command, status, ...data];
  return Uint8Array.of(...body, negated(sumOf(body)));
}

/** Inventory (01): a list of tags, or status 00. */
const swCt: ReaderProtocol = {
  checkAt: 1,
  requestLength(bytes) {
    const [first, second, high, low] = bytes;
    if (first !== 0x53 || (second !== undefined && second !== 0x57)) return 'none';
    if (high === undefined || low === undefined) return 'more';
    return high === 0 && low >= 3 ? low + 4 : 'none';
  },
  answer(request, { epcs, isAntennaBroken }) {
    if (request[5] !== 0x01 || sumOf([...request]) % 256 !== 0) return [];
    if (epcs.length === 0 || isAntennaBroken) return [swCtFrame(0x01, 0x00, [])];
    const items = epcs.flatMap((epc) => [epc.length + 3, 0x01, 0x02, ...epc, 0x49]);
    return [swCtFrame(0x01, 0x01, [0x00, epcs.length, ...items])];
  },
};

function a0Frame(command: number, data: readonly number[]): Uint8Array {
  const body = [0xa0, data.length + 3, 0x01, command, ...data];
  return Uint8Array.of(...body, negated(sumOf(body)));
}

/** Real-time inventory (89): a frame a tag, then how the round went. */
const r2000: ReaderProtocol = {
  checkAt: 1,
  requestLength(bytes) {
    if (bytes[0] !== 0xa0) return 'none';
    const length = bytes[1];
    if (length === undefined) return 'more';
    return length >= 3 && length < 32 ? length + 2 : 'none';
  },
  answer(request, { epcs, isAntennaBroken }) {
    if (request[3] !== 0x89 || sumOf([...request]) % 256 !== 0) return [];
    if (isAntennaBroken) return [a0Frame(0x89, [0x22])];
    const tags = epcs.map((epc) => a0Frame(0x89, [0x8c, ...controlWord(epc), ...epc, 0x37]));
    return [...tags, a0Frame(0x89, [0, 0, 0x11, 0, 0, 0, epcs.length])];
  },
};

function m6eFrame(command: number, status: number, data: readonly number[]): Uint8Array {
  const body = [data.length, command, status >> 8, status & 0xff, ...data];
  return Uint8Array.of(0xff, ...body, ...m6eCrc(body));
}

/** The maker's variant: bits are shifted in at the low end, and nothing is shifted in behind them. */
function m6eCrc(bytes: readonly number[]): readonly number[] {
  let crc = 0xffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const top = crc >> 15;
      crc = ((crc << 1) & 0xffff) | ((byte >> bit) & 1);
      if (top === 1) crc ^= 0x1021;
    }
  }
  return [crc >> 8, crc & 0xff];
}

const m6eSteps = ['protocol', 'region', 'antenna', 'filter'];
const stepOf: Readonly<Record<number, string>> = {
  [0x93]: 'protocol',
  [0x97]: 'region',
  [0x91]: 'antenna',
  [0x9a]: 'filter',
};
const refusedStatus = 0x0105;
const noTagStatus = 0x0400;

function m6eTag(epc: Uint8Array): Uint8Array {
  const memory = [...controlWord(epc), ...epc];
  const bits = (memory.length + 2) * 8;
  const report = [0x10, 0x00, 0x1b, 0x01, 0xff, 0x01, 0x01, signal, 0x11, 0x0e, 0x08, 0x30];
  const rest = [0, 0, 0, 0x13, 0, 0, 0x05, 0, 0, 0x0f, bits >> 8, bits & 0xff];
  return m6eFrame(0x22, 0, [...report, ...rest, ...memory, ...tagCrc(memory)]);
}

/** Continuous reading: it must be set up, then reports tags by itself until told to stop. */
const m6e: ReaderProtocol = {
  checkAt: 1,
  requestLength(bytes) {
    if (bytes[0] !== 0xff) return 'none';
    const length = bytes[1];
    if (length === undefined) return 'more';
    return length < 64 ? length + 5 : 'none';
  },
  answer(request, { told }) {
    const [, length = 0, command = 0] = request;
    const right = m6eCrc([...request.subarray(1, length + 3)]);
    if (right.some((byte, i) => request[length + 3 + i] !== byte)) return [];
    const step = stepOf[command];
    if (step !== undefined) {
      told.add(step);
      return [m6eFrame(command, 0, [])];
    }
    if (command !== 0x2f) return [m6eFrame(command, refusedStatus, [])];
    if (request[5] === 0x02) {
      told.delete('reading');
      return [m6eFrame(command, 0, [0x02])];
    }
    if (!m6eSteps.every((each) => told.has(each))) return [m6eFrame(command, refusedStatus, [])];
    told.add('reading');
    return [m6eFrame(command, 0, [0x01, 0x22, 0x00, 0x00])];
  },
  byItself({ epcs, isAntennaBroken, told }, sinceMs) {
    if (!told.has('reading')) return [];
    if (epcs.length > 0 && !isAntennaBroken) return sinceMs < 40 ? [] : epcs.map(m6eTag);
    return sinceMs < 1_000 ? [] : [m6eFrame(0x22, noTagStatus, [])];
  },
};

export const protocols = { yrm100, swCt, r2000, m6e } as const satisfies Readonly<
  Record<string, ReaderProtocol>
>;
export type ReaderFamily = keyof typeof protocols;
