import { names } from '../../binding/bind.ts';
import { rigTare } from '../../weighing/rig-tare.ts';
import { beyond } from '../../weighing/tolerance.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/**
 * What the boxes weigh agrees with their verified gross mass (SOLAS VI/2). Of two boxes on one platform only the sum
 * can be compared; a sum that agrees says nothing of each.
 */
export const vgmTolerance: Check = {
  id: 'vgm-tolerance',
  on: 'moment',
  reasons: {
    'vgm-differs': {
      zh: '箱重实测 {measuredKg} kg 与核实总质量 {declaredKg} kg 相差超过 {toleranceKg} kg',
      en: 'the measured {measuredKg} kg differs from the verified {declaredKg} kg by more than {toleranceKg} kg',
    },
    'vgm-tare-unknown': {
      zh: '皮重未知，无法核对核实总质量',
      en: 'the tare is not known, so the verified gross mass cannot be compared',
    },
  },
  applies({ binding }) {
    return binding.boxes.some(({ transaction }) => transaction?.verifiedGross !== undefined);
  },
  evaluate({ weight, binding, policy, nowWallMs }) {
    const declared = binding.boxes.map(({ container, transaction }) =>
      transaction?.verifiedGross?.find((each) => names([each.container], container)),
    );
    const { vgmTolerance: tolerance } = policy;
    if (weight.kind !== 'weighed' || !tolerance || declared.length === 0) return notApplicable;
    if (declared.some((each) => each === undefined)) return notApplicable;
    const tare = rigTare(binding, nowWallMs);
    if (tare.kind === 'unknown') return unknown('vgm-tare-unknown');
    const declaredKg = declared.reduce((sum, each) => sum + (each?.weightKg ?? 0), 0);
    const measuredKg = weight.weightKg - tare.kg;
    const { uncertaintyKg } = tare;
    const compared = beyond(tolerance, { measuredKg, expectedKg: declaredKg, uncertaintyKg });
    return compared ? fail('vgm-differs', { measuredKg, declaredKg, ...compared }) : pass;
  },
};
