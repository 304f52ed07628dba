/** What a recording heard is heard again, at its times; what is asked gets the answer of then. */
import t from 'tap';
import type { ModbusRequest } from '../../src/driver-kit/contract.ts';
import type { RecordedEntry, RecordedEvent } from '../../src/ports/recording.ts';
import type { ExchangeResult } from '../../src/ports/transport.ts';
import { RecordedExchanges } from '../../src/replay/recorded-exchanges.ts';
import {
  ReplayedExchange,
  ReplayedNotifications,
  ReplayedStream,
} from '../../src/replay/replayed-transports.ts';
import { VirtualTime } from '../../src/replay/virtual-time.ts';

const at = (ms: number) => ({ wallMs: 1_000_000 + ms, monotonicMs: ms });
const timeAt = (ms: number) => new VirtualTime(at(ms), { bootId: 'b', state: 'synced' });
const entry = (ms: number, event: RecordedEvent): RecordedEntry => ({
  sequence: ms,
  at: at(ms),
  source: 'it',
  event,
});
const read = { function: 2, address: 0, quantity: 1 } as const;
const open = { function: 5, address: 3, value: 0xff00 } as const;
const bit = (value: boolean): ExchangeResult => ({
  kind: 'reply',
  reply: { kind: 'bits', bits: [value] },
  receivedAt: at(0),
});
const timeout: ExchangeResult = { kind: 'failed', failure: 'timeout', detail: '' };

function exchange(
  requestedMs: number,
  answeredMs: number,
  result: ExchangeResult,
  run: { repeats: number; lastMs: number } = { repeats: 0, lastMs: answeredMs },
): RecordedEntry {
  return entry(answeredMs, { kind: 'exchange', request: read, result, requestedMs, ...run });
}

t.test('the time of a replay goes where it is told, through every timer on the way', async (t) => {
  const time = timeAt(100);
  const due: string[] = [];
  time.start('late', 50, () => due.push(`late ${time.now().monotonicMs}`));
  time.start('early', 10, () => {
    due.push(`early ${time.now().monotonicMs}`);
    void Promise.resolve().then(() => time.start('then', 5, () => due.push('then')));
  });
  time.start('never', 20, () => due.push('never'));
  time.cancel('never');
  await time.until(at(149));
  t.strictSame(due, ['early 110', 'then']);
  await time.until({ wallMs: 5, monotonicMs: 200 });
  t.strictSame(due, ['early 110', 'then', 'late 150']);
  t.strictSame(time.now(), { wallMs: 5, monotonicMs: 200 }, 'the label jumps with the recording');
});

t.test('each request gets the answer of its place, at its time', async (t) => {
  const time = timeAt(0);
  const io = new RecordedExchanges(
    'io',
    [
      exchange(0, 5, bit(false), { repeats: 2, lastMs: 105 }),
      exchange(150, 155, bit(true)),
      exchange(200, 1_200, timeout),
    ],
    time,
  );
  const heard: string[] = [];
  const poll = async () => {
    const result = await io.answer(read);
    const said = result.kind === 'reply' ? JSON.stringify(result.reply) : result.failure;
    heard.push(`${time.now().monotonicMs} ${said}`);
    time.start('poll', 45, () => void poll());
  };
  void poll();
  await time.until(at(2_000));
  const bits = (value: boolean) => `{"kind":"bits","bits":[${value}]}`;
  t.strictSame(heard, [
    `5 ${bits(false)}`,
    `55 ${bits(false)}`,
    `105 ${bits(false)}`,
    `155 ${bits(true)}`,
    '1200 timeout',
  ]);
});

t.test('a write that was not recorded is taken, and told as another', async (t) => {
  const time = timeAt(0);
  const io = new RecordedExchanges('io', [], time);
  const answer = io.answer(open);
  await time.until(at(1));
  t.match(await answer, { kind: 'reply', reply: { kind: 'written' } });
  t.match(io.otherWrite(0), { deviceId: 'io', recorded: undefined, replayed: { request: open } });
  t.equal(io.otherWrite(1), undefined, 'what is before does not count');
});

t.test('an order that overtook a lamp on the line was asked for after it', async (t) => {
  const time = timeAt(0);
  const lamp = { function: 5, address: 7, value: 0xff00 } as const;
  const written = (request: ModbusRequest, requestedMs: number, answeredMs: number) => {
    const result = {
      kind: 'reply',
      reply: { kind: 'written' },
      receivedAt: at(answeredMs),
    } as const;
    const run = { repeats: 0, lastMs: answeredMs };
    return entry(answeredMs, { kind: 'exchange', request, result, requestedMs, ...run });
  };
  const io = new RecordedExchanges('io', [written(open, 20, 25), written(lamp, 10, 30)], time);
  await time.until(at(10));
  void io.answer(lamp);
  await time.until(at(20));
  void io.answer(open);
  t.equal(io.otherWrite(0), undefined);
});

t.test('a line is open when the recording says so, and lost when it was', async (t) => {
  const stream = new ReplayedStream();
  const said: string[] = [];
  const events = {
    received: ({ bytes }: { bytes: Uint8Array }) => said.push(`received ${bytes}`),
    closed: (code: string) => said.push(code),
  };
  const asked = stream.open(events);
  stream.play({ kind: 'openFailed', code: 'port-absent', detail: 'x' }, at(1));
  await t.rejects(asked, { code: 'port-absent', message: 'x' });
  const again = stream.open(events);
  stream.play({ kind: 'opened' }, at(2));
  (await again).write(Uint8Array.of(1));
  stream.play({ kind: 'received', bytes: Uint8Array.of(7) }, at(3));
  stream.play({ kind: 'closed', code: 'port-lost', detail: '' }, at(4));
  stream.play({ kind: 'closed', code: 'port-lost', detail: '' }, at(5));
  t.strictSame(said, ['received 7', 'port-lost']);
  stream.play({ kind: 'opened' }, at(6));
  await t.resolves(stream.open(events), 'who asks later finds it open');
});

t.test('so is an exchange', async (t) => {
  const io = new ReplayedExchange('io', [], timeAt(0));
  const lost: string[] = [];
  const asked = io.open(1, (code) => lost.push(code));
  io.play({ kind: 'opened' });
  await asked;
  io.play({ kind: 'closed', code: 'port-lost', detail: '' });
  t.strictSame(lost, ['port-lost']);
});

t.test('messages are answered again until the device is stopped', async (t) => {
  const camera = new ReplayedNotifications();
  const said: unknown[] = [];
  await camera.start({
    opened: () => said.push('opened'),
    answered: (_at, all) => said.push(...all.map(({ text }) => text)),
    faulted: (code) => said.push(code),
    lost: (code) => said.push(code),
  });
  const events: RecordedEvent[] = [
    { kind: 'opened' },
    { kind: 'fetched', notifications: [{ text: '<a/>', receivedAt: at(1), heldMsMax: 1 }] },
    { kind: 'faulted', code: 'f', detail: '' },
    { kind: 'lost', code: 'l', detail: '' },
  ];
  for (const event of events) camera.play(event, at(1));
  await t.rejects(camera.snapshot(), /no pictures/);
  camera.stop();
  camera.play({ kind: 'opened' }, at(2));
  t.strictSame(said, ['opened', '<a/>', 'f', 'l']);
});
