/** What becomes of pictures in the worker: files, rows, age and space, on a real disk with a clock of the test's. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { CheckOutcome } from '../../../src/adapters/pictures/picture-checker.ts';
import { PictureFiles } from '../../../src/adapters/pictures/picture-files.ts';
import { PictureKeeper } from '../../../src/adapters/pictures/picture-keeper.ts';
import { originalPath, thumbnailPath } from '../../../src/adapters/pictures/picture-paths.ts';
import type {
  CheckRequest,
  FromPictureWorker,
  PictureLimits,
} from '../../../src/adapters/pictures/worker-messages.ts';
import { openForWriting } from '../../../src/adapters/store/open-database.ts';
import { pictureReader, pictureRecords } from '../../../src/adapters/store/picture-records.ts';
import {
  pictureApplicationId,
  pictureMigrations,
} from '../../../src/adapters/store/picture-schema.ts';
import type { PictureEntry, PictureRole } from '../../../src/ports/pictures.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const mebibyte = 1_048_576;
const dayMs = 86_400_000;
const startMs = 1_700_000_000_000;
const roomy: PictureLimits = {
  retentionDays: { scene: 30, plate: 90, container: 90, other: 30 },
  quotaMiB: 1_000,
  freeMiBMin: 100,
};

function site(folder = temporaryFolder(), limits: PictureLimits = roomy) {
  const root = join(folder, 'pictures');
  const open = () =>
    openForWriting({
      file: join(folder, 'pictures.db'),
      applicationId: pictureApplicationId,
      migrations: pictureMigrations,
    });
  const world = { nowMs: startMs, freeBytes: 100_000 * mebibyte };
  const told: FromPictureWorker[] = [];
  const asked: CheckRequest[] = [];
  const check = {
    outcome: { verdict: 'whole', detail: '', thumbnailBytes: 0 } as CheckOutcome,
    isHeld: false,
  };
  const checker = {
    check: async (request: CheckRequest): Promise<CheckOutcome> => {
      asked.push(request);
      if (check.isHeld) await new Promise(() => undefined);
      if (request.thumbnail !== undefined) writeFileSync(request.thumbnail, 'small');
      return check.outcome;
    },
    stop: () => undefined,
  };
  const db = open();
  const reader = openForWriting({
    file: join(folder, 'pictures.db'),
    applicationId: pictureApplicationId,
    migrations: pictureMigrations,
  });
  const files = new PictureFiles(root);
  files.clearIncoming();
  const keeper = new PictureKeeper({
    files,
    records: pictureRecords(db),
    checker,
    limits,
    now: () => world.nowMs,
    freeBytes: () => {
      if (world.freeBytes < 0) throw new Error('EIO: statfs');
      return world.freeBytes;
    },
    tell: (message) => told.push(message),
  });
  t.teardown(() => {
    reader.close();
    if (db.open) keeper.stop();
  });
  const keep = (text: string, role: PictureRole = 'scene', change: Partial<PictureEntry> = {}) => {
    const bytes = new TextEncoder().encode(text);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const entry: PictureEntry = {
      sha256,
      bytes: bytes.byteLength,
      mediaType: 'image/jpeg',
      role,
      deviceId: 'camera-1',
      laneId: 'in-1',
      receivedAtMs: world.nowMs,
      readingAtMs: world.nowMs,
      ...change,
    };
    keeper.take({ kind: 'keep', entry, bytes });
    return sha256;
  };
  const pathOf = (sha256: string) => originalPath(root, { sha256, mediaType: 'image/jpeg' });
  return {
    ...{ folder, root, world, told, asked, check, keeper, keep, pathOf, db: reader },
    look: pictureReader(reader).row,
    standing: () => told.flatMap((m) => (m.kind === 'standing' ? [[m.code, m.isOver]] : [])),
    faults: () => told.flatMap((m) => (m.kind === 'faulted' ? [m.code] : [])),
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

t.test(
  'a picture is one file under its hash, whole, with a row for each time it came',
  async (t) => {
    const s = site();
    const sha256 = s.keep('first');
    const path = join(s.root, sha256.slice(0, 2), sha256.slice(2, 4), `${sha256}.jpg`);
    t.equal(readFileSync(path, 'utf8'), 'first');
    t.match(s.look(sha256), { state: 'stored', bytes: 5, mediaType: 'image/jpeg' });
    t.strictSame(readdirSync(join(s.root, 'incoming')), [], 'nothing is left of the writing');
    t.strictSame(
      s.told.filter(({ kind }) => kind === 'done'),
      [{ kind: 'done', bytes: 5 }],
    );

    s.world.nowMs += 1_000;
    s.keep('first', 'scene', { deviceId: 'camera-2' });
    t.equal(s.db.prepare('SELECT count(*) FROM picture').pluck().get(), 1);
    t.strictSame(s.db.prepare('SELECT device_id FROM picture_use ORDER BY id').pluck().all(), [
      'camera-1',
      'camera-2',
    ]);
    s.keeper.take({ kind: 'belong', passageId: 'p-1', sha256s: [sha256, 'f'.repeat(64)] });
    t.strictSame(s.db.prepare('SELECT passage_id FROM picture_use ORDER BY id').pluck().all(), [
      null,
      'p-1',
    ]);
    const png = s.keep('second', 'plate', { mediaType: 'image/png' });
    t.ok(existsSync(originalPath(s.root, { sha256: png, mediaType: 'image/png' })));
  },
);

t.test('what is refused has a row and no file', async (t) => {
  const s = site();
  const entry = { sha256: 'a'.repeat(64), bytes: 9, mediaType: 'application/octet-stream' };
  const origin = { deviceId: 'c', laneId: 'l', receivedAtMs: 1, readingAtMs: 1 };
  s.keeper.take({
    kind: 'refused',
    entry: { ...entry, ...origin, role: 'scene' },
    reason: 'picture-form-unknown',
  });
  t.match(s.look(entry.sha256), { state: 'refused', reason: 'picture-form-unknown' });
});

t.test('what the check finds is marked, and the picture is kept as it came', async (t) => {
  for (const verdict of ['whole', 'truncated', 'damaged'] as const) {
    const s = site();
    s.check.outcome = { verdict, detail: 'why', thumbnailBytes: 5 };
    const sha256 = s.keep('picture');
    await settled();
    t.match(s.look(sha256), {
      state: verdict === 'whole' ? 'stored' : verdict,
      hasThumbnail: true,
    });
    t.strictSame(s.faults(), verdict === 'whole' ? [] : [`picture-${verdict}`]);
    t.equal(readFileSync(s.pathOf(sha256), 'utf8'), 'picture');
  }
});

t.test(
  'a picture that ends the checker is tried twice, and the next ones are checked',
  async (t) => {
    const s = site();
    s.check.outcome = { verdict: 'crashed', detail: 'SIGSEGV' };
    const hostile = s.keep('hostile');
    await settled();
    t.equal(s.asked.length, 2);
    t.strictSame(s.faults(), ['picture-check-failed', 'picture-check-failed']);
    t.match(s.look(hostile), { state: 'damaged' });
    s.check.outcome = { verdict: 'whole', detail: '', thumbnailBytes: 5 };
    const next = s.keep('next');
    await settled();
    t.match(s.look(next), { state: 'stored', hasThumbnail: true });
    t.equal(s.asked.length, 3);
  },
);

t.test('a picture that is given up while it is being checked leaves no thumbnail', async (t) => {
  const s = site();
  await settled();
  s.check.outcome = { verdict: 'whole', detail: '', thumbnailBytes: 5 };
  const sha256 = s.keep('picture');
  s.world.nowMs = startMs + 31 * dayMs;
  // The checker has been asked and has not answered yet.
  t.equal(s.asked.length, 1);
  s.keeper.age();
  t.match(s.look(sha256), { state: 'purged' });
  writeFileSync(thumbnailPath(s.root, sha256), 'small');
  await settled();
  t.notOk(existsSync(thumbnailPath(s.root, sha256)));
  t.match(s.look(sha256), { state: 'purged', hasThumbnail: false });
});

t.test('without a checker pictures are kept, and it is said once', async (t) => {
  const s = site();
  s.check.outcome = { verdict: 'unavailable', detail: 'no sharp' };
  s.keep('one');
  await settled();
  s.keep('two');
  await settled();
  t.equal(s.asked.length, 1);
  t.strictSame(s.standing(), [['picture-check-unavailable', false]]);
  s.world.nowMs += 601_000;
  s.check.outcome = { verdict: 'whole', detail: '', thumbnailBytes: 0 };
  s.keep('three');
  await settled();
  t.equal(s.asked.length, 4, 'those that waited are checked too');
  t.strictSame(s.standing().at(-1), ['picture-check-unavailable', true]);
});

t.test('a stop between two states is settled at the next start', async (t) => {
  const s = site();
  const [whole, gone, half, going] = ['whole', 'gone', 'half', 'going'].map((x) => s.keep(x));
  if (!whole || !gone || !half || !going) throw new Error('four pictures');
  s.keeper.stop();
  const state = (sha256: string, to: string) =>
    s.db.prepare('UPDATE picture SET state = ? WHERE sha256 = ?').run(to, sha256);
  for (const sha256 of [whole, gone, half]) state(sha256, 'storing');
  state(going, 'purging');
  rmSync(s.pathOf(gone));
  writeFileSync(s.pathOf(half), 'ha');
  writeFileSync(join(s.root, 'incoming', half), 'ha');
  mkdirSync(join(s.root, 'incoming', 'odd'));

  const again = site(s.folder);
  t.strictSame(readdirSync(join(s.root, 'incoming')), []);
  t.match(again.look(whole), { state: 'stored' });
  for (const sha256 of [gone, half]) {
    t.match(again.look(sha256), { state: 'refused', reason: 'interrupted' });
    t.notOk(existsSync(s.pathOf(sha256)));
  }
  t.match(again.look(going), { state: 'purged', purgedAtMs: startMs });
  t.notOk(existsSync(s.pathOf(going)));
});

t.test(
  'a picture goes when the days of its role are over; its row stays and says when',
  async (t) => {
    const s = site();
    s.check.outcome = { verdict: 'whole', detail: '', thumbnailBytes: 5 };
    const scene = s.keep('scene');
    const plate = s.keep('plate', 'plate');
    const seenAgain = s.keep('again');
    await settled();
    t.ok(existsSync(thumbnailPath(s.root, scene)));
    s.world.nowMs = startMs + 20 * dayMs;
    s.keep('again');
    s.world.nowMs = startMs + 30 * dayMs;
    s.keeper.age();
    t.match(s.look(scene), { state: 'stored' }, 'not before');
    s.world.nowMs += 1;
    t.equal(s.keeper.age(), false);
    t.match(s.look(scene), { state: 'purged', purgedAtMs: s.world.nowMs, hasThumbnail: false });
    t.notOk(existsSync(s.pathOf(scene)));
    t.notOk(existsSync(thumbnailPath(s.root, scene)));
    t.match(s.look(plate), { state: 'stored' });
    t.match(s.look(seenAgain), { state: 'stored' }, 'its days count from when it came last');

    s.world.nowMs += 1;
    t.equal(s.keep('scene'), scene);
    t.match(s.look(scene), { state: 'stored' }, 'it may come anew');
    t.equal(s.look(scene)?.purgedAtMs, undefined);
  },
);

t.test('beyond the quota the oldest scenes go first, then the rest', async (t) => {
  const s = site(temporaryFolder(), { ...roomy, quotaMiB: 1 });
  const part = (n: number) => String(n).padEnd(mebibyte / 10, '.');
  const plates = [0, 1].map((n) => s.keep(part(n), 'plate'));
  const scenes = [2, 3, 4, 5, 6, 7, 8].map((n) => {
    s.world.nowMs += 1;
    return s.keep(part(n));
  });
  s.keeper.age();
  t.ok([...plates, ...scenes].every((sha256) => s.look(sha256)?.state === 'stored'));
  const last = s.keep(part(9));
  s.keeper.age();
  t.match(s.look(scenes[0] ?? ''), { state: 'purged' });
  t.match(s.look(last), { state: 'stored' });
  t.match(s.look(plates[0] ?? ''), { state: 'stored' }, 'older, and kept longer');
  const stored = s.db
    .prepare("SELECT sum(bytes) FROM picture WHERE state = 'stored'")
    .pluck()
    .get() as number;
  t.ok(stored <= 0.9 * mebibyte + 200, 'down to nine tenths');
  t.equal(
    s.db.prepare('SELECT count(*) FROM picture').pluck().get(),
    10,
    'every row is still there',
  );
  t.strictSame(s.standing(), []);
});

t.test('what is given up makes room for as much again, its thumbnail too', async (t) => {
  const s = site(temporaryFolder(), { ...roomy, quotaMiB: 1 });
  // A thumbnail of half the quota, as far as the rows know.
  s.check.outcome = { verdict: 'whole', detail: '', thumbnailBytes: mebibyte / 2 };
  for (const text of ['one', 'two']) {
    s.world.nowMs += 1;
    s.keep(text);
    await settled();
  }
  s.check.outcome = { verdict: 'whole', detail: '', thumbnailBytes: 0 };
  s.keeper.age();
  const states = () => s.db.prepare('SELECT state FROM picture ORDER BY received_at').pluck().all();
  t.strictSame(states(), ['purged', 'stored']);
  for (const text of ['three', 'four', 'five']) {
    s.world.nowMs += 1;
    s.keep(text);
    await settled();
    s.keeper.age();
  }
  t.strictSame(states(), ['purged', 'stored', 'stored', 'stored', 'stored']);
});

t.test(
  'a folder that is gone is made, a disk that cannot be asked costs the picture only',
  async (t) => {
    const s = site();
    rmSync(s.root, { recursive: true });
    t.match(s.look(s.keep('anew')), { state: 'stored' }, 'it is made again');
    s.world.freeBytes = -1;
    s.world.nowMs += 3_000;
    t.doesNotThrow(() => s.keep('lost'));
    t.doesNotThrow(() => s.keeper.age());
    await settled();
    t.strictSame(s.standing(), [['pictures-not-stored', false]]);
  },
);

t.test('short space costs thumbnails, then scenes, then all, and is said once', async (t) => {
  const s = site();
  s.world.freeBytes = 150 * mebibyte;
  s.keep('no thumbnail');
  await settled();
  t.equal(s.asked[0]?.thumbnail, undefined);
  t.strictSame(s.standing(), []);

  const pass = () => {
    s.world.nowMs += 3_000;
  };
  s.world.freeBytes = 99 * mebibyte;
  pass();
  const scenes = [s.keep('scene'), s.keep('scene 2')];
  const plate = s.keep('plate', 'plate');
  for (const scene of scenes) {
    t.match(s.look(scene), { state: 'refused', reason: 'pictures-space-low' });
    t.notOk(existsSync(s.pathOf(scene)));
  }
  t.match(s.look(plate), { state: 'stored' });
  t.strictSame(s.standing(), [['pictures-space-low', false]]);

  s.world.freeBytes = 49 * mebibyte;
  pass();
  t.match(s.look(s.keep('plate 2', 'plate')), { state: 'refused' });
  s.world.freeBytes = 500 * mebibyte;
  pass();
  t.match(s.look(s.keep('scene 3')), { state: 'stored' });
  t.strictSame(s.standing(), [
    ['pictures-space-low', false],
    ['pictures-space-low', true],
  ]);
});

t.test(
  'a disk that others fill costs the oldest pictures before the ledger has no room',
  async (t) => {
    const s = site();
    const scenes = [1, 2, 3].map((n) => {
      s.world.nowMs += 1;
      return s.keep(`scene ${n}`);
    });
    s.world.nowMs += 3_000;
    s.world.freeBytes = 50 * mebibyte - 10;
    s.keeper.age();
    t.strictSame(
      scenes.map((sha256) => s.look(sha256)?.state),
      ['purged', 'purged', 'stored'],
    );
  },
);

t.test('a disk that takes nothing costs the picture, is said once, and heals', async (t) => {
  const s = site();
  const before = s.keep('before');
  // A file where a folder must be: no bytes can be written, whoever runs the test.
  const sha256 = createHash('sha256').update('lost').digest('hex');
  const blocked = join(s.root, sha256.slice(0, 2));
  rmSync(blocked, { recursive: true, force: true });
  writeFileSync(blocked, '');
  s.keep('lost');
  s.keep('lost');
  t.match(s.look(sha256), { state: 'refused', reason: 'pictures-not-stored' });
  t.strictSame(s.standing(), [['pictures-not-stored', false]]);
  t.strictSame(readdirSync(join(s.root, 'incoming')), []);
  t.equal(s.told.filter(({ kind }) => kind === 'done').length, 3, 'nothing waits for it');
  t.match(s.look(before), { state: 'stored' });
  rmSync(blocked);
  s.keep('lost');
  t.match(s.look(sha256), { state: 'stored' });
  t.strictSame(s.standing().at(-1), ['pictures-not-stored', true]);

  s.db.exec('DROP TABLE picture_use');
  s.keep('rows that cannot be written');
  s.keeper.take({ kind: 'belong', passageId: 'p', sha256s: [before] });
  t.strictSame(s.standing().at(-1), ['pictures-not-stored', false]);
});

t.test('hot statements find their rows by an index', async (t) => {
  const s = site();
  const plan = (sql: string) =>
    (s.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[])
      .map(({ detail }) => detail)
      .join('; ');
  const stored = "SELECT sha256 FROM picture WHERE state = 'stored' AND";
  t.match(
    plan(`${stored} role = 'scene' AND received_at < 9 ORDER BY received_at, sha256 LIMIT 9`),
    /picture_age/,
  );
  t.match(
    plan(`${stored} verdict = 'unchecked' ORDER BY received_at, sha256 LIMIT 1`),
    /picture_unchecked/,
  );
  t.match(
    plan("SELECT sha256 FROM picture WHERE state IN ('storing', 'purging') LIMIT 9"),
    /picture_unfinished/,
  );
  t.notMatch(plan(`${stored} role = 'scene' ORDER BY received_at, sha256`), /TEMP B-TREE/);
});

/** Why a small disk cannot be mounted here, or false. */
function canMount(): string | false {
  const folder = temporaryFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder]).status !== 0) {
    return 'a small disk can only be mounted by root';
  }
  spawnSync('umount', [folder]);
  return false;
}

