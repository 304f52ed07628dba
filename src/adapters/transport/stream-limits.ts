/**
 * What a stream may do to us at most. A line that takes no bytes keeps a few of them for a short time and is
 * then given up, so that nothing meant for an earlier moment leaves later. A line that pours out more than any
 * device on it could say is given up before it costs the other lanes their time.
 */

/** Bytes that may wait to leave; the longest request of any driver has a tenth of it. */
const waitingBytesMax = 4_096;
/** Longest time without one waiting write being taken, ms. */
const writeWithinMs = 2_000;
const floodWindowMs = 1_000;

export interface WaitingWritesOptions {
  /** Hands bytes to the system; `taken` is called once they have left our hands. */
  send(bytes: Uint8Array, taken: () => void): void;
  /** The other side takes nothing: the stream is to be given up. */
  blocked(detail: string): void;
}

export class WaitingWrites {
  readonly #options: WaitingWritesOptions;
  #waitingBytes = 0;
  #deadline: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: WaitingWritesOptions) {
    this.#options = options;
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#waitingBytes + bytes.length > waitingBytesMax) {
      return this.#blocked(`${this.#waitingBytes} bytes wait to be taken`);
    }
    this.#waitingBytes += bytes.length;
    this.#options.send(bytes, () => this.#taken(bytes.length));
    if (this.#waitingBytes > 0 && !this.#deadline && !this.#isOver) this.#watch();
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#deadline);
  }

  #taken(length: number): void {
    this.#waitingBytes -= length;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    if (this.#waitingBytes > 0 && !this.#isOver) this.#watch();
  }

  #watch(): void {
    const late = () => this.#blocked(`no byte was taken in ${writeWithinMs} ms`);
    this.#deadline = setTimeout(late, writeWithinMs);
  }

  #blocked(detail: string): void {
    if (this.#isOver) return;
    this.stop();
    this.#options.blocked(detail);
  }
}

export class FloodGate {
  readonly #bytesMax: number;
  #windowEndsMs = 0;
  #bytes = 0;

  /** `bytesPerSecondMax` is taken over windows of one second. */
  constructor(bytesPerSecondMax: number) {
    this.#bytesMax = bytesPerSecondMax;
  }

  /** False once more has come in this second than can be true. */
  passes(length: number, monotonicMs: number): boolean {
    if (monotonicMs >= this.#windowEndsMs) {
      this.#windowEndsMs = monotonicMs + floodWindowMs;
      this.#bytes = 0;
    }
    this.#bytes += length;
    return this.#bytes <= this.#bytesMax;
  }
}
