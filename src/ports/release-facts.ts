import type { FactsQuery, GatheredFacts, SourceState } from '../core/facts.ts';

/**
 * The local cache of the customs feed joined with the ledger's own record of use. Reads are synchronous and
 * of one moment; a fact counts as received once it is committed in the cache.
 */
export interface ReleaseFacts {
  gather(query: FactsQuery): GatheredFacts;
  /** Reads ahead what `gather` will need for this same query object, as long as nothing changes in between. */
  prepare(query: FactsQuery): void;
  /** State of every configured source, for the panel and for alarms. */
  sources(): readonly SourceState[];
  /** Records laid aside because they could not be read, by source. */
  quarantined(): ReadonlyMap<string, number>;
}
