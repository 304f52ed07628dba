import { type Check, pass, unknown } from '../check.ts';

/** "No hold", on cargo or vehicle, is known only while every source that may hold or revoke is current, and there is one. */
export const holdSourcesCurrent: Check = {
  id: 'hold-sources-current',
  on: 'clearance',
  reasons: {
    'hold-source-silent': {
      zh: '布控信息来源不是最新：{sources}',
      en: 'sources of holds and revocations are not current: {sources}',
    },
    'hold-source-none': {
      zh: '没有信息来源提供：{kinds}',
      en: 'no source speaks of: {kinds}',
    },
  },
  evaluate({ clearance }) {
    const { staleHoldSources: stale, unspokenHoldKinds: unspoken } = clearance;
    if (unspoken.length > 0) return unknown('hold-source-none', { kinds: unspoken.join(', ') });
    return stale.length === 0 ? pass : unknown('hold-source-silent', { sources: stale.join(', ') });
  },
};
