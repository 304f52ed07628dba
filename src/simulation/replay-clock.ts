/** The clock of a recording that is played in real time: it stands at the beginning until it is started. */
import { setMaxListeners } from 'node:events';
import type { Instant } from '../core/time.ts';

export class ReplayClock {
  readonly #start: Instant;
  readonly #signal: AbortSignal;
  #begunMs: number | undefined;
  readonly #started: Promise<void>;
  #tellStarted: () => void = () => undefined;
  /** Wall clock of now minus that of the recording, ms. */
  shiftMs: number;

  /** `start`: when the recording begins; `signal`: nobody waits any more. */
  constructor(start: Instant, signal: AbortSignal) {
    this.#start = start;
    this.#signal = signal;
    // Every device of a gate may wait at once.
    setMaxListeners(0, signal);
    this.shiftMs = Date.now() - start.wallMs;
    this.#started = new Promise((resolve) => {
      this.#tellStarted = resolve;
    });
  }

  start(): void {
    if (this.#begunMs !== undefined) return;
    this.#begunMs = performance.now();
    this.shiftMs = Date.now() - this.#start.wallMs;
    this.#tellStarted();
  }

  get isRunning(): boolean {
    return this.#begunMs !== undefined;
  }

  /** On the monotonic clock of the recording. */
  nowMs(): number {
    const goneMs = this.#begunMs === undefined ? 0 : performance.now() - this.#begunMs;
    return this.#start.monotonicMs + goneMs;
  }

  /** Waits for a moment of the recording; rejects when the replay is ended before. */
  async until(atMs: number): Promise<void> {
    await this.#orAborted(this.#started);
    for (;;) {
      const leftMs = atMs - this.nowMs();
      if (leftMs <= 0) return;
      await this.wait(Math.min(leftMs, waitMsMax));
    }
  }

  /** Waits in real time. */
  wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((done) => {
      timer = setTimeout(done, ms);
    });
    return this.#orAborted(waited).finally(() => clearTimeout(timer));
  }

  #orAborted<T>(work: Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal.aborted) return Promise.reject(new ReplayEnded());
    return new Promise<T>((resolve, reject) => {
      const end = () => reject(new ReplayEnded());
      signal.addEventListener('abort', end, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
    });
  }
}

/** Longer timers fall due at once. */
const waitMsMax = 3_600_000;

/** The replay was ended before the recording. */
export class ReplayEnded extends Error {}
