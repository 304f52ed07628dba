import { type Check, pass, unknown } from '../check.ts';

/** The wall clock can be trusted, so that limits by date mean something. */
export const clockTrusted: Check = {
  id: 'clock-trusted',
  on: 'readings',
  reasons: {
    'clock-unsynced': {
      zh: '系统时钟不可信，无法判断有效期',
      en: 'the clock is not trusted, so limits by date cannot be judged',
    },
  },
  evaluate({ facts }) {
    return facts.clockState === 'unsynced' ? unknown('clock-unsynced') : pass;
  },
};
