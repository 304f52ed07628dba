/** Posts the recorded bodies of a camera to a daemon at their times. */
import type { RecordedEntry } from '../ports/recording.ts';
import type { ReplayClock } from './replay-clock.ts';

export interface ServedPostsOptions {
  readonly deviceId: string;
  readonly entries: readonly RecordedEntry[];
  readonly url: string;
  readonly clock: ReplayClock;
  /** How what is recorded becomes what a daemon of now must hear. */
  readonly told?: (body: Uint8Array) => Uint8Array;
}

const answerMs = 5_000;

export class ServedPosts {
  readonly #options: ServedPostsOptions;
  readonly #notes = new Map<string, number>();

  constructor(options: ServedPostsOptions) {
    this.#options = options;
  }

  notes(): readonly string[] {
    return [...this.#notes].map(([what, times]) => `${times} posts ${what}`);
  }

  async play(): Promise<void> {
    const { entries, clock } = this.#options;
    const waiting: Promise<void>[] = [];
    for (const { event, at } of entries) {
      if (event.kind !== 'posted') continue;
      await clock.until(at.monotonicMs);
      const { contentType, body, cutBytes, answer } = event;
      if (!body || (body.length === 0 && cutBytes !== undefined)) {
        this.#note('were recorded without their body and are left out');
        continue;
      }
      // The next one does not wait: the camera's did not either.
      waiting.push(this.#post(contentType, body, answer.status));
    }
    await Promise.all(waiting);
  }

  async #post(contentType: string, body: Uint8Array, recorded: number): Promise<void> {
    const { url, told } = this.#options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: Buffer.from(told?.(body) ?? body),
        signal: AbortSignal.timeout(answerMs),
      });
      await response.arrayBuffer();
      if (response.status !== recorded)
        this.#note(`were answered ${response.status} instead of ${recorded}`);
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      this.#note(`met no daemon: ${cause?.code ?? (error as Error).name}`);
    }
  }

  #note(what: string): void {
    this.#notes.set(what, (this.#notes.get(what) ?? 0) + 1);
  }
}
