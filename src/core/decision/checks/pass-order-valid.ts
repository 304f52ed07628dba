import { names } from '../../binding/bind.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';
import { bondedTypes } from '../policy.ts';

/** A bonded move has an approved pass order for this truck, which nobody has used, with the boxes that it names. */
export const passOrderValid: Check = {
  id: 'pass-order-valid',
  on: 'clearance',
  reasons: {
    'pass-order-none': {
      zh: '没有本车已审批的核放单',
      en: 'there is no approved pass order for this truck',
    },
    'pass-order-used': {
      zh: '核放单 {order} 已使用',
      en: 'pass order {order} has been used',
    },
    'pass-order-documents': {
      zh: '核放单 {order} 的绑定类型不允许 {count} 份单证',
      en: 'pass order {order} names {count} documents, which its kind of binding does not allow',
    },
    'pass-order-box-missing': {
      zh: '核放单 {order} 的箱 {container} 未在车上识别到',
      en: 'container {container} of pass order {order} was not seen on the truck',
    },
  },
  evaluate({ binding, clearance, identification }) {
    if (!binding.transactionTypes.some((type) => bondedTypes.has(type))) return notApplicable;
    const approved = clearance.orders.filter(({ order }) => order.state === 'approved');
    if (approved.length === 0) return fail('pass-order-none');
    for (const { order, isUsed } of approved) {
      const { id, bindingType, consignments, containers, orderType } = order;
      if (isUsed) return fail('pass-order-used', { order: id });
      const count = consignments.length;
      const isAllowed = bindingType === 1 ? count > 0 : count === 1;
      if (!isAllowed && orderType !== 'emptyTruck')
        return fail('pass-order-documents', { order: id, count });
      if (identification.containerCapture === 'none') continue;
      const missing = containers.find(
        (container) => !binding.boxes.some((box) => names([container], box.container)),
      );
      if (missing !== undefined)
        return fail('pass-order-box-missing', { order: id, container: missing });
    }
    return pass;
  },
};
