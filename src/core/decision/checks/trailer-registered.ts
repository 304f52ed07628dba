import { entitled } from '../../facts.ts';
import { normalisePlateText } from '../../identifiers/vehicle-plate.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** The trailer whose plate was read is registered, and its registration is in force. */
export const trailerRegistered: Check = {
  id: 'trailer-registered',
  on: 'moment',
  reasons: {
    'trailer-unknown': {
      zh: '挂车 {trailer} 未备案',
      en: 'trailer {trailer} is not in the register',
    },
    'trailer-expired': {
      zh: '挂车 {trailer} 备案已过期',
      en: "trailer {trailer}'s registration has expired",
    },
    'trailer-blocked': { zh: '挂车 {trailer} 已被停用', en: 'trailer {trailer} is blocked' },
  },
  applies({ identification }) {
    return identification.trailer !== undefined;
  },
  evaluate({ identification, binding, facts, nowWallMs }) {
    const trailer = identification.trailer?.text;
    if (trailer === undefined) return notApplicable;
    if (!binding.trailer) {
      return entitled(facts, 'trailer') ? fail('trailer-unknown', { trailer }) : notApplicable;
    }
    const { status, validUntilMs } = binding.trailer;
    const isBlocked = facts.trailers.some(
      (each) => each.status === 'blocked' && normalisePlateText(each.plate) === trailer,
    );
    if (isBlocked) return fail('trailer-blocked', { trailer });
    const over = validUntilMs !== undefined && validUntilMs < nowWallMs;
    return status === 'expired' || over ? fail('trailer-expired', { trailer }) : pass;
  },
};
