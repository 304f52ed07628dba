/** What the documents say that the boxes weigh. */
import { type BoundBox, names } from '../binding/bind.ts';

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
