/**
 * Checks a proof about single entries, offline: all it needs is the proof and a verifier key that is known to be the
 * gate's. It shares no code with what made the proof.
 */
import { readFileSync } from 'node:fs';
import { objectIn } from './journal-rows.ts';
import {
  type CheckpointLines,
  checkpointOf,
  isNoteOf,
  parseNote,
  parseVerifierKey,
  rotatedKey,
  type VerifierKey,
} from './signed-note.ts';
import { isBeginning, leafOf, rootOfPath } from './tree.ts';

export type ProofFault =
  | 'proof-unreadable'
  | 'untrusted-key'
  | 'note-unsigned'
  | 'entry-not-in-tree'
  | 'logs-not-consistent';

export type ProofVerification =
  | {
      readonly ok: true;
      readonly kind: 'inclusion';
      readonly origin: string;
      /** Entries that the checkpoint covers. */
      readonly size: number;
      readonly entries: readonly Readonly<Record<string, unknown>>[];
    }
  | {
      readonly ok: true;
      readonly kind: 'consistency';
      readonly origin: string;
      readonly older: number;
      readonly newer: number;
    }
  | {
      readonly ok: false;
      readonly fault: ProofFault;
      readonly detail: string;
      readonly hint: string;
    };

const hints: Readonly<Record<ProofFault, string>> = {
  'proof-unreadable': 'give a file that `kakou journal prove` has written, unchanged',
  'untrusted-key':
    'the gate whose key you have did not sign this, nor announce the key that did; ask for the key where you got the first',
  'note-unsigned': 'the checkpoint was changed, or made by somebody else',
  'entry-not-in-tree': 'the entry is not one that the gate had signed for: take it for changed',
  'logs-not-consistent': 'the gate has signed two logs that are not one: keep both checkpoints',
};

class ProofWrong extends Error {
  readonly fault: ProofFault;

