/**
 * A daemon numbers its ROSpec anew in each connection and takes only tags of that number for its own. What a recorded
 * reader says bears the number of then; here it gets the one that the daemon of now has asked for. A tag of anybody
 * else's ROSpec keeps its number. Written from LLRP 1.0.1, sections 16.1 and 16.2, without the driver's code.
 */
const headBytes = 10;
const messages = { addRoSpec: 20, roAccessReport: 61, readerEventNotification: 63 } as const;
const parameters = {
  roSpec: 177,
  tagReportData: 240,
  readerEventNotificationData: 246,
  roSpecEvent: 249,
} as const;
const roSpecIdTv = 0x89;
/** Bytes with the type byte, by TV type. */
const tvBytes = [0, 3, 9, 9, 9, 9, 2, 3, 3, 5, 3, 3, 3, 13, 3, 3, 5, 3, 5, 3, 3] as const;
const messageBytesMax = 1_048_576;

/** Cuts whole messages out of bytes that come in any pieces; the rest of a stream that is no LLRP comes as it is. */
class LlrpPieces {
  #pending: Buffer = Buffer.alloc(0);
  #isLost = false;

  feed(bytes: Uint8Array): readonly Buffer[] {
    if (this.#isLost) return [Buffer.from(bytes)];
    let rest = Buffer.concat([this.#pending, bytes]);
    const whole: Buffer[] = [];
    while (rest.length >= headBytes) {
      const length = rest.readUInt32BE(2);
      if (length < headBytes || length > messageBytesMax) {
        this.#isLost = true;
        whole.push(rest);
        rest = Buffer.alloc(0);
        break;
      }
      if (length > rest.length) break;
      whole.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#pending = rest;
    return whole;
  }
}

/** One connection of a recorded reader. */
export class LlrpNames {
  readonly #recorded: number | undefined;
  readonly #heard = new LlrpPieces();
  readonly #told = new LlrpPieces();
  #now: number | undefined;

  /** `sent`: what the daemon of the recording wrote on this connection. */
  constructor(sent: readonly Uint8Array[]) {
    this.#recorded = new LlrpPieces().feed(Buffer.concat(sent)).map(roSpecAdded).find(isNumber);
  }

  /** What the daemon of now writes. */
  heard(bytes: Uint8Array): void {
    for (const message of this.#heard.feed(bytes)) this.#now = roSpecAdded(message) ?? this.#now;
  }

  /** What the reader says, in whole messages. */
  told(bytes: Uint8Array): Uint8Array {
    const [from, to] = [this.#recorded, this.#now];
    const whole = this.#told.feed(bytes).map((message) => {
      if (from === undefined || to === undefined) return message;
      const named = Buffer.from(message);
      for (const at of placesOfRoSpec(named)) {
        if (named.readUInt32BE(at) === from) named.writeUInt32BE(to, at);
      }
      return named;
    });
    return Buffer.concat(whole);
  }
}

const isNumber = (value: number | undefined) => value !== undefined;
const typeOf = (message: Buffer) => message.readUInt16BE(0) & 0x3ff;

function roSpecAdded(message: Buffer): number | undefined {
  if (message.length < headBytes + 8 || typeOf(message) !== messages.addRoSpec) return undefined;
  const isRoSpec = (message.readUInt16BE(headBytes) & 0x3ff) === parameters.roSpec;
  return isRoSpec ? message.readUInt32BE(headBytes + 4) : undefined;
}

/** Where a message of the reader names ROSpecs. */
function placesOfRoSpec(message: Buffer): readonly number[] {
  if (message.length < headBytes) return [];
  const places: number[] = [];
  for (const { type, from, to } of parametersIn(message, headBytes, message.length)) {
    const inner = type === undefined ? [] : [...parametersIn(message, from, to)];
    const isReport = typeOf(message) === messages.roAccessReport;
    const isEvent = typeOf(message) === messages.readerEventNotification;
    if (isReport && type === parameters.tagReportData) {
      const named = inner.filter((each) => each.tv === roSpecIdTv);
      places.push(...named.map((each) => each.from));
    }
    if (isEvent && type === parameters.readerEventNotificationData) {
      const events = inner.filter((each) => each.type === parameters.roSpecEvent);
      // The kind of event stands before the number.
      places.push(...events.filter((e) => e.to - e.from >= 5).map((each) => each.from + 1));
    }
  }
  return places;
}

interface Found {
  /** Of a TLV. */
  readonly type?: number;
  /** The type byte of a TV. */
  readonly tv?: number;
  readonly from: number;
  readonly to: number;
}

/** Ends where the bytes stop being parameters. */
function* parametersIn(bytes: Buffer, start: number, end: number): Generator<Found> {
  let at = start;
  while (at < end) {
    const first = bytes[at] ?? 0;
    const isTv = first >= 0x80;
    if (!isTv && at + 4 > end) return;
    const length = isTv ? (tvBytes[first - 0x80] ?? 0) : bytes.readUInt16BE(at + 2);
    if (length < (isTv ? 2 : 4) || at + length > end) return;
    if (isTv) yield { tv: first, from: at + 1, to: at + length };
    else yield { type: bytes.readUInt16BE(at) & 0x3ff, from: at + 4, to: at + length };
    at += length;
  }
}
