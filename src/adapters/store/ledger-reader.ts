/** The reading statements of the ledger, prepared once. */
import type { EntryRecord } from '../../core/entry-record.ts';
import type { Direction, OpenVisit, ReleaseUse, TurnedBack } from '../../core/facts.ts';
import type { PassageId } from '../../core/identity.ts';
import type { LaneDirective, LaneStanding } from '../../core/lane/lane-directive.ts';
import type { CrossedUnder } from '../../core/lane/passage.ts';
import type { ReleaseReservation } from '../../core/ledger-change.ts';
import type { CaseDetail, JournalRow, OpenException, UnendedPassage } from '../../ports/ledger.ts';
import type { SqliteDatabase } from './open-database.ts';
import { partialUsesReader } from './partial-uses.ts';
import { placedHoldsReader } from './placed-holds.ts';
import { releasesIn, reservedReleases } from './reserved-releases.ts';

interface EpochRow {
  epoch: string;
  positionBeforeFirst: number;
}

interface TreeRow {
  size: number;
  frontier: string;
}

interface PassageRecord {
  passageId: PassageId;
  laneId: string;
  direction: Direction;
  startedAtMs: number;
  disposition: string | null;
  decisionId: string | null;
  result: string | null;
  plan: string | null;
  departed: number | null;
  crossedAtMs: number | null;
  outcome: string | null;
}

/** Decisions of a passage are its id, `.d` and their number. */
export const newestDecisionOf = (table: string) => `(
  SELECT decision_id FROM decision
  WHERE decision_id > ${table}.passage_id || '.d' AND decision_id < ${table}.passage_id || '.e'
  ORDER BY length(decision_id) DESC, decision_id DESC LIMIT 1)`;

/** Open cases that are read at most. A bound limit would make SQLite plan the statement anew at every call. */
const exceptionsMax = 500;

export function ledgerReader(db: SqliteDatabase) {
  const epoch = db.prepare<[], EpochRow>(
    'SELECT epoch, position_before_first AS positionBeforeFirst FROM epoch ORDER BY number DESC LIMIT 1',
  );
  const last = db.prepare<[], JournalRow & { position: number }>(
    'SELECT position, sequence, entry, hash FROM journal ORDER BY position DESC LIMIT 1',
  );
  const tree = db.prepare<[string], TreeRow>('SELECT size, frontier FROM tree WHERE epoch = ?');
  const announcedKey = db
    .prepare<[string], string>(
      'SELECT verifier_key FROM signing_key WHERE epoch = ? ORDER BY since_sequence DESC LIMIT 1',
    )
    .pluck();
  const newestPruned = db
    .prepare<[], number | null>('SELECT max(position) FROM pruned_entry')
    .pluck();
  const acknowledged = db
    .prepare<[string], number>('SELECT acknowledged_through FROM delivery WHERE epoch = ?')
    .pluck();
  const unended = db.prepare<[], PassageRecord>(
    `SELECT p.passage_id AS passageId, p.lane_id AS laneId, p.direction, p.started_at AS startedAtMs,
       coalesce(p.disposition, d.disposition) AS disposition, d.decision_id AS decisionId, d.result, d.plan,
       p.crossed_at AS crossedAtMs, d.opening_used AS departed, p.outcome
     FROM passage p LEFT JOIN decision d ON d.decision_id = ${newestDecisionOf('p')}
     WHERE p.ended_at IS NULL ORDER BY p.lane_id, p.started_at`,
  );
  const reserved = reservedReleases(db);
  const partialUses = partialUsesReader(db);
  const uses = db.prepare<[string], ReleaseUse>(
    `SELECT lineage, container, passage_id AS passageId, state FROM reservation
     WHERE container = ?`,
  );
  const exceptions = db.prepare<[], OpenException>(
    `SELECT exception_id AS exceptionId, passage_id AS passageId, lane_id AS laneId, cause, opened_at AS openedAtMs
     FROM exception WHERE closed_at IS NULL ORDER BY opened_at DESC LIMIT ${exceptionsMax}`,
  );
  const openVisit = db
    .prepare<[string], number>('SELECT 1 FROM visit WHERE visit_id = ? AND closed_at IS NULL')
    .pluck();
  const laneStanding = laneStandingReader(db);
  const caseDetail = db.prepare<[string], { plate: string | null; result: string | null }>(
    `SELECT CASE WHEN d.pruned_by IS NULL THEN json_extract(d.inputs, '$.identification.tractor.text') END AS plate,
       CASE WHEN d.pruned_by IS NULL THEN d.result END AS result FROM exception e
     LEFT JOIN decision d ON d.decision_id = ${newestDecisionOf('e')}
     WHERE e.exception_id = ?`,
  );
  return {
    epoch: () => epoch.get(),
    last: () => last.get(),
    tree: (of: string) => tree.get(of),
    /** By which the log of this epoch is signed from its newest key entry on. */
    announcedKey: (of: string) => announcedKey.get(of),
    /** Entries behind a position, in order. */
    entriesAfter: entriesReader(db),
    prunedThrough: (position: number) => Math.max(0, (newestPruned.get() ?? 0) - position),
    acknowledgedThrough: (epoch: string) => acknowledged.get(epoch) ?? 0,
    unendedPassages: (): UnendedPassage[] =>
      unended.all().map((row) =>
        unendedPassage(
          row,
          releasesIn(row.result).filter((each) => reserved.isReserved(each, row.passageId)),
        ),
      ),
    laneStanding,
    openExceptions: (limit: number) => exceptions.all().slice(0, limit),
    caseOf: (exceptionId: string): CaseDetail => {
      const { plate, result } = caseDetail.get(exceptionId) ?? { plate: null, result: null };
      return { ...(plate !== null && { plate }), ...(result !== null && { result }) };
    },
    usesOf: (containers: readonly string[], countFromMs?: ReadonlyMap<string, number>) =>
      containers.flatMap((key) => [
        ...uses.all(key),
        ...partialUses.of(key, countFromMs?.get(key) ?? 0),
      ]),
    turnedBackOf: turnedBackReader(db),
    placedHoldsOf: placedHoldsReader(db),
    openVisitsOf: openVisitsReader(db),
    isOpenVisit: (visitId: string) => openVisit.get(visitId) !== undefined,
  };
}

