/** The writing statements of the ledger, prepared once. Called only inside a transaction. */
import { canonicalJson } from '../../core/decision/canonical-json.ts';
import type {
  DecisionRow,
  LaneRow,
  LedgerChange,
  PassageRow,
  ReleaseReservation,
  VisitChange,
} from '../../core/ledger-change.ts';
import type { JournalRow } from '../../ports/ledger.ts';
import { commandWriter } from './command-rows.ts';
import type { SqliteDatabase } from './open-database.ts';
import { partialUsesWriter, type ReservedPart } from './partial-uses.ts';

/** Another passage has reserved or used this proof for this box, or what is left of it is not enough. */
export class ReleaseTaken extends Error {}

export function ledgerWriter(db: SqliteDatabase) {
  const s = statements(db);
  return {
    rows(change: LedgerChange): void {
      if (change.reserve) reserve(s, change.reserve);
      if (change.decision) writeDecision(s, change.decision);
      if (change.openingUsed !== undefined) s.openingUsed.run(change.openingUsed);
      if (change.settle) settle(s, change.settle);
      if (change.turnedBack) {
        const { plate, atMs, passageId, disposition, reasons } = change.turnedBack;
        s.turnedBack.run(plate, atMs, passageId, disposition, JSON.stringify(reasons));
      }
      if (change.passage) writePassage(s, change.passage);
      for (const visit of change.visits ?? []) writeVisit(s, visit);
      if (change.exception) s.exception.run(change.exception);
      for (const { atMs, outcome, exceptionId } of change.closedCases ?? [])
        s.caseClosed.run(atMs, outcome, exceptionId);
      if (change.act) s.act.run(change.act);
      if (change.lane) writeLane(s, change.lane);
      if (change.command) s.command(change.command);
    },
    epoch(epoch: string, positionBeforeFirst: number): void {
      s.epoch.run(epoch, positionBeforeFirst);
    },
    signingKey(epoch: string, sinceSequence: number, verifierKey: string): void {
      s.signingKey.run(epoch, sinceSequence, verifierKey);
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
    signingKey: db.prepare(
      'INSERT INTO signing_key (epoch, since_sequence, verifier_key) VALUES (?, ?, ?)',
    ),
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
      // A passage that is decided on again keeps what it has.
      `INSERT INTO reservation (container, lineage, passage_id, state) VALUES (?, ?, ?, 'reserved')
       ON CONFLICT (container, lineage) DO UPDATE SET state = 'reserved'
       WHERE passage_id = excluded.passage_id AND state = 'reserved'`,
    ),
    isReserved: db.prepare('SELECT 1 FROM reservation WHERE container = ? AND lineage = ?'),
    partialUses: partialUsesWriter(db),
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
      `INSERT INTO visit (visit_id, plate, entry_passage_id, entered_at, containers, entered) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    visitClosed: db.prepare(
      `UPDATE visit SET exit_passage_id = ?, closed_at = ?, cause = ? WHERE visit_id = ? AND closed_at IS NULL`,
    ),
    turnedBack: db.prepare(
      `INSERT OR REPLACE INTO turned_back (plate, at, passage_id, disposition, reasons) VALUES (?, ?, ?, ?, ?)`,
    ),
    command: commandWriter(db),
    lane: db.prepare(
      `INSERT INTO lane (lane_id, directive, direction, since) VALUES (?, ?, ?, ?)
       ON CONFLICT (lane_id) DO UPDATE SET directive = excluded.directive, direction = excluded.direction,
         since = excluded.since`,
    ),
    exception: db.prepare(
      `INSERT INTO exception (exception_id, passage_id, lane_id, cause, opened_at)
       VALUES (@exceptionId, @passageId, @laneId, @cause, @openedAtMs)`,
    ),
    caseClosed: db.prepare(
      'UPDATE exception SET closed_at = ?, result = ? WHERE exception_id = ? AND closed_at IS NULL',
    ),
    act: db.prepare(
      `INSERT INTO act (act_id, subject, kind, person, role, acted_at, asked, answer)
       VALUES (@actId, @subject, @kind, @person, @role, @atMs, @asked, @answer)`,
    ),
  };
}

const passageUpsert = `INSERT INTO passage (passage_id, lane_id, direction, started_at, disposition, crossed_at,
    ended_at, outcome)
  VALUES (@passageId, @laneId, @direction, @startedAtMs, @disposition, @crossedAtMs, @endedAtMs, @outcome)`;
const passageSet = `disposition = coalesce(excluded.disposition, disposition),
  crossed_at = coalesce(excluded.crossed_at, crossed_at)`;

function reserve(s: Statements, wish: NonNullable<LedgerChange['reserve']>): void {
  for (const release of wish.releases) {
    const { part } = release;
    if (part) reservePart(s, { ...release, ...wish, part });
    else reserveWhole(s, wish, release);
  }
}

type Wish = NonNullable<LedgerChange['reserve']>;

function reserveWhole(s: Statements, wish: Wish, release: ReleaseReservation): void {
  const { lineage, container } = release;
  if (s.partialUses.isUsed(release)) throw new ReleaseTaken(`${lineage} ${container}`);
  const { changes } = s.reserve.run(container, lineage, wish.passageId);
  if (changes === 0) throw new ReleaseTaken(`${lineage} ${container}`);
}

/** The last line, as the primary key is for what is used whole. */
function reservePart(s: Statements, part: ReservedPart): void {
  const { lineage, container } = part;
  const isUsedWhole = s.isReserved.get(container, lineage) !== undefined;
  if (isUsedWhole || !s.partialUses.hasLeft(part) || !s.partialUses.reserve(part))
    throw new ReleaseTaken(`${lineage} ${container}`);
}

/** What is returned is as if it had never been reserved: the journal keeps that it was. */
function settle(s: Statements, change: NonNullable<LedgerChange['settle']>): void {
  const statement = change.as === 'consumed' ? s.consume : s.return;
  for (const release of change.releases) {
    const { lineage, container } = release;
    if (release.part) s.partialUses.settle(release, change.passageId, change.as);
    else statement.run(container, lineage, change.passageId);
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
    const { visitId, plate, passageId, atMs, containers, entered } = visit;
    s.visitOpened.run(
      visitId,
      plate,
      passageId,
      atMs,
      JSON.stringify(containers),
      entered ? JSON.stringify(entered) : null,
    );
    return;
  }
  s.visitClosed.run(visit.passageId ?? null, visit.atMs, visit.cause, visit.visitId);
}
