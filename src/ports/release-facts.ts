import type { FactsQuery, GatheredFacts, SourceState } from '../core/facts.ts';

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
