import type { FactsQuery, GatheredFacts, SourceState } from '../core/facts.ts';
import type { FollowedFact } from '../core/yard/yard-change.ts';

/**
 * The local cache of the customs feed joined with the ledger's own record of use. Reads are synchronous and
 * of one moment; a fact counts as received once it is committed in the cache.
 */
export interface ReleaseFacts {
  /** Asked again with the same query object, the answer is the same object where nothing has changed. */
  gather(query: FactsQuery): GatheredFacts;
  /** State of every configured source, for the panel and for alarms. */
  sources(): readonly SourceState[];
  /** Records laid aside because they could not be read, by source. */
  quarantined(): ReadonlyMap<string, number>;
}

/** A fact as its source has it since this revision; revisions rise within a source. */
export interface FollowedRecord {
  readonly revision: number;
  /** Absent where it counts for nothing: its source may not speak of it, or it cannot be read any more. */
  readonly fact?: FollowedFact;
  readonly deleted: boolean;
}

/** Facts that say what became of something on the premises, in the order in which they were taken in. */
export interface FollowedFacts {
  readonly sources: readonly string[];
  after(source: string, revision: number, limit: number): readonly FollowedRecord[];
}
