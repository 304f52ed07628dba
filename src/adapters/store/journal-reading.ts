/**
 * The log as it lies in a ledger, for whoever takes it out while the daemon goes on writing: one read transaction, so
 * that it is all of one moment, and never more than some hundred entries in memory.
 */
import { openForReading, type SqliteDatabase, unreadable } from './open-database.ts';

/** What was asked for is not there. */
export class JournalRefused extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'JournalRefused';
    this.hint = hint;
  }
}

export interface StoredEntry {
  readonly sequence: number;
  /** The bytes that were hashed; empty where the entry was pruned. */
  readonly bytes: Buffer;
  readonly hash: string;
  /** Of a pruned entry: its leaf hash, hexadecimal, and where the prune entry is. */
  readonly leaf: string | null;
  readonly byEpoch: string | null;
  readonly bySequence: number | null;
}

export interface StoredEpoch {
  readonly epoch: string;
  readonly positionBeforeFirst: number;
  readonly entries: number;
}

/** Entries read at a time; also the leaves of one full subtree, so a power of two. */
export const entriesAtOnce = 256;

export class JournalReading {
  readonly #file: string;
  readonly #db: SqliteDatabase;
  readonly #entries;
  readonly epochs: readonly StoredEpoch[];

  /** Throws a `StoreError` where the log cannot be read. */
  constructor(file: string) {
    this.#file = file;
    this.#db = openForReading(file);
    try {
      this.#db.exec('BEGIN');
      this.epochs = this.#readEpochs();
      this.#entries = this.#db.prepare<[number, number], StoredEntry>(
        `SELECT j.sequence, CAST(j.entry AS BLOB) AS bytes, j.hash, p.leaf, b.epoch AS byEpoch,
           b.sequence AS bySequence FROM journal j
         LEFT JOIN pruned_entry p ON p.position = j.position LEFT JOIN journal b ON b.position = p.pruned_by
         WHERE j.position > ? AND j.position <= ? ORDER BY j.position`,
      );
    } catch (error) {
      this.#db.close();
      throw unreadable(error, file);
    }
  }

  #readEpochs(): readonly StoredEpoch[] {
    const rows = this.#db
      .prepare<[], StoredEpoch>(
        `SELECT epoch, position_before_first AS positionBeforeFirst, coalesce(
           lead(position_before_first) OVER (ORDER BY number), (SELECT max(position) FROM journal), 0
         ) - position_before_first AS entries FROM epoch ORDER BY number`,
      )
      .all();
    if (rows.length > 0) return rows;
    throw new JournalRefused(`${this.#file} has no log`, 'start the daemon once');
  }

  /** The newest where none is named. */
  epoch(name: string | undefined): StoredEpoch {
    const found =
      name === undefined ? this.epochs.at(-1) : this.epochs.find(({ epoch }) => epoch === name);
    if (found) return found;
    const known = this.epochs.map(({ epoch }) => epoch).join(', ');
    throw new JournalRefused(`there is no epoch ${name}`, `one of: ${known}`);
  }

  /** Entries `from` to `through` of an epoch, some hundred at a time. */
  *pages(
    { positionBeforeFirst: before }: StoredEpoch,
    from: number,
    through: number,
  ): Generator<readonly StoredEntry[]> {
    for (let first = from; first <= through; first += entriesAtOnce) {
      const last = Math.min(through, first + entriesAtOnce - 1);
      const page = this.#entries.all(before + first - 1, before + last);
      // The bytes of an entry that is not there cannot be told, and what follows is no log.
      if (page.length !== last - first + 1)
        throw new JournalRefused(
          `entries are missing between ${first} and ${last}`,
          'check the log with `kakou journal verify`',
        );
      yield page;
    }
  }

  entry(epoch: StoredEpoch, sequence: number): StoredEntry {
    if (sequence < 1 || sequence > epoch.entries)
      throw new JournalRefused(
        `there is no entry ${sequence} in epoch ${epoch.epoch}`,
        `its entries are 1 to ${epoch.entries}`,
      );
    const [[entry] = []] = this.pages(epoch, sequence, sequence);
    return entry as StoredEntry;
  }

  close(): void {
    this.#db.close();
  }
}

/** What is told of a pruned entry wherever somebody asks for it. */
export function prunedText({ sequence, bySequence }: StoredEntry): string {
  return `entry ${sequence} was pruned under entry ${bySequence ?? '?'}: its body is gone, its hash is left`;
}
