import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { openJournal } from '../../src/verifier/journal-rows.ts';
import { verifyJournal } from '../../src/verifier/verify.ts';
import { ledgerIn, note } from '../support/open-ledger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Row {
  sequence: number;
  entry: string;
  hash: string;
}

/** A log of 30 entries with checkpoints at 11, 21 and 30. */
function log(): string {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  for (let sequence = 2; sequence <= 30; sequence++) {
    if (sequence % 10 === 1 || sequence === 30) ledger.checkpoint();
    else ledger.commit({ events: [note(`s${sequence}`)] });
  }
  ledger.close();
  return join(folder, 'ledger.db');
}

function tampered(change: (db: Database.Database) => void): string {
  const file = log();
  const db = new Database(file);
  change(db);
  db.close();
  return file;
}

const rows = (file: string): Row[] => {
  const db = new Database(file, { readonly: true });
  const all = db
    .prepare<[], Row>('SELECT sequence, entry, hash FROM journal ORDER BY sequence')
    .all();
  db.close();
  return all;
};

t.test('an untouched log verifies, from the database and from an export', async (t) => {
  const file = log();
  t.match(verifyJournal(file), { ok: true, entries: 30, checkpoints: 3 });
  const exported = `${file}.ndjson`;
  writeFileSync(
    exported,
    rows(file)
      .map(({ entry }) => `${entry}\n`)
      .join(''),
  );
  t.match(verifyJournal(exported), { ok: true, entries: 30, checkpoints: 3 });
});

t.test('the verifier names the first wrong entry every time', async (t) => {
  const first = (change: (db: Database.Database) => void) => verifyJournal(tampered(change));
  t.match(
    first((db) =>
      db.exec(`UPDATE journal SET entry = replace(entry, 's14', 's41') WHERE sequence = 14`),
    ),
    { ok: false, sequence: 14, fault: 'hash-mismatch' },
    'edited',
  );
  t.match(
    first((db) => db.exec('DELETE FROM journal WHERE sequence = 9')),
    { ok: false, sequence: 9, fault: 'missing-entry' },
    'deleted',
  );
  t.match(
    first((db) => db.exec('DELETE FROM journal WHERE sequence = 1')),
    { ok: false, sequence: 1, fault: 'missing-entry' },
    'beginning cut off',
  );
  t.match(
    first((db) => {
      db.exec('UPDATE journal SET sequence = 1000 WHERE sequence = 7');
      db.exec('UPDATE journal SET sequence = 7 WHERE sequence = 8');
      db.exec('UPDATE journal SET sequence = 8 WHERE sequence = 1000');
    }),
    { ok: false, sequence: 7 },
    'swapped',
  );
  t.match(
    first((db) => db.exec(`UPDATE journal SET hash = '${'0'.repeat(64)}' WHERE sequence = 20`)),
    { ok: false, sequence: 20, fault: 'hash-mismatch' },
    'hash edited',
  );
});

t.test('whoever makes the hashes right again is caught by the link or the signature', async (t) => {
  const { createHash } = await import('node:crypto');
  const edit = (upTo: number) =>
    tampered((db) => {
      const all = db
        .prepare<[], Row>('SELECT sequence, entry, hash FROM journal ORDER BY sequence')
        .all();
      let previous = '';
      for (const row of all) {
        if (row.sequence < 14 || row.sequence > upTo) continue;
        const entry =
          row.sequence === 14
            ? row.entry.replace('s14', 's41')
            : row.entry.replace(/"prevhash":"[0-9a-f]{64}"/, `"prevhash":"${previous}"`);
        previous = createHash('sha256').update(entry).digest('hex');
        db.prepare('UPDATE journal SET entry = ?, hash = ? WHERE sequence = ?').run(
          entry,
          previous,
          row.sequence,
        );
      }
    });
  t.match(verifyJournal(edit(14)), { ok: false, sequence: 15, fault: 'broken-link' });
  t.match(
    verifyJournal(edit(30)),
    { ok: false, sequence: 21, fault: 'wrong-root' },
    'the next checkpoint no longer fits',
  );
});

