/** The yard as others look at it: on any connection that reads the ledger, also beside the running daemon. */
import type { Item } from '../../core/yard/item.ts';
import type { DayRows } from '../../core/yard/reconcile.ts';
import type { Tally } from '../../core/yard/tallies.ts';
import type { SqliteDatabase } from './open-database.ts';
import { type ItemRow, itemColumns, itemOf } from './yard-item-row.ts';

const dayMs = 86_400_000;

/** By those that are open and those that ended since, because years of visits began before. */
export const insideStatement = `SELECT
  (SELECT count(*) FROM visit INDEXED BY visit_open WHERE closed_at IS NULL AND entered_at < @atMs)
  + (SELECT count(*) FROM visit INDEXED BY visit_ended WHERE closed_at >= @atMs AND entered_at < @atMs)`;

/** `date` by UTC. Visits that were open at its ends are counted by when they began and ended. */
export function dayRows(db: SqliteDatabase, date: string): DayRows {
  const fromMs = Date.parse(`${date}T00:00:00Z`);
  const untilMs = fromMs + dayMs;
  const inside = db.prepare<{ readonly atMs: number }, number>(insideStatement).pluck();
  return {
    tallies: db
      .prepare<[string], Tally>(
        'SELECT lane_id AS laneId, what, count FROM lane_day WHERE day = ? ORDER BY lane_id, what',
      )
      .all(date),
    insideBefore: inside.get({ atMs: fromMs }) ?? 0,
    insideAfter: inside.get({ atMs: untilMs }) ?? 0,
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
