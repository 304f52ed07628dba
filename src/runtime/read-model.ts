/**
 * What the panel shows, as plain values: the runtime fills it, the server sends it as JSON, the page draws
 * it. Ages are milliseconds at the moment the value was made, by the monotonic clock; the page lets them
 * grow by itself, so a screen whose own clock is wrong still shows right ages. Wall times are labels.
 */
import type { ReasonEvidence, ReasonText } from '../core/decision/check.ts';
import type { CheckResult } from '../core/decision/decide.ts';
import type { Disposition } from '../core/decision/policy.ts';
import type { Direction, FactKind } from '../core/facts.ts';
import type { IdentifiedContainer } from '../core/identification/identify.ts';
import type { PlateColour } from '../core/identifiers/vehicle-plate.ts';
import type { PassageOutcome } from '../core/journal/events.ts';
import type { ArmKind } from '../core/lane/arm.ts';
import type { PassageState } from '../core/lane/passage.ts';
import type { ServiceKind } from '../core/lane/service-mode.ts';
import type { DeviceHealth, InputChange, PictureReference } from '../core/observation.ts';
import type { ClockState } from '../core/time.ts';
import type { WeightOutcome } from '../core/weighing/weighing.ts';

export interface GateView {
  /** Sequence of the newest change that this view contains. */
  readonly sequence: number;
  readonly site: string;
  readonly gate: string;
  readonly startedAtMs: number;
  readonly clock: ClockView;
  readonly uplink: UplinkView;
  readonly feed: readonly FeedSourceView[];
  /** In the order in which the page shows them. */
  readonly lanes: readonly LaneView[];
  readonly devices: readonly DeviceView[];
}

/** A code of the fault table with its words. */
export interface FaultView {
  readonly code: string;
  readonly text: ReasonText;
}

/** An alarm about a lane's equipment that stands. */
export interface AlarmView extends FaultView {
  /** What it is about, where the code alone does not say: a device and its contact, a loop. */
  readonly of?: string;
}

export interface ClockView {
  readonly state: ClockState;
}

export interface UplinkView {
  readonly connected: boolean;
  /** Committed entries that the centre has not acknowledged. */
  readonly unacknowledged: number;
  /** Sequence of the newest entry that the centre has acknowledged; 0 for none. */
  readonly acknowledgedThrough: number;
  /** Absent while everything is acknowledged. */
  readonly oldestUnacknowledgedAgeMs?: number;
}

export interface FeedSourceView {
  readonly source: string;
  readonly kinds: readonly FactKind[];
  /** Age of the watermark; absent while none came. */
  readonly ageMs?: number;
  readonly watermarkAtMs?: number;
  /** Age from which the policy counts the source as not current. */
  readonly staleAfterMs?: number;
  readonly stale: boolean;
  /** Missing ranges that nobody has acknowledged. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Records laid aside because they could not be read. */
  readonly quarantined: number;
}

export type ShownInput = 'approach' | 'presence' | 'exit' | 'curtain';

export interface LaneView {
  readonly laneId: string;
  /** Of a reversible lane the one it has now. */
  readonly direction: Direction;
  readonly isReversible?: boolean;
  readonly serviceMode: ServiceKind;
  /** Why the lane does not work by itself; absent in service. */
  readonly serviceCause?: FaultView;
  readonly arm: { readonly state: ArmKind };
  readonly light: 'red' | 'green';
  readonly inputs: Readonly<Record<ShownInput, InputChange['state']>>;
  /** What is wrong with the equipment now, oldest first. */
  readonly alarms: readonly AlarmView[];
  /** Vehicles in the lane, oldest first. */
  readonly passages: readonly PassageView[];
  /** The newest decision of this lane; stays after its vehicle has left. */
  readonly lastDecision?: DecisionView;
  /** Ended passages, newest first; the page shows eight. */
  readonly lastPassages: readonly EndedPassageView[];
  readonly openExceptions: {
    readonly count: number;
    /** Newest first; bounded, so it may be shorter than `count`. */
    readonly newest: readonly ExceptionView[];
  };
}

export interface PassageView {
  readonly passageId: string;
  readonly state: PassageState;
  /** Has cut the exit line. */
  readonly hasCrossed: boolean;
  readonly startedAtMs: number;
  /** Time in the present state. */
  readonly stateAgeMs: number;
  readonly tractor?: PlateView;
  readonly trailer?: PlateView;
  readonly tags: readonly string[];
  /** `captured` with no container is the camera's statement that it saw none. */
  readonly containerCapture: 'none' | 'captured';
  readonly containers: readonly ContainerView[];
  /** Absent while the lane has not weighed yet. */
  readonly weight?: WeightView;
  /** In the order in which they came, at most 16; absent where none came. */
  readonly pictures?: readonly PictureView[];
  readonly decision?: DecisionView;
  /** Why a clerk was asked beside what the decision says, gravest first: an order that failed, a restart. */
  readonly referredFor: readonly FaultView[];
  /** Cut the exit line without a right to. */
  readonly unauthorised: boolean;
}

