/** What costs a camera's worker its life costs that camera a moment, and nobody else anything. */
import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { profileMPlate } from '../../../devices/plate-camera-onvif/emulator-messages.ts';
import { onvifTransport } from '../../../src/adapters/onvif/camera-supervisor.ts';
import type {
  CameraWorkerData,
  FromCameraWorker,
} from '../../../src/adapters/onvif/worker-messages.ts';
import type { OnvifProfile } from '../../../src/driver-kit/profile/onvif.ts';
import {
  hostOnvifCamera,
  type OnvifCameraHost,
} from '../../../src/simulation/onvif-camera-host.ts';
import { clock, pause } from '../../support/onvif-loop.ts';
import {
  type OnvifUnderTest,
  onvifProfile,
  onvifUnderTest,
  quick,
  until,
} from '../../support/onvif-under-test.ts';

/** Takes answers that are large enough to be weapons. */
const roomy = (block: OnvifProfile): OnvifProfile => {
  const { service } = quick(block);
  return { ...block, service: { ...service, answerBytesMax: 4_194_304 } };
};

interface Pair {
  readonly host: OnvifCameraHost;
  readonly gate: OnvifUnderTest;
  readonly other: OnvifUnderTest;
  readonly otherHost: OnvifCameraHost;
}

async function twoCameras(t: Test): Promise<Pair> {
  const [host, otherHost] = [await hostOnvifCamera(), await hostOnvifCamera()];
  const gate = await onvifUnderTest({ port: host.port, change: roomy });
  const other = await onvifUnderTest({ port: otherHost.port });
  t.teardown(async () => {
    gate.device.stop();
    other.device.stop();
    await Promise.all([host.close(), otherHost.close()]);
  });
  await Promise.all([gate.device.start(), other.device.start()]);
  const isUp = ({ health }: OnvifUnderTest) => health().at(-1)?.state === 'up';
  t.ok(await until(() => isUp(gate) && isUp(other)));
  return { host, gate, other, otherHost };
}

async function comesBack(t: Test, { host, gate, other, otherHost }: Pair): Promise<void> {
  const before = gate.plates().length;
  t.ok(
    await until(() => {
      if (host.camera.subscriptions > 0)
        host.camera.queue(profileMPlate({ utcMs: Date.now(), plate: '粤B12345', objectId: '1' }));
      return gate.plates().length > before;
    }, 30_000),
    'plates come again',
  );
  t.match(gate.health().at(-1), { state: 'up' });
  t.same(
    other.health().map(({ state }) => state),
    ['up'],
    'the other camera was up all the time',
  );
  t.equal(other.workers.length, 1);
  t.equal(otherHost.camera.count('CreatePullPointSubscription'), 1);
}

t.test('a worker that is killed is a fault of its camera', async (t) => {
  const pair = await twoCameras(t);
  await pair.gate.workers.at(-1)?.terminate();
  t.ok(await until(() => pair.gate.faults('onvif-worker-crashed') === 1));
  t.match(
    pair.gate.health().find(({ state }) => state === 'down'),
    { fault: 'onvif-worker-crashed' },
  );
  await comesBack(t, pair);
  t.equal(pair.gate.workers.length, 2);
});

t.test('an answer that fills the memory ends its worker, not the gate', async (t) => {
  const pair = await twoCameras(t);
  const bomb = `<e:Envelope xmlns:e="x"><e:Body>${'<a b=""/>'.repeat(440_000)}</e:Body></e:Envelope>`;
  pair.host.spoil('PullMessages', { kind: 'text', text: bomb });
  t.ok(await until(() => pair.gate.faults('onvif-worker-memory') > 0, 30_000));
  pair.host.spoil('PullMessages', undefined);
  await comesBack(t, pair);
});

t.test('an answer that keeps the library busy without end costs its worker', async (t) => {
  const pair = await twoCameras(t);
  // The package looks for namespaces with a pattern that begins anew at every "xmlns".
  pair.host.spoil('PullMessages', { kind: 'text', text: 'xmlns'.repeat(800_000) });
  t.ok(await until(() => pair.gate.faults('onvif-worker-hung') > 0, 60_000));
  t.match(
    pair.gate.health().find(({ fault }) => fault === 'onvif-worker-hung'),
    { state: 'down' },
  );
  pair.host.spoil('PullMessages', undefined);
  await comesBack(t, pair);
});

/** A worker that does what the test says. */
class ToldWorker extends EventEmitter {
  readonly data: CameraWorkerData;
  readonly posted: unknown[] = [];
  isTerminated = false;

