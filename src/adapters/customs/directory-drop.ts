/**
 * A directory into which the customs platform's files are dropped. A file is taken when its watermark stands
 * at its end; one that stops growing without it is set aside with the reason. Nothing is ever deleted.
 */
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EntitledSource,
  type FeedSink,
  type IngestReport,
  ingestFile,
  isWhole,
} from './ingest-file.ts';

export type FeedReport =
  | { readonly kind: 'ingested'; readonly report: IngestReport }
  | {
      readonly kind: 'rejected';
      readonly file: string;
      readonly code: string;
      readonly reason: string;
    };

export interface DirectoryDropOptions {
  readonly directory: string;
  readonly sources: readonly EntitledSource[];
  readonly sink: FeedSink;
  /** How long a file without its end may stand still before it is set aside, ms. */
  readonly incompleteAfterMs: number;
  readonly now: () => number;
  readonly onReport: (report: FeedReport) => void;
}

export class DirectoryDrop {
  readonly #options: DirectoryDropOptions;
  readonly #growing = new Map<string, { size: number; sinceMs: number }>();
  #scanning: Promise<void> | undefined;

  constructor(options: DirectoryDropOptions) {
    this.#options = options;
    for (const folder of ['', 'applied', 'rejected', 'requests']) {
      mkdirSync(join(options.directory, folder), { recursive: true });
    }
  }

  /** Takes every file that is whole, in the order of their names. Calls that overlap share one scan. */
  scan(): Promise<void> {
    this.#scanning ??= this.#scan().finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  async #scan(): Promise<void> {
    const names = readdirSync(this.#options.directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .filter((name) => name.endsWith('.ndjson') && !name.startsWith('.'))
      .sort();
    for (const name of this.#growing.keys()) if (!names.includes(name)) this.#growing.delete(name);
    const failures: unknown[] = [];
    for (const name of names) {
      // One file that cannot be read must not hold the others up.
      await this.#take(name).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #take(file: string): Promise<void> {
    const { directory, sources, sink, now, onReport } = this.#options;
    const path = join(directory, file);
    if (!isWhole(path)) return this.#wait(file, path);
    this.#growing.delete(file);
    const result = await ingestFile({ path, file, sources, sink, now });
    if (result.kind === 'rejected') return this.#reject(file, result.code, result.reason);
    this.#move(file, 'applied');
    this.#requestMissing(result.report);
    onReport({ kind: 'ingested', report: result.report });
  }

  #wait(file: string, path: string): void {
    const { now, incompleteAfterMs } = this.#options;
    const { size } = statSync(path);
    const seen = this.#growing.get(file);
    if (!seen || seen.size !== size) {
      this.#growing.set(file, { size, sinceMs: now() });
    } else if (now() - seen.sinceMs >= incompleteAfterMs) {
      this.#growing.delete(file);
      this.#reject(file, 'feed-file-incomplete', 'the file stopped growing before its watermark');
    }
  }

  #reject(file: string, code: string, reason: string): void {
    const { directory, onReport } = this.#options;
    writeFileSync(
      join(directory, 'rejected', `${file}.reason.json`),
      `${JSON.stringify({ code, reason })}\n`,
    );
    this.#move(file, 'rejected');
    onReport({ kind: 'rejected', file, code, reason });
  }

  #move(file: string, folder: 'applied' | 'rejected'): void {
    const { directory } = this.#options;
    renameSync(join(directory, file), join(directory, folder, file));
  }

  /** Asks the platform again for what is missing, once for each hole. */
  #requestMissing({ source, gaps }: IngestReport): void {
    for (const { first, last } of gaps) {
      const request = { source, from: first, through: last };
      const path = join(this.#options.directory, 'requests', `${source}-${first}-${last}.json`);
      writeFileSync(path, `${JSON.stringify(request)}\n`);
    }
  }
}
