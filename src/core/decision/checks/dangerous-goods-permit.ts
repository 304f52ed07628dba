import { type Check, fail, notApplicable, pass } from '../check.ts';

/** Each box or document with dangerous goods is named by a permit for them that is in force. */
export const dangerousGoodsPermit: Check = {
  id: 'dangerous-goods-permit',
  on: 'clearance',
  reasons: {
    'dangerous-unpermitted': {
      zh: '箱 {container} 装有危险货物（单证 {consignment}），没有有效的危险货物作业许可',
      en: 'container {container} holds dangerous goods (document {consignment}), and no permit for them is in force',
    },
  },
  evaluate({ clearance }) {
    const dangerous = clearance.boxes.filter((box) => box.dangerousConsignment !== undefined);
    if (dangerous.length === 0) return notApplicable;
    const open = dangerous.find((box) => !box.dangerousPermitted);
    if (!open) return pass;
    const { container, dangerousConsignment: consignment = '' } = open;
    return fail('dangerous-unpermitted', { container, consignment });
  },
};
