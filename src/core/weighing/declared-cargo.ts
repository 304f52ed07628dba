/** What the documents say that the boxes weigh. */
import { type BoundBox, names } from '../binding/bind.ts';
import { lastStuffing } from '../binding/stated-seals.ts';
import type { StuffingFact } from '../facts.ts';

/** Declared gross of these boxes together, kg; unknown as soon as that of one is. */
export function declaredKgOf(boxes: readonly BoundBox[]): number | undefined {
  let sumKg = 0;
  for (const { container, consignments } of boxes) {
    for (const { cargo = [], containers: all, grossWeightKg } of consignments) {
      const part = cargo.find((each) => names([each.container], container))?.grossWeightKg;
      // A share of a larger consignment has no declared weight of this box, unless it says so.
      const own =
        part ?? (all.length === 1 && consignments.length === 1 ? grossWeightKg : undefined);
      if (own === undefined) return undefined;
      sumKg += own;
    }
    if (consignments.length === 0) return undefined;
  }
  return sumKg;
}

/**
 * What is in a box, without the box, kg: as it was stuffed last, or as the documents state it since. Unknown as soon as that
 * of one consignment is.
 */
export function cargoKgOf(
  { container, consignments }: Pick<BoundBox, 'container' | 'consignments'>,
  stuffings: readonly StuffingFact[],
): number | undefined {
  const last = lastStuffing(container, stuffings);
  const weights = last
    ? last.consignments.map(({ grossWeightKg }) => grossWeightKg)
    : consignments.map(
        ({ cargo = [] }) => cargo.find((each) => names([each.container], container))?.cargoKg,
      );
  if (weights.length === 0) return undefined;
  return weights.reduce<number | undefined>(
    (sum, each) => (sum === undefined || each === undefined ? undefined : sum + each),
    0,
  );
}

/** The box itself, kg, as planned work states it. */
export function boxTareKgOf({
  container,
  transaction,
}: Pick<BoundBox, 'container' | 'transaction'>): number | undefined {
  return transaction?.boxTares?.find((each) => names([each.container], container))?.tareKg;
}
