/** State, inputs and effects of a lane. Effects are data; the runtime carries them out in order. */
import type {
  PlatformAsked,
  PlatformLink,
  PlatformQuestion,
  PlatformTold,
} from '../customs-platform/exchange.ts';
import type { LaneRequirements, ReasonText } from '../decision/check.ts';
import type { Decision } from '../decision/decide.ts';
import type { Policy } from '../decision/policy.ts';
import type { Direction, FactsQuery, GatheredFacts } from '../facts.ts';
import type { Capture, VehicleIdentity } from '../gate/station.ts';
import type { TagVerdict } from '../gate/tag-field.ts';
import type { IdentityReading } from '../identification/evidence.ts';
import type { CardReference } from '../identifiers/driver-card.ts';
import type { TagId } from '../identifiers/tag.ts';
import type { CommandId, DecisionId, DeviceId, LaneId, PassageId, StationId } from '../identity.ts';
import type { LedgerChange, ReleaseReservation } from '../ledger-change.ts';
import type {
  InputChange,
  InputPoint,
  LatePictureReference,
  ObservedAt,
  PlateRead,
} from '../observation.ts';
import type { Instant } from '../time.ts';
import type { PlatformZero } from '../weighing/weighing.ts';
import type { ActAnswer, PersonAct } from './acts/person-act.ts';
import type { ArmState } from './arm.ts';
import type { ServiceAct, ServiceActAnswer } from './lane-act.ts';
import type { LaneDirective, LaneStanding } from './lane-directive.ts';
import type { CrossedUnder, CrossingPlan, Passage } from './passage.ts';
import type { ServiceMode } from './service-mode.ts';

export interface LaneTiming {
  /** Wait for evidence from the moment presence is occupied, ms. */
  readonly captureTimeoutMs: number;
  /** Age of a reading taken before the passage began that is still the passage's own, ms. */
  readonly evidenceLeadMs: number;
  /** The open order must be on the wire this long after the decision, ms. */
  readonly openWithinMs: number;
  /** The arm must have left closed this long after the order, ms. */
  readonly departWithinMs: number;
  /** How long a loop must stay clear before a vehicle counts as gone, ms. */
  readonly clearMs: number;
  /** Wait with the arm up and nobody under way before a close is requested, ms. */
  readonly closeAfterMs: number;
  /** Longest time the arm may stay up unsupervised, ms; then the lane goes out of service. */
  readonly armUpMsMax: number;
  /** What the arm needs from one limit to the other, ms. Half as much again is still no fault. */
  readonly armTravelMs: number;
  /** Longest time a loop or the curtain is taken to bear a vehicle, ms; then it is an alarm and nothing else. */
  readonly loopStuckMs: number;
  /** How long a reversible lane must have been empty, with its signals red, before it is turned, ms. */
  readonly turnAfterMs: number;
}

/** A device of the lane and the evidence it is there for. */
export interface LaneSource {
  readonly deviceId: DeviceId;
  readonly brings: keyof LaneRequirements;
  /** The only direction it serves, in a reversible lane; absent where it serves both. */
  readonly serves?: Direction;
}

export interface LaneSettings {
  readonly laneId: LaneId;
  /** Of a reversible lane the one that its devices are named and wired for, and that it begins in. */
  readonly direction: Direction;
  readonly isReversible?: boolean;
  readonly requirements: LaneRequirements;
  readonly timing: LaneTiming;
  /** Whether kakou asks the barrier to close, or leaves it to the barrier's own controller. */
  readonly closing: 'requested' | 'byController';
  /** Below this a platform is taken to bear no vehicle, kg. */
  readonly vehicleWeightKgMin: number;
  /** There is a display for the driver; without one nothing is worked out for it. */
  readonly hasDisplay?: boolean;
  /** What brings the lane's evidence. */
  readonly sources: readonly LaneSource[];
  /** Stations ahead of it, whose captures it waits for. */
  readonly stations?: readonly StationId[];
  /** Absent where the lane has no link to the customs gate platform. */
  readonly platform?: PlatformLink;
  /** So many vehicles in a row of which a source tells nothing make it blind. */
  readonly blindAfterVehicles: number;
}

