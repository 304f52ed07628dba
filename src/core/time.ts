/**
 * A moment as the daemon knows it. Order, ages and limits are reckoned on `monotonicMs` alone;
 * `wallMs` is a label that may jump.
 */
export interface Instant {
  /** Milliseconds since 1970-01-01T00:00:00Z by the wall clock. */
  readonly wallMs: number;
  /** Milliseconds since an arbitrary start, never going back while the machine is up. */
  readonly monotonicMs: number;
}

/** How far the wall clock can be trusted: disciplined, running on after its source was lost, never set. */
export type ClockState = 'synced' | 'holdover' | 'unsynced';
