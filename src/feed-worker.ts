/**
 * Composition root of the worker that takes the customs feed in, on a file and a thread of its own, so that
 * no load of facts can hold up a lane.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { DirectoryDrop } from './adapters/customs/directory-drop.ts';
import type { EntitledSource } from './adapters/customs/ingest-file.ts';
import { feedApplicationId, feedMigrations } from './adapters/store/feed-schema.ts';
import { FeedWriter } from './adapters/store/feed-writer.ts';
import { openForWriting } from './adapters/store/open-database.ts';

export interface FeedWorkerData {
  readonly file: string;
  readonly directory: string;
  readonly sources: readonly EntitledSource[];
  readonly scanEveryMs: number;
  readonly incompleteAfterMs: number;
}

const data = workerData as FeedWorkerData;
const port = parentPort;
if (!port) throw new Error('feed-worker runs as a worker thread only');

const db = openForWriting({
  file: data.file,
  applicationId: feedApplicationId,
  migrations: feedMigrations,
});
const drop = new DirectoryDrop({
  directory: data.directory,
  sources: data.sources,
  sink: new FeedWriter(db),
  incompleteAfterMs: data.incompleteAfterMs,
  now: Date.now,
  onReport: (report) => port.postMessage(report),
});
let timer: NodeJS.Timeout | undefined;

async function scanAgain(): Promise<void> {
  const isWell = await drop.scan();
  timer = setTimeout(scanAgain, isWell ? data.scanEveryMs : data.scanEveryMs * 10);
}

async function stop(): Promise<void> {
  await drop.stop();
  clearTimeout(timer);
  db.close();
  port?.close();
}

port.on('message', (message) => {
  if (message === 'stop') void stop();
});
void scanAgain();
