/**
 * Measures how the customs feed is taken in, by the daemon's own worker, beside plain inserts of the same lines into
 * the same database library. One million facts take minutes; ten million take hours on a small machine.
 */
import { createReadStream, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { Command } from 'commander';
import { FeedCache, factsBySubject } from '../../src/adapters/store/feed-cache.ts';
import { openForReading } from '../../src/adapters/store/open-database.ts';
import type { FactsQuery } from '../../src/core/facts.ts';
import type { FeedWorkerData } from '../../src/feed-worker.ts';
import type { FeedNote } from '../../src/runtime/feed-note.ts';
import { packagePath } from '../main-job/programs.ts';
import { wholeNumber } from '../whole-number.ts';
import { boxOf, documentsOf, numbersBelow, scattered, writeFeedFile } from './feed-facts.ts';
import { heading, percentile, type Row, rowText } from './statistics.ts';

const { facts, delta, runs, folder } = new Command('feed')
  .description('the customs feed taken in, beside plain inserts of the same lines')
  .option('--facts <n>', 'facts in the snapshot', wholeNumber(100), 100_000)
  .option('--delta <n>', 'records in the delta', wholeNumber(100), 10_000)
  .option('--runs <n>', 'interleaved runs', wholeNumber(1), 3)
  .option('--folder <path>', 'where the databases lie', tmpdir())
  .parse()
  .opts<{ facts: number; delta: number; runs: number; folder: string }>();

const source = 'customs';
const sources: FeedWorkerData['sources'] = [
  { source, kinds: ['proof', 'consignment', 'vehicle', 'hold'] },
];
const directory = mkdtempSync(join(folder, 'kakou-feed-bench-'));
const floorFile = join(directory, 'floor.db');
const feedFile = join(directory, 'feed.db');
const drops = join(directory, 'drops');
const MiB = 1_048_576;

interface Load {
  readonly seconds: number;
  /** 99th percentile of how late the main loop was meanwhile, ms. */
  readonly loopP99Ms: number;
  /** Most memory of the whole process meanwhile, MiB. */
  readonly peakMiB: number;
}

/** Watches the loop and the memory of this process while something else works. */
async function watched(work: () => Promise<unknown>): Promise<Load> {
  const loop = monitorEventLoopDelay({ resolution: 5 });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  loop.enable();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  loop.disable();
  clearInterval(look);
  return { seconds, loopP99Ms: loop.percentile(99) / 1e6 - 5, peakMiB: peak / MiB };
}

/** The daemon's worker on a database of its own. */
class FeedUnderLoad {
  readonly #worker: Worker;
  readonly #waiting: ((note: FeedNote) => void)[] = [];

  constructor() {
    const workerData: FeedWorkerData = {
      file: feedFile,
      directory: drops,
      sources,
      scanEveryMs: 10,
      incompleteAfterMs: 60_000,
    };
    this.#worker = new Worker(packagePath('dist/src/feed-worker.js'), { workerData });
    this.#worker.on('message', (note: FeedNote) => this.#waiting.shift()?.(note));
    this.#worker.on('error', (error) => {
      throw error;
    });
  }

  async take(path: string, name: string): Promise<void> {
    const noted = new Promise<FeedNote>((done) => this.#waiting.push(done));
    renameSync(path, join(drops, `${name}.ndjson`));
    const note = await noted;
    if (note.kind !== 'ingested') throw new Error(JSON.stringify(note));
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#worker.once('exit', done));
    this.#worker.postMessage('stop');
    await ended;
  }
}

/** The lines as they are, by the key of their fact, in batches of 500 that are sorted by it. */
async function plainInserts(path: string): Promise<number> {
  const db = new Database(floorFile);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE IF NOT EXISTS line (key TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID');
  const put = db.prepare('INSERT OR REPLACE INTO line (key, text) VALUES (?, ?)');
  const batch = db.transaction((lines: readonly (readonly [string, string])[]) => {
    for (const line of lines) put.run(...line);
  });
  let seconds = 0;
  let lines: (readonly [string, string])[] = [];
  const write = () => {
    lines.sort(([a], [b]) => (a < b ? -1 : 1));
    const startedAt = performance.now();
    batch.immediate(lines);
    seconds += (performance.now() - startedAt) / 1_000;
    lines = [];
  };
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const [, key] = /"id":"([^"]+)"/.exec(text) ?? [];
    if (key !== undefined) lines.push([key, text]);
    if (lines.length === 500) write();
  }
  write();
  db.close();
  return seconds;
}

/** µs of each of many calls. */
function timed(count: number, call: (i: number) => unknown): number[] {
  return Array.from({ length: count }, (_, i) => {
    const startedAt = process.hrtime.bigint();
    call(i);
    return Number(process.hrtime.bigint() - startedAt) / 1e3;
  });
}

function openCache() {
  const db = openForReading(feedFile);
  const cache = new FeedCache({
    db,
    sources: sources as ConstructorParameters<typeof FeedCache>[0]['sources'],
    clockState: () => 'synced',
    ledger: () => ({
      usesOf: () => [],
      turnedBackOf: () => [],
      openVisitsOf: () => [],
      placedHoldsOf: () => [],
      head: () => ({ sequence: 0, hash: '' }),
    }),
  });
  return { db, cache };
}

const lookUps = 5_000;

