/**
 * Checks a journal and names the first entry that is wrong. It shares no code with the writer: the rules
 * are written again here from the contract, so that one mistake cannot hide in both.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import Database from 'better-sqlite3';

export type JournalFault =
  | 'unreadable'
  | 'missing-entry'
  | 'hash-mismatch'
  | 'broken-link'
  | 'wrong-sequence'
  | 'wrong-epoch'
  | 'not-cloudevents'
  | 'bad-signature'
  | 'wrong-root'
  | 'shrunken';

export type Verification =
  | {
      readonly ok: true;
      readonly epoch: string;
      readonly entries: number;
      readonly head: string;
      readonly checkpoints: number;
    }
  | {
      readonly ok: false;
      readonly sequence: number;
      readonly fault: JournalFault;
      readonly detail: string;
      readonly hint: string;
    };

/** What a verifier remembers of an earlier run: the log may only have grown since. */
export interface LastSeen {
  readonly epoch: string;
  readonly entries: number;
  readonly head: string;
}

interface Row {
  readonly sequence: number;
  readonly epoch: string;
  readonly entry: string;
  /** As stored beside the entry; absent in an export. */
  readonly hash?: string;
}

const hints: Readonly<Record<JournalFault, string>> = {
  unreadable:
    'give ledger.db of a data.directory or an NDJSON export of it; put a damaged one back from the backup',
  'missing-entry': 'an entry was deleted, or the export is incomplete',
  'hash-mismatch': 'the bytes of this entry were changed after they were written',
  'broken-link': 'an entry at or before this place was changed, replaced or reordered',
  'wrong-sequence': 'entries were reordered or renumbered',
  'wrong-epoch': 'entries of another log were mixed in',
  'not-cloudevents': 'the entry was not written by kakou',
  'bad-signature': 'the checkpoint was not signed by the key that the log announced',
  'wrong-root': 'entries before this checkpoint were changed after it was signed',
  shrunken: 'the log lost its end, or was put back to an earlier copy',
};

class Wrong extends Error {
  readonly sequence: number;
  readonly fault: JournalFault;

  constructor(sequence: number, fault: JournalFault, detail: string) {
    super(detail);
    this.sequence = sequence;
    this.fault = fault;
  }
}

export function verifyJournal(file: string, lastSeen?: LastSeen): Verification {
  try {
    return verifyRows(readRows(file), lastSeen);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const { sequence, fault, message } = error;
    return { ok: false, sequence, fault, detail: message, hint: hints[fault] };
  }
}

function readRows(file: string): Iterable<Row> {
  if (!existsSync(file)) throw new Wrong(0, 'unreadable', `${file} does not exist`);
  let start: string;
  try {
    start = beginning(file);
  } catch (error) {
    throw new Wrong(0, 'unreadable', `${file}: ${(error as Error).message}`);
  }
  return start === 'SQLite format 3' ? ledgerRows(file) : exportRows(file);
}

