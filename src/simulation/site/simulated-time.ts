/**
 * The site's own time, and the clock and timers of one run of the daemon on it. Nothing moves by itself: a step is
 * the next thing that is due, and before it every promise that can be settled is.
 */
import type { ClockState, Instant } from '../../core/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Timers } from '../../ports/timers.ts';

interface Due {
  readonly atMs: number;
  readonly due: () => void;
}

/** When the site's time begins, by the wall. */
export const siteWallMs = Date.UTC(2026, 11, 1, 8);

export class SimulatedTime {
  /** Milliseconds since the site began. */
  nowMs = 0;
  readonly #due = new Map<number, Due>();
  #count = 0;

  /** Answers how to call it off. */
  after(delayMs: number, due: () => void): () => void {
    const id = this.#count++;
    this.#due.set(id, { atMs: this.nowMs + Math.max(0, delayMs), due });
    return () => this.#due.delete(id);
  }

  get waiting(): number {
    return this.#due.size;
  }

  /** Does the next thing that is due until then; false where nothing is. */
  async step(untilMs: number): Promise<boolean> {
    await settled();
    const id = this.#next();
    const next = id === undefined ? undefined : this.#due.get(id);
    if (id === undefined || !next || next.atMs > untilMs) {
      this.nowMs = Math.max(this.nowMs, untilMs);
      return false;
    }
    this.#due.delete(id);
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.due();
    return true;
  }

  /** What was asked for first goes first among equals. */
  #next(): number | undefined {
    let first: number | undefined;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const [id, { atMs }] of this.#due) {
      if (atMs < firstMs) {
        first = id;
        firstMs = atMs;
      }
    }
    return first;
  }
}

const settled = () => new Promise<void>((done) => setImmediate(done));

export interface BootOptions {
  readonly bootId: string;
  /** When the machine was started, on the site's time: its monotonic clock counts from there. */
  readonly bootedAtMs: number;
  /** How far the machine's wall clock is ahead of the site's, ms. */
  readonly wallAheadMs: () => number;
}

/** What one run of the daemon knows of time. Once it is halted, nothing of that run happens any more. */
export class BootClock implements Clock, Timers {
  readonly bootId: string;
  readonly #time: SimulatedTime;
  readonly #options: BootOptions;
  readonly #running = new Map<string, () => void>();
  #halted = false;

  constructor(time: SimulatedTime, options: BootOptions) {
    this.bootId = options.bootId;
    this.#time = time;
    this.#options = options;
  }

  now(): Instant {
    const { nowMs } = this.#time;
    const { bootedAtMs, wallAheadMs } = this.#options;
    return { wallMs: siteWallMs + nowMs + wallAheadMs(), monotonicMs: nowMs - bootedAtMs };
  }

  state(): ClockState {
    return 'synced';
  }

  get isHalted(): boolean {
    return this.#halted;
  }

  get timers(): number {
    return this.#running.size;
  }

  start(id: string, delayMs: number, due: () => void): void {
    this.cancel(id);
    if (this.#halted) return;
    const callOff = this.#time.after(delayMs, () => {
      this.#running.delete(id);
      due();
    });
    this.#running.set(id, callOff);
  }

  cancel(id: string): void {
    this.#running.get(id)?.();
    this.#running.delete(id);
  }

  halt(): void {
    this.#halted = true;
    for (const id of [...this.#running.keys()]) this.cancel(id);
  }
}