t.test('a checkpoint of another hand is refused', async (t) => {
  const other = ledgerIn(temporaryFolder());
  other.commit({ events: [note('x')] });
  const forged = tampered((db) => {
    const row = db
      .prepare<[], Row>('SELECT sequence, entry, hash FROM journal WHERE sequence = 30')
      .get();
    const flipped = row?.entry.replace(
      /(— \S+ \S{12})(\S{10})/,
      (_all, name: string, start: string) => name + [...start].reverse().join(''),
    );
    db.prepare('UPDATE journal SET entry = ? WHERE sequence = 30').run(flipped);
  });
  const db = new Database(forged);
  const { createHash } = await import('node:crypto');
  const row = db
    .prepare<[], Row>('SELECT sequence, entry, hash FROM journal WHERE sequence = 30')
    .get();
  db.prepare('UPDATE journal SET hash = ? WHERE sequence = 30').run(
    createHash('sha256')
      .update(row?.entry ?? '')
      .digest('hex'),
  );
  db.close();
  t.match(verifyJournal(forged), { ok: false, sequence: 30, fault: 'bad-signature' });
});

t.test(
  'a log that lost its end, or was put back, is caught by who has seen it before',
  async (t) => {
    const file = log();
    const backup = `${file}.backup`;
    copyFileSync(file, backup);
    const seen = verifyJournal(file);
    if (!seen.ok) throw new Error('not whole');
    const db = new Database(file);
    db.exec('DELETE FROM journal WHERE sequence > 25');
    db.close();
    t.match(verifyJournal(file), { ok: true, entries: 25 }, 'alone it cannot know');
    t.match(verifyJournal(file, seen), { ok: false, sequence: 26, fault: 'shrunken' });
    t.match(verifyJournal(backup, { ...seen, head: 'f'.repeat(64) }), {
      ok: false,
      sequence: 30,
      fault: 'fork',
    });
    t.match(
      verifyJournal(log(), seen),
      { ok: false, sequence: 1, fault: 'unexplained-epoch' },
      'another log in its place does not tell where this one went',
    );
  },
);

t.test('what is no log is told so', async (t) => {
  const folder = temporaryFolder();
  t.match(verifyJournal(join(folder, 'none')), { ok: false, fault: 'unreadable' });
  t.match(verifyJournal(folder), { ok: false, fault: 'unreadable', hint: /give ledger\.db/ });
  writeFileSync(join(folder, 'garbage'), 'hello\n');
  t.match(verifyJournal(join(folder, 'garbage')), {
    ok: false,
    sequence: 1,
    fault: 'not-cloudevents',
  });
  writeFileSync(join(folder, 'empty'), '');
  t.match(verifyJournal(join(folder, 'empty')), { ok: false, fault: 'unreadable' });
  const other = new Database(join(folder, 'other.db'));
  other.exec('CREATE TABLE x (y)');
  other.close();
  t.match(verifyJournal(join(folder, 'other.db')), { ok: false, fault: 'unreadable' });
});

t.test('a log that is written meanwhile is one log to both ways through it', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  ledger.commit({ events: [note('a'), note('b')] });
  ledger.checkpoint();
  ledger.acknowledge(4);
  const journal = openJournal(join(folder, 'ledger.db'));
  const before = [...journal.rows()];
  const reason = { reason: 'retention', journalDays: 30 } as const;
  t.match(ledger.prune({ beforeMs: Date.UTC(2100, 0), reason }), { count: 2 });
  t.strictSame([...journal.rows()], before);
  journal.close();
  ledger.checkpoint();
  ledger.close();
  t.match(verifyJournal(join(folder, 'ledger.db')), { ok: true, pruned: 2 });
});
