/** One way through a log from its first row to its last. It throws `Wrong` at the first row that is wrong. */
import { createHash } from 'node:crypto';
import { type JournalFault, nowhere, Wrong } from './journal-fault.ts';
import { objectIn, type Row } from './journal-rows.ts';
import { PrunedBodies, pruneStatement } from './pruned.ts';
import {
  checkpointOf,
  isNoteOf,
  parseNote,
  parseVerifierKey,
  rotatedKey,
  type SignedNote,
  type VerifierKey,
} from './signed-note.ts';
import { leafOf, Tree } from './tree.ts';
import type { LastSeen, LostEntries, Verification, VerifiedEpoch } from './verification.ts';

interface EpochSoFar {
  readonly epoch: string;
  reason: string;
  count: number;
  head: string;
  tree: Tree;
  checkpoints: number;
  key: VerifierKey | undefined;
  /** Keys that were replaced, by id, with the entry that told of it. */
  readonly retired: Map<string, number>;
  previous: LastSeen | undefined;
  /** Newest entry of the epoch before that somebody knew of, where it reaches beyond what was put back. */
  lastKnown: LastSeen | undefined;
}

type Event = Readonly<Record<string, unknown>>;
type RowOf<Kind> = Extract<Row, { readonly kind: Kind }>;

const noHash = '0'.repeat(64);

export class LogWalk {
  readonly #bodies: PrunedBodies;
  readonly #lastSeen: LastSeen | undefined;
  readonly #trusted: readonly string[];
  readonly #done: EpochSoFar[] = [];
  #now: EpochSoFar | undefined;
  #pruned = 0;
  readonly #keysSeen = new Set<string>();

  constructor(
    rows: Iterable<Row>,
    { lastSeen, trusted }: { lastSeen: LastSeen | undefined; trusted: readonly string[] },
  ) {
    this.#bodies = new PrunedBodies(rows);
    this.#lastSeen = lastSeen;
    this.#trusted = trusted;
  }

  take(row: Row): void {
    switch (row.kind) {
      case 'broken': {
        const place = { epoch: this.#now?.epoch ?? '', sequence: (this.#now?.count ?? 0) + 1 };
        throw new Wrong(place, 'not-cloudevents', `line ${row.line} is no JSON object`);
      }
      case 'part':
        return this.#beginPart(row);
      case 'entry':
        return this.#entry(row);
      case 'pruned':
        return this.#body(row);
    }
  }

  #beginPart({ epoch, from, previous, roots }: RowOf<'part'>): void {
    const place = { epoch, sequence: from };
    const tree = Tree.of(
      from - 1,
      roots.map((root) => Buffer.from(root, 'hex')),
    );
    const isFirst = this.#now === undefined && this.#done.length === 0;
    if (!tree || !isFirst || !(from > 1))
      throw new Wrong(place, 'unreadable', 'the first line of the part does not fit');
    const key = this.#trusted
      .map(parseVerifierKey)
      .find((each) => each?.name.endsWith(`/${epoch}`));
    this.#now = { ...fresh(epoch), reason: 'part', count: from - 1, head: previous, tree, key };
    this.#sawKey(this.#now);
  }

  /** The epoch that the row belongs to, with the row at its place in it. */
  #placed(row: RowOf<'entry'> | RowOf<'pruned'>): EpochSoFar {
    const { epoch, sequence } = row;
    if (this.#now?.epoch !== epoch) this.#beginEpoch(row);
    const now = this.#now as EpochSoFar;
    const expected = now.count + 1;
    if (sequence > expected)
      throw new Wrong(
        { epoch, sequence: expected },
        'missing-entry',
        `entry ${expected} is missing; entry ${sequence} follows`,
      );
    if (sequence !== expected)
      throw new Wrong(
        { epoch, sequence },
        'wrong-sequence',
        `entry ${sequence} stands where ${expected} belongs`,
      );
    return now;
  }

