import t from 'tap';
import { type FeedNote, feedEvents } from '../../src/runtime/feed-note.ts';

type Report = Extract<FeedNote, { kind: 'ingested' }>['report'];

const ingested = (change: Partial<Report> = {}): FeedNote => ({
  kind: 'ingested',
  report: {
    file: 'a.ndjson',
    source: 'customs',
    mode: 'delta',
    applied: 1,
    duplicates: 0,
    older: 0,
    quarantined: 0,
    gaps: [],
    ...change,
  },
});
const gap = [{ first: 2, last: 4 }];
const types = (note: FeedNote, told = new Map<string, string>()) =>
  feedEvents(note, told).map(({ type }) => type);

t.test('a file is worth one entry, an empty one none', async (t) => {
  t.strictSame(types(ingested()), ['feed.applied.v1']);
  t.strictSame(types(ingested({ applied: 0, duplicates: 3 })), []);
  t.strictSame(types(ingested({ quarantined: 1, gaps: gap })), ['feed.quarantined.v1']);
});

t.test('gaps are told when they are others than before, also when they are gone', async (t) => {
  const told = new Map<string, string>();
  const seen = [gap, gap, [], []].map((gaps) => types(ingested({ applied: 0, gaps }), told));
  t.strictSame(seen, [['feed.gap.v1'], [], ['feed.gap.v1'], []]);
  t.strictSame(types(ingested({ gaps: gap, source: 'other' }), told), ['feed.gap.v1']);
});

t.test('what a file says of itself that cannot be right raises an alarm', async (t) => {
  const told = new Map<string, string>();
  const count = { announced: 5, came: 3 };
  t.match(feedEvents(ingested({ count }), told), [
    { type: 'feed.applied.v1' },
    { type: 'alarm.raised.v1', data: { code: 'feed-count-differs', announced: 5, came: 3 } },
  ]);
  const ahead = ingested({ applied: 0, watermarkTime: 'in-the-future' });
  const alarm = { code: 'feed-watermark-implausible', source: 'customs', file: 'a.ndjson' };
  t.match(feedEvents(ahead, told), [{ type: 'alarm.raised.v1', data: alarm }]);
  t.strictSame(types(ahead, told), [], 'a clock that stays wrong is told once');
  t.strictSame(types(ingested({ applied: 0 }), told), [], 'that it is right again is no alarm');
  t.strictSame(types(ahead, told), ['alarm.raised.v1']);
});

t.test('no note makes an entry that is too large', async (t) => {
  const gaps = Array.from({ length: 5_000 }, (_, i) => ({ first: 2 * i + 1, last: 2 * i + 1 }));
  const long = '验'.repeat(100_000);
  const notes: readonly FeedNote[] = [
    ingested({ gaps }),
    ingested({ gaps, quarantined: 9, file: long, source: long, count: { announced: 1, came: 2 } }),
    { kind: 'rejected', file: long, code: long, reason: long },
    { kind: 'failed', reason: long },
  ];
  for (const note of notes) {
    for (const { data } of feedEvents(note, new Map()))
      t.ok(Buffer.byteLength(JSON.stringify(data)) < 8_192, JSON.stringify(data).slice(0, 80));
  }
  const [event] = feedEvents(ingested({ gaps, gapsLeftOut: 7 }), new Map());
  t.match(event, { type: 'feed.gap.v1', data: { gapsLeftOut: 4_957 } });
  t.strictSame(event?.data['gaps'], gaps.slice(0, 50));
});
