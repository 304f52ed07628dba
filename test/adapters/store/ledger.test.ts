import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import t from 'tap';
import {
  ledgerApplicationId,
  ledgerMigrations,
} from '../../../src/adapters/store/ledger-schema.ts';
import { openForWriting, StoreError } from '../../../src/adapters/store/open-database.ts';
import { verifyJournal } from '../../../src/verifier/verify.ts';
import { exactly } from '../../support/exactly.ts';
import { decisionFor, ledgerIn, note, settlement } from '../../support/open-ledger.ts';
import { repositoryFile } from '../../support/repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const box = { lineage: 'P-1', container: 'CSQU3054383' };
const open = (folder: string) =>
  openForWriting({
    file: join(folder, 'ledger.db'),
    applicationId: ledgerApplicationId,
    migrations: ledgerMigrations,
  });

t.test(
  'every writing connection commits with synchronous FULL, on a reopened file too',
  async (t) => {
    const folder = temporaryFolder();
    ledgerIn(folder).close();
    const naive = new Database(join(folder, 'ledger.db'));
    t.equal(
      naive.pragma('synchronous', { simple: true }),
      1,
      'what the package does by itself: NORMAL',
    );
    naive.close();
    for (let i = 0; i < 2; i++) {
      const db = open(folder);
      t.equal(db.pragma('synchronous', { simple: true }), 2);
      t.equal(db.pragma('journal_mode', { simple: true }), 'wal');
      db.close();
    }
  },
);

t.test('entries are chained, numbered without a hole, and verify', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  for (let i = 0; i < 20; i++) ledger.commit({ events: [note(`a${i}`), note(`b${i}`)] });
  ledger.checkpoint();
  t.equal(ledger.checkpoint(), undefined, 'nothing new, no checkpoint');
  t.equal(ledger.head().sequence, 42);
  ledger.close();
  t.match(verifyJournal(join(folder, 'ledger.db')), { ok: true, entries: 42, checkpoints: 1 });

  const again = ledgerIn(folder);
  t.match(again.commit({ events: [note('c')] }), {
    kind: 'committed',
    firstSequence: 43,
    lastSequence: 43,
  });
  again.checkpoint();
  again.close();
  t.match(verifyJournal(join(folder, 'ledger.db')), { ok: true, entries: 44, checkpoints: 2 });
});

t.test('facts that changed between look-up and commit leave nothing behind', async (t) => {
  const stamp = { value: 'seen' };
  const ledger = ledgerIn(temporaryFolder(), stamp);
  const head = ledger.head();
  stamp.value = 'revoked meanwhile';
  t.strictSame(ledger.commit(decisionFor('p1', [box], 'seen')), {
    kind: 'conflicted',
    reason: 'factsChanged',
  });
  t.strictSame(ledger.head(), head);
  t.strictSame(ledger.usesOf([box.container]), []);
  t.strictSame(ledger.unendedPassages(), []);
  t.match(ledger.commit({ events: [note('x')] }), {
    kind: 'committed',
    lastSequence: head.sequence + 1,
  });
});

t.test('a proof is used once for a box, over all passages and restarts', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  t.match(ledger.commit(decisionFor('p1', [box])), { kind: 'committed' });
  t.strictSame(ledger.commit(decisionFor('p2', [box])), {
    kind: 'conflicted',
    reason: 'releaseTaken',
  });
  ledger.close();
  const again = ledgerIn(folder);
  t.strictSame(again.commit(decisionFor('p3', [box])), {
    kind: 'conflicted',
    reason: 'releaseTaken',
  });
  again.commit(settlement('p1', 'consumed'));
  t.strictSame(again.commit(decisionFor('p4', [box])), {
    kind: 'conflicted',
    reason: 'releaseTaken',
  });
  exactly(t, again.usesOf([box.container]), [{ state: 'consumed', passageId: 'p1' }]);
  t.match(again.commit(settlement('p1', 'returned')), { kind: 'committed' });
  exactly(
    t,
    again.usesOf([box.container]),
    [{ state: 'consumed' }],
    'what was used up is never given back',
  );
});

t.test('what was returned may be taken again', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(decisionFor('p1', [box]));
  ledger.commit(settlement('p1', 'returned'));
  t.match(ledger.commit(decisionFor('p2', [box])), { kind: 'committed' });
});

t.test('one declaration’s three boxes leave on three trucks', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  for (const container of ['CSQU3054383', 'CBHU3202732', 'HLXU2008419']) {
    t.match(ledger.commit(decisionFor(`p-${container}`, [{ lineage: 'D-1', container }])), {
      kind: 'committed',
    });
  }
});

