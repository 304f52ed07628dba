import { normalisePlateText } from '../../identifiers/vehicle-plate.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** Every plate that was read is one of the plates of the vehicle, and of every vehicle whose tag was read. */
export const plateInRegisteredSet: Check = {
  id: 'plate-in-registered-set',
  on: 'readings',
  reasons: {
    'plate-tag-conflict': {
      zh: '车牌 {plate} 与电子车牌登记的 {registered} 不一致',
      en: 'plate {plate} is not the one registered with the tag ({registered})',
    },
    'plate-of-another': {
      zh: '车上读到的车牌 {plate} 不属于已备案车辆 {registered}',
      en: 'plate {plate} on the truck is not one of its registered plates ({registered})',
    },
    'tag-unknown': { zh: '电子车牌 {tag} 未备案', en: 'tag {tag} is not in the register' },
  },
  evaluate({ identification, binding, facts }) {
    const plate = identification.tractor?.text;
    // A trailer has a tag of its own, which says nothing of who draws it.
    const ofTrailers = facts.trailers.flatMap(({ tags }) => tags.map((each) => each.toUpperCase()));
    const tag = identification.tags.find((each) => !ofTrailers.includes(each));
    if (plate === undefined) return notApplicable;
    const registered = binding.vehicleByPlate?.plates ?? [];
    const other = identification.otherPlates.find(
      ({ text }) => !registered.some((p) => normalisePlateText(p) === text),
    );
    if (other && binding.vehicleByPlate) {
      return fail('plate-of-another', { plate: other.text, registered: registered.join(' / ') });
    }
    if (binding.vehiclesByTag.length === 0) {
      return tag === undefined ? notApplicable : fail('tag-unknown', { tag });
    }
    const stranger = binding.vehiclesByTag.find(
      (vehicle) => !vehicle.plates.some((p) => normalisePlateText(p) === plate),
    );
    if (!stranger) return pass;
    return fail('plate-tag-conflict', { plate, registered: stranger.plates.join(' / ') });
  },
};
