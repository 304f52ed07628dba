/** What comes of a verification, and what a verifier has to remember of it. */
import type { JournalFault } from './journal-fault.ts';

export interface VerifiedEpoch {
  readonly epoch: string;
  readonly entries: number;
  readonly head: string;
  readonly checkpoints: number;
  /** `created`, `restored`; of a part of a log `part`. */
  readonly reason: string;
  /** By which its newest checkpoint has to be signed. */
  readonly verifierKey?: string;
}

/** Entries that somebody has seen and a restored log no longer has, as its epoch says. */
export interface LostEntries {
  readonly epoch: string;
  readonly from: number;
  readonly through: number;
}

export type Verification =
  | (VerifiedEpoch & {
      readonly ok: true;
      /** All of the log, the newest, which stands above, last. */
      readonly epochs: readonly VerifiedEpoch[];
      /** Bodies that are gone as signed entries tell. */
      readonly pruned: number;
      /** Of a part of a log: bodies that are gone, told of by entries that reach beyond it. */
      readonly unproven: number;
      readonly lost: readonly LostEntries[];
    })
  | {
      readonly ok: false;
      readonly epoch: string;
      readonly sequence: number;
      readonly fault: JournalFault;
      readonly detail: string;
      readonly hint: string;
    };

/** What a verifier remembers of an earlier run: the log may only have grown since. */
export interface LastSeen {
  readonly epoch: string;
  readonly entries: number;
  readonly head: string;
}