t.test('the stamp is read again where nobody can write between it and the commit', async (t) => {
  const folder = temporaryFolder();
  const tried: string[] = [];
  const ledger = ledgerIn(folder, {
    get value() {
      const other = new Database(join(folder, 'ledger.db'), { timeout: 0 });
      try {
        other.exec('BEGIN IMMEDIATE; COMMIT');
        tried.push('another could have written');
      } catch (error) {
        tried.push((error as { code: string }).code);
      } finally {
        other.close();
      }
      return 'same';
    },
  });
  t.match(ledger.commit(decisionFor('p1', [box])), { kind: 'committed' });
  t.strictSame(tried, ['SQLITE_BUSY']);
});

t.test('a reservation counts for the next look-up from the moment it is made', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(decisionFor('p1', [box]));
  t.strictSame(ledger.usesOf([box.container]), [{ ...box, passageId: 'p1', state: 'reserved' }]);
  ledger.commit(settlement('p1', 'returned'));
  t.strictSame(ledger.usesOf([box.container]), []);
});

t.test('a decision gives one right to open, whatever its command is called', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  const { opening } = decisionFor('p1', []);
  ledger.commit(decisionFor('p1', []));
  if (!opening) throw new Error('no opening');
  const second = { ...opening, commandId: 'p1.d1.again' as never };
  t.throws(() => ledger.commit({ events: [note('p1')], opening: second }), /UNIQUE/);
});

t.test('a visit that was closed stays closed by whom and when it was', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  const visitId = 'v.1' as never;
  const close = (passage: string, atMs: number) =>
    ledger.commit({
      events: [note(passage)],
      visits: [
        { kind: 'closed', visitId, passageId: passage as never, cause: 'exitRecorded', atMs },
      ],
    });
  ledger.commit({
    events: [note('in')],
    visits: [
      { kind: 'opened', visitId, plate: 'X', passageId: 'in' as never, containers: [], atMs: 1 },
    ],
  });
  t.equal(ledger.openVisitsOf(['X']).length, 1);
  close('first', 2);
  close('second', 3);
  t.strictSame(ledger.openVisitsOf(['X']), []);
  ledger.close();
  const db = new Database(join(folder, 'ledger.db'), { readonly: true });
  t.strictSame(db.prepare('SELECT exit_passage_id, closed_at FROM visit').raw().all(), [
    ['first', 2],
  ]);
  db.close();
});

t.test('what a passage has used is not told as still reserved for it', async (t) => {
  for (const as of ['consumed', 'returned'] as const) {
    const ledger = ledgerIn(temporaryFolder());
    ledger.commit(decisionFor('p1', [box]));
    ledger.commit(settlement('p1', as));
    t.strictSame(ledger.unendedPassages()[0]?.releases, [], as);
  }
});

t.test('a file that is damaged inside is refused although it opens', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  for (let i = 0; i < 400; i++) ledger.commit({ events: [note(`n${i}`)] });
  ledger.close();
  const file = join(folder, 'ledger.db');
  const bytes = readFileSync(file);
  // The first page stays whole, so that nothing is noticed before the tables are read.
  for (let at = 3 * 4_096; at < bytes.length; at += 4_096) bytes.fill(0xa5, at, at + 64);
  writeFileSync(file, bytes);
  t.throws(() => open(folder), { name: 'StoreError', code: 'store-corrupt', hint: /backup/ });
});

t.test('a right that was used is so on record', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  ledger.commit(decisionFor('p1', []));
  ledger.commit(decisionFor('p2', []));
  ledger.commit({ events: [note('p1')], openingUsed: 'p1.d1.open' as never });
  ledger.close();
  const db = new Database(join(folder, 'ledger.db'), { readonly: true });
  t.strictSame(
    db.prepare('SELECT decision_id, used FROM opening ORDER BY decision_id').raw().all(),
    [
      ['p1.d1', 1],
      ['p2.d1', 0],
    ],
  );
  db.close();
});

t.test('a decision gives one opening, and a second row for it is refused', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(decisionFor('p1', []));
  t.throws(() => ledger.commit(decisionFor('p1', [])), /UNIQUE|constraint/i);
  t.equal(ledger.head().sequence, 2, 'and the log is as it was');
});

t.test('the delivery cursor goes neither back nor ahead of the log', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  for (let i = 0; i < 9; i++) ledger.commit({ events: [note('x')] });
  ledger.acknowledge(7);
  ledger.acknowledge(3);
  t.equal(ledger.acknowledgedThrough(), 7);
  t.throws(() => ledger.acknowledge(11), /acknowledged 11, written 10/);
  ledger.close();
  t.equal(ledgerIn(folder).acknowledgedThrough(), 7);
});

