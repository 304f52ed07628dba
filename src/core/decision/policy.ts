/** A policy is data: which checks run for which work, and what a failure or an unknown leads to. */

import type { DualInformation, RequiredProofs } from '../clearance/clear.ts';
import type { Freshness } from '../clearance/freshness.ts';
import type { Direction, PermitFact, TransactionType } from '../facts.ts';
import type { ConfidenceThresholds } from '../identification/identify.ts';
import type { RepairPolicy } from '../identification/reconcile.ts';
import type { WeightTolerance } from '../weighing/tolerance.ts';

/** Legal limits of vehicles and combinations from a day on; a country's law as data. */
export interface LegalGross {
  readonly name: string;
  readonly fromMs: number;
  readonly rigid: readonly AxleLimit[];
  readonly combination: readonly AxleLimit[];
  /** Of combinations with the most axles whose tractor has one driven axle, kg. */
  readonly singleDriveKg?: number;
}

export interface AxleLimit {
  /** This many axles, or more in the last row. */
  readonly axles: number;
  readonly maxKg: number;
}

/** From best to worst; the worst that any check demands wins. */
export const dispositions = ['admit', 'divert', 'refer', 'hold', 'refuse'] as const;
export type Disposition = (typeof dispositions)[number];

export function worse(a: Disposition, b: Disposition): Disposition {
  return dispositions.indexOf(a) >= dispositions.indexOf(b) ? a : b;
}

/** What a result that is not a pass leads to. `warn` records it and changes nothing. */
export type Consequence = Exclude<Disposition, 'admit'> | 'warn';

export interface PolicyCheck {
  readonly check: string;
  readonly onFail: Consequence;
  readonly onUnknown: Consequence;
}

/** What rules are chosen by: planned work, a permit, or nothing that is known. */
export type WorkType = TransactionType | 'permit' | 'unplanned';

/** Work that pass orders plan. */
export const bondedTypes: ReadonlySet<WorkType> = new Set([
  'bonded',
  'distribution',
  'bondedEmptyTruck',
]);

/** The rule for a truck that no planned work names. */
export const unplannedWork: readonly WorkType[] = ['unplanned'];

/** A type of permit that opens. */
export interface PermitOpening {
  readonly permitType: PermitFact['permitType'];
  /** What such a vehicle weighs at most without cargo where its tare is not registered, kg. */
  readonly grossKgMax?: number;
}

export interface PolicyRule {
  readonly direction: Direction;
  readonly transactionTypes: readonly WorkType[];
  readonly checks: readonly PolicyCheck[];
}

export interface Policy extends Freshness {
  readonly name: string;
  readonly version: number;
  readonly confidence: ConfidenceThresholds;
  /** Certainty that the measured gross differs from the expected one: allowed difference in kg and share. */
  readonly weightTolerance: WeightTolerance;
  /** Of a single box and its declared gross, and of the cargo in boxes; as `weightTolerance` where absent. */
  readonly boxTolerance?: WeightTolerance;
  readonly cargoTolerance?: WeightTolerance;
  /** What an empty platform may show, kg; 100 where absent. */
  readonly zeroKgMax?: number;
  /** Legal gross by axles, newest first to begin: the youngest table that was in force then counts. */
  readonly legalGross?: readonly LegalGross[];
  /** How far what passes through may weigh from what it weighed at its entry; as `weightTolerance` where absent. */
  readonly transitTolerance?: WeightTolerance;
  /** How far the measured gross of a box may be from the verified one. */
  readonly vgmTolerance?: WeightTolerance;
  /** Which misread values may be repaired, by two witnesses and the plan; none where absent. */
  readonly repair?: RepairPolicy;
  /** How long a vehicle that was not let through is told of when it comes again, ms; half an hour where absent. */
  readonly rapidReturnMs?: number;
  /** Largest box that the site takes. */
  readonly dimensions?: { readonly lengthMmMax?: number; readonly heightMmMax?: number };
  /** Seals that documents state have to be read by a device. */
  readonly sealsMustBeRead?: boolean;
  /** Work whose boxes need an electronic seal or a tracker on them; none where absent. */
  readonly monitored?: readonly {
    readonly direction: Direction;
    readonly transactionType: TransactionType;
  }[];
  /** How long ago an electronic seal has to have reported, ms; not judged where absent. */
  readonly esealAgeMsMax?: number;
  /** Which permits open; none where absent. */
  readonly permits?: readonly PermitOpening[];
  /** Readings of dual information that the required proofs may name. */
  readonly readings?: Readonly<Record<string, DualInformation>>;
  readonly requiredProofs: readonly RequiredProofs[];
  readonly rules: readonly PolicyRule[];
  /** How the word of the customs gate platform counts in lanes that are linked to it. */
  readonly platform?: PlatformPolicy;
  /** What persons may order; nothing but a confirmation where it does not say. */
  readonly acts?: ActPolicy;
}

