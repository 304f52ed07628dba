/**
 * Measures kakou against floors taken in the same run, in turn and paced alike, and prints the ratios: a machine
 * that is slow today is slow for both. Nothing here is asserted in a test.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { systemClock } from '../../src/adapters/system/system.ts';
import { modbusTcp } from '../../src/adapters/transport/modbus-tcp.ts';
import { verifyJournal } from '../../src/verifier/verify.ts';
import { packagePath } from '../main-job/programs.ts';
import { wholeNumber } from '../whole-number.ts';
import { floor } from './floor.ts';
import { deadModuleBesideOthers, deadUnitOnSharedLine } from './isolation.ts';
import { laneRig } from './lane-rig.ts';
import { heading, percentile, type Row, rowText } from './statistics.ts';

const { runs, samples, burst, seconds } = new Command('bench')
  .description('ratios of kakou to its floors')
  .option('--runs <n>', 'interleaved runs', wholeNumber(1), 5)
  .option('--samples <n>', 'decisions in a run', wholeNumber(1), 400)
  .option('--burst <n>', 'decisions in the burst', wholeNumber(1), 5_000)
  .option('--seconds <n>', 'half a run beside a dead device', wholeNumber(1), 4)
  .parse()
  .opts<{ runs: number; samples: number; burst: number; seconds: number }>();

const directory = mkdtempSync(join(tmpdir(), 'kakou-bench-'));
const paceMs = 3;
const warmUp = 100;

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

async function startModule(
  script: 'module' | 'rtu-units' = 'module',
): Promise<{ port: number; nextLine: () => Promise<string>; stop: () => void }> {
  const child = spawn(process.execPath, [packagePath(`dist/scripts/bench/${script}.js`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  return { port: Number(await nextLine()), nextLine, stop: () => child.kill() };
}

/**
 * From the last evidence until the order stands at the module, which is another process and tells when; the floor
 * is one commit and one write with its answer. Until kakou has the module's answer, too, is a row for the eye.
 */
async function evidenceToCoil(): Promise<readonly Row[]> {
  const { port, nextLine, stop } = await startModule();
  const clock = systemClock('synced');
  const exchange = await modbusTcp({
    host: '127.0.0.1',
    port,
    connectTimeoutMs: 1_000,
    replyTimeoutMs: 1_000,
    clock,
  }).open(1, () => undefined);
  let onWire: () => void = () => undefined;
  const rig = laneRig({
    directory,
    trucks: warmUp + runs * samples,
    async order() {
      const result = await exchange.request(
        { function: 5, address: 0x0200, value: 5 },
        { priority: 'command' },
      );
      onWire();
      return result.kind === 'reply' ? 'accepted' : 'failed';
    },
  });
  const bare = await floor(directory, port);
  let next = 0;
  const once = async () => {
    const truck = rig.trucks[next];
    next += 1;
    if (!truck) throw new Error('out of trucks');
    rig.arrive(truck);
    // As much rest before the last evidence as the floor has before its commit.
    await pause(paceMs);
    const ordered = new Promise<void>((done) => {
      onWire = done;
    });
    const startedAt = process.hrtime.bigint();
    rig.weigh(truck);
    await ordered;
    const answeredAt = process.hrtime.bigint();
    const reachedAt = BigInt(await nextLine());
    rig.leave();
    await until(() => rig.runner.state.passages.length === 0);
    const ms = (at: bigint) => Number(at - startedAt) / 1e6;
    return { reachedMs: ms(reachedAt), answeredMs: ms(answeredAt) };
  };
  const bareOnce = async () => {
    const elapsedMs = await bare.once();
    await nextLine();
    return elapsedMs;
  };
  for (let i = 0; i < warmUp; i++) {
    await bareOnce();
    await once();
  }
  const floors: number[][] = [];
  const reached: number[][] = [];
  const answered: number[][] = [];
  for (let run = 0; run < runs; run++) {
    const [floorMs, reachedMs, answeredMs]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < samples; i++) {
      await pause(paceMs);
      floorMs.push(await bareOnce());
      const one = await once();
      reachedMs.push(one.reachedMs);
      answeredMs.push(one.answeredMs);
    }
    floors.push(floorMs);
    reached.push(reachedMs);
    answered.push(answeredMs);
  }
  exchange.close();
  bare.close();
  rig.close();
  stop();
  const of = (all: readonly (readonly number[])[], share: number) =>
    all.map((values) => percentile(values, share));
  return [
    {
      bar: 'last evidence → coil, p50',
      floor: of(floors, 0.5),
      kakou: of(reached, 0.5),
      must: 1.5,
      aim: 1.15,
    },
    {
      bar: 'last evidence → coil, p99',
      floor: of(floors, 0.99),
      kakou: of(reached, 0.99),
      must: 2.5,
      aim: 1.5,
      mustMs: 25,
    },
    {
      bar: 'last evidence → its answer, p50',
      floor: of(floors, 0.5),
      kakou: of(answered, 0.5),
    },
  ];
}

