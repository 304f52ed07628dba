/** What moves: the arm, the loops, the vehicle over the exit line. */
import { commandIdOf } from '../identity.ts';
import type { InputChange } from '../observation.ts';
import type { ArmEvent } from './arm.ts';
import { beginCapture, startPassage } from './capture.ts';
import { cross } from './crossing.ts';
import { departTimer, refer } from './deciding.ts';
import { judgeExit, judgeSightings, onWatchDue, sight, watchBypass } from './equipment-watch.ts';
import { comesFromFarSide, farSideTimer, isOnFarSide, onFarSideDue } from './far-side.ts';
import { handOf } from './held-crossing.ts';
import { directionOf } from './lane-direction.ts';
import { chargeToOrder, holdTimer, onHoldDue, onRaiseDue, raiseTimer } from './ordered-raise.ts';
import type { OpeningRight, Passage } from './passage.ts';
import { isLetThrough, isUnderWay } from './passage.ts';
import { onPlatformDue } from './platform.ts';
import { onTurnDue, turnTimer } from './service-act.ts';
import {
  closeTimer,
  endIfGone,
  isShutOut,
  requestClose,
  standUnsupervised,
  unsupervisedTimer,
} from './settle.ts';
import { coverAnew, cutAgain, onSuspicionDue, suspicionTimer } from './tailgating.ts';
import {
  alarm,
  cancelTimer,
  count,
  event,
  moveTo,
  passageById,
  patch,
  put,
  record,
  recordEvent,
  type Turn,
  update,
} from './turn.ts';

export function onInputChange(turn: Turn, change: InputChange): void {
  const before = turn.state.inputs[change.point];
  if (before === change.state) return;
  patch(turn, { inputs: { ...turn.state.inputs, [change.point]: change.state } });
  if (change.state === 'occupied') {
    sight(turn, change.point);
    if (isLoop(change.point)) count(turn, `loop.${change.point}`);
  }
  if (change.point === 'approach' && change.state === 'occupied') {
    const standing = turn.state.passages.find((p) => p.kind === 'capturing');
    if (standing) update(turn, standing.passageId, { isFollowed: true });
  }
  if (change.point === 'presence' && change.state === 'occupied' && before === 'clear') {
    coverAnew(turn);
  }
  if (change.point === 'exit' && change.state === 'occupied') return onExitLineCut(turn);
  if (change.point === 'localControl' && change.state === 'occupied') {
    alarm(turn, 'local-control');
  }
  if (change.point === 'barrierFault' && change.state === 'occupied') alarm(turn, 'barrier-fault');
  if (change.point === 'curtain' && change.state === 'occupied') onCurtainCut(turn);
  // A vehicle drives under an arm that is on its way down already.
  const underFalling = change.point === 'curtain' && turn.state.arm.kind === 'closing';
  if (underFalling && change.state === 'occupied') raiseIfOccupied(turn);
}

function isLoop(point: InputChange['point']): boolean {
  return point === 'approach' || point === 'presence' || point === 'exit';
}

function onExitLineCut(turn: Turn): void {
  // What stands there when the devices are first read after a start has not come there now.
  if (turn.state.service.kind === 'powerRestoring') return count(turn, 'cutAtStart');
  if (comesFromFarSide(turn)) return;
  const here = turn.state.passages.filter(({ left }) => !left);
  const entitled =
    here.find(isLetThrough) ?? here.find((p) => p.right?.used && p.kind !== 'passing');
  const crossing = here.find((p) => p.kind === 'passing');
  // The same vehicle again: loops drop under the gap of a skeletal trailer. Another one is suspected until it is proven.
  if (!entitled && crossing && !isFollowed(turn, crossing)) return cutAgain(turn, crossing);
  watchBypass(turn);
  judgeSightings(turn);
  if (entitled) return cross(turn, entitled, 'right');
  crossWithoutRight(turn, here.find((p) => p.kind !== 'passing') ?? startPassage(turn));
}

function crossWithoutRight(turn: Turn, passage: Passage | undefined): void {
  const hand = handOf(turn.state);
  const other = onRecord(turn, passage);
  if (!hand) {
    alarm(turn, 'crossed-without-decision', other ? { passageId: other.passageId } : {});
  }
  if (other) cross(turn, other, hand ?? 'nobody');
}

/** Whoever was on the far side comes past the arm. */
function onCurtainCut(turn: Turn): void {
  const { inputs, passages } = turn.state;
  const isExpected = passages.some((passage) => isUnderWay(passage));
  if (inputs.exit !== 'occupied' || !isOnFarSide(turn.state) || isExpected) return;
  count(turn, 'cutFromFarSide', -1);
  watchBypass(turn);
  const direction = directionOf(turn.state, turn.context.settings) === 'in' ? 'out' : 'in';
  crossWithoutRight(turn, startPassage(turn, direction));
}

/** Another vehicle stands in the curtain, although the one that crosses was seen past it. */
function isFollowed(turn: Turn, { seenPast }: Passage): boolean {
  return seenPast && turn.state.inputs.curtain === 'occupied';
}

