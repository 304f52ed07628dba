/** Reads from `feed.db` what the yard follows. */
import type { Statement } from 'better-sqlite3';
import { type FollowedFact, followedKinds } from '../../core/yard/yard-change.ts';
import type { FollowedFacts, FollowedRecord } from '../../ports/release-facts.ts';
import { type FactRow, FactsUnusable, factOf } from './fact-walk.ts';
import type { FeedSource } from './feed-cache.ts';
import type { SqliteDatabase } from './open-database.ts';

export function followedFacts(db: SqliteDatabase, sources: readonly FeedSource[]): FollowedFacts {
  const entitled = new Map(sources.map(({ source, kinds }) => [source, kinds]));
  const liveLoad = db
    .prepare<[string], number>("SELECT load FROM load WHERE source = ? AND state = 'live'")
    .pluck();
  const newest = new Map<string, { load: number; rows: Statement<[number, number], Row> }>();
  const rowsOf = (source: string, load: number) => {
    const known = newest.get(source);
    if (known?.load === load) return known.rows;
    const rows = db.prepare<[number, number], Row>(followedStatement(load));
    newest.set(source, { load, rows });
    return rows;
  };
  // In one moment: the tables of a load are dropped when another has taken its place.
  const after = db.transaction((source: string, revision: number, limit: number) => {
    const load = liveLoad.get(source);
    return load === undefined ? [] : rowsOf(source, load).all(revision, limit);
  });
  return {
    sources: sources.map(({ source }) => source),
    after: (source, revision, limit) =>
      after(source, revision, limit).map((row): FollowedRecord => {
        // What a source may not speak of counts for nothing; a hold counts whoever made it.
        const counts = row.kind === 'hold' || entitled.get(source)?.includes(row.kind);
        const fact = counts ? readable({ ...row, source }) : undefined;
        return { revision: row.revision, ...(fact && { fact }), deleted: row.deleted === 1 };
      }),
  };
}

type Row = Omit<FactRow, 'source'>;

function readable(row: FactRow): FollowedFact | undefined {
  try {
    return factOf(row) as FollowedFact;
  } catch (error) {
    if (error instanceof FactsUnusable) return undefined;
    throw error;
  }
}

const followedStatement = (
  load: number,
) => `SELECT kind, id, version, as_of AS asOfMs, revision, deleted, body FROM fact_${load}
  WHERE revision > ? AND kind IN (${followedKinds.map((kind) => `'${kind}'`).join(', ')})
  ORDER BY revision LIMIT ?`;
