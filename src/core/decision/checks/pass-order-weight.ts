import { rigTare } from '../../weighing/rig-tare.ts';
import { beyond } from '../../weighing/tolerance.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';
import { bondedTypes } from '../policy.ts';

/** The truck weighs what its pass orders say: their tare, or else the registered one, and the goods of all of them. */
export const passOrderWeight: Check = {
  id: 'pass-order-weight',
  on: 'moment',
  reasons: {
    'pass-order-weight-differs': {
      zh: '实测 {measuredKg} kg 与核放单应重 {expectedKg} kg 相差超过 {toleranceKg} kg',
      en: 'measured {measuredKg} kg differs from the {expectedKg} kg of the pass order by more than {toleranceKg} kg',
    },
  },
  applies({ binding, requirements }) {
    return requirements.weight && binding.transactionTypes.some((type) => bondedTypes.has(type));
  },
  evaluate({ binding, clearance, policy, weight, nowWallMs }) {
    const orders = clearance.orders
      .map(({ order }) => order)
      .filter(({ state }) => state === 'approved');
    if (weight.kind !== 'weighed' || orders.length === 0) return notApplicable;
    const goodsKg = orders.map(({ grossWeightKg, orderType }) =>
      orderType === 'emptyTruck' ? 0 : grossWeightKg,
    );
    const stated = orders.flatMap(({ tareKg }) => tareKg ?? []);
    const registered = rigTare(binding, nowWallMs);
    const tareKg =
      stated.length > 0
        ? Math.max(...stated)
        : registered.kind === 'known'
          ? registered.kg
          : undefined;
    if (tareKg === undefined || goodsKg.some((each) => each === undefined)) return notApplicable;
    const expectedKg = goodsKg.reduce<number>((sum, each) => sum + (each ?? 0), tareKg);
    const measuredKg = weight.weightKg;
    const compared = beyond(policy.weightTolerance, { measuredKg, expectedKg });
    return compared
      ? fail('pass-order-weight-differs', { measuredKg, expectedKg, ...compared })
      : pass;
  },
};
