/** The yard as others look at it: on any connection that reads the ledger, also beside the running daemon. */
import type { Item } from '../../core/yard/item.ts';
import type { DayRows } from '../../core/yard/reconcile.ts';
import type { Tally } from '../../core/yard/tallies.ts';
import { openForReading, type SqliteDatabase, StoreError } from './open-database.ts';
import { type ItemRow, itemColumns, itemOf } from './yard-item-row.ts';

const dayMs = 86_400_000;

/** `date` by UTC. Visits that were open at its ends are counted by when they began and ended. */
export function dayRows(db: SqliteDatabase, date: string): DayRows {
  const fromMs = Date.parse(`${date}T00:00:00Z`);
  const untilMs = fromMs + dayMs;
  const inside = db
    .prepare<[number, number], number>(
      'SELECT count(*) FROM visit WHERE entered_at < ? AND (closed_at IS NULL OR closed_at >= ?)',
    )
    .pluck();
  return {
    tallies: db
      .prepare<[string], Tally>(
        'SELECT lane_id AS laneId, what, count FROM lane_day WHERE day = ? ORDER BY lane_id, what',
      )
      .all(date),
    insideBefore: inside.get(fromMs, fromMs) ?? 0,
    insideAfter: inside.get(untilMs, untilMs) ?? 0,
    dwellsMs: db
      .prepare<[number, number], number>(
        `SELECT closed_at - entered_at FROM visit WHERE closed_at >= ? AND closed_at < ? AND cause = 'exitRecorded'`,
      )
      .pluck()
      .all(fromMs, untilMs),
  };
}

/** Open items that have a cause, oldest first. */
export function openItems(db: SqliteDatabase, limit: number): readonly Item[] {
  return db
    .prepare<[number], ItemRow>(
      `SELECT ${itemColumns} FROM yard_item WHERE closed_at IS NULL AND cause IS NOT NULL
       ORDER BY opened_at LIMIT ?`,
    )
    .all(limit)
    .map(itemOf);
}

/** Reads a gate's `ledger.db` beside the daemon that writes it. Throws a `StoreError` where it cannot be read. */
export function readYard<T>(file: string, read: (db: SqliteDatabase) => T): T {
  const db = openForReading(file);
  try {
    return read(db);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const hint = 'read it with the kakou that wrote it';
    throw new StoreError('store-io', `${file}: ${(error as Error).message}`, hint, error);
  } finally {
    db.close();
  }
}
