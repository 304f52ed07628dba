import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** Of a road bridge with divisions of 20 to 50 kg, two of them, kg. */
const zeroKgMaxDefault = 100;

/**
 * A stable weight of a vehicle was taken, on a platform that had shown zero before. Zero, moving, negative, over range
 * and silence are "no weight".
 */
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
    'weight-zero-shifted': {
      zh: '空秤示值 {zeroKg} kg，零点偏移',
      en: 'the empty platform had shown {zeroKg} kg',
    },
  },
  evaluate({ weight, requirements, policy }) {
    if (!requirements.weight) return notApplicable;
    if (weight.kind !== 'weighed') return unknown(`weight-${weight.reason}`);
    const { zeroKg = 0 } = weight;
    const zeroKgMax = policy.zeroKgMax ?? zeroKgMaxDefault;
    return Math.abs(zeroKg) <= zeroKgMax ? pass : fail('weight-zero-shifted', { zeroKg });
  },
};
