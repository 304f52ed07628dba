import t from 'tap';
import type { DeviceHealth, Observation } from '../../src/core/observation.ts';
import type {
  DriverManifest,
  ExchangeSession,
  ModbusRequest,
  ModbusWrite,
  PushAnswer,
  PushRequest,
} from '../../src/driver-kit/contract.ts';
import { noPlan, quiet } from '../../src/driver-kit/contract.ts';
import type { ExchangeOptions, ExchangeResult } from '../../src/ports/transport.ts';
import { DeviceHeart, type RunningDevice } from '../../src/runtime/device.ts';
import { PushDevice } from '../../src/runtime/device-shapes.ts';
import { ExchangeDevice } from '../../src/runtime/exchange-device.ts';
import { FakeTime } from '../support/fake-timers.ts';

const read = { function: 2, address: 0, quantity: 8 } as const;
const write = { function: 5, address: 1, value: 0xff00 } as const;
const input = (state: 'occupied' | 'clear' | 'unknown'): Observation => ({
  kind: 'inputChange',
  point: 'presence',
  state,
});

/** A module of one input: the session tells what it was told, and unknown on failure. */
const session = (change: Partial<ExchangeSession> = {}): ExchangeSession => ({
  unit: 1,
  polls: [{ id: 'inputs', everyMs: 50, request: read }],
  beats: [],
  opened: () => quiet,
  resync: () => [],
  replied: (_id, reply) => ({
    ...quiet,
    observations: [input(reply.kind === 'bits' && reply.bits[0] ? 'occupied' : 'clear')],
  }),
  failed: () => ({ ...quiet, observations: [input('unknown')] }),
  order: () => ({ steps: [{ kind: 'write', request: write }], release: [] }),
  proved: () => ({ ...quiet, verdict: 'done' }),
  ...change,
});

interface Asked {
  readonly request: ModbusRequest;
  readonly options: ExchangeOptions;
  readonly answer: (result: ExchangeResult) => void;
}

function heartOf(time: FakeTime, manifest: DriverManifest) {
  const told: Observation[] = [];
  const heart = new DeviceHeart(
    {
      deviceId: 'device' as never,
      laneId: 'lane',
      manifest,
      profile: { experimental: false } as never,
      settings: {},
    },
    {
      clock: time,
      timers: time,
      random: () => 1,
      observe: (_id, _at, observation) => told.push(observation),
      log: () => undefined,
    },
  );
  const inputs = () => told.flatMap((o) => (o.kind === 'inputChange' ? [o.state] : []));
  const health = () => told.filter((o): o is DeviceHealth => o.kind === 'deviceHealth');
  return { heart, told, inputs, health };
}

const base = { name: 'fake', capabilities: [], transports: [], settings: {} as never, faults: [] };

function module_(change: Partial<ExchangeSession> = {}) {
  const time = new FakeTime();
  const manifest: DriverManifest = {
    ...base,
    kind: 'ioModule',
    block: 'modbus',
    shape: 'exchange',
    staleAfterMs: () => 500,
    session: () => session(change),
  };
  const asked: Asked[] = [];
  const links: ((code: string, detail: string) => void)[] = [];
  const wire = { refuses: false };
  const noted = heartOf(time, manifest);
  const device: RunningDevice = new ExchangeDevice(noted.heart, manifest, {
    async open(_unit, closed) {
      if (wire.refuses) throw Object.assign(new Error('refused'), { code: 'connect-refused' });
      links.push(closed);
      return {
        request: (request, options) =>
          new Promise((answer) => asked.push({ request, options, answer })),
        close: () => undefined,
      };
    },
  });
  const reply = (isOccupied: boolean): ExchangeResult => ({
    kind: 'reply',
    reply: { kind: 'bits', bits: [isOccupied] },
    receivedAt: time.now(),
  });
  const polls = () => asked.filter(({ options }) => options.priority === 'poll');
  /** Answers the newest poll. */
  const answer = async (result: ExchangeResult) => {
    polls().at(-1)?.answer(result);
    await time.pass(0);
  };
  return { time, device, asked, polls, links, wire, reply, answer, ...noted };
}

const failed = (failure: 'timeout' | 'exception' | 'foreignReply' | 'expired'): ExchangeResult => ({
  kind: 'failed',
  failure,
  detail: failure,
});

