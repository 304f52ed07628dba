/** Of the composition root of a replay: the customs feed from copies of its files, for what was not recorded. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DirectoryDrop } from './adapters/customs/directory-drop.ts';
import { FeedCache, type FeedSource } from './adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from './adapters/store/feed-schema.ts';
import { FeedWriter } from './adapters/store/feed-writer.ts';
import { openForReading, openForWriting } from './adapters/store/open-database.ts';
import type { ClockState } from './core/time.ts';
import type { Ledger } from './ports/ledger.ts';

export interface ReplayFeedOptions {
  /** Folder of the feed's files; those in its folder `applied` are taken first. */
  readonly from: string;
  /** Of the replay alone. */
  readonly directory: string;
  readonly sources: readonly FeedSource[];
  /** When the recording was saved, ms since 1970. */
  readonly nowMs: number;
}

export interface ReplayFeed {
  cache(ledger: Ledger, clockState: () => ClockState): FeedCache;
  /** Files that could not be taken, with the reason. */
  readonly refused: readonly string[];
  close(): void;
}

/** Rejects where the folder cannot be read. The folder itself is left as it is. */
export async function replayFeed(options: ReplayFeedOptions): Promise<ReplayFeed> {
  const { from, directory, sources, nowMs } = options;
  const copies = join(directory, 'feed');
  mkdirSync(copies);
  for (const folder of ['applied', '']) copyFiles(join(from, folder), copies, folder === '');
  const file = join(directory, 'feed.db');
  const db = openForWriting({ file, applicationId: feedApplicationId, migrations: feedMigrations });
  const refused: string[] = [];
  const drop = new DirectoryDrop({
    directory: copies,
    sources,
    sink: new FeedWriter(db),
    incompleteAfterMs: 0,
    now: () => nowMs,
    onReport: (report) => {
      if (report.kind === 'rejected') refused.push(`${report.file}: ${report.reason}`);
      if (report.kind === 'failed') refused.push(report.reason);
    },
  });
  await drop.scan();
  db.close();
  const reading = openForReading(file);
  return {
    cache: (ledger, clockState) =>
      new FeedCache({ db: reading, sources, clockState, ledger: () => ledger }),
    refused,
    close: () => reading.close(),
  };
}

function copyFiles(from: string, to: string, mustBeThere: boolean): void {
  let entries: ReturnType<typeof filesIn>;
  try {
    entries = filesIn(from);
  } catch (error) {
    if (mustBeThere) throw error;
    return;
  }
  for (const name of entries) copyFileSync(join(from, name), join(to, name));
}

const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
