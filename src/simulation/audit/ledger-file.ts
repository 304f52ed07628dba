/** The gate's ledger as anybody may read it: by SQL, on a connection of its own, which sees what is committed. */
import Database from 'better-sqlite3';

export interface Entry {
  readonly sequence: number;
  readonly hash: string;
  readonly text: string;
  /** Without the prefix that all types share. */
  readonly type: string;
  readonly subject: string;
  readonly recordedAtMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface DecisionFound {
  readonly laneId: string;
  readonly direction: string | null;
  readonly disposition: string;
  readonly commandId: string | null;
  readonly bootId: string | null;
  readonly notAfterMonotonicMs: number | null;
}

interface EntryRow {
  readonly position: number;
  readonly sequence: number;
  readonly hash: string;
  readonly entry: string;
}

export class LedgerFile {
  readonly #db: Database.Database;
  readonly #version;
  readonly #news;
  readonly #decision;
  readonly #acknowledged;
  #seenVersion: number | undefined;
  #position = 0;

  constructor(file: string) {
    const db = new Database(file, { readonly: true });
    this.#db = db;
    this.#version = db.prepare<[], number>('PRAGMA data_version').pluck();
    this.#news = db.prepare<[number], EntryRow>(
      'SELECT position, sequence, hash, entry FROM journal WHERE position > ? ORDER BY position',
    );
    this.#decision = db.prepare<[string], DecisionFound>(
      `SELECT decision.lane_id AS laneId, direction, decision.disposition, command_id AS commandId, boot_id AS bootId,
         not_after_monotonic_ms AS notAfterMonotonicMs
       FROM decision LEFT JOIN passage USING (passage_id) WHERE decision_id = ?`,
    );
    this.#acknowledged = db
      .prepare<[], number | null>('SELECT max(acknowledged_through) FROM delivery')
      .pluck();
  }

  /** Entries that were committed since the last call; undefined where nothing at all was written. */
  news(): readonly Entry[] | undefined {
    const version = this.#version.get();
    if (version === this.#seenVersion) return undefined;
    this.#seenVersion = version;
    const rows = this.#news.all(this.#position);
    this.#position = rows.at(-1)?.position ?? this.#position;
    return rows.map(entryOf);
  }

  decision(decisionId: string): DecisionFound | undefined {
    return this.#decision.get(decisionId);
  }

  acknowledged(): number {
    return this.#acknowledged.get() ?? 0;
  }

  rows<Row>(sql: string): readonly Row[] {
    return this.#db.prepare<[], Row>(sql).all();
  }

  close(): void {
    this.#db.close();
  }
}

function entryOf({ sequence, hash, entry }: EntryRow): Entry {
  const { type, subject, recordedtime, data } = JSON.parse(entry) as {
    readonly type: string;
    readonly subject: string;
    readonly recordedtime: string;
    readonly data: Entry['data'];
  };
  return {
    sequence,
    hash,
    text: entry,
    type: type.replace(/^cn\.kakou\./, ''),
    subject,
    recordedAtMs: Date.parse(recordedtime),
    data,
  };
}
