/**
 * Stability inferred from the readings alone, for indicators that do not tell it: the last readings all lie
 * within a band for long enough. Whoever uses the result must say that it was inferred.
 */
export interface StabilityRule {
  /** Readings in a row that must agree, 2 to 64. */
  readonly readings: number;
  /** Largest spread among them, kg. */
  readonly bandKg: number;
  /** Shortest time they must span, ms. */
  readonly minMs: number;
  /** Silence after which earlier readings say nothing about the load any more, ms. */
  readonly gapMs: number;
}

export interface StabilityWindow {
  readonly points: readonly { readonly atMs: number; readonly weightKg: number }[];
}

export const emptyWindow: StabilityWindow = { points: [] };

/** Most points that are kept; more readings than this within `minMs` are thinned behind the first. */
const pointsMax = 64;

export function addToWindow(
  window: StabilityWindow,
  reading: { readonly atMs: number; readonly weightKg: number },
  rule: StabilityRule,
): { readonly window: StabilityWindow; readonly state: 'stable' | 'moving' } {
  const { weightKg } = reading;
  // Only the run that agrees with the newest reading counts; a different reading begins anew.
  let from = isUnbroken(window, reading.atMs, rule) ? window.points.length : 0;
  const before = window.points.slice(0, from);
  let [low, high] = [weightKg, weightKg];
  while (from > 0) {
    const point = before[from - 1];
    if (!point) break;
    const [l, h] = [Math.min(low, point.weightKg), Math.max(high, point.weightKg)];
    if (isWider(h - l, rule.bandKg)) break;
    [low, high] = [l, h];
    from -= 1;
  }
  const points = [...before.slice(from), reading];
  const first = points[0] ?? reading;
  const stable = points.length >= rule.readings && reading.atMs - first.atMs >= rule.minMs;
  const kept = points.length > pointsMax ? [first, ...points.slice(2)] : points;
  return { window: { points: kept }, state: stable ? 'stable' : 'moving' };
}

function isUnbroken(window: StabilityWindow, atMs: number, rule: StabilityRule): boolean {
  const last = window.points.at(-1);
  return last !== undefined && atMs >= last.atMs && atMs - last.atMs <= rule.gapMs;
}

/** Compared in whole milligrams: 498.1 − 478.1 is exactly 20 on the display, and a little more in binary. */
function isWider(spreadKg: number, bandKg: number): boolean {
  return Math.round(spreadKg * 1e6) > Math.round(bandKg * 1e6);
}
