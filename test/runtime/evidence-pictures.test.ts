/** Pictures between a device and its lane: named before the reading is told, refused with a fault, never waited for. */
import t from 'tap';
import { parseDeviceId } from '../../src/core/identity.ts';
import type { LatePictureReference, Observation } from '../../src/core/observation.ts';
import type {
  DriverManifest,
  NotificationOutput,
  Picture,
  PushAnswer,
  PushRequest,
} from '../../src/driver-kit/contract.ts';
import type { PictureOrigin, TakenPictures } from '../../src/ports/pictures.ts';
import type { NotificationEvents } from '../../src/ports/transport.ts';
import { DeviceHeart, type DevicePorts } from '../../src/runtime/device.ts';
import { PushDevice } from '../../src/runtime/device-shapes.ts';
import { NotificationDevice } from '../../src/runtime/notification-device.ts';
import { FakeTime } from '../support/fake-timers.ts';

const picture = (first: number): Picture => ({
  role: 'scene',
  bytes: Uint8Array.of(first, 2, 3),
  mediaType: 'image/jpeg',
});
const referenceOf = ({ role, bytes, mediaType }: Picture) => ({
  role,
  sha256: `hash of ${bytes[0]}`,
  bytes: bytes.length,
  mediaType,
});
const plate: Observation = {
  kind: 'plateRead',
  view: 'front',
  raw: '粤B12345',
  replayed: false,
  deviceEventId: 'e1',
};
const quiet = { observations: [], faults: [], send: [] };
const manifestBase = {
  name: 'camera',
  kind: 'plateCamera',
  staleAfterMs: () => 0,
} as unknown as DriverManifest;

function rig(keep?: (pictures: readonly Picture[]) => TakenPictures) {
  const time = new FakeTime();
  const told: (Observation | LatePictureReference)[] = [];
  const origins: PictureOrigin[] = [];
  const log: string[] = [];
  const ports: DevicePorts = {
    clock: { bootId: 'b', now: () => time.now(), state: () => 'synced' },
    timers: time,
    random: () => 0,
    observe: (_id, _at, observation) => {
      if (observation.kind !== 'deviceHealth') told.push(observation);
    },
    ...(keep && {
      keepPictures: (origin: PictureOrigin, pictures: readonly Picture[]) => {
        origins.push(origin);
        return keep(pictures);
      },
      pictured: (late: LatePictureReference) => told.push(late),
    }),
    log: (_level, message, detail) => log.push(`${message} ${JSON.stringify(detail)}`),
  };
  const heart = (manifest: DriverManifest) =>
    new DeviceHeart(
      {
        deviceId: parseDeviceId('camera-1'),
        laneId: 'in-1',
        manifest,
        profile: { experimental: false } as never,
        settings: {},
      },
      ports,
    );
  return { time, told, origins, log, heart };
}

const takeAll = (pictures: readonly Picture[]): TakenPictures => ({
  references: pictures.map(referenceOf),
  refusals: [],
});

async function posting(answer: () => PushAnswer, keep?: Parameters<typeof rig>[0]) {
  const r = rig(keep);
  const manifest = {
    ...manifestBase,
    shape: 'push',
    session: () => ({ bodyBytesMax: 1, contentTypes: [], answer }),
  } as DriverManifest & { shape: 'push' };
  const heart = r.heart(manifest);
  let post: ((request: PushRequest) => PushAnswer) | undefined;
  const listener = {
    register: (_path: string, _session: unknown, given: NonNullable<typeof post>) => {
      post = given;
    },
  };
  const device = new PushDevice(heart, manifest, { listener, path: '/x' });
  await device.start();
  const send = () => post?.({ receivedAt: r.time.now() } as PushRequest);
  return { ...r, heart, send };
}

const answered = (observations: readonly Observation[], pictures: readonly Picture[]) => ({
  ...quiet,
  observations,
  pictures,
  status: 200,
  contentType: 'x',
  body: 'ok',
});

t.test('a reading names the pictures that were posted with it', async (t) => {
  const r = await posting(() => answered([plate], [picture(1), picture(9)]), takeAll);
  t.match(r.send(), { status: 200, body: 'ok' });
  t.strictSame(r.told, [
    { ...plate, pictures: [referenceOf(picture(1)), referenceOf(picture(9))] },
  ]);
  const now = r.time.now();
  t.strictSame(r.origins, [
    {
      ...{ deviceId: 'camera-1', laneId: 'in-1', deviceEventId: 'e1' },
      ...{ receivedAt: now, readingAt: now },
    },
  ]);
});

t.test('where none are kept nothing is different', async (t) => {
  const r = await posting(() => answered([plate], [picture(1)]));
  r.send();
  t.strictSame(r.told, [plate]);
});

t.test('a refused picture is a fault of its camera, and the reading stands', async (t) => {
  const refusals = [{ code: 'picture-too-large', detail: '9 MiB' }] as const;
  const r = await posting(
    () => answered([plate], [picture(1)]),
    () => ({ references: [], refusals }),
  );
  r.send();
  t.strictSame(r.told, [plate]);
  t.match(r.heart.standing().faults, { 'picture-too-large': 1 });
  t.match(r.log, [/picture-too-large.*9 MiB/]);
});

t.test('a store that throws costs the pictures and not the reading', async (t) => {
  const r = await posting(
    () => answered([plate], [picture(1)]),
    () => {
      throw new Error('a defect');
    },
  );
  t.match(r.send(), { status: 200 });
  t.strictSame(r.told, [plate]);
});

t.test('pictures without a reading are kept, and belong to nobody', async (t) => {
  const r = await posting(() => answered([], [picture(1)]), takeAll);
  r.send();
  t.equal(r.origins.length, 1);
  t.strictSame(r.told, []);
});

t.test('a still picture follows its reading and says which it is of', async (t) => {
  const r = rig(takeAll);
  let output: NotificationOutput = { ...quiet, observations: [plate], wantsSnapshot: true };
  const manifest = {
    ...manifestBase,
    shape: 'notification',
    session: () => ({ notified: () => output }),
  } as DriverManifest & { shape: 'notification' };
  let events: NotificationEvents | undefined;
  const waiting: ((taken: Picture) => void)[] = [];
  const device = new NotificationDevice(r.heart(manifest), manifest, {
    start: async (given) => {
      events = given;
    },
    snapshot: () => new Promise((resolve) => waiting.push(resolve)),
    stop: () => undefined,
  });
  await device.start();
  const readAt = r.time.now();
  const notify = () =>
    events?.answered(r.time.now(), [{ text: '', receivedAt: r.time.now(), heldMsMax: 0 }]);
  notify();
  t.strictSame(r.told, [plate], 'at once');
  await r.time.pass(700);
  notify();
  t.equal(waiting.length, 1, 'one at a time');
  waiting[0]?.(picture(5));
  await r.time.pass(0);
  t.strictSame(r.told.at(-1), {
    deviceId: 'camera-1',
    deviceEventId: 'e1',
    readingAt: readAt,
    picture: referenceOf(picture(5)),
  });
  t.strictSame(r.origins.at(-1)?.receivedAt, r.time.now(), 'it came later than its reading');

  output = { ...quiet, observations: [plate], pictures: [picture(6)] };
  notify();
  t.strictSame(r.told.at(-1), { ...plate, pictures: [referenceOf(picture(6))] });
  device.stop();
});
