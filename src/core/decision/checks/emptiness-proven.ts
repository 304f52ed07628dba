import { type BoundBox, emptyWork } from '../../binding/bind.ts';
import { declaredKgOf } from '../../weighing/declared-cargo.ts';
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

/** The heaviest empty box: one of 45 ft with a cooling unit, kg. */
const emptyBoxKgMax = 5_500;

/**
 * "Nothing on the truck" and "nothing in the box" are claims that need two witnesses: the weight, the cameras, the terminal
 * that released the box as empty. Not read is never not there.
 */
export const emptinessProven: Check = {
  id: 'emptiness-proven',
  on: 'moment',
  reasons: {
    'box-on-bobtail': {
      zh: '计划为空车，但识别到箱 {container}',
      en: 'planned without a box, and container {container} is on it',
    },
    'weight-not-empty': {
      zh: '实测 {measuredKg} kg 超过空车空箱应有的 {limitKg} kg',
      en: 'measured {measuredKg} kg is more than the {limitKg} kg of an empty truck or box',
    },
    'emptiness-one-witness': {
      zh: '空车/空箱仅有 {count} 个证据，需要两个',
      en: 'emptiness has {count} of the two witnesses that it needs',
    },
  },
  applies({ binding }) {
    return binding.transactionTypes.some((type) => emptyWork.has(type));
  },
  evaluate(context) {
    const { binding, identification, direction } = context;
    const claims = binding.transactionTypes;
    const isBobtail = claims.includes('bobtail') || claims.includes('bondedEmptyTruck');
    if (claims.length === 0) return notApplicable;
    if (claims.some((type) => !emptyWork.has(type))) {
      return direction === 'out' ? besideCargo(context) : notApplicable;
    }
    const [box] = identification.containers;
    if (isBobtail && box && claims.length === 1) {
      return fail('box-on-bobtail', { container: box.number ?? box.raw });
    }
    const weight = within(context, identification.containers.length * emptyBoxKgMax);
    if (typeof weight === 'object') return fail('weight-not-empty', weight);
    const seenEmpty = identification.containerCapture === 'captured' && !box;
    const released =
      context.clearance.boxes.length > 0 && context.clearance.boxes.every(isReleased);
    const count = [weight === true, box ? released : seenEmpty].filter(Boolean).length;
    return count >= 2 ? pass : unknown('emptiness-one-witness', { count });
  },
};

/** An empty box that leaves beside cargo: the rest must be accounted for by its declared gross. */
function besideCargo(context: CheckContext): CheckOutcome {
  const { binding, clearance, identification } = context;
  const isEmpty = ({ plannedTypes }: BoundBox) => plannedTypes.join() === 'emptyContainer';
  const empties = binding.boxes.filter(isEmpty);
  if (empties.length === 0) return notApplicable;
  const isWhole =
    binding.looseCargo.length === 0 && binding.boxes.length === identification.containers.length;
  const cargoKg = isWhole ? declaredKgOf(binding.boxes.filter((box) => !isEmpty(box))) : undefined;
  const weight =
    cargoKg === undefined ? undefined : within(context, cargoKg + empties.length * emptyBoxKgMax);
  if (typeof weight === 'object') return fail('weight-not-empty', weight);
  const released = empties.every(({ container }) =>
    clearance.boxes.some((box) => box.container === container && isReleased(box)),
  );
  const count = [weight === true, released].filter(Boolean).length;
  return count >= 2 ? pass : unknown('emptiness-one-witness', { count });
}

function isReleased({ proofs }: CheckContext['clearance']['boxes'][number]): boolean {
  return proofs.some(({ proofType }) => proofType === 'terminal_release');
}

/** True: the weight says so. Undefined: it says nothing. */
function within(
  { weight, binding, policy, nowWallMs }: CheckContext,
  loadKg: number,
): true | undefined | { measuredKg: number; limitKg: number } {
  const tare = rigTare(binding, nowWallMs);
  if (weight.kind !== 'weighed' || tare.kind === 'unknown') return undefined;
  const { kg, share } = policy.weightTolerance;
  const toleranceKg = Math.max(kg, Math.round(tare.kg * share)) + tare.uncertaintyKg;
  const limitKg = tare.kg + loadKg + toleranceKg;
  return weight.weightKg <= limitKg ? true : { measuredKg: weight.weightKg, limitKg };
}
