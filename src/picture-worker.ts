/**
 * Composition root of the worker that stores pictures: a thread, a database and files of its own, so that no
 * picture can hold up a lane or the journal.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { checkerProcesses, PictureChecker } from './adapters/pictures/picture-checker.ts';
import { PictureFiles } from './adapters/pictures/picture-files.ts';
import { PictureKeeper } from './adapters/pictures/picture-keeper.ts';
import type {
  FromPictureWorker,
  PictureWorkerData,
  ToPictureWorker,
} from './adapters/pictures/worker-messages.ts';
import { openForWriting } from './adapters/store/open-database.ts';
import { pictureRecords } from './adapters/store/picture-records.ts';
import { pictureApplicationId, pictureMigrations } from './adapters/store/picture-schema.ts';

const data = workerData as PictureWorkerData;
const port = parentPort;
if (!port) throw new Error('picture-worker runs as a worker thread only');

const agesEveryMs = 30_000;
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

const db = openForWriting({
  file: data.recordsFile,
  applicationId: pictureApplicationId,
  migrations: pictureMigrations,
});
const files = new PictureFiles(data.directory);
files.clearIncoming();
const start = checkerProcesses(new URL(`./picture-checker.${extension}`, import.meta.url));
const keeper = new PictureKeeper({
  files,
  records: pictureRecords(db),
  checker: new PictureChecker({ start }),
  limits: data.limits,
  now: Date.now,
  freeBytes: () => files.freeBytes(),
  tell: (message) => port.postMessage(message),
});
let timer: NodeJS.Timeout | undefined;

function ageAgain(): void {
  const isMore = keeper.age();
  timer = setTimeout(ageAgain, isMore ? 100 : agesEveryMs);
}

port.on('message', (message: ToPictureWorker) => {
  if (message.kind !== 'stop') return keeper.take(message);
  clearTimeout(timer);
  keeper.stop();
  port.close();
});
port.postMessage({ kind: 'ready' } satisfies FromPictureWorker);
ageAgain();