/** A picture of the vehicle; its bytes are asked for by hash. */
export interface PictureView {
  readonly sha256: string;
  readonly role: PictureReference['role'];
  readonly deviceId: string;
  /** It ends too early or cannot be decoded. */
  readonly isBroken?: true;
}

export interface PlateView {
  readonly text: string;
  readonly colour?: PlateColour;
  /** 0 to 1; absent where no camera gave one. */
  readonly confidence?: number;
}

export interface ContainerView {
  readonly position: IdentifiedContainer['position'];
  /** The number, or the text as read where it is none. */
  readonly text: string;
  readonly checkDigit: 'right' | 'wrong' | 'unreadable';
  readonly confidence?: number;
  readonly isoType?: string;
}

type WithoutDevice<Outcome> = Outcome extends unknown ? Omit<Outcome, 'deviceId'> : never;

export type WeightView = WithoutDevice<WeightOutcome>;

export interface DecisionView {
  readonly passageId: string;
  /** Plate of the vehicle decided on, where one was read. */
  readonly plate?: string;
  readonly disposition: Disposition;
  readonly decidedAtMs: number;
  readonly policy: { readonly name: string; readonly version: number };
  /** Every check that ran, in the order of the catalogue; the page puts the gravest first. */
  readonly checks: readonly CheckView[];
}

export interface CheckView {
  readonly id: string;
  readonly outcome: CheckResult['outcome'];
  /** Reason code, its text and its consequence; absent where the check passed or had nothing to judge. */
  readonly code?: string;
  readonly text?: ReasonText;
  readonly consequence?: NonNullable<CheckResult['consequence']>;
  readonly evidence?: ReasonEvidence;
}

export interface EndedPassageView {
  readonly passageId: string;
  readonly plate?: string;
  readonly containers: readonly string[];
  /** Absent where none came. */
  readonly pictures?: readonly PictureView[];
  readonly outcome: PassageOutcome;
  readonly endedAtMs: number;
  /** Of its last entry: the centre has the whole passage once it has acknowledged through this. */
  readonly lastSequence: number;
}

export interface ExceptionView {
  readonly exceptionId: string;
  readonly passageId: string;
  /** Absent where none was read. */
  readonly plate?: string;
  /** Reason code of the cause. */
  readonly cause: string;
  readonly text: ReasonText;
  readonly openedAtMs: number;
  /** Of its vehicle; absent where none are kept. */
  readonly pictures?: readonly PictureView[];
}

export interface DeviceView {
  readonly deviceId: string;
  /** Absent for a device that several lanes share. */
  readonly laneId?: string;
  readonly kind:
    | 'weighbridge'
    | 'rfidReader'
    | 'plateCamera'
    | 'containerCamera'
    | 'ioModule'
    | 'display';
  readonly state: DeviceHealth['state'];
  /** Age of the last good message; absent while none came. */
  readonly lastGoodAgeMs?: number;
  /** Absent when up. */
  readonly fault?: FaultView;
  /** Its profile rests on facts without a source. */
  readonly experimental: boolean;
  /** Frames, faults and drops by name. */
  readonly counters: Readonly<Record<string, number>>;
}

/** One part of the view, whole: it replaces the earlier part of the same kind and id. */
export type ViewPart =
  | { readonly kind: 'clock'; readonly clock: ClockView }
  | { readonly kind: 'uplink'; readonly uplink: UplinkView }
  | { readonly kind: 'feed'; readonly feed: readonly FeedSourceView[] }
  | { readonly kind: 'lane'; readonly lane: LaneView }
  | { readonly kind: 'device'; readonly device: DeviceView };

export interface ViewChange {
  /** Rises by at least one with every change of the gate. */
  readonly sequence: number;
  readonly part: ViewPart;
}

/** Data of the stream's `change` event: parts that changed since the event before it. */
export interface ChangeEvent {
  readonly sequence: number;
  readonly parts: readonly ViewPart[];
}

/** Where the panel takes its view from. Both calls are synchronous; a listener must not throw. */
export interface PanelSource {
  snapshot(): GateView;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (change: ViewChange) => void): () => void;
}

/** What a part replaces: parts with the same key are versions of one thing. */
export function partKey(part: ViewPart): string {
  switch (part.kind) {
    case 'lane':
      return `lane:${part.lane.laneId}`;
    case 'device':
      return `device:${part.device.deviceId}`;
    default:
      return part.kind;
  }
}

/** The view with one part replaced, or added where it is new. */
export function withPart(view: GateView, part: ViewPart): GateView {
  switch (part.kind) {
    case 'clock':
      return { ...view, clock: part.clock };
    case 'uplink':
      return { ...view, uplink: part.uplink };
    case 'feed':
      return { ...view, feed: part.feed };
    case 'lane':
      return { ...view, lanes: replaced(view.lanes, part.lane, ({ laneId }) => laneId) };
    case 'device':
      return { ...view, devices: replaced(view.devices, part.device, ({ deviceId }) => deviceId) };
  }
}

function replaced<Item>(
  items: readonly Item[],
  item: Item,
  idOf: (item: Item) => string,
): readonly Item[] {
  const id = idOf(item);
  const known = items.some((other) => idOf(other) === id);
  return known ? items.map((other) => (idOf(other) === id ? item : other)) : [...items, item];
}
