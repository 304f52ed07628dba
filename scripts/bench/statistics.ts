/** Order statistics of a run, and how runs compare. */

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export interface Row {
  readonly bar: string;
  /** One value a run, of the floor and of kakou, ms. */
  readonly floor: readonly number[];
  readonly kakou: readonly number[];
  /** Absent where the row is for the eye and nothing is asked of it. */
  readonly must?: number;
  readonly aim?: number;
  /** A limit in ms that holds beside the ratio, or alone. */
  readonly mustMs?: number;
}

/** Ratios are taken run by run: both halves of a run met the same machine. */
export function rowText({ bar, floor, kakou, must, aim, mustMs }: Row): string {
  const ratios = kakou.map((value, run) => value / (floor[run] ?? Number.NaN));
  const middle = median(ratios);
  const isAsked = must !== undefined || mustMs !== undefined;
  const isWithin = isAsked && middle <= (must ?? Infinity) && median(kakou) <= (mustMs ?? Infinity);
  const missed = isAsked ? 'MISSED' : '';
  const verdict = aim !== undefined && middle <= aim ? 'aim' : isWithin ? 'must' : missed;
  const cells = [
    bar.padEnd(34),
    `${median(floor).toFixed(3)} ms`.padStart(11),
    `${median(kakou).toFixed(3)} ms`.padStart(11),
    `${middle.toFixed(2)}×`.padStart(8),
    `${Math.max(...ratios).toFixed(2)}×`.padStart(8),
    mustText(must, mustMs).padStart(8),
    verdict,
  ];
  return cells.join(' ');
}

function mustText(must: number | undefined, mustMs: number | undefined): string {
  if (must !== undefined) return `≤ ${must}×`;
  return mustMs === undefined ? '' : `${mustMs} ms`;
}

export const heading = [
  'bar'.padEnd(34),
  'floor'.padStart(11),
  'kakou'.padStart(11),
  'median'.padStart(8),
  'worst'.padStart(8),
  'must'.padStart(8),
  'met',
].join(' ');
