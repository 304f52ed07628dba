/**
 * One vehicle's way through the lane.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> approaching
 *   approaching --> capturing
 *   capturing --> deciding
 *   capturing --> referred
 *   capturing --> refused
 *   deciding --> admitted
 *   deciding --> referred
 *   deciding --> held
 *   deciding --> refused
 *   deciding --> capturing
 *   deciding --> [*]
 *   admitted --> opening
 *   admitted --> referred
 *   admitted --> passing
 *   opening --> passing
 *   opening --> referred
 *   capturing --> passing
 *   deciding --> passing
 *   referred --> passing
 *   held --> passing
 *   refused --> passing
 *   referred --> deciding
 *   held --> deciding
 *   refused --> deciding
 *   referred --> refused
 *   held --> refused
 *   approaching --> [*]
 *   capturing --> [*]
 *   admitted --> [*]
 *   opening --> [*]
 *   referred --> [*]
 *   held --> [*]
 *   refused --> [*]
 *   passing --> [*]
 * ```
 *
 * `admitted`: the decision is committed and the open order given; `opening`: the arm has left closed;
 * `passing`: the exit line is cut. A diverted vehicle takes the same way without a release. Whoever cuts the
 * exit line without a right to it is `passing` too, and its passage ends as tailgated; as evacuated or passed locally
 * where a person held the arm up. These are the states in which a passage may do different things; what a person is
 * told of it is `stateOf`.
 */

import type { PlatformPart } from '../customs-platform/exchange.ts';
import type { Correction } from '../decision/corrected.ts';
import type { Decision, Groundwork } from '../decision/decide.ts';
import type { PersonOrder } from '../decision/person-order.ts';
import type { EntryRecord } from '../entry-record.ts';
import type { Direction, FactsQuery, GatheredFacts } from '../facts.ts';
import type { Evidence } from '../identification/evidence.ts';
import type { Identification } from '../identification/identify.ts';
import type { CommandId, DecisionId, DeviceId, PassageId, VisitId } from '../identity.ts';
import type { ReleaseReservation } from '../ledger-change.ts';
import type { ObservedAt, PictureReference, PlateRead } from '../observation.ts';
import type { Instant } from '../time.ts';
import type { WeightOutcome } from '../weighing/weighing.ts';
import type { Rig } from '../yard/rig.ts';
import type { PersonAct } from './acts/person-act.ts';

export type PassageKind =
  | 'approaching'
  | 'capturing'
  | 'deciding'
  | 'admitted'
  | 'opening'
  | 'passing'
  | 'referred'
  | 'held'
  | 'refused';

export const transitions: readonly { from: PassageKind; to: PassageKind; on: string }[] = [
  { from: 'approaching', to: 'capturing', on: 'presenceOccupied' },
  { from: 'capturing', to: 'deciding', on: 'evidenceComplete' },
  { from: 'capturing', to: 'referred', on: 'armNotClosed' },
  { from: 'capturing', to: 'refused', on: 'turnedBack' },
  { from: 'deciding', to: 'admitted', on: 'committed' },
  { from: 'deciding', to: 'referred', on: 'committed' },
  { from: 'deciding', to: 'held', on: 'committed' },
  { from: 'deciding', to: 'refused', on: 'committed' },
  { from: 'deciding', to: 'capturing', on: 'actCameToNothing' },
  { from: 'admitted', to: 'opening', on: 'armDeparted' },
  { from: 'admitted', to: 'referred', on: 'orderFailed' },
  { from: 'admitted', to: 'passing', on: 'exitLineCut' },
  { from: 'opening', to: 'passing', on: 'exitLineCut' },
  { from: 'opening', to: 'referred', on: 'armCameDown' },
  { from: 'capturing', to: 'passing', on: 'exitLineCut' },
  { from: 'deciding', to: 'passing', on: 'exitLineCut' },
  { from: 'referred', to: 'passing', on: 'exitLineCut' },
  { from: 'held', to: 'passing', on: 'exitLineCut' },
  { from: 'refused', to: 'passing', on: 'exitLineCut' },
  { from: 'capturing', to: 'deciding', on: 'personActed' },
  { from: 'referred', to: 'deciding', on: 'personActed' },
  { from: 'held', to: 'deciding', on: 'personActed' },
  { from: 'refused', to: 'deciding', on: 'personActed' },
  { from: 'referred', to: 'refused', on: 'turnedBack' },
  { from: 'held', to: 'refused', on: 'turnedBack' },
];

