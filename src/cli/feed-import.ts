/**
 * Drops files into the folder of the feed as a sender does, and waits for what becomes of them. While no daemon runs
 * they are taken here, under the daemon's own lock: the database never has two writers.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { DirectoryDrop, type FeedReport } from '../adapters/customs/directory-drop.ts';
import { feedApplicationId, feedMigrations } from '../adapters/store/feed-schema.ts';
import { FeedWriter } from '../adapters/store/feed-writer.ts';
import { openForWriting, StoreError } from '../adapters/store/open-database.ts';
import {
  type ControlSocket,
  DirectoryInUse,
  listenForControl,
} from '../adapters/system/control-socket.ts';
import type { GateConfig } from '../config/config-schema.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

export interface ImportOptions {
  readonly config: string;
  readonly files: readonly string[];
  /** For each file, s. */
  readonly wait: number;
}

const lookEveryMs = 100;

/** Exit code 1 where a file was not taken, 2 where the configuration cannot be used. */
export async function importFiles({ config: path, files, wait }: ImportOptions): Promise<void> {
  const loaded = await loadOrExplain(path);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { config } = loaded;
  try {
    const lock = await lockOf(config.data.directory);
    try {
      if (lock === 'noSocket') {
        const why = 'the path of data.directory is too long for the lock of the daemon';
        return failed(why, 'shorten it, or put the files into feed.directory');
      }
      const drop = lock === 'daemonRuns' ? undefined : ownDrop(config);
      for (const file of files) await importOne(file, { config, wait, drop });
      drop?.close();
    } finally {
      if (typeof lock === 'object') await lock.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return failed(error.message, error.hint);
    const { message } = error as Error;
    failed(message, 'check the file, feed.directory and data.directory');
  }
}

/** The socket of a running daemon is its lock; without one it is ours until we close it. */
async function lockOf(directory: string): Promise<ControlSocket | 'daemonRuns' | 'noSocket'> {
  try {
    return (await listenForControl(directory)) ?? 'noSocket';
  } catch (error) {
    if (error instanceof DirectoryInUse) return 'daemonRuns';
    throw error;
  }
}

function ownDrop(config: GateConfig): { scan(): Promise<unknown>; close(): void } {
  const { directory, sources, incompleteAfterMs } = config.feed;
  const file = join(config.data.directory, 'feed.db');
  const db = openForWriting({ file, applicationId: feedApplicationId, migrations: feedMigrations });
  const drop = new DirectoryDrop({
    directory,
    sources,
    sink: new FeedWriter(db),
    incompleteAfterMs,
    now: Date.now,
    onReport: (report) => process.stdout.write(`${reportText(report)}\n`),
  });
  return { scan: () => drop.scan(), close: () => db.close() };
}

function reportText(report: FeedReport): string {
  if (report.kind === 'failed') return report.reason;
  if (report.kind === 'rejected') return `${report.file}: ${report.code}: ${report.reason}`;
  const { file, source, mode, applied, duplicates, older, quarantined, gaps } = report.report;
  return (
    `${file}: ${mode} of ${source}, ${applied} applied, ${duplicates} duplicates, ${older} older, ` +
    `${quarantined} in quarantine, ${gaps.length} gaps`
  );
}

async function importOne(
  file: string,
  {
    config,
    wait,
    drop,
  }: {
    readonly config: GateConfig;
    readonly wait: number;
    readonly drop: { scan(): Promise<unknown> } | undefined;
  },
): Promise<void> {
  const { directory } = config.feed;
  const stem = basename(file, extname(file)).slice(0, 60);
  const name = `${stem}.import-${Date.now()}-${process.pid}.ndjson`;
  mkdirSync(directory, { recursive: true });
  copyFileSync(file, join(directory, `.${name}`));
  renameSync(join(directory, `.${name}`), join(directory, name));
  const endMs = Date.now() + wait * 1_000;
  do {
    await drop?.scan();
    if (existsSync(join(directory, 'applied', name))) {
      process.stdout.write(`${file}: taken as ${name}\n`);
      return;
    }
    const why = join(directory, 'rejected', `${name}.reason.json`);
    if (existsSync(why)) {
      const { code, reason } = JSON.parse(readFileSync(why, 'utf8')) as Record<string, string>;
      return failed(`${file}: ${code}: ${reason}`, `it lies in rejected/ as ${name}`);
    }
    await new Promise((done) => setTimeout(done, lookEveryMs));
  } while (Date.now() < endMs);
  failed(`${file}: not taken within ${wait} s`, `it waits in feed.directory as ${name}`);
}

function failed(message: string, hint: string): void {
  process.stderr.write(`${message}\n    hint: ${hint}\n`);
  process.exitCode = 1;
}
