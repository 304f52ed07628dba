import { lackedFor } from '../../clearance/clear.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** No proof that a box needs was revoked, unless another proof stands in its place. */
export const notRevoked: Check = {
  id: 'not-revoked',
  on: 'clearance',
  reasons: {
    'proof-revoked': {
      zh: '箱 {container} 的放行信息 {proof} 已撤销',
      en: '{proof} for container {container} has been revoked',
    },
  },
  evaluate({ clearance }) {
    if (clearance.boxes.length === 0) return notApplicable;
    const lacked = lackedFor(clearance.boxes, 'revoked');
    return lacked ? fail('proof-revoked', lacked) : pass;
  },
};
