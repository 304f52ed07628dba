import { createHash, createPrivateKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { checkpointSigner } from '../../../src/adapters/system/signing-key.ts';
import { checkpointText, signedNote } from '../../../src/core/journal/checkpoint.ts';
import {
  type EntryPlace,
  encodeEntry,
  encodeEntryWithin,
  entryBytesMax,
  sequenceText,
} from '../../../src/core/journal/entry.ts';
import type { EventDraft } from '../../../src/core/journal/events.ts';
import {
  appendLeaf,
  consistencyRanges,
  emptyFrontier,
  inclusionRanges,
  type LeafRange,
  leafHash,
  rootOf,
  rootOfNodes,
} from '../../../src/core/journal/merkle.ts';
import { repositoryFile } from '../../support/repository.ts';

const golden = <T>(name: string) =>
  JSON.parse(readFileSync(repositoryFile(`test/golden/${name}`), 'utf8')) as T;
const sha256 = (parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const rfc3339 = (ms: number) => new Date(ms).toISOString();

interface GoldenJournal {
  readonly entries: readonly {
    readonly event: EventDraft;
    readonly place: EntryPlace;
    readonly entry: string;
    readonly sha256: string;
  }[];
  readonly roots: readonly string[];
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly text: string };
}

t.test('the bytes of an entry are frozen, character by character', async (t) => {
  const { entries, roots, checkpoint } = golden<GoldenJournal>('journal.json');
  let frontier = emptyFrontier;
  let previous = '0'.repeat(64);
  t.equal(base64(rootOf(frontier, sha256)), roots[0]);
  entries.forEach(({ event, place, entry, sha256: hash }, index) => {
    t.equal(encodeEntry(event, place, rfc3339), entry);
    t.equal(place.previousHash, previous);
    const bytes = Buffer.from(entry, 'utf8');
    t.equal(createHash('sha256').update(bytes).digest('hex'), hash);
    previous = hash;
    frontier = appendLeaf(frontier, leafHash(bytes, sha256), sha256);
    t.equal(base64(rootOf(frontier, sha256)), roots[index + 1]);
  });
  const { origin, size, text } = checkpoint;
  t.equal(checkpointText({ origin, size, root: rootOf(frontier, sha256) }, base64), text);
});

t.test('sequence text sorts as its number does', async (t) => {
  t.equal(sequenceText(1), '0000000000000001');
  t.ok(sequenceText(9) < sequenceText(10));
  t.ok(sequenceText(999_999) < sequenceText(1_000_000));
});

interface GoldenMerkle {
  readonly leaves: readonly string[];
  readonly roots: readonly string[];
  readonly inclusion: readonly { leaf: number; size: number; path: readonly string[] }[];
  readonly consistency: readonly { from: number; to: number; path: readonly string[] }[];
}

const rootsOf = (leaves: readonly Uint8Array[], ranges: readonly LeafRange[]) =>
  ranges.map(({ from, to }) => rootOfNodes(leaves.slice(from, to), sha256));

t.test('roots and proofs are those of RFC 6962', async (t) => {
  const vectors = golden<GoldenMerkle>('merkle-rfc6962.json');
  const leaves = vectors.leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex'), sha256));
  let frontier = emptyFrontier;
  t.equal(hex(rootOf(frontier, sha256)), vectors.roots[0]);
  leaves.forEach((leaf, index) => {
    frontier = appendLeaf(frontier, leaf, sha256);
    t.equal(hex(rootOf(frontier, sha256)), vectors.roots[index + 1]);
  });
  for (const { leaf, size, path } of vectors.inclusion) {
    t.strictSame(rootsOf(leaves, inclusionRanges(leaf, size)).map(hex), path);
  }
  for (const { from, to, path } of vectors.consistency) {
    t.strictSame(rootsOf(leaves, consistencyRanges(from, to)).map(hex), path);
  }
});

/** RFC 6962 §2.1 as it is written, without a frontier. */
function rootByDefinition(entries: readonly Uint8Array[]): Uint8Array {
  const [first] = entries;
  if (!first) return sha256([]);
  if (entries.length === 1) return sha256([Uint8Array.of(0), first]);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  const left = rootByDefinition(entries.slice(0, k));
  return sha256([Uint8Array.of(1), left, rootByDefinition(entries.slice(k))]);
}

/** RFC 6962 §2.1.1, from the leaf up. */
function rootFromProof(leaf: Uint8Array, index: number, size: number, path: readonly Uint8Array[]) {
  let [at, last, node] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (at % 2 === 1 || at === last) {
      node = sha256([Uint8Array.of(1), sibling, node]);
      while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1];
    } else {
      node = sha256([Uint8Array.of(1), node, sibling]);
    }
    [at, last] = [at >> 1, last >> 1];
  }
  return node;
}