  constructor(fault: ProofFault, detail: string) {
    super(detail);
    this.fault = fault;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** `key`: `name+id+base64` of the gate, from elsewhere than the proof. */
export function verifyProof(file: string, key: string): ProofVerification {
  try {
    const trusted = parseVerifierKey(key);
    if (!trusted) throw new ProofWrong('untrusted-key', `"${key}" is no verifier key`);
    return checked(readProof(file), trusted);
  } catch (error) {
    if (!(error instanceof ProofWrong)) throw error;
    const { fault, message } = error;
    return { ok: false, fault, detail: message, hint: hints[fault] };
  }
}

function unreadable(detail: string): ProofWrong {
  return new ProofWrong('proof-unreadable', detail);
}

function readProof(file: string): Json {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable((error as Error).message);
  }
  const proof = objectIn(text);
  if (proof?.['format'] !== 'kakou-proof-1') throw unreadable(`${file} is no proof of this kind`);
  return proof;
}

function checked(proof: Json, trusted: VerifierKey): ProofVerification {
  const key = signingKey(proof, trusted);
  switch (proof['kind']) {
    case 'inclusion':
      return inclusion(proof, key);
    case 'consistency':
      return consistency(proof, key, trusted);
    default:
      throw unreadable(`nothing is known of a proof of "${String(proof['kind'])}"`);
  }
}

/** Keys in their order, from the first that the proof names; each but the first was announced by the one before. */
function keysOf(proof: Json): readonly VerifierKey[] {
  const anchor = member(proof, 'anchor');
  const first = parseVerifierKey(member(entryIn(anchor['first']), 'data')['verifierKey']);
  if (!first) throw unreadable('the first entry of the epoch names no key');
  const keys = [first];
  for (const text of list(anchor, 'rotations')) {
    const entry = entryIn(text);
    const at = { key: keys.at(-1) as VerifierKey, sequence: Number(entry['sequence']) };
    const next = rotatedKey(member(entry, 'data'), at);
    if (typeof next === 'string')
      throw new ProofWrong('untrusted-key', `the change of keys at entry ${at.sequence}: ${next}`);
    keys.push(next);
  }
  return keys;
}

/** The key of the newest note, if whoever has the trusted key has announced it, at once or over others. */
function signingKey(proof: Json, trusted: VerifierKey): VerifierKey {
  if (proof['key'] === trusted.text) return trusted;
  const keys = keysOf(proof);
  const from = keys.findIndex(({ text }) => text === trusted.text);
  const own = keys.at(-1);
  if (from < 0 || !own)
    throw new ProofWrong('untrusted-key', `the proof does not lead back to ${trusted.text}`);
  if (proof['key'] !== own.text) throw unreadable('the proof names another key than it announces');
  return own;
}

function inclusion(proof: Json, key: VerifierKey): ProofVerification {
  const checkpoint = signed(member(proof, 'checkpoint'), [key]);
  const { size, root, origin } = checkpoint;
  const entries = list(proof, 'entries').map((each) => {
    const { sequence, entry, path } = (each ?? {}) as Json;
    const event = entryIn(entry);
    const index = Number(sequence) - 1;
    const isOwn = event['sequence'] === String(sequence).padStart(16, '0');
    if (!isOwn || !origin.endsWith(`/${event['epoch']}`))
      throw new ProofWrong('entry-not-in-tree', `the entry is not number ${sequence} of ${origin}`);
    const leaf = leafOf(Buffer.from(String(entry), 'utf8'));
    const found = index >= 0 && rootOfPath(leaf, { index, size }, hashes(path));
    if (!found || found.toString('base64') !== root)
      throw new ProofWrong('entry-not-in-tree', `entry ${sequence} is not under the checkpoint`);
    return event;
  });
  if (entries.length === 0) throw unreadable('the proof is about no entry');
  return { ok: true, kind: 'inclusion', origin, size, entries };
}

function consistency(proof: Json, key: VerifierKey, trusted: VerifierKey): ProofVerification {
  const newer = signed(member(proof, 'newer'), [key]);
  const keys = key.text === trusted.text && !isAnnounced(proof, key) ? [key] : keysOf(proof);
  const older = signed(member(proof, 'older'), keys);
  if (older.origin !== newer.origin)
    throw new ProofWrong('logs-not-consistent', `${older.origin} is not ${newer.origin}`);
  const [a, b] = [older, newer].map(({ size, root }) => ({
    size,
    root: Buffer.from(root, 'base64'),
  }));
  if (!a || !b || !isBeginning(a, b, hashes(proof['path'])))
    throw new ProofWrong(
      'logs-not-consistent',
      `the log of ${older.size} entries is not the beginning of that of ${newer.size}`,
    );
  const { origin, size } = newer;
  return { ok: true, kind: 'consistency', origin, older: older.size, newer: size };
}

function isAnnounced(proof: Json, key: VerifierKey): boolean {
  return keysOf(proof).some(({ text }) => text === key.text);
}

function signed({ note }: Json, keys: readonly VerifierKey[]): CheckpointLines {
  const parsed = parseNote(note);
  const checkpoint = parsed && checkpointOf(parsed);
  if (!parsed || !checkpoint) throw unreadable('a checkpoint is no signed note');
  const isSigned = keys.some((key) => isNoteOf(parsed, key));
  if (!isSigned || checkpoint.origin !== parsed.name)
    throw new ProofWrong('note-unsigned', `the checkpoint of ${checkpoint.size} entries`);
  return checkpoint;
}

function entryIn(text: unknown): Json {
  const event = typeof text === 'string' ? objectIn(text) : undefined;
  if (!event) throw unreadable('an entry is no JSON text');
  return event;
}

function member(of: Json, name: string): Json {
  const value = of[name];
  if (typeof value === 'object' && value !== null) return value as Json;
  throw unreadable(`member "${name}" is missing`);
}

function list(of: Json, name: string): readonly unknown[] {
  const value = of[name];
  if (Array.isArray(value)) return value;
  throw unreadable(`member "${name}" is no list`);
}

function hashes(path: unknown): readonly Buffer[] {
  if (!Array.isArray(path)) throw unreadable('a path is no list');
  return path.map((text) => {
    const hash = Buffer.from(String(text), 'base64');
    if (hash.length !== 32) throw unreadable('a hash of a path has not 32 bytes');
    return hash;
  });
}
