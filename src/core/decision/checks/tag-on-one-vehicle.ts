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
      const distinct = new Set(vehicles.map((v) => v.plates.join('+')));
      if (distinct.size > 1) {
        return fail('tag-on-several', { tag, vehicles: [...distinct].sort().join(' / ') });
      }
    }
    return pass;
  },
};
