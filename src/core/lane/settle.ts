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
import { beginDeciding, departTimer, lookAhead, refer } from './deciding.ts';
import { settleWatches } from './equipment-watch.ts';
import { type LaneState, recentMax } from './lane-types.ts';
import { isUnderWay, type Passage } from './passage.ts';
import { resumeRestored } from './restore.ts';
import { stepService } from './service-mode.ts';
import {
  alarm,
  cancelTimer,
  event,
  patch,
  record,
  recordEvent,
  type Turn,
  timerWhile,
  update,
} from './turn.ts';

export const closeTimer = 'close';
export const unsupervisedTimer = 'unsupervised';
const goneTimer = (passage: Passage) => `gone:${passage.passageId}`;

export function settle(turn: Turn): void {
  settleService(turn);
  settleWatches(turn);
  if (turn.state.service.kind === 'powerRestoring') return;
  settleBeginnings(turn);
  settleJudgements(turn);
  settleDepartures(turn);
  settleArm(turn);
  settleLight(turn);
}

function settleService(turn: Turn): void {
  const { state } = turn;
  const mode = stepService(state.service, {
    sensed: isSensed(state),
    ledgerFailing: state.ledgerFailing,
    armUnsupervised: state.armUnsupervised,
    emptyAndClosed: state.arm.kind === 'closed' && isEmpty(state),
  });
  if (mode === state.service) return;
  patch(turn, { service: mode });
  if (mode.kind === 'inService') patch(turn, { armUnsupervised: false });
  recordEvent(turn, 'lane.serviceModeChanged.v1', turn.context.settings.laneId, {
    from: state.service.kind,
    to: mode.kind,
    ...(mode.cause !== undefined && { cause: mode.cause }),
  });
  if (state.service.kind === 'powerRestoring') resumeRestored(turn);
}

function isSensed({ arm, inputs }: LaneState): boolean {
  const { approach, presence, exit } = inputs;
  return (
    arm.kind !== 'unknown' && approach !== 'unknown' && presence !== 'unknown' && exit !== 'unknown'
  );
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
  const { inputs, passages } = turn.state;
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
    const ahead = turn.state.passages.some((p) => p !== passage && p.kind !== 'approaching');
    if (inputs.presence === 'occupied' && !ahead) beginCapture(turn, passage);
    // Turned round before the arm: nobody stood there, so nothing is on record.
    else if (inputs.approach === 'clear' && !ahead) remove(turn, passage);
  }
}

function settleJudgements(turn: Turn): void {
  const { service, arm, passages } = turn.state;
  if (service.kind !== 'inService' || passages.some(isUnderWay)) return;
  for (const passage of turn.state.passages) {
    if (passage.kind !== 'capturing') continue;
    if (!passage.captureOver && !hasHeardEnough(turn, passage)) {
      if (hasReadEnough(turn, passage)) lookAhead(turn, passage);
      continue;
    }
    if (arm.kind === 'closed') beginDeciding(turn, passage);
    else if (passage.captureOver) refer(turn, passage, 'arm-not-closed');
  }
}

/** A vehicle has gone when the loops say so for long enough, and the arm agrees where it must. */
function settleDepartures(turn: Turn): void {
  const { clearMs } = turn.context.settings.timing;
  for (const passage of turn.state.passages) {
    if (passage.kind === 'approaching' || passage.kind === 'deciding') continue;
    watchPresence(turn, passage);
    const now = turn.state.passages.find((p) => p.passageId === passage.passageId) ?? passage;
    timerWhile(turn, isGone(turn.state, now), goneTimer(passage), clearMs);
  }
}

function watchPresence(turn: Turn, passage: Passage): void {
  const { presence, approach } = turn.state.inputs;
  if (presence === 'clear' && !passage.presenceLeft) {
    update(turn, passage.passageId, { presenceLeft: true, leftBackwards: approach === 'occupied' });
  }
  const cameBack = presence === 'occupied' && passage.presenceLeft && passage.kind !== 'passing';
  if (cameBack) update(turn, passage.passageId, { presenceLeft: false, leftBackwards: false });
}