/** What happens to the visit when the exit line is cut. Written with the decision, so a restart still knows. */
export interface CrossingPlan {
  readonly open?: {
    readonly plate: string;
    readonly containers: readonly string[];
    /** Absent in plans of an older version. */
    readonly entered?: EntryRecord;
  };
  readonly close: readonly {
    readonly visitId: VisitId;
    readonly cause: 'exitRecorded' | 'exitNotCaptured';
  }[];
  /** A person has sent it somewhere. */
  readonly appear?: { readonly place: string; readonly byMs: number };
  /** What stood there when it was decided on; after a restart nothing else tells. */
  readonly rig?: Rig;
}

export const nothingPlanned: CrossingPlan = { close: [] };

/** Who stands there, as worked out for these readings before the weight had come, and what will be asked about him. */
export interface Foresight {
  readonly readings: Pick<
    Evidence,
    | 'plates'
    | 'containers'
    | 'tags'
    | 'suspectTags'
    | 'driverCards'
    | 'staleDriverCard'
    | 'stations'
  >;
  readonly identification: Identification;
  readonly correction?: Correction;
  readonly query: FactsQuery;
  readonly groundwork?: Groundwork;
}

/** By whose hand the arm was up when somebody crossed without a right: none of them is a security event. */
export type CrossedUnder = 'evacuation' | 'localControl';

/** The right to one departure of the arm from closed. */
export interface OpeningRight {
  readonly commandId: CommandId;
  /** Monotonic limit for the write of the order, ms. */
  readonly notAfterMonotonicMs: number;
  readonly used: boolean;
  /** The decision that gave it; absent where it is the newest of the passage. */
  readonly decisionId?: DecisionId;
  /** Its order was never written: no departure is due to it. */
  readonly isUnwritten?: true;
  /** The one whose place it took, and whose order may still move a slow arm. */
  readonly earlier?: OpeningRight;
}

/** A picture with the device that took it. */
export interface PassagePicture extends PictureReference {
  readonly deviceId: DeviceId;
}

/** An act that waits for its decision. */
export interface PendingAct {
  readonly act: PersonAct;
  /** Cases of the passage that a clerk has before him: the act settles them. */
  readonly openCases: readonly string[];
  /** As it stood; it stands so again where the act comes to nothing. */
  readonly before: Passage;
}

/** What persons have said and ordered about a passage. */
export interface PassageActs {
  readonly correction?: Correction;
  readonly pending?: PendingAct;
  /** On which the newest decision was made. */
  readonly order?: PersonOrder;
}

/** What may have come over the exit line behind one that crosses: another vehicle, or its own trailer behind a gap. */
export interface Following {
  /** Presence was left and covered anew since it cut the line. */
  readonly isCoveredAnew: boolean;
  /** Cuts of the exit line after its own, without a gap that was seen. */
  readonly cuts: number;
  /** One of them came after presence was covered anew. */
  readonly mayBeAnother: boolean;
  /** By whose hand the arm was up then. */
  readonly hand?: CrossedUnder;
  /** What was read since of vehicles other than itself, live and certain. */
  readonly strangers: readonly ObservedAt<PlateRead>[];
}

type WithoutAge<Part> = Part extends unknown ? Omit<Part, 'ageMs'> : never;
export type PlatformSettled = WithoutAge<Exclude<PlatformPart, { kind: 'notAsked' }>>;

/** The question to the customs gate platform about this vehicle, as it was read or corrected last. */
export type PlatformQuery =
  | { readonly kind: 'awaited'; readonly seqNo: string }
  | {
      readonly kind: 'settled';
      readonly seqNo: string;
      readonly part: PlatformSettled;
      readonly atMonotonicMs: number;
    };

