/** What is looked at when everything has come to rest: the whole ledger, the whole centre, every truck. */
import { verifyJournal } from '../../verifier/verify.ts';
import { type Auditor, isOnSight } from './auditor.ts';
import type { TrueCrossing } from './crossings.ts';

export interface CentreSeen {
  readonly through: number;
  readonly notes: readonly string[];
  readonly kept: ReadonlyMap<number, { readonly text: string; readonly hash: string }>;
}

/** Closer than this, who follows is not told from the trailer of the one before (docs/known-limits.md), m. */
const tellableGapM = 10;

export function finalAudit(auditor: Auditor, ledgerFile: string, centre: CentreSeen): void {
  judgeDelivery(auditor, centre);
  judgeChain(auditor, ledgerFile, centre);
  judgeReservations(auditor);
  judgeCrossings(auditor);
  judgeVisits(auditor);
  judgeCases(auditor);
  judgeRaises(auditor);
  const unended = rows<{ id: string; laneId: string }>(
    auditor,
    'SELECT passage_id AS id, lane_id AS laneId FROM passage WHERE ended_at IS NULL',
  );
  for (const { id, laneId } of unended) auditor.find(11, `${id} in ${laneId} never ends`);
}

function rows<Row>(auditor: Auditor, sql: string): readonly Row[] {
  return auditor.ledger?.rows<Row>(sql) ?? [];
}

function judgeDelivery(auditor: Auditor, { through, kept }: CentreSeen): void {
  const journal = rows<{ sequence: number; entry: string }>(
    auditor,
    'SELECT sequence, entry FROM journal ORDER BY sequence',
  );
  if (through !== journal.length)
    auditor.find(6, `the gate has ${journal.length} entries, the centre is complete to ${through}`);
  journal.forEach(({ sequence, entry }, index) => {
    if (sequence !== index + 1) auditor.find(6, `entry ${index + 1} is not there`);
    const at = kept.get(sequence);
    if (at && at.text !== entry) auditor.find(6, `entry ${sequence} is another one at the centre`);
    const seen = auditor.entries[index];
    if (seen && seen.text !== entry) auditor.find(7, `entry ${sequence} has changed`);
  });
  for (const sequence of kept.keys())
    if (sequence > journal.length)
      auditor.find(7, `the centre has entry ${sequence}, the gate not`);
  if (auditor.entries.length > journal.length)
    auditor.find(
      7,
      `${auditor.entries.length} entries were committed, ${journal.length} are there`,
    );
}

function judgeChain(auditor: Auditor, ledgerFile: string, { notes }: CentreSeen): void {
  const verification = verifyJournal(ledgerFile);
  if (!verification.ok)
    auditor.find(
      8,
      `entry ${verification.sequence}: ${verification.fault}: ${verification.detail}`,
    );
  const written = new Set(
    auditor.entries.filter(({ type }) => type === 'checkpoint.v1').map(({ data }) => data['note']),
  );
  for (const note of notes)
    if (!written.has(note))
      auditor.find(8, `a checkpoint was published that is in no entry: ${note}`);
}

/** What is neither used nor returned is known to a clerk. */
function judgeReservations(auditor: Auditor): void {
  const left = rows<{ lineage: string; container: string; passageId: string }>(
    auditor,
    `SELECT lineage, container, passage_id AS passageId FROM reservation
     WHERE state = 'reserved' AND passage_id NOT IN (SELECT passage_id FROM exception)`,
  );
  for (const { lineage, container, passageId } of left)
    auditor.find(4, `${passageId} has ${lineage} for ${container} reserved, and no clerk knows`);
}

function judgeCrossings(auditor: Auditor): void {
  const cases = new Set(
    rows<{ id: string }>(auditor, 'SELECT passage_id AS id FROM exception').map(({ id }) => id),
  );
  for (const crossing of auditor.crossings.seen) {
    if (crossing.told) continue;
    const { laneId, truck, atMs, behindM } = crossing;
    const right = [...auditor.decisions.values()].find(
      (d) =>
        d.laneId === laneId &&
        (d.plate === truck.plate || isOnSight(d)) &&
        d.ordered &&
        d.seenAtMs <= atMs,
    );
    const isKnown = right !== undefined && cases.has(right.passageId);
    const cannotBeTold = behindM !== undefined && behindM < tellableGapM;
    if (isKnown || cannotBeTold || wasBlind(auditor, crossing)) continue;
    auditor.find(
      5,
      `${truck.plate} crosses ${laneId} at ${atMs}, and the journal knows nothing of it`,
    );
  }
}

function wasBlind({ blind }: Auditor, { laneId, atMs }: TrueCrossing): boolean {
  return blind.some(
    (b) => (b.laneId ?? laneId) === laneId && b.fromMs <= atMs + 10_000 && b.toMs >= atMs - 20_000,
  );
}

/** Rows and journal agree on who is inside. */
function judgeVisits(auditor: Auditor): void {
  const open = rows<{ id: string }>(
    auditor,
    'SELECT visit_id AS id FROM visit WHERE closed_at IS NULL',
  ).map(({ id }) => id);
  const told = [...auditor.visits].filter(([, v]) => v.closedAtMs === undefined).map(([id]) => id);
  if (open.sort().join() !== told.sort().join())
    auditor.find(5, `open visits are ${open}; by the journal they are ${told}`);
}

/** Who did not pass is a case that a clerk can see. */
function judgeCases(auditor: Auditor): void {
  const silent = rows<{ id: string; outcome: string }>(
    auditor,
    `SELECT passage_id AS id, outcome FROM passage
     WHERE outcome IN ('referred', 'held', 'refused', 'tailgated', 'evacuated', 'passedLocally')
       AND passage_id NOT IN (SELECT passage_id FROM exception)`,
  );
  for (const { id, outcome } of silent)
    auditor.find(5, `${id} ended as ${outcome}, and no clerk was told`);
}

/** An opening that no decision pays for is a safety raise, and each is told as one unless its run ended. */
function judgeRaises(auditor: Auditor): void {
  const told = new Map<unknown, number>();
  for (const { type, data } of auditor.entries) {
    if (type !== 'barrier.safetyRaised.v1') continue;
    told.set(data['laneId'], (told.get(data['laneId']) ?? 0) + 1);
  }
  for (const { laneId, run, atMs } of auditor.raises) {
    const left = told.get(laneId) ?? 0;
    told.set(laneId, left - 1);
    const isLost = auditor.blind.some(({ fromMs, toMs }) => fromMs <= atMs + 5_000 && toMs >= atMs);
    if (left <= 0 && !isLost)
      auditor.find(1, `${laneId} is opened at ${atMs} in run ${run} with no decision and no raise`);
  }
}
