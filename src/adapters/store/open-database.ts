/**
 * Opens a writing connection so that what it commits survives a power cut, and proves it: a reopened WAL
 * file comes up with `synchronous=NORMAL` under better-sqlite3, so FULL is set and read back every time.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { storeFaults } from '../../core/fault-codes.ts';

export type SqliteDatabase = Database.Database;

/** Before this, two connections that write and checkpoint at once can corrupt a WAL file. */
const sqliteVersionMin = '3.51.3';

export type StoreFaultCode = Extract<keyof typeof storeFaults, `store-${string}`>;

/** Why a database cannot be used, with what to do about it. */
export class StoreError extends Error {
  readonly code: StoreFaultCode;
  readonly hint: string;

  constructor(code: StoreFaultCode, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreError';
    this.code = code;
    this.hint = hint;
  }
}

/** One step of a schema: statements, or what no statement can say alone. */
export type Migration = string | ((db: SqliteDatabase) => void);

export interface OpenOptions {
  readonly file: string;
  /** Marks whose file it is, so that one database is never taken for another. */
  readonly applicationId: number;
  /** Forward steps; the number of steps done is the file's `user_version`. */
  readonly migrations: readonly Migration[];
}

export function openForWriting(options: OpenOptions): SqliteDatabase {
  try {
    mkdirSync(dirname(options.file), { recursive: true });
    const db = new Database(options.file, { timeout: 2_000 });
    try {
      prepare(db, options);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  } catch (error) {
    throw explained(error, options.file);
  }
}

export function openForReading(file: string): SqliteDatabase {
  if (!existsSync(file)) {
    throw new StoreError(
      'store-io',
      `${file} does not exist`,
      'start the daemon once, or correct the path',
    );
  }
  try {
    const db = new Database(file, { readonly: true, timeout: 2_000 });
    db.pragma('trusted_schema = OFF');
    return db;
  } catch (error) {
    throw explained(error, file);
  }
}

/**
 * Reads a database beside the daemon that writes it. What cannot be read, for want of a table perhaps, is told as a
 * `StoreError` like what cannot be opened.
 */
export function readBeside<T>(file: string, read: (db: SqliteDatabase) => T): T {
  const db = openForReading(file);
  try {
    return read(db);
  } catch (error) {
    throw unreadable(error, file);
  } finally {
    db.close();
  }
}

/** An older daemon has fewer tables, a newer one others. */
export function unreadable(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const hint = 'read it with the kakou that wrote it, once that has been started';
  return new StoreError('store-io', `${file}: ${(error as Error).message}`, hint, error);
}

function prepare(db: SqliteDatabase, options: OpenOptions): void {
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get());
  if (isOlder(version, sqliteVersionMin)) {
    throw new StoreError(
      'store-sqlite-old',
      `SQLite ${version} is too old`,
      `use a build with SQLite ${sqliteVersionMin} or later`,
    );
  }
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('journal_size_limit = 16777216');
  if (
    db.pragma('synchronous', { simple: true }) !== 2 ||
    db.pragma('journal_mode', { simple: true }) !== 'wal'
  ) {
    throw new StoreError(
      'store-io',
      `${options.file} does not keep WAL with synchronous=FULL`,
      'put the data directory on a local file system',
    );
  }
  const check = db.pragma('quick_check(1)', { simple: true });
  if (check !== 'ok') {
    throw new StoreError(
      'store-corrupt',
      `${options.file} is damaged: ${check}`,
      'restore the last backup; the restored ledger begins a new epoch',
    );
  }
  migrate(db, options);
}

function migrate(db: SqliteDatabase, { file, applicationId, migrations }: OpenOptions): void {
  const owner = Number(db.pragma('application_id', { simple: true }));
  const done = Number(db.pragma('user_version', { simple: true }));
  if (owner !== 0 && owner !== applicationId) {
    throw new StoreError(
      'store-foreign',
      `${file} belongs to another program`,
      'correct the data directory in the configuration',
    );
  }
  if (done > migrations.length) {
    throw new StoreError(
      'store-newer',
      `${file} was written by a newer version (schema ${done}, known ${migrations.length})`,
      'install that version, or restore the backup taken before the upgrade',
    );
  }
  migrations.slice(done).forEach((step, index) => {
    db.transaction(() => {
      if (typeof step === 'string') db.exec(step);
      else step(db);
      db.pragma(`application_id = ${applicationId}`);
      db.pragma(`user_version = ${done + index + 1}`);
    }).immediate();
  });
}

function isOlder(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((v) => v.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The SQLite code of an error, or the empty text. */
export function sqliteCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

function explained(error: unknown, file: string): Error {
  if (error instanceof StoreError) return error;
  const code = sqliteCode(error);
  const text = error instanceof Error ? error.message : String(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new StoreError(
      'store-full',
      `${file}: the disk is full`,
      'free space on the data disk',
      error,
    );
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return new StoreError(
      'store-corrupt',
      `${file} is damaged: ${text}`,
      'restore the last backup',
      error,
    );
  }
  if (
    ['SQLITE_READONLY', 'SQLITE_CANTOPEN', 'EACCES', 'EROFS', 'EPERM'].some((c) =>
      code.startsWith(c),
    )
  ) {
    return new StoreError(
      'store-readonly',
      `${file} cannot be written: ${text}`,
      "give the daemon's user write access to the data directory",
      error,
    );
  }
  return new StoreError('store-io', `${file}: ${text}`, 'check the data disk', error);
}
