import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

t.test('behind an open case stand its truck and its decision, where there is one', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  const id = <T>(text: string) => text as T;
  const opened = (passage: string) => ({
    exceptionId: id<never>(`${passage}.x`),
    passageId: id<never>(passage),
    laneId: id<never>('out-1'),
    cause: 'proof-missing',
    openedAtMs: 5,
  });
  const { decision, passage, ...decided } = decisionFor('p1', []);
  if (!decision || !passage) throw new Error('a decision has a passage');
  const inputs = JSON.stringify({ identification: { tractor: { text: '粤B12345' } } });
  ledger.commit({
    ...decided,
    passage,
    decision: { ...decision, inputs },
    exception: opened('p1'),
  });
  ledger.commit({
    events: [note('p2')],
    passage: { ...passage, passageId: id('p2') },
    exception: opened('p2'),
  });
  t.strictSame(ledger.caseOf('p1.x'), { plate: '粤B12345', result: decision.result });
  t.strictSame(ledger.caseOf('p2.x'), {});
  t.strictSame(ledger.caseOf('never.x'), {});
  ledger.close();
});

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
  again.commit(settlement('p1', [box], 'consumed'));
  t.strictSame(again.commit(decisionFor('p4', [box])), {
    kind: 'conflicted',
    reason: 'releaseTaken',
  });
  t.match(again.usesOf([box.container]), [{ state: 'consumed', passageId: 'p1' }]);
  t.match(again.commit(settlement('p1', [box], 'returned')), { kind: 'committed' });
  t.match(
    again.usesOf([box.container]),
    [{ state: 'consumed' }],
    'what was used up is never given back',
  );
});

t.test('what was returned may be taken again', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(decisionFor('p1', [box]));
  ledger.commit(settlement('p1', [box], 'returned'));
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
  ledger.commit(settlement('p1', [box], 'returned'));
  t.strictSame(ledger.usesOf([box.container]), []);
});

t.test('a decision gives one right to open, whatever its command is called', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  const { decision } = decisionFor('p1', []);
  ledger.commit(decisionFor('p1', []));
  if (!decision?.opening) throw new Error('no opening');
  const opening = { ...decision.opening, commandId: 'p1.d1.again' as never };
  const again = { ...decision, opening };
  t.throws(() => ledger.commit({ events: [note('p1')], decision: again }), /UNIQUE/);
});

t.test('a right that was used is so on record', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  ledger.commit(decisionFor('p1', []));
  ledger.commit(decisionFor('p2', []));
  ledger.commit({ events: [note('p1')], openingUsed: 'p1.d1' as never });
  ledger.close();
  const db = new Database(join(folder, 'ledger.db'), { readonly: true });
  t.strictSame(
    db.prepare('SELECT decision_id, opening_used FROM decision ORDER BY decision_id').raw().all(),
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

t.test('a cursor that cannot be written is an answer and no end of the daemon', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  ledger.commit({ events: [note('x')] });
  const other = new Database(join(folder, 'ledger.db'));
  other.exec('BEGIN IMMEDIATE');
  t.match(ledger.acknowledge(1), { kind: 'failed', code: 'ledger-io' });
  other.exec('ROLLBACK');
  other.close();
  t.equal(ledger.acknowledgedThrough(), 0, 'it stays where it was');
  t.equal(ledger.acknowledge(1), undefined);
  t.equal(ledger.acknowledgedThrough(), 1);
});

t.test('a passage that had not ended is told after the restart with all it needs', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  ledger.commit(decisionFor('p1', [box]));
  ledger.close();
  const again = ledgerIn(folder);
  t.match(again.unendedPassages(), [
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
  again.commit({ events: [note('p1')], openingUsed: 'p1.d1' as never });
  t.match(again.unendedPassages(), [{ departed: true, crossed: false }]);
  again.commit({
    events: [note('p1')],
    passage: { ...passage, crossedAtMs: 4, outcome: 'tailgated' },
  });
  t.match(again.unendedPassages(), [{ departed: true, crossed: true, unauthorised: true }]);
  again.commit({
    events: [note('p1')],
    passage: { ...passage, endedAtMs: 5, outcome: 'passed' },
  });
  t.strictSame(again.unendedPassages(), []);
});

t.test('an event too large for an entry is recorded without its largest members', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  const checks = Array.from({ length: 900 }, (_, i) => ({
    check: `c${i}`,
    reason: '验'.repeat(30),
  }));
  const data = { disposition: 'hold', checks, decisionId: 'p1.d1', text: 'é'.repeat(40_000) };
  const huge = { ...note('p1'), type: 'passage.decided.v1' as const, data };
  t.match(ledger.commit({ ...decisionFor('p1', [box]), events: [huge, note('p1')] }), {
    kind: 'committed',
    lastSequence: 3,
  });
  t.match(ledger.usesOf([box.container]), [{ passageId: 'p1' }], 'the rest of the change stands');
  const [row] = ledger.entriesAfter(1, 1);
  const entry = JSON.parse(row?.entry ?? '');
  t.strictSame(entry.data, {
    disposition: 'hold',
    decisionId: 'p1.d1',
    fault: 'entry-too-large',
    entryBytes: entry.data.entryBytes,
    leftOut: [
      { name: 'checks', bytes: Buffer.byteLength(JSON.stringify({ checks })) },
      { name: 'text', bytes: 80_011 },
    ],
  });
  t.ok(entry.data.entryBytes > 65_535);
  ledger.checkpoint();
  ledger.close();
  t.match(verifyJournal(join(folder, 'ledger.db')), { ok: true, entries: 4, checkpoints: 1 });
});

t.test(
  'a full disk fails the commit, loses nothing, and heals',
  { skip: canMount() },
  async (t) => {
    const folder = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', folder]);
    t.teardown(() => execFileSync('umount', ['-l', folder]));
    const ledger = ledgerIn(folder);
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(260_000));
    let committed = 0;
    for (const length of [30_000, 1_000, 1]) {
      const events = [{ ...note('x'), data: { text: 'x'.repeat(length) } }];
      let result = ledger.commit({ events });
      for (; result.kind === 'committed'; result = ledger.commit({ events })) committed += 1;
      t.match(result, { kind: 'failed', code: 'ledger-full' });
    }
    t.ok(committed > 5);
    const { sequence } = ledger.head();
    t.match(
      ledger.commit(decisionFor('p1', [box])),
      { kind: 'failed' },
      'no decision can be stored',
    );
    t.equal(ledger.head().sequence, sequence);
    // A last page may still fit.
    let through = 0;
    let moved: ReturnType<typeof ledger.acknowledge>;
    for (; moved === undefined && through < sequence; through += 1)
      moved = ledger.acknowledge(through + 1);
    t.match(moved, { kind: 'failed', code: 'ledger-full' }, 'nor a cursor moved');
    t.equal(ledger.acknowledgedThrough(), through - 1);
    rmSync(join(folder, 'ballast'));
    t.equal(ledger.acknowledge(through), undefined);
    t.equal(ledger.acknowledgedThrough(), through);
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

t.test('what was ordered of a lane, and its direction, stand over a restart', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  t.equal(ledger.laneStanding('in-1'), undefined);
  const laneId = 'in-1' as never;
  const turn = {
    laneId,
    directive: { kind: 'turn', to: 'out' },
    direction: 'in',
    atMs: 1,
  } as const;
  ledger.commit({ events: [note('a')], lane: turn });
  ledger.commit({
    events: [note('b')],
    lane: { laneId, directive: { kind: 'serve' }, direction: 'out', atMs: 2 },
  });
  ledger.close();
  const again = ledgerIn(folder);
  t.strictSame(again.laneStanding('in-1'), { directive: { kind: 'serve' }, direction: 'out' });
  again.close();
});

t.test('who crossed under an arm that was held up is known as that after a restart', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  const row = { laneId: 'in-1' as never, direction: 'in', startedAtMs: 1, crossedAtMs: 2 } as const;
  for (const outcome of ['evacuated', 'passedLocally', 'tailgated'] as const)
    ledger.commit({
      events: [note(outcome)],
      passage: { ...row, passageId: outcome as never, outcome },
    });
  ledger.close();
  const again = ledgerIn(folder);
  t.match(
    again.unendedPassages().map(({ crossedUnder, unauthorised }) => [crossedUnder, unauthorised]),
    [
      ['evacuation', true],
      ['localControl', true],
      [undefined, true],
    ],
  );
  again.close();
});