t.test(
  'a full disk costs pictures, leaves none by halves, and heals',
  { skip: canMount() },
  async (t) => {
    for (const isWithRows of [false, true]) {
      const folder = temporaryFolder();
      const small = isWithRows ? folder : join(folder, 'pictures');
      mkdirSync(small, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', small]);
      t.teardown(() => execFileSync('umount', ['-l', small]));
      writeFileSync(join(small, 'ballast'), Buffer.alloc(1_500_000));
      // The disk says that it has room: what is believed of it must not matter.
      const s = site(folder);
      const kept = Array.from({ length: 20 }, (_, n) => s.keep(`${n}`.padEnd(200_000, '.')));
      t.strictSame(s.standing(), [['pictures-not-stored', false]], 'said once');
      t.equal(s.told.filter(({ kind }) => kind === 'done').length, 20, 'nothing waits');
      const whole = kept.filter((sha256) => existsSync(s.pathOf(sha256)));
      t.ok(whole.length > 0 && whole.length < 20);
      for (const sha256 of whole) t.equal(readFileSync(s.pathOf(sha256)).length, 200_000);
      t.strictSame(readdirSync(join(s.root, 'incoming')), []);

      rmSync(join(small, 'ballast'));
      const last = s.keep('afterwards');
      t.match(s.look(last), { state: 'stored' });
      t.strictSame(s.standing().at(-1), ['pictures-not-stored', true]);
      s.keeper.stop();
      const again = site(folder);
      for (const sha256 of whole) t.match(again.look(sha256), { state: 'stored' });
    }
  },
);