t.test(
  'a poll that brings nothing makes its inputs unknown, and the polling goes on',
  async (t) => {
    for (const failure of ['timeout', 'exception', 'foreignReply'] as const) {
      const m = module_();
      await m.device.start();
      await m.answer(m.reply(true));
      await m.time.pass(60);
      await m.answer(failed(failure));
      t.strictSame(m.inputs(), ['occupied', 'unknown'], failure);
      await m.time.pass(60);
      t.equal(m.polls().length, 3);
      await m.answer(m.reply(false));
      t.equal(m.inputs().at(-1), 'clear');
      await m.device.stop();
    }
  },
);

t.test(
  'a lost connection makes everything unknown at once; old answers count no more',
  async (t) => {
    const m = module_();
    await m.device.start();
    await m.answer(m.reply(true));
    await m.time.pass(60);
    const [late] = m.polls().slice(-1);
    m.links[0]?.('port-lost', 'reset');
    t.strictSame(m.inputs(), ['occupied', 'unknown']);
    t.match(m.health().at(-1), { state: 'down', fault: 'port-lost' });
    late?.answer(m.reply(true));
    await m.time.pass(0);
    t.equal(m.inputs().at(-1), 'unknown', 'what was asked before is not what is now');
    t.equal(await m.device.order({ kind: 'barrierOpen' }, 9_999), 'failed', 'nobody to ask');
    await m.time.pass(600);
    t.equal(m.links.length, 2, 'opened anew');
    await m.answer(m.reply(false));
    t.equal(m.inputs().at(-1), 'clear');
    t.match(m.health().at(-1), { state: 'up' });
    await m.device.stop();
  },
);

