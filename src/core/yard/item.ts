/**
 * What is on the premises and has an end to come: each item is one small machine with a clock of its own. Tractor,
 * trailer and box are separate items, because a trailer is dropped and a box leaves by water. An item is a value; its
 * row is written in the transaction of what changed it.
 */
import type { LaneId, PassageId, VisitId } from '../identity.ts';
import type { Rig } from './rig.ts';

/** Why something is still open: a closed list. */
export const openCauses = [
  'still-inside',
  'held-inside',
  'exit-not-captured',
  'exit-not-joined',
  'left-while-arm-held-open',
  'outage-gap',
  'exited-elsewhere',
  'left-by-water',
  'dropped-trailer',
  're-hitched',
  'withdrawn',
  'never-entered',
  'registration-rejected',
  'registration-unanswered',
  'appearance-overdue',
  'undetermined',
] as const;

export type OpenCause = (typeof openCauses)[number];

export interface FoundCause {
  readonly cause: OpenCause;
  readonly atMs: number;
  /** What it rests on, in the words of the journal. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Of `undetermined`: what it may be, and what a person has to do by when. */
  readonly candidates?: readonly OpenCause[];
  readonly task?: 'yardCheck';
  readonly dueAtMs?: number;
}

interface Head {
  readonly itemId: string;
  /** What it is found under: a plate, a trailer's plate, a box, with its prefix; see `subjectOf`. */
  readonly subject: string;
  readonly visitId?: VisitId;
  readonly openedAtMs: number;
  readonly closedAtMs?: number;
  /** When its age is looked at next; absent where nothing of it ages. */
  readonly lookAtMs?: number;
  readonly found?: FoundCause;
}

/** What a person found who looked for it in the yard. */
export interface YardCheck {
  readonly atMs: number;
  readonly person: string;
  readonly found: boolean;
}

/** What customs answered to a registration. */
export interface CustomsAnswer {
  readonly factId: string;
  readonly answer: 'accepted' | 'rejected';
  readonly reason?: string;
}

/** A tractor's stay (进出场). */
export interface VisitItem extends Head {
  readonly kind: 'visit';
  readonly visitId: VisitId;
  readonly state: 'inside' | 'left' | 'leftUnseen';
  readonly body: {
    readonly passageId: PassageId;
    readonly laneId: LaneId;
    readonly rig: Rig;
    /** Last sign that it was on the premises, ms since 1970. */
    readonly seenAtMs: number;
    /** Bound in the premises for its way out: it is expected to leave soon after. */
    readonly boundForExitAtMs?: number;
    readonly exitPassageId?: PassageId;
    readonly reEntry?: PassageId;
    /** It was let through the exit lane and has gone from there, and nobody saw it cross. */
    readonly unobserved?: PassageId;
    readonly withdrawn?: { readonly person: string; readonly reason: string };
    /** Customs registered an exit that this gate did not report. */
    readonly elsewhere?: string;
    /** What customs answered to an exit that this gate has not seen yet: it is that exit's answer when it comes. */
    readonly answeredAhead?: CustomsAnswer;
    readonly check?: YardCheck;
  };
}

/** A trailer's stay: it may change its tractor. */
export interface TrailerItem extends Head {
  readonly kind: 'trailer';
  readonly state: 'hitched' | 'dropped' | 'unseen' | 'left';
  readonly body: {
    readonly passageId: PassageId;
    readonly tractor: string;
    readonly droppedAtMs?: number;
    readonly leftWith?: string;
    readonly exitPassageId?: PassageId;
    readonly check?: YardCheck;
  };
}

export interface Contents {
  readonly version: number;
  readonly consignments: readonly string[];
  readonly seals: readonly string[];
}

/** Custody of a box (在场箱): how it came, and how it left. */
export interface BoxItem extends Head {
  readonly kind: 'box';
  readonly state: 'onTruck' | 'grounded' | 'unseen' | 'left';
  readonly body: {
    readonly came: 'road' | 'water' | 'stuffing';
    readonly passageId?: PassageId;
    readonly plate?: string;
    readonly trailer?: string;
    readonly contents?: Contents;
    readonly position?: string;
    readonly seenAtMs: number;
    readonly left?: 'road' | 'water' | 'stripped';
    readonly leftWith?: string;
    readonly exitPassageId?: PassageId;
    readonly check?: YardCheck;
  };
}

