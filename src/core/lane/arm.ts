/**
 * The arm as its limit switches tell it, never as commands or guesses would have it.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> unknown
 *   unknown --> closed
 *   unknown --> open
 *   unknown --> between
 *   unknown --> opening
 *   unknown --> closing
 *   closed --> opening
 *   closed --> open
 *   closed --> unknown
 *   opening --> open
 *   opening --> closed
 *   opening --> unknown
 *   open --> closing
 *   open --> closed
 *   open --> unknown
 *   closing --> closed
 *   closing --> open
 *   closing --> unknown
 *   between --> closed
 *   between --> open
 *   between --> unknown
 * ```
 *
 * A departure is the arm leaving closed, also when it left while the module was silent: what is counted is
 * the arm, not the coil. Away from both limits it comes from the one that was made last, also when the module
 * was silent in between; `between` is an arm of which no limit has been seen yet.
 */
import type { BarrierPosition } from '../observation.ts';

export type ArmKind = 'unknown' | 'closed' | 'opening' | 'open' | 'closing' | 'between';

export interface ArmState {
  readonly kind: ArmKind;
  /** The last limit that was made; survives a silent module. */
  readonly lastLimit?: 'closed' | 'open';
  /** True once the arm has left `lastLimit` closed and that departure was reported. */
  readonly departed: boolean;
}

export type ArmEvent = 'departed' | 'reachedOpen' | 'reachedClosed' | 'sagged' | 'lost';

export const armAtStart: ArmState = { kind: 'unknown', departed: false };

type ArmSign = 'closed' | 'open' | 'offClosed' | 'offOpen' | 'between' | 'unknown';

export const transitions: readonly { from: ArmKind; to: ArmKind; on: ArmSign }[] = [
  { from: 'unknown', to: 'closed', on: 'closed' },
  { from: 'unknown', to: 'open', on: 'open' },
  { from: 'unknown', to: 'between', on: 'between' },
  { from: 'unknown', to: 'opening', on: 'offClosed' },
  { from: 'unknown', to: 'closing', on: 'offOpen' },
  { from: 'closed', to: 'opening', on: 'offClosed' },
  { from: 'closed', to: 'open', on: 'open' },
  { from: 'closed', to: 'unknown', on: 'unknown' },
  { from: 'opening', to: 'open', on: 'open' },
  { from: 'opening', to: 'closed', on: 'closed' },
  { from: 'opening', to: 'unknown', on: 'unknown' },
  { from: 'open', to: 'closing', on: 'offOpen' },
  { from: 'open', to: 'closed', on: 'closed' },
  { from: 'open', to: 'unknown', on: 'unknown' },
  { from: 'closing', to: 'closed', on: 'closed' },
  { from: 'closing', to: 'open', on: 'open' },
  { from: 'closing', to: 'unknown', on: 'unknown' },
  { from: 'between', to: 'closed', on: 'closed' },
  { from: 'between', to: 'open', on: 'open' },
  { from: 'between', to: 'unknown', on: 'unknown' },
];

export interface ArmStep {
  readonly state: ArmState;
  readonly events: readonly ArmEvent[];
}

export function stepArm(state: ArmState, position: BarrierPosition['position']): ArmStep {
  const sign = signOf(position, state.lastLimit);
  const transition = transitions.find((t) => t.from === state.kind && t.on === sign);
  if (!transition) return { state, events: [] };
  const { to } = transition;
  const leftClosed =
    state.lastLimit === 'closed' && !state.departed && to !== 'closed' && to !== 'unknown';
  const lastLimit = to === 'closed' || to === 'open' ? to : state.lastLimit;
  const next: ArmState = {
    kind: to,
    ...(lastLimit && { lastLimit }),
    departed: to !== 'closed' && (state.departed || leftClosed),
  };
  return { state: next, events: eventsOf(to, leftClosed) };
}

function signOf(position: BarrierPosition['position'], lastLimit: ArmState['lastLimit']): ArmSign {
  switch (position) {
    // Both limits made at once is a wiring or switch fault: nothing may be concluded from it.
    case 'contradictory':
      return 'unknown';
    case 'between':
      if (lastLimit === undefined) return 'between';
      return lastLimit === 'closed' ? 'offClosed' : 'offOpen';
    default:
      return position;
  }
}

function eventsOf(to: ArmKind, leftClosed: boolean): readonly ArmEvent[] {
  const events: ArmEvent[] = leftClosed ? ['departed'] : [];
  if (to === 'open') events.push('reachedOpen');
  if (to === 'closed') events.push('reachedClosed');
  if (to === 'closing') events.push('sagged');
  if (to === 'unknown') events.push('lost');
  return events;
}