/** Whoever crosses is on record, also if nobody saw him stand at the arm. */
function onRecord(turn: Turn, passage: Passage | undefined): Passage | undefined {
  if (passage?.kind === 'approaching') beginCapture(turn, passage);
  return passage && passageById(turn, passage.passageId);
}

export function onArmEvent(turn: Turn, armEvent: ArmEvent): void {
  switch (armEvent) {
    case 'departed':
      return onDeparted(turn);
    case 'reachedClosed':
      judgeExit(turn);
      patch(turn, { closeRequested: false });
      return recordEvent(turn, 'barrier.closed.v1', turn.context.settings.laneId, {});
    case 'sagged':
      return raiseIfOccupied(turn);
    case 'reachedOpen':
      // It may have been raised on its way down: then it has to be asked again.
      return patch(turn, { closeRequested: false });
    case 'lost':
      return loseArm(turn);
  }
}

/** What the arm did while it was out of sight, nobody will ever know. */
function loseArm(turn: Turn): void {
  for (const { passageId, right } of turn.state.passages) {
    if (right && !right.used) update(turn, passageId, { armUnseen: true });
  }
}

/** Each departure from closed is charged to one right; one that has none is a security event. */
function onDeparted(turn: Turn): void {
  // A right whose decision is not yet committed pays for nothing, nor does one of who went without it.
  const passage = turn.state.passages.find(
    (p) => owedRight(p) && p.kind !== 'deciding' && !p.unauthorised,
  );
  // The order of whoever is a case has failed: what a person has ordered since is nearer.
  if (!(passage && isLetThrough(passage)) && chargeToOrder(turn)) return;
  const right = passage && owedRight(passage);
  if (!right) {
    const local = turn.state.inputs.localControl === 'occupied';
    if (!local) alarm(turn, 'arm-moved-uncommanded');
    return recordEvent(turn, 'barrier.movedUncommanded.v1', turn.context.settings.laneId, {
      local,
    });
  }
  const { passageId } = passage;
  cancelTimer(turn, departTimer(passage));
  const departed: Passage = { ...passage, right: { ...right, used: true } };
  if (passage.kind === 'admitted') moveTo(turn, departed, 'opening');
  else put(turn, departed);
  record(turn, {
    events: [event(turn, 'barrier.opened.v1', passageId, { commandId: right.commandId })],
    ...openingUsed(right, passage),
  });
}

/** What a departure is due to: an order that may have been written, and has moved nothing yet. */
function owedRight({ right }: Passage): OpeningRight | undefined {
  if (!right || right.used) return undefined;
  return right.isUnwritten ? right.earlier : right;
}

function openingUsed(right: OpeningRight, passage: Passage) {
  const decisionId = right.decisionId ?? passage.decisionId;
  return decisionId === undefined ? {} : { openingUsed: decisionId };
}

/**
 * The arm comes down where a vehicle may be under it: raise it. This needs no decision, waits for no commit
 * and is never refused; it is recorded afterwards.
 */
function raiseIfOccupied(turn: Turn): void {
  const { inputs, passages } = turn.state;
  const crossing = passages.some((p) => p.kind === 'opening' || p.kind === 'passing');
  const underArm = inputs.curtain === 'occupied' || (crossing && inputs.presence !== 'clear');
  if (!underArm) return;
  const { laneId } = turn.context.settings;
  const commandId = commandIdOf(turn.input.id, 'raise');
  patch(turn, { raises: turn.state.raises + 1 });
  turn.effects.push({
    kind: 'order',
    order: 'barrierOpen',
    purpose: 'safetyRaise',
    commandId,
    notAfterMonotonicMs: turn.now.monotonicMs + turn.context.settings.timing.openWithinMs,
  });
  recordEvent(turn, 'barrier.safetyRaised.v1', laneId, { commandId });
}

export function onTimerDue(turn: Turn, timer: string): void {
  const [what, passageId] = timer.split(':');
  if (timer === closeTimer) return requestClose(turn);
  if (timer === unsupervisedTimer) return standUnsupervised(turn);
  if (timer === holdTimer) return onHoldDue(turn);
  if (timer === raiseTimer) return onRaiseDue(turn);
  if (timer === suspicionTimer) return onSuspicionDue(turn);
  if (timer === turnTimer) return onTurnDue(turn);
  if (timer === farSideTimer) return onFarSideDue(turn);
  if (what === 'watch') return onWatchDue(turn, timer);
  const passage = turn.state.passages.find((p) => p.passageId === passageId);
  if (!passage) return;
  if (what === 'capture') update(turn, passage.passageId, { captureOver: true });
  if (what === 'gone') endIfGone(turn, passage);
  if (what === 'platform') onPlatformDue(turn, passage);
  if (what === 'depart' && passage.kind === 'admitted') {
    alarm(turn, 'arm-stuck', { passageId: passage.passageId });
    refer(turn, passage, 'arm-stuck');
  }
  if (what === 'depart' && isShutOut(turn.state, passage)) refer(turn, passage, 'arm-came-down');
}
