/** Facts about vehicles, persons and firms: who may come at all. */
import type { FactHead, RegistryStatus } from './fact-head.ts';
import type { CardReference } from './identifiers/driver-card.ts';

interface Registration extends FactHead {
  readonly status: RegistryStatus;
  readonly validUntilMs?: number;
}

/** A mass at rest, as a scale found it or a maker states it. */
interface Tare {
  readonly tareKg?: number;
  /** Half the width of the interval that the true tare lies in, kg. */
  readonly tareUncertaintyKg?: number;
  readonly tareValidUntilMs?: number;
}

export interface VehicleFact extends Registration, Tare {
  readonly kind: 'vehicle';
  /** Up to three: a cross-border truck bears a plate of each place. */
  readonly plates: readonly string[];
  readonly tags: readonly string[];
  readonly customsNumber?: string;
  readonly axles?: number;
  /** One driven axle: the lower limit for a combination of six axles. */
  readonly singleDriveAxle?: boolean;
  readonly carrierId?: string;
}

export interface TrailerFact extends Registration, Tare {
  readonly kind: 'trailer';
  readonly plate: string;
  readonly tags: readonly string[];
  readonly axles?: number;
}

/** Without a name and without the numbers of his cards: who he is stands in the register that issued them. */
export interface DriverFact extends Registration {
  readonly kind: 'driver';
  readonly cards: readonly CardReference[];
  readonly carrierId?: string;
}

export interface CarrierFact extends Registration {
  readonly kind: 'carrier';
  /** May carry goods under transfer clearance (转关运输). */
  readonly transferQualified: boolean;
}

export interface EnterpriseFact extends Registration {
  readonly kind: 'enterprise';
}

/** Staff, service, test, customs' and emergency vehicles: passages are recorded, no cargo is released. */
export interface PermitFact extends Registration {
  readonly kind: 'permit';
  readonly permitType: 'staff' | 'service' | 'test' | 'customs' | 'emergency';
  readonly plates: readonly string[];
  /** Lanes it is good for; every lane where absent. */
  readonly lanes?: readonly string[];
  readonly validFromMs?: number;
  /** Hours of each day, minutes of the day in UTC; from before until goes over midnight. */
  readonly hours?: { readonly fromMinute: number; readonly untilMinute: number };
}

export interface VesselFact extends FactHead {
  readonly kind: 'vessel';
  readonly names: readonly string[];
  readonly callSign?: string;
  readonly imo?: string;
}

export type RegistryFact =
  | VehicleFact
  | TrailerFact
  | DriverFact
  | CarrierFact
  | EnterpriseFact
  | PermitFact
  | VesselFact;
