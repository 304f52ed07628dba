import { isAll } from '../../clearance/quantity.ts';
import { type Check, type CheckOutcome, fail, notApplicable, pass } from '../check.ts';

/** Of one document on many trucks the last one is marked as such, and takes all that is left. */
export const lastTruckFound: Check = {
  id: 'last-truck-found',
  on: 'clearance',
  reasons: {
    'last-truck-leaves-rest': {
      zh: '核放单 {order} 标为最后一车，但单证 {document} 尚有余量',
      en: 'pass order {order} is marked as the last of {document}, and not all of it has gone with it',
    },
    'last-truck-unmarked': {
      zh: '核放单 {order} 提完单证 {document} 的余量，但未标为最后一车',
      en: 'pass order {order} takes all that is left of {document} and is not marked as the last',
    },
  },
  evaluate({ clearance }) {
    let outcome: CheckOutcome = notApplicable;
    for (const { order, drawings } of clearance.orders) {
      const drawing = drawings.find(({ of }) => of === 'document');
      if (order.state !== 'approved' || !drawing?.takes || !drawing.rest) continue;
      const evidence = { order: order.id, document: drawing.id };
      const takesAll = isAll(drawing.takes, drawing.rest);
      if (order.last === true && !takesAll) return fail('last-truck-leaves-rest', evidence);
      if (order.last !== true && takesAll) return fail('last-truck-unmarked', evidence);
      outcome = pass;
    }
    return outcome;
  },
};
