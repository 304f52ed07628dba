/**
 * The vocabulary of what a lane's devices can tell. Drivers translate their wire into these and nothing
 * else; whatever a device did not say is absent, never a default.
 */
import type { CardReference } from './identifiers/driver-card.ts';
import type { TagId } from './identifiers/tag.ts';
import type { PlateColour } from './identifiers/vehicle-plate.ts';
import type { DeviceId } from './identity.ts';
import type { Instant } from './time.ts';

/** A share of certainty, 0 to 1. Absent where the device gave none: unknown, never 1. */
export type Confidence = number;

/** A picture kept by content: SHA-256 of the bytes as received. */
export interface PictureReference {
  readonly role: 'scene' | 'plate' | 'container' | 'other';
  readonly sha256: string;
  readonly bytes: number;
  readonly mediaType: string;
}

export interface PlateRead {
  readonly kind: 'plateRead';
  readonly view: 'front' | 'rear';
  /** Text as the camera gave it; empty where it saw a vehicle without a plate. */
  readonly raw: string;
  readonly colour?: PlateColour;
  /** Country of the plate in the camera's own words: a code of ISO 3166 or a name. */
  readonly country?: string;
  readonly confidence?: Confidence;
  /** The device's own id of this reading: a repeat of it is a duplicate. */
  readonly deviceEventId?: string;
  /** The device says it stored this reading while it was offline: history, never a reason to open. */
  readonly replayed: boolean;
  /** The device's own time of capture, ms since 1970; a label. */
  readonly capturedAtMs?: number;
  readonly pictures?: readonly PictureReference[];
}

export interface ContainerSeen {
  readonly position: 'front' | 'rear' | 'single' | 'unknown';
  readonly raw: string;
  readonly isoType?: string;
  readonly confidence?: Confidence;
}

/** One capture of the container camera; an empty list is its statement that it saw no container. */
export interface ContainerNumberRead {
  readonly kind: 'containerNumberRead';
  readonly containers: readonly ContainerSeen[];
  readonly deviceEventId?: string;
  readonly replayed: boolean;
  readonly capturedAtMs?: number;
  readonly pictures?: readonly PictureReference[];
}

export interface TagRead {
  readonly kind: 'tagRead';
  readonly tag: TagId;
  readonly antenna?: number;
  /** Received signal strength in dBm where the reader gives it. */
  readonly rssiDbm?: number;
}

/** A driver's credential. It says nothing of the vehicle. */
export interface DriverCardRead {
  readonly kind: 'driverCardRead';
  readonly card: CardReference;
}

/** Where the word "stable" comes from: the indicator's own bit, or inferred from equal readings. */
export interface WeightStability {
  readonly state: 'stable' | 'moving';
  readonly source: 'indicator' | 'inferred';
}

export interface WeightReading {
  readonly kind: 'weightReading';
  /** The displayed weight in kilograms; absent on overload, underload or error: never 0 instead. */
  readonly weightKg?: number;
  /** `displayed`: the indicator does not tell gross from net. */
  readonly basis: 'gross' | 'net' | 'displayed';
  readonly stability: WeightStability;
  readonly condition: 'ok' | 'overload' | 'underload' | 'error';
}

/**
 * Lane inputs by role. `curtain` is the light curtain at the arm: occupied means interrupted. `deckFront` and
 * `deckRear` are photo-eyes at the ends of the weighing platform: occupied while a vehicle stands partly off it.
 */
export type InputPoint =
  | 'approach'
  | 'presence'
  | 'exit'
  | 'curtain'
  | 'deckFront'
  | 'deckRear'
  | 'localControl'
  | 'barrierFault';

export interface InputChange {
  readonly kind: 'inputChange';
  readonly point: InputPoint;
  readonly state: 'occupied' | 'clear' | 'unknown';
}

/**
 * The arm by its limit switches, both taken from one read. `between`: neither limit is made; `contradictory`:
 * both are; `unknown`: the module did not answer.
 */
export interface BarrierPosition {
  readonly kind: 'barrierPosition';
  readonly position: 'closed' | 'open' | 'between' | 'contradictory' | 'unknown';
}

/** Health is the age of the last good message, never the state of a port. */
export interface DeviceHealth {
  readonly kind: 'deviceHealth';
  readonly state: 'up' | 'silent' | 'down';
  /** A code of the fault table; absent when up. */
  readonly fault?: string;
}

/**
 * Something about a device that a person must see to, told when it begins and when it is over. It alarms and
 * does nothing else: what must not be done meanwhile, the device's session withholds by itself.
 */
export interface DeviceAlarm {
  readonly kind: 'deviceAlarm';
  /** A code of the fault table. */
  readonly code: string;
  readonly state: 'raised' | 'over';
  readonly detail?: string;
}

export type Observation =
  | PlateRead
  | ContainerNumberRead
  | TagRead
  | DriverCardRead
  | WeightReading
  | InputChange
  | BarrierPosition
  | DeviceHealth
  | DeviceAlarm;

/** A picture that came after its reading: which reading it belongs to. */
export interface LatePictureReference {
  readonly deviceId: DeviceId;
  /** When the reading arrived. */
  readonly readingAt: Instant;
  /** The device's own id of the reading, where it has one. */
  readonly deviceEventId?: string;
  readonly picture: PictureReference;
}

/** An observation with its device and the moment its last byte arrived. */
export interface ObservedAt<O extends Observation = Observation> {
  readonly deviceId: DeviceId;
  readonly receivedAt: Instant;
  readonly observation: O;
}
