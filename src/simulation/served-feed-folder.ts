/** Drops what the lanes of a recording looked up into the folder of a daemon's feed, with times of now. */
import { type FeedPlan, recordOf } from '../replay/served-feed.ts';
import { FeedWriter } from './feed-writer.ts';
import type { ReplayClock } from './replay-clock.ts';

export class ServedFeedFolder {
  readonly #directory: string;
  readonly #plan: FeedPlan;
  readonly #clock: ReplayClock;
  readonly #writers = new Map<string, FeedWriter>();

  constructor(directory: string, plan: FeedPlan, clock: ReplayClock) {
    this.#directory = directory;
    this.#plan = plan;
    this.#clock = clock;
  }

  async play(): Promise<void> {
    const drops = [...this.#plan.drops].sort((a, b) => a.atMs - b.atMs);
    for (const { source, mode, atMs, watermarkAtMs, facts } of drops) {
      // Before the clock runs nobody knows how far times are to be moved.
      await this.#clock.until(atMs);
      const { shiftMs } = this.#clock;
      const records = facts.map((change) => recordOf(change, shiftMs));
      this.#writer(source).drop(mode, records, new Date(watermarkAtMs + shiftMs));
    }
  }

  #writer(source: string): FeedWriter {
    const writer = this.#writers.get(source) ?? new FeedWriter(this.#directory, source);
    this.#writers.set(source, writer);
    return writer;
  }
}
