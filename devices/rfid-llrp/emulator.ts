/**
 * An LLRP reader as pure bytes, written from the standard's tables: it takes one client, refuses what it does
 * not have with the status codes of LLRP, reports the tags in its field and wants its keepalives acknowledged.
 * It can be wrong in the ways real ones and their networks are.
 */
import {
  be,
  bytesOf,
  message,
  parseRequest,
  status,
  tlv,
  tv,
  type WireMessage,
  type WireParameter,
} from './emulator-wire.ts';

export interface TagInField {
  /** Hexadecimal; whole bytes. */
  readonly epc: string;
  /** Length of the EPC in bits where it is not that of its bytes. */
  readonly bits?: number;
  /** 1-based; absent: 1. */
  readonly antenna?: number;
  /** Absent: -55. */
  readonly rssiDbm?: number;
}

export interface LlrpReaderOptions {
  /** Absent: 4. */
  readonly antennas?: number;
  /** Without a clock it stamps with its uptime. */
  readonly hasClock?: boolean;
  /** Leaves out of a report what is as in the report before. */
  readonly isTerse?: boolean;
  /** Adds parameters of its maker, and ones nobody asked for. */
  readonly isTalkative?: boolean;
  /** Absent: 100. */
  readonly reportEveryMs?: number;
}

export type LlrpFault =
  /** Everything of a moment in one segment, and every segment glued to the next. */
  | 'coalesced'
  /** Each byte in a segment of its own. */
  | 'split'
  /** Bytes that are no LLRP, before everything else. */
  | 'garbage'
  | 'noGreeting'
  | 'noKeepalives'
  /** Answers ADD_ROSPEC with an error. */
  | 'refusesAdd'
  /** Says nothing to a request. */
  | 'noAnswers'
  /** Has a client already. */
  | 'occupied';

interface RoSpec {
  readonly id: number;
  readonly antennas: readonly number[];
  /** Flags of the TagReportContentSelector. */
  readonly content: number;
  enabled: boolean;
}

const answerTypes: Readonly<Record<number, number>> = {
  1: 11,
  3: 13,
  14: 4,
  20: 30,
  21: 31,
  24: 34,
};
const acknowledgementsMissed = 3;

export class LlrpReader {
  /** Types of the requests it has got, newest last. */
  readonly requests: number[] = [];
  readonly faults = new Set<LlrpFault>();
  readonly antennas: number;
  readonly options: LlrpReaderOptions;
  tags: readonly TagInField[] = [];
  #client: ReaderLink | undefined;

  constructor(options: LlrpReaderOptions = {}) {
    this.options = options;
    this.antennas = options.antennas ?? 4;
  }

  /** Tags now in the field. */
  field(tags: readonly TagInField[]): void {
    this.tags = tags;
  }

  /** A client has opened a TCP connection. */
  connect(nowMs: number): ReaderLink {
    const isOccupied = this.faults.has('occupied') || (this.#client && !this.#client.isOver);
    const link = new ReaderLink(this, nowMs, isOccupied ? 2 : 0);
    if (isOccupied) this.#client?.notify(tlv(256, be(4, 2)), nowMs);
    else this.#client = link;
    return link;
  }

  /** Power fails: every connection is gone, and with them what the reader was told to do. */
  restart(): void {
    this.#client?.end();
    this.#client = undefined;
  }

  /** What it tells of itself, to the client it has. */
  antennaEvent(antenna: number, isConnected: boolean, nowMs: number): void {
    this.#client?.notify(tlv(255, be(isConnected ? 1 : 0, 1) + be(antenna, 2)), nowMs, 8);
  }

  exception(words: string, nowMs: number): void {
    const text = new TextEncoder().encode(words);
    const hex = Array.from(text, (byte) => be(byte, 1)).join('');
    this.#client?.notify(tlv(252, be(text.length, 2) + hex + tv(1, be(1, 2))), nowMs, 4);
  }

  /** Its web page, or another client by way of it, stops our inventory. */
  endInventory(nowMs: number): void {
    this.#client?.endInventory(nowMs);
  }

  /** It announces that it will end the connection, and ends it. */
  closeConnection(nowMs: number): void {
    this.#client?.notify(tlv(257, ''), nowMs);
    this.#client?.end();
  }
}

/** One connection. What it has to say comes from `received` and `tick`; over, it still has its last words. */
export class ReaderLink {
  #isOver = false;
  readonly #reader: LlrpReader;
  readonly #sinceMs: number;
  #input: number[] = [];
  #output: string[] = [];
  #messageId = 0;
  #events = new Set<number>();
  #roSpec: RoSpec | undefined;
  #keepaliveMs = 0;
  #keepaliveAtMs = 0;
  #reportAtMs = 0;
  readonly #unacknowledged = new Set<number>();
  #lastReport: Record<number, string> = {};

