/** Acts on what a vehicle has left behind: a case, a release that is still reserved. */
import { canonicalJson } from '../decision/canonical-json.ts';
import type { PassageId } from '../identity.ts';
import type { EventDraft } from '../journal/events.ts';
import type { ActRow, LedgerChange, ReleaseReservation } from '../ledger-change.ts';
import type { Person } from './roles.ts';

/** What a case may have come to. */
export type CaseOutcome =
  | 'leftTheLane'
  | 'crossingVerified'
  | 'returnVerified'
  | 'handedToCustoms'
  | 'deviceRepaired'
  | 'falseAlarm';

interface By {
  readonly person: Person;
  readonly actId: string;
  readonly atMs: number;
  /** The words of the wish, as canonical JSON. */
  readonly asked: string;
}

/** Whether an outcome says what became of the release: who has verifiably crossed has used it. */
export const usesRelease = (outcome: CaseOutcome): boolean => outcome === 'crossingVerified';

export function caseClosing(
  given: {
    readonly exceptionId: string;
    readonly passageId: PassageId;
    readonly laneId: string;
    readonly outcome: CaseOutcome;
    readonly note?: string;
    /** What its passage still has reserved, where the outcome settles that. */
    readonly releases: readonly ReleaseReservation[];
  },
  by: By,
): LedgerChange {
  const { exceptionId, passageId, laneId, outcome, note, releases } = given;
  const told = { laneId, exceptionId, outcome, ...(note !== undefined && { note }) };
  return {
    events: [
      acted('closeCase', passageId, told, by),
      {
        type: 'exception.closed.v1',
        subject: passageId,
        timeMs: by.atMs,
        data: { laneId, exceptionId, outcome, person: by.person.name, actId: by.actId },
      },
      ...(releases.length === 0
        ? []
        : [
            {
              type: 'release.consumed.v1' as const,
              subject: passageId,
              timeMs: by.atMs,
              data: { laneId, releases, person: by.person.name, actId: by.actId },
            },
          ]),
    ],
    ...(releases.length > 0 && { settle: { passageId, releases, as: 'consumed' } }),
    closedCases: [{ exceptionId, outcome, atMs: by.atMs }],
    act: row('closeCase', exceptionId, by),
  };
}

export function reservationReturn(
  given: {
    readonly passageId: PassageId;
    readonly laneId: string;
    readonly releases: readonly ReleaseReservation[];
    readonly reason: string;
    readonly reference: string;
  },
  by: By,
): LedgerChange {
  const { passageId, laneId, releases, reason, reference } = given;
  return {
    events: [
      acted('returnReservation', passageId, { laneId, reason, reference }, by),
      {
        type: 'release.returned.v1',
        subject: passageId,
        timeMs: by.atMs,
        data: { laneId, releases },
      },
    ],
    settle: { passageId, releases, as: 'returned' },
    act: row('returnReservation', passageId, by),
  };
}

function acted(
  act: string,
  subject: string,
  told: EventDraft['data'],
  { person, actId, atMs }: By,
): EventDraft {
  const { name, role } = person;
  return {
    type: 'person.acted.v1',
    subject,
    timeMs: atMs,
    data: { ...told, actId, act, person: name, role },
  };
}

function row(kind: string, subject: string, { person, actId, atMs, asked }: By): ActRow {
  const { name, role } = person;
  const answer = canonicalJson({ kind: 'done' });
  return { actId, subject, kind, person: name, role, atMs, asked, answer };
}
