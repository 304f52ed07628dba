import { type Check, pass, unknown } from '../check.ts';

/** Registers, planned work and documents are as of now: every source of them is current. Those of holds have a check of their own. */
export const feedCurrent: Check = {
  id: 'feed-current',
  on: 'clearance',
  reasons: {
    'feed-source-silent': {
      zh: '数据来源不是最新：{sources}',
      en: 'sources of registers, planned work or documents are not current: {sources}',
    },
  },
  evaluate({ clearance }) {
    const { staleOtherSources, staleHoldSources } = clearance;
    const stale = staleOtherSources.filter((source) => !staleHoldSources.includes(source));
    return stale.length === 0 ? pass : unknown('feed-source-silent', { sources: stale.join(', ') });
  },
};
