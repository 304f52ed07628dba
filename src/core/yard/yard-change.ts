/** What the yard is told, what it wants to know first, and what comes of it. All of them are values. */
import type { Fact } from '../facts.ts';
import type { LaneId, PassageId, VisitId } from '../identity.ts';
import type { EventDraft } from '../journal/events.ts';
import type { VisitChange } from '../visit-change.ts';
import type { Item } from './item.ts';
import type { Rig } from './rig.ts';

/** Somebody cut the exit line of a lane. */
export interface YardCrossing {
  readonly kind: 'crossed';
  readonly atMs: number;
  readonly passageId: PassageId;
  readonly laneId: LaneId;
  readonly direction: 'in' | 'out';
  readonly authorised: boolean;
  /** Sent aside without a release: outbound it stays on the premises. */
  readonly diverted: boolean;
  /** A person has sent it somewhere, and it has to be there by then. */
  readonly appear?: { readonly place: string; readonly byMs: number };
  readonly rig: Rig;
  readonly visits: readonly VisitChange[];
}

/** Who was let through has gone from the lane, and nobody saw whether he crossed. */
export interface YardUnobserved {
  readonly kind: 'unobserved';
  readonly atMs: number;
  readonly passageId: PassageId;
  /** Those that his crossing would have ended. */
  readonly visitIds: readonly VisitId[];
}

/** Over the exit line under an arm that a person held up, by one whose visits are open. */
export interface YardLeftUnderHeldArm {
  readonly kind: 'leftUnderHeldArm';
  readonly atMs: number;
  readonly passageId: PassageId;
  readonly visitIds: readonly VisitId[];
}

/** Kinds of fact that say what became of something on the premises. */
export const followedKinds = [
  'hold',
  'exit-registration',
  'stuffing',
  'obligation',
  'tally',
  'binding',
] as const satisfies readonly Fact['kind'][];

export type FollowedFact = Extract<Fact, { readonly kind: (typeof followedKinds)[number] }>;

/** A fact of the feed that is followed; where it stands in its source, so that it is taken once. */
export interface YardFact {
  readonly kind: 'fact';
  readonly atMs: number;
  readonly fact: FollowedFact;
  /** The source has taken it back. */
  readonly deleted: boolean;
}

export interface YardSent {
  readonly kind: 'sent';
  readonly atMs: number;
  /** The centre has everything up to this entry of the journal. */
  readonly throughSequence: number;
}

/** An act of a person (see `acts.ts`). */
export interface YardAct {
  readonly kind: 'act';
  readonly atMs: number;
  readonly person: string;
  /** Under one id it is one act, however often it is asked for. */
  readonly actId: string;
  readonly act: PersonAct;
}

export type PersonAct =
  /** The exit crossing is that of this visit. */
  | { readonly act: 'join'; readonly crossing: string; readonly visit: string }
  /** An entry without a visit: it was this truck. */
  | { readonly act: 'recordEntry'; readonly crossing: string; readonly plate: string }
  /** Somebody has looked for it. */
  | { readonly act: 'yardCheck'; readonly item: string; readonly found: boolean }
  | { readonly act: 'withdraw'; readonly visit: string; readonly reason: string }
  | { readonly act: 'dropTrailer'; readonly trailer: string }
  | { readonly act: 'hitch'; readonly trailer: string; readonly plate: string }
  | { readonly act: 'moveBox'; readonly container: string; readonly position: string }
  | {
      readonly act: 'placeHold';
      readonly subject: { readonly kind: 'container' | 'vehicle'; readonly name: string };
      readonly instruction: 'stop' | 'inspect' | 'escort';
      readonly reason: string;
    }
  | { readonly act: 'liftHold'; readonly hold: string; readonly reason: string }
  /** The cause that was found is right, and nothing more is to come. */
  | { readonly act: 'settle'; readonly item: string; readonly reason: string };

/** The age of an item is looked at. */
export interface YardLook {
  readonly kind: 'look';
  readonly atMs: number;
  readonly itemId: string;
}

/** The day is over: what went over the lines is counted up. */
export interface YardDayClosed {
  readonly kind: 'dayClosed';
  readonly atMs: number;
  readonly date: string;
}

/** Several at once, in one transaction. */
export interface YardBatch {
  readonly kind: 'batch';
  readonly atMs: number;
  readonly inputs: readonly (YardFact | YardLook)[];
}

export type YardInput =
  | YardBatch
  | YardCrossing
  | YardUnobserved
  | YardLeftUnderHeldArm
  | YardFact
  | YardSent
  | YardAct
  | YardLook
  | YardDayClosed;

/** Rows that are wanted: open items under a subject, items of a visit, and items by their id. */
export interface YardQuery {
  readonly subjects: readonly string[];
  readonly visitIds: readonly VisitId[];
  readonly itemIds: readonly string[];
}

/** An exit lane that nobody could watch. */
export interface Outage {
  readonly laneId: string;
  readonly fromMs: number;
  readonly untilMs?: number;
}

/** What may have happened while nobody saw it, in a window of time. */
export interface Opportunities {
  /** Crossings that belong to no visit, oldest first, at most 500. */
  readonly loose: readonly Extract<Item, { readonly kind: 'crossing' }>[];
  readonly outages: readonly Outage[];
}

/** The rows that were wanted. */
export interface Premises {
  readonly items: readonly Item[];
  /** The arm of the lane stands up by nobody's right. */
  readonly armHeldOpen: boolean;
  /** Sequence of the first entry that this step will write. */
  readonly nextSequence: number;
  opportunities(direction: 'in' | 'out', fromMs: number, untilMs: number): Opportunities;
}

export interface YardChange {
  /** Each as it is from now on. */
  readonly items: readonly Item[];
  readonly visits: readonly VisitChange[];
  readonly events: readonly EventDraft[];
  /** Something that came with these visits has ended: why their trips are open may be another reason now. */
  readonly lookAgainAt: readonly VisitId[];
}

/** Ages at which what is still open is looked at, ms; and what customs must know of. */
export interface YardLimits {
  /** Exits are registered with customs in any case. */
  readonly registersEntries: boolean;
  readonly visitMs: number;
  readonly trailerMs: number;
  readonly boxMs: number;
  readonly tripMs: number;
  readonly registrationMs: number;
  readonly crossingMs: number;
  readonly expectedMs: number;
  /** From being bound for the exit to the exit line, at most. */
  readonly leaveMs: number;
  /** A person has so long to look for something in the yard. */
  readonly checkMs: number;
  /** Between two looks at what stays open. */
  readonly lookAgainMs: number;
}

const hour = 3_600_000;

export const usualLimits: YardLimits = {
  registersEntries: false,
  visitMs: 24 * hour,
  trailerMs: 72 * hour,
  boxMs: 720 * hour,
  tripMs: 24 * hour,
  registrationMs: 2 * hour,
  crossingMs: hour,
  expectedMs: 48 * hour,
  leaveMs: 4 * hour,
  checkMs: 8 * hour,
  lookAgainMs: 24 * hour,
};
