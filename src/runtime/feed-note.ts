/**
 * What the worker that takes the customs feed in tells the gate, and what of it is worth an entry. Gaps, a clock
 * that is wrong and failures stay as they are for a while: each is told when it is news.
 */
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
        /** Gaps that are not listed; absent for none. */
        readonly gapsLeftOut?: number;
        readonly count?: { readonly announced: number; readonly came: number };
        readonly watermarkTime?: 'before-2000' | 'in-the-future';
      };
    }
  | {
      readonly kind: 'rejected';
      readonly file: string;
      readonly code: string;
      readonly reason: string;
    }
  | { readonly kind: 'failed'; readonly reason: string }
  /** A person has acted upon the feed, which is on record already. */
  | { readonly kind: 'acted' };

type FeedEvent = Pick<EventDraft, 'type' | 'data'>;

/** Listed in one event; a source may have any number. */
const gapsListedMax = 50;
/** UTF-16 units of a text that the sender or the system has a say in. */
const textLengthMax = 500;

/** `told` remembers what was told of and lasts. */
export function feedEvents(note: FeedNote, told: Map<string, string>): readonly FeedEvent[] {
  switch (note.kind) {
    case 'acted':
      return [];
    case 'failed': {
      const data = { code: 'feed-unreadable', detail: cut(note.reason) };
      return [{ type: 'alarm.raised.v1', data }];
    }
    case 'rejected': {
      const { file, code, reason } = note;
      const data = { file: cut(file), code: cut(code), reason: cut(reason) };
      return [{ type: 'feed.quarantined.v1', data }];
    }
    case 'ingested':
      return [...fileEvent(note.report, told), ...doubts(note.report, told)];
  }
}

type Report = Extract<FeedNote, { kind: 'ingested' }>['report'];

function fileEvent(report: Report, told: Map<string, string>): readonly FeedEvent[] {
  const gaps = report.gaps.slice(0, gapsListedMax);
  const gapsLeftOut = report.gaps.length - gaps.length + (report.gapsLeftOut ?? 0);
  const missing = gaps.length === 0 ? '' : JSON.stringify([gaps, gapsLeftOut]);
  const isNews = becomes(told, `gaps of ${report.source}`, missing);
  const { mode, applied, duplicates, older, quarantined } = report;
  const data = {
    file: cut(report.file),
    source: cut(report.source),
    mode,
    applied,
    duplicates,
    older,
    quarantined,
    gaps,
    ...(gapsLeftOut > 0 && { gapsLeftOut }),
  };
  if (quarantined > 0) return [{ type: 'feed.quarantined.v1', data }];
  if (isNews) return [{ type: 'feed.gap.v1', data }];
  return applied > 0 ? [{ type: 'feed.applied.v1', data }] : [];
}

/** What the file says of itself that cannot be right. */
function doubts(report: Report, told: Map<string, string>): readonly FeedEvent[] {
  const { file, source, count, watermarkTime } = report;
  const events: FeedEvent[] = [];
  const of = { file: cut(file), source: cut(source) };
  if (count) {
    const { announced, came } = count;
    const data = { code: 'feed-count-differs', ...of, announced, came };
    events.push({ type: 'alarm.raised.v1', data });
  }
  if (becomes(told, `watermark of ${source}`, watermarkTime ?? '') && watermarkTime) {
    const data = { code: 'feed-watermark-implausible', ...of, watermarkTime };
    events.push({ type: 'alarm.raised.v1', data });
  }
  return events;
}

/** Whether that is another value than before. */
function becomes(told: Map<string, string>, what: string, value: string): boolean {
  const isNews = (told.get(what) ?? '') !== value;
  told.set(what, value);
  return isNews;
}

function cut(text: string): string {
  return text.length > textLengthMax ? `${text.slice(0, textLengthMax)}…` : text;
}
