import { lackedFor } from '../../clearance/clear.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** No proof that a box needs has run out, unless another proof stands in its place. */
export const proofsCurrent: Check = {
  id: 'proofs-current',
  on: 'clearance',
  reasons: {
    'proof-expired': {
      zh: '箱 {container} 的放行信息 {proof} 已过期',
      en: '{proof} for container {container} has expired',
    },
  },
  evaluate({ clearance }) {
    if (clearance.boxes.length === 0) return notApplicable;
    const lacked = lackedFor(clearance.boxes, 'expired');
    return lacked ? fail('proof-expired', lacked) : pass;
  },
};
