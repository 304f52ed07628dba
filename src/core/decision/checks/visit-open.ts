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
  evaluate({ direction, binding, identification }) {
    const plate = identification.tractor?.text;
    if (direction !== 'out' || plate === undefined) return notApplicable;
    return binding.openVisits.length > 0 ? pass : fail('visit-none', { plate });
  },
};
