/**
 * What somebody with the file can do to it, from a careless edit to one that makes every hash right again. Each says
 * where a verifier has to find it: the first place at which what is left contradicts itself, or what was seen before.
 */
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { checkpointOrigin, checkpointText, signedNote } from '../../src/core/journal/checkpoint.ts';
import { epochNote, pruneNote, rotationData } from '../../src/core/journal/statements.ts';
import type { SeededRandom } from '../../src/simulation/seeded-random.ts';
import { gateId, type KnownEntry, newSigner, siteId, type TemplateLog } from './template-log.ts';

export interface Expected {
  readonly epoch: string;
  readonly sequence: number;
}

export interface Trial {
  readonly log: TemplateLog;
  readonly db: Database.Database;
  readonly random: SeededRandom;
}

export interface Tampering {
  readonly name: string;
  /** Undefined where it cannot be done to this log. */
  apply(trial: Trial): Expected | undefined;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const isKept = ({ prunedBy }: KnownEntry) => prunedBy === null;
const isSigned = ({ type }: KnownEntry) =>
  ['checkpoint.v1', 'key.rotated.v1', 'entries.pruned.v1'].includes(type);

function pick(random: SeededRandom, entries: readonly KnownEntry[]): KnownEntry | undefined {
  return entries.length === 0 ? undefined : entries[random.integer(entries.length)];
}

const placeOf = ({ epoch, sequence }: KnownEntry): Expected => ({ epoch, sequence });

/** The body that a prune entry's group begins with. */
function groupOf({ log }: Trial, prunedBy: number): KnownEntry {
  return log.entries.find((each) => each.prunedBy === prunedBy) as KnownEntry;
}

/** Where a verifier that has seen all of the log finds that its end is another one. */
const atTheEnd = ({ log }: Trial): Expected => ({
  epoch: log.seen.epoch,
  sequence: log.seen.entries,
});

function bodyOf({ db }: Trial, { position }: KnownEntry): string {
  return db
    .prepare<[number], string>('SELECT entry FROM journal WHERE position = ?')
    .pluck()
    .get(position) as string;
}

function write({ db }: Trial, position: number, entry: string): string {
  const hash = sha256(entry);
  db.prepare('UPDATE journal SET entry = ?, hash = ? WHERE position = ?').run(
    entry,
    hash,
    position,
  );
  return hash;
}

/** Another id in it: nothing but the hashes tells of it. */
function edited(trial: Trial, entry: string): string {
  const digits = trial.random.digits(12);
  return entry.replace(/"id":"[0-9a-f-]{36}"/, `"id":"019ab2c0-7a00-7000-9000-${digits}"`);
}

/** The first entry behind this one, in its epoch, at which a signature covers it; else the start of the next epoch. */
function nextSignedOver(trial: Trial, { position, epoch }: KnownEntry): Expected {
  const later = trial.log.entries.filter((each) => each.position > position);
  const checkpoint = later.find((each) => each.epoch === epoch && each.type === 'checkpoint.v1');
  if (checkpoint) return placeOf(checkpoint);
  const start = later.find((each) => each.epoch !== epoch);
  return start ? placeOf(start) : atTheEnd(trial);
}

const edit: Tampering = {
  name: 'an entry is edited',
  apply(trial) {
    const entry = pick(trial.random, trial.log.entries.filter(isKept));
    if (!entry) return undefined;
    const text = bodyOf(trial, entry);
    const at = trial.random.integer(text.length);
    const other = text[at] === '7' ? '8' : '7';
    trial.db
      .prepare('UPDATE journal SET entry = ? WHERE position = ?')
      .run(text.slice(0, at) + other + text.slice(at + 1), entry.position);
    // What is no prune entry any more tells of nothing: then the first body that it told of is the first wrong place.
    const isTold = bodyOf(trial, entry).includes('"type":"cn.kakou.entries.pruned.v1"');
    if (entry.type !== 'entries.pruned.v1' || (isTold && !changesStatement(text, at)))
      return placeOf(entry);
    return placeOf(groupOf(trial, entry.position));
  },
};

/** Whether a place in a prune entry's text is in what it states, or breaks the JSON. */
function changesStatement(text: string, at: number): boolean {
  const broken = text.slice(0, at) + (text[at] === '7' ? '8' : '7') + text.slice(at + 1);
  try {
    const [before, after] = [JSON.parse(text), JSON.parse(broken)].map(({ data }) =>
      JSON.stringify([data?.epoch, data?.ranges, data?.count, data?.digest]),
    );
    return before !== after;
  } catch {
    return true;
  }
}

const editAndHash: Tampering = {
  name: 'an entry is edited and its hash made right',
  apply(trial) {
    const entry = pick(trial.random, trial.log.entries.filter(isKept));
    if (!entry) return undefined;
    write(trial, entry.position, edited(trial, bodyOf(trial, entry)));
    const next = trial.log.entries.find(({ position }) => position === entry.position + 1);
    if (next?.epoch === entry.epoch && isKept(next)) return placeOf(next);
    return nextSignedOver(trial, entry);
  },
};

const rewrite: Tampering = {
  name: 'an entry is edited and every hash and link behind it made right',
  apply(trial) {
    const { log, random } = trial;
    const entry = pick(random, log.entries.filter(isKept));
    if (!entry) return undefined;
    let previous = write(trial, entry.position, edited(trial, bodyOf(trial, entry)));
    for (const next of log.entries) {
      if (next.position <= entry.position || next.epoch !== entry.epoch) continue;
      if (!isKept(next)) break;
      const text = bodyOf(trial, next).replace(
        /"prevhash":"[0-9a-f]{64}"/,
        `"prevhash":"${previous}"`,
      );
      previous = write(trial, next.position, text);
    }
    return nextSignedOver(trial, entry);
  },
};

const remove: Tampering = {
  name: 'an entry is deleted',
  apply(trial) {
    const { log, db, random } = trial;
    const entry = pick(random, log.entries);
    if (!entry) return undefined;
    db.prepare('DELETE FROM journal WHERE position = ?').run(entry.position);
    if (entry.type === 'entries.pruned.v1') return placeOf(groupOf(trial, entry.position));
    if (entry.prunedBy !== null) return placeOf(groupOf(trial, entry.prunedBy));
    const next = log.entries.find(({ position }) => position === entry.position + 1);
    // The last of an epoch is missed by the one that says what it follows.
    return next && next.epoch !== entry.epoch ? placeOf(next) : placeOf(entry);
  },
};

const swap: Tampering = {
  name: 'two entries change places',
  apply(trial) {
    const { log, db, random } = trial;
    const kept = log.entries.filter((each) => isKept(each) && each.type !== 'entries.pruned.v1');
    const [a, b] = [pick(random, kept), pick(random, kept)];
    if (!a || !b || a === b) return undefined;
    const row = db.prepare<[number], { entry: string; hash: string }>(
      'SELECT entry, hash FROM journal WHERE position = ?',
    );
    const put = db.prepare('UPDATE journal SET entry = ?, hash = ? WHERE position = ?');
    const [rowA, rowB] = [row.get(a.position), row.get(b.position)];
    put.run(rowB?.entry, rowB?.hash, a.position);
    put.run(rowA?.entry, rowA?.hash, b.position);
    return placeOf(a.position < b.position ? a : b);
  },
};

/** What is behind this is gone: which of it is missed first. */
function missedBehind({ log }: Trial, last: KnownEntry): Expected {
  const lost = log.entries.filter(({ position }) => position > last.position);
  const told = new Set(lost.map(({ position }) => position));
  const body = log.entries.find((each) => each.prunedBy !== null && told.has(each.prunedBy));
  if (body && body.position <= last.position) return placeOf(body);
  if (last.epoch === log.seen.epoch) return { epoch: last.epoch, sequence: last.sequence + 1 };
  return { epoch: log.seen.epoch, sequence: 1 };
}

const truncate: Tampering = {
  name: 'the end is cut off',
  apply(trial) {
    const last = pick(trial.random, trial.log.entries.slice(0, -1));
    if (!last) return undefined;
    trial.db.prepare('DELETE FROM journal WHERE position > ?').run(last.position);
    return missedBehind(trial, last);
  },
};

const bare: Tampering = {
  name: 'a body is removed without an entry',
  apply(trial) {
    const entry = pick(trial.random, trial.log.entries.filter(isKept));
    if (!entry) return undefined;
    trial.db.prepare("UPDATE journal SET entry = '' WHERE position = ?").run(entry.position);
    if (entry.type !== 'entries.pruned.v1') return placeOf(entry);
    return placeOf(groupOf(trial, entry.position));
  },
};

const underAnother: Tampering = {
  name: 'a body is removed and put under a prune entry that tells of others',
  apply(trial) {
    const { log, random, db } = trial;
    const by = pick(
      random,
      log.entries.filter(({ type }) => type === 'entries.pruned.v1'),
    );
    const entry = pick(
      random,
      log.entries.filter((each) => isKept(each) && each !== by),
    );
    if (!by || !entry) return undefined;
    takeBody(trial, entry, by.position);
    void db;
    const first = groupOf(trial, by.position);
    return placeOf(first.position < entry.position ? first : entry);
  },
};

function takeBody(trial: Trial, entry: KnownEntry, by: number): string {
  const text = bodyOf(trial, entry);
  const leaf = createHash('sha256').update('\x00').update(text).digest('hex');
  trial.db
    .prepare('INSERT INTO pruned_entry (position, leaf, pruned_by) VALUES (?, ?, ?)')
    .run(entry.position, leaf, by);
  trial.db.prepare("UPDATE journal SET entry = '' WHERE position = ?").run(entry.position);
  return leaf;
}

const leftover: Tampering = {
  name: 'what is left of a pruned entry is changed',
  apply(trial) {
    const { log, db, random } = trial;
    const entry = pick(
      random,
      log.entries.filter((each) => !isKept(each)),
    );
    if (!entry || entry.prunedBy === null) return undefined;
    const other = sha256(random.digits(20));
    if (random.integer(2) === 0)
      db.prepare('UPDATE journal SET hash = ? WHERE position = ?').run(other, entry.position);
    else
      db.prepare('UPDATE pruned_entry SET leaf = ? WHERE position = ?').run(other, entry.position);
    return placeOf(groupOf(trial, entry.prunedBy));
  },
};

const putBack: Tampering = {
  name: 'another body is put in the place of a pruned one',
  apply(trial) {
    const { log, db, random } = trial;
    const entry = pick(
      random,
      log.entries.filter((each) => !isKept(each)),
    );
    const like = pick(
      random,
      log.entries.filter(({ type }) => type === 'alarm.raised.v1'),
    );
    if (!entry || !like || entry.prunedBy === null) return undefined;
    const text = bodyOf(trial, like)
      .replace(/"sequence":"\d{16}"/, `"sequence":"${String(entry.sequence).padStart(16, '0')}"`)
      .replace(/"epoch":"[0-9a-f]{32}"/, `"epoch":"${entry.epoch}"`);
    db.prepare('UPDATE journal SET entry = ? WHERE position = ?').run(text, entry.position);
    // Of the others that went with it fewer are gone than is told.
    const first = log.entries.find(
      (each) => each.prunedBy === entry.prunedBy && each.position !== entry.position,
    );
    return placeOf(first && first.position < entry.position ? first : entry);
  },
};

/** Writes an entry behind the last, as the daemon would, and says where it is. */
function append(
  trial: Trial,
  type: string,
  data: (at: { sequence: number; origin: string }) => object,
): Expected & { readonly position: number } {
  const { db } = trial;
  const last = db
    .prepare<
      [],
      { position: number; epoch: string; sequence: number; entry: string; hash: string }
    >('SELECT position, epoch, sequence, entry, hash FROM journal ORDER BY position DESC LIMIT 1')
    .get();
  if (!last) throw new Error('the log is empty');
  const { epoch } = last;
  const sequence = last.sequence + 1;
  const position = last.position + 1;
  const origin = checkpointOrigin(siteId, gateId, epoch);
  const entry = JSON.stringify({
    ...JSON.parse(last.entry),
    type: `cn.kakou.${type}`,
    sequence: String(sequence).padStart(16, '0'),
    prevhash: last.hash,
    data: data({ sequence, origin }),
  });
  db.prepare(
    'INSERT INTO journal (position, epoch, sequence, entry, hash) VALUES (?, ?, ?, ?, ?)',
  ).run(position, epoch, sequence, entry, sha256(entry));
  return { epoch, sequence, position };
}

const forgedPrune: Tampering = {
  name: 'a body is removed under a prune entry of another hand',
  apply(trial) {
    const { log, random } = trial;
    const entry = pick(
      random,
      log.entries.filter((each) => isKept(each) && !isSigned(each) && each.sequence > 1),
    );
    if (!entry) return undefined;
    const by = (log.entries.at(-1)?.position ?? 0) + 1;
    const { hash } = trial.db
      .prepare<[number], { hash: string }>('SELECT hash FROM journal WHERE position = ?')
      .get(entry.position) as { hash: string };
    const leaf = takeBody(trial, entry, by);
    const digest = createHash('sha256')
      .update(Buffer.from(hash + leaf, 'hex'))
      .digest('base64');
    const { epoch, sequence: own } = entry;
    const statement = { epoch, ranges: `${own}-${own}`, count: 1, digest };
    const stranger = newSigner();
    // He may sign with a key of his own, or claim to have the gate's.
    const signer =
      random.integer(2) === 0 ? stranger : { ...log.signer, sign: stranger.sign.bind(stranger) };
    const { epoch: inEpoch, sequence } = append(trial, 'entries.pruned.v1', (at) => ({
      ...statement,
      note: pruneNote(statement, { ...at, signer }, base64),
    }));
    return { epoch: inEpoch, sequence };
  },
};

const forgedRotation: Tampering = {
  name: 'a key of another hand is announced, and signs',
  apply(trial) {
    const { log, random } = trial;
    const [stranger, helper] = [newSigner(), newSigner()];
    const from = [stranger, helper, { ...log.signer, sign: stranger.sign.bind(stranger) }];
    const { epoch, sequence } = append(trial, 'key.rotated.v1', (at) =>
      rotationData({ ...at, from: from[random.integer(3)] ?? stranger, to: stranger }, base64),
    );
    append(trial, 'checkpoint.v1', (at) => ({ note: checkpointBy(stranger, at) }));
    return { epoch, sequence };
  },
};

function checkpointBy(
  signer: ReturnType<typeof newSigner>,
  { sequence, origin }: { sequence: number; origin: string },
): string {
  const root = createHash('sha256').update(origin).digest();
  return signedNote(
    checkpointText({ origin, size: sequence - 1, root }, base64),
    origin,
    signer,
    base64,
  );
}

const unannouncedKey: Tampering = {
  name: 'a key that no entry announces signs',
  apply(trial) {
    const signer = newSigner();
    const { epoch, sequence } = append(trial, 'checkpoint.v1', (at) => ({
      note: checkpointBy(signer, at),
    }));
    return { epoch, sequence };
  },
};

const forgedEpoch: Tampering = {
  name: 'an epoch is begun by another hand',
  apply(trial) {
    const { log, db, random } = trial;
    const stranger = newSigner();
    const epoch = createHash('md5').update(random.digits(20)).digest('hex');
    const origin = checkpointOrigin(siteId, gateId, epoch);
    const verifierKey = stranger.verifierKey(origin);
    const name = checkpointOrigin(siteId, gateId, log.seen.epoch);
    const previous = log.seen;
    const last = log.entries.at(-1) as KnownEntry;
    const note = epochNote({ origin, verifierKey, previous }, { name, signer: stranger }, base64);
    const data = [
      { reason: 'created', verifierKey },
      { reason: 'restored', verifierKey, previous },
      { reason: 'restored', verifierKey, previous, note },
      { reason: 'restored', verifierKey, previous: { ...previous, entries: 3 }, note },
    ][random.integer(4)];
    const entry = JSON.stringify({
      ...JSON.parse(bodyOf(trial, last)),
      type: 'cn.kakou.epoch.started.v1',
      epoch,
      sequence: '0000000000000001',
      prevhash: '0'.repeat(64),
      data,
    });
    db.prepare('INSERT INTO epoch (epoch, position_before_first) VALUES (?, ?)').run(
      epoch,
      last.position,
    );
    if (random.integer(5) > 0)
      db.prepare(
        'INSERT INTO journal (position, epoch, sequence, entry, hash) VALUES (?, ?, 1, ?, ?)',
      ).run(last.position + 1, epoch, entry, sha256(entry));
    return { epoch, sequence: 1 };
  },
};

export const tamperings: readonly Tampering[] = [
  edit,
  editAndHash,
  rewrite,
  remove,
  swap,
  truncate,
  bare,
  underAnother,
  leftover,
  putBack,
  forgedPrune,
  forgedRotation,
  unannouncedKey,
  forgedEpoch,
];
