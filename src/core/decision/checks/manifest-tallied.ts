import { names } from '../../binding/bind.ts';
import { entitled } from '../../facts.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** An import box that leaves has been counted at the quay, and the count agrees with its bill. */
export const manifestTallied: Check = {
  id: 'manifest-tallied',
  on: 'readings',
  reasons: {
    'bill-none': {
      zh: '进口箱 {container} 没有提运单',
      en: 'import container {container} is on no bill',
    },
    'tally-missing': {
      zh: '箱 {container} 的提运单 {bill} 没有理货报告',
      en: 'bill {bill} of container {container} has not been tallied',
    },
    'tally-differs': {
      zh: '箱 {container} 的提运单 {bill} 理货结果不符',
      en: 'the tally of bill {bill} of container {container} does not agree',
    },
  },
  evaluate({ direction, binding, facts }) {
    const isImport = binding.transactionTypes.some((type) => type.startsWith('import'));
    if (direction !== 'out' || !isImport || !entitled(facts, 'tally')) return notApplicable;
    const isListed = entitled(facts, 'bill');
    for (const { container, bills, plannedTypes } of binding.boxes) {
      if (isListed && bills.length === 0 && plannedTypes.some((type) => type.startsWith('import')))
        return unknown('bill-none', { container });
      for (const bill of bills) {
        // A tally that names boxes says nothing of their neighbours.
        const tallies = facts.tallies.filter(
          ({ billId, containers }) =>
            billId === bill.id && (containers.length === 0 || names(containers, container)),
        );
        if (tallies.length === 0) return unknown('tally-missing', { container, bill: bill.id });
        if (tallies.some(({ result }) => result !== 'complete'))
          return fail('tally-differs', { container, bill: bill.id });
      }
    }
    return pass;
  },
};
