/**
 * A UHF reader of the 288 family, written from its command table: it answers inventory (0x01) with the tags
 * in its field, each as length, EPC and RSSI, in frames closed by CRC-16 0x8408, low byte first.
 */
const inventory = 0x01;
const statusDone = 0x01;
const statusMore = 0x03;
const statusNone = 0xfb;
const tagsPerFrame = 4;

export class UhfReader {
  readonly #address: number;
  #tags: readonly Uint8Array[] = [];
  #pending: number[] = [];

  constructor(address = 0) {
    this.#address = address;
  }

  /** EPCs now in the field, as hexadecimal. */
  field(epcs: readonly string[]): void {
    this.#tags = epcs.map((epc) =>
      Uint8Array.from(epc.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    );
  }

  received(bytes: Uint8Array): readonly Uint8Array[] {
    this.#pending.push(...bytes);
    const answers: Uint8Array[] = [];
    for (;;) {
      const length = (this.#pending[0] ?? 255) + 1;
      if (this.#pending.length < length) return answers;
      const command = Uint8Array.from(this.#pending.splice(0, length));
      if (crcOf(command.subarray(0, -2)) !== (command.at(-2) ?? 0) + (command.at(-1) ?? 0) * 256)
        continue;
      const isMine = command[1] === this.#address || command[1] === 0xff;
      if (isMine && command[2] === inventory) answers.push(...this.#inventory());
    }
  }

  tick(): readonly Uint8Array[] {
    return [];
  }

  #inventory(): Uint8Array[] {
    if (this.#tags.length === 0) return [this.#reply(statusNone, [])];
    const frames: Uint8Array[] = [];
    for (let i = 0; i < this.#tags.length; i += tagsPerFrame) {
      const part = this.#tags.slice(i, i + tagsPerFrame);
      const items = part.flatMap((epc) => [epc.length, ...epc, 0x48]);
      const isLast = i + tagsPerFrame >= this.#tags.length;
      frames.push(this.#reply(isLast ? statusDone : statusMore, [0x01, part.length, ...items]));
    }
    return frames;
  }

  #reply(status: number, data: readonly number[]): Uint8Array {
    const body = Uint8Array.of(data.length + 5, this.#address, inventory, status, ...data);
    const crc = crcOf(body);
    return Uint8Array.of(...body, crc % 256, Math.floor(crc / 256));
  }
}

function crcOf(bytes: Uint8Array): number {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let i = 0; i < 8; i++) value = value % 2 === 1 ? (value >> 1) ^ 0x8408 : value >> 1;
  }
  return value;
}
