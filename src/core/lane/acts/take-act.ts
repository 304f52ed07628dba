/**
 * What a person does about the vehicle at the arm. An act belongs to the vehicle and the decision that the person had
 * before him: it is refused where either is another by now. Nothing here opens: an act that wants the arm up asks for a
 * decision anew, and the one way from a decision to the arm is `deciding`.
 */
import type { PersonOrder } from '../../decision/person-order.ts';
import { mayAct } from '../../persons/roles.ts';
import { endCapture } from '../capture.ts';
import { beginDeciding, departTimer, withoutDecision } from '../deciding.ts';
import { isOnFarSide } from '../far-side.ts';
import type { LaneInputBody } from '../lane-types.ts';
import { isUnderWay, type Passage, type PendingAct } from '../passage.ts';
import { picturedEvents } from '../pictures.ts';
import { passageRow } from '../rows.ts';
import { isInWrongLane } from '../served.ts';
import { cancelTimer, moveTo, passageById, put, type Turn } from '../turn.ts';
import { actRecord, answer, refuse, withAct, withoutPending } from './act-records.ts';
import { correctionMistake } from './correction-form.ts';
import { type ActAnswer, isOpening, type PersonAct } from './person-act.ts';

interface Refusal {
  readonly code: string;
  readonly evidence?: Readonly<Record<string, string | number>>;
}

export function onPersonAct(
  turn: Turn,
  { act, openCases }: Extract<LaneInputBody, { kind: 'personAct' }>,
): void {
  const passage = passageById(turn, act.passageId);
  const refusal = refusalOf(turn, act, passage);
  if (!passage || refusal) return refuse(turn, act, refusal ?? { code: 'act-passage-unknown' });
  const pending = { act, openCases, before: passage };
  if (act.kind === 'turnBack') return turnBack(turn, passage, pending);
  if (act.kind === 'correct' && turn.context.settings.platform) {
    return correctFirst(turn, passage, pending);
  }
  const known = passage.acts?.correction;
  const correction = act.kind === 'correct' ? { ...known, ...act.correction, by: act.by } : known;
  const order = orderOf(act, passage);
  beginDeciding(turn, {
    ...bareOf(turn, passage),
    acts: { pending, ...(correction && { correction }), ...(order && { order }) },
  });
}

const standing: ReadonlySet<string> = new Set(['referred', 'held', 'refused']);

function refusalOf(turn: Turn, act: PersonAct, passage: Passage | undefined): Refusal | undefined {
  const { by, kind } = act;
  if (!mayAct(by.role, kind)) return { code: 'act-role-forbidden', evidence: { role: by.role } };
  if (!passage) return { code: 'act-passage-unknown' };
  const { acts, decisionId = null } = passage;
  if (acts?.pending) return { code: 'act-passage-busy' };
  const isStanding =
    standing.has(passage.kind) || (passage.kind === 'capturing' && !isOpening(act));
  if (!isStanding) return { code: 'act-passage-moved-on', evidence: { state: passage.kind } };
  if (acts?.order?.by.actId === by.actId || acts?.correction?.by.actId === by.actId) {
    return { code: 'act-repeated' };
  }
  if (decisionId !== act.seen) {
    return { code: 'act-view-stale', evidence: { decision: decisionId ?? '—' } };
  }
  if (act.kind === 'turnBack') return undefined;
  if (isInWrongLane(turn, passage)) return { code: 'wrong-lane' };
  const refusal = act.kind === 'correct' ? correctionMistake(act.correction) : notReady(turn);
  if (refusal) return refusal;
  const { presenceLeft, isVehicleInDoubt } = passage;
  if (turn.state.inputs.presence !== 'occupied' || presenceLeft || isVehicleInDoubt) {
    return { code: 'act-vehicle-moved' };
  }
  return act.kind === 'repeatOpening' ? repeatRefusal(turn, passage) : undefined;
}

/** Why nothing can open here now, whoever asks for it. */
function notReady(turn: Turn): Refusal | undefined {
  const { service, arm, passages } = turn.state;
  const notReadyFor = (what: string) => ({ code: 'act-lane-not-ready', evidence: { what } });
  if (service.kind !== 'inService') return notReadyFor(service.kind);
  if (passages.some(isUnderWay)) return notReadyFor('passing');
  if (isOnFarSide(turn.state)) return notReadyFor('vehicle on the far side');
  return arm.kind === 'closed' ? undefined : notReadyFor(`arm ${arm.kind}`);
}

/** An opening is repeated only where the arm provably never left closed, and not for ever. */
function repeatRefusal(turn: Turn, { right, armUnseen }: Passage): Refusal | undefined {
  const { settings, policy } = turn.context;
  const withinMs = policy.acts?.repeatWithinMs;
  if (!right || withinMs === undefined) return { code: 'act-repeat-none' };
  if (right.used || armUnseen) return { code: 'act-repeat-unproven' };
  const decidedAtMs = right.notAfterMonotonicMs - settings.timing.openWithinMs;
  const ageMs = turn.now.monotonicMs - decidedAtMs;
  return ageMs > withinMs ? { code: 'act-repeat-late' } : undefined;
}