  constructor(data: CameraWorkerData) {
    super();
    this.data = data;
  }

  says(message: FromCameraWorker): void {
    this.emit('message', message);
  }

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  async terminate(): Promise<number> {
    this.isTerminated = true;
    return 0;
  }
}

/** `failing` workers cannot be started. */
function supervised(t: Test, failing = 0) {
  let left = failing;
  const workers: ToldWorker[] = [];
  const told: string[] = [];
  const { service, topics, namespaces } = quick(onvifProfile().onvif);
  const transport = onvifTransport({
    host: '127.0.0.1',
    port: 1,
    tls: false,
    connectTimeoutMs: 1_000,
    replyTimeoutMs: 1_000,
    profile: { service, topics, namespaces },
    clock,
    backOff: { nextMs: () => 10, reset: () => undefined },
    startWorker: (data) => {
      left -= 1;
      if (left >= 0) throw new Error('no thread');
      const worker = new ToldWorker(data);
      workers.push(worker);
      return worker as unknown as Worker;
    },
  });
  t.teardown(() => transport.stop());
  const started = transport.start({
    opened: () => told.push('opened'),
    answered: (_at, notifications) => told.push(`answered ${notifications.length}`),
    faulted: (code) => told.push(`faulted ${code}`),
    lost: (code) => told.push(`lost ${code}`),
  });
  return { transport, workers, told, started };
}

const lost = (refusedAtMs: readonly number[] = []) =>
  ({ kind: 'lost', code: 'onvif-auth-refused', detail: 'no', retryMs: 5, refusedAtMs }) as const;

t.test('refused sign-ins are counted on over the death of a worker', async (t) => {
  const { workers, told, started } = supervised(t);
  workers[0]?.says(lost([1, 2, 3]));
  await t.rejects(started, { code: 'onvif-auth-refused' });
  workers[0]?.emit('error', new Error('crashed'));
  workers[0]?.emit('exit', 1);
  t.ok(await until(() => workers.length === 2));
  t.same(workers[1]?.data.refusedAtMs, [1, 2, 3]);
  t.same(told, ['lost onvif-auth-refused', 'lost onvif-worker-crashed'], 'its first word counts');
  t.ok(workers[0]?.isTerminated);
});

t.test('a worker that was given up is not listened to', async (t) => {
  const { workers, told, started } = supervised(t);
  workers[0]?.says({ kind: 'subscribed' });
  await started;
  workers[0]?.emit('exit', 0);
  workers[0]?.says({ kind: 'subscribed' });
  workers[0]?.says({ kind: 'pulled', at: clock.now(), notifications: [] });
  workers[0]?.says({ kind: 'faulted', code: 'onvif-renew-failed', detail: '' });
  t.same(told, ['opened', 'lost onvif-worker-crashed']);
});

t.test('a picture is asked for once at a time, and ends with its worker', async (t) => {
  const { transport, workers, started } = supervised(t);
  workers[0]?.says({ kind: 'subscribed' });
  await started;
  const first = transport.snapshot();
  await t.rejects(transport.snapshot(), { message: 'one is on its way' });
  workers[0]?.says({ kind: 'snapshot', id: 7, bytes: Uint8Array.of(1), mediaType: 'image/png' });
  workers[0]?.says({ kind: 'snapshot', id: 1, bytes: Uint8Array.of(2), mediaType: 'image/jpeg' });
  t.match(await first, { role: 'scene', mediaType: 'image/jpeg' });
  const second = transport.snapshot();
  workers[0]?.says({ kind: 'noSnapshot', id: 2, detail: 'none there' });
  await t.rejects(second, { message: 'none there' });
  const third = transport.snapshot();
  workers[0]?.emit('error', new Error('crashed'));
  await t.rejects(third, { message: 'lost' });
  await t.rejects(transport.snapshot(), { message: 'lost' });
});

t.test('a worker that cannot be started is tried again', async (t) => {
  const { workers, told, started } = supervised(t, 1);
  await t.rejects(started, { code: 'onvif-worker-crashed', message: 'no thread' });
  t.ok(await until(() => workers.length === 1));
  t.same(told, ['lost onvif-worker-crashed']);
});

t.test('a camera that was stopped starts no worker again', async (t) => {
  const { transport, workers, started } = supervised(t);
  transport.stop();
  await t.rejects(started, { code: 'port-lost' });
  workers[0]?.emit('exit', 1);
  await pause(100);
  t.equal(workers.length, 1);
  t.ok(workers[0]?.isTerminated);
});
