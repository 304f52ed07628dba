import { boxTareKgOf, cargoKgOf } from '../../weighing/declared-cargo.ts';
import { rigTare } from '../../weighing/rig-tare.ts';
import { beyond } from '../../weighing/tolerance.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/**
 * What is in the boxes weighs what was declared or stuffed: the measured gross without the rig and without the boxes
 * themselves. Asked where the weight of the cargo alone is stated; it does not tell which of two boxes has it.
 */
export const weightCargo: Check = {
  id: 'weight-cargo',
  on: 'moment',
  reasons: {
    'cargo-weight-differs': {
      zh: '箱内货物实测 {measuredKg} kg，与申报货重 {declaredKg} kg 相差超过 {toleranceKg} kg',
      en: 'the cargo in the boxes weighs {measuredKg} kg, which differs from the stated {declaredKg} kg by more than {toleranceKg} kg',
    },
    'cargo-weight-unstated': {
      zh: '箱 {container} 的货重未申报，无法核对货重',
      en: 'the weight of the cargo in container {container} is not stated, so it cannot be compared',
    },
    'box-tare-unknown': {
      zh: '箱 {container} 的箱皮重未知，无法核对货重',
      en: 'the tare of container {container} is not known, so the weight of its cargo cannot be compared',
    },
  },
  applies({ binding, facts }) {
    return binding.boxes.some((box) => cargoKgOf(box, facts.stuffings) !== undefined);
  },
  evaluate({ binding, facts, identification, policy, weight, nowWallMs }) {
    const { boxes } = binding;
    const tare = rigTare(binding, nowWallMs);
    const isWhole = boxes.length === identification.containers.length;
    if (weight.kind !== 'weighed' || tare.kind === 'unknown' || binding.looseCargo.length > 0) {
      return notApplicable;
    }
    const stated = boxes.map((box) => ({
      container: box.container,
      cargoKg: cargoKgOf(box, facts.stuffings),
      tareKg: boxTareKgOf(box),
    }));
    if (!isWhole || stated.every(({ cargoKg }) => cargoKg === undefined)) return notApplicable;
    let declaredKg = 0;
    let boxesKg = 0;
    for (const { container, cargoKg, tareKg } of stated) {
      if (cargoKg === undefined) return unknown('cargo-weight-unstated', { container });
      if (tareKg === undefined) return unknown('box-tare-unknown', { container });
      declaredKg += cargoKg;
      boxesKg += tareKg;
    }
    const measuredKg = weight.weightKg - tare.kg - boxesKg;
    const compared = beyond(policy.cargoTolerance ?? policy.weightTolerance, {
      measuredKg,
      expectedKg: declaredKg,
      uncertaintyKg: tare.uncertaintyKg,
    });
    return compared ? fail('cargo-weight-differs', { measuredKg, declaredKg, ...compared }) : pass;
  },
};