export const platformAuthorities = ['platform-decides', 'local-decides', 'both'] as const;

/**
 * `both`: the platform releases and the local checks let pass. `platform-decides`: the platform releases; a local check
 * that fails still blocks, and one of documents or registers that cannot tell does not. `local-decides`: the local checks
 * let pass; a platform that says no still blocks, and one that says nothing does not.
 */
export type PlatformAuthority = (typeof platformAuthorities)[number];

export interface PlatformPolicy {
  /** `both` where absent. */
  readonly authority?: PlatformAuthority;
  /** Where a vehicle goes on its way in that is released with inspection; a clerk sends it where absent. */
  readonly inspection?: { readonly place: string; readonly withinMinutes: number };
  /** A release that was given longer ago is none any more, ms; ten minutes where absent. */
  readonly answerAgeMsMax?: number;
}

export interface ActPolicy {
  /** Places inside the premises that a vehicle may be sent to without a release. */
  readonly divert: readonly {
    readonly direction: Direction;
    readonly place: string;
    readonly withinMinutesMax: number;
  }[];
  readonly manualRelease?: {
    /** The closed list. */
    readonly reasons: readonly string[];
    readonly secondPerson: 'always' | 'supervised' | 'never';
    /** Checks that bar a release by hand where they fail, and where they cannot tell. */
    readonly neverFailed: readonly string[];
    readonly neverUnknown: readonly string[];
  };
  /** How long after its decision an opening may be repeated whose arm never left closed, ms. */
  readonly repeatWithinMs?: number;
}

/** Checks of every rule that applies; the same check in two rules takes the graver consequence. */
export function checksFor(
  policy: Policy,
  direction: Direction,
  types: readonly WorkType[],
): readonly PolicyCheck[] {
  const merged = new Map<string, PolicyCheck>();
  for (const rule of policy.rules) {
    if (rule.direction !== direction) continue;
    if (!rule.transactionTypes.some((type) => types.includes(type))) continue;
    for (const check of rule.checks) {
      const before = merged.get(check.check);
      merged.set(check.check, before ? graver(before, check) : check);
    }
  }
  return [...merged.values()];
}

/** Work for which the policy has no rule; it must be referred, never admitted for want of checks. */
export function uncoveredTypes(
  policy: Policy,
  direction: Direction,
  types: readonly WorkType[],
): readonly string[] {
  return types.filter(
    (type) =>
      !policy.rules.some((r) => r.direction === direction && r.transactionTypes.includes(type)),
  );
}

function graver(a: PolicyCheck, b: PolicyCheck): PolicyCheck {
  return {
    check: a.check,
    onFail: graverConsequence(a.onFail, b.onFail),
    onUnknown: graverConsequence(a.onUnknown, b.onUnknown),
  };
}

function graverConsequence(a: Consequence, b: Consequence): Consequence {
  if (a === 'warn') return b;
  if (b === 'warn') return a;
  return worse(a, b) as Consequence;
}
