/** When the entries of a recording are played. */
import type { Instant } from '../core/time.ts';
import type { RecordedEntry } from '../ports/recording.ts';

/** When everything begins that is not the beginning of an older connection. */
export function startOf(entries: readonly RecordedEntry[]): Instant {
  const first = entries.find(({ isHead }) => !isHead) ?? entries[0];
  return first?.at ?? { wallMs: 0, monotonicMs: 0 };
}

/** Each old connection begins so early that its beginning is over when everything else begins. */
export function timelineOf(
  entries: readonly RecordedEntry[],
  start: Instant,
): readonly { readonly entry: RecordedEntry; readonly playAt: Instant }[] {
  const lastMs = new Map<string, number>();
  for (const { isHead, source, at } of entries) {
    if (isHead) lastMs.set(source, at.monotonicMs);
  }
  return entries
    .map((entry) => {
      const { isHead, source, at } = entry;
      const beforeMs = (lastMs.get(source) ?? 0) - at.monotonicMs;
      const { wallMs, monotonicMs } = start;
      const early = { wallMs: wallMs - beforeMs, monotonicMs: monotonicMs - beforeMs };
      return { entry, playAt: isHead ? early : at };
    })
    .sort((a, b) => a.playAt.monotonicMs - b.playAt.monotonicMs);
}
