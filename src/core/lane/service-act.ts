/**
 * Acts of a person that order something of the lane as a whole. Each is refused with its reason or is in the journal,
 * with the name of the person, before it does anything. What it does follows from the directive it leaves behind, in
 * `service-mode`; what it raises is ordered in `ordered-raise`.
 */
import type { Direction } from '../facts.ts';
import type { LedgerChange } from '../ledger-change.ts';
import { isOnFarSide } from './far-side.ts';
import type { ActRefusal, ServiceAct, ServiceActAnswer } from './lane-act.ts';
import { directionOf, mirroredInputs } from './lane-direction.ts';
import { type LaneDirective, type LaneStanding, serve } from './lane-directive.ts';
import type { LaneInputBody, LaneState, PendingAct } from './lane-types.ts';
import { beginRaise, endRaise } from './ordered-raise.ts';
import { event, patch, type Turn, timerWhile } from './turn.ts';

export function onServiceAct(
  turn: Turn,
  asked: Extract<LaneInputBody, { kind: 'serviceAct' }>,
): void {
  const { actId, act, person } = asked;
  const reason = refusalOf(turn, act);
  if (reason) return answer(turn, actId, { kind: 'refused', reason });
  patch(turn, { pendingActs: [...turn.state.pendingActs, { actId, act, person }] });
  const { laneId } = turn.context.settings;
  const ordered = event(turn, 'lane.actOrdered.v1', laneId, {
    act: act.kind,
    ...(act.kind === 'turn' && { to: act.to }),
    person,
  });
  const directive = directiveOf(act);
  const change: LedgerChange = {
    events: [ordered],
    ...(directive && { lane: laneRow(turn, { directive }) }),
  };
  turn.effects.push({ kind: 'commit', tag: { kind: 'serviceAct', actId }, change });
}

export function onServiceActCommitted(
  turn: Turn,
  actId: string,
  result: 'committed' | 'conflicted' | 'failed',
): void {
  const pending = turn.state.pendingActs.find((each) => each.actId === actId);
  patch(turn, { pendingActs: turn.state.pendingActs.filter((each) => each !== pending) });
  if (!pending) return;
  if (result !== 'committed') return answer(turn, actId, { kind: 'unrecorded' });
  const reason = carryOut(turn, pending);
  answer(turn, actId, reason ? { kind: 'refused', reason } : { kind: 'done' });
}

/** What stands in the way now, although it did not when the act was asked for. */
function carryOut(turn: Turn, pending: PendingAct): ActRefusal | undefined {
  const { act } = pending;
  const directive = directiveOf(act);
  if (!directive) {
    const reason = refusalOf(turn, act);
    if (!reason) beginRaise(turn, pending);
    return reason;
  }
  patch(turn, { directive });
  if (act.kind !== 'holdOpen') endRaise(turn);
  if (act.kind === 'holdOpen') {
    // Whatever the arm did before, it is supervised now.
    patch(turn, { armUnsupervised: false });
    beginRaise(turn, pending);
  }
  if (act.kind === 'resume') invite(turn);
  return undefined;
}

/** Whoever waits there is one like any other from now on. */
function invite(turn: Turn): void {
  patch(turn, {
    passages: turn.state.passages.map(({ isUninvited: _, ...passage }) => passage),
  });
}

function directiveOf(act: ServiceAct): LaneDirective | undefined {
  switch (act.kind) {
    case 'resume':
      return serve;
    case 'open':
      return undefined;
    default:
      return act;
  }
}

function refusalOf(
  { state, context: { settings } }: Turn,
  act: ServiceAct,
): ActRefusal | undefined {
  const { service, directive } = state;
  if (service.kind === 'powerRestoring') return 'devicesNotRead';
  switch (act.kind) {
    // The arm may have come down, or a restart have ended the holding: ordered anew it is held anew.
    case 'holdOpen':
      return undefined;
    case 'resume':
      return directive.kind === 'serve' ? 'alreadySo' : undefined;
    case 'drain':
    case 'maintain':
      if (directive.kind === act.kind) return 'alreadySo';
      return directive.kind === 'serve' || directive.kind === 'drain' ? undefined : 'resumeFirst';
    case 'turn':
      if (!settings.isReversible) return 'cannotTurn';
      if (directive.kind !== 'serve') return 'resumeFirst';
      if (directionOf(state, settings) === act.to) return 'alreadySo';
      return service.kind === 'inService' ? occupancyOf(state) : 'notInService';
    case 'open':
      return service.kind === 'maintenance' ? occupancyOf(state) : 'notInMaintenance';
  }
}

/** Whether a vehicle, or what may be one, is in the lane, or the arm is not down. */
function occupancyOf(state: LaneState): ActRefusal | undefined {
  const { passages, inputs, arm, suspicion } = state;
  // Who may have crossed is still to be put on record, in the direction that the lane has.
  if (suspicion || isOnFarSide(state)) return 'notEmpty';
  const isClear =
    inputs.approach === 'clear' && inputs.presence === 'clear' && inputs.exit === 'clear';
  if (passages.length > 0 || !isClear || inputs.curtain === 'occupied') return 'notEmpty';
  return arm.kind === 'closed' ? undefined : 'armNotClosed';
}

function answer(turn: Turn, actId: string, given: ServiceActAnswer): void {
  turn.effects.push({ kind: 'serviceActAnswered', actId, answer: given });
}

function laneRow(turn: Turn, change: Partial<LaneStanding>) {
  const { state, context, now } = turn;
  return {
    laneId: context.settings.laneId,
    directive: state.directive,
    direction: directionOf(state, context.settings),
    atMs: now.wallMs,
    ...change,
  };
}

export const turnTimer = 'turn';

/** A reversible lane is turned when it has been empty, with the arm down and its signals red, for long enough. */
export function settleTurning(turn: Turn): void {
  const { state, context } = turn;
  const isDue = state.service.kind === 'switching' && occupancyOf(state) === undefined;
  timerWhile(turn, isDue, turnTimer, context.settings.timing.turnAfterMs);
}

export function onTurnDue(turn: Turn): void {
  const { service, directive } = turn.state;
  if (service.kind !== 'switching' || directive.kind !== 'turn') return;
  if (occupancyOf(turn.state) !== undefined) return;
  const { to } = directive;
  const { settings } = turn.context;
  const from = directionOf(turn.state, settings);
  turn.effects.push({
    kind: 'commit',
    tag: { kind: 'turn', to },
    change: {
      events: [event(turn, 'lane.turned.v1', settings.laneId, { from, to })],
      lane: laneRow(turn, { directive: serve, direction: to }),
    },
  });
}

/** What is on record is so, whoever has come since: he is judged in neither direction. */
export function onTurnCommitted(
  turn: Turn,
  to: Direction,
  result: 'committed' | 'conflicted' | 'failed',
): void {
  if (result !== 'committed') return;
  const isOther = directionOf(turn.state, turn.context.settings) !== to;
  patch(turn, {
    direction: to,
    directive: serve,
    // Read in the other direction, by whatever serves it.
    recent: [],
    ...(isOther && { inputs: mirroredInputs(turn.state.inputs) }),
  });
}
