import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  type ConsistencyProof,
  type InclusionProof,
  proveConsistency,
  proveEntries,
} from '../../../src/adapters/store/journal-proofs.ts';
import type { CheckpointSigner } from '../../../src/core/journal/checkpoint.ts';
import { verifyProof } from '../../../src/verifier/verify-proof.ts';
import { logIn, newSigner } from '../../support/journal-log.ts';
import { note } from '../../support/open-ledger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** 700 entries: checkpoints at 100, 300, 302, 600, 700; another key from 401 on and again from 402 on. */
function log() {
  const folder = temporaryFolder();
  const signers: [CheckpointSigner, CheckpointSigner, CheckpointSigner] = [
    newSigner(),
    newSigner(),
    newSigner(),
  ];
  const ledger = logIn(folder, { signer: signers[0] });
  const fillTo = (last: number) => {
    const first = ledger.head().sequence + 1;
    const sequences = [...Array(last - first + 1).keys()].map((i) => first + i);
    ledger.commit({ events: sequences.map((each) => note(each % 50 === 7 ? 'p1' : `p${each}`)) });
  };
  for (const checkpoint of [100, 300, 302, 600, 700]) {
    if (checkpoint === 600) {
      fillTo(400);
      ledger.rotateKey(signers[1], 'x');
      ledger.rotateKey(signers[2], 'x');
    }
    fillTo(checkpoint - 1);
    ledger.checkpoint();
  }
  const origin = `kakou/CNSHK/gate-1/${ledger.epoch}`;
  ledger.close();
  const keys = signers.map((signer) => signer.verifierKey(origin));
  return { file: join(folder, 'ledger.db'), origin, keys: keys as [string, string, string] };
}

const { file, origin, keys } = log();

function checked(proof: object, key: string) {
  const path = join(temporaryFolder(), 'proof.json');
  writeFileSync(path, JSON.stringify(proof));
  return verifyProof(path, key);
}

t.test('every entry is proven under every checkpoint behind it, by every key', async (t) => {
  for (const checkpoint of [100, 300, 302, 600, 700]) {
    for (const entry of [1, 2, 99, 255, 256, 257, 299, 300, 512, 513, 599, 699]) {
      if (entry >= checkpoint) {
        const late = () => proveEntries(file, { entry }, { checkpoint });
        t.throws(late, { message: /does not cover/ });
        continue;
      }
      const proof = proveEntries(file, { entry }, { checkpoint });
      const known = checkpoint < 401 ? keys.slice(0, 1) : keys;
      for (const key of known)
        t.match(checked(proof, key), { ok: true, size: checkpoint - 1, entries: [{}] });
      if (checkpoint < 401) t.match(checked(proof, keys[1]), { fault: 'untrusted-key' });
    }
  }
});

t.test('a passage is proven with all that names it', async (t) => {
  const proof = proveEntries(file, { passage: 'p1' }, {});
  t.strictSame(
    proof.entries.map(({ sequence }) => sequence),
    [...Array(14).keys()].map((i) => i * 50 + 7),
  );
  t.match(checked(proof, keys[0]), { ok: true, origin, size: 699 });
  t.throws(() => proveEntries(file, { passage: 'nobody' }, {}), { message: /no entry of passage/ });
});

t.test('an older log is proven to be the beginning of a newer one', async (t) => {
  const checkpoints = [100, 300, 302, 600, 700];
  for (const older of checkpoints) {
    for (const newer of checkpoints) {
      if (older > newer) {
        t.throws(() => proveConsistency(file, { older, newer }), {
          message: /./,
          hint: /older first/,
        });
        continue;
      }
      const proof = proveConsistency(file, { older, newer });
      const right = { ok: true, older: older - 1, newer: newer - 1 };
      t.match(checked(proof, keys[0]), right, `${older} ${newer}`);
      if (newer > 402) t.match(checked(proof, keys[2]), right);
    }
  }
});

t.test('what is no checkpoint or is not there is refused by name', async (t) => {
  t.throws(() => proveEntries(file, { entry: 5 }, { checkpoint: 400 }), {
    message: /400 is no checkpoint/,
    hint: /302 or 600/,
  });
  t.throws(() => proveEntries(file, { entry: 701 }, {}), { message: /does not cover/ });
  t.throws(() => proveEntries(file, { entry: 5 }, { checkpoint: 800 }), {
    message: /./,
    hint: /1 to 700/,
  });
  const young = temporaryFolder();
  logIn(young, { signer: newSigner() }).close();
  t.throws(() => proveEntries(join(young, 'ledger.db'), { entry: 1 }, {}), {
    message: /no checkpoint yet/,
  });
});