  constructor(reader: LlrpReader, nowMs: number, attempt: number) {
    this.#reader = reader;
    this.#sinceMs = nowMs;
    if (reader.faults.has('noGreeting')) return;
    this.notify(tlv(256, be(attempt, 2)), nowMs);
    if (attempt !== 0) this.end();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
  }

  /** Tells an event; one of a type that must be asked for only where it was. */
  notify(event: string, nowMs: number, eventType?: number): void {
    if (this.#isOver || (eventType !== undefined && !this.#events.has(eventType))) return;
    const hasClock = this.#reader.options.hasClock ?? true;
    const micros = BigInt(Math.round(hasClock ? 1.76e12 + nowMs : nowMs - this.#sinceMs)) * 1000n;
    this.#say(63, this.#nextId(), tlv(246, tlv(hasClock ? 128 : 129, be(micros, 8)) + event));
  }

  endInventory(nowMs: number): void {
    if (!this.#roSpec?.enabled) return;
    this.#roSpec.enabled = false;
    this.notify(tlv(249, be(1, 1) + be(this.#roSpec.id, 4) + be(0, 4)), nowMs, 2);
  }

  received(bytes: Uint8Array, nowMs: number): readonly Uint8Array[] {
    this.#input.push(...bytes);
    while (!this.#isOver && this.#input.length >= 10) {
      const length = Number.parseInt(
        this.#input
          .slice(2, 6)
          .map((byte) => be(byte, 1))
          .join(''),
        16,
      );
      if (length < 10) this.end();
      if (length < 10 || this.#input.length < length) break;
      this.#handle(Uint8Array.from(this.#input.splice(0, length)), nowMs);
    }
    return this.#flush();
  }

  tick(nowMs: number): readonly Uint8Array[] {
    if (!this.#isOver) {
      this.#keepAlive(nowMs);
      this.#report(nowMs);
    }
    return this.#flush();
  }

  #keepAlive(nowMs: number): void {
    const { faults } = this.#reader;
    if (this.#keepaliveMs === 0 || nowMs < this.#keepaliveAtMs || faults.has('noKeepalives'))
      return;
    this.#keepaliveAtMs = nowMs + this.#keepaliveMs;
    if (this.#unacknowledged.size >= acknowledgementsMissed) {
      this.notify(tlv(257, ''), nowMs);
      return this.end();
    }
    const id = this.#nextId();
    this.#unacknowledged.add(id);
    this.#say(62, id);
  }

  #report(nowMs: number): void {
    const roSpec = this.#roSpec;
    if (!roSpec?.enabled || nowMs < this.#reportAtMs) return;
    this.#reportAtMs = nowMs + (this.#reader.options.reportEveryMs ?? 100);
    for (const tag of this.#reader.tags) {
      const isRead = roSpec.antennas.includes(0) || roSpec.antennas.includes(tag.antenna ?? 1);
      if (isRead) this.#say(61, this.#nextId(), this.#tagReport(tag, roSpec, nowMs));
    }
  }

  #tagReport({ epc, bits, antenna = 1, rssiDbm = -55 }: TagInField, roSpec: RoSpec, nowMs: number) {
    const length = bits ?? epc.length * 4;
    const parts = [length === 96 ? tv(13, epc) : tlv(241, be(length, 2) + epc)];
    const optional: readonly (readonly [flag: number, type: number, body: string])[] = [
      [0x8000, 9, be(roSpec.id, 4)],
      [0x1000, 1, be(antenna, 2)],
      [0x0400, 6, be(rssiDbm, 1)],
      [0x0100, 4, be(BigInt(Math.round(nowMs)) * 1000n, 8)],
    ];
    for (const [flag, type, body] of optional) {
      const isSame = this.#reader.options.isTerse && this.#lastReport[type] === body;
      if ((roSpec.content & flag) !== 0 && !isSame) parts.push(tv(type, body));
      this.#lastReport[type] = body;
    }
    // C1G2_PC, the result of a read, and a peak RSSI of Impinj's own.
    if (this.#reader.options.isTalkative)
      parts.push(tv(12, '3000'), tlv(349, '0000010001abcd'), tlv(1023, '0000651a00000039ec78'));
    return tlv(240, parts.join(''));
  }

  #handle(bytes: Uint8Array, nowMs: number): void {
    const request = parseRequest(bytes);
    if ('code' in request) {
      const { type, id, code, words } = request;
      return this.#say(answerTypes[type] ?? 100, id, status(code, words));
    }
    if (request.type === 72) {
      this.#unacknowledged.delete(request.id);
      return;
    }
    this.#reader.requests.push(request.type);
    if (this.#reader.faults.has('noAnswers')) return;
    this.#say(answerTypes[request.type] ?? 100, request.id, this.#answer(request, nowMs));
    if (request.type === 14) this.end();
  }

  #answer(request: WireMessage, nowMs: number): string {
    switch (request.type) {
      case 1:
        return status(0) + this.#capabilities();
      case 3:
        return this.#configure(request.parameters, nowMs);
      case 20:
        return this.#addRoSpec(request.parameters[0]);
      case 21:
        this.#roSpec = undefined;
        return status(0);
      case 24:
        if (this.#roSpec?.id !== request.fields.getUint32(0)) return status(300, 'no such ROSpec');
        this.#roSpec.enabled = true;
        return status(0);
      default:
        return status(0);
    }
  }

  #capabilities(): string {
    const gpio = tlv(141, be(4, 2) + be(4, 2));
    const sensitivity = tlv(139, be(1, 2) + be(0, 2));
    const protocols = Array.from({ length: this.#reader.antennas }, (_, i) =>
      tlv(140, `${be(i + 1, 2)}000101`),
    ).join('');
    const head = `${be(this.#reader.antennas, 2)}40000000651a${be(2001002, 4)}0005${'312e322e33'}`;
    return tlv(137, head + sensitivity + gpio + protocols);
  }

  #configure(parameters: readonly WireParameter[], nowMs: number): string {
    for (const { type, fields, inner } of parameters) {
      if (type === 220) {
        this.#keepaliveMs = fields.getUint8(0) === 1 ? fields.getUint32(1) : 0;
        this.#keepaliveAtMs = nowMs + this.#keepaliveMs;
      }
      for (const { fields: event } of type === 244 ? inner : []) {
        if (event.getUint8(2) === 0x80) this.#events.add(event.getUint16(0));
      }
    }
    return status(0);
  }

  #addRoSpec(spec: WireParameter | undefined): string {
    if (this.#reader.faults.has('refusesAdd')) {
      const field = tlv(288, be(0, 2) + be(201, 2));
      const culprit = tlv(289, be(224, 2) + be(201, 2) + field);
      return status(101, 'RFTransmitter parameter, invalid HopTableID (1)', culprit);
    }
    if (this.#roSpec) return status(106, 'one ROSpec only');
    const inventory = spec?.inner.find(({ type }) => type === 183);
    const content = spec?.inner.find(({ type }) => type === 237)?.inner[0];
    if (!spec || !inventory || !content) return status(103, 'ROSpec');
    const antennas = Array.from({ length: inventory.fields.getUint16(0) }, (_, i) =>
      inventory.fields.getUint16(2 + 2 * i),
    );
    const missing = antennas.find((antenna) => antenna > this.#reader.antennas);
    if (missing !== undefined) return status(101, `no antenna ${missing}`);
    const id = spec.fields.getUint32(0);
    if (id === 0) return status(101, 'ROSpecID 0');
    this.#roSpec = { id, antennas, content: content.fields.getUint16(0), enabled: false };
    return status(0);
  }

  #nextId(): number {
    this.#messageId += 1;
    return this.#messageId;
  }

  #say(type: number, id: number, body = ''): void {
    this.#output.push(message(type, id, body));
  }

  #flush(): readonly Uint8Array[] {
    const { faults } = this.#reader;
    if (faults.has('garbage') && this.#output.length > 0) this.#output.unshift('485454502f312e31');
    const messages = this.#output.splice(0).map(bytesOf);
    if (faults.has('coalesced')) return messages.length > 0 ? [joined(messages)] : [];
    if (faults.has('split')) return [...joined(messages)].map((byte) => Uint8Array.of(byte));
    return messages;
  }
}

const joined = (messages: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(messages.flatMap((bytes) => [...bytes]));
