/** What follows from the state as it now is: who begins, who is ready to be judged, who has gone. */
import { commandIdOf } from '../identity.ts';
import type { PassageOutcome } from '../journal/events.ts';
import {
  beginCapture,
  captureTimer,
  hasHeardEnough,
  hasReadEnough,
  startPassage,
} from './capture.ts';
import { beginDeciding, departTimer, refer } from './deciding.ts';
import { settleNotice } from './driver-notice.ts';
import { settleWatches } from './equipment-watch.ts';
import { isOnFarSide, settleFarSide } from './far-side.ts';
import { lookAhead } from './foreseeing.ts';
import { crossingOutcomes } from './held-crossing.ts';
import { directionOf } from './lane-direction.ts';
import { type LaneState, type PointState, recentMax } from './lane-types.ts';
import { isHeldUp, settleHold } from './ordered-raise.ts';
import { isLetThrough, isUnderWay, type Passage } from './passage.ts';
import { picturedEvents } from './pictures.ts';
import { isAwaitingPlatform, platformTimer } from './platform.ts';
import { resumeRestored } from './restore.ts';
import { caseOf, passageRow } from './rows.ts';
import { isGoing, isInWrongLane, isUninvited, mayBeDecided, signsOf } from './served.ts';
import { settleTurning } from './service-act.ts';
import { isPassing, stepService } from './service-mode.ts';
import { judgeSources } from './source-watch.ts';
import { judgeFollowing, settleSuspicion, suspectedEvents } from './tailgating.ts';
import {
  alarm,
  cancelTimer,
  count,
  event,
  patch,
  record,
  recordEvent,
  type Turn,
  timerWhile,
  update,
  withdrawOpening,
} from './turn.ts';

export const closeTimer = 'close';
export const unsupervisedTimer = 'unsupervised';
const goneTimer = (passage: Passage) => `gone:${passage.passageId}`;

export function settle(turn: Turn): void {
  const { kind } = turn.state.service;
  while (settleService(turn));
  settleWatches(turn);
  if (turn.state.service.kind === 'powerRestoring') return settleNotice(turn, false);
  settleSight(turn);
  settleFarSide(turn);
  settleSuspicion(turn);
  settleBeginnings(turn);
  settleJudgements(turn);
  settleDepartures(turn);
  // Who has gone only now may have been the last one that the mode waited for.
  while (settleService(turn));
  settleArm(turn);
  settleHold(turn);
  settleTurning(turn);
  const isAnew = turn.state.service.kind !== kind;
  settleLight(turn, isAnew);
  settleNotice(turn, isAnew);
}

/** Whether the mode has changed: another change may follow from it. */
function settleService(turn: Turn): boolean {
  const { state } = turn;
  const isSupervised = isSensed(state) && !state.ledgerFailing && isEmpty(state);
  if (state.armUnsupervised && isSupervised && state.arm.kind === 'closed') {
    patch(turn, { armUnsupervised: false });
  }
  const mode = stepService(state.service, signsOf(turn.state, isSensed(state)));
  if (mode === state.service) return false;
  patch(turn, { service: mode });
  recordEvent(turn, 'lane.serviceModeChanged.v1', turn.context.settings.laneId, {
    from: state.service.kind,
    to: mode.kind,
    direction: directionOf(state, turn.context.settings),
    ...(mode.cause !== undefined && { cause: mode.cause }),
  });
  if (state.service.kind === 'powerRestoring') resumeRestored(turn);
  return true;
}

function isSensed(state: LaneState): boolean {
  return state.arm.kind !== 'unknown' && areLoopsKnown(state);
}

function areLoopsKnown({ inputs: { approach, presence, exit } }: LaneState): boolean {
  return approach !== 'unknown' && presence !== 'unknown' && exit !== 'unknown';
}

/** What nobody saw may have happened: it is remembered of every vehicle that was there. */
function settleSight(turn: Turn): void {
  if (areLoopsKnown(turn.state)) return;
  for (const { passageId, lostSight } of turn.state.passages) {
    if (!lostSight) update(turn, passageId, { lostSight: true });
  }
}