/** Timers that are due when they are asked for: a burst does not wait for loops to settle. */
class DueTimers {
  readonly #due = new Map<string, () => void>();

  start(id: string, delayMs: number, due: () => void): void {
    if (delayMs === 0) this.#due.set(id, due);
  }

  cancel(id: string): void {
    this.#due.delete(id);
  }

  run(): void {
    const due = [...this.#due.values()];
    this.#due.clear();
    for (const one of due) one();
  }
}

/** Trucks one after another as fast as the machine goes: decisions, orders and entries must keep their order. */
async function orderInBurst(): Promise<string> {
  const timers = new DueTimers();
  const orders: string[] = [];
  const folder = join(directory, 'burst');
  mkdirSync(folder);
  const rig = laneRig({
    directory: folder,
    trucks: burst,
    timers,
    async order({ commandId }) {
      orders.push(commandId);
      return 'accepted';
    },
  });
  const startedAt = performance.now();
  for (const truck of rig.trucks) {
    rig.arrive(truck);
    rig.weigh(truck);
    rig.leave();
    timers.run();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await pause(0);
  const decided: { passageId: string; plate: string }[] = [];
  for (let after = 0; ; ) {
    const rows = rig.ledger.entriesAfter(after, 1_000);
    if (rows.length === 0) break;
    for (const { entry } of rows) {
      const { type, subject, data } = JSON.parse(entry) as {
        type: string;
        subject: string;
        data: { plate: string };
      };
      if (type === 'cn.kakou.passage.decided.v1')
        decided.push({ passageId: subject, plate: data.plate });
    }
    after = rows.at(-1)?.sequence ?? after;
  }
  rig.close();
  const wrong = rig.trucks.filter(
    ({ truck }, i) =>
      decided[i]?.plate !== truck.plate || !orders[i]?.startsWith(decided[i]?.passageId ?? '?'),
  ).length;
  const log = verifyJournal(join(folder, 'ledger.db'));
  const verified = log.ok
    ? `${log.entries} entries verified`
    : `the log does not verify: ${log.detail}`;
  const met = wrong === 0 && decided.length === burst && log.ok ? 'met' : 'MISSED';
  return `order in a burst: ${burst} trucks, ${decided.length} decisions, ${orders.length} orders, ${wrong} wrong; ${(burst / seconds).toFixed(0)} passages/s; ${verified}; ${met}`;
}

async function besideDeadModule(): Promise<readonly Row[]> {
  const { port, stop } = await startModule();
  const rows = await deadModuleBesideOthers(port, { clock: systemClock('synced'), runs, seconds });
  stop();
  return rows;
}

/** Its share shows only over many tries, each seconds after the one before. */
async function besideDeadUnit(): Promise<readonly string[]> {
  const { port, stop } = await startModule('rtu-units');
  const options = { clock: systemClock('synced'), runs: 2, seconds: 8 * seconds };
  const lines = await deadUnitOnSharedLine(port, options);
  stop();
  return lines;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(0);
}

console.log(
  `${runs} runs of ${samples} decisions, floor and kakou in turn; node ${process.version}`,
);
console.log(heading);
for (const row of await evidenceToCoil()) console.log(rowText(row));
for (const row of await besideDeadModule()) console.log(rowText(row));
for (const line of await besideDeadUnit()) console.log(line);
console.log(await orderInBurst());
process.exit(0);
