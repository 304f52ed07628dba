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
import { type ActNote, actOnFeed, type FeedAct, type FeedMessage } from './feed-acts.ts';

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
const writer = new FeedWriter(db);
const tell = (message: FeedMessage) => port.postMessage(message);
const drop = new DirectoryDrop({
  directory: data.directory,
  sources: data.sources,
  sink: writer,
  incompleteAfterMs: data.incompleteAfterMs,
  now: Date.now,
  onReport: tell,
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

port.on('message', (message: 'stop' | { readonly act: FeedAct; readonly note: ActNote }) => {
  if (message === 'stop') return void stop();
  const { act, note } = message;
  const answer = actOnFeed({ db, writer, sources: data.sources }, act, note);
  tell({ kind: 'answered', actId: note.actId, answer });
});
void scanAgain();
