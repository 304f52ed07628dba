/**
 * Facts of the customs feed and of the terminal as decisions use them, and the bundle that a look-up brings
 * back. A fact never changes: a newer version replaces it in the cache, and a decision names what it used.
 */
import type { ContainerNumber } from './identifiers/container-number.ts';
import type { TagId } from './identifiers/tag.ts';
import type { PlateText } from './identifiers/vehicle-plate.ts';
import type { PassageId, VisitId } from './identity.ts';
import type { ClockState } from './time.ts';

export type Direction = 'in' | 'out';

/** What a truck comes to do with a box or cargo, by its customs regime. */
export type TransactionType =
  | 'importLocal'
  | 'exportLocal'
  | 'importTransfer'
  | 'exportTransfer'
  | 'emptyContainer'
  | 'bobtail';

export type ProofType =
  | 'customs_declaration'
  | 'transfer'
  | 'manifest'
  | 'quarantine'
  | 'lift_permit'
  | 'second_information'
  | 'terminal_release';

/** Common to all facts: who says it, and which version it is. */
export interface FactHead {
  /** Stable id within source and kind. */
  readonly id: string;
  readonly source: string;
  readonly version: number;
  /** When the source says it held, ms since 1970. */
  readonly asOfMs: number;
}

/** One typed, issued, dated statement that allows something, naming what it covers. */
export interface ProofFact extends FactHead {
  readonly kind: 'proof';
  /** All versions and re-issues of one statement share the lineage; single use counts by it. */
  readonly lineage: string;
  readonly proofType: ProofType;
  readonly state: 'granted' | 'revoked';
  readonly issuer: string;
  readonly issuedAtMs: number;
  readonly validUntilMs?: number;
  readonly consignmentId?: string;
  /** The boxes it covers, by name. A box that is not named is not covered. */
  readonly containers: readonly string[];
}

export type HoldMove = 'enter' | 'leave';

/** Stops its subject for the stated moves until it is lifted (布控, 扣箱). */
export interface HoldFact extends FactHead {
  readonly kind: 'hold';
  readonly subject:
    | { readonly kind: 'container'; readonly container: string }
    | { readonly kind: 'consignment'; readonly consignmentId: string }
    | { readonly kind: 'vehicle'; readonly plate: string };
  readonly moves: readonly HoldMove[];
  readonly instruction: 'stop' | 'inspect' | 'escort';
  readonly state: 'placed' | 'lifted';
  readonly authority: string;
  readonly reason: string;
}

export interface ConsignmentFact extends FactHead {
  readonly kind: 'consignment';
  readonly consignmentType: 'transferDeclaration' | 'customsDeclaration' | 'manifestBill';
  readonly transactionType: TransactionType;
  readonly containers: readonly string[];
  readonly packages?: number;
  readonly grossWeightKg?: number;
}

export interface VehicleFact extends FactHead {
  readonly kind: 'vehicle';
  readonly plates: readonly string[];
  readonly tags: readonly string[];
  readonly customsNumber?: string;
  readonly tareKg?: number;
  readonly status: 'valid' | 'expired' | 'blocked';
  readonly validUntilMs?: number;
}

/** Work the terminal has planned for a truck: which boxes it brings or fetches, under which regime. */
export interface TransactionFact extends FactHead {
  readonly kind: 'transaction';
  readonly direction: Direction;
  readonly transactionType: TransactionType;
  readonly plate?: string;
  readonly containers: readonly string[];
  readonly consignments: readonly string[];
}

export type Fact = ProofFact | HoldFact | ConsignmentFact | VehicleFact | TransactionFact;
export type FactKind = Fact['kind'];

/** How current a source is: it is the watermark that ages, not the facts. */
export interface SourceState {
  readonly source: string;
  /** Kinds of fact this source is entitled to speak of. */
  readonly kinds: readonly FactKind[];
  /** "Complete up to this sequence at this time"; absent while none came. */
  readonly watermarkAtMs?: number;
  readonly watermarkSequence: number;
  readonly appliedSequence: number;
  /** Ranges that never arrived and whose loss nobody has acknowledged. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
}

/** A hold, revocation or delete that could not be parsed and resembles the subject asked for. */
export interface TaintFact {
  readonly source: string;
  readonly sequence: number;
  /** A container number, a part of one or a document number; or `plate:`, `lineage:`, `proof:` and what it names. */
  readonly resembles: string;
  readonly reason: string;
}

/** A proof already reserved or used for a box. */
export interface ReleaseUse {
  readonly lineage: string;
  readonly container: string;
  readonly state: 'reserved' | 'consumed';
  readonly passageId: PassageId;
}

export interface OpenVisit {
  readonly visitId: VisitId;
  readonly plate: string;
  readonly enteredAtMs: number;
  readonly containers: readonly string[];
}

/** What a passage asks for. The look-up widens it by itself along tags, transactions and consignments. */
export interface FactsQuery {
  readonly direction: Direction;
  readonly plates: readonly PlateText[];
  readonly tags: readonly TagId[];
  readonly containers: readonly ContainerNumber[];
}

/**
 * Everything known about the subjects of a query, read at one moment. `stamp` changes when any fact, use or
 * source state that the query touches changes: the commit compares it again inside its transaction.
 */
export interface GatheredFacts {
  readonly query: FactsQuery;
  readonly vehicles: readonly VehicleFact[];
  readonly transactions: readonly TransactionFact[];
  readonly consignments: readonly ConsignmentFact[];
  readonly proofs: readonly ProofFact[];
  readonly holds: readonly HoldFact[];
  readonly sources: readonly SourceState[];
  readonly taints: readonly TaintFact[];
  readonly uses: readonly ReleaseUse[];
  readonly visits: readonly OpenVisit[];
  readonly clockState: ClockState;
  readonly stamp: string;
}
