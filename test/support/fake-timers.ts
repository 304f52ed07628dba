/** Timers and clock that move only when the test says so. */
import type { Clock } from '../../src/ports/clock.ts';
import type { Timers } from '../../src/ports/timers.ts';

export class FakeTime implements Clock, Timers {
  readonly bootId = 'boot-1';
  #nowMs = 1_000;
  readonly #due = new Map<string, { atMs: number; due: () => void }>();

  now() {
    return { wallMs: Date.UTC(2026, 10, 23) + this.#nowMs, monotonicMs: this.#nowMs };
  }

  state() {
    return 'synced' as const;
  }

  start(id: string, delayMs: number, due: () => void): void {
    this.#due.set(id, { atMs: this.#nowMs + delayMs, due });
  }

  cancel(id: string): void {
    this.#due.delete(id);
  }

  running(): string[] {
    return [...this.#due.keys()];
  }

  /** Delay after which a timer is due; undefined where it does not run. */
  delayOf(id: string): number | undefined {
    const timer = this.#due.get(id);
    return timer && timer.atMs - this.#nowMs;
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      // Promises that have resolved go first, as they do in a process.
      await new Promise((done) => setImmediate(done));
      const next = [...this.#due].sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (!next || next[1].atMs > untilMs) break;
      const [id, { atMs, due }] = next;
      this.#due.delete(id);
      this.#nowMs = Math.max(this.#nowMs, atMs);
      due();
    }
    this.#nowMs = untilMs;
  }
}
