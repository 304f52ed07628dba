import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { type ExportChoice, exportedJournal } from '../../../src/adapters/store/journal-export.ts';
import { verifyJournal } from '../../../src/verifier/verify.ts';
import { logIn, newSigner } from '../../support/journal-log.ts';
import { note } from '../../support/open-ledger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signer = newSigner();

/** 600 entries with checkpoints at 100, 200, … */
function log() {
  const folder = temporaryFolder();
  const ledger = logIn(folder, { signer });
  for (let checkpoint = 100; checkpoint <= 600; checkpoint += 100) {
    const count = checkpoint - 1 - ledger.head().sequence;
    ledger.commit({ events: [...Array(count).keys()].map((i) => note(`装${checkpoint - i}`)) });
    ledger.checkpoint();
  }
  const key = signer.verifierKey(`kakou/CNSHK/gate-1/${ledger.epoch}`);
  return { folder, file: join(folder, 'ledger.db'), ledger, key };
}

const exported = (file: string, choice: ExportChoice = {}) =>
  Buffer.concat([...exportedJournal(file, choice)]);

function verified(bytes: Buffer | string, key?: string) {
  const file = join(temporaryFolder(), 'log.ndjson');
  writeFileSync(file, bytes);
  return verifyJournal(file, undefined, key === undefined ? [] : [key]);
}

t.test('an export has the bytes that were hashed, and the verifier reads it', async (t) => {
  const { file, ledger } = log();
  const bytes = exported(file);
  const db = new Database(file, { readonly: true });
  const hashes = db.prepare('SELECT hash FROM journal ORDER BY position').pluck().all();
  db.close();
  const lines = bytes.toString('utf8').trimEnd().split('\n');
  t.strictSame(
    lines.map((line) => createHash('sha256').update(line).digest('hex')),
    hashes,
  );
  t.match(verified(bytes), { ok: true, entries: 600, checkpoints: 6 });
  ledger.close();
});

t.test('a part is checked by its first line and the key, and by nothing without it', async (t) => {
  const { file, ledger, key } = log();
  ledger.close();
  for (const [from, to, checkpoints] of [
    [2, 600, 6],
    [150, 400, 3],
    [257, 512, 3],
    [600, 600, 1],
  ] as const) {
    const part = exported(file, { from, to });
    t.match(verified(part, key), { ok: true, reason: 'part', entries: to, checkpoints });
    t.match(verified(part), { ok: false, fault: 'bad-signature', detail: /give it with --key/ });
  }
  const lines = exported(file, { from: 150, to: 400 }).toString('utf8').split('\n');
  const head = JSON.parse(lines[0] ?? '') as { roots: string[]; previous: string };
  const forged = (change: object) =>
    verified([JSON.stringify({ ...head, ...change }), ...lines.slice(1)].join('\n'), key);
  t.match(forged({}), { ok: true });
  t.match(forged({ previous: 'f'.repeat(64) }), { sequence: 150, fault: 'broken-link' });
  const roots = [...head.roots.slice(1), 'f'.repeat(64)];
  t.match(forged({ roots }), { sequence: 200, fault: 'wrong-root' });
  t.match(forged({ roots: head.roots.slice(1) }), { fault: 'unreadable' });
  t.match(forged({ from: 149 }), { ok: false });
  t.match(verified([...lines.slice(1, 4), lines[0]].join('\n'), key), { ok: false });
});

t.test('what is not there is refused by name', async (t) => {
  const { file, ledger } = log();
  ledger.close();
  t.throws(() => exported(file, { from: 601 }), { message: /./, hint: /1 to 600/ });
  t.throws(() => exported(file, { from: 5, to: 4 }), { message: /no entries 5 to 4/ });
  t.throws(() => exported(file, { to: 700 }), { message: /./, hint: /1 to 600/ });
  t.throws(() => exported(file, { epoch: 'x' }), { message: /no epoch x/ });
  t.throws(() => exported(join(temporaryFolder(), 'none.db')), { code: 'store-io' });
  const db = new Database(file);
  db.exec('DELETE FROM journal WHERE sequence = 300');
  db.close();
  t.throws(() => exported(file), { message: /missing between 257 and 512/ });
});

t.test('it is of one moment, whatever the daemon writes meanwhile', async (t) => {
  const reason = { reason: 'retention', journalDays: 30 } as const;
  const { file, ledger } = log();
  const pieces: Buffer[] = [];
  for (const piece of exportedJournal(file, {})) {
    pieces.push(piece);
    ledger.commit({ events: [note('meanwhile')] });
    ledger.checkpoint();
    ledger.acknowledge(ledger.head().sequence);
    for (let i = 0; i < 10; i++) ledger.prune({ beforeMs: Date.UTC(2100, 0), reason });
  }
  const { sequence: entries } = ledger.head();
  ledger.close();
  t.match(verified(Buffer.concat(pieces)), { ok: true, entries: 600, pruned: 0 });
  t.match(verified(exported(file)), { ok: true, entries, pruned: 593 + pieces.length });
});

t.test('all epochs are in it, and one by itself on demand', async (t) => {
  const { folder, file, ledger } = log();
  ledger.close();
  const restored = logIn(folder, { signer, restored: { person: 'Li Wei' } });
  restored.checkpoint();
  restored.close();
  t.match(verified(exported(file)), { ok: true, entries: 2, epochs: [{ entries: 600 }, {}] });
  t.match(verified(exported(file, { epoch: ledger.epoch })), { ok: true, entries: 600 });
  t.match(verified(exported(file, { from: 1 })), { ok: true, entries: 2, reason: 'restored' });
});

t.test('half a million entries leave the memory as it is', async (t) => {
  const { file, ledger } = log();
  ledger.close();
  const db = new Database(file);
  // Rows of their own in place of commits: how they hang together plays no part here.
  db.exec(`
    INSERT INTO journal (position, epoch, sequence, entry, hash)
    WITH RECURSIVE n(i) AS (SELECT 601 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)
    SELECT i, (SELECT epoch FROM epoch), i, printf('%0500d', i), printf('%064d', i) FROM n`);
  db.close();
  let [bytes, most] = [0, 0];
  const before = process.memoryUsage().rss;
  for (const piece of exportedJournal(file, {})) {
    bytes += piece.length;
    most = Math.max(most, process.memoryUsage().rss);
  }
  t.ok(bytes > 250_000_000, `${bytes} bytes`);
  t.ok(most - before < 120_000_000, `${(most - before) / 1e6} MB more than before`);
});
