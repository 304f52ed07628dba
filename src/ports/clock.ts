import type { ClockState, Instant } from '../core/time.ts';

/** The only source of time. A monotonic reading is meaningful within one `bootId` alone. */
export interface Clock {
  now(): Instant;
  state(): ClockState;
  /** Changes with every start of the machine. */
  readonly bootId: string;
}
