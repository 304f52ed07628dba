import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** The pre-manifest of an export box has been accepted. Policies warn of it: it blocks the report, not the truck. */
export const preManifestAccepted: Check = {
  id: 'pre-manifest-accepted',
  on: 'readings',
  reasons: {
    'pre-manifest-rejected': {
      zh: '提运单 {bill} 的预配舱单被退单',
      en: 'the pre-manifest of bill {bill} was rejected',
    },
    'pre-manifest-open': {
      zh: '提运单 {bill} 的预配舱单尚未核放',
      en: 'the pre-manifest of bill {bill} has not been accepted yet',
    },
  },
  evaluate({ direction, binding }) {
    const isExport = binding.transactionTypes.some((type) => type.startsWith('export'));
    const bills = binding.boxes.flatMap((box) => box.bills);
    if (direction !== 'in' || !isExport || bills.length === 0) return notApplicable;
    const rejected = bills.find(({ preManifest }) => preManifest === 'rejected');
    if (rejected) return fail('pre-manifest-rejected', { bill: rejected.id });
    const open = bills.find(({ preManifest }) => preManifest !== 'accepted');
    return open ? unknown('pre-manifest-open', { bill: open.id }) : pass;
  },
};
