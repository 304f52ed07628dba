import { normalisePlateText } from '../../identifiers/vehicle-plate.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** The plate that was read is one of the plates of every vehicle whose tag was read. */
export const plateInRegisteredSet: Check = {
  id: 'plate-in-registered-set',
  on: 'readings',
  reasons: {
    'plate-tag-conflict': {
      zh: '车牌 {plate} 与电子车牌登记的 {registered} 不一致',
      en: 'plate {plate} is not the one registered with the tag ({registered})',
    },
    'tag-unknown': { zh: '电子车牌 {tag} 未备案', en: 'tag {tag} is not in the register' },
  },
  evaluate({ identification, binding }) {
    const plate = identification.tractor?.text;
    const tag = identification.tags[0];
    if (plate === undefined || tag === undefined) return notApplicable;
    if (binding.vehiclesByTag.length === 0) return fail('tag-unknown', { tag });
    const stranger = binding.vehiclesByTag.find(
      (vehicle) => !vehicle.plates.some((p) => normalisePlateText(p) === plate),
    );
    if (!stranger) return pass;
    return fail('plate-tag-conflict', { plate, registered: stranger.plates.join(' / ') });
  },
};
