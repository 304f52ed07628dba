import { type Check, fail, notApplicable, pass } from '../check.ts';

/** A truck that leaves has entered: its visit is open. */
export const visitOpen: Check = {
  id: 'visit-open',
  on: 'readings',
  reasons: {
    'visit-none': {
      zh: '车辆 {plate} 没有进场记录',
      en: 'vehicle {plate} has no recorded entry',
    },
  },
  evaluate({ direction, facts, identification }) {
    const plate = identification.tractor?.text;
    if (direction !== 'out' || plate === undefined) return notApplicable;
    return facts.visits.some((visit) => visit.plate === plate)
      ? pass
      : fail('visit-none', { plate });
  },
};
