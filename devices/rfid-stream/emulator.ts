/**
 * A UHF reader of the 288 family, written from its command table: it answers inventory (0x01) with the tags
 * in its field, each as length, EPC and RSSI, in frames closed by CRC-16 0x8408, low byte first. Replies stay
 * within 0x60 bytes; what does not fit follows in further frames.
 */
const inventory = 0x01;
const statusDone = 0x01;
const statusMore = 0x03;
const statusNone = 0xfb;
const statusAntenna = 0xf8;
/** Behind the length byte: address, command, status, antenna, count, and two bytes of CRC. */
const replyHead = 7;
const replyMax = 0x60;
const commandMin = 4;
const commandMax = 32;

export type ReaderFault = 'checksum' | 'truncated' | 'silence';

export class UhfReader {
  readonly #address: number;
  readonly #antenna: number;
  #tags: readonly Uint8Array[] = [];
  #pending: number[] = [];
  #isAntennaBroken = false;
  #fault: ReaderFault | undefined;

  /** `antenna`: 1 to 8, the one that reads. */
  constructor(address = 0, antenna = 1) {
    this.#address = address;
    this.#antenna = antenna;
  }

  /** EPCs now in the field, as hexadecimal. */
  field(epcs: readonly string[]): void {
    this.#tags = epcs.map((epc) =>
      Uint8Array.from(epc.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    );
  }

  /** The cable is cut, or whole again. */
  breakAntenna(isBroken: boolean): void {
    this.#isAntennaBroken = isBroken;
  }

  /** The next answer comes out damaged, or not at all. */
  damageNext(fault: ReaderFault): void {
    this.#fault = fault;
  }

  received(bytes: Uint8Array): readonly Uint8Array[] {
    this.#pending.push(...bytes);
    const answers: Uint8Array[] = [];
    for (;;) {
      const length = this.#pending[0];
      if (length === undefined) return this.#damaged(answers);
      if (length < commandMin || length > commandMax) {
        this.#pending.shift();
        continue;
      }
      if (this.#pending.length < length + 1) return this.#damaged(answers);
      const command = Uint8Array.from(this.#pending.slice(0, length + 1));
      if (crcOf(command.subarray(0, -2)) !== (command.at(-2) ?? 0) + (command.at(-1) ?? 0) * 256) {
        this.#pending.shift();
        continue;
      }
      this.#pending.splice(0, length + 1);
      const isMine = command[1] === this.#address || command[1] === 0xff;
      if (isMine && command[2] === inventory) answers.push(...this.#inventory());
    }
  }

  /** The reader speaks only when asked. */
  tick(): readonly Uint8Array[] {
    return [];
  }

  #inventory(): Uint8Array[] {
    const mask = 1 << (this.#antenna - 1);
    if (this.#isAntennaBroken) return [this.#reply(statusAntenna, [mask, 0])];
    const parts = partsOf(this.#tags);
    if (parts.length === 0) return [this.#reply(statusNone, [])];
    return parts.map((part, i) => {
      const items = part.flatMap((epc) => [epc.length, ...epc, 0x48]);
      const status = i === parts.length - 1 ? statusDone : statusMore;
      return this.#reply(status, [mask, part.length, ...items]);
    });
  }

  #damaged(answers: readonly Uint8Array[]): readonly Uint8Array[] {
    const [first, ...others] = answers;
    const fault = this.#fault;
    if (!first || !fault) return answers;
    this.#fault = undefined;
    if (fault === 'silence') return [];
    if (fault === 'truncated') return [first.subarray(0, first.length - 3), ...others];
    const wrong = Uint8Array.from(first);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 0xff;
    return [wrong, ...others];
  }

  #reply(status: number, data: readonly number[]): Uint8Array {
    const body = Uint8Array.of(data.length + 5, this.#address, inventory, status, ...data);
    const crc = crcOf(body);
    return Uint8Array.of(...body, crc % 256, Math.floor(crc / 256));
  }
}

/** Tags of one reply each. */
function partsOf(tags: readonly Uint8Array[]): Uint8Array[][] {
  const parts: Uint8Array[][] = [];
  let room = 0;
  for (const epc of tags) {
    const part = parts.at(-1);
    const size = epc.length + 2;
    if (part && size <= room) part.push(epc);
    else parts.push([epc]);
    room = (part && size <= room ? room : replyMax - replyHead) - size;
  }
  return parts;
}

function crcOf(bytes: Uint8Array): number {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let i = 0; i < 8; i++) value = value % 2 === 1 ? (value >> 1) ^ 0x8408 : value >> 1;
  }
  return value;
}