t.test('visits that an older version left open are taken into the yard', async (t) => {
  const folder = temporaryFolder();
  const options = { file: join(folder, 'ledger.db'), applicationId: ledgerApplicationId };
  const old = openForWriting({ ...options, migrations: ledgerMigrations.slice(0, 1) });
  const insert = old.prepare(
    'INSERT INTO visit (visit_id, plate, entry_passage_id, entered_at, containers, closed_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  insert.run('v.1', '粤B12345', 'p1', 5, '["CSQU3054383"]', null);
  insert.run('v.2', '粤B54321', 'p2', 5, '[]', 9);
  old.close();
  const db = open(folder);
  const rows = db.prepare('SELECT item_id, subject, body FROM yard_item').all() as {
    body: string;
  }[];
  t.match(rows, [{ item_id: 'v.1', subject: 'p:粤B12345' }]);
  t.equal(rows.length, 1);
  t.match(JSON.parse(rows[0]?.body ?? ''), {
    seenAtMs: 5,
    rig: { plate: '粤B12345', containers: ['CSQU3054383'], boxesLookedFor: false },
  });
  db.close();
});

t.test('an open visit is told with what was recorded of its entry', async (t) => {
  const folder = temporaryFolder();
  const old = openForWriting({
    file: join(folder, 'ledger.db'),
    applicationId: ledgerApplicationId,
    migrations: ledgerMigrations.slice(0, 6),
  });
  old
    .prepare(
      'INSERT INTO visit (visit_id, plate, entry_passage_id, entered_at, containers) VALUES (?, ?, ?, ?, ?)',
    )
    .run('v.1', '粤B12345', 'p1', 5, '[]');
  old.close();
  const ledger = ledgerIn(folder);
  const entered = { transit: [], boxesRead: true, grossKg: 31_240, seals: {} } as const;
  const visit = { plate: '粤B12345', passageId: 'p2' as never, containers: [], atMs: 9 };
  ledger.commit({
    events: [note('a')],
    visits: [{ kind: 'opened', visitId: 'v.2' as never, ...visit, entered }],
  });
  const { plate, containers } = visit;
  t.strictSame(ledger.openVisitsOf([plate]), [
    { visitId: 'v.1', plate, enteredAtMs: 5, containers },
    { visitId: 'v.2', plate, enteredAtMs: 9, containers, entered },
  ]);
  ledger.close();
});
