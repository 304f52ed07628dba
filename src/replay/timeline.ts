/** When the entries of a recording are played. */
import type { Instant } from '../core/time.ts';
import type { RecordedEntry } from '../ports/recording.ts';

/**
 * When everything begins that is not the beginning of an older connection. An exchange stands at the first of a row
 * that was answered alike, and that may be half a minute before the rest.
 */
export function startOf(entries: readonly RecordedEntry[]): Instant {
  const isOfNow = ({ isHead, event }: RecordedEntry) => !isHead && event.kind !== 'exchange';
  const first = entries.find(isOfNow) ?? entries.find(({ isHead }) => !isHead) ?? entries[0];
  return first?.at ?? { wallMs: 0, monotonicMs: 0 };
}

/**
 * So long before everything else the beginnings of older connections are over: what they tell of vehicles of then must
 * be too old to be evidence for the first one that comes. No longer, or a reader would count as silent.
 */
export function restMsOf(
  lanes: readonly { readonly timing: { readonly evidenceLeadMs: number } }[],
) {
  return Math.max(0, ...lanes.map(({ timing }) => timing.evidenceLeadMs)) + 100;
}

export function earlier({ wallMs, monotonicMs }: Instant, byMs: number): Instant {
  return { wallMs: wallMs - byMs, monotonicMs: monotonicMs - byMs };
}

/** Each old connection begins so early that its beginning is over at `headsOver`. */
export function timelineOf(
  entries: readonly RecordedEntry[],
  headsOver: Instant,
): readonly { readonly entry: RecordedEntry; readonly playAt: Instant }[] {
  const lastMs = new Map<string, number>();
  for (const { isHead, source, at } of entries) {
    if (isHead) lastMs.set(source, at.monotonicMs);
  }
  return entries
    .map((entry) => {
      const { isHead, source, at } = entry;
      const beforeMs = (lastMs.get(source) ?? 0) - at.monotonicMs;
      return { entry, playAt: isHead ? earlier(headsOver, beforeMs) : at };
    })
    .sort((a, b) => a.playAt.monotonicMs - b.playAt.monotonicMs);
}
