/**
 * Watches what the lane is built of: an arm that does not arrive, inputs that stick or lie, an arm that is no
 * longer there. It raises alarms. It orders nothing, ends no passage and changes no decision.
 */
import type { InputPoint } from '../observation.ts';
import type { LaneState, LaneTiming, SightedPoint } from './lane-types.ts';
import type { Passage } from './passage.ts';
import { type StandingAlarm, stand, stands } from './standing.ts';
import { alarm, cancelTimer, patch, startTimer, type Turn } from './turn.ts';

/** A condition that becomes an alarm when it has held for so long. */
interface Watch {
  readonly timer: string;
  readonly alarm: StandingAlarm;
  holds(state: LaneState): boolean;
  afterMs(timing: LaneTiming): number;
}

/** The travel time and half of it again. */
const late = ({ armTravelMs }: LaneTiming) => armTravelMs * 1.5;

function stuck(point: InputPoint, code: 'loop-stuck' | 'curtain-blocked'): Watch {
  return {
    timer: `watch:stuck-${point}`,
    alarm: { code, of: point, data: { point } },
    holds: ({ inputs }) => inputs[point] === 'occupied',
    afterMs: ({ loopStuckMs }) => loopStuckMs,
  };
}

const watches: readonly Watch[] = [
  {
    timer: 'watch:opening',
    alarm: { code: 'arm-not-open' },
    holds: ({ arm }) => arm.kind === 'opening',
    afterMs: late,
  },
  {
    // Rising it is told as the arm that does not open, which says more.
    timer: 'watch:between',
    alarm: { code: 'arm-between-too-long' },
    holds: ({ arm }) => arm.kind === 'closing' || arm.kind === 'between',
    afterMs: late,
  },
  stuck('approach', 'loop-stuck'),
  stuck('presence', 'loop-stuck'),
  stuck('exit', 'loop-stuck'),
  stuck('curtain', 'curtain-blocked'),
];

export function settleWatches(turn: Turn): void {
  for (const watch of watches) {
    if (!watch.holds(turn.state)) {
      cancelTimer(turn, watch.timer);
      stand(turn, watch.alarm, false);
    } else if (!stands(turn, watch.alarm)) {
      startTimer(turn, watch.timer, watch.afterMs(turn.context.settings.timing));
    }
  }
}

export function onWatchDue(turn: Turn, timer: string): void {
  if (timer === bypassTimer) return onBypassDue(turn);
  const watch = watches.find((each) => each.timer === timer);
  if (watch?.holds(turn.state)) stand(turn, watch.alarm, true);
}

const bypassTimer = 'watch:bypass';
/** The limit switch may drop in the reply in which the exit loop is cut, or in the next one, ms. */
const bypassAfterMs = 300;

/**
 * Somebody new cuts the exit line. An arm that is still closed a moment later was not raised for him: it is
 * broken off, swung away, driven around, or its switch is stuck.
 */
export function watchBypass(turn: Turn): void {
  if (turn.state.arm.kind === 'closed') startTimer(turn, bypassTimer, bypassAfterMs);
}

function onBypassDue(turn: Turn): void {
  if (turn.state.arm.kind !== 'closed') return;
  const crossing = turn.state.passages.find((passage) => passage.kind === 'passing');
  alarm(turn, 'arm-broken-or-bypassed', crossing ? { passageId: crossing.passageId } : {});
}

const points: readonly SightedPoint[] = ['approach', 'presence', 'exit', 'curtain'];
/** One vehicle may slip past a loop; three in a row do not. */
const missedMax = 3;

export function sight(turn: Turn, point: InputPoint): void {
  const { seen, missed } = turn.state.sightings;
  const sighted = points.find((each) => each === point);
  if (!sighted || seen.includes(sighted)) return;
  patch(turn, { sightings: { seen: [...seen, sighted], missed } });
}

/** A vehicle has cut the exit line: what else must have told of it? */
export function judgeSightings(turn: Turn): void {
  const { inputs, sightings } = turn.state;
  for (const point of points) {
    // What is not wired, or not known, is not blind.
    if (inputs[point] === 'unknown') continue;
    const wasSeen = inputs[point] === 'occupied' || sightings.seen.includes(point);
    count(turn, point, wasSeen);
  }
  patch(turn, { sightings: { ...turn.state.sightings, seen: [] } });
}

/**
 * The arm came down behind a vehicle that was let through and did not go back. If the exit line was not cut, it
 * did not tell of it.
 */
export function judgeExit(turn: Turn): void {
  const { inputs, passages, sightings } = turn.state;
  const left = (passage: Passage) =>
    passage.kind === 'opening' && passage.presenceLeft && !passage.leftBackwards;
  if (inputs.exit === 'clear' && !sightings.seen.includes('exit') && passages.some(left)) {
    count(turn, 'exit', false);
  }
}

function count(turn: Turn, point: SightedPoint, wasSeen: boolean): void {
  const { seen, missed } = turn.state.sightings;
  const inARow = wasSeen ? 0 : missed[point] + 1;
  patch(turn, { sightings: { seen, missed: { ...missed, [point]: inARow } } });
  const silent = { code: 'loop-silent', of: point, data: { point } };
  if (wasSeen || inARow >= missedMax) stand(turn, silent, !wasSeen);
}
