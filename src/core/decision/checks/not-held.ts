import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** No hold (布控) stops any box for this move. A hold that could not be read makes the answer unknown. */
export const notHeld: Check = {
  id: 'not-held',
  on: 'clearance',
  reasons: {
    'container-held': {
      zh: '箱 {container} 被{authority}布控：{reason}',
      en: 'container {container} is held by {authority}: {reason}',
    },
    'hold-unreadable': {
      zh: '存在无法解析的布控或撤销信息，可能涉及箱 {container}：{reason}',
      en: 'a hold or revocation that could not be read may concern container {container}: {reason}',
    },
  },
  evaluate({ clearance }) {
    if (clearance.boxes.length === 0) return notApplicable;
    for (const { container, holds } of clearance.boxes) {
      const hold = holds[0];
      if (hold) {
        return fail('container-held', {
          container,
          authority: hold.authority,
          reason: hold.reason,
        });
      }
    }
    for (const { container, taints } of clearance.boxes) {
      const reason = taints[0];
      if (reason !== undefined) return unknown('hold-unreadable', { container, reason });
    }
    return pass;
  },
};
