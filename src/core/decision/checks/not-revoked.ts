import { lackedFor } from '../../clearance/clear.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/**
 * No proof that a box needs was revoked, unless another proof stands in its place. One that was revoked beside those that
 * cover the box makes the answer unknown, where it may be about what is in the box now.
 */
export const notRevoked: Check = {
  id: 'not-revoked',
  on: 'clearance',
  reasons: {
    'proof-revoked': {
      zh: '箱 {container} 的放行信息 {proof} 已撤销',
      en: '{proof} for container {container} has been revoked',
    },
    'proof-revoked-beside': {
      zh: '箱 {container} 另有已撤销的放行信息 {proof}（{lineage}），无法判断是否属于本次货物',
      en: '{proof} ({lineage}) that names container {container} has been revoked, and it may be about what is in it now',
    },
  },
  evaluate({ clearance }) {
    if (clearance.boxes.length === 0) return notApplicable;
    const lacked = lackedFor(clearance.boxes, 'revoked');
    if (lacked) return fail('proof-revoked', lacked);
    for (const { container, revokedBeside } of clearance.boxes) {
      if (!revokedBeside) continue;
      const { proofType: proof, lineage } = revokedBeside;
      return unknown('proof-revoked-beside', { container, proof, lineage });
    }
    return pass;
  },
};