/** The words of an act that stand in the inputs of the decision. */
function orderOf(act: PersonAct, { acts, right }: Passage): PersonOrder | undefined {
  const { by } = act;
  switch (act.kind) {
    case 'confirm':
      return { kind: 'confirm', by };
    case 'divert': {
      const { place, withinMinutes } = act;
      return { kind: 'divert', by, place, withinMinutes };
    }
    case 'manualRelease': {
      const { reason, reference, second } = act;
      return {
        kind: 'manualRelease',
        by,
        reason,
        ...(reference !== undefined && { reference }),
        ...(second && { second }),
      };
    }
    case 'repeatOpening': {
      // What was ordered then is what is decided on again, by those who ordered it.
      const before = acts?.order ?? ({ kind: 'repeatOpening', by } as const);
      return { ...before, ...(right && { repeats: { commandId: right.commandId, by } }) };
    }
    default:
      return undefined;
  }
}

/**
 * The platform has to be asked anew about what was corrected, and that takes longer than a person's act may: the
 * correction is put on record first, and decided on when the platform has answered.
 */
function correctFirst(turn: Turn, passage: Passage, pending: PendingAct): void {
  const { passageId, startedAt, acts } = passage;
  put(turn, { ...passage, acts: { ...acts, pending } });
  const change = withAct(
    turn,
    { ...passage, acts: { ...acts, pending }, releases: [] },
    {
      change: { events: [] },
      given: awaited,
    },
  );
  turn.effects.push({
    kind: 'commit',
    tag: { kind: 'act', passageId, actId: pending.act.by.actId },
    change: {
      ...change,
      passage: passageRow(
        turn,
        { passageId, startedAtMs: startedAt.wallMs },
        { disposition: 'refer' },
      ),
    },
  });
}

const awaited: ActAnswer = { kind: 'done', state: 'deciding', reasons: [] };

function onCorrectionCommitted(turn: Turn, passage: Passage, { act }: PendingAct): void {
  if (act.kind !== 'correct') return;
  const { platform: _platform, ...bare } = bareOf(turn, withoutPending(passage));
  const correction = { ...passage.acts?.correction, ...act.correction, by: act.by };
  beginDeciding(turn, { ...bare, acts: { correction } });
  answer(turn, act, awaited);
}

/** Nothing of its last decision is left. */
function bareOf(turn: Turn, passage: Passage): Passage {
  const { stopped: _stopped, armUnseen: _armUnseen, ...bare } = withoutDecision(passage);
  // That of an order which failed may still run.
  cancelTimer(turn, departTimer(passage));
  return bare;
}

function turnBack(turn: Turn, passage: Passage, pending: PendingAct): void {
  const { act } = pending;
  const { passageId, startedAt, acts } = passage;
  const record = actRecord(turn, pending, turnedBack(passage));
  put(turn, { ...passage, acts: { ...acts, pending } });
  turn.effects.push({
    kind: 'commit',
    tag: { kind: 'act', passageId, actId: act.by.actId },
    change: {
      ...record,
      events: [...record.events, ...picturedEvents(turn, passage)],
      passage: passageRow(
        turn,
        { passageId, startedAtMs: startedAt.wallMs },
        { disposition: 'refuse' },
      ),
    },
  });
}

function turnedBack({ decisionId, reasons }: Passage): ActAnswer {
  return {
    kind: 'done',
    state: 'refused',
    ...(decisionId !== undefined && { decisionId }),
    reasons: ['turned-back', ...reasons.filter((reason) => reason !== 'turned-back')],
  };
}

/** The act is on record. Nothing it had a right to before is left: it has to leave the way it came. */
export function onActCommitted(
  turn: Turn,
  { passageId, actId }: { readonly passageId: string; readonly actId: string },
  result: Extract<LaneInputBody, { kind: 'commitResult' }>['result'],
): void {
  const passage = turn.state.passages.find((each) => each.passageId === passageId);
  const pending = passage?.acts?.pending;
  if (!passage || pending?.act.by.actId !== actId) return;
  put(turn, withoutPending(passage));
  if (result !== 'committed') return refuse(turn, pending.act, { code: 'act-not-recorded' });
  if (pending.act.kind === 'correct') return onCorrectionCommitted(turn, passage, pending);
  const given = turnedBack(passage);
  if (!standing.has(passage.kind) && passage.kind !== 'capturing') {
    return answer(turn, pending.act, given);
  }
  const { right: _right, ...bare } = withoutPending(passage);
  endCapture(turn, passage);
  moveTo(turn, bare, 'refused', { reasons: given.reasons ?? [], picturesDue: [] });
  answer(turn, pending.act, given);
}
