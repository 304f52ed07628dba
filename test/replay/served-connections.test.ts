/** When a device of a recording takes a connection, what it says on it, and when it cuts it. */
import t from 'tap';
import type { RecordedEntry, RecordedEvent } from '../../src/ports/recording.ts';
import { connectionsOf, isThereAtStart } from '../../src/replay/served-connections.ts';

const entry = (ms: number, event: RecordedEvent, isHead?: true): RecordedEntry => ({
  sequence: ms,
  at: { wallMs: ms, monotonicMs: ms },
  source: 'it',
  event,
  ...(isHead && { isHead }),
});
const received = (ms: number, text: string, isHead?: true) =>
  entry(ms, { kind: 'received', bytes: Buffer.from(text) }, isHead);
const sent = (ms: number, text: string, isHead?: true) =>
  entry(ms, { kind: 'sent', bytes: Buffer.from(text) }, isHead);
const opened = (ms: number, isHead?: true) => entry(ms, { kind: 'opened', nonce: 1 }, isHead);
const closed = (ms: number) => entry(ms, { kind: 'closed', code: 'port-lost', detail: '' });
const openFailed = (ms: number) =>
  entry(ms, { kind: 'openFailed', code: 'connect-refused', detail: '' });
const always = Number.NEGATIVE_INFINITY;
const never = Number.POSITIVE_INFINITY;

t.test('a device that was there from the beginning takes who comes', async (t) => {
  const connections = connectionsOf([opened(1_010), received(1_020, 'a')], 1_000);
  t.match(connections, [{ fromMs: always, openedMs: 1_010, cutMs: never }]);
  t.equal(isThereAtStart(connections), true);
  t.equal(isThereAtStart(connectionsOf([], 0)), false);
});

t.test('a line that was lost is there again after the last try that failed', async (t) => {
  const connections = connectionsOf(
    [
      opened(0),
      closed(500),
      openFailed(900),
      openFailed(2_000),
      opened(4_000),
      received(4_010, 'b'),
    ],
    0,
  );
  t.match(connections, [
    { fromMs: always, cutMs: 500 },
    { fromMs: 2_000, openedMs: 4_000, cutMs: never },
  ]);
});

t.test('a device that was away at the beginning is not waited for', async (t) => {
  const connections = connectionsOf([openFailed(100), opened(700)], 0);
  t.match(connections, [{ fromMs: 100, openedMs: 700 }]);
  t.equal(isThereAtStart(connections), false);
});

t.test('a line that the daemon gave up is not cut', async (t) => {
  const connections = connectionsOf([opened(0), entry(300, { kind: 'hungUp' }), opened(900)], 0);
  t.match(connections, [
    { fromMs: always, cutMs: never },
    { fromMs: 300, openedMs: 900 },
  ]);
});

t.test('each piece knows what had been asked before it', async (t) => {
  const [connection] = connectionsOf(
    [
      opened(-9_000, true),
      sent(-8_990, 'hello', true),
      received(-8_980, 'there', true),
      received(10, 'x'),
      sent(20, 'abc'),
      received(30, 'y'),
    ],
    0,
  );
  t.strictSame(
    connection?.chunks.map(({ bytes, sentBefore, isHead }) => [
      Buffer.from(bytes).toString(),
      sentBefore,
      isHead,
    ]),
    [
      ['there', 5, true],
      ['x', 5, false],
      ['y', 8, false],
    ],
  );
  t.equal(connection?.fromMs, always, 'it is older than the recording');
});
