/**
 * A vehicle on the exit line that has come there from the far side: into a one-way lane against its direction, or to
 * the other end of a reversible lane. It crosses nothing, and while it is there nobody is let through towards it.
 */

import type { LaneState } from './lane-types.ts';
import { isUnderWay } from './passage.ts';
import { stand } from './standing.ts';
import { cancelTimer, count, type Turn, timerWhile } from './turn.ts';

export const farSideTimer = 'farSide';
const farSideAlarm = { code: 'vehicle-on-far-side' };
/** Between the exit loop and the loop at the arm a car is on neither, for so long at most, ms. */
const unseenMs = 10_000;

/**
 * Whoever crosses comes past the arm, where he has stood. While somebody stands there the cut is taken for his, also with
 * the arm down: it may be broken off. In a reversible lane both ends are driven to, and the curtain is believed.
 */
function mayBeFromFarSide(turn: Turn): boolean {
  const { state, context } = turn;
  const { inputs, passages, standing } = state;
  if (inputs.curtain === 'occupied') return false;
  const isPastNobody = inputs.curtain === 'clear' || isOnFarSide(turn.state);
  if (context.settings.isReversible && isPastNobody && !passages.some(isUnderWay)) return true;
  return (
    inputs.presence === 'clear' &&
    !standing.includes('loop-silent/presence') &&
    passages.every(({ kind, left }) => left || kind === 'approaching')
  );
}

/** The exit line is cut. Whether it is from the far side. */
export function comesFromFarSide(turn: Turn): boolean {
  if (!mayBeFromFarSide(turn)) return false;
  count(turn, 'cutFromFarSide');
  stand(turn, farSideAlarm, true);
  return true;
}

export function settleFarSide(turn: Turn): void {
  const { exit, presence } = turn.state.inputs;
  // The loop at the arm of a one-way lane is reached from one side alone.
  const { isReversible } = turn.context.settings;
  if (exit === 'occupied') {
    cancelTimer(turn, farSideTimer);
    // Who stood there before the start has not cut the line now, and may be the one who is at the arm.
    if (isReversible && mayBeFromFarSide(turn)) stand(turn, farSideAlarm, true);
  } else if (exit === 'clear' && isOnFarSide(turn.state)) {
    if (!isReversible) stand(turn, farSideAlarm, false);
    else timerWhile(turn, presence === 'clear', farSideTimer, unseenMs);
  }
}

export function onFarSideDue(turn: Turn): void {
  stand(turn, farSideAlarm, false);
}

/** Whether somebody is there, or was a moment ago. */
export function isOnFarSide({ standing }: Pick<LaneState, 'standing'>): boolean {
  return standing.includes(farSideAlarm.code);
}
