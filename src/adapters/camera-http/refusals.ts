/**
 * Circuit breaker for sign-in. Cameras lock an account after about five refusals, for minutes or until they are
 * restarted, and then nobody else gets in either: so at most three are risked in five minutes, and after three
 * without a success one in five minutes.
 */
const windowMs = 300_000;

export class Refusals {
  readonly #max: number;
  /** When they happened, ms of the monotonic clock, the latest last. */
  readonly #atMs: number[];

  constructor({ max = 3, atMs = [] as readonly number[] } = {}) {
    this.#max = max;
    this.#atMs = atMs.slice(-max);
  }

  /** Milliseconds until a sign-in may be tried again; 0 where it may be now. */
  waitMs(nowMs: number): number {
    if (this.#atMs.length < this.#max) return 0;
    return Math.max(0, (this.#atMs.at(-1) ?? nowMs) + windowMs - nowMs);
  }

  refused(nowMs: number): void {
    this.#atMs.push(nowMs);
    if (this.#atMs.length > this.#max) this.#atMs.shift();
  }

  accepted(): void {
    this.#atMs.length = 0;
  }

  /** For a successor, so that a fresh start does not begin to count anew. */
  get atMs(): readonly number[] {
    return this.#atMs;
  }
}
