/**
 * A directory into which the customs platform's files are dropped. A file is taken when its watermark stands
 * at its end; what cannot be taken is set aside with the reason. Nothing is ever deleted or overwritten, and no
 * file holds up another.
 */
import {
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveName } from './archive-name.ts';
import { fileEnd } from './file-end.ts';
import {
  type EntitledSource,
  type FeedSink,
  type IngestReport,
  ingestFile,
} from './ingest-file.ts';

export type FeedReport =
  | { readonly kind: 'ingested'; readonly report: IngestReport }
  | {
      readonly kind: 'rejected';
      readonly file: string;
      readonly code: string;
      readonly reason: string;
    }
  /** What is tried again by itself; told once as long as it stays the same. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface DirectoryDropOptions {
  readonly directory: string;
  readonly sources: readonly EntitledSource[];
  readonly sink: FeedSink;
  /** How long a file without its end may stand still before it is set aside, ms. */
  readonly incompleteAfterMs: number;
  readonly now: () => number;
  /** Lines in one transaction, if not as many as are usual. */
  readonly batchSize?: number;
  readonly onReport: (report: FeedReport) => void;
}

/** A name in the directory. Its path is bytes: a name in another encoding is a name all the same. */
interface Found {
  readonly name: string;
  readonly path: Buffer;
}

interface Rejection {
  readonly kind: 'rejected';
  readonly code: string;
  readonly reason: string;
}

/** How a file ended that can be laid aside. */
type Outcome = { readonly kind: 'ingested'; readonly report: IngestReport } | Rejection;

