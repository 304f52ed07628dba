/**
 * One vehicle's weighing on the lane's platform. A weight counts only when the reading was stable, positive
 * and taken while the vehicle stood there; anything else is "no weight" with its reason, never 0 kg.
 */
import type { DeviceId } from '../identity.ts';
import type { ObservedAt, WeightReading } from '../observation.ts';

/**
 * What spoils a weighing although the reading is stable: a wheel beside the platform, a second vehicle on it, a
 * load that came or went after the weight had been steady.
 */
export type WeighFinding =
  | { readonly kind: 'offDeck'; readonly point: 'deckFront' | 'deckRear' }
  | { readonly kind: 'secondVehicle'; readonly fromKg: number; readonly toKg: number }
  | { readonly kind: 'lateStep'; readonly fromKg: number; readonly toKg: number };

/** What the platform showed while nobody was near it. */
export interface PlatformZero {
  readonly weightKg: number;
  readonly atMonotonicMs: number;
}

/** A step of a steady weight that no rocking and no drift explains; less than any axle bears, kg. */
const stepKgMin = 500;
/** What stands there with less than this share of what it weighs in the end was still rolling on. */
const rollingOnShare = 0.6;
const findingsMax = 8;

/** Points of the weigh curve that are kept; older ones are thinned away. */
const curvePointsMax = 64;

export interface CurvePoint {
  /** Milliseconds since the first reading of this weighing. */
  readonly atMs: number;
  readonly weightKg: number;
}

export type WeightOutcome =
  | {
      readonly kind: 'weighed';
      readonly weightKg: number;
      readonly basis: WeightReading['basis'];
      readonly stabilitySource: 'indicator' | 'inferred';
      readonly deviceId: DeviceId;
      /** What the empty platform had shown before; absent where it was not seen empty. */
      readonly zeroKg?: number;
      readonly findings?: readonly WeighFinding[];
    }
  | {
      readonly kind: 'noWeight';
      readonly reason:
        | 'noReading'
        | 'unstable'
        | 'empty'
        | 'negative'
        | 'overload'
        | 'underload'
        | 'error';
    };

export interface Weighing {
  readonly startedAtMonotonicMs?: number;
  readonly curve: readonly CurvePoint[];
  readonly outcome: WeightOutcome;
  readonly zeroKg?: number;
  /** The last weight that was steady. */
  readonly steadyKg?: number;
  readonly findings: readonly WeighFinding[];
}

export const emptyWeighing: Weighing = {
  curve: [],
  findings: [],
  outcome: { kind: 'noWeight', reason: 'noReading' },
};

/** Takes one more reading. A later stable reading replaces an earlier one: the truck may still have rolled on. */
export function addWeightReading(
  weighing: Weighing,
  observed: ObservedAt<WeightReading>,
  { vehicleWeightKgMin, deck = {}, isFollowed = false }: WeighingOptions,
): Weighing {
  const reading = observed.observation;
  const started = weighing.startedAtMonotonicMs ?? observed.receivedAt.monotonicMs;
  const outcome = outcomeOf(reading, observed.deviceId, vehicleWeightKgMin);
  const { zeroKg, steadyKg } = weighing;
  const isSteady = outcome.kind === 'weighed';
  const stepped =
    isSteady &&
    steadyKg !== undefined &&
    Math.abs(outcome.weightKg - steadyKg) >= stepKgMin &&
    steadyKg >= rollingOnShare * outcome.weightKg;
  const findings = isSteady
    ? [
        // Whether a wheel is beside the platform counts for this weight alone.
        ...weighing.findings.filter(({ kind }) => kind !== 'offDeck'),
        ...deckPoints.flatMap((point) =>
          deck[point] === 'occupied' ? [{ kind: 'offDeck' as const, point }] : [],
        ),
        ...(stepped
          ? [
              {
                kind: isFollowed ? ('secondVehicle' as const) : ('lateStep' as const),
                fromKg: steadyKg,
                toKg: outcome.weightKg,
              },
            ]
          : []),
      ].slice(0, findingsMax)
    : weighing.findings;
  return {
    startedAtMonotonicMs: started,
    curve: curveWith(weighing.curve, reading, observed.receivedAt.monotonicMs - started),
    ...(zeroKg !== undefined && { zeroKg }),
    ...(isSteady ? { steadyKg: outcome.weightKg } : steadyKg !== undefined && { steadyKg }),
    findings,
    outcome: isSteady
      ? {
          ...outcome,
          ...(zeroKg !== undefined && { zeroKg }),
          ...(findings.length > 0 && { findings }),
        }
      : outcome,
  };
}

export interface WeighingOptions {
  readonly vehicleWeightKgMin: number;
  /** Photo-eyes at the ends of the platform; points that are not wired are left out or unknown. */
  readonly deck?: Partial<Record<'deckFront' | 'deckRear', 'occupied' | 'clear' | 'unknown'>>;
  /** Another vehicle has come up behind since this one stands there. */
  readonly isFollowed?: boolean;
}

const deckPoints = ['deckFront', 'deckRear'] as const;

/** The zero that a weighing begins with: what the platform showed last while nobody was near, if that is recent. */
export function beginWeighing(
  zero: PlatformZero | undefined,
  { nowMonotonicMs, zeroAgeMsMax }: { nowMonotonicMs: number; zeroAgeMsMax: number },
): Weighing {
  if (!zero || nowMonotonicMs - zero.atMonotonicMs > zeroAgeMsMax) return emptyWeighing;
  return { ...emptyWeighing, zeroKg: zero.weightKg };
}

/** The platform's device fell silent: what it showed before says nothing of who stands there now. */
export function forgetWeight(weighing: Weighing, deviceId: DeviceId): Weighing {
  const { outcome } = weighing;
  const isIts = outcome.kind === 'weighed' && outcome.deviceId === deviceId;
  if (!isIts) return weighing;
  const { steadyKg: _, ...rest } = weighing;
  return { ...rest, outcome: emptyWeighing.outcome };
}

function curveWith(
  curve: readonly CurvePoint[],
  reading: WeightReading,
  atMs: number,
): readonly CurvePoint[] {
  if (reading.weightKg === undefined) return curve;
  if (curve.at(-1)?.weightKg === reading.weightKg) return curve;
  const longer = [...curve, { atMs: Math.round(atMs), weightKg: reading.weightKg }];
  if (longer.length <= curvePointsMax) return longer;
  return longer.filter((_, index) => index % 2 === 0 || index === longer.length - 1);
}

function outcomeOf(reading: WeightReading, deviceId: DeviceId, minimumKg: number): WeightOutcome {
  if (reading.condition !== 'ok') return { kind: 'noWeight', reason: reading.condition };
  if (reading.weightKg === undefined) return { kind: 'noWeight', reason: 'error' };
  if (reading.weightKg < 0) return { kind: 'noWeight', reason: 'negative' };
  // Nothing weighs nothing, whatever the site sets as the least of a vehicle.
  if (reading.weightKg === 0 || reading.weightKg < minimumKg)
    return { kind: 'noWeight', reason: 'empty' };
  if (reading.stability.state !== 'stable') return { kind: 'noWeight', reason: 'unstable' };
  return {
    kind: 'weighed',
    weightKg: reading.weightKg,
    basis: reading.basis,
    stabilitySource: reading.stability.source,
    deviceId,
  };
}
