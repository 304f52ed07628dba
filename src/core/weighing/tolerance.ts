/** How far a measured weight may be from an expected one. */

/** The wider of the two counts. */
export interface WeightTolerance {
  readonly kg: number;
  readonly share: number;
}

/** Undefined where the measured weight is within the tolerance, else how wide that is. */
export function beyond(
  { kg, share }: WeightTolerance,
  weights: {
    readonly measuredKg: number;
    readonly expectedKg: number;
    /** Of a tare that was taken off or added. */
    readonly uncertaintyKg?: number;
  },
): { readonly toleranceKg: number } | undefined {
  const { measuredKg, expectedKg, uncertaintyKg = 0 } = weights;
  const toleranceKg = Math.max(kg, Math.round(expectedKg * share)) + uncertaintyKg;
  return Math.abs(measuredKg - expectedKg) > toleranceKg ? { toleranceKg } : undefined;
}
