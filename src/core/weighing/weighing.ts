/**
 * One vehicle's weighing on the lane's platform. A weight counts only when the reading was stable, positive
 * and taken while the vehicle stood there; anything else is "no weight" with its reason, never 0 kg.
 */
import type { DeviceId } from '../identity.ts';
import type { ObservedAt, WeightReading } from '../observation.ts';

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
}

export const emptyWeighing: Weighing = {
  curve: [],
  outcome: { kind: 'noWeight', reason: 'noReading' },
};

/** Takes one more reading. A later stable reading replaces an earlier one: the truck may still have rolled on. */
export function addWeightReading(
  weighing: Weighing,
  observed: ObservedAt<WeightReading>,
  options: { readonly vehicleWeightKgMin: number },
): Weighing {
  const reading = observed.observation;
  const started = weighing.startedAtMonotonicMs ?? observed.receivedAt.monotonicMs;
  return {
    startedAtMonotonicMs: started,
    curve: curveWith(weighing.curve, reading, observed.receivedAt.monotonicMs - started),
    outcome: outcomeOf(reading, observed.deviceId, options.vehicleWeightKgMin),
  };
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
  // Zero is no vehicle, also where the site's minimum is zero.
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
