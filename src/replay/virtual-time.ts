/** Clock and timers of a replay: they move to the times of the recording, and never by themselves. */
import type { ClockState, Instant } from '../core/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Timers } from '../ports/timers.ts';

export class VirtualTime implements Clock, Timers {
  readonly bootId: string;
  readonly #state: ClockState;
  readonly #due = new Map<string, { readonly atMs: number; readonly due: () => void }>();
  #nowMs: number;
  #wallAheadMs: number;

  constructor(start: Instant, options: { readonly bootId: string; readonly state: ClockState }) {
    this.bootId = options.bootId;
    this.#state = options.state;
    this.#nowMs = start.monotonicMs;
    this.#wallAheadMs = start.wallMs - start.monotonicMs;
  }

  now(): Instant {
    return { wallMs: this.#nowMs + this.#wallAheadMs, monotonicMs: this.#nowMs };
  }

  state(): ClockState {
    return this.#state;
  }

  start(id: string, delayMs: number, due: () => void): void {
    this.#due.set(id, { atMs: this.#nowMs + delayMs, due });
  }

  cancel(id: string): void {
    this.#due.delete(id);
  }

  /** Timers fall due in their order; between two of them all promises that can be settled are. */
  async until(at: Instant): Promise<void> {
    for (;;) {
      await settled();
      const next = this.#next();
      if (!next || next[1].atMs > at.monotonicMs) break;
      const [id, { atMs, due }] = next;
      this.#due.delete(id);
      this.#nowMs = Math.max(this.#nowMs, atMs);
      due();
    }
    this.#nowMs = Math.max(this.#nowMs, at.monotonicMs);
    this.#wallAheadMs = at.wallMs - at.monotonicMs;
  }

  #next(): [string, { readonly atMs: number; readonly due: () => void }] | undefined {
    let first: [string, { readonly atMs: number; readonly due: () => void }] | undefined;
    for (const each of this.#due) if (!first || each[1].atMs < first[1].atMs) first = each;
    return first;
  }
}

const settled = () => new Promise<void>((done) => setImmediate(done));
