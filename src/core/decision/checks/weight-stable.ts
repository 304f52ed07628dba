import { type Check, notApplicable, pass, unknown } from '../check.ts';

/** A stable weight of a vehicle was taken. Zero, moving, negative, over range and silence are "no weight". */
export const weightStable: Check = {
  id: 'weight-stable',
  on: 'moment',
  reasons: {
    'weight-noReading': { zh: '地磅没有读数', en: 'the weighbridge gave no reading' },
    'weight-unstable': { zh: '重量不稳定', en: 'the weight did not become stable' },
    'weight-empty': { zh: '地磅上没有车辆重量', en: 'there is no vehicle weight on the platform' },
    'weight-negative': { zh: '重量为负', en: 'the weight is negative' },
    'weight-overload': { zh: '地磅超载', en: 'the weighbridge reports overload' },
    'weight-underload': { zh: '地磅欠载', en: 'the weighbridge reports underload' },
    'weight-error': { zh: '地磅报错', en: 'the weighbridge reports an error' },
  },
  evaluate({ weight, requirements }) {
    if (!requirements.weight) return notApplicable;
    return weight.kind === 'weighed' ? pass : unknown(`weight-${weight.reason}`);
  },
};
