/** The centre's own record: the bytes as they came, and for every gate how far they are complete. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

/** Where an entry belongs: gate and epoch. */
export interface StreamKey {
  readonly site: string;
  readonly gate: string;
  readonly epoch: string;
}

export interface ReceivedEntry extends StreamKey {
  readonly sequence: number;
  readonly hash: string;
  readonly previousHash: string;
  readonly entry: string;
}

export type Storing = 'stored' | 'duplicate' | 'fork';

export interface CentreStore {
  inTransaction(work: () => void): void;
  put(entry: ReceivedEntry): Storing;
  /** Complete from the first entry up to here; 0 for nothing. */
  completeThrough(key: StreamKey): { readonly through: number; readonly head: string };
  /** Highest sequence that has come. */
  highest(key: StreamKey): number;
  /** An entry that has come, complete or not. */
  at(key: StreamKey, sequence: number): ReceivedEntry | undefined;
  setComplete(key: StreamKey, through: number, head: string): void;
  alarm(kind: string, key: Partial<StreamKey>, detail: string): void;
  reject(topic: string, payload: Uint8Array, reason: string): void;
  alarms(): readonly { readonly kind: string; readonly detail: string }[];
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS entry (
    site TEXT NOT NULL, gate TEXT NOT NULL, epoch TEXT NOT NULL, sequence INTEGER NOT NULL,
    hash TEXT NOT NULL, prevhash TEXT NOT NULL, entry TEXT NOT NULL,
    PRIMARY KEY (site, gate, epoch, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS complete (
    site TEXT NOT NULL, gate TEXT NOT NULL, epoch TEXT NOT NULL, through INTEGER NOT NULL, head TEXT NOT NULL,
    PRIMARY KEY (site, gate, epoch)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS alarm (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, site TEXT, gate TEXT, epoch TEXT, detail TEXT NOT NULL, at INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS rejected (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL
  );
`;

export function openCentreStore(file: string): CentreStore {
  mkdirSync(dirname(file), { recursive: true });
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  // What is acknowledged must survive a power cut: a setting that did not take is no store.
  if (db.pragma('synchronous', { simple: true }) !== 2) {
    throw new Error(`${file} does not keep synchronous=FULL`);
  }
  db.exec(schema);
  return new SqliteCentreStore(db);
}

class SqliteCentreStore implements CentreStore {
  readonly #db: Database.Database;
  readonly #put;
  readonly #at;
  readonly #complete;
  readonly #setComplete;
  readonly #highest;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#put = db.prepare(
      'INSERT INTO entry (site, gate, epoch, sequence, hash, prevhash, entry) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#at = db.prepare<
      [string, string, string, number],
      { hash: string; previousHash: string; entry: string }
    >(
      'SELECT hash, prevhash AS previousHash, entry FROM entry WHERE site = ? AND gate = ? AND epoch = ? AND sequence = ?',
    );
    this.#complete = db.prepare<[string, string, string], { through: number; head: string }>(
      'SELECT through, head FROM complete WHERE site = ? AND gate = ? AND epoch = ?',
    );
    this.#setComplete = db.prepare(
      `INSERT INTO complete (site, gate, epoch, through, head) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (site, gate, epoch) DO UPDATE SET through = excluded.through, head = excluded.head`,
    );
    this.#highest = db
      .prepare<[string, string, string], number | null>(
        'SELECT max(sequence) FROM entry WHERE site = ? AND gate = ? AND epoch = ?',
      )
      .pluck();
  }

  inTransaction(work: () => void): void {
    this.#db.transaction(work).immediate();
  }

  put(e: ReceivedEntry): Storing {
    const { changes } = this.#put.run(
      e.site,
      e.gate,
      e.epoch,
      e.sequence,
      e.hash,
      e.previousHash,
      e.entry,
    );
    if (changes === 1) return 'stored';
    return this.at(e, e.sequence)?.hash === e.hash ? 'duplicate' : 'fork';
  }

  completeThrough({ site, gate, epoch }: StreamKey) {
    return this.#complete.get(site, gate, epoch) ?? { through: 0, head: '0'.repeat(64) };
  }

  highest({ site, gate, epoch }: StreamKey): number {
    return this.#highest.get(site, gate, epoch) ?? 0;
  }

  at({ site, gate, epoch }: StreamKey, sequence: number): ReceivedEntry | undefined {
    const row = this.#at.get(site, gate, epoch, sequence);
    return row && { site, gate, epoch, sequence, ...row };
  }

  setComplete({ site, gate, epoch }: StreamKey, through: number, head: string): void {
    this.#setComplete.run(site, gate, epoch, through, head);
  }

  alarm(kind: string, key: Partial<StreamKey>, detail: string): void {
    const { site = null, gate = null, epoch = null } = key;
    this.#db
      .prepare('INSERT INTO alarm (kind, site, gate, epoch, detail, at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(kind, site, gate, epoch, detail, Date.now());
  }

  reject(topic: string, payload: Uint8Array, reason: string): void {
    this.#db
      .prepare('INSERT INTO rejected (topic, payload, reason, at) VALUES (?, ?, ?, ?)')
      .run(topic, payload, reason, Date.now());
  }

  alarms() {
    return this.#db
      .prepare<[], { kind: string; detail: string }>('SELECT kind, detail FROM alarm ORDER BY id')
      .all();
  }

  close(): void {
    this.#db.close();
  }
}
