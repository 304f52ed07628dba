/** What the ledger tells about persons' acts and about what they are to act on. */
import type { ActRecords, OpenException, PastAct } from '../../ports/ledger.ts';
import { newestDecisionOf } from './ledger-reader.ts';
import type { SqliteDatabase } from './open-database.ts';
import { reservedReleases } from './reserved-releases.ts';

export function actReader(db: SqliteDatabase): ActRecords {
  const act = db.prepare<[string], PastAct>(
    'SELECT subject, kind, person, asked, answer FROM act WHERE act_id = ?',
  );
  const cases = db
    .prepare<[string], string>(
      'SELECT exception_id FROM exception WHERE passage_id = ? AND closed_at IS NULL ORDER BY opened_at',
    )
    .pluck();
  const exception = db.prepare<[string], OpenException & { closedAtMs: number | null }>(
    `SELECT exception_id AS exceptionId, passage_id AS passageId, lane_id AS laneId, cause, opened_at AS openedAtMs,
       closed_at AS closedAtMs FROM exception WHERE exception_id = ?`,
  );
  const passageEnd = db.prepare<[string], { laneId: string; endedAtMs: number | null }>(
    'SELECT lane_id AS laneId, ended_at AS endedAtMs FROM passage WHERE passage_id = ?',
  );
  const reserved = reservedReleases(db);
  const newestDecision = db
    .prepare<[string], string | null>(
      `SELECT ${newestDecisionOf('p')} FROM passage p WHERE p.passage_id = ?`,
    )
    .pluck();
  return {
    actOf: (actId) => act.get(actId),
    openCasesOf: (passageId) => cases.all(passageId),
    exceptionOf: (exceptionId) => exception.get(exceptionId),
    passageEnd: (passageId) => passageEnd.get(passageId),
    reservedFor: (passageId) => reserved.of(passageId),
    newestDecision: (passageId) => newestDecision.get(passageId) ?? undefined,
  };
}