function isEmpty({ inputs }: LaneState): boolean {
  return (
    inputs.approach === 'clear' &&
    inputs.presence === 'clear' &&
    inputs.exit === 'clear' &&
    inputs.curtain !== 'occupied'
  );
}

function settleBeginnings(turn: Turn): void {
  const { inputs } = turn.state;
  const passages = turn.state.passages.filter(({ left }) => !left);
  const everyoneIsCrossing = passages.every((p) => p.kind === 'passing');
  // While somebody crosses, only a fresh edge on approach is another vehicle: the rest is his own trailer.
  const edge =
    turn.input.kind === 'observed' &&
    turn.input.observed.observation.kind === 'inputChange' &&
    turn.input.observed.observation.point === 'approach';
  const arrives = inputs.approach === 'occupied' && (passages.length === 0 || edge);
  if (
    everyoneIsCrossing &&
    (arrives || (passages.length === 0 && inputs.presence === 'occupied'))
  ) {
    startPassage(turn);
  }
  for (const passage of turn.state.passages) {
    if (passage.kind !== 'approaching') continue;
    const ahead = passages.some((p) => p !== passage && p.kind !== 'approaching');
    if (inputs.presence === 'occupied' && !ahead) beginCapture(turn, passage);
    // Turned round before the arm: nobody stood there, so nothing is on record.
    else if (cameOver(turn, passage) === 'clear' && !ahead) remove(turn, passage);
  }
}

/** The loop at the end that it came from: where the lane was turned since, the other one. */
function cameOver(turn: Turn, passage: Passage): PointState {
  const { approach, exit } = turn.state.inputs;
  return isInWrongLane(turn, passage) ? exit : approach;
}

function settleJudgements(turn: Turn): void {
  const { service, arm, passages, inputs } = turn.state;
  if (isPassing(service) || passages.some(isUnderWay)) return;
  // Who has rolled back off the loop is not judged until he stands there again.
  if (inputs.presence !== 'occupied') return;
  for (const passage of passages) {
    // Who is being turned back is not judged any more.
    if (passage.kind !== 'capturing' || passage.acts?.pending) continue;
    const isReady = passage.captureOver || hasHeardEnough(turn, passage);
    if (!isReady && hasReadEnough(turn, passage)) lookAhead(turn, passage);
    const isMet = isOnFarSide(turn.state);
    const mayDecide = mayBeDecided(turn, passage) && arm.kind === 'closed' && !isMet;
    if (isReady && mayDecide) beginDeciding(turn, { ...passage, presenceLeft: false });
    // A fault heals with the vehicle there; a lane out of service heals only when it is empty.
    else if (passage.captureOver || isUninvited(turn, passage))
      refer(turn, passage, undecidedCause(turn, passage));
  }
}

/** Why nothing was decided about who stands there. */
function undecidedCause(turn: Turn, passage: Passage): string {
  if (isInWrongLane(turn, passage) || isOnFarSide(turn.state)) return 'wrong-lane';
  return turn.state.service.cause ?? (passage.isUninvited ? 'wrong-lane' : 'arm-not-closed');
}

/** A vehicle has gone when the loops say so for long enough, and the arm agrees where it must. */
function settleDepartures(turn: Turn): void {
  const { clearMs } = turn.context.settings.timing;
  for (const passage of turn.state.passages) {
    if (passage.kind === 'approaching') continue;
    if (!passage.left) watchPresence(turn, passage);
    if (passage.kind === 'deciding' && !isAwaitingPlatform(passage)) continue;
    const now = turn.state.passages.find((p) => p.passageId === passage.passageId) ?? passage;
    timerWhile(turn, isGone(turn.state, now), goneTimer(passage), clearMs);
    if (passage.kind === 'opening') settleInterruption(turn, passage);
  }
}

/** Who was let through and stands before an arm that has come down again is a clerk's case. */
function settleInterruption(turn: Turn, passage: Passage): void {
  const { departWithinMs } = turn.context.settings.timing;
  timerWhile(turn, isShutOut(turn.state, passage), departTimer(passage), departWithinMs);
}

export function isShutOut({ arm, inputs }: LaneState, { kind, left }: Passage): boolean {
  return kind === 'opening' && !left && arm.kind === 'closed' && inputs.presence === 'occupied';
}

