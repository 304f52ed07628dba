/** The writing statements of the ledger, prepared once. Called only inside a transaction. */
import type { LedgerChange, PassageRow, VisitChange } from '../../core/ledger-change.ts';
import { type SqliteDatabase, sqliteCode } from './open-database.ts';

/** Another passage has reserved or used this proof for this box. */
export class ReleaseTaken extends Error {}

export function ledgerWriter(db: SqliteDatabase) {
  const s = statements(db);
  return {
    rows(change: LedgerChange): void {
      if (change.reserve) reserve(s, change.reserve);
      if (change.decision) s.decision.run(change.decision);
      if (change.opening) s.opening.run({ bootId: '', ...change.opening });
      if (change.openingUsed !== undefined) s.openingUsed.run(change.openingUsed);
      if (change.settle) s.settle.run(change.settle.as, change.settle.passageId);
      if (change.passage) s.passage.run(passageParameters(change.passage));
      for (const visit of change.visits ?? []) writeVisit(s, visit);
      if (change.exception) s.exception.run(change.exception);
    },
    entry(epoch: string, sequence: number, entry: string, hash: string): void {
      s.entry.run(epoch, sequence, entry, hash);
    },
    head(
      head: { epoch: string; sequence: number; hash: string; checkpointSequence: number },
      frontier: string,
    ): void {
      s.head.run(head.epoch, head.sequence, head.hash, frontier, head.checkpointSequence);
    },
    acknowledged(epoch: string, through: number): void {
      s.acknowledged.run(epoch, through);
    },
  };
}

type Statements = ReturnType<typeof statements>;

function statements(db: SqliteDatabase) {
  return {
    entry: db.prepare('INSERT INTO journal (epoch, sequence, entry, hash) VALUES (?, ?, ?, ?)'),
    head: db.prepare(
      `INSERT INTO head (one, epoch, sequence, hash, frontier, checkpoint_sequence) VALUES (1, ?, ?, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence, hash = excluded.hash,
         frontier = excluded.frontier, checkpoint_sequence = excluded.checkpoint_sequence`,
    ),
    acknowledged: db.prepare(
      `INSERT INTO delivery (epoch, acknowledged_through) VALUES (?, ?)
       ON CONFLICT (epoch) DO UPDATE SET acknowledged_through = max(acknowledged_through, excluded.acknowledged_through)`,
    ),
    decision: db.prepare(
      `INSERT INTO decision (decision_id, passage_id, lane_id, disposition, policy_digest, inputs, result)
       VALUES (@decisionId, @passageId, @laneId, @disposition, @policyDigest, @inputs, @result)`,
    ),
    reserve: db.prepare(
      `INSERT INTO reservation (lineage, container, passage_id, state) VALUES (?, ?, ?, 'reserved')`,
    ),
    settle: db.prepare(
      `UPDATE reservation SET state = ? WHERE passage_id = ? AND state = 'reserved'`,
    ),
    opening: db.prepare(
      `INSERT INTO opening (command_id, decision_id, lane_id, boot_id, not_after_monotonic_ms)
       VALUES (@commandId, @decisionId, @laneId, @bootId, @notAfterMonotonicMs)`,
    ),
    openingUsed: db.prepare('UPDATE opening SET used = 1 WHERE command_id = ?'),
    passage: db.prepare(
      `INSERT INTO passage (passage_id, lane_id, direction, started_at, plate, disposition, decision_id, plan,
         crossed_at, ended_at, outcome)
       VALUES (@passageId, @laneId, @direction, @startedAtMs, @plate, @disposition, @decisionId, @plan,
         @crossedAtMs, @endedAtMs, @outcome)
       ON CONFLICT (passage_id) DO UPDATE SET
         plate = coalesce(excluded.plate, plate),
         disposition = coalesce(excluded.disposition, disposition),
         decision_id = coalesce(excluded.decision_id, decision_id),
         plan = coalesce(excluded.plan, plan),
         crossed_at = coalesce(excluded.crossed_at, crossed_at),
         ended_at = coalesce(excluded.ended_at, ended_at),
         outcome = coalesce(excluded.outcome, outcome)`,
    ),
    visitOpened: db.prepare(
      `INSERT INTO visit (visit_id, plate, entry_passage_id, entered_at, containers) VALUES (?, ?, ?, ?, ?)`,
    ),
    visitClosed: db.prepare(
      `UPDATE visit SET exit_passage_id = ?, closed_at = ?, cause = ? WHERE visit_id = ? AND closed_at IS NULL`,
    ),
    exception: db.prepare(
      `INSERT INTO exception (exception_id, passage_id, lane_id, cause, opened_at)
       VALUES (@exceptionId, @passageId, @laneId, @cause, @openedAtMs)`,
    ),
  };
}

function reserve(s: Statements, wish: NonNullable<LedgerChange['reserve']>): void {
  for (const { lineage, container } of wish.releases) {
    try {
      s.reserve.run(lineage, container, wish.passageId);
    } catch (error) {
      if (sqliteCode(error) === 'SQLITE_CONSTRAINT_UNIQUE')
        throw new ReleaseTaken(`${lineage} ${container}`);
      throw error;
    }
  }
}

function passageParameters(row: PassageRow) {
  const absent = {
    plate: null,
    disposition: null,
    decisionId: null,
    plan: null,
    crossedAtMs: null,
    endedAtMs: null,
    outcome: null,
  };
  return { ...absent, ...row };
}

function writeVisit(s: Statements, visit: VisitChange): void {
  if (visit.kind === 'opened') {
    const { visitId, plate, passageId, atMs, containers } = visit;
    s.visitOpened.run(visitId, plate, passageId, atMs, JSON.stringify(containers));
    return;
  }
  s.visitClosed.run(visit.passageId ?? null, visit.atMs, visit.cause, visit.visitId);
}
