/** How an act stands in the journal and in the ledger, and how it is answered. */
import { canonicalJson } from '../../decision/canonical-json.ts';
import type { ReasonEvidence } from '../../decision/check.ts';
import type { EventDraft } from '../../journal/events.ts';
import type { ActRow, ClosedCase, LedgerChange } from '../../ledger-change.ts';
import type { Passage, PendingAct } from '../passage.ts';
import { passageRow } from '../rows.ts';
import { event, put, recordEvent, type Turn } from '../turn.ts';
import { type ActAnswer, askedOf, isOpening, type PersonAct } from './person-act.ts';

export function answer(turn: Turn, { by }: PersonAct, given: ActAnswer): void {
  turn.effects.push({ kind: 'actAnswer', actId: by.actId, answer: given });
}

/** Somebody wanted the arm up and was told no: that is on record too. */
export function refuse(
  turn: Turn,
  act: PersonAct,
  refusal: { readonly code: string; readonly evidence?: ReasonEvidence },
): void {
  const { code, evidence } = refusal;
  // It is not the end of the act: a second person may still come.
  if (isOpening(act) && code !== 'second-person-missing') {
    recordEvent(turn, 'person.refused.v1', act.passageId, {
      ...who(act),
      code,
      ...(evidence && { evidence }),
    });
  }
  answer(turn, act, { kind: 'refused', ...refusal });
}

/** The passage stands as it stood before the act; what was seen of the vehicle since then stays. */
export function abandon(
  turn: Turn,
  passage: Passage,
  refusal: { readonly code: string; readonly evidence?: ReasonEvidence },
): void {
  const pending = passage.acts?.pending;
  if (!pending) return;
  const { presenceLeft, leftBackwards, lostSight, pictures, picturesDue, attempts } = passage;
  put(turn, {
    ...pending.before,
    ...{ presenceLeft, leftBackwards, lostSight, pictures, picturesDue, attempts },
    ...(passage.armUnseen && { armUnseen: true }),
    ...(passage.isVehicleInDoubt && { isVehicleInDoubt: true }),
    // Its timer has ended with the act: what there is of it is judged.
    captureOver: true,
  });
  refuse(turn, pending.act, refusal);
}

export function withoutPending(passage: Passage): Passage {
  if (!passage.acts?.pending) return passage;
  const { pending: _, ...acts } = passage.acts;
  return { ...passage, acts };
}

/** What of an act is the same for all of them. */
function who({ kind, by, seen, note }: PersonAct): EventDraft['data'] {
  const { actId, name, role } = by;
  return { actId, act: kind, person: name, role, seen, ...(note !== undefined && { note }) };
}

const outcomes: Readonly<Record<PersonAct['kind'], string>> = {
  turnBack: 'turnedBack',
  correct: 'corrected',
  confirm: 'confirmed',
  divert: 'diverted',
  manualRelease: 'releasedByHand',
  repeatOpening: 'openingRepeated',
};

/** The part of a commit that tells of an act: who, what, which cases it settles, what it is answered. */
export function actRecord(
  turn: Turn,
  { act, openCases }: PendingAct,
  given: ActAnswer,
): Required<Pick<LedgerChange, 'events' | 'closedCases' | 'act'>> {
  const { passageId, by, kind } = act;
  const atMs = turn.now.wallMs;
  const outcome = given.kind === 'done' ? outcomes[kind] : 'superseded';
  const closedCases = openCases.map((exceptionId): ClosedCase => ({ exceptionId, outcome, atMs }));
  const row: ActRow = {
    actId: by.actId,
    subject: passageId,
    kind,
    person: by.name,
    role: by.role,
    atMs,
    asked: askedOf(act),
    answer: canonicalJson(given),
  };
  return {
    events: [
      event(turn, 'person.acted.v1', passageId, { ...who(act), ...told(turn, act), ...of(given) }),
      ...openCases.map((exceptionId) =>
        event(turn, 'exception.closed.v1', passageId, {
          exceptionId,
          outcome,
          person: by.name,
          actId: by.actId,
        }),
      ),
    ],
    closedCases,
    act: row,
  };
}

function of(given: ActAnswer): EventDraft['data'] {
  const { decisionId } = given;
  return {
    ...(decisionId !== undefined && { decisionId }),
    ...(given.kind === 'refused' && { refused: given.code }),
  };
}

function told(turn: Turn, act: PersonAct): EventDraft['data'] {
  switch (act.kind) {
    case 'turnBack':
      return { reason: act.reason };
    case 'correct':
      return { corrected: act.correction, read: readOf(turn, act) };
    case 'divert':
      return { place: act.place, withinMinutes: act.withinMinutes };
    case 'manualRelease':
      return {
        reason: act.reason,
        ...(act.reference !== undefined && { reference: act.reference }),
        ...(act.second && { second: act.second }),
      };
    default:
      return {};
  }
}

/** What the devices had read stays beside what the person has seen. */
function readOf(turn: Turn, { passageId }: PersonAct): EventDraft['data'] {
  const passage = turn.state.passages.find((each) => each.passageId === passageId);
  const { plates, containers } = passage?.evidence ?? { plates: [], containers: [] };
  return {
    plates: plates.map(({ observation }) => observation.raw),
    containers: containers.map(({ observation }) => observation.containers.map(({ raw }) => raw)),
  };
}

/** What a decision that a person asked for adds to its commit. */
export function withAct(
  turn: Turn,
  decided: Passage,
  { change, given }: { readonly change: LedgerChange; readonly given: ActAnswer },
): LedgerChange {
  const pending = decided.acts?.pending;
  if (!pending) return change;
  const { passageId, startedAt, lostSight } = decided;
  // What an earlier decision had reserved and this one does not need.
  const unneeded = pending.before.releases.filter(
    (had) =>
      !decided.releases.some(
        ({ lineage, container }) => lineage === had.lineage && container === had.container,
      ),
  );
  const left = lostSight ? [] : unneeded;
  // Of a vehicle that was out of sight nobody knows: its release stays, and so does the case that tells of it.
  const openCases = lostSight && unneeded.length > 0 ? [] : pending.openCases;
  const { events, closedCases, act } = actRecord(turn, { ...pending, openCases }, given);
  return {
    ...change,
    events: [
      ...events,
      ...(left.length > 0
        ? [event(turn, 'release.returned.v1', passageId, { releases: left })]
        : []),
      ...change.events,
    ],
    closedCases,
    act,
    ...(left.length > 0 && { settle: { passageId, releases: left, as: 'returned' as const } }),
    passage: passageRow(
      turn,
      { passageId, startedAtMs: startedAt.wallMs },
      { disposition: String(change.decision?.disposition) },
    ),
  };
}
