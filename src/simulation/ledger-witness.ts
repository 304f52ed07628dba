/**
 * Stands behind the emulated barrier and asks, at the moment the open contact is made and before anything
 * moves, whether a decision for it is durable: it opens the gate's ledger by itself and only reads.
 */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

export type Witnessed =
  | { readonly kind: 'decided'; readonly decisionId: string; readonly disposition: string }
  | { readonly kind: 'undecided'; readonly detail: string };

/** On the wire in time, and a little late at the module: what a loaded machine may take, ms. */
const onItsWayMs = 1_000;

/** An opening right of the lane that is committed, has not been used and has not run out. */
export function witnessOpening(ledgerFile: string, laneId: string): Witnessed {
  if (!existsSync(ledgerFile)) return { kind: 'undecided', detail: 'there is no ledger' };
  // A connection of its own each time: it sees what is committed, never what a writer has in hand.
  const db = new Database(ledgerFile, { readonly: true });
  // The machine's monotonic clock, by which the daemon sets its limits.
  const monotonicMs = Number(process.hrtime.bigint() / 1_000_000n);
  try {
    const row = db
      .prepare<[string, number], { decisionId: string; disposition: string }>(
        `SELECT decision_id AS decisionId, disposition FROM decision
         WHERE lane_id = ? AND opening_used = 0 AND not_after_monotonic_ms >= ? ORDER BY decision_id DESC LIMIT 1`,
      )
      .get(laneId, monotonicMs - onItsWayMs);
    if (!row)
      return {
        kind: 'undecided',
        detail: 'no opening of this lane is committed, unused and in time',
      };
    const opens = row.disposition === 'admit' || row.disposition === 'divert';
    return opens
      ? { kind: 'decided', ...row }
      : { kind: 'undecided', detail: `decision ${row.decisionId} says ${row.disposition}` };
  } finally {
    db.close();
  }
}
