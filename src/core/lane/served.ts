/** Whom the lane serves in the mode that it is in: who is decided on, who is turned away, who may go. */
import { directionOf } from './lane-direction.ts';
import type { LaneState } from './lane-types.ts';
import { isHeldUp } from './ordered-raise.ts';
import { mayGo, type Passage } from './passage.ts';
import type { ServiceSigns } from './service-mode.ts';
import type { Turn } from './turn.ts';

/** A lane that is being drained finishes those who are there, and only in the direction they came in. */
export function mayBeDecided(turn: Turn, passage: Passage): boolean {
  const { kind } = turn.state.service;
  return (kind === 'inService' || kind === 'draining') && !isUninvited(turn, passage);
}

/** Came into a lane that was ordered closed, or that has been turned since. Nothing is worth waiting for. */
export function isUninvited(turn: Turn, passage: Passage): boolean {
  return isInWrongLane(turn, passage) || passage.isUninvited === true;
}

/** The lane has been turned since it came: it is judged in neither direction, whoever asks for it. */
export function isInWrongLane({ state, context }: Turn, { direction }: Passage): boolean {
  return direction !== directionOf(state, context.settings);
}

/** Whether what was decided still opens: nobody has taken the lane into his own hands since. */
export function opensByDecision({ service: { kind }, inputs }: LaneState): boolean {
  const isOwn = kind === 'inService' || kind === 'draining' || kind === 'faulted';
  return isOwn && inputs.localControl !== 'occupied';
}

/** Whether the signal may be green: somebody was let through, or everybody is to leave under the raised arm. */
export function isGoing(state: LaneState): boolean {
  const { kind } = state.service;
  if (kind === 'openHeld') return isHeldUp(state) && state.arm.kind === 'open';
  return (kind === 'inService' || kind === 'draining') && state.passages.some(mayGo);
}

export function signsOf(state: LaneState, sensed: boolean): ServiceSigns {
  const { directive, arm, inputs, ledgerFailing, armUnsupervised } = state;
  const armClosed = arm.kind === 'closed';
  const expected = state.passages.filter(({ isUninvited }) => !isUninvited);
  return {
    directive: directive.kind,
    sensed,
    ledgerFailing,
    armUnsupervised,
    armClosed,
    keyTurned: inputs.localControl === 'occupied',
    emptied: expected.length === 0 && armClosed,
    // An arm that will not come down is what an engineer is called for.
    settled: expected.every(isCase) && (armClosed || armUnsupervised),
  };
}

function isCase({ kind, left }: Passage): boolean {
  return left || kind === 'referred' || kind === 'held' || kind === 'refused';
}