const last = proveEntries(file, { entry: 555 }, {});
const [entry = { sequence: 0, entry: '', path: [] }] = last.entries;
const stranger = newSigner();
const anotherLog = log();

const forged: readonly (readonly [string, object, string])[] = [
  [
    'a changed entry',
    { entries: [{ ...entry, entry: entry.entry.replace('p555', 'p5') }] },
    'entry-not-in-tree',
  ],
  ['another sequence', { entries: [{ ...entry, sequence: 554 }] }, 'entry-not-in-tree'],
  ['sequence 0', { entries: [{ ...entry, sequence: 0 }] }, 'entry-not-in-tree'],
  ['a shorter path', { entries: [{ ...entry, path: entry.path.slice(1) }] }, 'entry-not-in-tree'],
  [
    'a longer path',
    { entries: [{ ...entry, path: [...entry.path, entry.path[0]] }] },
    'entry-not-in-tree',
  ],
  [
    'a path in another order',
    { entries: [{ ...entry, path: [...entry.path].reverse() }] },
    'entry-not-in-tree',
  ],
  ['a hash of another length', { entries: [{ ...entry, path: ['AAAA'] }] }, 'proof-unreadable'],
  ['no entries', { entries: [] }, 'proof-unreadable'],
  [
    'an entry of another log',
    { entries: proveEntries(anotherLog.file, { entry: 555 }, {}).entries },
    'entry-not-in-tree',
  ],
  [
    'a changed checkpoint',
    {
      checkpoint: { ...last.checkpoint, note: last.checkpoint.note.replace('\n699\n', '\n698\n') },
    },
    'note-unsigned',
  ],
  [
    'a checkpoint of another log',
    { checkpoint: proveEntries(anotherLog.file, { entry: 555 }, {}).checkpoint },
    'note-unsigned',
  ],
  [
    'a checkpoint by a key from before',
    { checkpoint: proveEntries(file, { entry: 5 }, { checkpoint: 300 }).checkpoint },
    'note-unsigned',
  ],
  ['a checkpoint that is none', { checkpoint: { note: 'x' } }, 'proof-unreadable'],
  ['no change of keys', { anchor: { ...last.anchor, rotations: [] } }, 'proof-unreadable'],
  [
    'half of the changes of keys',
    { anchor: { ...last.anchor, rotations: last.anchor.rotations.slice(1) } },
    'untrusted-key',
  ],
  [
    'the beginning of another log',
    {
      anchor: {
        ...last.anchor,
        first: proveEntries(anotherLog.file, { entry: 5 }, {}).anchor.first,
      },
    },
    'untrusted-key',
  ],
  ['a key of its own', { key: stranger.verifierKey(origin) }, 'proof-unreadable'],
  ['no anchor', { anchor: null }, 'proof-unreadable'],
  ['another kind', { kind: 'other' }, 'proof-unreadable'],
  ['another format', { format: 'kakou-proof-2' }, 'proof-unreadable'],
];

t.test('a forged proof is told from a right one', async (t) => {
  t.match(checked(last, keys[0]), { ok: true });
  for (const [what, change, fault] of forged)
    t.match(checked({ ...last, ...change }, keys[0]), { ok: false, fault, hint: /./ }, what);
  t.match(checked(last, stranger.verifierKey(origin)), { fault: 'untrusted-key' });
  t.match(checked(last, anotherLog.keys[0]), { fault: 'untrusted-key' });
  t.match(checked(last, 'x'), { fault: 'untrusted-key' });
  t.match(verifyProof('/nowhere/proof.json', keys[0]), { fault: 'proof-unreadable' });
});

t.test('two logs that were both signed are told from one', async (t) => {
  const proof = proveConsistency(file, { older: 300, newer: 700 });
  const differing: readonly Partial<ConsistencyProof>[] = [
    { path: proof.path.slice(1) },
    { path: [...proof.path].reverse() },
    { path: [] },
    { older: proveConsistency(file, { older: 302, newer: 700 }).older },
    { path: [...proof.path, proof.path[0] ?? ''] },
  ];
  for (const change of differing)
    t.match(checked({ ...proof, ...change }, keys[0]), { fault: 'logs-not-consistent' });
  const other = proveConsistency(anotherLog.file, { older: 300, newer: 700 });
  t.match(checked({ ...proof, older: other.older }, keys[0]), { fault: 'note-unsigned' });
  const swapped: Partial<InclusionProof> & object = { ...proof, kind: 'inclusion' as const };
  t.match(checked(swapped, keys[0]), { fault: 'proof-unreadable' });
});
