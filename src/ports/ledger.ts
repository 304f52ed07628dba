/**
 * The ledger: journal, decisions, reservations, visits, passages, exceptions and the delivery cursor, with
 * one writer. A change is one transaction; when `commit` has returned `committed` it survives a power cut.
 */
import type {
  Direction,
  FactsQuery,
  HoldFact,
  OpenVisit,
  ReleaseUse,
  TurnedBack,
} from '../core/facts.ts';
import type { PassageId } from '../core/identity.ts';
import type { CheckpointSigner } from '../core/journal/checkpoint.ts';
import type { LaneStanding } from '../core/lane/lane-directive.ts';
import type { CrossedUnder } from '../core/lane/passage.ts';
import type { LedgerChange, ReleaseReservation } from '../core/ledger-change.ts';
import type { YardAct } from '../core/yard/yard-change.ts';

export type CommitResult =
  | { readonly kind: 'committed'; readonly firstSequence: number; readonly lastSequence: number }
  /** Nothing was written: what the decision rested on has changed since it was looked up. */
  | { readonly kind: 'conflicted'; readonly reason: 'factsChanged' | 'releaseTaken' }
  /** Nothing was written. No barrier may be raised on it. */
  | {
      readonly kind: 'failed';
      readonly code: 'ledger-full' | 'ledger-io' | 'ledger-readonly';
      readonly detail: string;
    };

export interface YardRefusal {
  readonly kind: 'refused';
  readonly reason: string;
}

/** It was done before under the same id, and not again. */
export interface YardRepeat {
  readonly kind: 'repeated';
}

export type WriteFailure = Extract<CommitResult, { readonly kind: 'failed' }>;

/** A passage that had not ended when the daemon last stopped. */
export interface UnendedPassage {
  readonly passageId: PassageId;
  readonly laneId: string;
  readonly direction: Direction;
  readonly startedAtMs: number;
  readonly disposition?: string;
  readonly decisionId?: string;
  /** Canonical JSON of the last decision's result. */
  readonly result?: string;
  /** Canonical JSON of its crossing plan. */
  readonly plan?: string;
  readonly releases: readonly ReleaseReservation[];
  /** The arm has left closed on the right that its decision gave. */
  readonly departed: boolean;
  readonly crossed: boolean;
  /** It cut the exit line without a right to. */
  readonly unauthorised: boolean;
  /** By whose hand the arm was up then. */
  readonly crossedUnder?: CrossedUnder;
}

export interface OpenException {
  readonly exceptionId: string;
  readonly passageId: string;
  readonly laneId: string;
  readonly cause: string;
  readonly openedAtMs: number;
}

/** What stands behind an open case; a member is absent where the ledger has none. */
export interface CaseDetail {
  readonly plate?: string;
  /** The decision, as canonical JSON. */
  readonly result?: string;
}

export interface JournalRow {
  readonly sequence: number;
  /** The entry's text; its UTF-8 bytes are what was hashed. Empty of a pruned entry. */
  readonly entry: string;
  /** SHA-256 of the entry's bytes, hexadecimal. */
  readonly hash: string;
  /** Of a pruned entry: sequence of the entry that tells of it. */
  readonly prunedUnder?: number;
}

export interface PruneOrder {
  /** Entries that were recorded before may lose their bodies, ms since 1970. */
  readonly beforeMs: number;
  /** Why; stands in the prune entry. */
  readonly reason:
    | { readonly reason: 'retention'; readonly journalDays: number }
    | { readonly reason: 'order'; readonly person: string; readonly before: string };
}

export type PruneResult =
  /** There may be more. Of 0 the way through the log has only come further. */
  | { readonly kind: 'pruned'; readonly count: number }
  /** Nothing more may go; `waitsFor` where something is old enough and has to wait. */
  | { readonly kind: 'finished'; readonly waitsFor?: 'acknowledgement' | 'checkpoint' }
  | WriteFailure;

/** An act that was carried out before. */
export interface PastAct {
  readonly subject: string;
  readonly kind: string;
  readonly person: string;
  /** What was asked for, as canonical JSON; `null` where an older version wrote it. */
  readonly asked: string | null;
  /** Canonical JSON. */
  readonly answer: string;
}

