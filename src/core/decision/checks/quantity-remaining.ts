import { overdrawnOf } from '../../clearance/clear.ts';
import { rigTare } from '../../weighing/rig-tare.ts';
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  notApplicable,
  pass,
  unknown,
} from '../check.ts';

/**
 * Of loose cargo that goes in parts no truck takes more than is left, by pieces and by weight, and none weighs more than
 * what it is said to take.
 */
export const quantityRemaining: Check = {
  id: 'quantity-remaining',
  on: 'moment',
  reasons: {
    'quantity-packages-over': {
      zh: '{container} 本车提取 {wanted} 件，剩余 {rest} 件',
      en: '{container}: {wanted} pieces are to go, and {rest} are left',
    },
    'quantity-weight-over': {
      zh: '{container} 本车提取 {wanted} kg，剩余 {rest} kg',
      en: '{container}: {wanted} kg are to go, and {rest} kg are left',
    },
    'quantity-over-weighed': {
      zh: '本车货重实测 {measuredKg} kg，超过应提 {takenKg} kg（允差 {toleranceKg} kg）',
      en: 'the cargo weighs {measuredKg} kg, more than the {takenKg} kg that are to go (tolerance {toleranceKg} kg)',
    },
    'quantity-not-weighed': {
      zh: '提取的货重 {takenKg} kg 无法用地磅核对',
      en: 'the {takenKg} kg that are to go could not be compared with a weight',
    },
  },
  applies({ binding }) {
    return binding.looseCargo.length > 0;
  },
  evaluate(context) {
    const { boxes } = context.clearance;
    const over = overdrawnOf(boxes);
    if (over) {
      const { container, dimension, wanted, rest } = over;
      const code = dimension === 'packages' ? 'quantity-packages-over' : 'quantity-weight-over';
      return fail(code, { container, wanted, rest });
    }
    const inParts = boxes.some(({ releases }) => releases.some(({ part }) => part));
    return inParts ? weighed(context) : notApplicable;
  },
};

/** The net weight of a truck that carries nothing else tells what it took. */
function weighed({
  binding,
  clearance,
  policy,
  requirements,
  weight,
  nowWallMs,
}: CheckContext): CheckOutcome {
  const perDocument = clearance.boxes.map(({ releases }) =>
    releases.flatMap(({ part }) => part?.takes.grossWeightKg ?? []),
  );
  if (binding.boxes.length > 0 || perDocument.some((weights) => weights.length === 0)) return pass;
  const takenKg = perDocument.reduce((sum, weights) => sum + Math.max(...weights), 0);
  const tare = rigTare(binding, nowWallMs);
  if (weight.kind !== 'weighed' || tare.kind === 'unknown') {
    return requirements.weight ? unknown('quantity-not-weighed', { takenKg }) : pass;
  }
  const { kg, share } = policy.weightTolerance;
  const measuredKg = weight.weightKg - tare.kg;
  const toleranceKg = Math.max(kg, Math.round(takenKg * share)) + tare.uncertaintyKg;
  return measuredKg <= takenKg + toleranceKg
    ? pass
    : fail('quantity-over-weighed', { measuredKg, takenKg, toleranceKg });
}
