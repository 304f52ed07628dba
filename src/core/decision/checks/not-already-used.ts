import { lackedFor } from '../../clearance/clear.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** No proof that a box needs has already been used for it: each opens once, unless another proof stands in its place. */
export const notAlreadyUsed: Check = {
  id: 'not-already-used',
  on: 'clearance',
  reasons: {
    'release-used': {
      zh: '箱 {container} 的放行信息 {lineage} 已使用',
      en: 'release {lineage} has already been used for container {container}',
    },
  },
  evaluate({ clearance }) {
    if (clearance.boxes.length === 0) return notApplicable;
    const lacked = lackedFor(clearance.boxes, 'used');
    return lacked ? fail('release-used', lacked) : pass;
  },
};