function lookUpTimes() {
  const documents = documentsOf(facts);
  const boxes = Array.from({ length: lookUps }, (_, i) => boxOf((i * 104_729) % documents));
  const keyOf = (i: number) => `5316${String((i * 104_729) % documents).padStart(14, '0')}`;
  const floorDb = new Database(floorFile, { readonly: true });
  const plain = floorDb.prepare('SELECT text FROM line WHERE key = ?');
  const { db, cache } = openCache();
  const load = Number(db.prepare("SELECT load FROM load WHERE state = 'live'").pluck().get());
  const bySubject = db.prepare(factsBySubject(load, 1_001));
  const query = (box: string | undefined) =>
    ({ direction: 'out', plates: [], tags: [], containers: [box] }) as unknown as FactsQuery;
  const times = {
    plain: timed(lookUps, (i) => plain.get(keyOf(i))),
    facts: timed(lookUps, (i) => bySubject.all(`c:${boxes[i]}`)),
    gathered: timed(lookUps, (i) => cache.gather(query(boxes[i]))),
  };
  floorDb.close();
  db.close();
  return times;
}

async function main(): Promise<void> {
  const snapshots: { floor: number; load: Load }[] = [];
  const deltas: { floor: number; load: Load }[] = [];
  const looks: ReturnType<typeof lookUpTimes>[] = [];
  const idle: Load[] = [];
  const feed = new FeedUnderLoad();
  let sequence = 0;
  while (!existsSync(join(drops, 'requests'))) await pause(20);
  for (let run = 0; run < runs; run++) {
    idle.push(await watched(() => pause(1_000)));
    const path = join(directory, 'next.part');
    const first = sequence + 1;
    const of = { source, firstSequence: first, version: run + 1 };
    sequence = await writeFeedFile(path, { ...of, mode: 'snapshot', facts: numbersBelow(facts) });
    rmSync(floorFile, { force: true });
    const floor = await plainInserts(path);
    const load = await watched(() => feed.take(path, `snapshot-${run}`));
    snapshots.push({ floor, load });
    const changes = { ...of, firstSequence: sequence + 1, version: run + 2 };
    const some = scattered(delta, facts);
    sequence = await writeFeedFile(path, { ...changes, mode: 'delta', facts: some });
    deltas.push({
      floor: await plainInserts(path),
      load: await watched(() => feed.take(path, `delta-${run}`)),
    });
    looks.push(lookUpTimes());
    rmSync(join(drops, 'applied', `snapshot-${run}.ndjson`));
  }
  await feed.stop();
  print({ snapshots, deltas, looks, idle });
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

function print(measured: {
  readonly snapshots: readonly { floor: number; load: Load }[];
  readonly deltas: readonly { floor: number; load: Load }[];
  readonly looks: readonly ReturnType<typeof lookUpTimes>[];
  readonly idle: readonly Load[];
}): void {
  const { snapshots, deltas, looks, idle } = measured;
  const perThousand = (all: typeof snapshots, count: number): Pick<Row, 'floor' | 'kakou'> => ({
    floor: all.map(({ floor }) => (floor * 1e6) / count),
    kakou: all.map(({ load }) => (load.seconds * 1e6) / count),
  });
  const us = (of: keyof (typeof looks)[number], share: number) =>
    looks.map((times) => percentile(times[of], share) / 1e3);
  const loops = [...snapshots, ...deltas].map(({ load }) => load.loopP99Ms);
  const rows: readonly Row[] = [
    // The bars are shares of the floor's speed; these are its inverse, of the floor's time.
    { bar: '1,000 facts of a snapshot', ...perThousand(snapshots, facts), must: 2.5, aim: 1.43 },
    { bar: '1,000 records of a delta', ...perThousand(deltas, delta), must: 2, aim: 1.25 },
    { bar: 'facts of a box, p50', floor: us('plain', 0.5), kakou: us('facts', 0.5) },
    {
      bar: 'facts of a box, p99',
      floor: us('plain', 0.99),
      kakou: us('facts', 0.99),
      mustMs: 0.03,
    },
    { bar: 'all that a decision asks, p50', floor: us('plain', 0.5), kakou: us('gathered', 0.5) },
    { bar: 'all that a decision asks, p99', floor: us('plain', 0.99), kakou: us('gathered', 0.99) },
    {
      bar: 'main loop late, p99',
      floor: idle.flatMap(({ loopP99Ms }) => [loopP99Ms, loopP99Ms]),
      kakou: loops,
      mustMs: 20,
    },
  ];
  console.log(`${runs} runs, ${facts} facts and a delta of ${delta}; node ${process.version}`);
  console.log(heading);
  for (const row of rows) console.log(rowText(row));
  const rate = snapshots.map(({ load }) => facts / load.seconds);
  const peak = Math.max(...snapshots.map(({ load }) => load.peakMiB));
  const before = Math.min(...idle.map(({ peakMiB }) => peakMiB));
  const size = (file: string) => statSync(file).size;
  console.log(
    [
      `${percentile(rate, 0.5).toFixed(0)} facts/s of a snapshot`,
      `${before.toFixed(0)} MiB before, at most ${peak.toFixed(0)} MiB meanwhile`,
      `feed.db ${(size(feedFile) / facts).toFixed(0)} bytes a fact, plain ${(size(floorFile) / facts).toFixed(0)}`,
    ].join('; '),
  );
}

try {
  await main();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
