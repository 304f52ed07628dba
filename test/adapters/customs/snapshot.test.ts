/** A snapshot takes the place of what its source said before whole, or not at all, whenever one looks or dies. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DirectoryDrop } from '../../../src/adapters/customs/directory-drop.ts';
import { FeedCache } from '../../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import { followedFacts } from '../../../src/adapters/store/followed-facts.ts';
import { openForReading, openForWriting } from '../../../src/adapters/store/open-database.ts';
import { box, FeedSite, fileText, hold, type Line, nowMs, proof } from '../../support/feed-site.ts';

const other = 'CBHU3202732';
const third = 'HLXU2008419';
const oldRecords = [proof(1, 'granted'), hold(2), '{"kind":"hold","id":"H-9","x":"CSQU3054383"}'];
const before = fileText(oldRecords, { mode: 'snapshot', through: 3 });

/** So many that they go in by several batches; a bad hold is among them. */
const manyRecords: readonly (Line | string)[] = Array.from({ length: 3_000 }, (_, i) =>
  i === 1_700
    ? `{"sequence":${i + 4},"kind":"hold","op":"put","note":"CBHU3202732"}`
    : { ...hold(i + 4, i === 0 ? third : 'MSKU7815460'), id: `N-${i}` },
);
const after = (change: Parameters<typeof fileText>[1] = {}) =>
  fileText(manyRecords, { mode: 'snapshot', ...change });

interface Seen {
  readonly old: number;
  readonly new: number;
  readonly newFound: number;
  readonly tainted: boolean;
  readonly newTainted: boolean;
  readonly applied: number;
}

function seen(site: FeedSite): Seen {
  const count = (sql: string) => site.db.prepare(sql).pluck().get() as number;
  return {
    old: site.ask(box).proofs.length + site.ask(box).holds.length,
    new: count(`SELECT count(*) FROM subject_${live(site)} WHERE subject = 'c:MSKU7815460'`),
    newFound: site.ask(third).holds.length,
    tainted: site.ask(box).taints.length > 0,
    newTainted: site.ask(other).taints.length > 0,
    applied: site.cache.sources()[0]?.appliedSequence ?? 0,
  };
}

const live = (site: FeedSite) =>
  site.db.prepare("SELECT load FROM load WHERE state = 'live'").pluck().get() as number;

const old: Seen = { old: 2, new: 0, newFound: 0, tainted: true, newTainted: false, applied: 3 };
const swapped: Seen = {
  old: 0,
  new: 2_998,
  newFound: 1,
  tainted: false,
  newTainted: true,
  applied: 3_003,
};

/** Something happens before each transaction and before the swap. */
function watching(site: FeedSite, step: (n: number, stop: () => void) => void): DirectoryDrop {
  const writer = new FeedWriter(site.db);
  let n = 0;
  let drop: DirectoryDrop | undefined;
  const next = () => {
    n += 1;
    step(n, () => void drop?.stop());
  };
  const sink = new Proxy(writer, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (key === 'stage')
        return (source: string) => {
          const staged = target.stage(source);
          return {
            put: staged.put.bind(staged),
            quarantine: staged.quarantine.bind(staged),
            abandon: staged.abandon,
            swapIn(...given: Parameters<typeof staged.swapIn>) {
              next();
              staged.swapIn(...given);
            },
          };
        };
      if (key !== 'inTransaction') return member.bind(target);
      return (work: () => void) => {
        next();
        target.inTransaction(work);
      };
    },
  });
  drop = new DirectoryDrop({
    directory: site.drops,
    sources: [{ source: 'customs', kinds: ['proof', 'hold'] }],
    sink,
    incompleteAfterMs: 60_000,
    now: () => nowMs,
    batchSize: 1_100,
    onReport: (report) => site.reports.push(report),
  });
  return drop;
}

const factTables = (site: FeedSite) =>
  site.db
    .prepare(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'fact\\_%' ESCAPE '\\'",
    )
    .pluck()
    .get();

t.test('whoever reads meanwhile reads the old, and then the new', async (t) => {
  const site = new FeedSite();
  await site.take('a', before);
  t.strictSame(seen(site), old);
  const during: Seen[] = [];
  const drop = watching(site, () => during.push(seen(site)));
  site.write('b', after());
  await drop.scan();
  t.equal(during.length, 4, 'three batches and the swap');
  for (const each of during) t.strictSame(each, old);
  t.strictSame(seen(site), swapped);
  t.match(site.reports.at(-1), { report: { mode: 'snapshot', applied: 2_999, quarantined: 1 } });
  t.equal(factTables(site), 1, 'the old tables are gone');
  const lines = site.db.prepare('SELECT sequence, line_number FROM quarantine ORDER BY id').raw();
  t.strictSame(lines.all(), [
    [0, 4],
    [1_704, 1_702],
  ]);
});

t.test('what is cut short changes nothing', async (t) => {
  const second = '{"kakouFeed":1,"source":"customs","mode":"snapshot"}';
  const cases: readonly (readonly [string, string, string])[] = [
    ['another number of records than it says', after({ records: 3_001 }), 'feed-count-differs'],
    ['older than what was taken', after({ through: 2 }), 'feed-snapshot-older'],
    [
      'a second header near its end',
      fileText([...manyRecords, second], { mode: 'snapshot', through: 3_003, records: 3_000 }),
      'feed-file-mixed',
    ],
  ];
  for (const [what, text, code] of cases) {
    const site = new FeedSite();
    await site.take('a', before);
    const { length: quarantined } = site.db.prepare('SELECT 1 FROM quarantine').all();
    site.write('b', text);
    await watching(site, () => undefined).scan();
    t.match(site.reports.at(-1), { kind: 'rejected', code }, what);
    t.strictSame(seen(site), old, what);
    t.equal(site.db.prepare('SELECT 1 FROM quarantine').all().length, quarantined, what);
    t.equal(site.db.prepare('SELECT 1 FROM staged_line').all().length, 0, what);
    t.equal(factTables(site), 1, what);
    await site.take('c', after());
    t.strictSame(seen(site), swapped, `after ${what} a whole one is taken`);
  }
});

