import { spawn } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import t from 'tap';
import {
  ledgerApplicationId,
  ledgerMigrations,
} from '../../../src/adapters/store/ledger-schema.ts';
import { openForWriting } from '../../../src/adapters/store/open-database.ts';
import { checkpointSigner, SigningKeys } from '../../../src/adapters/system/signing-key.ts';
import { rotateKey } from '../../../src/gate-journal-acts.ts';
import { verifyJournal } from '../../../src/verifier/verify.ts';
import { logIn, newSigner } from '../../support/journal-log.ts';
import { note } from '../../support/open-ledger.ts';
import { repositoryFile } from '../../support/repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const name = 'any';
const ledgerOf = (folder: string) => join(folder, 'ledger.db');
const pem = (folder: string) => join(folder, 'signing-key.pem');
const nextPem = (folder: string) => join(folder, 'signing-key.next.pem');
const keyIn = (file: string) =>
  checkpointSigner(createPrivateKey(readFileSync(file))).verifierKey(name);

/** Opens the folder as the daemon does. */
function opened(folder: string) {
  const keys = new SigningKeys(folder);
  return { keys, ledger: logIn(folder, { signer: (announced) => keys.settled(announced) }) };
}

/** Starts, writes, signs, and gives what a verifier says of all of it. */
function startedAgain(folder: string) {
  const { ledger } = opened(folder);
  ledger.commit({ events: [note('after')] });
  ledger.checkpoint();
  ledger.close();
  return verifyJournal(ledgerOf(folder));
}

t.test('a new key is announced by the old one, and signs from then on', async (t) => {
  const folder = temporaryFolder();
  const { keys, ledger } = opened(folder);
  ledger.commit({ events: [note('a')] });
  ledger.checkpoint();
  const before = readFileSync(pem(folder), 'utf8');
  t.match(rotateKey({ ledger, keys }, 'Li Wei'), { ok: true });
  t.not(readFileSync(pem(folder), 'utf8'), before, 'the old key is gone');
  t.notOk(existsSync(nextPem(folder)));
  t.equal(statSync(pem(folder)).mode & 0o777, 0o600);
  ledger.commit({ events: [note('b')] });
  ledger.checkpoint();
  ledger.close();
  const verified = verifyJournal(ledgerOf(folder));
  t.match(verified, { ok: true, entries: 7, checkpoints: 3 });
  const origin = `kakou/CNSHK/gate-1/${verified.epoch}`;
  const own = checkpointSigner(createPrivateKey(readFileSync(pem(folder))));
  t.match(verified, { verifierKey: own.verifierKey(origin) });
  t.match(startedAgain(folder), { ok: true, entries: 9 });
});

t.test('cut off at any step, the gate starts with the key that its log announces', async (t) => {
  const half = temporaryFolder();
  opened(half).ledger.close();
  writeFileSync(`${nextPem(half)}.part`, '-----BEGIN');
  t.match(startedAgain(half), { ok: true }, 'the new key was half written');
  t.match(rotateKey(opened(half), 'x'), { ok: true }, 'and the next change works');

  const prepared = temporaryFolder();
  const first = opened(prepared);
  const before = keyIn(pem(prepared));
  first.keys.prepare();
  first.ledger.close();
  t.match(startedAgain(prepared), { ok: true }, 'the new key was on the disk and not announced');
  t.equal(keyIn(pem(prepared)), before);
  t.notOk(existsSync(nextPem(prepared)));

  const announced = temporaryFolder();
  const second = opened(announced);
  const next = second.keys.prepare();
  second.ledger.rotateKey(next, 'x');
  second.ledger.close();
  t.match(startedAgain(announced), { ok: true }, 'it was announced and the old one still in place');
  t.equal(keyIn(pem(announced)), next.verifierKey(name));
  t.notOk(existsSync(nextPem(announced)));

  const garbage = temporaryFolder();
  opened(garbage).ledger.close();
  writeFileSync(nextPem(garbage), 'no key');
  t.match(startedAgain(garbage), { ok: true }, 'what lies there is no key');
});