/** Not to be followed out of the directory, and not to be waited for. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class DirectoryDrop {
  readonly #options: DirectoryDropOptions;
  readonly #growing = new Map<string, { size: number; sinceMs: number }>();
  /** Files that are done with and could not be moved, by name. */
  readonly #unmoved = new Map<string, { archive: string; stat: Stats; outcome: Outcome }>();
  /** What failed at the last scan, by file; the empty name stands for the directory. */
  #failing = new Map<string, string>();
  #scanning: Promise<boolean> | undefined;
  #isStopping = false;

  constructor(options: DirectoryDropOptions) {
    this.#options = options;
    for (const folder of ['', 'applied', 'rejected', 'requests']) {
      mkdirSync(join(options.directory, folder), { recursive: true });
    }
  }

  /**
   * Takes every file that is whole, in the order of their names. Calls that overlap share one scan. Answers
   * false where the directory or the store failed: then the next try should wait.
   */
  scan(): Promise<boolean> {
    this.#scanning ??= this.#scan().finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  /** Leaves what is not yet taken for the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#scanning;
  }

  async #scan(): Promise<boolean> {
    const before = this.#failing;
    this.#failing = new Map();
    const isWell = await this.#takeAll().catch((error: unknown) => this.#failed('', error));
    for (const [name, reason] of this.#failing) {
      if (before.get(name) !== reason) this.#options.onReport({ kind: 'failed', reason });
    }
    return isWell;
  }

  async #takeAll(): Promise<boolean> {
    const found = this.#found();
    const names = new Set(found.map(({ name }) => name));
    for (const name of this.#growing.keys()) if (!names.has(name)) this.#growing.delete(name);
    for (const name of this.#unmoved.keys()) if (!names.has(name)) this.#unmoved.delete(name);
    let isWell = true;
    for (const file of found) {
      if (this.#isStopping) break;
      isWell = (await this.#takeOne(file)) && isWell;
    }
    return isWell;
  }

  #found(): readonly Found[] {
    const { directory } = this.#options;
    return readdirSync(directory, { encoding: 'buffer' })
      .map((bytes) => ({
        name: bytes.toString('utf8'),
        path: Buffer.concat([Buffer.from(`${directory}/`), bytes]),
      }))
      .filter(({ name }) => name.toLowerCase().endsWith('.ndjson') && !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Takes a file and lays it aside, if it can. Answers false where the store failed. */
  async #takeOne({ name, path }: Found): Promise<boolean> {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return true;
    const known = this.#unmoved.get(name);
    if (known && isSame(known.stat, stat)) return this.#layAside(name, path, known);
    const archive = this.#archiveName(name, stat);
    let outcome: Outcome | undefined;
    try {
      outcome = stat.isFile()
        ? await this.#read({ name, path }, archive)
        : rejected('feed-file-irregular', `it is ${whatIs(stat)} and no file`);
    } catch (error) {
      const cause = causeOf(error);
      if (cause === 'store') return this.#failed(name, error);
      if (cause === 'gone') return true;
      outcome = rejected('feed-file-unreadable', saidBy(error));
    }
    if (!outcome) return true;
    const isChanged = !isSame(stat, lstatSync(path, { throwIfNoEntry: false }));
    if (outcome.kind === 'ingested') this.#ingested(outcome.report);
    // What was changed or put in its place meanwhile has not been read yet.
    if (isChanged) return true;
    if (outcome.kind === 'rejected') {
      const { code, reason } = outcome;
      this.#options.onReport({ kind: 'rejected', file: archive, code, reason });
    }
    return this.#layAside(name, path, { archive, stat, outcome });
  }

  #archiveName(name: string, { mtimeMs }: Stats): string {
    const { directory } = this.#options;
    const folders = ['applied', 'rejected'].map((folder) => join(directory, folder));
    return archiveName({ name, changedAtMs: mtimeMs }, folders);
  }

  /** Answers nothing where the file is to be looked at again. */
  async #read({ name, path }: Found, archive: string): Promise<Outcome | undefined> {
    const { sources, sink, now, batchSize } = this.#options;
    const handle = await open(path, readFlags);
    try {
      const { size } = await handle.stat();
      const end = await fileEnd(handle, size);
      if (end.kind === 'open') return this.#wait(name, size, end.reason);
      this.#growing.delete(name);
      if (end.kind === 'unusable') return rejected('feed-watermark-unreadable', end.reason);
      const { trailer } = end;
      const isStopping = () => this.#isStopping;
      const file = { handle, size, trailer, file: archive };
      const batches = batchSize === undefined ? {} : { batchSize };
      const result = await ingestFile({ ...file, sources, sink, now, isStopping, ...batches });
      if (result.kind === 'interrupted') return undefined;
      return result.kind === 'rejected' ? result : { kind: 'ingested', report: result.report };
    } finally {
      await handle.close();
    }
  }

  #wait(name: string, size: number, reason: string): Rejection | undefined {
    const { now, incompleteAfterMs } = this.#options;
    const seen = this.#growing.get(name);
    if (!seen || seen.size !== size) {
      this.#growing.set(name, { size, sinceMs: now() });
      return undefined;
    }
    if (now() - seen.sinceMs < incompleteAfterMs) return undefined;
    this.#growing.delete(name);
    return rejected('feed-file-incomplete', `the file stopped growing: ${reason}`);
  }

  #ingested(report: IngestReport): void {
    this.#options.onReport({ kind: 'ingested', report });
    try {
      this.#requestMissing(report);
    } catch (error) {
      this.#failed(report.file, error);
    }
  }

  /** A file that cannot be moved is not read again: only the move is tried again. */
  #layAside(
    name: string,
    path: Buffer,
    done: { archive: string; stat: Stats; outcome: Outcome },
  ): true {
    const { archive, outcome } = done;
    const folder = join(
      this.#options.directory,
      outcome.kind === 'ingested' ? 'applied' : 'rejected',
    );
    try {
      if (outcome.kind === 'rejected') {
        const { code, reason } = outcome;
        const text = `${JSON.stringify({ code, reason })}\n`;
        writeFileSync(join(folder, `${archive}.reason.json`), text);
      }
      renameSync(path, join(folder, archive));
      this.#unmoved.delete(name);
    } catch (error) {
      this.#unmoved.set(name, done);
      this.#failed(name, error);
    }
    return true;
  }

  #failed(name: string, error: unknown): false {
    this.#failing.set(name, name === '' ? saidBy(error) : `${name}: ${saidBy(error)}`);
    return false;
  }

  /** Asks the platform again for what is missing. */
  #requestMissing({ source, gaps }: IngestReport): void {
    for (const { first, last } of gaps) {
      const request = { source, from: first, through: last };
      const path = join(this.#options.directory, 'requests', `${source}-${first}-${last}.json`);
      writeFileSync(path, `${JSON.stringify(request)}\n`);
    }
  }
}

function rejected(code: string, reason: string): Rejection {
  return { kind: 'rejected', code, reason };
}

function isSame(before: Stats, after: Stats | undefined): boolean {
  return (
    after !== undefined &&
    before.ino === after.ino &&
    before.size === after.size &&
    before.mtimeMs === after.mtimeMs
  );
}

function whatIs(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder';
  return stat.isSymbolicLink() ? 'a link' : 'a device or a pipe';
}

/** What the file is not to blame for: it is tried again. The rest would fail again and again. */
const passing =
  /^(SQLITE_(?!TOOBIG|MISMATCH|CONSTRAINT|RANGE)|ENOSPC|EROFS|EDQUOT|EMFILE|ENFILE|ENOMEM|EAGAIN)/;

function causeOf(error: unknown): 'gone' | 'store' | 'file' {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === 'ENOENT') return 'gone';
  return passing.test(String(code)) ? 'store' : 'file';
}

function saidBy(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
