/** A stream of bytes to an emulated device in simulated time. What is lost, repeated or spoilt stays in order. */
import {
  type OpenStream,
  type StreamEvents,
  type StreamTransport,
  TransportError,
} from '../../ports/transport.ts';
import type { ByteMachine } from '../byte-machine-host.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Faults } from './faults.ts';
import type { BootClock, SimulatedTime } from './simulated-time.ts';

export interface SimulatedStreamOptions {
  readonly time: SimulatedTime;
  readonly machine: ByteMachine;
  readonly random: SeededRandom;
  readonly faults: Faults;
  /** From a request to its answer, ms: what the device takes. */
  readonly answerMs: number;
  /** How often the device is asked whether it has something to say by itself, ms; absent where it never has. */
  readonly speaksEveryMs?: number;
}

const connectMs = 15;

export class SimulatedStream {
  refuses = false;
  readonly #o: SimulatedStreamOptions;
  #open: Connection | undefined;
  #openings = 0;

  constructor(options: SimulatedStreamOptions) {
    this.#o = options;
    const { time, machine, speaksEveryMs } = options;
    if (speaksEveryMs === undefined) return;
    const speak = () => {
      for (const bytes of machine.tick(time.nowMs)) this.#open?.hear(bytes);
      time.after(speaksEveryMs, speak);
    };
    time.after(speaksEveryMs, speak);
  }

  cut(): void {
    this.#open?.cut();
  }

  transport(boot: BootClock): StreamTransport {
    this.#open = undefined;
    return {
      open: (events) =>
        new Promise<OpenStream>((resolve, reject) => {
          this.#o.time.after(connectMs, () => {
            if (boot.isHalted) return;
            if (this.refuses) {
              reject(new TransportError('connect-refused', 'the device refuses the connection'));
              return;
            }
            this.#openings += 1;
            const connection = new Connection(this.#o, { boot, events, nonce: this.#openings });
            this.#open = connection;
            resolve(connection);
          });
        }),
    };
  }
}

class Connection implements OpenStream {
  readonly nonce: number;
  readonly #o: SimulatedStreamOptions;
  readonly #boot: BootClock;
  readonly #events: StreamEvents;
  #isOver = false;
  /** What was sent last arrives then; nothing overtakes it. */
  #arrivesMs = 0;

  constructor(
    options: SimulatedStreamOptions,
    { boot, events, nonce }: { boot: BootClock; events: StreamEvents; nonce: number },
  ) {
    this.#o = options;
    this.#boot = boot;
    this.#events = events;
    this.nonce = nonce;
  }

  write(bytes: Uint8Array): void {
    const { time, machine, answerMs } = this.#o;
    if (this.#isOver) return;
    time.after(answerMs, () => {
      for (const answer of machine.received(bytes, time.nowMs)) this.hear(answer);
    });
  }

  close(): void {
    this.#isOver = true;
  }

  cut(): void {
    if (this.#isOver || this.#boot.isHalted) return;
    this.#isOver = true;
    this.#events.closed('port-lost', 'the connection was reset');
  }

  /** The device has sent this. */
  hear(bytes: Uint8Array): void {
    const { faults, random } = this.#o;
    if (this.#isOver || this.#boot.isHalted) return;
    const r = faults.has('readings') ? random.next() : 1;
    if (r < 0.01) return;
    const sent = r < 0.02 ? spoilt(bytes, random) : r < 0.03 ? bytes.slice(0, -2) : bytes;
    const delayMs = r >= 0.03 && r < 0.04 ? random.integer(1_500) : 0;
    this.#deliver(sent, delayMs);
    if (r >= 0.04 && r < 0.05) this.#deliver(sent, 0);
  }

  #deliver(bytes: Uint8Array, delayMs: number): void {
    const { time } = this.#o;
    this.#arrivesMs = Math.max(this.#arrivesMs, time.nowMs + delayMs);
    time.after(this.#arrivesMs - time.nowMs, () => {
      if (this.#isOver || this.#boot.isHalted) return;
      this.#events.received({ bytes, receivedAt: this.#boot.now() });
    });
  }
}

/** One byte comes out as another. */
export function spoilt(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const other = Uint8Array.from(bytes);
  const at = random.integer(Math.max(1, bytes.length));
  other[at] = (other[at] ?? 0) ^ (1 << random.integer(8));
  return other;
}
