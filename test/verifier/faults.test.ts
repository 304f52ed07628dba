/** Each fault by itself, in a log that is right in everything else: whoever forged it had the key and the time. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { openLedger } from '../../src/adapters/store/ledger.ts';
import { checkpointSigner } from '../../src/adapters/system/signing-key.ts';
import { uuidIds } from '../../src/adapters/system/system.ts';
import { checkpointText, signedNote } from '../../src/core/journal/checkpoint.ts';
import { rotationData } from '../../src/core/journal/statements.ts';
import { verifyJournal } from '../../src/verifier/verify.ts';
import { note } from '../support/open-ledger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const signer = checkpointSigner(generateKeyPairSync('ed25519').privateKey);
const stranger = checkpointSigner(generateKeyPairSync('ed25519').privateKey);
const next = checkpointSigner(generateKeyPairSync('ed25519').privateKey);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

type Event = Record<string, unknown> & { data: Record<string, unknown> };

/** A log of 12 entries that ends with a checkpoint over 11. */
function log(): string {
  const file = join(temporaryFolder(), 'ledger.db');
  const ledger = openLedger({
    file,
    siteId: 'CNSHK',
    gateId: 'gate-1',
    clock: {
      bootId: 'boot-1',
      now: () => ({ wallMs: Date.UTC(2026, 10, 23), monotonicMs: 1_000 }),
      state: () => 'synced',
    },
    ids: uuidIds,
    signer,
    readStamp: () => 'same',
  });
  for (let i = 2; i <= 11; i++) ledger.commit({ events: [note(`n${i}`)] });
  ledger.checkpoint();
  ledger.close();
  return file;
}

/** Changes one entry and makes every hash and link behind it right again. */
function forged(sequence: number, change: (event: Event) => void): string {
  const file = log();
  const db = new Database(file);
  const rows = db
    .prepare<[], { sequence: number; entry: string; hash: string }>(
      'SELECT sequence, entry, hash FROM journal ORDER BY sequence',
    )
    .all();
  const put = db.prepare('UPDATE journal SET entry = ?, hash = ? WHERE sequence = ?');
  let previous = '0'.repeat(64);
  for (const row of rows) {
    const event = JSON.parse(row.entry) as Event;
    event['prevhash'] = previous;
    if (row.sequence === sequence) change(event);
    const entry = JSON.stringify(event);
    previous = createHash('sha256').update(entry).digest('hex');
    put.run(entry, previous, row.sequence);
  }
  db.close();
  return file;
}

/** The last entry with another note, signed as it should be unless it is told otherwise. */
function checkpointed(change: (own: { origin: string; size: number; root: string }) => string) {
  return forged(12, (event) => {
    const [origin = '', size = '', root = ''] = String(event.data['note']).split('\n');
    event.data['note'] = change({ origin, size: Number(size), root });
  });
}

const noteOf = (
  { origin, size, root }: { origin: string; size: number; root: string },
  by = signer,
  name = origin,
) =>
  signedNote(
    checkpointText({ origin, size, root: Buffer.from(root, 'base64') }, base64),
    name,
    by,
    base64,
  );

t.test('the forger’s work is right where he changes nothing', async (t) => {
  t.match(verifyJournal(forged(7, () => undefined)), { ok: true, entries: 12, checkpoints: 1 });
  t.match(verifyJournal(checkpointed((own) => noteOf(own))), { ok: true });
});

const cases: readonly (readonly [string, string, number, string])[] = [
  ...['specversion', 'type', 'source', 'id', 'time', 'recordedtime', 'bootid'].map(
    (name) =>
      [
        `an entry without ${name}`,
        forged(7, (event) => delete event[name]),
        7,
        'not-cloudevents',
      ] as const,
  ),
  [
    'an entry that calls itself another',
    forged(7, (event) => {
      event['sequence'] = '0000000000000008';
    }),
    7,
    'wrong-sequence',
  ],
  [
    'an entry whose number is written in another way',
    forged(7, (event) => {
      event['sequence'] = '7';
    }),
    7,
    'wrong-sequence',
  ],
  [
    'an entry of another epoch',
    forged(7, (event) => {
      event['epoch'] = 'f'.repeat(32);
    }),
    7,
    'wrong-epoch',
  ],
  [
    'an entry that does not name the one before it',
    forged(7, (event) => {
      event['prevhash'] = 'f'.repeat(64);
    }),
    7,
    'broken-link',
  ],
  [
    'the first entry with something before it',
    forged(1, (event) => {
      event['prevhash'] = 'f'.repeat(64);
    }),
    1,
    'broken-link',
  ],
  ['a checkpoint without a note', checkpointed(() => 'hello'), 12, 'bad-signature'],
  [
    'a note without a signature',
    checkpointed(({ origin }) => `${origin}\n11\nx\n`),
    12,
    'bad-signature',
  ],
  [
    'a checkpoint by a stranger',
    checkpointed((own) => noteOf(own, stranger)),
    12,
    'unannounced-key',
  ],
  [
    'a checkpoint by a stranger under his own name',
    checkpointed((own) => noteOf({ ...own, origin: 'elsewhere' }, stranger)),
    12,
    'bad-signature',
  ],
  [
    'a checkpoint about another log, signed by our key',
    checkpointed((own) => noteOf({ ...own, origin: 'elsewhere' }, signer, own.origin)),
    12,
    'bad-signature',
  ],
  [
    'a signed checkpoint that says another size',
    checkpointed((own) => noteOf({ ...own, size: 10 })),
    12,
    'wrong-root',
  ],
  [
    'a signed checkpoint that says another root',
    checkpointed((own) => noteOf({ ...own, root: base64(createHash('sha256').digest()) })),
    12,
    'wrong-root',
  ],
  [
    'an entry that was changed before the checkpoint',
    forged(7, (event) => {
      event['subject'] = 'another';
    }),
    12,
    'wrong-root',
  ],
];