  #beginEpoch({ epoch, sequence }: RowOf<'entry'> | RowOf<'pruned'>): void {
    const before = this.#now;
    const isBack = this.#done.some((each) => each.epoch === epoch);
    if (before && (isBack || sequence === before.count + 1)) {
      const detail = `the entry belongs to epoch ${epoch}`;
      throw new Wrong({ epoch: before.epoch, sequence }, 'wrong-epoch', detail);
    }
    if (before) this.#done.push(before);
    this.#now = fresh(epoch);
  }

  #body(row: RowOf<'pruned'>): void {
    const now = this.#placed(row);
    this.#bodies.check(row);
    now.tree.add(Buffer.from(row.leaf ?? '', 'hex'));
    this.#pruned += 1;
    this.#step(now, row.hash);
  }

  #entry(row: RowOf<'entry'>): void {
    const now = this.#placed(row);
    const place = { epoch: now.epoch, sequence: now.count + 1 };
    const event = objectIn(row.bytes);
    if (!event) throw new Wrong(place, 'not-cloudevents', 'the entry is no JSON object');
    const hash = createHash('sha256').update(row.bytes).digest('hex');
    checkEntry(event, { now, hash, stored: row.hash });
    this.#read(event, now);
    now.tree.add(leafOf(row.bytes));
    this.#step(now, hash);
  }

  #step(now: EpochSoFar, hash: string): void {
    now.head = hash;
    now.count += 1;
    const seen = this.#lastSeen;
    if (seen?.epoch !== now.epoch || seen.entries !== now.count || seen.head === hash) return;
    throw new Wrong(
      { epoch: now.epoch, sequence: now.count },
      'fork',
      `entry ${now.count} had the hash ${seen.head} when it was last verified`,
    );
  }

  /** What an entry says about the log itself. */
  #read(event: Event, now: EpochSoFar): void {
    const data = (event['data'] ?? {}) as Event;
    // Only the first entry of an epoch announces its key: one that stands later is not the log's own.
    if (now.count === 0) return this.#started(event, data, now);
    switch (event['type']) {
      case 'cn.kakou.checkpoint.v1':
        return checkCheckpoint(data, now);
      case 'cn.kakou.key.rotated.v1':
        rotate(data, now);
        return this.#sawKey(now);
      case 'cn.kakou.entries.pruned.v1':
        return this.#told(data, now);
    }
  }

  #started(event: Event, data: Event, now: EpochSoFar): void {
    const unexplained = (detail: string) =>
      new Wrong({ epoch: now.epoch, sequence: 1 }, 'unexplained-epoch', detail);
    if (event['type'] !== 'cn.kakou.epoch.started.v1')
      throw unexplained('its first entry does not tell why the epoch began');
    now.reason = String(data['reason']);
    now.previous = headIn(data['previous']);
    now.lastKnown = headIn(data['lastKnown']);
    now.key = parseVerifierKey(data['verifierKey']);
    this.#sawKey(now);
    if (this.#isTrusted(now)) return;
    const before = this.#done.at(-1);
    if (!before) return;
    const detail = notExplained(data, now, before);
    if (detail !== undefined) throw unexplained(detail);
  }

  #sawKey({ key }: EpochSoFar): void {
    if (key) this.#keysSeen.add(key.text);
  }

  #told(data: Event, now: EpochSoFar): void {
    const sequence = now.count + 1;
    const place = { epoch: now.epoch, sequence };
    const note = signedBy(now, data['note'], sequence);
    const told = pruneStatement(data);
    const { epoch, ranges, count, digest } = told ?? {};
    const lines = [note.name, 'prune', String(sequence), epoch, ranges, String(count), digest];
    if (!told || lines.join('\n') !== note.lines.join('\n'))
      throw new Wrong(place, 'bad-signature', 'the signed note says something else than the entry');
    const isPart = this.#now?.reason === 'part';
    if (!isPart && !this.#bodies.isProven(now.epoch, sequence) && this.#hasAll(told.epoch))
      throw new Wrong(place, 'pruned-differs', `the bodies of ${ranges} are not gone as it says`);
  }

  #hasAll(epoch: string): boolean {
    return [...this.#done, this.#now].some((each) => each?.epoch === epoch);
  }

  end(): Verification {
    const newest = this.#now;
    if (!newest) throw new Wrong(nowhere, 'unreadable', 'the journal is empty');
    const epochs = [...this.#done, newest];
    this.#findTrusted(newest);
    const [seen] = this.#sinceLastSeen(epochs);
    const told = lostBetween(epochs);
    const isTold = told.some((each) => each.epoch === seen?.epoch && each.through >= seen.through);
    const lost = seen && !isTold ? [...told, seen] : told;
    return {
      ok: true,
      ...verified(newest),
      epochs: epochs.map(verified),
      pruned: this.#pruned,
      unproven: this.#bodies.unproven,
      lost,
    };
  }

  #findTrusted({ epoch }: EpochSoFar): void {
    const missing = this.#trusted.find((key) => !this.#keysSeen.has(key));
    if (missing === undefined) return;
    const detail = `the key ${missing}, which you trust, is none of this log`;
    throw new Wrong({ epoch, sequence: 1 }, 'unexplained-epoch', detail);
  }

  #sinceLastSeen(epochs: readonly EpochSoFar[]): readonly LostEntries[] {
    const seen = this.#lastSeen;
    if (!seen) return [];
    const at = epochs.findIndex(({ epoch }) => epoch === seen.epoch);
    const own = epochs[at];
    if (!own) {
      const [first] = epochs;
      // Its start was believed because its key is trusted, and it says what it follows.
      const isTold = first?.previous?.epoch === seen.epoch && this.#isTrusted(first);
      const from = (first?.previous?.entries ?? 0) + 1;
      if (isTold)
        return from > seen.entries ? [] : [{ epoch: seen.epoch, from, through: seen.entries }];
      throw new Wrong(
        { epoch: first?.epoch ?? '', sequence: 1 },
        'unexplained-epoch',
        `epoch ${seen.epoch}, last verified with ${seen.entries} entries, is not in this log`,
      );
    }
    if (own.count >= seen.entries) return [];
    const lost = { epoch: own.epoch, from: own.count + 1, through: seen.entries };
    // The epoch behind it is explained, or the walk had ended there.
    if (at < epochs.length - 1) return [lost];
    throw new Wrong(
      { epoch: own.epoch, sequence: own.count + 1 },
      'shrunken',
      `${seen.entries} entries were there when it was last verified, now ${own.count}`,
    );
  }

  #isTrusted({ key }: EpochSoFar): boolean {
    return key !== undefined && this.#trusted.includes(key.text);
  }
}

