import { type Check, pass, unknown } from '../check.ts';

/** "No hold", on cargo or vehicle, is known only while every source that may hold or revoke is current. */
export const holdSourcesCurrent: Check = {
  id: 'hold-sources-current',
  on: 'clearance',
  reasons: {
    'hold-source-silent': {
      zh: '布控信息来源不是最新：{sources}',
      en: 'sources of holds and revocations are not current: {sources}',
    },
  },
  evaluate({ clearance }) {
    const stale = clearance.staleHoldSources;
    return stale.length === 0 ? pass : unknown('hold-source-silent', { sources: stale.join(', ') });
  },
};
