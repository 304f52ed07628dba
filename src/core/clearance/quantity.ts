/**
 * Pieces and weight of cargo that goes in parts, over several trucks (分批提离). Each dimension is counted by itself, and one
 * that the release does not state is not counted.
 */
import type { Quantity, ReleaseUse } from '../facts.ts';

const dimensions = ['packages', 'grossWeightKg'] as const;

/** Weights are sums of decimal fractions. */
const slack = 1e-6;

export function isStated(quantity: Quantity): boolean {
  return dimensions.some((each) => quantity[each] !== undefined);
}

/** The less of each dimension, over all that state it. */
export function leastOf(quantities: readonly Quantity[]): Quantity {
  return byDimension((each) => {
    const stated = quantities.flatMap((quantity) => quantity[each] ?? []);
    return stated.length === 0 ? undefined : Math.min(...stated);
  });
}

/** Of a dimension that one of them leaves open the sum is not known. */
export function sumOf(quantities: readonly Quantity[]): Quantity {
  return byDimension((each) => {
    const stated = quantities.flatMap((quantity) => quantity[each] ?? []);
    const isKnown = stated.length === quantities.length;
    return isKnown ? stated.reduce((sum, value) => sum + value, 0) : undefined;
  });
}

/**
 * What uses have left of a limit; never less than nothing. A use of before the limit stated a dimension took the same
 * share of that one: a release that is told anew in other words has not become whole again.
 */
export function restOf(limit: Quantity, uses: readonly Pick<ReleaseUse, 'takes'>[]): Quantity {
  const taken = sumOf(uses.map(({ takes }) => takesOf(takes, { limit, rest: limit })));
  return byDimension((each) => {
    const whole = limit[each];
    return whole === undefined ? undefined : Math.max(0, whole - (taken[each] ?? 0));
  });
}

/**
 * What a truck takes of a release. Where its load states one dimension alone, the other is the same share of the
 * limit, to the fraction: rounded, the shares of all trucks would not come out even. A truck whose load nobody stated
 * takes all that is left.
 */
export function takesOf(
  load: Quantity | undefined,
  { limit, rest }: { readonly limit: Quantity; readonly rest: Quantity },
): Quantity {
  if (!load) return rest;
  return byDimension((each) => {
    if (limit[each] === undefined) return undefined;
    return load[each] ?? shareOf(load, limit, each) ?? rest[each];
  });
}

function shareOf(load: Quantity, limit: Quantity, wanted: keyof Quantity): number | undefined {
  const other = wanted === 'packages' ? 'grossWeightKg' : 'packages';
  const [part, of, whole] = [load[other], limit[other], limit[wanted]];
  if (part === undefined || of === undefined || of === 0 || whole === undefined) return undefined;
  return (whole * part) / of;
}

/** The dimension in which more is taken than is left; nothing at all may not be taken either. */
export function overdrawn(takes: Quantity, rest: Quantity): keyof Quantity | undefined {
  return dimensions.find((each) => {
    const [wanted, left] = [takes[each], rest[each]];
    if (wanted === undefined || left === undefined) return false;
    return wanted <= 0 || wanted > left + slack;
  });
}

/** Whether nothing is left when this has been taken. */
export function isAll(takes: Quantity, rest: Quantity): boolean {
  return dimensions.every((each) => {
    const [wanted, left] = [takes[each], rest[each]];
    return left === undefined || (wanted !== undefined && Math.abs(left - wanted) <= slack);
  });
}

function byDimension(ofDimension: (dimension: keyof Quantity) => number | undefined): Quantity {
  const [packages, grossWeightKg] = dimensions.map(ofDimension);
  return {
    ...(packages !== undefined && { packages }),
    ...(grossWeightKg !== undefined && { grossWeightKg }),
  };
}
