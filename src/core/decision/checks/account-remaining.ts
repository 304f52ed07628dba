import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** The account of a pass order, and a document that goes on many trucks, have as much left as this truck takes. */
export const accountRemaining: Check = {
  id: 'account-remaining',
  on: 'clearance',
  reasons: {
    'account-overdrawn': {
      zh: '账册或单证 {account} 余量 {rest}，本车需 {wanted}',
      en: '{account} has {rest} left, and this truck takes {wanted}',
    },
    'account-unknown': {
      zh: '核放单 {order} 对应的账册或单证 {account} 的余量未知',
      en: 'what {account} has left, which pass order {order} draws on, is not known',
    },
  },
  evaluate({ clearance }) {
    const drawings = clearance.orders
      .filter(({ order }) => order.state === 'approved')
      .flatMap(({ order, drawings: own }) => own.map((each) => ({ ...each, order: order.id })));
    if (drawings.length === 0) return notApplicable;
    for (const { id: account, over, takes, rest } of drawings) {
      if (!over) continue;
      return fail('account-overdrawn', {
        account,
        wanted: takes?.[over] ?? 0,
        rest: rest?.[over] ?? 0,
      });
    }
    const open = drawings.find(({ takes }) => takes === undefined);
    return open ? unknown('account-unknown', { account: open.id, order: open.order }) : pass;
  },
};
