/** What is common to the hosts of a recording's devices. */

/** A device that a daemon connects to. */
export interface ServedHost {
  readonly port: number;
  /** A daemon is connected, and what an older connection began with has been said. */
  readonly isReady: boolean;
  readonly connections: number;
  /** Listens where the device is there from the beginning. */
  begin(): Promise<void>;
  /** Plays its part; resolves when that is over, rejects with `ReplayEnded`. */
  play(): Promise<void>;
  close(): Promise<void>;
  /** What did not go as in the recording. */
  notes(): readonly string[];
}