t.test('a stop or a store that fails at any step leaves the old', async (t) => {
  for (const how of ['stop', 'fail'] as const) {
    for (const at of [1, 2, 3, 4]) {
      // A stop is seen between two blocks of the file: the last steps then come to their end.
      if (how === 'stop' && at > 2) continue;
      const site = new FeedSite();
      await site.take('a', before);
      const drop = watching(site, (n, stop) => {
        if (n !== at) return;
        if (how === 'stop') return stop();
        throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });
      });
      site.write('b', after());
      await drop.scan();
      t.strictSame(seen(site), old, `${how} at step ${at}`);
      t.ok(site.has('', 'b.ndjson'), 'the file stays');
      await site.drop.scan();
      t.strictSame(seen(site), swapped, `${how} at step ${at}: taken the next time`);
      t.equal(factTables(site), 1);
    }
  }
});

t.test('a process that dies at any step leaves the old or the new whole', async (t) => {
  const site = new FeedSite();
  await site.take('a', before);
  let copies = 0;
  const copy = () => {
    copies += 1;
    const folder = join(site.folder, `died-${copies}`);
    mkdirSync(folder);
    for (const ending of ['', '-wal']) {
      const from = join(site.folder, `feed.db${ending}`);
      if (existsSync(from)) copyFileSync(from, join(folder, `feed.db${ending}`));
    }
  };
  const drop = watching(site, copy);
  site.write('b', after());
  await drop.scan();
  copy();
  t.equal(copies, 5);
  for (let n = 1; n <= copies; n++) {
    const file = join(site.folder, `died-${n}`, 'feed.db');
    const db = openForWriting({
      file,
      applicationId: feedApplicationId,
      migrations: feedMigrations,
    });
    const cache = new FeedCache({
      db: openForReading(file),
      sources: [{ source: 'customs', kinds: ['proof', 'hold'] }],
      clockState: () => 'synced',
      ledger: () => ({
        usesOf: () => [],
        turnedBackOf: () => [],
        openVisitsOf: () => [],
        placedHoldsOf: () => [],
        head: () => ({ sequence: 0, hash: '' }),
      }),
    });
    const found = () => Object.assign(Object.create(site) as FeedSite, { db, cache });
    t.strictSame(seen(found()), n < copies ? old : swapped, `step ${n}, before anyone writes`);
    new FeedWriter(db);
    t.strictSame(seen(found()), n < copies ? old : swapped, `step ${n}, when the writer is back`);
    t.equal(factTables(found()), 1, 'and what was begun is cleared away');
  }
});

t.test('of one fact told twice in a snapshot the newer stands, in any batch', async (t) => {
  const lifted = (sequence: number, version: number, state: string): Line => {
    const placed = hold(sequence, other);
    return { ...placed, id: 'T', version, body: { ...(placed.body as object), state } };
  };
  for (const [first, last, holds] of [
    [lifted(1, 2, 'placed'), lifted(1_502, 1, 'lifted'), 1],
    [lifted(1, 1, 'lifted'), lifted(1_502, 2, 'placed'), 1],
    [lifted(1, 1, 'placed'), lifted(1_502, 1, 'lifted'), 1],
    [lifted(1, 1, 'placed'), lifted(1_502, 2, 'lifted'), 0],
  ] as const) {
    const site = new FeedSite();
    const between = manyRecords.slice(0, 1_500);
    site.write('a', fileText([first, ...between, last], { mode: 'snapshot' }));
    await watching(site, () => undefined).scan();
    t.equal(site.ask(other).holds.length, holds);
  }
});

t.test('what the yard follows of a source goes on behind a snapshot', async (t) => {
  const site = new FeedSite();
  await site.take('a', before);
  const sources = [{ source: 'customs', kinds: ['proof', 'hold'] as const }];
  const followed = followedFacts(openForReading(join(site.folder, 'feed.db')), sources);
  const [{ revision = 0 } = {}] = followed.after('customs', 0, 10);
  t.ok(revision > 0);
  await site.take('b', fileText([hold(4, other)], { mode: 'snapshot', records: 1 }));
  t.match(followed.after('customs', revision, 10), [{ fact: { id: 'H-4' } }]);
  await site.take('c', fileText([hold(5, box)]));
  const both = followed.after('customs', revision, 10);
  t.match(both, [{ fact: { id: 'H-4' } }, { fact: { id: 'H-5' } }]);
  t.ok((both[1]?.revision ?? 0) > (both[0]?.revision ?? 0));
});

t.test('a snapshot of one source leaves the others as they are', async (t) => {
  const site = new FeedSite();
  const writer = new FeedWriter(site.db);
  const record = { asOfMs: nowMs, version: 1, op: 'put', ...hold(1) } as const;
  writer.applyDelta('port', record as never, nowMs);
  writer.quarantine(
    { source: 'port', file: 'p', lineNumber: 1, line: '{', reason: 'no JSON', taints: [box] },
    nowMs,
  );
  await site.take('a', fileText([], { mode: 'snapshot', through: 1 }));
  t.match(site.ask(), { holds: [{ source: 'port' }], taints: [{ source: 'port' }] });
});