function beginning(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(15);
    return bytes.toString('latin1', 0, readSync(handle, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(handle);
  }
}

function* ledgerRows(file: string): Iterable<Row> {
  const db = new Database(file, { readonly: true });
  try {
    const newest = db
      .prepare<[], { epoch: string }>('SELECT epoch FROM epoch ORDER BY number DESC LIMIT 1')
      .get();
    yield* db
      .prepare<[string], Row>(
        'SELECT sequence, epoch, entry, hash FROM journal WHERE epoch = ? ORDER BY position',
      )
      .iterate(newest?.epoch ?? '');
  } catch (error) {
    if (error instanceof Wrong) throw error;
    throw new Wrong(
      0,
      'unreadable',
      `${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    db.close();
  }
}

function* exportRows(file: string): Iterable<Row> {
  let number = 0;
  for (const entry of readFileSync(file, 'utf8').split('\n')) {
    if (entry === '') continue;
    number += 1;
    const { sequence, epoch } = parsed(entry, number);
    yield { sequence: Number(sequence), epoch: String(epoch), entry };
  }
}

function parsed(entry: string, sequence: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(entry);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new Wrong(sequence, 'not-cloudevents', 'the entry is no JSON object');
}

function verifyRows(rows: Iterable<Row>, lastSeen: LastSeen | undefined): Verification {
  let previous = '0'.repeat(64);
  let count = 0;
  let epoch: string | undefined;
  const tree = new Tree();
  const keys = new Map<string, Buffer>();
  let checkpoints = 0;
  for (const row of rows) {
    const expected = count + 1;
    epoch ??= row.epoch;
    if (row.sequence > expected)
      throw new Wrong(
        expected,
        'missing-entry',
        `entry ${expected} is missing; entry ${row.sequence} follows`,
      );
    if (row.sequence < expected)
      throw new Wrong(
        row.sequence,
        'wrong-sequence',
        `entry ${row.sequence} stands where ${expected} belongs`,
      );
    const bytes = Buffer.from(row.entry, 'utf8');
    const hash = createHash('sha256').update(bytes).digest('hex');
    const event = parsed(row.entry, expected);
    checkEntry(event, { sequence: expected, epoch, previous, hash, stored: row.hash });
    // The key stands in the first entry: one that is announced later is not the log's own.
    if (expected === 1 && event['type'] === 'cn.kakou.epoch.started.v1') announce(event, keys);
    if (event['type'] === 'cn.kakou.checkpoint.v1') {
      checkCheckpoint(event, { sequence: expected, tree, keys });
      checkpoints += 1;
    }
    tree.add(bytes);
    previous = hash;
    count = expected;
    if (lastSeen?.epoch === epoch && lastSeen.entries === count && lastSeen.head !== hash) {
      throw new Wrong(
        count,
        'broken-link',
        `entry ${count} had the hash ${lastSeen.head} when it was last verified`,
      );
    }
  }
  if (epoch === undefined) throw new Wrong(0, 'unreadable', 'the journal is empty');
  if (lastSeen?.epoch === epoch && count < lastSeen.entries) {
    throw new Wrong(
      count + 1,
      'shrunken',
      `${lastSeen.entries} entries were there when it was last verified, now ${count}`,
    );
  }
  return { ok: true, epoch, entries: count, head: previous, checkpoints };
}

function checkEntry(
  event: Record<string, unknown>,
  at: {
    sequence: number;
    epoch: string;
    previous: string;
    hash: string;
    stored: string | undefined;
  },
): void {
  const { sequence, epoch, previous, hash, stored } = at;
  if (stored !== undefined && stored !== hash)
    throw new Wrong(
      sequence,
      'hash-mismatch',
      `the entry's bytes give ${hash}, stored is ${stored}`,
    );
  for (const name of ['specversion', 'type', 'source', 'id', 'time', 'recordedtime', 'bootid']) {
    if (typeof event[name] !== 'string')
      throw new Wrong(sequence, 'not-cloudevents', `attribute ${name} is missing`);
  }
  if (event['sequence'] !== String(sequence).padStart(16, '0')) {
    throw new Wrong(sequence, 'wrong-sequence', `the entry calls itself ${event['sequence']}`);
  }
  if (event['epoch'] !== epoch)
    throw new Wrong(sequence, 'wrong-epoch', `the entry belongs to epoch ${event['epoch']}`);
  if (event['prevhash'] !== previous) {
    throw new Wrong(
      sequence,
      'broken-link',
      `the entry names ${event['prevhash']} before it, found is ${previous}`,
    );
  }
}

/** `name+keyid+base64(0x01 ‖ key)` of the C2SP signed note. */
function announce(event: Record<string, unknown>, keys: Map<string, Buffer>): void {
  const { verifierKey } = (event['data'] ?? {}) as { verifierKey?: unknown };
  const match =
    typeof verifierKey === 'string' ? /^(.+)\+([0-9a-f]{8})\+(.+)$/.exec(verifierKey) : null;
  if (match?.[1] && match[3]) keys.set(match[1], Buffer.from(match[3], 'base64').subarray(1));
}

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

function checkCheckpoint(
  event: Record<string, unknown>,
  at: { sequence: number; tree: Tree; keys: ReadonlyMap<string, Buffer> },
): void {
  const { note } = (event['data'] ?? {}) as { note?: unknown };
  const parts =
    typeof note === 'string' ? /^([^\n]+)\n(\d+)\n([^\n]+)\n\n— (\S+) (\S+)\n$/.exec(note) : null;
  if (!parts) throw new Wrong(at.sequence, 'bad-signature', 'the checkpoint is no signed note');
  const [, origin = '', size, root, name = '', signature = ''] = parts;
  const key = at.keys.get(name);
  if (!key || name !== origin)
    throw new Wrong(at.sequence, 'bad-signature', `no key was announced for ${name}`);
  const publicKey = createPublicKey({
    key: Buffer.concat([spkiPrefix, key]),
    format: 'der',
    type: 'spki',
  });
  const text = Buffer.from(`${origin}\n${size}\n${root}\n`, 'utf8');
  if (!verify(null, text, publicKey, Buffer.from(signature, 'base64').subarray(4))) {
    throw new Wrong(at.sequence, 'bad-signature', 'the signature does not fit the checkpoint');
  }
  if (Number(size) !== at.tree.size || root !== at.tree.root().toString('base64')) {
    throw new Wrong(
      at.sequence,
      'wrong-root',
      `the checkpoint says ${size} entries with root ${root}; the log gives ${at.tree.size} with ${at.tree.root().toString('base64')}`,
    );
  }
}

/** RFC 6962 by its definition: perfect subtrees, merged as they fill. */
class Tree {
  size = 0;
  readonly #levels: (Buffer | undefined)[] = [];

  add(entry: Buffer): void {
    let node: Buffer = createHash('sha256').update('\x00').update(entry).digest();
    let level = 0;
    for (; this.#levels[level]; level += 1) {
      node = join(this.#levels[level] as Buffer, node);
      this.#levels[level] = undefined;
    }
    this.#levels[level] = node;
    this.size += 1;
  }

  root(): Buffer {
    let root: Buffer | undefined;
    for (const node of this.#levels) {
      if (node) root = root ? join(node, root) : node;
    }
    return root ?? createHash('sha256').digest();
  }
}

function join(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update('\x01').update(left).update(right).digest();
}