function fresh(epoch: string): EpochSoFar {
  return {
    epoch,
    reason: '',
    count: 0,
    head: noHash,
    tree: new Tree(),
    checkpoints: 0,
    key: undefined,
    retired: new Map(),
    previous: undefined,
    lastKnown: undefined,
  };
}

function verified({ epoch, count, head, checkpoints, reason, key }: EpochSoFar): VerifiedEpoch {
  const entries = count;
  return { epoch, entries, head, checkpoints, reason, ...(key && { verifierKey: key.text }) };
}

function headIn(value: unknown): LastSeen | undefined {
  const { epoch, entries, head } = (value ?? {}) as Event;
  const isWhole =
    typeof epoch === 'string' && typeof entries === 'number' && typeof head === 'string';
  return isWhole ? { epoch, entries, head } : undefined;
}

/** Why the start of an epoch does not follow from the one before it in the file; undefined where it does. */
function notExplained(data: Event, now: EpochSoFar, before: EpochSoFar): string | undefined {
  const { previous } = now;
  if (now.reason !== 'restored' || !previous)
    return `it says "${now.reason}", and epoch ${before.epoch} is before it`;
  const { epoch, entries, head } = previous;
  if (epoch !== before.epoch || entries !== before.count || head !== before.head)
    return `it follows entry ${entries} of epoch ${epoch}, before it is entry ${before.count} of epoch ${before.epoch}`;
  const note = parseNote(data['note']);
  if (!note || !before.key || !isNoteOf(note, before.key))
    return 'it is not signed by the key of the epoch before it';
  const lines = [
    now.key?.name,
    'epoch-start',
    now.reason,
    headLine(previous),
    now.lastKnown ? headLine(now.lastKnown) : '-',
    now.key?.text,
  ];
  return lines.join('\n') === note.lines.join('\n')
    ? undefined
    : 'its signed note says something else than the entry';
}