function watchPresence(turn: Turn, passage: Passage): void {
  const { presence, approach } = turn.state.inputs;
  if (presence === 'clear' && !passage.presenceLeft) {
    update(turn, passage.passageId, {
      presenceLeft: true,
      leftBackwards: approach === 'occupied',
      ...(passage.kind === 'deciding' && { isVehicleInDoubt: true }),
    });
  }
  const cameBack = presence === 'occupied' && passage.presenceLeft && passage.kind !== 'passing';
  // While its answer is awaited, who drives up may be another: the answer will not open for him.
  const presenceLeft = passage.kind === 'deciding';
  // Nor does anybody know how long the loops were clear while they were out of sight.
  const inDoubt = passage.lostSight && { isVehicleInDoubt: true as const };
  if (cameBack) update(turn, passage.passageId, { presenceLeft, leftBackwards: false, ...inDoubt });
  const isPast = passage.kind === 'passing' && isSafeToClose(turn.state);
  if (isPast && !passage.seenPast) update(turn, passage.passageId, { seenPast: true });
}

function isGone(state: LaneState, passage: Passage): boolean {
  const { inputs, arm } = state;
  if (passage.kind === 'passing') {
    // Nothing stands under a closed arm: what is on presence then is the next vehicle, however close it followed.
    const isPastArm = passage.presenceLeft || arm.kind === 'closed';
    return inputs.exit === 'clear' && inputs.curtain !== 'occupied' && isPastArm;
  }
  if (passage.left) return arm.kind === 'closed';
  return passage.presenceLeft && isEmpty(state);
}

export function endIfGone(turn: Turn, passage: Passage): void {
  if (!isGone(turn.state, passage)) return;
  // Backing out is proven only with the arm down. Until then the passage stays, and its right is void.
  const isArmUp = turn.state.arm.kind !== 'closed';
  if (isLetThrough(passage) && isArmUp) return update(turn, passage.passageId, { left: true });
  end(turn, passage);
  remove(turn, passage);
  if (passage.kind === 'passing') judgeFollowing(turn, passage);
}

function end(turn: Turn, passage: Passage): void {
  judgeSources(turn, passage);
  const { passageId, reasons } = passage;
  const { curve } = passage.evidence.weighing;
  const isProven = provenBackOut(passage, turn.state);
  const returned = passage.kind !== 'passing' && passage.releases.length > 0 && isProven;
  // Turned back after an order that failed: its case is settled, and its release is not.
  const isLeftOpen = passage.kind === 'refused' && passage.releases.length > 0;
  const unclear =
    (isLetThrough(passage) || isLeftOpen) && !isProven
      ? caseOf(turn, passage, { cause: 'crossing-not-observed' })
      : undefined;
  const outcome = unclear ? 'referred' : outcomeOf(passage);
  if (passage.right?.used && passage.kind !== 'passing') count(turn, 'openedNotCrossed');
  record(turn, {
    events: [
      ...(returned
        ? [event(turn, 'release.returned.v1', passageId, { releases: passage.releases })]
        : []),
      ...(unclear ? [unclear.event] : []),
      ...picturedEvents(turn, passage),
      ...suspectedEvents(turn, passage),
      event(turn, 'passage.ended.v1', passageId, {
        outcome,
        reasons,
        ...(curve.length > 0 && {
          weighCurve: curve.map(({ atMs, weightKg }) => [atMs, weightKg]),
        }),
      }),
    ],
    ...(returned && {
      settle: { passageId, releases: passage.releases, as: 'returned' as const },
    }),
    passage: passageRow(
      turn,
      { passageId, startedAtMs: passage.startedAt.wallMs },
      { endedAtMs: turn.now.wallMs, outcome },
    ),
    ...(unclear && {
      exception: unclear.row,
      yard: {
        kind: 'unobserved' as const,
        atMs: turn.now.wallMs,
        passageId,
        visitIds: passage.plan.close.map(({ visitId }) => visitId),
      },
    }),
  });
}

/**
 * Approach cleared last, exit line never cut, arm closed. Of a passage that was out of sight nothing is proven:
 * it may have crossed while nobody looked.
 */