/** What a step may use beside state and input: values, and the digest that core does not compute itself. */
export interface LaneContext {
  readonly settings: LaneSettings;
  readonly policy: Policy;
  readonly policyDigest: string;
  readonly bootId: string;
  /** SHA-256 of the text's UTF-8 bytes, hexadecimal. */
  digest(text: string): string;
}

export type PointState = InputChange['state'];

/** A passage that had not ended when the daemon stopped, as the ledger tells it. */
export interface RestoredPassage {
  readonly passageId: PassageId;
  readonly startedAtMs: number;
  readonly disposition?: string;
  readonly decisionId?: DecisionId;
  readonly decision?: Decision;
  readonly plan?: CrossingPlan;
  /** Still reserved for it. */
  readonly releases: readonly ReleaseReservation[];
  /** The arm has left closed on its right. */
  readonly departed: boolean;
  readonly crossed: boolean;
  /** It cut the exit line without a right to. */
  readonly unauthorised: boolean;
  /** By whose hand the arm was up then. */
  readonly crossedUnder?: CrossedUnder;
  /** The direction of its lane then; absent where it is that of the settings. */
  readonly direction?: Direction;
}

/** What was settled about a tag that several lanes hear. */
export interface SettledTag extends Omit<TagVerdict, 'laneId'> {
  readonly atMonotonicMs: number;
}

export interface LeavingTag {
  readonly tag: TagId;
  readonly lastReadMonotonicMs: number;
}

/**
 * Somebody may have followed a vehicle over the exit line: his plate was read, and nobody is there any more. Whoever
 * comes soon is the one that was read.
 */
export interface Suspicion {
  readonly behind: PassageId;
  readonly readings: readonly ObservedAt<PlateRead>[];
  readonly hand?: CrossedUnder;
}

export interface LeavingCard {
  readonly card: CardReference;
  readonly lastReadMonotonicMs: number;
}

/** Points that a vehicle on its way through must pass. */
export type SightedPoint = 'approach' | 'presence' | 'exit' | 'curtain';

export interface Sightings {
  /** What has been occupied since the last vehicle crossed. */
  readonly seen: readonly SightedPoint[];
  /** How many vehicles in a row a point told nothing of. */
  readonly missed: Readonly<Record<SightedPoint, number>>;
}

/** What the driver of the vehicle at the arm is told. */
export type NoticeKind = 'closed' | 'welcome' | 'wait' | 'go' | 'seeClerk';

export interface DriverNotice {
  readonly kind: NoticeKind;
  readonly text: ReasonText;
  /** Why the driver has to see the clerk; absent where it is not for him to know. */
  readonly reason?: ReasonText;
}

export interface SourceSightings {
  /** Sources that have told something since the last vehicle was gone. */
  readonly heard: readonly DeviceId[];
  /** How many vehicles in a row a source told nothing of. */
  readonly missed: Readonly<Record<string, number>>;
  /** Devices that are known not to answer. */
  readonly down: readonly DeviceId[];
}

