import { type Check, fail, pass } from '../check.ts';

/** The terminal planned work for this truck or its boxes in this direction. */
export const transactionPlanned: Check = {
  id: 'transaction-planned',
  on: 'readings',
  reasons: {
    'transaction-none': {
      zh: '没有该车或该箱的作业计划',
      en: 'nothing is planned for this truck or its containers',
    },
    'transaction-box-none': {
      zh: '箱 {container} 没有作业计划',
      en: 'nothing is planned for container {container}',
    },
  },
  evaluate({ binding }) {
    if (binding.transactions.length === 0) return fail('transaction-none');
    const loose = binding.boxes.find((box) => box.transaction === undefined);
    return loose ? fail('transaction-box-none', { container: loose.container }) : pass;
  },
};
