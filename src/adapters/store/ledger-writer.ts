/** The writing statements of the ledger, prepared once. Called only inside a transaction. */
import { canonicalJson } from '../../core/decision/canonical-json.ts';
import type {
  DecisionRow,
  LaneRow,
  LedgerChange,
  PassageRow,
  VisitChange,
} from '../../core/ledger-change.ts';
import type { JournalRow } from '../../ports/ledger.ts';
import { type SqliteDatabase, sqliteCode } from './open-database.ts';

/** Another passage has reserved or used this proof for this box. */
export class ReleaseTaken extends Error {}

export function ledgerWriter(db: SqliteDatabase) {
  const s = statements(db);
  return {
    rows(change: LedgerChange): void {
      if (change.reserve) reserve(s, change.reserve);
      if (change.decision) writeDecision(s, change.decision);
      if (change.openingUsed !== undefined) s.openingUsed.run(change.openingUsed);
      if (change.settle) settle(s, change.settle);
      if (change.passage) writePassage(s, change.passage);
      for (const visit of change.visits ?? []) writeVisit(s, visit);
      if (change.exception) s.exception.run(change.exception);
      if (change.lane) writeLane(s, change.lane);
    },
    epoch(epoch: string, positionBeforeFirst: number): void {
      s.epoch.run(epoch, positionBeforeFirst);
    },
    entry(position: number, epoch: string, row: JournalRow): void {
      s.entry.run(position, epoch, row.sequence, row.entry, row.hash);
    },
    tree(epoch: string, size: number, frontier: string): void {
      s.tree.run(epoch, size, frontier);
    },
    acknowledged(epoch: string, through: number): void {
      s.acknowledged.run(epoch, through);
    },
  };
}

type Statements = ReturnType<typeof statements>;

function statements(db: SqliteDatabase) {
  return {
    epoch: db.prepare('INSERT INTO epoch (epoch, position_before_first) VALUES (?, ?)'),
    entry: db.prepare(
      'INSERT INTO journal (position, epoch, sequence, entry, hash) VALUES (?, ?, ?, ?, ?)',
    ),
    tree: db.prepare(
      `INSERT INTO tree (epoch, size, frontier) VALUES (?, ?, ?)
       ON CONFLICT (epoch) DO UPDATE SET size = excluded.size, frontier = excluded.frontier`,
    ),
    acknowledged: db.prepare(
      `INSERT INTO delivery (epoch, acknowledged_through) VALUES (?, ?)
       ON CONFLICT (epoch) DO UPDATE SET acknowledged_through = max(acknowledged_through, excluded.acknowledged_through)`,
    ),
    decision: db.prepare(
      `INSERT INTO decision (decision_id, passage_id, lane_id, disposition, policy_digest, inputs, result, plan,
         command_id, boot_id, not_after_monotonic_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    reserve: db.prepare(
      `INSERT INTO reservation (container, lineage, passage_id, state) VALUES (?, ?, ?, 'reserved')`,
    ),
    consume: db.prepare(
      `UPDATE reservation SET state = 'consumed'
       WHERE container = ? AND lineage = ? AND passage_id = ? AND state = 'reserved'`,
    ),
    return: db.prepare(
      `DELETE FROM reservation WHERE container = ? AND lineage = ? AND passage_id = ? AND state = 'reserved'`,
    ),
    openingUsed: db.prepare('UPDATE decision SET opening_used = 1 WHERE decision_id = ?'),
    // The index of open passages is touched only where a passage ends.
    passage: db.prepare(`${passageUpsert} ON CONFLICT (passage_id) DO UPDATE SET ${passageSet}`),
    passageEnded: db.prepare(
      `${passageUpsert} ON CONFLICT (passage_id) DO UPDATE SET ${passageSet},
         ended_at = coalesce(excluded.ended_at, ended_at), outcome = coalesce(excluded.outcome, outcome)`,
    ),
    visitOpened: db.prepare(
      `INSERT INTO visit (visit_id, plate, entry_passage_id, entered_at, containers) VALUES (?, ?, ?, ?, ?)`,
    ),
    visitClosed: db.prepare(
      `UPDATE visit SET exit_passage_id = ?, closed_at = ?, cause = ? WHERE visit_id = ? AND closed_at IS NULL`,
    ),
    lane: db.prepare(
      `INSERT INTO lane (lane_id, directive, direction, since) VALUES (?, ?, ?, ?)
       ON CONFLICT (lane_id) DO UPDATE SET directive = excluded.directive, direction = excluded.direction,
         since = excluded.since`,
    ),
    exception: db.prepare(
      `INSERT INTO exception (exception_id, passage_id, lane_id, cause, opened_at)
       VALUES (@exceptionId, @passageId, @laneId, @cause, @openedAtMs)`,
    ),
  };
}

const passageUpsert = `INSERT INTO passage (passage_id, lane_id, direction, started_at, disposition, crossed_at,
    ended_at, outcome)
  VALUES (@passageId, @laneId, @direction, @startedAtMs, @disposition, @crossedAtMs, @endedAtMs, @outcome)`;
const passageSet = `disposition = coalesce(excluded.disposition, disposition),
  crossed_at = coalesce(excluded.crossed_at, crossed_at)`;

function reserve(s: Statements, wish: NonNullable<LedgerChange['reserve']>): void {
  for (const { lineage, container } of wish.releases) {
    try {
      s.reserve.run(container, lineage, wish.passageId);
    } catch (error) {
      if (sqliteCode(error) === 'SQLITE_CONSTRAINT_PRIMARYKEY')
        throw new ReleaseTaken(`${lineage} ${container}`);
      throw error;
    }
  }
}

/** What is returned is as if it had never been reserved: the journal keeps that it was. */
function settle(s: Statements, change: NonNullable<LedgerChange['settle']>): void {
  const statement = change.as === 'consumed' ? s.consume : s.return;
  for (const { lineage, container } of change.releases) {
    statement.run(container, lineage, change.passageId);
  }
}

function writeDecision(s: Statements, row: DecisionRow): void {
  const { decisionId, passageId, laneId, disposition, policyDigest, inputs, result, plan } = row;
  const { commandId = null, bootId = null, notAfterMonotonicMs = null } = row.opening ?? {};
  s.decision.run(
    decisionId,
    passageId,
    laneId,
    disposition,
    policyDigest,
    inputs,
    result,
    plan,
    commandId,
    bootId,
    notAfterMonotonicMs,
  );
}

const absentColumns = {
  disposition: null,
  crossedAtMs: null,
  endedAtMs: null,
  outcome: null,
};

function writePassage(s: Statements, row: PassageRow): void {
  const isSettled = row.endedAtMs !== undefined || row.outcome !== undefined;
  const statement = isSettled ? s.passageEnded : s.passage;
  statement.run({ ...absentColumns, ...row });
}

function writeLane(s: Statements, { laneId, directive, direction, atMs }: LaneRow): void {
  s.lane.run(laneId, canonicalJson(directive), direction, atMs);
}

function writeVisit(s: Statements, visit: VisitChange): void {
  if (visit.kind === 'opened') {
    const { visitId, plate, passageId, atMs, containers } = visit;
    s.visitOpened.run(visitId, plate, passageId, atMs, JSON.stringify(containers));
    return;
  }
  s.visitClosed.run(visit.passageId ?? null, visit.atMs, visit.cause, visit.visitId);
}