export interface LaneState {
  readonly service: ServiceMode;
  /** What a person ordered of the lane last. */
  readonly directive: LaneDirective;
  /** Which way a reversible lane is turned; absent where as it was built. */
  readonly direction?: Direction;
  /** Acts that wait for their commit. */
  readonly pendingActs: readonly PendingAct[];
  /** A person had the arm raised, or has it held up, in this run. */
  readonly raise?: OrderedRaise;
  readonly arm: ArmState;
  readonly inputs: Readonly<Record<InputPoint, PointState>>;
  /** Oldest first; never more than `passagesMax`. */
  readonly passages: readonly Passage[];
  /** Readings that came before any vehicle they could belong to. */
  readonly recent: readonly ObservedAt<IdentityReading>[];
  /** Tags of vehicles that have left, while the reader still hears them. */
  readonly leavingTags: readonly LeavingTag[];
  /** Plates of the last vehicles that crossed, newest last: a late reading of them is none of another. */
  readonly crossedPlates: readonly (readonly string[])[];
  readonly suspicion?: Suspicion;
  /** Cards of drivers who have left, while the reader still hears them. */
  readonly leavingCards: readonly LeavingCard[];
  /** Tags that this lane shares with others, newest last. */
  readonly settledTags: readonly SettledTag[];
  readonly light: 'red' | 'green';
  /** What the driver was told last. */
  readonly notice?: DriverNotice;
  /** Passages of before the restart that wait for the devices to be read. */
  readonly awaitingSensing: readonly RestoredPassage[];
  /** A close was requested since the arm was last at a limit. */
  readonly closeRequested: boolean;
  readonly armUnsupervised: boolean;
  readonly ledgerFailing: boolean;
  /** Alarms about the equipment that stand, by their keys. */
  readonly standing: readonly string[];
  readonly sightings: Sightings;
  readonly sources: SourceSightings;
  readonly raises: number;
  /** Readings and inputs that were left out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** What the day's reconciliation counts and no record has taken along yet. */
  readonly counts: Readonly<Record<string, number>>;
  /** Timers that run. */
  readonly timers: readonly string[];
  /** What the platform showed last while nobody was near it. */
  readonly platformZero?: PlatformZero;
}

export interface PendingAct {
  readonly actId: string;
  readonly act: ServiceAct;
  readonly person: string;
}

/** The arm goes up by a person's order: once, or again and again as long as it is held. */
export interface OrderedRaise {
  readonly act: 'holdOpen' | 'open';
  readonly commandId: CommandId;
  /** The last order that was given for it. */
  readonly newest: CommandId;
  readonly person: string;
}

export const passagesMax = 3;
export const recentMax = 16;
/** A tag or card that left is anyone's again after the reader has not heard it for so long, ms. */
export const tagSilenceMs = 2_000;

/** A capture of a station, for the vehicle that it is of. */
export interface FoundCapture {
  readonly stationId: StationId;
  readonly capture: Capture;
  readonly by: 'plate' | 'tag';
}

/** What a commit was for; it comes back with the result. */
export type CommitTag =
  | { readonly kind: 'decision'; readonly passageId: PassageId }
  | { readonly kind: 'act'; readonly passageId: PassageId; readonly actId: string }
  | { readonly kind: 'serviceAct'; readonly actId: string }
  /** The reversible lane has been empty for long enough. */
  | { readonly kind: 'turn'; readonly to: Direction }
  | { readonly kind: 'record' };

export type LaneInput = {
  /** UUIDv7 of this input; a passage that begins with it takes it as its id. */
  readonly id: string;
  readonly now: Instant;
} & LaneInputBody;

