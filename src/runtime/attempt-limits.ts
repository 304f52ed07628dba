/**
 * Growing delays after failed attempts, by what the attempts have in common. What is counted is begun attempts, so that
 * many at once gain nothing; one that succeeds takes its own count back.
 */

export interface Limit {
  /** What is counted together. */
  readonly key: string;
  /** Attempts that cost no wait. */
  readonly free: number;
  /** Longest wait, ms. */
  readonly waitMsMax: number;
}

interface Count {
  attempts: number;
  lastMs: number;
}

/** Without a further attempt a count is forgotten after this, ms. */
const forgottenMs = 900_000;
const firstWaitMs = 1_000;
const keysMax = 4_096;

export class AttemptLimits {
  readonly #counts = new Map<string, Count>();

  /** How long nobody may try, ms; 0 where the attempt is counted and may go on. */
  begin(limits: readonly Limit[], nowMs: number): number {
    const waits = limits.map((limit) => this.#waitMs(limit, nowMs));
    const waitMs = Math.max(...waits);
    if (waitMs > 0) return waitMs;
    for (const { key } of limits) {
      const count = this.#counts.get(key) ?? { attempts: 0, lastMs: nowMs };
      // The newest last, so that the oldest is the first to be forgotten.
      this.#counts.delete(key);
      this.#counts.set(key, { attempts: count.attempts + 1, lastMs: nowMs });
    }
    while (this.#counts.size > keysMax) {
      const [oldest = ''] = this.#counts.keys();
      this.#counts.delete(oldest);
    }
    return 0;
  }

  /** The first of the limits is forgotten: it was of nobody but him. */
  succeeded([own, ...shared]: readonly [Limit, ...Limit[]]): void {
    this.#counts.delete(own.key);
    for (const { key } of shared) {
      const count = this.#counts.get(key);
      if (count) count.attempts -= 1;
    }
  }

  #waitMs({ key, free, waitMsMax }: Limit, nowMs: number): number {
    const count = this.#counts.get(key);
    if (!count) return 0;
    if (nowMs - count.lastMs > forgottenMs) {
      this.#counts.delete(key);
      return 0;
    }
    if (count.attempts < free) return 0;
    const grown = firstWaitMs * 2 ** Math.min(count.attempts - free, 20);
    return Math.max(0, count.lastMs + Math.min(grown, waitMsMax) - nowMs);
  }
}