/** What the ledger knows of persons' acts and of what they are about. */
export interface ActRecords {
  actOf(actId: string): PastAct | undefined;
  /** Ids of the open cases of a passage, oldest first. */
  openCasesOf(passageId: string): readonly string[];
  exceptionOf(
    exceptionId: string,
  ): (OpenException & { readonly closedAtMs: number | null }) | undefined;
  passageEnd(
    passageId: string,
  ): { readonly laneId: string; readonly endedAtMs: number | null } | undefined;
  /** What is reserved for a passage and neither used nor returned. */
  reservedFor(passageId: string): readonly ReleaseReservation[];
  newestDecision(passageId: string): string | undefined;
}

export interface TakenCommand {
  readonly number: number;
  readonly commandId: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly digest: string;
  /** Canonical JSON; `null` where nobody knows what became of it. */
  readonly answer: string | null;
}

/** Commands of the centre that were taken. */
export interface CommandRecords {
  /** Number of the newest; 0 for none. */
  newest(): number;
  of(number: number): TakenCommand | undefined;
  /** Taken, and not answered: the daemon ended in between. */
  unanswered(): readonly TakenCommand[];
}

export interface HeldSubjects {
  readonly plates: readonly string[];
  readonly containers: readonly string[];
}

export interface Ledger {
  readonly epoch: string;
  readonly acts: ActRecords;
  readonly commands: CommandRecords;
  /** Writes a change. The facts of `change.basis` are read again after `BEGIN IMMEDIATE`. */
  commit(change: LedgerChange): CommitResult;
  /** Writes a signed checkpoint over all entries before it, unless none came since the last one. */
  checkpoint(): CommitResult | undefined;
  /**
   * Announces another key, signed for by the one that signs now, and signs with it from then on. Where it is not
   * committed the old one stays.
   */
  rotateKey(next: CheckpointSigner, person: string): CommitResult;
  /** Takes the bodies of a few old entries out, at most 80: a few ms. Called again until it is `finished`. */
  prune(order: PruneOrder): PruneResult;
  /** Sequence of the newest entry of this epoch whose body is gone; 0 for none. */
  prunedThrough(): number;
  entriesSinceCheckpoint(): number;
  /** The newest checkpoint's signed note, for the retained topic. */
  latestCheckpoint(): string | undefined;
  unendedPassages(): readonly UnendedPassage[];
  /** What was ordered of a lane last, and which way it is turned; undefined where nothing ever was. */
  laneStanding(laneId: string): LaneStanding | undefined;
  openExceptions(limit: number): readonly OpenException[];
  caseOf(exceptionId: string): CaseDetail;
  head(): { readonly sequence: number; readonly hash: string };
  /** Entries after `afterSequence`, in order, at most `limit`. */
  entriesAfter(afterSequence: number, limit: number): readonly JournalRow[];
  /** Highest sequence the centre has acknowledged in this epoch; 0 for none. */
  acknowledgedThrough(): number;
  /**
   * Moves the cursor; never backwards and never beyond the head. Where it cannot be written the failure is the answer:
   * it stays where it is, and moves with the next acknowledgement.
   */
  acknowledge(through: number): WriteFailure | undefined;
  /** Uses of proofs for these boxes that are reserved or consumed; of parts only those from a key's moment on. */
  usesOf(
    containers: readonly string[],
    countFromMs?: ReadonlyMap<string, number>,
  ): readonly ReleaseUse[];
  /** The last decisions by which these vehicles were not let through, two of each plate at most. */
  turnedBackOf(plates: readonly string[]): readonly TurnedBack[];
  openVisitsOf(plates: readonly string[]): readonly OpenVisit[];
  /** Holds that persons of this site have placed on these vehicles and boxes. */
  placedHoldsOf(subjects: HeldSubjects): readonly HoldFact[];
  /** An act of a person upon the yard; `refused` where it names what is not there, and then nothing is written. */
  actInYard(act: YardAct): CommitResult | YardRefusal;
  /** Items whose age has to be looked at, at most 100. */
  yardDue(atMs: number): readonly string[];
  /** Whether a registration waits that the centre has, if it has everything up to this entry. */
  hasQueuedRegistrations(throughSequence: number): boolean;
  /** A number that the yard keeps for its keeper: how far it has followed a source, when it last ran. */
  yardCursor(name: string): number | undefined;
  setYardCursor(name: string, value: number): WriteFailure | undefined;
  close(): void;
}

/** Reads a query's stamp again inside the writing transaction. */
export type StampReader = (query: FactsQuery) => string;
