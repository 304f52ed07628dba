import t from 'tap';
import type { ModbusRead } from '../../src/driver-kit/contract.ts';
import type { RecordedEvent } from '../../src/ports/recording.ts';
import type { ExchangeResult } from '../../src/ports/transport.ts';
import { Recorder } from '../../src/runtime/recorder.ts';

const at = (ms: number) => ({ wallMs: 1_000_000 + ms, monotonicMs: ms });
const received = (...bytes: number[]): RecordedEvent => ({
  kind: 'received',
  bytes: Uint8Array.from(bytes),
});
const limits = { bytesMax: 100_000, keepMs: 60_000 };
const opened: RecordedEvent = { kind: 'opened' };

t.test('what is recorded comes back in the order of its times, with its source', async (t) => {
  const recorder = new Recorder(limits, ['a', 'b']);
  recorder.channel('b').add(at(20), received(2));
  recorder.channel('a').add(at(10), received(1));
  recorder.channel('a').add(at(20), received(3));
  t.match(
    [...recorder.snapshot(at(30)).entries],
    [
      { source: 'a', at: at(10) },
      { source: 'b', at: at(20), event: { bytes: Uint8Array.of(2) } },
      { source: 'a', at: at(20) },
    ],
  );
  t.throws(() => recorder.channel('c'), /nothing is recorded of c/);
});

t.test('the oldest give way to bytes, and one source never to another', async (t) => {
  const recorder = new Recorder({ ...limits, bytesMax: 20_000 }, ['loud', 'quiet']);
  recorder.channel('quiet').add(at(0), received(7), 1);
  for (let n = 0; n < 50_000; n += 1) recorder.channel('loud').add(at(n / 1_000), received(1), 840);
  const { entries: kept, losses } = recorder.snapshot(at(60));
  const entries = [...kept];
  t.equal(entries.filter(({ source }) => source === 'loud').length, 10);
  t.equal(entries.filter(({ source }) => source === 'quiet').length, 1);
  t.strictSame(losses, [{ source: 'loud', dropped: 49_990 }]);
});

t.test('what is old is forgotten, also where nothing new comes', async (t) => {
  const recorder = new Recorder({ ...limits, keepMs: 1_000 }, ['a']);
  recorder.channel('a').add(at(0), received(1));
  recorder.channel('a').add(at(900), received(2));
  t.equal([...recorder.snapshot(at(950)).entries].length, 2);
  t.equal([...recorder.snapshot(at(1_500)).entries].length, 1);
  t.equal([...recorder.snapshot(at(5_000)).entries].length, 0);
});

t.test('the beginning of a connection outlives what follows it, and ends with it', async (t) => {
  const recorder = new Recorder({ ...limits, keepMs: 1_000 }, ['a']);
  const channel = recorder.channel('a');
  channel.add(at(0), opened);
  channel.add(at(1), { kind: 'sent', bytes: Uint8Array.of(9) }, 1);
  channel.add(at(2), received(1));
  for (let ms = 3; ms < 20_000; ms += 10) channel.add(at(ms), received(5), 300);
  const entries = [...recorder.snapshot(at(20_000)).entries];
  const heads = entries.filter(({ isHead }) => isHead);
  t.match(
    heads.slice(0, 3).map(({ event }) => event.kind),
    ['opened', 'sent', 'received'],
  );
  t.ok(heads.length < 64, `${heads.length}`);
  t.strictSame(entries.slice(0, heads.length), heads, 'it stands first');
  channel.add(at(20_001), { kind: 'closed', code: 'port-lost', detail: '' });
  const after = [...recorder.snapshot(at(22_000)).entries];
  t.strictSame(
    after.filter(({ isHead }) => isHead),
    [],
  );
});

t.test('it is that of the connection with which the rest begins, not of a later one', async (t) => {
  const recorder = new Recorder({ ...limits, keepMs: 1_000 }, ['a']);
  const channel = recorder.channel('a');
  const heads = (ms: number) =>
    [...recorder.snapshot(at(ms)).entries].flatMap(({ isHead, at: { monotonicMs } }) =>
      isHead ? [monotonicMs] : [],
    );
  channel.add(at(0), opened);
  channel.add(at(5_000), received(1));
  channel.add(at(5_100), { kind: 'closed', code: 'port-lost', detail: '' });
  channel.add(at(5_200), opened);
  channel.add(at(5_300), received(2));
  t.strictSame(heads(5_400), [0], 'something of the first is still there');
  t.strictSame(heads(6_150), [], 'the second is there as a whole');
  t.strictSame(heads(6_250), [5_200]);
  for (let n = 0; n < 5_000; n += 1) channel.add(at(7_000 + n), opened);
  t.strictSame(heads(12_500).length, 1);
});

const read: ModbusRead = { function: 2, address: 0, quantity: 2 };
const bits = (first: boolean, ms: number): ExchangeResult => ({
  kind: 'reply',
  reply: { kind: 'bits', bits: [first, false] },
  receivedAt: at(ms),
});

t.test('polls that are answered alike are one entry, for as long as half a minute', async (t) => {
  const recorder = new Recorder({ ...limits, keepMs: 600_000 }, ['io']);
  const channel = recorder.channel('io');
  const poll = (ms: number, first: boolean) =>
    channel.exchanged(at(ms), { request: read, result: bits(first, ms), requestedMs: ms - 2 });
  for (let ms = 0; ms < 10_000; ms += 50) poll(ms, false);
  poll(10_000, true);
  for (let ms = 10_050; ms < 90_000; ms += 50) poll(ms, false);
  const entries = [...recorder.snapshot(at(90_000)).entries];
  t.match(
    entries.map(({ event }) => event),
    [
      { repeats: 199, requestedMs: -2, lastMs: 9_950 },
      { repeats: 0, lastMs: 10_000, result: bits(true, 10_000) },
      { repeats: 599 },
      { repeats: 599 },
      { repeats: 398 },
    ],
  );
});

t.test('failures and writes are told one by one', async (t) => {
  const recorder = new Recorder(limits, ['io']);
  const channel = recorder.channel('io');
  const failed: ExchangeResult = { kind: 'failed', failure: 'timeout', detail: '' };
  const written: ExchangeResult = {
    kind: 'reply',
    reply: { kind: 'written' },
    receivedAt: at(0),
  };
  const write = { function: 5, address: 1, value: 0xff00 } as const;
  for (const ms of [0, 50]) {
    channel.exchanged(at(ms), { request: read, result: failed, requestedMs: ms });
    channel.exchanged(at(ms), { request: write, result: written, requestedMs: ms });
  }
  t.equal([...recorder.snapshot(at(100)).entries].length, 4);
});

t.test('what gave way is let go at once, however large it was', async (t) => {
  const recorder = new Recorder({ bytesMax: 1_000_000, keepMs: 60_000 }, ['camera']);
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 800; n += 1) {
    const bytes = new Uint8Array(900_000);
    recorder.channel('camera').add(at(n), { kind: 'received', bytes }, bytes.length);
    if (n % 50 === 0) await new Promise((done) => setImmediate(done));
  }
  const heldMb = (process.memoryUsage().arrayBuffers - before) / 1_000_000;
  t.ok(heldMb < 400, `${Math.round(heldMb)} MB of 720 are held`);
});