/**
 * What customs must know of an exit (出场登记), and where the site says so of an entry (进场登记).
 *
 * `captured`: the crossing is on record and belongs to no visit yet; `matched`: it waits to be sent; `sent`: the centre has
 * it; `writtenBack`: the answer stands in the visit.
 */
export interface RegistrationItem extends Head {
  readonly kind: 'registration';
  readonly state: RegistrationState;
  readonly body: {
    /** Of an exit where it is left out. */
    readonly registered?: 'entry' | 'exit';
    readonly passageId: PassageId;
    readonly laneId: LaneId;
    readonly rig: Rig;
    readonly crossedAtMs: number;
    /** Sequence of the entry that carries it to the centre. */
    readonly sequence?: number;
    readonly sentAtMs?: number;
    readonly answeredAtMs?: number;
    readonly reason?: string;
    readonly factId?: string;
  };
}

export type RegistrationState =
  | 'captured'
  | 'matched'
  | 'sent'
  | 'accepted'
  | 'rejected'
  | 'unanswered'
  | 'writtenBack';

/** A trip under customs transfer (转关): complete when its exit is registered, and its entry where that is registered too. */
export interface TripItem extends Head {
  readonly kind: 'trip';
  readonly visitId: VisitId;
  readonly state: 'under way' | 'complete';
  readonly body: { readonly plate: string; readonly containers: readonly string[] };
}

/** A vehicle over the line that no visit accounts for. */
export interface LooseCrossingItem extends Head {
  readonly kind: 'crossing';
  readonly state: 'unjoined' | 'joined';
  readonly body: {
    readonly passageId: PassageId;
    readonly laneId: LaneId;
    readonly direction: 'in' | 'out';
    readonly rig: Rig;
    /** The arm stood up by nobody's right when it crossed. */
    readonly armHeldOpen: boolean;
    readonly authorised: boolean;
  };
}

/** Who was bound before arrival and has not come. */
export interface ExpectedItem extends Head {
  readonly kind: 'expected';
  readonly state: 'expected' | 'entered' | 'unbound';
  readonly body: {
    readonly plate: string;
    readonly containers: readonly string[];
    readonly check?: YardCheck;
  };
}

/** A hold that stands, from the feed or placed here (布控, 扣箱). */
export interface HoldItem extends Head {
  readonly kind: 'hold';
  readonly state: 'placed' | 'lifted';
  readonly body: {
    readonly instruction: string;
    readonly moves: readonly string[];
    readonly reason: string;
    readonly authority: string;
    readonly origin: 'feed' | 'local';
    readonly version: number;
  };
}

/** A duty attached to a release (附条件). */
export interface ObligationItem extends Head {
  readonly kind: 'obligation';
  readonly state: 'open' | 'discharged';
  readonly body: { readonly duty: string; readonly containers: readonly string[] };
}

/** Where a diverted vehicle has to appear, until a person has seen it there. */
export interface AppearanceItem extends Head {
  readonly kind: 'appearance';
  readonly state: 'due' | 'appeared';
  readonly body: {
    /** Of the passage in which it was diverted. */
    readonly passageId: PassageId;
    readonly place: string;
    readonly dueAtMs: number;
    /** It went over the line again before anybody had seen it there. */
    readonly leftAt?: PassageId;
    readonly check?: YardCheck;
  };
}

export type Item =
  | VisitItem
  | TrailerItem
  | BoxItem
  | RegistrationItem
  | TripItem
  | LooseCrossingItem
  | ExpectedItem
  | HoldItem
  | ObligationItem
  | AppearanceItem;

export type ItemKind = Item['kind'];

export type ItemOf<K extends ItemKind> = Extract<Item, { readonly kind: K }>;

export const subjectOf = {
  plate: (plate: string) => `p:${plate}`,
  trailer: (plate: string) => `t:${plate}`,
  box: (container: string) => `c:${container}`,
  consignment: (id: string) => `d:${id}`,
  passage: (id: string) => `k:${id}`,
} as const;

/** The items of a kind that are still open. */
export function openOf<K extends ItemKind>(items: readonly Item[], kind: K): readonly ItemOf<K>[] {
  return items.filter(
    (item): item is ItemOf<K> => item.kind === kind && item.closedAtMs === undefined,
  );
}

/** An item that has come to its end: nothing of it ages any more. */
export function closed<I extends Item>(item: I, atMs: number): I {
  const { lookAtMs: _, ...rest } = item;
  return { ...rest, closedAtMs: atMs } as I;
}
