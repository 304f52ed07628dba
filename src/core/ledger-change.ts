/**
 * One durable change as the core asks for it: all of it is written in one transaction with its journal
 * entries, or nothing is. The store turns it into rows; it decides nothing.
 */
import type { Direction, FactsQuery, Quantity, TurnedBack } from './facts.ts';
import type { CommandId, DecisionId, ExceptionId, LaneId, PassageId } from './identity.ts';
import type { EventDraft, PassageOutcome } from './journal/events.ts';
import type { LaneStanding } from './lane/lane-directive.ts';
import type { VisitChange } from './visit-change.ts';
import type { YardInput } from './yard/yard-change.ts';

export type { VisitChange } from './visit-change.ts';

/** What a decision rested on: compared again inside the transaction. */
export interface DecisionBasis {
  readonly query: FactsQuery;
  readonly stamp: string;
}

export interface DecisionRow {
  readonly decisionId: DecisionId;
  readonly passageId: PassageId;
  readonly laneId: LaneId;
  readonly disposition: string;
  readonly policyDigest: string;
  /** Canonical JSON of everything the decision saw; running it again gives the same result text. */
  readonly inputs: string;
  readonly result: string;
  /** Canonical JSON of what crossing the exit line will do to visits. */
  readonly plan: string;
  /** The right to one departure of the arm from closed; a decision gives one or none. */
  readonly opening?: OpeningRight;
}

export interface OpeningRight {
  readonly commandId: CommandId;
  readonly bootId: string;
  /** Monotonic limit of the boot that committed it, ms. */
  readonly notAfterMonotonicMs: number;
}

/** A use of a proof for a box, by lineage: taken once over all lanes, versions and restarts. */
export interface ReleaseReservation {
  readonly lineage: string;
  readonly container: string;
  /** Of cargo that goes in parts: all uses together never take more than the limit. */
  readonly part?: PartialUse;
}

export interface PartialUse {
  readonly takes: Quantity;
  readonly limit: Quantity;
  /** The limit was told then, ms since 1970: uses of before are in it. All count where absent. */
  readonly sinceMs?: number;
}

export type ReleaseSettlement = 'consumed' | 'returned';

export interface PassageRow {
  readonly passageId: PassageId;
  readonly laneId: LaneId;
  readonly direction: Direction;
  readonly startedAtMs: number;
  /** Where it was settled without a decision, or against it. */
  readonly disposition?: string;
  readonly crossedAtMs?: number;
  readonly endedAtMs?: number;
  /** Of a passage that has not ended only what it will end as, once it has cut the exit line without a right. */
  readonly outcome?: PassageOutcome;
}

export interface ExceptionRow {
  readonly exceptionId: ExceptionId;
  readonly passageId: PassageId;
  readonly laneId: LaneId;
  readonly cause: string;
  readonly openedAtMs: number;
}

export interface ClosedCase {
  readonly exceptionId: string;
  /** What it came to. */
  readonly outcome: string;
  readonly atMs: number;
}

/** An act of a person, under the id that it was asked with: asked again, it is answered and not done again. */
export interface ActRow {
  readonly actId: string;
  readonly subject: string;
  readonly kind: string;
  readonly person: string;
  readonly role: string;
  readonly atMs: number;
  /** What was asked for, as canonical JSON: under one id it is always the same. */
  readonly asked: string;
  /** Canonical JSON. */
  readonly answer: string;
}

/** A command of the centre is on record before anything of it is done, and what became of it after. */
export type CommandChange =
  | {
      readonly kind: 'taken';
      readonly number: number;
      readonly commandId: string;
      /** SHA-256 of the token, hexadecimal. */
      readonly digest: string;
      readonly atMs: number;
    }
  /** `answer`: canonical JSON. */
  | { readonly kind: 'answered'; readonly number: number; readonly answer: string };

/** What stands of a lane until another order takes its place. */
export interface LaneRow extends LaneStanding {
  readonly laneId: LaneId;
  readonly atMs: number;
}

export interface LedgerChange {
  readonly events: readonly EventDraft[];
  readonly basis?: DecisionBasis;
  readonly decision?: DecisionRow;
  readonly reserve?: {
    readonly passageId: PassageId;
    readonly releases: readonly ReleaseReservation[];
    /** Wall clock of the decision, ms since 1970. */
    readonly atMs: number;
  };
  readonly settle?: {
    readonly passageId: PassageId;
    readonly releases: readonly ReleaseReservation[];
    readonly as: ReleaseSettlement;
  };
  /** The vehicle was not let through by this decision. */
  readonly turnedBack?: TurnedBack;
  readonly passage?: PassageRow;
  /** The arm departed from closed on this decision: its right is used up. */
  readonly openingUsed?: DecisionId;
  readonly visits?: readonly VisitChange[];
  readonly exception?: ExceptionRow;
  readonly closedCases?: readonly ClosedCase[];
  readonly act?: ActRow;
  readonly lane?: LaneRow;
  readonly command?: CommandChange;
  /** What the yard is told; the store reads its rows, and the core says what becomes of them. */
  readonly yard?: YardInput;
  /** What a lane has counted for the day's reconciliation since its last record. */
  readonly counts?: LaneCounts;
}

/** By what was counted: `loop.` and a point for each time it was occupied, and the corrections that explain them. */
export interface LaneCounts {
  readonly laneId: LaneId;
  readonly atMs: number;
  readonly counts: Readonly<Record<string, number>>;
}
