import t from 'tap';
import { Refusals } from '../../../src/adapters/camera-http/refusals.ts';
import {
  CameraFailure,
  type CameraFailureCode,
} from '../../../src/adapters/onvif/camera-failure.ts';
import type { Camera, CameraClock, Pulled } from '../../../src/adapters/onvif/onvif-camera.ts';
import { PullLoop } from '../../../src/adapters/onvif/pull-loop.ts';
import type { FromCameraWorker } from '../../../src/adapters/onvif/worker-messages.ts';
import { BackOff } from '../../../src/runtime/back-off.ts';
import { FakeTime } from '../../support/fake-timers.ts';

const pull = { timeoutS: 5, messageLimit: 2, lifetimeS: 60, renew: true, filter: false } as const;

/** A camera on simulated time that does what the test says; by default it waits and has nothing to tell. */
class ToldCamera implements Camera {
  readonly calls: { name: string; atMs: number }[] = [];
  readonly time: FakeTime;
  offsetMs: number | undefined = 0;
  connecting: () => void = () => undefined;
  subscribing: () => void = () => undefined;
  pulling: () => Partial<Pulled> & { afterMs?: number } = () => ({});
  renewing: () => number | undefined = () => 60_000;

  constructor(time: FakeTime) {
    this.time = time;
    this.offsetMs = time.now().wallMs - time.now().monotonicMs;
  }

  count(name: string): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  at(name: string): number[] {
    return this.calls.filter((call) => call.name === name).map(({ atMs }) => atMs);
  }

  #called(name: string): void {
    this.calls.push({ name, atMs: this.time.now().monotonicMs });
  }

  async connect(): Promise<CameraClock> {
    this.#called('connect');
    this.connecting();
    return { offsetMs: this.offsetMs };
  }

  async readClock(): Promise<CameraClock> {
    this.#called('readClock');
    return { offsetMs: this.offsetMs };
  }

  async subscribe(): Promise<number | undefined> {
    this.#called('subscribe');
    this.subscribing();
    return undefined;
  }

  async pull(): Promise<Pulled> {
    this.#called('pull');
    const { afterMs = 5_000, ...told } = this.pulling();
    await new Promise<void>((resolve) => this.time.start('pull', afterMs, resolve));
    const at = this.time.now();
    const count = told.messages?.length ?? 0;
    return { at, currentTimeMs: undefined, count, messages: [], ...told };
  }

  async renew(): Promise<number | undefined> {
    this.#called('renew');
    return this.renewing();
  }

  async snapshot(): Promise<never> {
    throw new CameraFailure('onvif-snapshot-failed', 'none');
  }

  close(): void {}
}

function fail(code: CameraFailureCode): never {
  throw new CameraFailure(code, 'as told');
}

function running(refusals = new Refusals(), changes: Partial<typeof pull> = {}) {
  const time = new FakeTime();
  const camera = new ToldCamera(time);
  const said: FromCameraWorker[] = [];
  let sleeps = 0;
  const loop = new PullLoop({
    camera,
    pull: { ...pull, ...changes },
    refusals,
    clock: time,
    backOff: new BackOff({ firstMs: 1_000, lastMs: 60_000, random: () => 1 }),
    sleep: (ms) => {
      sleeps += 1;
      return new Promise((resolve) => time.start(`sleep${sleeps}`, ms, resolve));
    },
    tell: (message) => said.push(message),
  });
  // After the test has said what the camera does.
  const ended = Promise.resolve().then(() => loop.run());
  ended.catch(() => undefined);
  const codes = () =>
    said.flatMap((m) => (m.kind === 'lost' || m.kind === 'faulted' ? [`${m.kind} ${m.code}`] : []));
  return { time, camera, said, codes, ended };
}

const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0));

t.test(
  'a camera that answers is asked again and again, and renewed at half its life',
  async (t) => {
    const { time, camera, codes } = running();
    await time.pass(120_000);
    t.equal(camera.count('subscribe'), 1);
    t.ok(camera.count('pull') >= 23);
    t.equal(camera.count('renew'), 4);
    t.same(codes(), []);
  },
);

