import { declaredKgOf } from '../../weighing/declared-cargo.ts';
import { rigTare } from '../../weighing/rig-tare.ts';
import { beyond } from '../../weighing/tolerance.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/**
 * What a box weighs agrees with its declared gross: the measured gross without the rig. Of two boxes on one platform that
 * cannot be told of either; their sum is the truck's.
 */
export const weightBox: Check = {
  id: 'weight-box',
  on: 'moment',
  reasons: {
    'box-weight-differs': {
      zh: '箱 {container} 实测 {measuredKg} kg，与申报毛重 {declaredKg} kg 相差超过 {toleranceKg} kg',
      en: 'container {container} weighs {measuredKg} kg, which differs from the declared {declaredKg} kg by more than {toleranceKg} kg',
    },
    'box-weight-not-determinable': {
      zh: '车上有 {count} 个箱，单箱重量无法确定',
      en: 'of {count} containers on one platform the weight of each cannot be told',
    },
  },
  applies({ identification }) {
    return identification.containers.length > 0;
  },
  evaluate({ binding, identification, policy, weight, nowWallMs }) {
    const { containers } = identification;
    if (weight.kind !== 'weighed' || binding.looseCargo.length > 0) return notApplicable;
    if (containers.length > 1) {
      return unknown('box-weight-not-determinable', { count: containers.length });
    }
    const tare = rigTare(binding, nowWallMs);
    const [box] = binding.boxes;
    if (!box || tare.kind === 'unknown') return notApplicable;
    const declaredKg = declaredKgOf([box]);
    if (declaredKg === undefined) return notApplicable;
    const measuredKg = weight.weightKg - tare.kg;
    const compared = beyond(policy.boxTolerance ?? policy.weightTolerance, {
      measuredKg,
      expectedKg: declaredKg,
      uncertaintyKg: tare.uncertaintyKg,
    });
    if (!compared) return pass;
    const { toleranceKg } = compared;
    const { container } = box;
    return fail('box-weight-differs', { container, measuredKg, declaredKg, toleranceKg });
  },
};
