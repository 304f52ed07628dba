/**
 * Facts of the customs feed and of the terminal as decisions use them, and the bundle that a look-up brings
 * back. A fact never changes: a newer version replaces it in the cache, and a decision names what it used.
 */
import type { EntryRecord } from './entry-record.ts';
import type { CargoFact } from './fact-cargo.ts';
import type { Direction, Quantity } from './fact-head.ts';
import type { RegistryFact } from './fact-registry.ts';
import type { WorkFact } from './fact-work.ts';
import type { ContainerNumber } from './identifiers/container-number.ts';
import type { CardReference } from './identifiers/driver-card.ts';
import type { TagId } from './identifiers/tag.ts';
import type { PlateText } from './identifiers/vehicle-plate.ts';
import type { PassageId, VisitId } from './identity.ts';
import type { ClockState } from './time.ts';

export type * from './fact-cargo.ts';
export type * from './fact-head.ts';
export type * from './fact-registry.ts';
export type * from './fact-work.ts';

export type Fact = RegistryFact | CargoFact | WorkFact;
export type FactKind = Fact['kind'];

export const factKinds = [
  'vehicle',
  'trailer',
  'driver',
  'carrier',
  'enterprise',
  'permit',
  'vessel',
  'consignment',
  'proof',
  'hold',
  'bill',
  'tally',
  'pass-order',
  'account',
  'stuffing',
  'obligation',
  'monitoring-device',
  'transaction',
  'binding',
  'appointment',
  'calendar',
  'exit-registration',
] as const satisfies readonly FactKind[];

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
  /** Ranges whose loss a person has acknowledged; absent for none. */
  readonly acknowledgedGaps?: readonly { readonly from: number; readonly to: number }[];
}

/** A hold, revocation or delete that could not be parsed and resembles the subject asked for. */
export interface TaintFact {
  readonly source: string;
  /** Of the record; where that could not be read, the number of its line in the quarantine below zero. */
  readonly sequence: number;
  /** A container number, a part of one or a document number; or `plate:`, `lineage:`, `proof:` and what it names. */
  readonly resembles: string;
  readonly reason: string;
}

/** A proof already reserved or used, for a box or in part. */
export interface ReleaseUse {
  readonly lineage: string;
  readonly container: string;
  /** Of cargo that goes in parts: how much of it; absent where all of it was used. */
  readonly takes?: Quantity;
  /** When a part was reserved, ms since 1970. */
  readonly atMs?: number;
  readonly state: 'reserved' | 'consumed';
  readonly passageId: PassageId;
}

export interface OpenVisit {
  readonly visitId: VisitId;
  readonly plate: string;
  readonly enteredAtMs: number;
  readonly containers: readonly string[];
  /** Absent where an older version recorded the entry. */
  readonly entered?: EntryRecord;
}

/** A decision by which a vehicle was not let through. */
export interface TurnedBack {
  readonly plate: string;
  readonly passageId: PassageId;
  readonly atMs: number;
  readonly disposition: string;
  /** Codes, gravest first. */
  readonly reasons: readonly string[];
}

/** What a passage asks for. The look-up widens it by itself along tags, transactions and consignments. */
export interface FactsQuery {
  readonly direction: Direction;
  /** Every plate on the truck, and that of its trailer. */
  readonly plates: readonly PlateText[];
  readonly tags: readonly TagId[];
  readonly containers: readonly ContainerNumber[];
  /** Of drivers; absent where none was read. */
  readonly cards?: readonly CardReference[];
}

/** The facts of a kind, by the names that decisions use. */
type OfKind<K extends FactKind> = readonly Extract<Fact, { readonly kind: K }>[];

/**
 * Everything known about the subjects of a query, read at one moment. `stamp` changes when any fact, use or
 * source state that the query touches changes: the commit compares it again inside its transaction.
 */
export interface GatheredFacts {
  readonly query: FactsQuery;
  readonly vehicles: OfKind<'vehicle'>;
  readonly trailers: OfKind<'trailer'>;
  readonly drivers: OfKind<'driver'>;
  readonly carriers: OfKind<'carrier'>;
  readonly permits: OfKind<'permit'>;
  readonly transactions: OfKind<'transaction'>;
  readonly bindings: OfKind<'binding'>;
  readonly appointments: OfKind<'appointment'>;
  readonly consignments: OfKind<'consignment'>;
  readonly bills: OfKind<'bill'>;
  readonly tallies: OfKind<'tally'>;
  readonly stuffings: OfKind<'stuffing'>;
  readonly calendars: OfKind<'calendar'>;
  readonly passOrders: OfKind<'pass-order'>;
  readonly accounts: OfKind<'account'>;
  readonly proofs: OfKind<'proof'>;
  readonly obligations: OfKind<'obligation'>;
  readonly monitoringDevices: OfKind<'monitoring-device'>;
  readonly holds: OfKind<'hold'>;
  readonly sources: readonly SourceState[];
  readonly taints: readonly TaintFact[];
  /** Of which a person has disposed: on record, and no taint any more. Absent for none. */
  readonly disposedTaints?: readonly TaintFact[];
  readonly uses: readonly ReleaseUse[];
  readonly visits: readonly OpenVisit[];
  /** The last of each plate, newest first; absent where there was none. It does not count for the stamp. */
  readonly turnedBack?: readonly TurnedBack[];
  readonly clockState: ClockState;
  readonly stamp: string;
}

/** Whether any source speaks of a kind: only then does silence about it say anything. */
export function entitled({ sources }: Pick<GatheredFacts, 'sources'>, kind: FactKind): boolean {
  return sources.some(({ kinds }) => kinds.includes(kind));
}

/** Of every kind nothing: what a bundle of an older version does not have. */
export const noFacts = {
  vehicles: [],
  trailers: [],
  drivers: [],
  carriers: [],
  permits: [],
  transactions: [],
  bindings: [],
  appointments: [],
  consignments: [],
  bills: [],
  tallies: [],
  stuffings: [],
  calendars: [],
  passOrders: [],
  accounts: [],
  proofs: [],
  obligations: [],
  monitoringDevices: [],
  holds: [],
} as const satisfies Partial<GatheredFacts>;
