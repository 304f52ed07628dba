import { rigAxles } from '../../weighing/rig-tare.ts';
import { type Check, type CheckContext, fail, notApplicable, pass, unknown } from '../check.ts';
import type { LegalGross } from '../policy.ts';

/** The measured gross is within the law of the day, by axles. */
export const legalGrossLimit: Check = {
  id: 'legal-gross-limit',
  on: 'moment',
  reasons: {
    'gross-over-limit': {
      zh: '实测 {measuredKg} kg 超过 {axles} 轴限重 {limitKg} kg（{law}）',
      en: 'measured {measuredKg} kg is over the limit of {limitKg} kg for {axles} axles ({law})',
    },
    'axles-unknown': {
      zh: '车辆轴数未登记，无法判断限重',
      en: 'the axles are not registered, so the legal limit cannot be judged',
    },
  },
  evaluate(context) {
    const { weight, binding, identification, policy, nowWallMs } = context;
    const law = inForce(policy.legalGross ?? [], nowWallMs);
    if (weight.kind !== 'weighed' || !law) return notApplicable;
    const rig = rigAxles(binding, identification);
    if (!rig) return unknown('axles-unknown');
    const limitKg = limitOf(law, rig, context);
    if (limitKg === undefined || weight.weightKg <= limitKg) return pass;
    // A trailer that was not read may be there all the same.
    if (!rig.isCombination) return unknown('axles-unknown');
    const { axles } = rig;
    return fail('gross-over-limit', { measuredKg: weight.weightKg, axles, limitKg, law: law.name });
  },
};

function inForce(tables: readonly LegalGross[], nowWallMs: number): LegalGross | undefined {
  const begun = tables.filter(({ fromMs }) => fromMs <= nowWallMs);
  return begun.sort((a, b) => b.fromMs - a.fromMs)[0];
}

function limitOf(
  law: LegalGross,
  { axles, isCombination }: { readonly axles: number; readonly isCombination: boolean },
  { binding }: CheckContext,
): number | undefined {
  const rows = [...(isCombination ? law.combination : law.rigid)].sort((a, b) => a.axles - b.axles);
  const row = rows.findLast((each) => each.axles <= axles);
  const isMost = row !== undefined && row === rows.at(-1);
  const isSingleDrive = isCombination && isMost && binding.vehicleByPlate?.singleDriveAxle === true;
  return (isSingleDrive ? law.singleDriveKg : undefined) ?? row?.maxKg;
}
