import { statedSeals } from '../../binding/stated-seals.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/**
 * Documents and stuffing records agree on the seals of a box. A stuffing record gives it new ones: what was declared before
 * does not count any more. No device reads seals here, so only a policy that demands it asks for that.
 */
export const sealMatches: Check = {
  id: 'seal-matches',
  on: 'readings',
  reasons: {
    'seal-differs': {
      zh: '箱 {container} 的封志号不一致：{seals} / {others}',
      en: 'the seals of container {container} differ by document: {seals} / {others}',
    },
    'seal-not-read': {
      zh: '箱 {container} 的封志 {seals} 未读取',
      en: 'seals {seals} of container {container} were not read',
    },
  },
  evaluate({ binding, facts, policy }) {
    const sealed = binding.boxes.map(({ container, consignments }) => ({
      container,
      sets: statedSeals(container, consignments, facts.stuffings),
    }));
    const stated = sealed.filter(({ sets }) => sets.length > 0);
    for (const { container, sets } of stated) {
      const [seals = '', ...rest] = sets;
      const others = rest.find((each) => each !== seals);
      if (others !== undefined) return fail('seal-differs', { container, seals, others });
    }
    const [first] = stated;
    if (!first) return notApplicable;
    return policy.sealsMustBeRead === true
      ? unknown('seal-not-read', { container: first.container, seals: first.sets[0] ?? '' })
      : pass;
  },
};