export interface Passage {
  readonly passageId: PassageId;
  readonly kind: PassageKind;
  /** The direction its lane had when it came; it is judged in no other. */
  readonly direction: Direction;
  /** Came when the lane was ordered closed. */
  readonly isUninvited?: boolean;
  readonly startedAt: Instant;
  readonly stateSince: Instant;
  readonly evidence: Evidence;
  readonly pictures: readonly PassagePicture[];
  /** Those of them that stand in no entry yet. */
  readonly picturesDue: readonly PassagePicture[];
  /** How often a decision was begun. */
  readonly attempts: number;
  /** The wait for evidence is over. */
  readonly captureOver: boolean;
  /** Presence has cleared since the vehicle stood there. */
  readonly presenceLeft: boolean;
  /** Presence cleared while approach was still occupied: the vehicle left the way it came. */
  readonly leftBackwards: boolean;
  /** Approach was covered anew while it stood there: by another vehicle, or by its own trailer behind a gap. */
  readonly isFollowed?: true;
  readonly foresight?: Foresight;
  readonly identification?: Identification;
  readonly weight?: WeightOutcome;
  /** Absent where the lane has no link, or nobody has asked yet. */
  readonly platform?: PlatformQuery;
  readonly decision?: Decision;
  readonly decisionId?: DecisionId;
  /** What the decision looked up. */
  readonly decidedOn?: FactsQuery;
  /** What it found: which plates are those of this vehicle. */
  readonly facts?: GatheredFacts;
  /** Why it must not go on although it was let through: a hold or a revocation came after the commit. */
  readonly stopped?: readonly string[];
  readonly reasons: readonly string[];
  readonly plan: CrossingPlan;
  readonly releases: readonly ReleaseReservation[];
  readonly right?: OpeningRight;
  /** Cut the exit line without a right to. */
  readonly unauthorised: boolean;
  readonly crossedUnder?: CrossedUnder;
  /** Was out of sight: a restart, or loops that were unknown. Nothing is proven of where it went. */
  readonly lostSight: boolean;
  /** Was let through, and the lane has been empty since: whoever comes under the raised arm now is another. */
  readonly left: boolean;
  /** Has crossed, and was seen past every loop and the curtain: what they see now is another. */
  readonly seenPast: boolean;
  readonly following?: Following;
  readonly acts?: PassageActs;
  /** Presence cleared while an answer was awaited: who stands there now may be another. */
  readonly isVehicleInDoubt?: true;
  /** The arm was out of sight since the decision: nobody knows that it never left closed. */
  readonly armUnseen?: true;
}

/** Has been let through, and nothing has come since that forbids it. */
export function mayGo(passage: Passage): boolean {
  return isLetThrough(passage) && !passage.left && !passage.stopped;
}

/** Has been let through and has not finished. */
export function isUnderWay(passage: Passage): boolean {
  return passage.kind === 'passing' || (isLetThrough(passage) && !passage.left);
}

/** Has been let through and has not reached the exit line. */
export function isLetThrough({ kind }: Passage): boolean {
  return kind === 'admitted' || kind === 'opening';
}

/** What a person is told of a passage: where its kind alone would mislead him, a word of its own. */
export type PassageState = PassageKind | 'diverting' | 'reversed' | 'tailgated';

/**
 * `diverting`: on its way, and not released; `reversed`: has left the lane the way it came, its right is void, and the
 * arm is not down yet; `tailgated`: over the line without a right, under an arm that nobody held up.
 */
export function stateOf(passage: Passage): PassageState {
  const { kind, unauthorised, crossedUnder, left, leftBackwards, decision } = passage;
  if (kind === 'passing' && unauthorised) return crossedUnder ? kind : 'tailgated';
  if (left && leftBackwards) return 'reversed';
  return isUnderWay(passage) && decision?.disposition === 'divert' ? 'diverting' : kind;
}
