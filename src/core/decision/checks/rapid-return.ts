import { type Check, fail, notApplicable, pass } from '../check.ts';

/** Half an hour, ms. */
const rapidReturnMsDefault = 1_800_000;
const reasonsMax = 5;

/**
 * The vehicle was not let through a short while ago: whoever looks at it should know why. It is judged anew all the same,
 * so policies only warn of it.
 */
export const rapidReturn: Check = {
  id: 'rapid-return',
  on: 'moment',
  reasons: {
    'returned-soon': {
      zh: '车辆 {plate} 在 {minutes} 分钟前未获放行：{reasons}',
      en: 'vehicle {plate} was not let through {minutes} minutes ago: {reasons}',
    },
  },
  evaluate({ facts, identification, nowWallMs, passageId, policy }) {
    const plate = identification.tractor?.text;
    if (plate === undefined) return notApplicable;
    const { rapidReturnMs = rapidReturnMsDefault } = policy;
    const before = (facts.turnedBack ?? []).find(
      (each) => each.passageId !== passageId && nowWallMs - each.atMs <= rapidReturnMs,
    );
    if (!before) return pass;
    const minutes = Math.max(0, Math.floor((nowWallMs - before.atMs) / 60_000));
    const reasons = before.reasons.slice(0, reasonsMax).join(', ');
    return fail('returned-soon', { plate, minutes, reasons });
  },
};
