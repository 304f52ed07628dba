import { type Check, type CheckContext, fail, notApplicable, pass } from '../check.ts';

/** The measured gross agrees with tare and declared cargo within the site's tolerance. */
export const weightTruck: Check = {
  id: 'weight-truck',
  on: 'moment',
  reasons: {
    'weight-differs': {
      zh: '实测 {measuredKg} kg 与申报应重 {expectedKg} kg 相差超过 {toleranceKg} kg',
      en: 'measured {measuredKg} kg differs from the expected {expectedKg} kg by more than {toleranceKg} kg',
    },
  },
  evaluate(context) {
    const { weight, policy } = context;
    const expectedKg = expectedGrossKg(context);
    if (weight.kind !== 'weighed' || expectedKg === undefined) return notApplicable;
    const { kg, share } = policy.weightTolerance;
    const toleranceKg = Math.max(kg, Math.round(expectedKg * share));
    if (Math.abs(weight.weightKg - expectedKg) <= toleranceKg) return pass;
    return fail('weight-differs', { measuredKg: weight.weightKg, expectedKg, toleranceKg });
  },
};

/** Tare of the rig plus the declared gross of every box; unknown as soon as one part is. */
function expectedGrossKg({ binding }: CheckContext): number | undefined {
  const tareKg = binding.vehicleByPlate?.tareKg;
  if (tareKg === undefined || binding.boxes.length === 0) return undefined;
  let expectedKg = tareKg;
  for (const { consignments } of binding.boxes) {
    const only = consignments[0];
    // A share of a larger consignment, or a consolidation, has no declared weight of this box.
    if (!only || consignments.length > 1 || only.containers.length > 1) return undefined;
    if (only.grossWeightKg === undefined) return undefined;
    expectedKg += only.grossWeightKg;
  }
  return expectedKg;
}
