import { declaredKgOf } from '../../weighing/declared-cargo.ts';
import { rigTare } from '../../weighing/rig-tare.ts';
import { beyond } from '../../weighing/tolerance.ts';
import { type Check, type CheckContext, fail, notApplicable, pass } from '../check.ts';

/**
 * The measured gross agrees with tare and declared cargo of the truck as a whole, which is all that one platform tells of
 * several boxes; a single box is judged by `weight-box`. Of a truck that the cameras saw without a box it is the tare
 * alone: a plate that was swapped shows by the tare of the vehicle that it belongs to.
 */
export const weightTruck: Check = {
  id: 'weight-truck',
  on: 'moment',
  reasons: {
    'weight-differs': {
      zh: '实测 {measuredKg} kg 与申报应重 {expectedKg} kg 相差超过 {toleranceKg} kg',
      en: 'measured {measuredKg} kg differs from the expected {expectedKg} kg by more than {toleranceKg} kg',
    },
    'weight-not-tare': {
      zh: '无箱车辆实测 {measuredKg} kg，与登记皮重 {expectedKg} kg 相差超过 {toleranceKg} kg',
      en: 'measured {measuredKg} kg without a box differs from the registered tare of {expectedKg} kg by more than {toleranceKg} kg',
    },
  },
  evaluate(context) {
    const { weight, policy, binding, identification, nowWallMs } = context;
    const tare = rigTare(binding, nowWallMs);
    const cargoKg = declaredKg(context);
    if (weight.kind !== 'weighed' || tare.kind === 'unknown' || cargoKg === undefined) {
      return notApplicable;
    }
    const expectedKg = tare.kg + cargoKg;
    const measuredKg = weight.weightKg;
    const { uncertaintyKg } = tare;
    const compared = beyond(policy.weightTolerance, { measuredKg, expectedKg, uncertaintyKg });
    if (!compared) return pass;
    const code = identification.containers.length === 0 ? 'weight-not-tare' : 'weight-differs';
    return fail(code, { measuredKg, expectedKg, ...compared });
  },
};

/** Declared gross of everything on the truck; unknown as soon as that of one box is. */
function declaredKg({ binding, identification }: CheckContext): number | undefined {
  const { containerCapture, containers } = identification;
  // What of a document is on this truck, no document says.
  if (binding.looseCargo.length > 0) return undefined;
  if (containerCapture === 'captured' && containers.length === 0) return 0;
  if (binding.boxes.length < 2 || binding.boxes.length < containers.length) return undefined;
  return declaredKgOf(binding.boxes);
}
