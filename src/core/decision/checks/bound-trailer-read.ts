import { normalisePlateText } from '../../identifiers/vehicle-plate.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** The trailer that the binding names was read. One that nobody read may be another. */
export const boundTrailerRead: Check = {
  id: 'bound-trailer-read',
  on: 'readings',
  reasons: {
    'bound-trailer-unread': {
      zh: '绑定挂车 {bound} 的车牌未识别到',
      en: 'trailer {bound} is bound, and no plate of a trailer was read',
    },
    'bound-trailer-differs': {
      zh: '绑定挂车 {bound}，实际为 {trailer}',
      en: 'trailer {bound} is bound, and {trailer} is there',
    },
  },
  evaluate({ binding, direction, identification }) {
    const bound = binding.bound?.trailerPlate;
    if (bound === undefined) return notApplicable;
    const trailer = identification.trailer?.text;
    if (trailer === undefined) return unknown('bound-trailer-unread', { bound });
    // Of the exit its own check says that.
    return trailer === normalisePlateText(bound) || direction === 'out'
      ? pass
      : fail('bound-trailer-differs', { bound, trailer });
  },
};
