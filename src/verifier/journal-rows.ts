/**
 * Reads a log as it lies there, from a ledger or from an NDJSON export, one row at a time: a log of millions of entries
 * is never in memory. What is told beside an entry is told as it stands; whether it is right is judged elsewhere.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import Database from 'better-sqlite3';
import { nowhere, Wrong } from './journal-fault.ts';

export type Row =
  | {
      readonly kind: 'entry';
      readonly epoch: string;
      readonly sequence: number;
      readonly bytes: Buffer;
      /** As stored beside the entry; absent in an export. */
      readonly hash?: string;
    }
  /** A body that is gone, with what was left of it. */
  | {
      readonly kind: 'pruned';
      readonly epoch: string;
      readonly sequence: number;
      readonly hash: string;
      /** Absent where nothing but the empty body is there. */
      readonly leaf?: string;
      /** The entry that is said to tell of it, as `<epoch>/<sequence>`. */
      readonly by?: string;
    }
  /** First line of an export that begins in the middle. */
  | {
      readonly kind: 'part';
      readonly epoch: string;
      readonly from: number;
      readonly previous: string;
      readonly roots: readonly string[];
    }
  /** A line of an export that is no JSON object, by its number. */
  | { readonly kind: 'broken'; readonly line: number };

export interface OpenJournal {
  /** Rows in their order; each call begins anew, and all of them see the same log, whatever is written meanwhile. */
  rows(): Iterable<Row>;
  close(): void;
}

export function openJournal(file: string): OpenJournal {
  if (!existsSync(file)) throw new Wrong(nowhere, 'unreadable', `${file} does not exist`);
  try {
    if (beginning(file) !== 'SQLite format 3')
      return { rows: () => exportRows(file), close: () => undefined };
    const db = new Database(file, { readonly: true });
    return {
      rows: () => ledgerRows(db, file),
      close: () => void db.close(),
    };
  } catch (error) {
    throw new Wrong(nowhere, 'unreadable', `${file}: ${(error as Error).message}`);
  }
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

interface LedgerRow {
  readonly sequence: number;
  readonly epoch: string;
  readonly bytes: Buffer;
  readonly hash: string;
  readonly leaf: string | null;
  readonly byEpoch: string | null;
  readonly bySequence: number | null;
}

function* ledgerRows(db: Database.Database, file: string): Iterable<Row> {
  try {
    if (!db.inTransaction) db.exec('BEGIN');
    const hasPruned = db
      .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'pruned_entry'")
      .get();
    const pruned = hasPruned
      ? `p.leaf, b.epoch AS byEpoch, b.sequence AS bySequence FROM journal j
         LEFT JOIN pruned_entry p ON p.position = j.position LEFT JOIN journal b ON b.position = p.pruned_by`
      : 'NULL AS leaf, NULL AS byEpoch, NULL AS bySequence FROM journal j';
    yield* map(
      db
        .prepare<[], LedgerRow>(
          `SELECT j.sequence, j.epoch, CAST(j.entry AS BLOB) AS bytes, j.hash, ${pruned} ORDER BY j.position`,
        )
        .iterate(),
      ledgerRow,
    );
    refuseEmptyEpoch(db);
  } catch (error) {
    if (error instanceof Wrong) throw error;
    throw new Wrong(
      nowhere,
      'unreadable',
      `${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function* map(rows: Iterable<LedgerRow>, of: (row: LedgerRow) => Row): Iterable<Row> {
  for (const row of rows) yield of(row);
}

function ledgerRow(row: LedgerRow): Row {
  const { sequence, epoch, bytes, hash, leaf, byEpoch, bySequence } = row;
  if (bytes.length > 0) return { kind: 'entry', epoch, sequence, bytes, hash };
  const isTold = byEpoch !== null && bySequence !== null;
  return {
    kind: 'pruned',
    epoch,
    sequence,
    hash,
    ...(leaf !== null && { leaf }),
    ...(isTold && { by: `${byEpoch}/${bySequence}` }),
  };
}

/** The daemon goes on in the newest epoch of this table: one of which the log has no entry was put in by hand. */
function refuseEmptyEpoch(db: Database.Database): void {
  const newest = db
    .prepare<[], { epoch: string; entries: number }>(
      `SELECT epoch, EXISTS (SELECT 1 FROM journal j WHERE j.position > position_before_first) AS entries
       FROM epoch ORDER BY number DESC LIMIT 1`,
    )
    .get();
  if (newest && newest.entries === 0) {
    const place = { epoch: newest.epoch, sequence: 1 };
    throw new Wrong(place, 'unexplained-epoch', `epoch ${newest.epoch} has no entries`);
  }
}

const chunkBytes = 1_048_576;
const newLine = 10;

/** Lines without their end; the last one may have none. */
function* linesOf(file: string): Iterable<Buffer> {
  const handle = openSync(file, 'r');
  try {
    let kept: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes);
      const length = readSync(handle, chunk, 0, chunkBytes, null);
      if (length === 0) break;
      let rest: Buffer = Buffer.concat([kept, chunk.subarray(0, length)]);
      for (let end = rest.indexOf(newLine); end >= 0; end = rest.indexOf(newLine)) {
        yield rest.subarray(0, end);
        rest = rest.subarray(end + 1);
      }
      kept = rest;
      if (kept.length > chunkBytes) break;
    }
    if (kept.length > 0) yield kept;
  } finally {
    closeSync(handle);
  }
}

function* exportRows(file: string): Iterable<Row> {
  let number = 0;
  for (const bytes of linesOf(file)) {
    if (bytes.length === 0) continue;
    number += 1;
    const event = objectIn(bytes);
    if (!event) yield { kind: 'broken', line: number };
    else yield special(event) ?? entryOf(event, bytes);
  }
}

/** A line that is no entry: of a body that is gone, or where a part begins. */
function special(line: Readonly<Record<string, unknown>>): Row | undefined {
  const epoch = String(line['epoch']);
  if (line['kakouPruned'] === 1) {
    const { hash, leaf, by } = line;
    return {
      kind: 'pruned',
      epoch,
      sequence: Number(line['sequence']),
      hash: String(hash),
      ...(typeof leaf === 'string' && { leaf }),
      ...(typeof by === 'string' && { by }),
    };
  }
  if (line['kakouPart'] !== 1) return undefined;
  const roots = Array.isArray(line['roots']) ? line['roots'].map(String) : [];
  const { from, previous } = line;
  return { kind: 'part', epoch, from: Number(from), previous: String(previous), roots };
}

function entryOf(event: Readonly<Record<string, unknown>>, bytes: Buffer): Row {
  const { epoch, sequence } = event;
  return { kind: 'entry', epoch: String(epoch), sequence: Number(sequence), bytes };
}

export function objectIn(bytes: Buffer | string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
