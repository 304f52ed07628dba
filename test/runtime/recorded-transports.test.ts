/** The recorder stands between a transport and its device: it changes nothing of what passes and keeps all of it. */
import t from 'tap';
import type { PushRequest } from '../../src/driver-kit/contract.ts';
import {
  type ExchangeResult as Result,
  type StreamEvents,
  TransportError,
} from '../../src/ports/transport.ts';
import {
  recordedExchange,
  recordedNotifications,
  recordedPush,
  recordedStream,
} from '../../src/runtime/recorded-transports.ts';
import { Recorder } from '../../src/runtime/recorder.ts';
import { FakeTime } from '../support/fake-timers.ts';

function rig() {
  const clock = new FakeTime();
  const recorder = new Recorder({ bytesMax: 1_000_000, keepMs: 60_000 }, ['it']);
  const channel = recorder.channel('it');
  const events = () => [...recorder.snapshot(clock.now()).entries].map(({ event }) => event);
  return { by: { channel, clock }, events, clock };
}

t.test('a stream: bytes both ways, its opening and its end', async (t) => {
  const { by, events, clock } = rig();
  let line: StreamEvents | undefined;
  const wrote: Uint8Array[] = [];
  const stream = recordedStream(
    {
      open: async (to) => {
        line = to;
        const close = () => to.closed('port-lost', '');
        return { nonce: 7, write: (bytes) => wrote.push(bytes), close };
      },
    },
    by,
  );
  const heard: number[] = [];
  const lost: string[] = [];
  const open = await stream.open({
    received: ({ bytes }) => heard.push(...bytes),
    closed: (code) => lost.push(code),
  });
  const bytes = Uint8Array.of(1, 2);
  line?.received({ bytes, receivedAt: clock.now() });
  bytes.fill(0);
  open.write(Uint8Array.of(3));
  line?.received({ bytes: new Uint8Array(20_000), receivedAt: clock.now() });
  line?.closed('port-lost', 'at http://u:secret@host/');
  const again = await stream.open({ received: () => undefined, closed: () => undefined });
  again.close();
  t.equal(heard.length, 20_002, 'nothing is kept from the device');
  t.strictSame(wrote, [Uint8Array.of(3)]);
  t.strictSame(lost, ['port-lost']);
  t.match(events(), [
    { kind: 'opened' },
    { kind: 'received', bytes: Uint8Array.of(1, 2) },
    { kind: 'sent', bytes: Uint8Array.of(3) },
    { kind: 'received', cutBytes: 20_000 - 16_384 },
    { kind: 'closed', code: 'port-lost', detail: 'at http://***@host/' },
    { kind: 'opened' },
    { kind: 'hungUp' },
  ]);
  t.equal(events().length, 7, 'the end of what was given up is not told again');
});

t.test('a line that cannot be opened', async (t) => {
  const { by, events } = rig();
  const open = async () => {
    throw new TransportError('port-absent', 'no such port');
  };
  const none = { received: () => undefined, closed: () => undefined };
  await t.rejects(recordedStream({ open }, by).open(none), { code: 'port-absent' });
  t.strictSame(events(), [{ kind: 'openFailed', code: 'port-absent', detail: 'no such port' }]);
});

t.test('an exchange begins its write in the same call, and is kept with its answer', async (t) => {
  const { by, events, clock } = rig();
  const asked: unknown[] = [];
  const receivedAt = clock.now();
  const result: Result = { kind: 'reply', reply: { kind: 'written' }, receivedAt };
  const transport = {
    open: async () => ({
      request: async (request: unknown) => {
        asked.push(request);
        return result;
      },
      close: () => undefined,
    }),
  };
  const exchange = await recordedExchange(transport, by).open(1, () => undefined);
  const request = { function: 5, address: 3, value: 0xff00 } as const;
  const answer = exchange.request(request, { priority: 'command' });
  t.strictSame(asked, [request], 'at once');
  t.strictSame(await answer, result);
  t.match(events()[1], { kind: 'exchange', request, result });
});

t.test('a post is kept without headers, address and secrets', async (t) => {
  const { by, events, clock } = rig();
  let post: ((request: PushRequest) => { status: number }) | undefined;
  const answer = {
    status: 200,
    contentType: 'x',
    body: '',
    observations: [],
    faults: [],
    send: [],
  };
  recordedPush({ register: (_path, _session, to) => (post = to) }, by).register(
    '/cam',
    { bodyBytesMax: 1, contentTypes: [] },
    () => answer,
  );
  const secret = 'let-me-in';
  const answered = post?.({
    method: 'POST',
    path: `/cam?password=${secret}`,
    contentType: 'application/json',
    headers: { authorization: `Basic ${secret}`, cookie: secret },
    body: Buffer.from(`{"plate":"A","password":"${secret}"}`),
    receivedAt: clock.now(),
  });
  t.equal(answered, answer);
  t.match(events(), [{ kind: 'posted', answer: { status: 200 } }]);
  const [event] = events();
  const body = event?.kind === 'posted' ? Buffer.from(event.body).toString() : '';
  t.equal(body, '{"plate":"A","password":"***"}');
  t.notMatch(JSON.stringify(event), secret);
});

t.test('fetched messages are kept without secrets, and the device gets them whole', async (t) => {
  const { by, events, clock } = rig();
  const given: string[] = [];
  const text = '<m><Password>let-me-in</Password><Plate>粤B</Plate></m>';
  const transport = recordedNotifications(
    {
      start: async (to) => {
        to.opened();
        to.answered(clock.now(), [{ text, receivedAt: clock.now(), heldMsMax: 0 }]);
        to.lost('onvif-lost', 'x', 5);
      },
      snapshot: () => Promise.reject(new Error('none')),
      stop: () => undefined,
    },
    by,
  );
  await transport.start({
    opened: () => undefined,
    answered: (_at, all) => given.push(...all.map((each) => each.text)),
    faulted: () => undefined,
    lost: () => undefined,
  });
  t.strictSame(given, [text]);
  t.match(events(), [
    { kind: 'opened' },
    { notifications: [{ text: '<m><Password>***</Password><Plate>粤B</Plate></m>' }] },
    { kind: 'lost', code: 'onvif-lost' },
  ]);
});
