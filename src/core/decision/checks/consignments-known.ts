import { type Check, fail, notApplicable, pass } from '../check.ts';

/** Every document that the planned work or the binding names is in the cache. */
export const consignmentsKnown: Check = {
  id: 'consignments-known',
  on: 'readings',
  reasons: {
    'consignment-unknown': {
      zh: '作业计划中的单证 {consignment} 尚未收到',
      en: 'document {consignment} of the planned work has not been received',
    },
  },
  evaluate({ binding, facts }) {
    const named = [
      ...binding.transactions.flatMap((t) => t.consignments),
      ...(binding.bound?.consignments ?? []),
    ];
    if (named.length === 0) return notApplicable;
    const lacking = named.find((id) => !facts.consignments.some((c) => c.id === id));
    return lacking === undefined ? pass : fail('consignment-unknown', { consignment: lacking });
  },
};
