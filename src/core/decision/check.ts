import type { Binding } from '../binding/bind.ts';
import type { Clearance } from '../clearance/clear.ts';
import type { PlatformPart } from '../customs-platform/exchange.ts';
import type { Direction, GatheredFacts } from '../facts.ts';
import type { Identification } from '../identification/identify.ts';
import type { LaneId, PassageId } from '../identity.ts';
import type { WeightOutcome } from '../weighing/weighing.ts';
import type { Consequence, Policy } from './policy.ts';

/** Which evidence a lane is built to bring; what it is not built for is not asked of it. */
export interface LaneRequirements {
  readonly plate: boolean;
  readonly containers: boolean;
  readonly tag: boolean;
  readonly weight: boolean;
  /** A driver's card; absent as in lanes of before cards were read. */
  readonly driver?: boolean;
}

/** What is known of a truck before it is weighed and but for the time: values only, read at one moment. */
export interface ReadingsContext {
  readonly laneId?: LaneId;
  readonly direction: Direction;
  readonly requirements: LaneRequirements;
  readonly identification: Identification;
  readonly binding: Binding;
  readonly facts: GatheredFacts;
  readonly policy: Policy;
}

/** With what the releases and holds say, which time changes only at moments that are known ahead. */
export interface ClearanceContext extends ReadingsContext {
  readonly clearance: Clearance;
}

/** All that a check may look at. */
export interface CheckContext extends ClearanceContext {
  readonly passageId: PassageId;
  readonly nowWallMs: number;
  readonly weight: WeightOutcome;
  /** What the customs gate platform said; absent where the lane has no link to it. */
  readonly platform?: PlatformPart;
}

/** Values that fill the places of a reason's text. */
export type ReasonEvidence = Readonly<Record<string, string | number>>;

export type CheckOutcome =
  | { readonly outcome: 'pass' | 'notApplicable'; readonly evidence?: ReasonEvidence }
  | {
      readonly outcome: 'fail' | 'unknown';
      readonly code: string;
      readonly evidence?: ReasonEvidence;
      /** Where what was found says itself what it leads to, whatever the policy has for the check as a whole. */
      readonly leadsTo?: Exclude<Consequence, 'warn'>;
    };

export interface ReasonText {
  readonly zh: string;
  readonly en: string;
}

interface CheckBase {
  readonly id: string;
  /** The text of every code it can answer with. */
  readonly reasons: Readonly<Record<string, ReasonText>>;
}

/**
 * One rule of the catalogue. Those on the readings are worked out while the weight is awaited, and stand as long as
 * readings and facts do; those on the clearance stand until it changes; those on the moment are worked out when the
 * last evidence has come.
 */
export type Check = CheckBase &
  (
    | { readonly on: 'readings'; evaluate(context: ReadingsContext): CheckOutcome }
    | { readonly on: 'clearance'; evaluate(context: ClearanceContext): CheckOutcome }
    | {
        readonly on: 'moment';
        /** Whether there is anything to judge, where the readings tell that already. */
        applies?(context: ReadingsContext): boolean;
        evaluate(context: CheckContext): CheckOutcome;
      }
  );

export const pass: CheckOutcome = { outcome: 'pass' };
export const notApplicable: CheckOutcome = { outcome: 'notApplicable' };

export function fail(code: string, evidence: ReasonEvidence = {}): CheckOutcome {
  return { outcome: 'fail', code, evidence };
}

export function unknown(code: string, evidence: ReasonEvidence = {}): CheckOutcome {
  return { outcome: 'unknown', code, evidence };
}
