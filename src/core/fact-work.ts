/** Facts about planned work: who comes when, with what, and what customs said of it afterwards. */
import type { Direction, FactHead, Quantity, TransactionType } from './fact-head.ts';

/** Work the terminal has planned for a truck: which boxes it brings or fetches, under which regime. */
export interface TransactionFact extends FactHead {
  readonly kind: 'transaction';
  readonly direction: Direction;
  readonly transactionType: TransactionType;
  /** What happens to the box in the premises. */
  readonly move?: 'receive' | 'deliver' | 'passThrough';
  readonly plate?: string;
  readonly containers: readonly string[];
  readonly consignments: readonly string[];
  /** Of loose cargo: what of each document is to be on this truck. */
  readonly loads?: readonly CargoLoad[];
  /** Verified gross mass of boxes, where the shipper has declared it. */
  readonly verifiedGross?: readonly { readonly container: string; readonly weightKg: number }[];
  /** What the boxes themselves weigh. */
  readonly boxTares?: readonly { readonly container: string; readonly tareKg: number }[];
  /** The terminal takes or gives only within these times. */
  readonly windowFromMs?: number;
  readonly windowUntilMs?: number;
}

/** What of a document's cargo one truck takes. */
export interface CargoLoad extends Quantity {
  readonly consignmentId: string;
}

/** Truck, trailer, driver, boxes and cargo that belong together (车货绑定); the highest version stands. */
export interface BindingFact extends FactHead {
  readonly kind: 'binding';
  readonly state: 'bound' | 'unbound';
  /** Made before arrival, or in the premises after loading: then it is the one for the exit. */
  readonly origin: 'preArrival' | 'premises';
  readonly plate: string;
  readonly trailerPlate?: string;
  readonly driverId?: string;
  readonly containers: readonly string[];
  readonly consignments: readonly string[];
  readonly validFromMs?: number;
  readonly validUntilMs?: number;
}

export interface AppointmentFact extends FactHead {
  readonly kind: 'appointment';
  readonly direction: Direction;
  readonly plate?: string;
  readonly containers: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
  readonly yardPosition?: string;
}

/** When boxes of a voyage are taken. */
export interface CalendarFact extends FactHead {
  readonly kind: 'calendar';
  readonly vessel: string;
  readonly voyage: string;
  readonly opensAtMs?: number;
  readonly cutOffAtMs?: number;
}

/** What customs answered to the registration of an exit (出场登记) or of an entry (进场登记). */
export interface ExitRegistrationFact extends FactHead {
  readonly kind: 'exit-registration';
  /** Of an exit if left out. */
  readonly registered?: 'entry' | 'exit';
  readonly visitId: string;
  readonly plate: string;
  readonly answer: 'accepted' | 'rejected';
  readonly reason?: string;
}

export type WorkFact =
  | TransactionFact
  | BindingFact
  | AppointmentFact
  | CalendarFact
  | ExitRegistrationFact;