t.test('any log’s root is the definition’s, and every entry proves that it is in it', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 40 }),
      fc.nat(),
      (entries, pick) => {
        const leaves = entries.map((entry) => leafHash(entry, sha256));
        const frontier = leaves.reduce((f, leaf) => appendLeaf(f, leaf, sha256), emptyFrontier);
        const root = hex(rootOf(frontier, sha256));
        if (root !== hex(rootByDefinition(entries))) return false;
        const index = entries.length === 0 ? 0 : pick % entries.length;
        const leaf = leaves[index];
        if (!leaf) return true;
        const path = rootsOf(leaves, inclusionRanges(index, leaves.length));
        return hex(rootFromProof(leaf, index, leaves.length, path)) === root;
      },
    ),
    { numRuns: 300, seed: 11 },
  );
  t.pass();
});

/** The key of RFC 8032, section 7.1, test 1. */
const testKey = createPrivateKey({
  key: {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  },
  format: 'jwk',
});

t.test('a signed note is as C2SP prescribes', async (t) => {
  const signer = checkpointSigner(testKey);
  const name = 'kakou/CNSHK/gate-1/00112233445566778899aabbccddeeff';
  const text = `${name}\n5\nAAAA\n`;
  const note = signedNote(text, name, signer, base64);
  const [, signature = ''] = /\n— \S+ (\S+)\n$/.exec(note) ?? [];
  t.ok(note.startsWith(`${text}\n— ${name} `));
  const bytes = Buffer.from(signature, 'base64');
  t.equal(bytes.length, 4 + 64);
  const [, keyId, key = ''] = /^.*\+([0-9a-f]{8})\+(.+)$/.exec(signer.verifierKey(name)) ?? [];
  t.equal(bytes.subarray(0, 4).toString('hex'), keyId);
  const raw = Buffer.from(key, 'base64');
  t.equal(raw[0], 1, 'the type of Ed25519');
  t.equal(raw.subarray(1).toString('base64url'), '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo');
  t.equal(
    sha256([Buffer.from(`${name}\n`), raw])
      .slice(0, 4)
      .reduce((s, b) => s + b.toString(16).padStart(2, '0'), ''),
    keyId,
  );
  t.ok(
    verify(
      null,
      Buffer.from(text),
      { key: testKey.export({ format: 'jwk' }), format: 'jwk' },
      bytes.subarray(4),
    ),
  );
});

t.test('the example of the signed note’s own specification has our key id', async (t) => {
  const [name = '', keyId = '', key = ''] =
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'.split('+');
  const computed = sha256([Buffer.from(`${name}\n`), Buffer.from(key, 'base64')]).slice(0, 4);
  t.equal(hex(computed), keyId);
});

t.test('no data makes an entry larger than a tile can hold', async (t) => {
  const { place } = golden<GoldenJournal>('journal.json').entries[0] ?? {};
  if (!place) throw new Error('the golden journal is empty');
  const measures = { rfc3339, byteLength: (text: string) => Buffer.byteLength(text) };
  const value = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.integer(),
    fc
      .tuple(fc.constantFrom('x', 'é', '验', '\u0001', '\ud83d\ude00'), fc.nat(70_000))
      .map(([text, times]) => text.repeat(times)),
  );
  const seen = { whole: 0, shortened: 0 };
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 40 }), value, { maxKeys: 30 }), (data) => {
      const event: EventDraft = { type: 'alarm.raised.v1', subject: 'gate-1', timeMs: 0, data };
      const entry = encodeEntryWithin(event, place, measures);
      const whole = encodeEntry(event, place, rfc3339);
      const isWhole = entry === whole;
      seen[isWhole ? 'whole' : 'shortened'] += 1;
      const bytes = Buffer.byteLength(entry);
      if (isWhole) return bytes <= entryBytesMax;
      const { fault, leftOut } = JSON.parse(entry).data;
      return (
        bytes <= entryBytesMax &&
        Buffer.byteLength(whole) > entryBytesMax &&
        fault === 'entry-too-large' &&
        leftOut.length > 0
      );
    }),
    { numRuns: 500, seed: 3 },
  );
  t.ok(seen.whole > 50 && seen.shortened > 50, JSON.stringify(seen));
});
