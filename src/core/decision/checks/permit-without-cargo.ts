import { rigTare } from '../../weighing/rig-tare.ts';
import { type Check, type CheckContext, fail, notApplicable, pass, unknown } from '../check.ts';
import { cargoTie, openingPermits } from '../permit.ts';

/**
 * A truck that passes by its permit carries nothing: no box, no trailer, no planned cargo, and no weight that says
 * otherwise. Not read is never not there: on the way out the cameras and the weight have to say so, on the way in one
 * of them.
 */
export const permitWithoutCargo: Check = {
  id: 'permit-without-cargo',
  on: 'moment',
  reasons: {
    'permit-box': {
      zh: '通行证车辆上识别到箱 {container}，不能凭通行证放行',
      en: 'container {container} was seen on the truck; a permit lets no cargo through',
    },
    'permit-trailer': {
      zh: '通行证车辆带有挂车 {trailer}，不能凭通行证放行',
      en: 'trailer {trailer} is on the truck; a permit lets none through',
    },
    'permit-planned': {
      zh: '通行证车辆有货物作业 {work}，不能凭通行证放行',
      en: 'cargo work {work} is planned for the truck; a permit lets none through',
    },
    'permit-heavy': {
      zh: '通行证车辆实测 {measuredKg} kg，超过 {limitKg} kg',
      en: 'measured {measuredKg} kg is more than the {limitKg} kg of a permit vehicle without cargo',
    },
    'permit-unwitnessed': {
      zh: '无货仅有 {count} 个证据，需要 {needed} 个',
      en: 'that it carries nothing has {count} of the {needed} witnesses that it needs',
    },
  },
  evaluate(context) {
    const { binding, direction, facts, identification, policy, weight } = context;
    if (openingPermits(binding, policy).length === 0) return notApplicable;
    const tie = cargoTie(identification, binding, facts);
    if (tie) {
      const { kind, ...evidence } = tie;
      return fail(`permit-${kind}`, evidence);
    }
    const limitKg = lightKgMax(context);
    const measuredKg = weight.kind === 'weighed' ? weight.weightKg : undefined;
    const isWeighed = limitKg !== undefined && measuredKg !== undefined;
    if (isWeighed && measuredKg > limitKg) return fail('permit-heavy', { measuredKg, limitKg });
    const count = [isWeighed, identification.containerCapture === 'captured'].filter(
      Boolean,
    ).length;
    const needed = direction === 'out' ? 2 : 1;
    return count >= needed ? pass : unknown('permit-unwitnessed', { count, needed });
  },
};

/** What the truck may weigh without cargo, kg: its registered tare, else what the policy says of its kind. */
function lightKgMax({ binding, policy, nowWallMs }: CheckContext): number | undefined {
  const tare = rigTare(binding, nowWallMs);
  if (tare.kind === 'known') {
    const { kg, share } = policy.weightTolerance;
    return tare.kg + Math.max(kg, Math.round(tare.kg * share)) + tare.uncertaintyKg;
  }
  const types = openingPermits(binding, policy).map(({ permitType }) => permitType);
  const limits = (policy.permits ?? [])
    .filter(({ permitType }) => types.includes(permitType))
    .flatMap(({ grossKgMax }) => grossKgMax ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}