function isGone(state: LaneState, passage: Passage): boolean {
  const { inputs, arm } = state;
  if (passage.kind === 'passing') {
    return inputs.exit === 'clear' && inputs.curtain !== 'occupied' && passage.presenceLeft;
  }
  const backedOut = passage.presenceLeft && isEmpty(state);
  // Backing out is proven only with the arm down: under a raised arm he may yet turn round.
  return isUnderWay(passage) ? backedOut && arm.kind === 'closed' : backedOut;
}

export function endIfGone(turn: Turn, passage: Passage): void {
  if (!isGone(turn.state, passage)) return;
  const returned =
    passage.kind !== 'passing' && passage.releases.length > 0 && provenBackOut(passage, turn.state);
  const outcome = outcomeOf(passage);
  record(turn, {
    events: [
      ...(returned
        ? [event(turn, 'release.returned.v1', passage.passageId, { releases: passage.releases })]
        : []),
      event(turn, 'passage.ended.v1', passage.passageId, { outcome, reasons: passage.reasons }),
    ],
    ...(returned && {
      settle: {
        passageId: passage.passageId,
        releases: passage.releases,
        as: 'returned' as const,
      },
    }),
    passage: {
      passageId: passage.passageId,
      laneId: turn.context.settings.laneId,
      direction: turn.context.settings.direction,
      startedAtMs: passage.startedAt.wallMs,
      endedAtMs: turn.now.wallMs,
      outcome,
    },
  });
  remove(turn, passage);
}

/**
 * Approach cleared last, exit line never cut, arm closed. A restored passage may have crossed while nobody
 * looked, so nothing is proven about it.
 */
function provenBackOut(passage: Passage, state: LaneState): boolean {
  return passage.leftBackwards && !passage.restored && state.arm.kind === 'closed';
}

function outcomeOf(passage: Passage): PassageOutcome {
  switch (passage.kind) {
    case 'passing':
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
  for (const timer of [captureTimer(passage), departTimer(passage), goneTimer(passage)]) {
    cancelTimer(turn, timer);
  }
  const left = passage.evidence.tags.map(({ observation }) => ({
    tag: observation.tag,
    lastReadMonotonicMs: turn.now.monotonicMs,
  }));
  patch(turn, {
    passages: turn.state.passages.filter((p) => p.passageId !== passage.passageId),
    leavingTags: [...turn.state.leavingTags, ...left].slice(-recentMax),
  });
}

/** An arm that is up with nobody under way is brought down where that is safe, and never left unwatched. */
function settleArm(turn: Turn): void {
  const { arm, passages, service } = turn.state;
  const { closeAfterMs, armUpMsMax } = turn.context.settings.timing;
  const idleUp = arm.kind !== 'closed' && !passages.some(isUnderWay);
  const waiting = idleUp && service.kind !== 'outOfService';
  const mayAsk = turn.context.settings.closing === 'requested' && isSafeToClose(turn.state);
  timerWhile(turn, waiting && mayAsk && !turn.state.closeRequested, closeTimer, closeAfterMs);
  timerWhile(turn, waiting, unsupervisedTimer, armUpMsMax);
}

/** Nothing under the arm and everything known: unknown is never taken for clear. */
function isSafeToClose({ inputs }: LaneState): boolean {
  return inputs.presence === 'clear' && inputs.curtain === 'clear' && inputs.exit === 'clear';
}

export function requestClose(turn: Turn): void {
  if (!isSafeToClose(turn.state) || turn.state.passages.some(isUnderWay)) return;
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

function settleLight(turn: Turn): void {
  const goes = turn.state.passages.some((p) => p.kind === 'admitted' || p.kind === 'opening');
  const colour = goes && turn.state.service.kind === 'inService' ? 'green' : 'red';
  if (colour === turn.state.light) return;
  patch(turn, { light: colour });
  turn.effects.push({ kind: 'light', colour });
}
