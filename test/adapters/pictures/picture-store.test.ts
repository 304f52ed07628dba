/** The store as the gate has it, over the real worker with its database, files and checking process. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import { originalPath, thumbnailPath } from '../../../src/adapters/pictures/picture-paths.ts';
import {
  mediaTypeOf,
  pictureWorkers,
  WorkerPictureStore,
} from '../../../src/adapters/pictures/picture-store.ts';
import { pictureRows } from '../../../src/adapters/store/picture-shelf.ts';
import { type PassageId, parseDeviceId } from '../../../src/core/identity.ts';
import type { Picture } from '../../../src/driver-kit/contract.ts';
import type { PictureOrigin } from '../../../src/ports/pictures.ts';
import { none } from '../../support/exactly.ts';
import { until } from '../../support/onvif-under-test.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { madePicture, sha256Of } from '../../support/test-pictures.ts';

function storeIn(
  t: Test,
  caps: Partial<ConstructorParameters<typeof WorkerPictureStore>[0]['caps']> = {},
) {
  const folder = temporaryFolder();
  const directory = join(folder, 'pictures');
  const recordsFile = join(folder, 'pictures.db');
  const days = { scene: 9, plate: 9, container: 9, other: 9 };
  const start = pictureWorkers(new URL('../../../src/picture-worker.js', import.meta.url), {
    directory,
    recordsFile,
    limits: { retentionDays: days, quotaMiB: 1_000, freeMiBMin: 16 },
  });
  const workers: Worker[] = [];
  const store = new WorkerPictureStore({
    caps: { pictureKiBMax: 4_096, perMessageMax: 8, perMinuteMax: 100, ...caps },
    startWorker: () => {
      const worker = start();
      workers.push(worker);
      return worker;
    },
    backOff: { nextMs: () => 100, reset: () => undefined },
  });
  const faults: string[] = [];
  const standing: string[] = [];
  store.start({
    faulted: ({ deviceId, code }) => faults.push(`${deviceId} ${code}`),
    standing: (code, isOver) => standing.push(`${code} ${isOver ? 'over' : 'begun'}`),
  });
  const rows = pictureRows(recordsFile);
  t.teardown(async () => {
    await store.stop();
    rows.close();
  });
  const row = (sha256: string) => {
    try {
      return rows.row(sha256);
    } catch {
      return undefined;
    }
  };
  return { folder, directory, recordsFile, store, workers, faults, standing, row };
}

const origin = (monotonicMs = 0): PictureOrigin => {
  const at = { wallMs: 1_700_000_000_000, monotonicMs };
  return { deviceId: parseDeviceId('camera-1'), laneId: 'in-1', receivedAt: at, readingAt: at };
};
const scene = (bytes: Uint8Array): Picture => ({ role: 'scene', bytes, mediaType: 'image/jpeg' });

t.test('a picture is named at once, then stored, checked and given a thumbnail', async (t) => {
  const s = storeIn(t);
  const [jpeg, png] = [await madePicture(1), await madePicture(1, { format: 'png' })];
  const original = Buffer.from(jpeg.bytes);
  // The device calls it what it likes: the bytes say what it is.
  const taken = s.store.take(origin(), [scene(jpeg.bytes), { ...scene(png.bytes), role: 'plate' }]);
  t.strictSame(taken, {
    references: [
      { role: 'scene', sha256: jpeg.sha256, bytes: original.length, mediaType: 'image/jpeg' },
      {
        role: 'plate',
        sha256: png.sha256,
        bytes: taken.references[1]?.bytes,
        mediaType: 'image/png',
      },
    ],
    refusals: [],
  });
  s.store.belong('p-1' as PassageId, [jpeg.sha256]);
  t.ok(await until(() => s.row(png.sha256)?.hasThumbnail === true));
  t.match(s.row(jpeg.sha256), { state: 'stored', hasThumbnail: true });
  const path = originalPath(s.directory, { sha256: jpeg.sha256, mediaType: 'image/jpeg' });
  t.equal(sha256Of(readFileSync(path)), jpeg.sha256, 'the bytes as they came');
  t.match(await sharp(thumbnailPath(s.directory, jpeg.sha256)).metadata(), { width: 320 });
  t.strictSame(s.faults, []);
});

t.test('half a picture is kept as it came, marked, and a fault of its camera', async (t) => {
  const s = storeIn(t);
  const { bytes } = await madePicture(2);
  const half = bytes.slice(0, bytes.length / 2);
  const sha256 = sha256Of(half);
  const copy = Buffer.from(half);
  s.store.take(origin(), [scene(half)]);
  t.ok(await until(() => s.row(sha256)?.state === 'truncated'));
  t.ok(await until(() => s.faults.length > 0));
  t.strictSame(s.faults, ['camera-1 picture-truncated']);
  t.same(readFileSync(originalPath(s.directory, { sha256, mediaType: 'image/jpeg' })), copy);
});

t.test('what is too much, too large or no picture is refused with its reason', async (t) => {
  const s = storeIn(t, { pictureKiBMax: 16, perMessageMax: 2, perMinuteMax: 6 });
  const small = (await madePicture(3, { width: 16, height: 16 })).bytes;
  const large = (await madePicture(3)).bytes;
  const text = new TextEncoder().encode('<svg onload="alert(1)"/>');
  const codes = (pictures: readonly Uint8Array[], atMs = 0) => {
    const taken = s.store.take(
      origin(atMs),
      pictures.map((bytes) => scene(bytes.slice())),
    );
    return [taken.references.length, ...taken.refusals.map(({ code }) => code)];
  };
  t.strictSame(codes([small, large]), [1, 'picture-too-large']);
  t.strictSame(codes([text]), [0, 'picture-form-unknown']);
  t.strictSame(codes([small, small, small]), [2, 'pictures-too-many']);
  t.strictSame(codes([small, small]), [1, 'picture-rate-exceeded']);
  t.strictSame(codes([small], 59_999), [0, 'picture-rate-exceeded']);
  t.strictSame(codes([small], 60_000), [1], 'a minute later');
  t.ok(await until(() => s.row(sha256Of(text)) !== undefined));
  t.match(s.row(sha256Of(text)), { state: 'refused', reason: 'picture-form-unknown' });
  t.match(s.row(sha256Of(large)), { state: 'refused', reason: 'picture-too-large' });
});

t.test('no more waits in memory than is allowed', async (t) => {
  const s = storeIn(t, { pictureKiBMax: 16_384, perMinuteMax: 6_000 });
  const taken = Array.from({ length: 12 }, () => {
    const bytes = new Uint8Array(8 * 1_048_576);
    bytes.set([0xff, 0xd8, 0xff]);
    return s.store.take(origin(), [scene(bytes)]);
  });
  const refused = taken.flatMap(({ refusals }) => refusals.map(({ code }) => code));
  t.strictSame([...new Set(refused)], ['pictures-busy']);
  t.equal(refused.length, 4, '64 MiB, and then no more');
  t.ok(
    await until(() => {
      const later = s.store.take(origin(), [scene(Uint8Array.of(0xff, 0xd8, 0xff, 1))]);
      return later.references.length === 1;
    }),
    'what has been written makes room',
  );
});

t.test('a worker that dies is started again, and it is said when it is over', async (t) => {
  const s = storeIn(t);
  const first = await madePicture(4);
  s.store.take(origin(), [scene(first.bytes)]);
  t.ok(await until(() => s.row(first.sha256)?.state === 'stored'));
  await s.workers[0]?.terminate();
  t.ok(await until(() => s.standing.includes('picture-worker-crashed begun')));
  const lost = s.store.take(origin(), [scene((await madePicture(5)).bytes)]);
  t.match(
    lost,
    { references: none, refusals: [{ code: 'pictures-not-stored' }] },
    'not named either',
  );
  t.ok(await until(() => s.standing.includes('picture-worker-crashed over')));
  const second = await madePicture(6);
  s.store.take(origin(), [scene(second.bytes)]);
  t.ok(await until(() => s.row(second.sha256)?.state === 'stored'));
});

t.test('rows that cannot be opened are tried again until they can', async (t) => {
  const folder = temporaryFolder();
  const recordsFile = join(folder, 'pictures.db');
  mkdirSync(folder, { recursive: true });
  writeFileSync(recordsFile, 'this is no database, and long enough to be seen as none'.repeat(20));
  const days = { scene: 9, plate: 9, container: 9, other: 9 };
  const standing: string[] = [];
  const store = new WorkerPictureStore({
    caps: { pictureKiBMax: 100, perMessageMax: 8, perMinuteMax: 100 },
    startWorker: pictureWorkers(new URL('../../../src/picture-worker.js', import.meta.url), {
      directory: join(folder, 'pictures'),
      recordsFile,
      limits: { retentionDays: days, quotaMiB: 1_000, freeMiBMin: 16 },
    }),
    backOff: { nextMs: () => 100, reset: () => undefined },
  });
  store.start({
    faulted: () => undefined,
    standing: (code, isOver, detail) => standing.push(`${code} ${isOver} ${detail}`),
  });
  t.ok(await until(() => standing.length > 0));
  t.match(standing, [/^picture-worker-crashed false .*damaged/]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.equal(standing.length, 1, 'said once');
  await store.stop();
  t.notOk(existsSync(join(folder, 'pictures', 'incoming')));
});

t.test('bytes that share their memory with others stay theirs', async (t) => {
  const s = storeIn(t);
  const { bytes } = await madePicture(7);
  const shared = new Uint8Array(bytes.length + 100);
  shared.set(bytes, 50);
  const { references } = s.store.take(origin(), [scene(shared.subarray(50, 50 + bytes.length))]);
  t.equal(references[0]?.sha256, sha256Of(bytes));
  t.equal(shared.length, bytes.length + 100);
  t.ok(await until(() => s.row(sha256Of(bytes))?.state === 'stored'));
});

t.test('the kind of a picture is told by its first bytes alone', async (t) => {
  t.equal(mediaTypeOf(Uint8Array.of(0xff, 0xd8, 0xff)), 'image/jpeg');
  t.equal(mediaTypeOf((await madePicture(1, { format: 'png' })).bytes), 'image/png');
  for (const bytes of [[], [0xff, 0xd8], [0x89, 0x50, 0x4e, 0x47], [0x47, 0x49, 0x46, 0x38]])
    t.equal(mediaTypeOf(Uint8Array.from(bytes)), undefined);
});