t.test('killed while it changes keys: it starts, and its log verifies', async (t) => {
  for (const after of [1, 2, 3, 5, 8, 13]) {
    const folder = temporaryFolder();
    const child = spawn(
      process.execPath,
      [repositoryFile('dist/test/adapters/store/rotating.js'), folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      if (Number(line) === after) setTimeout(() => child.kill('SIGKILL'), (after * 7) % 11);
    }
    await ended;
    t.match(startedAgain(folder), { ok: true }, `after ${after} changes`);
  }
});

t.test('a commit that fails leaves the old key, and the same new one is tried again', async (t) => {
  const folder = temporaryFolder();
  const { keys, ledger } = opened(folder);
  const failing = {
    ...ledger,
    rotateKey: () => ({ kind: 'failed', code: 'ledger-full', detail: 'x' }) as const,
  };
  const before = keyIn(pem(folder));
  t.match(rotateKey({ ledger: failing as never, keys }, 'x'), { ok: false });
  t.equal(keyIn(pem(folder)), before);
  const next = keyIn(nextPem(folder));
  t.match(rotateKey({ ledger, keys }, 'x'), { ok: true });
  t.equal(keyIn(pem(folder)), next);
  ledger.close();
});

t.test('a key that the log does not announce is refused at start, by name', async (t) => {
  const folder = temporaryFolder();
  opened(folder).ledger.close();
  const own = readFileSync(pem(folder), 'utf8');
  writeFileSync(
    pem(folder),
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
  t.throws(() => opened(folder), { code: 'store-key-foreign', hint: /begin-epoch/ });
  rmSync(pem(folder));
  t.throws(() => opened(folder), { code: 'store-key-foreign' }, 'a new one is none either');
  writeFileSync(pem(folder), own);
  t.match(startedAgain(folder), { ok: true }, 'put back, all is well');
});

t.test('a ledger of before has the key of its first entry', async (t) => {
  const folder = temporaryFolder();
  const signer = newSigner();
  const file = ledgerOf(folder);
  logIn(folder, { signer }).close();
  const rows = new Database(file, { readonly: true });
  const epoch = rows.prepare('SELECT * FROM epoch').get();
  const entry = rows.prepare('SELECT * FROM journal').get();
  rows.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  const withKeys = ledgerMigrations.findIndex((step) => step.includes('CREATE TABLE signing_key'));
  const old = openForWriting({
    file,
    applicationId: ledgerApplicationId,
    migrations: ledgerMigrations.slice(0, withKeys),
  });
  old.prepare('INSERT INTO epoch VALUES (@number, @epoch, @position_before_first)').run(epoch);
  old
    .prepare('INSERT INTO journal VALUES (@position, @epoch, @sequence, @entry, @hash)')
    .run(entry);
  old.close();
  t.throws(() => logIn(folder, { signer: newSigner() }), { code: 'store-key-foreign' });
  const again = logIn(folder, { signer });
  t.match(again.rotateKey(newSigner(), 'x'), { kind: 'committed', lastSequence: 2 });
  again.checkpoint();
  again.close();
  t.match(verifyJournal(file), { ok: true, entries: 3 });
});

t.test('a ledger that was put back goes on in an epoch that the old key signs for', async (t) => {
  const folder = temporaryFolder();
  const signer = newSigner();
  const ledger = logIn(folder, { signer });
  ledger.commit({ events: [note('a')] });
  ledger.checkpoint();
  ledger.close();
  const copy = temporaryFolder();
  copyFileSync(ledgerOf(folder), ledgerOf(copy));
  const live = logIn(folder, { signer });
  live.commit({ events: [note('b'), note('c')] });
  live.checkpoint();
  const lastKnown = { epoch: live.epoch, entries: live.head().sequence, head: live.head().hash };
  live.close();

  const restored = logIn(copy, { signer, restored: { person: 'Li Wei', lastKnown } });
  t.not(restored.epoch, live.epoch);
  t.equal(restored.head().sequence, 1);
  restored.commit({ events: [note('d')] });
  restored.checkpoint();
  restored.close();
  const verified = verifyJournal(ledgerOf(copy), lastKnown);
  t.match(verified, {
    ok: true,
    entries: 3,
    reason: 'restored',
    epochs: [{ reason: 'created', entries: 3 }, { reason: 'restored' }],
    lost: [{ epoch: lastKnown.epoch, from: 4, through: 6 }],
  });
  const again = logIn(copy, { signer });
  t.match(again.commit({ events: [note('e')] }), { kind: 'committed', lastSequence: 4 });
  again.checkpoint();
  again.close();
  t.match(verifyJournal(ledgerOf(copy)), { ok: true, entries: 5, checkpoints: 2 });
});

t.test('where the old key is lost, only who is given the new one believes it', async (t) => {
  const folder = temporaryFolder();
  logIn(folder, { signer: newSigner() }).close();
  const signer = newSigner();
  const restored = logIn(folder, { signer, restored: { person: 'Li Wei' } });
  restored.checkpoint();
  restored.close();
  t.match(verifyJournal(ledgerOf(folder)), {
    ok: false,
    sequence: 1,
    epoch: restored.epoch,
    fault: 'unexplained-epoch',
    detail: /not signed by the key/,
  });
  const key = signer.verifierKey(`kakou/CNSHK/gate-1/${restored.epoch}`);
  t.match(verifyJournal(ledgerOf(folder), undefined, [key]), { ok: true, reason: 'restored' });
  const other = newSigner().verifierKey(`kakou/CNSHK/gate-1/${restored.epoch}`);
  t.match(verifyJournal(ledgerOf(folder), undefined, [key, other]), {
    fault: 'unexplained-epoch',
    detail: /which you trust, is none of this log/,
  });
});