/** The last entry as a change of keys, which is what `change` makes of the right one. */
function rotated(change: (own: { data: Event['data']; origin: string }) => void): string {
  return forged(12, (event) => {
    const [origin = ''] = String(event.data['note']).split('\n');
    event['type'] = 'cn.kakou.key.rotated.v1';
    event.data = { ...rotationData({ origin, sequence: 12, from: signer, to: next }, base64) };
    change({ data: event.data, origin });
  });
}

t.test('a change of keys that the old key signs is right', async (t) => {
  t.match(verifyJournal(rotated(() => undefined)), { ok: true, verifierKey: /\+/ });
});

const forgedRotations: readonly (readonly [string, Parameters<typeof rotated>[0], RegExp])[] = [
  [
    'signed by the new key itself',
    ({ data, origin }) =>
      Object.assign(data, rotationData({ origin, sequence: 12, from: next, to: next }, base64)),
    /not signed by/,
  ],
  [
    'signed by a stranger',
    ({ data, origin }) =>
      Object.assign(data, rotationData({ origin, sequence: 12, from: stranger, to: next }, base64)),
    /not signed by/,
  ],
  [
    'taken from another place of the log',
    ({ data, origin }) =>
      Object.assign(data, rotationData({ origin, sequence: 11, from: signer, to: next }, base64)),
    /belongs to entry 11/,
  ],
  [
    'that names another key than its note',
    ({ data, origin }) => Object.assign(data, { verifierKey: stranger.verifierKey(origin) }),
    /something else/,
  ],
  [
    'without a proof that the new key is there',
    ({ data, origin }) => {
      const absent = { ...next, sign: stranger.sign };
      const from = signer;
      Object.assign(data, rotationData({ origin, sequence: 12, from, to: absent }, base64));
    },
    /does not prove/,
  ],
  [
    'to the key of another log',
    ({ data }) => Object.assign(data, { verifierKey: next.verifierKey('elsewhere') }),
    /is named elsewhere/,
  ],
  ['that names no key', ({ data }) => Object.assign(data, { verifierKey: 'x' }), /names no key/],
  ['without a note', ({ data }) => Object.assign(data, { note: 'x' }), /no signed note/],
];

for (const [what, change, detail] of forgedRotations) {
  t.test(`a change of keys ${what} is forged`, async (t) => {
    t.match(verifyJournal(rotated(change)), { sequence: 12, fault: 'forged-rotation', detail });
  });
}

for (const [what, file, sequence, fault] of cases) {
  t.test(`${what} is a ${fault}`, async (t) => {
    t.match(verifyJournal(file), { ok: false, sequence, fault, hint: /./ });
  });
}

t.test('in an export, lines that are doubled, dropped or no JSON are found', async (t) => {
  const db = new Database(log(), { readonly: true });
  const lines = db.prepare('SELECT entry FROM journal ORDER BY sequence').pluck().all() as string[];
  db.close();
  const folder = temporaryFolder();
  const verified = (change: (lines: string[]) => void) => {
    const changed = [...lines];
    change(changed);
    const file = join(folder, 'export.ndjson');
    writeFileSync(file, `${changed.join('\n')}\n`);
    return verifyJournal(file);
  };
  t.match(
    verified(() => undefined),
    { ok: true, entries: 12 },
  );
  t.match(
    verified((all) => all.splice(6, 0, all[6] ?? '')),
    { sequence: 7, fault: 'wrong-sequence' },
  );
  t.match(
    verified((all) => all.splice(6, 1)),
    { sequence: 7, fault: 'missing-entry' },
  );
  t.match(
    verified((all) => all.splice(6, 1, '7')),
    { sequence: 7, fault: 'not-cloudevents' },
  );
  t.match(
    verified((all) => all.splice(6, 1, 'null')),
    { sequence: 7, fault: 'not-cloudevents' },
  );
  t.match(
    verified((all) => all.splice(6, 1, '{"sequence":')),
    { fault: 'not-cloudevents' },
  );
});

t.test('a key that is announced later signs nothing', async (t) => {
  const file = forged(7, (event) => {
    const origin = 'kakou';
    event['type'] = 'cn.kakou.epoch.started.v1';
    event.data['verifierKey'] = stranger.verifierKey(origin);
  });
  const db = new Database(file);
  const row = db.prepare('SELECT entry FROM journal WHERE sequence = 12').pluck().get() as string;
  const event = JSON.parse(row) as Event;
  const size = 11;
  event.data['note'] = noteOf({ origin: 'kakou', size, root: 'AAAA' }, stranger);
  const entry = JSON.stringify(event);
  const hash = createHash('sha256').update(entry).digest('hex');
  db.prepare('UPDATE journal SET entry = ?, hash = ? WHERE sequence = 12').run(entry, hash);
  db.close();
  t.match(verifyJournal(file), {
    ok: false,
    sequence: 12,
    fault: 'bad-signature',
    detail: /no key/,
  });
});
