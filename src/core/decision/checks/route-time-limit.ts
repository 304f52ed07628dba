import { type Check, fail, notApplicable, pass } from '../check.ts';
import { timeText } from '../time-text.ts';

/** Transfer goods arrive within the time that their route was given. */
export const routeTimeLimit: Check = {
  id: 'route-time-limit',
  on: 'moment',
  reasons: {
    'route-overdue': {
      zh: '转关单 {consignment} 应在 {due} 前运抵',
      en: 'transfer {consignment} was due to arrive by {due}',
    },
  },
  applies({ direction, binding }) {
    return (
      direction === 'in' &&
      binding.boxes.some((box) => box.consignments.some((c) => c.routeUntilMs !== undefined))
    );
  },
  evaluate({ direction, binding, nowWallMs }) {
    if (direction !== 'in') return notApplicable;
    const limited = binding.boxes
      .flatMap((box) => box.consignments)
      .flatMap(({ id, routeUntilMs }) =>
        routeUntilMs === undefined ? [] : [{ id, routeUntilMs }],
      );
    if (limited.length === 0) return notApplicable;
    const late = limited.find(({ routeUntilMs }) => routeUntilMs < nowWallMs);
    if (!late) return pass;
    return fail('route-overdue', { consignment: late.id, due: timeText(late.routeUntilMs) });
  },
};