export type LaneInputBody =
  | { readonly kind: 'observed'; readonly observed: ObservedAt }
  | { readonly kind: 'pictured'; readonly pictured: LatePictureReference }
  | { readonly kind: 'timerDue'; readonly timer: string }
  | { readonly kind: 'factsGathered'; readonly passageId: PassageId; readonly facts: GatheredFacts }
  /** The answer to `lookAhead`. Nothing is decided on it. */
  | { readonly kind: 'factsForeseen'; readonly passageId: PassageId; readonly facts: GatheredFacts }
  /** The answer to `askPlatform`. */
  | {
      readonly kind: 'platformAsked';
      readonly passageId: PassageId;
      readonly asked: PlatformAsked;
    }
  | { readonly kind: 'platformTold'; readonly told: PlatformTold }
  | { readonly kind: 'factsUnavailable'; readonly passageId: PassageId; readonly detail: string }
  | {
      readonly kind: 'commitResult';
      readonly tag: CommitTag;
      readonly result: 'committed' | 'conflicted' | 'failed';
    }
  | {
      readonly kind: 'orderResult';
      readonly commandId: CommandId;
      readonly result: 'accepted' | 'expired' | 'failed' | 'withdrawn';
    }
  /** Files of the feed were applied. */
  | { readonly kind: 'feedChanged' }
  /** The answer to `recheckFacts`. */
  | {
      readonly kind: 'factsRechecked';
      readonly passageId: PassageId;
      readonly facts: GatheredFacts;
    }
  /** `openCases`: those of the passage that the ledger has. It is answered by `actAnswer`. */
  | {
      readonly kind: 'personAct';
      readonly act: PersonAct;
      readonly openCases: readonly string[];
    }
  | { readonly kind: 'tagSettled'; readonly verdict: TagVerdict }
  /** A station has taken a capture: it may be of a vehicle that is here already. */
  | { readonly kind: 'captureTaken' }
  /** The answer to `seekCaptures`; no other vehicle is given these. */
  | {
      readonly kind: 'capturesFound';
      readonly passageId: PassageId;
      readonly found: readonly FoundCapture[];
    }
  | { readonly kind: 'ledgerHealth'; readonly failing: boolean }
  | {
      readonly kind: 'restored';
      readonly passages: readonly RestoredPassage[];
      /** Absent where nobody has ever ordered anything of the lane. */
      readonly standing?: LaneStanding;
    }
  /** A person orders something of the lane. */
  | {
      readonly kind: 'serviceAct';
      readonly actId: string;
      readonly act: ServiceAct;
      readonly person: string;
    };

export type LaneEffect =
  | { readonly kind: 'gatherFacts'; readonly passageId: PassageId; readonly query: FactsQuery }
  /** These facts will be asked for soon, by the same query object. */
  | { readonly kind: 'lookAhead'; readonly passageId: PassageId; readonly query: FactsQuery }
  | { readonly kind: 'askPlatform'; readonly question: PlatformQuestion }
  /** Whether stations ahead of the lane have read this vehicle. */
  | {
      readonly kind: 'seekCaptures';
      readonly passageId: PassageId;
      readonly stations: readonly StationId[];
      readonly vehicle: VehicleIdentity;
    }
  /** What was decided on these facts has been carried out, and they may have changed. */
  | { readonly kind: 'recheckFacts'; readonly passageId: PassageId; readonly query: FactsQuery }
  /**
   * One transaction. `decision` and `act` commits may conflict; `record` commits are kept until they are written. What waits
   * for a commit of any other kind is told what became of it, and nothing is kept.
   */
  | { readonly kind: 'commit'; readonly tag: CommitTag; readonly change: LedgerChange }
  | {
      readonly kind: 'order';
      readonly order: 'barrierOpen' | 'barrierClose';
      readonly purpose: 'decision' | 'safetyRaise' | 'close' | 'act';
      readonly commandId: CommandId;
      /** The write must not start after this moment of the monotonic clock. */
      readonly notAfterMonotonicMs: number;
    }
  /** From now on nothing more of the order is written. What is on the wire already is not taken back. */
  | { readonly kind: 'withdrawOrder'; readonly commandId: CommandId }
  | { readonly kind: 'actAnswer'; readonly actId: string; readonly answer: ActAnswer }
  | {
      readonly kind: 'serviceActAnswered';
      readonly actId: string;
      readonly answer: ServiceActAnswer;
    }
  | { readonly kind: 'light'; readonly colour: 'red' | 'green' }
  /** For the driver's display: best effort, and worth nothing once there is a newer one. */
  | { readonly kind: 'notice'; readonly notice: DriverNotice }
  | { readonly kind: 'startTimer'; readonly timer: string; readonly delayMs: number }
  | { readonly kind: 'cancelTimer'; readonly timer: string };

export interface LaneStep {
  readonly state: LaneState;
  readonly effects: readonly LaneEffect[];
}
