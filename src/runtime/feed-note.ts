/** What the worker that takes the customs feed in tells the gate, and what of it is worth an entry. */
import type { EventDraft } from '../core/journal/events.ts';

/** What the feed's worker tells of one file. */
export type FeedNote =
  | {
      readonly kind: 'ingested';
      readonly report: {
        readonly file: string;
        readonly source: string;
        readonly mode: 'snapshot' | 'delta';
        readonly applied: number;
        readonly duplicates: number;
        readonly older: number;
        readonly quarantined: number;
        readonly gaps: readonly { readonly first: number; readonly last: number }[];
      };
    }
  | {
      readonly kind: 'rejected';
      readonly file: string;
      readonly code: string;
      readonly reason: string;
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** Gaps told of in one entry; an entry has no room for more than some thousand. */
const gapsTold = 100;
const reasonLengthMax = 2_000;

/** What of it belongs in the journal; `told` remembers the gaps already told of, by source. */
export function feedEvent(
  note: FeedNote,
  told: Map<string, string>,
): Pick<EventDraft, 'type' | 'data'> | undefined {
  if (note.kind === 'failed') {
    const detail = note.reason.slice(0, reasonLengthMax);
    return { type: 'alarm.raised.v1', data: { code: 'feed-unreadable', detail } };
  }
  if (note.kind === 'rejected') {
    const { file, code, reason } = note;
    const data = { file, code, reason: reason.slice(0, reasonLengthMax) };
    return { type: 'feed.quarantined.v1', data };
  }
  const { gaps, source } = note.report;
  const report = {
    ...note.report,
    gaps: gaps.slice(0, gapsTold),
    ...(gaps.length > gapsTold && { gapsInAll: gaps.length }),
  };
  const text = JSON.stringify(gaps);
  const isNews = text !== (told.get(source) ?? '[]');
  told.set(source, text);
  if (report.quarantined > 0) return { type: 'feed.quarantined.v1', data: report };
  if (isNews) return { type: 'feed.gap.v1', data: report };
  return report.applied > 0 ? { type: 'feed.applied.v1', data: report } : undefined;
}
