/** Facts about boxes and cargo: what is in them, what allows them to move, and what stops them. */
import type { Direction, FactHead, TransactionType } from './fact-head.ts';

export type ProofType =
  | 'customs_declaration'
  | 'transfer'
  | 'manifest'
  | 'quarantine'
  | 'lift_permit'
  | 'second_information'
  | 'terminal_release'
  /** The port's or customs' leave to handle dangerous goods. */
  | 'dangerous_goods_permit'
  /** An approved pass order; it is never told as a proof. */
  | 'pass_order'
  /** A bill that is recognised mutually; it is never told as a proof. */
  | 'recognised_manifest';

/** A duty attached to a release (附条件). */
export type Duty = 'inspectAtDestination' | 'escort' | 'arriveBy';

/** One typed, issued, dated statement that allows something, naming what it covers. */
export interface ProofFact extends FactHead {
  readonly kind: 'proof';
  /** All versions and re-issues of one statement share the lineage; single use counts by it. */
  readonly lineage: string;
  readonly proofType: ProofType;
  readonly state: 'granted' | 'revoked';
  readonly issuer: string;
  /** The act that it states, by its number: two records of one act are one piece of information. */
  readonly act?: string;
  /** Electronic where absent; of a paper a clerk has keyed the number. */
  readonly medium?: 'electronic' | 'paper';
  readonly issuedAtMs: number;
  readonly validUntilMs?: number;
  readonly consignmentId?: string;
  /** The boxes it covers, by name. A box that is not named is not covered. */
  readonly containers: readonly string[];
  /** Of loose cargo: how much of it may go in all, over all trucks. */
  readonly packages?: number;
  readonly grossWeightKg?: number;
  readonly duties?: readonly Duty[];
}

export type HoldMove = 'enter' | 'leave' | 'load' | 'yardMove';

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

/** What of a consignment is in one box. */
export interface CargoInContainer {
  readonly container: string;
  readonly packages?: number;
  /** With the box. */
  readonly grossWeightKg?: number;
  /** Without the box. */
  readonly cargoKg?: number;
  readonly seals?: readonly string[];
}

export interface ConsignmentFact extends FactHead {
  readonly kind: 'consignment';
  readonly consignmentType: 'transferDeclaration' | 'customsDeclaration' | 'manifestBill';
  readonly transactionType: TransactionType;
  readonly containers: readonly string[];
  readonly packages?: number;
  readonly grossWeightKg?: number;
  readonly cargo?: readonly CargoInContainer[];
  readonly bills?: readonly string[];
  readonly carrierId?: string;
  readonly dangerous?: boolean;
  readonly originCustoms?: string;
  readonly destinationCustoms?: string;
  /** The transfer must have arrived by then. */
  readonly routeUntilMs?: number;
  readonly validUntilMs?: number;
}

/** A bill of the manifest (舱单提运单). */
export interface BillFact extends FactHead {
  readonly kind: 'bill';
  readonly vessel: string;
  readonly voyage: string;
  readonly containers: readonly string[];
  readonly packages?: number;
  readonly grossWeightKg?: number;
  /** Recognised mutually (舱单互认): it stands for the transfer declaration of the leg by water. */
  readonly recognised: boolean;
  readonly preManifest: 'none' | 'pending' | 'accepted' | 'rejected';
}

/** What the count at the quay found (理货). */
export interface TallyFact extends FactHead {
  readonly kind: 'tally';
  readonly billId: string;
  readonly containers: readonly string[];
  readonly result: 'complete' | 'short' | 'over' | 'damaged';
}

/** Pass order of a bonded zone (核放单). */
export interface PassOrderFact extends FactHead {
  readonly kind: 'pass-order';
  /** 1: one truck, many documents; 2: one truck, one document; 3: one document, many trucks, with an order for each. */
  readonly bindingType: 1 | 2 | 3;
  /** `goods` where absent; an empty truck has a type of its own. */
  readonly orderType?: 'goods' | 'distribution' | 'emptyTruck';
  /** Good for both where absent; it serves one passage all the same. */
  readonly direction?: Direction;
  readonly state: 'approved' | 'used' | 'cancelled';
  readonly plate: string;
  readonly containers: readonly string[];
  readonly consignments: readonly string[];
  readonly accountId?: string;
  readonly packages?: number;
  readonly grossWeightKg?: number;
  readonly tareKg?: number;
  /** Of binding type 3: the last truck of the document. */
  readonly last?: boolean;
}

/** What is left of an account that pass orders draw down (短期业务底帐, 电子账册). */
export interface AccountFact extends FactHead {
  readonly kind: 'account';
  readonly remainingPackages?: number;
  readonly remainingKg?: number;
}

/** Consolidation (拼柜作业): what is in a box from now on, with its new seals. */
export interface StuffingFact extends FactHead {
  readonly kind: 'stuffing';
  readonly container: string;
  readonly consignments: readonly {
    readonly consignmentId: string;
    readonly packages?: number;
    readonly grossWeightKg?: number;
  }[];
  readonly seals: readonly string[];
}

export interface ObligationFact extends FactHead {
  readonly kind: 'obligation';
  readonly duty: Duty;
  readonly lineage?: string;
  readonly containers: readonly string[];
  readonly dueAtMs?: number;
  readonly state: 'open' | 'discharged';
}

/** A seal or tracker that tells of itself (电子关锁, 途中监管设备), and what was done with it last. */
export interface MonitoringDeviceFact extends FactHead {
  readonly kind: 'monitoring-device';
  readonly device: 'electronicSeal' | 'tracker';
  readonly number: string;
  readonly containers: readonly string[];
  readonly operation: 'attached' | 'detached';
  readonly health: 'ok' | 'tampered' | 'faulty' | 'unknown';
  /** When the device itself was last heard of, ms since 1970. */
  readonly reportedAtMs: number;
}

export type CargoFact =
  | ProofFact
  | HoldFact
  | ConsignmentFact
  | BillFact
  | TallyFact
  | PassOrderFact
  | AccountFact
  | StuffingFact
  | ObligationFact
  | MonitoringDeviceFact;
