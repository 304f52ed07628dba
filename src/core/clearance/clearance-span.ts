import type { GatheredFacts } from '../facts.ts';
import type { ClearanceOptions } from './clear.ts';
import { ageMsMaxOf, type Freshness, watermarkAheadMsMax } from './freshness.ts';
import { revocationEnds } from './standing-revocation.ts';

/** Moments of the wall clock, both included, ms since 1970. */
export interface ClearanceSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Between which moments `clear` answers the same about these facts: until the next proof expires, the next
 * revocation is over, or the next source becomes current or too old.
 */
export function clearanceSpan(
  { proofs, sources }: Pick<GatheredFacts, 'proofs' | 'sources'>,
  options: Freshness & Pick<ClearanceOptions, 'nowWallMs'>,
): ClearanceSpan {
  /** Last moments of something that is otherwise just after them. */
  const turns = [
    ...proofs.flatMap(({ validUntilMs }) => validUntilMs ?? []),
    ...revocationEnds(proofs),
  ];
  for (const { source, kinds, watermarkAtMs } of sources) {
    if (watermarkAtMs === undefined) continue;
    turns.push(watermarkAtMs - watermarkAheadMsMax - 1);
    for (const kind of kinds) turns.push(watermarkAtMs + ageMsMaxOf(options, source, kind));
  }
  const span = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
  for (const turn of turns) {
    if (turn < options.nowWallMs) span.fromMs = Math.max(span.fromMs, turn + 1);
    else span.untilMs = Math.min(span.untilMs, turn);
  }
  return span;
}