const headLine = ({ epoch, entries, head }: LastSeen) => `${epoch} ${entries} ${head}`;

/** What was known of an epoch when the next was begun from an older copy. */
function lostBetween(epochs: readonly EpochSoFar[]): readonly LostEntries[] {
  return epochs.flatMap(({ previous, lastKnown }) => {
    if (!previous || lastKnown?.epoch !== previous.epoch) return [];
    const [from, through] = [previous.entries + 1, lastKnown.entries];
    return from > through ? [] : [{ epoch: previous.epoch, from, through }];
  });
}

function checkEntry(
  event: Event,
  at: { now: EpochSoFar; hash: string; stored: string | undefined },
): void {
  const { now, hash, stored } = at;
  const sequence = now.count + 1;
  const wrong = (fault: JournalFault, detail: string) =>
    new Wrong({ epoch: now.epoch, sequence }, fault, detail);
  if (stored !== undefined && stored !== hash)
    throw wrong('hash-mismatch', `the entry's bytes give ${hash}, stored is ${stored}`);
  for (const name of ['specversion', 'type', 'source', 'id', 'time', 'recordedtime', 'bootid']) {
    if (typeof event[name] !== 'string')
      throw wrong('not-cloudevents', `attribute ${name} is missing`);
  }
  if (event['sequence'] !== String(sequence).padStart(16, '0'))
    throw wrong('wrong-sequence', `the entry calls itself ${event['sequence']}`);
  if (event['epoch'] !== now.epoch)
    throw wrong('wrong-epoch', `the entry belongs to epoch ${event['epoch']}`);
  if (event['prevhash'] !== now.head)
    throw wrong(
      'broken-link',
      `the entry names ${event['prevhash']} before it, found is ${now.head}`,
    );
}

/** The note, if the key of this place in the log has signed it. */
function signedBy(now: EpochSoFar, value: unknown, sequence: number): SignedNote {
  const wrong = (fault: JournalFault, detail: string) =>
    new Wrong({ epoch: now.epoch, sequence }, fault, detail);
  const note = parseNote(value);
  if (!note) throw wrong('bad-signature', 'the entry has no signed note');
  if (!now.key && now.reason === 'part')
    throw wrong('bad-signature', 'a part of a log names no key: give it with --key');
  if (!now.key || note.name !== now.key.name || note.lines[0] !== note.name)
    throw wrong('bad-signature', `no key was announced for ${note.name}`);
  if (note.keyId !== now.key.id) {
    const replacedBy = now.retired.get(note.keyId);
    throw replacedBy === undefined
      ? wrong('unannounced-key', `no entry announces the key ${note.keyId}`)
      : wrong('bad-signature', `entry ${replacedBy} put another key in place of ${note.keyId}`);
  }
  if (!isNoteOf(note, now.key)) throw wrong('bad-signature', 'the signature does not fit the note');
  return note;
}

function checkCheckpoint(data: Event, now: EpochSoFar): void {
  const sequence = now.count + 1;
  const note = signedBy(now, data['note'], sequence);
  const place = { epoch: now.epoch, sequence };
  const told = checkpointOf(note);
  if (!told) throw new Wrong(place, 'bad-signature', 'the signed note is no checkpoint');
  const [size, root] = [now.tree.size, now.tree.root().toString('base64')];
  if (told.size !== size || told.root !== root)
    throw new Wrong(
      place,
      'wrong-root',
      `the checkpoint says ${told.size} entries with root ${told.root}; the log gives ${size} with ${root}`,
    );
  now.checkpoints += 1;
}

function rotate(data: Event, now: EpochSoFar): void {
  const sequence = now.count + 1;
  const wrong = (detail: string) =>
    new Wrong({ epoch: now.epoch, sequence }, 'forged-rotation', detail);
  if (!now.key) throw wrong('no key was announced that could be replaced');
  const next = rotatedKey(data, { key: now.key, sequence });
  if (typeof next === 'string') throw wrong(next);
  now.retired.set(now.key.id, sequence);
  now.retired.delete(next.id);
  now.key = next;
}
