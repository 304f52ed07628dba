/** Reads from `feed.db` what the yard follows. */
import { type FollowedFact, followedKinds } from '../../core/yard/yard-change.ts';
import type { FollowedFacts, FollowedRecord } from '../../ports/release-facts.ts';
import { type FactRow, FactsUnusable, factOf } from './fact-walk.ts';
import type { FeedSource } from './feed-cache.ts';
import type { SqliteDatabase } from './open-database.ts';

export function followedFacts(db: SqliteDatabase, sources: readonly FeedSource[]): FollowedFacts {
  const rows = db.prepare<[string, number, number], FactRow>(followedStatement);
  const entitled = new Map(sources.map(({ source, kinds }) => [source, kinds]));
  return {
    sources: sources.map(({ source }) => source),
    after: (source, revision, limit) =>
      rows.all(source, revision, limit).map((row): FollowedRecord => {
        // What a source may not speak of counts for nothing; a hold counts whoever made it.
        const counts = row.kind === 'hold' || entitled.get(source)?.includes(row.kind);
        const fact = counts ? readable(row) : undefined;
        return { revision: row.revision, ...(fact && { fact }), deleted: row.deleted === 1 };
      }),
  };
}

function readable(row: FactRow): FollowedFact | undefined {
  try {
    return factOf(row) as FollowedFact;
  } catch (error) {
    if (error instanceof FactsUnusable) return undefined;
    throw error;
  }
}

const followedStatement = `SELECT kind, source, id, version, as_of AS asOfMs, revision, deleted, body FROM fact
  WHERE source = ? AND revision > ? AND kind IN (${followedKinds.map((kind) => `'${kind}'`).join(', ')})
  ORDER BY revision LIMIT ?`;
