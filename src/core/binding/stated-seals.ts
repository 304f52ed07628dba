/** The seals of a box as each document that still counts states them; no device reads seals. */
import type { ConsignmentFact, StuffingFact } from '../facts.ts';
import { parseSeal } from '../identifiers/seal.ts';
import { names } from './bind.ts';

/** A stuffing record gives a box new ones: what was declared before does not count any more. */
export function statedSeals(
  container: string,
  consignments: readonly ConsignmentFact[],
  stuffings: readonly StuffingFact[],
): readonly string[] {
  const last = lastStuffing(container, stuffings);
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

export function lastStuffing(
  container: string,
  stuffings: readonly StuffingFact[],
): StuffingFact | undefined {
  return stuffings
    .filter((each) => names([each.container], container))
    .sort((a, b) => a.asOfMs - b.asOfMs || a.version - b.version)
    .at(-1);
}
