import { type Check, fail, notApplicable, pass } from '../check.ts';

/** An entering truck's earlier visit has been closed. Policies only warn of it: the exit was not captured. */
export const priorVisitClosed: Check = {
  id: 'prior-visit-closed',
  on: 'readings',
  reasons: {
    'visit-still-open': {
      zh: '车辆 {plate} 上次进场未登记出场，按出场未采集处理',
      en: 'vehicle {plate} has an open visit; it is closed as exit-not-captured',
    },
  },
  evaluate({ direction, binding, identification }) {
    const plate = identification.tractor?.text;
    if (direction !== 'in' || plate === undefined) return notApplicable;
    return binding.openVisits.length > 0 ? fail('visit-still-open', { plate }) : pass;
  },
};
