/** Devices of a recording on real ports: what they say, when they are there, and what they answer. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { ModbusRequest } from '../../src/driver-kit/contract.ts';
import type { RecordedEntry, RecordedEvent } from '../../src/ports/recording.ts';
import { connectionsOf } from '../../src/replay/served-connections.ts';
import { ServedExchanges } from '../../src/replay/served-exchanges.ts';
import { exceptionPdu, replyPdu, requestOf } from '../../src/simulation/modbus-pdu.ts';
import { ReplayClock, ReplayEnded } from '../../src/simulation/replay-clock.ts';
import { ServedModbusHost } from '../../src/simulation/served-modbus-host.ts';
import { ServedStreamHost } from '../../src/simulation/served-stream-host.ts';

const entry = (ms: number, event: RecordedEvent, isHead?: true): RecordedEntry => ({
  sequence: ms,
  at: { wallMs: ms, monotonicMs: ms },
  source: 'it',
  event,
  ...(isHead && { isHead }),
});
const bytes = (text: string) => Buffer.from(text, 'latin1');
const received = (ms: number, text: string, isHead?: true) =>
  entry(ms, { kind: 'received', bytes: bytes(text) }, isHead);
const sent = (ms: number, text: string, isHead?: true) =>
  entry(ms, { kind: 'sent', bytes: bytes(text) }, isHead);
const opened = (ms: number, isHead?: true) => entry(ms, { kind: 'opened', nonce: 1 }, isHead);
const closed = (ms: number) => entry(ms, { kind: 'closed', code: 'port-lost', detail: '' });

interface Heard {
  readonly socket: Socket;
  text: string;
  isClosed: boolean;
}

/** Tries until it is let in. */
async function caller(t: Test, port: number): Promise<Heard> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    t.teardown(() => socket.destroy());
    const heard: Heard = { socket, text: '', isClosed: false };
    socket.on('data', (piece) => {
      heard.text += piece.toString('latin1');
    });
    socket.on('close', () => {
      heard.isClosed = true;
    });
    try {
      await once(socket, 'connect');
      // What was cut may be told as a reset.
      socket.on('error', () => undefined);
      return heard;
    } catch {
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`not in 15 s: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

async function streamHost(
  t: Test,
  entries: readonly RecordedEntry[],
  more: { endMs?: number; httpHead?: string } = {},
) {
  const stop = new AbortController();
  const clock = new ReplayClock({ wallMs: 0, monotonicMs: 0 }, stop.signal);
  const { endMs = 60_000 } = more;
  const host = await ServedStreamHost.on({
    connections: connectionsOf(entries, 0),
    clock,
    endMs,
    ...(more.httpHead !== undefined && { httpHead: more.httpHead }),
  });
  await host.begin();
  const over = host.play().catch((error: unknown) => error);
  t.teardown(async () => {
    stop.abort();
    await over;
    await host.close();
  });
  return { host, clock, over, stop };
}

t.test('a line says what it said, is cut where it was, and is there again', async (t) => {
  const { host, clock } = await streamHost(t, [
    opened(0),
    received(50, 'one '),
    received(100, 'two '),
    closed(300),
    entry(500, { kind: 'openFailed', code: 'connect-refused', detail: '' }),
    opened(700),
    // So late that who tries again has come.
    received(5_000, 'three'),
  ]);
  const first = await caller(t, host.port);
  await until(() => host.isReady, 'the device is connected');
  t.equal(first.text, '', 'nothing is said before the clock runs');
  clock.start();
  await until(() => first.isClosed, 'the line is cut');
  t.equal(first.text, 'one two ');
  t.ok(clock.nowMs() >= 300, 'and not before');
  const second = await caller(t, host.port);
  t.ok(clock.nowMs() >= 500, 'nobody is let in before');
  await until(() => second.text === 'three', 'it goes on');
  t.strictSame(host.notes(), []);
});

t.test(
  'a device that was away when the recording begins lets nobody in until it came',
  async (t) => {
    const failed = entry(200, { kind: 'openFailed', code: 'connect-refused', detail: '' });
    const { host, clock } = await streamHost(t, [failed, opened(400), received(5_000, 'x')]);
    const socket = connect({ port: host.port, host: '127.0.0.1' });
    t.teardown(() => socket.destroy());
    const what = await new Promise((done) => {
      socket.once('connect', () => done('let in'));
      socket.once('error', ({ code }: NodeJS.ErrnoException) => done(code));
    });
    t.equal(what, 'ECONNREFUSED');
    clock.start();
    const heard = await caller(t, host.port);
    t.ok(clock.nowMs() >= 200);
    await until(() => heard.text === 'x', 'it speaks');
  },
);

t.test(
  'the beginning of an older dialogue is told before the clock runs, answer by answer',
  async (t) => {
    const { host, clock } = await streamHost(t, [
      opened(-90_000, true),
      received(-90_000, 'hello.', true),
      sent(-89_000, 'ask1', true),
      received(-80_000, 'answer1.', true),
      received(10, 'live.'),
      sent(20, 'ask2'),
      received(30, 'answer2.'),
    ]);
    const heard = await caller(t, host.port);
    await until(() => heard.text === 'hello.', 'it greets');
    t.equal(host.isReady, false, 'an answer is missing');
    heard.socket.write('ask1');
    await until(() => heard.text === 'hello.answer1.', 'it answers');
    await until(() => host.isReady, 'the beginning is over');
    clock.start();
    await until(() => heard.text.endsWith('live.'), 'it lives');
    heard.socket.write('ask2');
    await until(() => heard.text.endsWith('answer2.'), 'it answers');
    t.strictSame(host.notes(), []);
  },
);

t.test('an answer to a question that never comes is given, and told of', async (t) => {
  const { host, clock } = await streamHost(t, [opened(0), sent(10, 'ask'), received(20, 'answer')]);
  const heard = await caller(t, host.port);
  clock.start();
  await until(() => heard.text === 'answer', 'it was due');
  t.strictSame(host.notes(), ['1 answers were given without their question']);
});

t.test('a stream of alerts begins when it was asked for', async (t) => {
  const entries = [opened(0), received(10, '--b\r\n')];
  const { host, clock } = await streamHost(t, entries, { httpHead: 'HTTP/1.1 200 OK\r\n\r\n' });
  const heard = await caller(t, host.port);
  heard.socket.write('GET /alertStream HTTP/1.1\r\n');
  await until(() => host.connections === 1, 'somebody is there');
  t.equal(host.isReady, false);
  heard.socket.write('\r\n');
  await until(() => host.isReady, 'it was asked');
  clock.start();
  await until(() => heard.text === 'HTTP/1.1 200 OK\r\n\r\n--b\r\n', 'the alert is there');
});

t.test('a replay that is ended waits for nothing', async (t) => {
  const { over, stop } = await streamHost(t, [opened(0), received(3_600_000, 'late')]);
  stop.abort();
  t.ok((await over) instanceof ReplayEnded);
});

t.test('a module answers, falls silent, refuses and goes away as it did', async (t) => {
  const read = { function: 2, address: 0, quantity: 10 } as const;
  const bits = [true, false, false, false, false, false, false, false, false, true];
  const reply = {
    kind: 'reply',
    reply: { kind: 'bits', bits },
    receivedAt: { wallMs: 0, monotonicMs: 0 },
  } as const;
  const refused = { kind: 'failed', failure: 'exception', detail: '', exceptionCode: 6 } as const;
  const asked = (request: ModbusRequest, ms: number, result: typeof reply | typeof refused) =>
    entry(ms, { kind: 'exchange', request, result, requestedMs: ms, lastMs: ms, repeats: 0 });
  const write = { function: 6, address: 1, value: 2 } as const;
  const entries = [opened(0), asked(read, 0, reply), asked(write, 50, refused), closed(2_000)];
  const clock = new ReplayClock({ wallMs: 0, monotonicMs: 0 }, new AbortController().signal);
  const host = await ServedModbusHost.on({
    connections: connectionsOf(entries, 0),
    exchanges: new ServedExchanges(entries),
    clock,
    endMs: 2_500,
  });
  await host.begin();
  const over = host.play();
  t.teardown(() => host.close());
  const heard = await caller(t, host.port);
  await until(() => host.isReady, 'somebody is connected');
  const frame = (...pdu: number[]) =>
    heard.socket.write(Uint8Array.of(0, 1, 0, 0, 0, pdu.length + 1, 9, ...pdu));
  const answers = () => Buffer.from(heard.text, 'latin1').toString('hex');
  frame(2, 0, 0, 0, 10);
  await until(() => answers() === '00010000000509' + '02020102', 'the reading');
  heard.text = '';
  frame(6, 0, 1, 0, 2);
  await until(() => answers() === '00010000000309' + '8606', 'the refusal');
  heard.text = '';
  frame(3, 0, 0, 0, 1);
  await until(() => answers() === '00010000000309' + '8302', 'there is no such place');
  clock.start();
  await until(() => heard.isClosed, 'it is cut');
  await over;
  t.match(host.notes(), [/asked 1 times, and not recorded: .*"function":3/]);
});

t.test('requests and answers of Modbus, byte by byte', async (t) => {
  t.strictSame(requestOf(Uint8Array.of(3, 1, 2, 0, 4)), { function: 3, address: 258, quantity: 4 });
  t.strictSame(requestOf(Uint8Array.of(5, 0, 3, 0xff, 0)), {
    function: 5,
    address: 3,
    value: 0xff00,
  });
  t.strictSame(requestOf(Uint8Array.of(16, 0, 1, 0, 2, 4, 0, 9, 1, 0)), {
    function: 16,
    address: 1,
    values: [9, 256],
  });
  for (const wrong of [[], [3, 0], [7], [16, 0, 1, 0, 2, 4, 0, 9], [15, 0, 0, 0, 1, 1, 1]])
    t.equal(requestOf(Uint8Array.from(wrong)), undefined, wrong.join());
  const words = replyPdu(Uint8Array.of(4, 0, 0, 0, 2), { kind: 'words', words: [1, 0x0203] });
  t.strictSame(words, Uint8Array.of(4, 4, 0, 1, 2, 3));
  const written = replyPdu(Uint8Array.of(16, 0, 1, 0, 1, 2, 0, 9), { kind: 'written' });
  t.strictSame(written, Uint8Array.of(16, 0, 1, 0, 1));
  t.strictSame(exceptionPdu(Uint8Array.of(5), 4), Uint8Array.of(0x85, 4));
});
