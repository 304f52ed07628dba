/** What a person may order of a lane as a whole, and what he is answered. */
import type { Direction } from '../facts.ts';

export type ServiceAct =
  | { readonly kind: 'drain' }
  | { readonly kind: 'maintain' }
  /** Whatever was ordered is over. */
  | { readonly kind: 'resume' }
  /** Evacuation. */
  | { readonly kind: 'holdOpen' }
  | { readonly kind: 'turn'; readonly to: Direction }
  /** The engineer's: one opening, in maintenance, over an empty lane. */
  | { readonly kind: 'open' };

export type ActRefusal =
  /** After a start the devices are read first. */
  | 'devicesNotRead'
  | 'alreadySo'
  /** Another order stands: it has to be ended first. */
  | 'resumeFirst'
  | 'cannotTurn'
  | 'notInService'
  | 'notInMaintenance'
  | 'notEmpty'
  /** A device that the lane cannot do without was absent at start. */
  | 'disabled'
  | 'armNotClosed';

export type ServiceActAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly reason: ActRefusal }
  /** The ledger could not take it, so nothing was done. */
  | { readonly kind: 'unrecorded' };
