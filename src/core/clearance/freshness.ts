/**
 * Whether what a source did not say is known. It is the watermark of the source that ages, not its facts, and how long it
 * may be silent goes by the class of fact: minutes for holds, a day for a register.
 */
import type { FactKind, SourceState } from '../facts.ts';

/** Sources and kinds that may be silent for another time than the rest; all of them where a list is absent. */
export interface SourceAge {
  readonly sources?: readonly string[];
  readonly kinds?: readonly FactKind[];
  /** Age of the watermark, ms. */
  readonly ageMsMax: number;
}

export interface Freshness {
  /** Age of a source's watermark, in ms, beyond which what it did not say is unknown. */
  readonly sourceAgeMsMax: number;
  /** Exceptions from it; the first that fits counts. */
  readonly sourceAges?: readonly SourceAge[];
}

/**
 * How far a watermark may lie in the future, ms. Beyond it the clock of the source or of this gate is wrong, and
 * the age of what was said is not known.
 */
export const watermarkAheadMsMax = 300_000;

/** How old the watermark of a source may be for what it says of a kind, ms. */
export function ageMsMaxOf(
  { sourceAgeMsMax, sourceAges = [] }: Freshness,
  source: string,
  kind: FactKind,
): number {
  const fitting = sourceAges.find(
    ({ sources, kinds }) => (sources?.includes(source) ?? true) && (kinds?.includes(kind) ?? true),
  );
  return fitting?.ageMsMax ?? sourceAgeMsMax;
}

/** Sources that are entitled to speak of one of these kinds, and are not current for it. */
export function staleSources(
  sources: readonly SourceState[],
  kinds: readonly FactKind[],
  options: Freshness & { readonly nowWallMs: number },
): string[] {
  return sources
    .filter((source) =>
      source.kinds.some((kind) => {
        const ageMsMax = ageMsMaxOf(options, source.source, kind);
        return kinds.includes(kind) && !isCurrent(source, options.nowWallMs, ageMsMax);
      }),
    )
    .map((source) => source.source);
}

/** A source is current while its watermark is young enough, not of the future, and nothing of it is missing. */
function isCurrent(source: SourceState, nowWallMs: number, ageMsMax: number): boolean {
  if (source.watermarkAtMs === undefined || source.gaps.length > 0) return false;
  const ageMs = nowWallMs - source.watermarkAtMs;
  return ageMs <= ageMsMax && ageMs >= -watermarkAheadMsMax;
}
