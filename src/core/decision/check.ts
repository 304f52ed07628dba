import type { Binding } from '../binding/bind.ts';
import type { Clearance } from '../clearance/clear.ts';
import type { Direction, GatheredFacts } from '../facts.ts';
import type { Identification } from '../identification/identify.ts';
import type { WeightOutcome } from '../weighing/weighing.ts';
import type { Policy } from './policy.ts';

/** Which evidence a lane is built to bring; what it is not built for is not asked of it. */
export interface LaneRequirements {
  readonly plate: boolean;
  readonly containers: boolean;
  readonly tag: boolean;
  readonly weight: boolean;
}

/** All that a check may look at: values only, read at one moment. */
export interface CheckContext {
  readonly direction: Direction;
  readonly nowWallMs: number;
  readonly requirements: LaneRequirements;
  readonly identification: Identification;
  readonly binding: Binding;
  readonly clearance: Clearance;
  readonly weight: WeightOutcome;
  readonly facts: GatheredFacts;
  readonly policy: Policy;
}

/** Values that fill the places of a reason's text. */
export type ReasonEvidence = Readonly<Record<string, string | number>>;

export type CheckOutcome =
  | { readonly outcome: 'pass' | 'notApplicable'; readonly evidence?: ReasonEvidence }
  | {
      readonly outcome: 'fail' | 'unknown';
      readonly code: string;
      readonly evidence?: ReasonEvidence;
    };

export interface ReasonText {
  readonly zh: string;
  readonly en: string;
}

/** One rule of the catalogue. `reasons` holds the text of every code it can answer with. */
export interface Check {
  readonly id: string;
  readonly reasons: Readonly<Record<string, ReasonText>>;
  evaluate(context: CheckContext): CheckOutcome;
}

export const pass: CheckOutcome = { outcome: 'pass' };
export const notApplicable: CheckOutcome = { outcome: 'notApplicable' };

export function fail(code: string, evidence: ReasonEvidence = {}): CheckOutcome {
  return { outcome: 'fail', code, evidence };
}

export function unknown(code: string, evidence: ReasonEvidence = {}): CheckOutcome {
  return { outcome: 'unknown', code, evidence };
}