function entriesReader(db: SqliteDatabase) {
  const entries = db.prepare<[number, number], JournalRow>(
    'SELECT sequence, entry, hash FROM journal WHERE position > ? AND position <= ? ORDER BY position',
  );
  const prunedUnder = db
    .prepare<[number], number>(
      `SELECT b.sequence FROM pruned_entry p JOIN journal b ON b.position = p.pruned_by WHERE p.position = ?`,
    )
    .pluck();
  const pruned = (row: JournalRow, position: number): JournalRow => {
    const under = prunedUnder.get(position);
    return under === undefined ? row : { ...row, prunedUnder: under };
  };
  return (position: number, limit: number): JournalRow[] =>
    entries
      .all(position, position + limit)
      .map((row, index) => (row.entry === '' ? pruned(row, position + index + 1) : row));
}

function openVisitsReader(db: SqliteDatabase) {
  const visits = db.prepare<
    [string],
    Pick<OpenVisit, 'visitId' | 'plate' | 'enteredAtMs'> & {
      readonly containers: string;
      readonly entered: string | null;
    }
  >(
    `SELECT visit_id AS visitId, plate, entered_at AS enteredAtMs, containers, entered FROM visit
     WHERE plate = ? AND closed_at IS NULL ORDER BY entered_at`,
  );
  return (plates: readonly string[]): OpenVisit[] =>
    plates
      .flatMap((plate) => visits.all(plate))
      .map(({ containers, entered, ...row }) => ({
        ...row,
        containers: JSON.parse(containers) as string[],
        ...(entered !== null && { entered: JSON.parse(entered) as EntryRecord }),
      }));
}

function turnedBackReader(db: SqliteDatabase) {
  const newest = db.prepare<[string], Omit<TurnedBack, 'reasons'> & { reasons: string }>(
    `SELECT plate, at AS atMs, passage_id AS passageId, disposition, reasons FROM turned_back
     WHERE plate = ? ORDER BY at DESC LIMIT 2`,
  );
  return (plates: readonly string[]): TurnedBack[] =>
    plates
      .flatMap((plate) => newest.all(plate))
      .map((row) => ({ ...row, reasons: JSON.parse(row.reasons) as string[] }));
}

function laneStandingReader(db: SqliteDatabase) {
  const lane = db.prepare<[string], { directive: string; direction: Direction }>(
    'SELECT directive, direction FROM lane WHERE lane_id = ?',
  );
  return (laneId: string): LaneStanding | undefined => {
    const row = lane.get(laneId);
    return row && { ...row, directive: JSON.parse(row.directive) as LaneDirective };
  };
}

/** Who crossed under an arm that was held up is known by what his passage will end as. */
const hands: Readonly<Record<string, CrossedUnder>> = {
  evacuated: 'evacuation',
  passedLocally: 'localControl',
};

function unendedPassage(
  row: PassageRecord,
  releases: readonly ReleaseReservation[],
): UnendedPassage {
  const { passageId, laneId, direction, startedAtMs, disposition, decisionId, result, plan } = row;
  const crossedUnder = hands[row.outcome ?? ''];
  return {
    passageId,
    laneId,
    direction,
    startedAtMs,
    releases,
    departed: row.departed === 1,
    crossed: row.crossedAtMs !== null,
    unauthorised: row.outcome === 'tailgated' || crossedUnder !== undefined,
    ...(crossedUnder && { crossedUnder }),
    ...(disposition !== null && { disposition }),
    ...(decisionId !== null && { decisionId }),
    ...(result !== null && { result }),
    ...(plan !== null && { plan }),
  };
}
