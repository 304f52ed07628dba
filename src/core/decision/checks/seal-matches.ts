import { names } from '../../binding/bind.ts';
import type { ConsignmentFact, StuffingFact } from '../../facts.ts';
import { parseSeal } from '../../identifiers/seal.ts';
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
      sets: sealSets(container, consignments, facts.stuffings),
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

/** The seals of a box as each document that still counts states them. */
function sealSets(
  container: string,
  consignments: readonly ConsignmentFact[],
  stuffings: readonly StuffingFact[],
): readonly string[] {
  const last = stuffings
    .filter((each) => names([each.container], container))
    .sort((a, b) => a.asOfMs - b.asOfMs || a.version - b.version)
    .at(-1);
  const declared = consignments
    .filter(({ asOfMs }) => !last || asOfMs > last.asOfMs)
    .flatMap(({ cargo = [] }) => cargo.filter((part) => names([part.container], container)))
    .map(({ seals = [] }) => seals);
  return [...(last ? [last.seals] : []), ...declared]
    .filter((seals) => seals.length > 0)
    .map((seals) =>
      seals
        .map(parseSeal)
        .map((seal) => (seal.kind === 'seal' ? seal.number : seal.text))
        .sort()
        .join(', '),
    );
}