t.test('a module that is not there is tried again, ever less often', async (t) => {
  const m = module_();
  m.wire.refuses = true;
  await t.rejects(m.device.start(), /refused/);
  t.match(m.health().at(-1), { state: 'down', fault: 'connect-refused' });
  const delays: (number | undefined)[] = [];
  for (let i = 0; i < 6; i++) {
    const delay = m.time.delayOf('device/device/retry');
    delays.push(delay);
    await m.time.pass(delay ?? 0);
    await m.time.pass(0);
  }
  t.strictSame(delays, [500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  await m.device.stop();
  t.strictSame(m.time.running(), []);
});

t.test('an order is written in the same call, before polls, within its limit', async (t) => {
  const m = module_();
  await m.device.start();
  const before = m.asked.length;
  const ordered = m.device.order({ kind: 'barrierOpen' }, 1_234);
  t.equal(m.asked.length, before + 1, 'nothing is awaited before it');
  t.match(m.asked.at(-1), {
    request: write,
    options: { priority: 'command', notAfterMonotonicMs: 1_234 },
  });
  m.asked.at(-1)?.answer({ kind: 'reply', reply: { kind: 'written' }, receivedAt: m.time.now() });
  t.equal(await ordered, 'accepted');
  await m.device.stop();
});

t.test('what became of an order is never taken for better than it is', async (t) => {
  for (const [failure, result] of [
    ['expired', 'expired'],
    ['timeout', 'failed'],
    ['exception', 'failed'],
    ['foreignReply', 'failed'],
  ] as const) {
    const m = module_();
    await m.device.start();
    const ordered = m.device.order({ kind: 'barrierOpen' }, 9_999);
    m.asked.at(-1)?.answer(failed(failure));
    t.equal(await ordered, result, failure);
    await m.device.stop();
  }
  const none = module_({ order: () => noPlan });
  await none.device.start();
  t.equal(await none.device.order({ kind: 'barrierClose' }, 9_999), 'failed', 'not possible now');
  await none.device.stop();
  const crashed = module_({
    order: () => {
      throw new Error('a defect');
    },
  });
  await crashed.device.start();
  t.equal(await crashed.device.order({ kind: 'barrierOpen' }, 9_999), 'failed');
  // The lamps are ordered at every connection, too.
  t.match(crashed.heart.standing().faults, { 'driver-crashed': 2 });
  await crashed.device.stop();
});

t.test('a driver that fails on one reply goes on with the next', async (t) => {
  let replies = 0;
  const m = module_({
    replied: () => {
      replies += 1;
      if (replies === 1) throw new Error('a defect');
      return { ...quiet, observations: [input('clear')] };
    },
  });
  await m.device.start();
  await m.answer(m.reply(true));
  t.match(m.heart.standing().faults, { 'driver-crashed': 1 });
  await m.time.pass(60);
  await m.answer(m.reply(true));
  t.strictSame(m.inputs(), ['clear']);
  await m.device.stop();
});

t.test('health is the age of the last good message', async (t) => {
  const m = module_();
  await m.device.start();
  await m.answer(m.reply(true));
  t.match(m.health().at(-1), { state: 'up' });
  await m.time.pass(450);
  t.match(m.health().at(-1), { state: 'up' });
  await m.time.pass(500);
  t.match(m.health().at(-1), { state: 'silent', fault: 'device-silent' });
  await m.answer(failed('exception'));
  t.match(m.health().at(-1), { state: 'silent' }, 'a refusal is no good message');
  await m.device.stop();
});

t.test(
  'a camera that posts rubbish is not alive, and a driver that fails lets nothing open',
  async (t) => {
    const time = new FakeTime();
    let answer: () => PushAnswer = () => ({ ...quiet, status: 400, contentType: 'x', body: '' });
    const manifest: DriverManifest = {
      ...base,
      kind: 'plateCamera',
      block: 'push',
      shape: 'push',
      staleAfterMs: () => 0,
      session: () => ({ bodyBytesMax: 10, contentTypes: [], answer: () => answer() }),
    };
    const { heart, health } = heartOf(time, manifest);
    let post: ((request: PushRequest) => PushAnswer) | undefined;
    const listener = {
      register: (_path: string, _session: unknown, given: typeof post & object) => {
        post = given;
      },
    };
    const device = new PushDevice(heart, manifest, { listener, path: '/x' });
    await device.start();
    const request = { receivedAt: time.now() } as PushRequest;
    t.equal(post?.(request).status, 400);
    t.strictSame(health(), [], 'it has said nothing good');
    answer = () => {
      throw new Error('a defect');
    };
    const crashed = post?.(request);
    t.equal(crashed?.status, 500);
    t.notMatch(crashed?.body, /ok|info|Response/);
    t.strictSame(health(), []);
    answer = () => ({ ...quiet, status: 200, contentType: 'x', body: '' });
    post?.(request);
    t.match(health(), [{ state: 'up' }]);
    t.equal(await device.order(), 'failed', 'a camera opens nothing');
    await device.stop();
  },
);

t.test(
  'two orders for the lamps never leave both on, and an order to open waits for neither',
  async (t) => {
    const lamp = (address: number, value: number): ModbusWrite => ({ function: 5, address, value });
    const plan = (...requests: ModbusWrite[]) => ({
      steps: requests.map((request) => ({ kind: 'write', request }) as const),
      release: [],
    });
    const m = module_({
      order: (order) => {
        if (order.kind !== 'light') return plan(write);
        const [off, on] = order.colour === 'red' ? [11, 10] : [10, 11];
        return plan(lamp(off, 0), lamp(on, 0xff00));
      },
    });
    await m.device.start();
    const commands = () => m.asked.filter(({ options }) => options.priority === 'command');
    const answer = async (asked: Asked | undefined) => {
      asked?.answer({ kind: 'reply', reply: { kind: 'written' }, receivedAt: m.time.now() });
      await m.time.pass(0);
    };
    // The lamps are shown once at each connection.
    await answer(commands()[0]);
    await answer(commands()[1]);
    const shown = commands().length;
    const green = m.device.order({ kind: 'light', colour: 'green' }, 9_999);
    const red = m.device.order({ kind: 'light', colour: 'red' }, 9_999);
    await m.time.pass(0);
    const before = commands().length;
    const opened = m.device.order({ kind: 'barrierOpen' }, 9_999);
    t.equal(commands().length, before + 1, 'in the same call');
    t.match(commands().at(-1)?.request, write);
    for (let i = shown; i < shown + 6; i++) await answer(commands()[i]);
    t.strictSame(await Promise.all([green, red, opened]), ['accepted', 'accepted', 'accepted']);
    const lamps = new Map(
      commands().flatMap(({ request }) =>
        request.function === 5 && request.address !== 1 ? [[request.address, request.value]] : [],
      ),
    );
    t.strictSame([...lamps].sort(), [
      [10, 0xff00],
      [11, 0],
    ]);
    await m.device.stop();
  },
);
