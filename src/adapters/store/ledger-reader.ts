/** The reading statements of the ledger, prepared once. */
import type { OpenVisit, ReleaseUse } from '../../core/facts.ts';
import type { PassageId, VisitId } from '../../core/identity.ts';
import type { ReleaseReservation } from '../../core/ledger-change.ts';
import type { CaseDetail, JournalRow, OpenException, UnendedPassage } from '../../ports/ledger.ts';
import type { SqliteDatabase } from './open-database.ts';

interface HeadRow {
  epoch: string;
  sequence: number;
  hash: string;
  frontier: string;
  checkpointSequence: number;
}

interface PassageRecord {
  passageId: PassageId;
  laneId: string;
  startedAtMs: number;
  disposition: string | null;
  decisionId: string | null;
  result: string | null;
  plan: string | null;
  crossedAtMs: number | null;
}

/** Open cases that are read at most. A bound limit would make SQLite plan the statement anew at every call. */
const exceptionsMax = 500;

export function ledgerReader(db: SqliteDatabase) {
  const head = db.prepare<[], HeadRow>(
    'SELECT epoch, sequence, hash, frontier, checkpoint_sequence AS checkpointSequence FROM head',
  );
  const entries = db.prepare<[string, number, number], JournalRow>(
    'SELECT sequence, entry, hash FROM journal WHERE epoch = ? AND sequence > ? AND sequence <= ? ORDER BY sequence',
  );
  const acknowledged = db
    .prepare<[string], number>('SELECT acknowledged_through FROM delivery WHERE epoch = ?')
    .pluck();
  const unended = db.prepare<[], PassageRecord>(
    `SELECT p.passage_id AS passageId, p.lane_id AS laneId, p.started_at AS startedAtMs, p.disposition,
       p.decision_id AS decisionId, d.result, p.plan, p.crossed_at AS crossedAtMs
     FROM passage p LEFT JOIN decision d ON d.decision_id = p.decision_id
     WHERE p.ended_at IS NULL ORDER BY p.lane_id, p.started_at`,
  );
  const reserved = db.prepare<[string], ReleaseReservation>(
    `SELECT lineage, container FROM reservation WHERE passage_id = ? AND state = 'reserved'`,
  );
  const uses = db.prepare<[string], ReleaseUse>(
    `SELECT lineage, container, passage_id AS passageId, state FROM reservation
     WHERE container = ? AND state <> 'returned'`,
  );
  const visits = db.prepare<
    [string],
    { visitId: VisitId; plate: string; enteredAtMs: number; containers: string }
  >(
    `SELECT visit_id AS visitId, plate, entered_at AS enteredAtMs, containers FROM visit
     WHERE plate = ? AND closed_at IS NULL ORDER BY entered_at`,
  );
  const exceptions = db.prepare<[], OpenException>(
    `SELECT exception_id AS exceptionId, passage_id AS passageId, lane_id AS laneId, cause, opened_at AS openedAtMs
     FROM exception WHERE closed_at IS NULL ORDER BY opened_at DESC LIMIT ${exceptionsMax}`,
  );
  const caseDetail = db.prepare<[string], { plate: string | null; result: string | null }>(
    `SELECT p.plate, d.result FROM exception e
     JOIN passage p ON p.passage_id = e.passage_id
     LEFT JOIN decision d ON d.decision_id = p.decision_id
     WHERE e.exception_id = ?`,
  );
  return {
    head: () => head.get(),
    entriesAfter: (epoch: string, after: number, limit: number) =>
      entries.all(epoch, after, after + limit),
    acknowledgedThrough: (epoch: string) => acknowledged.get(epoch) ?? 0,
    unendedPassages: (): UnendedPassage[] =>
      unended.all().map((row) => unendedPassage(row, reserved.all(row.passageId))),
    openExceptions: (limit: number) => exceptions.all().slice(0, limit),
    caseOf: (exceptionId: string): CaseDetail => {
      const { plate, result } = caseDetail.get(exceptionId) ?? { plate: null, result: null };
      return { ...(plate !== null && { plate }), ...(result !== null && { result }) };
    },
    usesOf: (containers: readonly string[]) =>
      containers.flatMap((container) => uses.all(container)),
    openVisitsOf: (plates: readonly string[]): OpenVisit[] =>
      plates
        .flatMap((plate) => visits.all(plate))
        .map((row) => ({ ...row, containers: JSON.parse(row.containers) as string[] })),
  };
}

function unendedPassage(
  row: PassageRecord,
  releases: readonly ReleaseReservation[],
): UnendedPassage {
  const { passageId, laneId, startedAtMs, disposition, decisionId, result, plan, crossedAtMs } =
    row;
  return {
    passageId,
    laneId,
    startedAtMs,
    releases,
    crossed: crossedAtMs !== null,
    ...(disposition !== null && { disposition }),
    ...(decisionId !== null && { decisionId }),
    ...(result !== null && { result }),
    ...(plan !== null && { plan }),
  };
}
