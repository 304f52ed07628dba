/**
 * Stability inferred from the readings alone, for indicators that do not tell it: the last readings all lie
 * within a band for long enough. Whoever uses the result must say that it was inferred.
 */
export interface StabilityRule {
  /** Readings in a row that must agree, at least 2. */
  readonly readings: number;
  /** Largest spread among them, kg. */
  readonly bandKg: number;
  /** Shortest time they must span, ms. */
  readonly minMs: number;
}

export interface StabilityWindow {
  readonly points: readonly { readonly atMs: number; readonly weightKg: number }[];
}

export const emptyWindow: StabilityWindow = { points: [] };

/** Most points that are kept; more readings than this within `minMs` are thinned from the middle. */
const pointsMax = 64;

export function addToWindow(
  window: StabilityWindow,
  reading: { readonly atMs: number; readonly weightKg: number },
  rule: StabilityRule,
): { readonly window: StabilityWindow; readonly state: 'stable' | 'moving' } {
  const { weightKg } = reading;
  // Only the run that agrees with the newest reading counts; a different reading begins anew.
  let from = window.points.length;
  let [low, high] = [weightKg, weightKg];
  while (from > 0) {
    const point = window.points[from - 1];
    if (!point) break;
    const [l, h] = [Math.min(low, point.weightKg), Math.max(high, point.weightKg)];
    if (h - l > rule.bandKg) break;
    [low, high] = [l, h];
    from -= 1;
  }
  const points = [...window.points.slice(from), reading];
  const first = points[0] ?? reading;
  const stable = points.length >= rule.readings && reading.atMs - first.atMs >= rule.minMs;
  const kept = points.length > pointsMax ? [first, ...points.slice(2)] : points;
  return { window: { points: kept }, state: stable ? 'stable' : 'moving' };
}