function provenBackOut(passage: Passage, state: LaneState): boolean {
  return passage.leftBackwards && !passage.lostSight && state.arm.kind === 'closed';
}

function outcomeOf(passage: Passage): PassageOutcome {
  switch (passage.kind) {
    case 'passing':
      if (passage.crossedUnder) return crossingOutcomes[passage.crossedUnder];
      if (passage.unauthorised) return 'tailgated';
      return passage.decision?.disposition === 'divert' ? 'diverted' : 'passed';
    case 'referred':
    case 'held':
    case 'refused':
      return passage.kind;
    default:
      return 'withdrawn';
  }
}

function remove(turn: Turn, passage: Passage): void {
  withdrawOpening(turn, passage);
  const { passageId } = passage;
  const own = [captureTimer(passage), departTimer(passage), goneTimer(passage)];
  for (const timer of [...own, platformTimer(passageId)]) cancelTimer(turn, timer);
  const left = passage.evidence.tags.map(({ observation }) => ({
    tag: observation.tag,
    lastReadMonotonicMs: turn.now.monotonicMs,
  }));
  const cards = passage.evidence.driverCards.map(({ observation }) => ({
    card: observation.card,
    lastReadMonotonicMs: turn.now.monotonicMs,
  }));
  patch(turn, {
    passages: turn.state.passages.filter((p) => p.passageId !== passageId),
    leavingTags: [...turn.state.leavingTags, ...left].slice(-recentMax),
    leavingCards: [...turn.state.leavingCards, ...cards].slice(-recentMax),
  });
}

/** An arm that is up with nobody under way is brought down where that is safe, and never left unwatched. */
function settleArm(turn: Turn): void {
  const { arm, passages } = turn.state;
  const { closeAfterMs, armUpMsMax } = turn.context.settings.timing;
  const idleUp = arm.kind !== 'closed' && !passages.some(isUnderWay);
  const isWatched = isArmWatched(turn.state);
  const waiting = idleUp && isWatched;
  const mayAsk = turn.context.settings.closing === 'requested' && isSafeToClose(turn.state);
  timerWhile(turn, waiting && mayAsk && !turn.state.closeRequested, closeTimer, closeAfterMs);
  // Also while somebody is under way: who stands under a raised arm for so long has broken down, or is not there.
  const isUp = arm.kind !== 'closed' && isWatched;
  timerWhile(turn, isUp, unsupervisedTimer, armUpMsMax);
}

/** Neither has it been told already that nobody watches the arm, nor has a person it in his hands. */
function isArmWatched(state: LaneState): boolean {
  const { armUnsupervised, service, inputs } = state;
  if (armUnsupervised || isHeldUp(state)) return false;
  return service.kind !== 'maintenance' && inputs.localControl !== 'occupied';
}

/** Nothing under the arm and everything known: unknown is never taken for clear. */
function isSafeToClose({ inputs }: LaneState): boolean {
  return inputs.presence === 'clear' && inputs.curtain === 'clear' && inputs.exit === 'clear';
}

export function requestClose(turn: Turn): void {
  if (!isSafeToClose(turn.state) || turn.state.passages.some(isUnderWay)) return;
  if (!isArmWatched(turn.state)) return;
  const commandId = commandIdOf(turn.input.id, 'close');
  patch(turn, { closeRequested: true });
  turn.effects.push({
    kind: 'order',
    order: 'barrierClose',
    purpose: 'close',
    commandId,
    notAfterMonotonicMs: turn.now.monotonicMs + turn.context.settings.timing.openWithinMs,
  });
}

export function standUnsupervised(turn: Turn): void {
  patch(turn, { armUnsupervised: true });
  alarm(turn, 'arm-open-unsupervised', {
    arm: turn.state.arm.kind,
    presence: turn.state.inputs.presence,
  });
}

/** `anew`: the lamps may show something else than was last ordered, from before a restart or a power cut. */
function settleLight(turn: Turn, anew: boolean): void {
  const colour = isGoing(turn.state) ? 'green' : 'red';
  if (colour === turn.state.light && !anew) return;
  patch(turn, { light: colour });
  turn.effects.push({ kind: 'light', colour });
}
