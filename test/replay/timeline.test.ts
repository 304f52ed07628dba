/** The beginnings of older connections are over before anything else begins, and long enough to be no evidence. */
import t from 'tap';
import type { RecordedEntry } from '../../src/ports/recording.ts';
import { earlier, restMsOf, startOf, timelineOf } from '../../src/replay/timeline.ts';

const entry = (source: string, ms: number, isHead?: true): RecordedEntry => ({
  sequence: ms,
  at: { wallMs: 1_000_000 + ms, monotonicMs: ms },
  source,
  event: { kind: 'hungUp' },
  ...(isHead && { isHead }),
});

t.test('each beginning ends where it is told to, with its own distances', async (t) => {
  const entries = [
    entry('a', 0, true),
    entry('b', 100, true),
    entry('a', 300, true),
    entry('a', 90_000),
    entry('b', 90_010),
  ];
  const start = startOf(entries);
  t.equal(start.monotonicMs, 90_000);
  const rest = restMsOf([{ timing: { evidenceLeadMs: 5_000 } }, { timing: { evidenceLeadMs: 0 } }]);
  t.equal(rest, 5_100, 'beyond the age at which a reading counts');
  const played = timelineOf(entries, earlier(start, rest));
  t.strictSame(
    played.map(({ entry: { source }, playAt }) => [source, playAt.monotonicMs, playAt.wallMs]),
    [
      ['a', 84_600, 1_084_600],
      ['b', 84_900, 1_084_900],
      ['a', 84_900, 1_084_900],
      ['a', 90_000, 1_090_000],
      ['b', 90_010, 1_090_010],
    ],
  );
});

t.test('a row of equal answers that is older than the rest does not begin it', async (t) => {
  const request = { function: 2, address: 0, quantity: 1 } as const;
  const result = { kind: 'failed', failure: 'timeout', detail: '' } as const;
  const run = {
    kind: 'exchange',
    request,
    result,
    requestedMs: 0,
    lastMs: 30_000,
    repeats: 9,
  } as const;
  const row: RecordedEntry = { ...entry('io', 1_000), event: run };
  t.equal(startOf([row, entry('a', 28_000)]).monotonicMs, 28_000);
  t.equal(startOf([row]).monotonicMs, 1_000, 'where there is nothing else');
});
