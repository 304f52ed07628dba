/** The worker that takes the feed in: it may die at any time, and the main loop turns while it works. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { openForReading } from '../src/adapters/store/open-database.ts';
import type { FeedMessage } from '../src/feed-acts.ts';
import { keepFeedWorker } from '../src/feed-keeper.ts';
import type { FeedWorkerData } from '../src/feed-worker.ts';
import type { FeedNote } from '../src/runtime/feed-note.ts';
import { fileText, hold } from './support/feed-site.ts';
import { repositoryFile } from './support/repository.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const holds = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...hold(i + 1), id: `H-${i}` }));
const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

function place() {
  const folder = temporaryFolder();
  const directory = join(folder, 'feed');
  mkdirSync(directory);
  const drop = (name: string, text: string) => {
    writeFileSync(join(directory, `.${name}`), text);
    renameSync(join(directory, `.${name}`), join(directory, `${name}.ndjson`));
  };
  return { folder, directory, file: join(folder, 'feed.db'), drop };
}

function start({ file, directory }: ReturnType<typeof place>) {
  const workerData: FeedWorkerData = {
    file,
    directory,
    sources: [{ source: 'customs', kinds: ['hold'] }],
    scanEveryMs: 20,
    incompleteAfterMs: 60_000,
  };
  const worker = new Worker(repositoryFile('dist/src/feed-worker.js'), { workerData });
  const notes: FeedMessage[] = [];
  worker.on('message', (note: FeedMessage) => notes.push(note));
  return { worker, notes };
}

const read = <T>(file: string, sql: string) => {
  const db = openForReading(file);
  try {
    return db.prepare(sql).pluck().all() as T[];
  } finally {
    db.close();
  }
};

t.test('a worker that is ended amid a snapshot loses nothing and leaves nothing', async (t) => {
  const at = place();
  at.drop('a', fileText(holds(3), { mode: 'snapshot' }));
  const first = start(at);
  while (first.notes.length === 0) await pause(10);
  at.drop('b', fileText(holds(60_000), { mode: 'snapshot' }));
  const staged = () => read<string>(at.file, 'SELECT state FROM load').includes('staged');
  while (!staged()) await pause(5);
  await first.worker.terminate();
  t.equal(first.notes.length, 1, 'it was amid the file');
  t.ok(staged(), 'and had filled a part of it in');
  const [load] = read<number>(at.file, "SELECT load FROM load WHERE state = 'live'");
  t.strictSame(read(at.file, `SELECT count(*) FROM fact_${load}`), [3], 'the old facts stand');
  const second = start(at);
  while (second.notes.length === 0) await pause(10);
  t.match(second.notes, [{ kind: 'ingested', report: { file: 'b.ndjson', applied: 60_000 } }]);
  t.strictSame(read(at.file, 'SELECT state FROM load'), ['live']);
  second.worker.postMessage('stop');
  await new Promise((done) => second.worker.once('exit', done));
});

t.test(
  'a worker that cannot work is told of and started again, and acts upon it are answered',
  async (t) => {
    const at = place();
    const notes: FeedNote[] = [];
    const logged: string[] = [];
    const log = { warn: () => undefined, error: (_: object, text: string) => logged.push(text) };
    const config = {
      data: { directory: at.folder },
      feed: {
        directory: at.directory,
        sources: [{ source: 'customs', kinds: ['hold'] }],
        scanEveryMs: 20,
        incompleteAfterMs: 60_000,
      },
    };
    writeFileSync(at.file, 'this is no database');
    const keeper = keepFeedWorker(config as never, {
      gate: { feedReported: (note: FeedNote) => notes.push(note) },
      log: log as never,
    });
    t.teardown(() => keeper.stop());
    while (notes.length === 0) await pause(10);
    t.match(notes[0], { kind: 'failed', reason: /is damaged|no database/ });
    t.match(logged[0], /started again/);
    const note = { actId: 'a-1', person: '王芳', reason: 'r', atMs: 1 };
    const act = { act: 'redrive', line: 1 } as const;
    t.match(await keeper.act(act, note), { ok: false, message: /not running/ });
    writeFileSync(at.file, '');
    at.drop('a', fileText(holds(3)));
    while (!notes.some(({ kind }) => kind === 'ingested')) await pause(20);
    t.match(await keeper.act(act, note), { ok: false, message: /no line 1/ });
    t.ok(
      notes.some(({ kind }) => kind === 'acted'),
      'the lanes look again',
    );
  },
);