t.test('a passage that had not ended is told after the restart with all it needs', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  ledger.commit(decisionFor('p1', [box]));
  ledger.close();
  const again = ledgerIn(folder);
  exactly(t, again.unendedPassages(), [
    {
      passageId: 'p1',
      laneId: 'out-1',
      disposition: 'admit',
      decisionId: 'p1.d1',
      plan: '{"close":[]}',
      releases: [box],
      departed: false,
      crossed: false,
      unauthorised: false,
    },
  ]);
  const passage = {
    passageId: 'p1' as never,
    laneId: 'out-1' as never,
    direction: 'out' as const,
    startedAtMs: 1,
  };
  again.commit({ events: [note('p1')], openingUsed: 'p1.d1.open' as never });
  exactly(t, again.unendedPassages(), [{ departed: true, crossed: false }]);
  again.commit({
    events: [note('p1')],
    passage: { ...passage, crossedAtMs: 4, outcome: 'tailgated' },
  });
  exactly(t, again.unendedPassages(), [{ departed: true, crossed: true, unauthorised: true }]);
  again.commit({
    events: [note('p1')],
    passage: { ...passage, endedAtMs: 5, outcome: 'passed' },
  });
  t.strictSame(again.unendedPassages(), []);
});

t.test(
  'an entry larger than the contract allows is refused before anything is written',
  async (t) => {
    const ledger = ledgerIn(temporaryFolder());
    const huge = { ...note('x'), data: { text: 'é'.repeat(40_000) } };
    t.throws(() => ledger.commit({ events: [huge] }), /more than 65535/);
    t.equal(ledger.head().sequence, 1);
  },
);

t.test(
  'a full disk fails the commit, loses nothing, and heals',
  { skip: canMount() },
  async (t) => {
    const folder = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', folder]);
    t.teardown(() => execFileSync('umount', ['-l', folder]));
    const ledger = ledgerIn(folder);
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(300_000));
    const big = { ...note('x'), data: { text: 'x'.repeat(30_000) } };
    let committed = 0;
    let result = ledger.commit({ events: [big] });
    for (; result.kind === 'committed'; result = ledger.commit({ events: [big] })) committed += 1;
    t.match(result, { kind: 'failed', code: 'ledger-full' });
    t.ok(committed > 5);
    const { sequence } = ledger.head();
    t.match(
      ledger.commit(decisionFor('p1', [box])),
      { kind: 'failed' },
      'no decision can be stored',
    );
    t.equal(ledger.head().sequence, sequence);
    rmSync(join(folder, 'ballast'));
    t.match(ledger.commit(decisionFor('p1', [box])), {
      kind: 'committed',
      lastSequence: sequence + 1,
    });
    ledger.close();
    t.match(verifyJournal(join(folder, 'ledger.db')), { ok: true, entries: sequence + 1 });
  },
);

/** Why a small disk cannot be mounted here, or false. */
function canMount(): string | false {
  const folder = temporaryFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder]).status !== 0) {
    return 'a small disk can only be mounted by root';
  }
  spawnSync('umount', [folder]);
  return false;
}

t.test('a database that cannot be used is refused by name, with a hint', async (t) => {
  const refused = (folder: string, code: string) =>
    t.throws(() => open(folder), { name: 'StoreError', code, hint: /./ });

  const foreign = temporaryFolder();
  const db = new Database(join(foreign, 'ledger.db'));
  db.pragma('application_id = 77');
  db.exec('CREATE TABLE mine (x)');
  db.close();
  refused(foreign, 'store-foreign');

  const newer = temporaryFolder();
  ledgerIn(newer).close();
  const future = new Database(join(newer, 'ledger.db'));
  future.pragma('user_version = 99');
  future.close();
  refused(newer, 'store-newer');

  const damaged = temporaryFolder();
  writeFileSync(join(damaged, 'ledger.db'), Buffer.alloc(8_192, 7));
  refused(damaged, 'store-corrupt');

  const folder = temporaryFolder();
  mkdirSync(join(folder, 'ledger.db'));
  refused(folder, 'store-readonly');

  t.ok(new StoreError('store-io', 'x', 'y') instanceof Error);
});

t.test(
  'a folder without the right to write is refused by name',
  { skip: process.getuid?.() === 0 ? 'root may write anywhere' : false },
  async (t) => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    t.throws(() => open(folder), { code: 'store-readonly' });
  },
);

t.test('killed while it commits: everything it reported is there and verifies', async (t) => {
  for (const afterCommits of [1, 40, 150]) {
    const folder = temporaryFolder();
    const child = spawn(
      process.execPath,
      [repositoryFile('dist/test/adapters/store/committing.js'), folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let reported = 0;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      reported = Number(line);
      if (reported >= afterCommits) child.kill('SIGKILL');
    }
    await ended;
    const verified = verifyJournal(join(folder, 'ledger.db'));
    t.match(verified, { ok: true });
    t.ok(verified.ok && verified.entries >= reported, `${reported} reported, all there`);
    const again = ledgerIn(folder);
    t.match(again.commit({ events: [note('after')] }), { kind: 'committed' });
    again.close();
    t.match(verifyJournal(join(folder, 'ledger.db')), { ok: true });
    t.ok(readdirSync(folder).includes('ledger.db'));
  }
});
