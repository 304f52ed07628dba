/**
 * What a person last ordered of a lane as a whole, and which way it is turned. Both are written before they take
 * effect, and stand until another order takes their place: over faults, and over restarts.
 */
import type { Direction } from '../facts.ts';

export type LaneDirective =
  | { readonly kind: 'serve' }
  /** Finish those who are there, take nobody new, then stay out of service. */
  | { readonly kind: 'drain' }
  /** The same, and then an engineer may work at the lane. */
  | { readonly kind: 'maintain' }
  /** Evacuation: the arm is held up. */
  | { readonly kind: 'holdOpen' }
  /** Turn the lane as soon as it has been empty for long enough. */
  | { readonly kind: 'turn'; readonly to: Direction };

/** What the ledger keeps of a lane. */
export interface LaneStanding {
  readonly directive: LaneDirective;
  readonly direction: Direction;
}

export const serve: LaneDirective = { kind: 'serve' };

/** Who comes now is not taken: the lane is ordered closed. */
export function takesNobody({ kind }: LaneDirective): boolean {
  return kind === 'drain' || kind === 'maintain' || kind === 'turn';
}