t.test('the time between tries grows from one second to a minute', async (t) => {
  const { time, camera } = running();
  camera.connecting = () => fail('connect-refused');
  await time.pass(400_000);
  t.same(
    gaps(camera.at('connect')).slice(0, 9),
    [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000],
  );
});

t.test('only a fetch that succeeds makes the next wait short again', async (t) => {
  const { time, camera, codes } = running();
  camera.pulling = () => fail('onvif-fault');
  await time.pass(62_500);
  t.same(gaps(camera.at('subscribe')), [1_000, 2_000, 4_000, 8_000, 16_000]);
  t.ok(codes().every((code) => code === 'lost onvif-subscription-lost'));
  camera.pulling = () => ({});
  await time.pass(60_000);
  camera.pulling = () => fail('onvif-fault');
  const before = camera.count('subscribe');
  await time.pass(8_000);
  t.ok(camera.count('subscribe') - before >= 2);
});

t.test('a refused sign-in is tried three times, then once in five minutes', async (t) => {
  const refusals = new Refusals();
  const { time, camera, said } = running(refusals);
  camera.connecting = () => {
    refusals.refused(time.now().monotonicMs);
    fail('onvif-auth-refused');
  };
  await time.pass(1_000_000);
  const tries = camera.at('connect');
  t.same(gaps(tries), [1_000, 2_000, 300_000, 300_000, 300_000]);
  for (const from of tries) {
    const inWindow = tries.filter((at) => at >= from && at < from + 300_000);
    t.ok(inWindow.length <= 3);
  }
  t.match(said.at(-1), { kind: 'lost', refusedAtMs: { length: 3 } });
});

t.test('a sign-in that works again clears the count', async (t) => {
  const refusals = new Refusals({ atMs: [1, 2] });
  t.equal(refusals.waitMs(3), 0);
  refusals.refused(3);
  t.equal(refusals.waitMs(3), 300_000);
  t.equal(refusals.waitMs(300_002), 1);
  t.equal(refusals.waitMs(300_003), 0);
  refusals.accepted();
  refusals.refused(300_003);
  t.equal(refusals.waitMs(300_003), 0);
  t.same(new Refusals({ atMs: [1, 2, 3, 4] }).atMs, [2, 3, 4]);
});

t.test('fetches that fail are tried on the same subscription, until two are overdue', async (t) => {
  const { time, camera, codes } = running();
  await time.pass(6_000);
  camera.pulling = () => fail('onvif-answer-cut');
  await time.pass(30_000);
  t.equal(codes()[0], 'faulted onvif-answer-cut');
  const lost = codes().findIndex((code) => code.startsWith('lost'));
  t.equal(codes()[lost], 'lost onvif-pull-overdue');
  t.ok(lost >= 3 && lost <= 6, `after ${lost} tries`);
  camera.pulling = () => ({});
  await time.pass(60_000);
  t.ok(camera.count('subscribe') >= 2);
});

t.test('one failed fetch among good ones costs nothing but itself', async (t) => {
  const { time, camera, codes } = running();
  let count = 0;
  camera.pulling = () => {
    count += 1;
    return count % 3 === 0 ? fail('onvif-timeout') : {};
  };
  await time.pass(60_000);
  t.equal(camera.count('subscribe'), 1);
  t.ok(codes().length > 2 && codes().every((code) => code === 'faulted onvif-timeout'));
});

t.test('a renewal that fails is a fault and ends nothing', async (t) => {
  const { time, camera, codes } = running();
  camera.renewing = () => fail('onvif-fault');
  await time.pass(70_000);
  t.same(codes(), ['faulted onvif-renew-failed', 'faulted onvif-renew-failed']);
  t.equal(camera.count('subscribe'), 1);
  const none = running(new Refusals(), { renew: false } as never);
  await none.time.pass(70_000);
  t.equal(none.camera.count('renew'), 0);
});

t.test('a refusal while following is answered by connecting anew', async (t) => {
  for (const where of ['pulling', 'renewing'] as const) {
    const { time, camera, codes } = running();
    await time.pass(6_000);
    const before = camera[where];
    camera[where] = () => fail('onvif-auth-refused');
    await time.pass(40_000);
    t.ok(codes().includes('lost onvif-auth-refused'), where);
    camera[where] = before as never;
    await time.pass(60_000);
    t.ok(camera.count('connect') >= 2);
  }
});

