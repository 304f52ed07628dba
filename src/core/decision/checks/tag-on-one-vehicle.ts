import { normalisePlateText } from '../../identifiers/vehicle-plate.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** No tag that was read is registered for two vehicles: then it proves nothing of either. */
export const tagOnOneVehicle: Check = {
  id: 'tag-on-one-vehicle',
  on: 'readings',
  reasons: {
    'tag-on-several': {
      zh: '电子车牌 {tag} 登记在多辆车上：{vehicles}',
      en: 'tag {tag} is registered for several vehicles: {vehicles}',
    },
  },
  evaluate({ identification, facts }) {
    if (identification.tags.length === 0) return notApplicable;
    for (const tag of identification.tags) {
      const vehicles = facts.vehicles.filter((v) => v.tags.some((t) => t.toUpperCase() === tag));
      // Two sources may register one vehicle, each with the plates that it knows.
      const plates = vehicles.map((v) => v.plates.map(normalisePlateText).sort());
      const [first = [], ...others] = plates;
      if (others.some((each) => !each.some((plate) => first.includes(plate)))) {
        const distinct = new Set(plates.map((each) => each.join('+')));
        return fail('tag-on-several', { tag, vehicles: [...distinct].sort().join(' / ') });
      }
    }
    return pass;
  },
};