t.test('a camera that does not wait is not asked without a pause', async (t) => {
  const { time, camera } = running();
  camera.pulling = () => ({ afterMs: 0 });
  await time.pass(10_000);
  t.ok(camera.count('pull') <= 21);
  camera.pulling = () => ({ afterMs: 0, count: 2, messages: ['<a/>', '<b/>'] });
  const before = camera.count('pull');
  await time.pass(1_000);
  t.ok(camera.count('pull') - before <= 6, 'nor one with much to tell');
});

t.test('a camera that sends more than was asked for is cut short, and told of', async (t) => {
  const { time, camera, said, codes } = running();
  camera.pulling = () => ({ afterMs: 1_000, messages: ['<a/>', '<b/>', '<c/>'] });
  await time.pass(1_000);
  t.match(said.at(-2), { kind: 'pulled', notifications: { length: 2 } });
  t.same(codes(), ['faulted onvif-answer-refused']);
});

t.test('it is told how long a message can have waited', async (t) => {
  const { time, camera, said } = running();
  const held = () =>
    said.flatMap((m) => (m.kind === 'pulled' ? m.notifications : [])).map((n) => n.heldMsMax);
  camera.pulling = () =>
    camera.count('pull') === 1
      ? { afterMs: 3_000, messages: ['<a/>'] }
      : { afterMs: 1_000, messages: ['<a/>', '<b/>'] };
  await time.pass(3_000);
  t.same(held(), [3_000], 'since it was subscribed');
  await time.pass(2_500);
  t.same(held(), [3_000, 1_000, 1_000, 2_000, 2_000], 'a full answer may have left some behind');
});

t.test('the camera’s time comes from its answer, else from its clock, else not', async (t) => {
  const { time, camera, said } = running();
  const last = () => said.flatMap((m) => (m.kind === 'pulled' ? m.notifications : [])).at(-1);
  camera.pulling = () => ({ afterMs: 1_000, messages: ['<a/>'], currentTimeMs: 42_000 });
  await time.pass(1_000);
  t.equal(last()?.deviceTimeMs, 42_000);
  camera.pulling = () => ({ afterMs: 1_000, messages: ['<a/>'] });
  await time.pass(2_000);
  t.equal(last()?.deviceTimeMs, last()?.receivedAt.wallMs);
  const without = running();
  without.camera.offsetMs = undefined;
  without.camera.pulling = () => ({ afterMs: 1_000, messages: ['<a/>'] });
  await without.time.pass(1_000);
  const [told] = without.said.flatMap((m) => (m.kind === 'pulled' ? m.notifications : []));
  t.ok(told && !('deviceTimeMs' in told));
});

t.test(
  'a camera whose events are of another time than its clock is not read again and again',
  async (t) => {
    const { time, camera, codes } = running();
    const hoursAhead = 8 * 3_600_000;
    camera.pulling = () => ({
      afterMs: 1_000,
      messages: ['<a/>'],
      currentTimeMs: time.now().wallMs + 1_000 + hoursAhead,
    });
    await time.pass(20_000);
    t.equal(camera.count('readClock'), 0);
    t.same(codes(), []);
    camera.offsetMs = (camera.offsetMs ?? 0) - 60_000;
    camera.pulling = () => ({ currentTimeMs: time.now().wallMs + 5_000 - 60_000 });
    await time.pass(20_000);
    t.equal(camera.count('readClock'), 1, 'once where it was set');
    t.same(codes(), ['faulted onvif-clock-stepped', 'faulted onvif-clock-skew']);
  },
);

t.test('a mistake of this program ends the worker', async (t) => {
  const { time, camera, ended } = running();
  camera.pulling = () => {
    throw new TypeError('a mistake');
  };
  await time.pass(1_000);
  await t.rejects(ended, { message: 'a mistake' });
  const other = running();
  other.camera.renewing = () => {
    throw new TypeError('a mistake');
  };
  await other.time.pass(60_000);
  await t.rejects(other.ended, { message: 'a mistake' });
});
