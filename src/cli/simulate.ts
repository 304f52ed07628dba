import { Command, InvalidArgumentError } from 'commander';
import type { Simulation, SimulationOptions } from '../simulation/site/simulate.ts';
import { configurationMistake } from './load.ts';

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('run the gate through seeded trucks and faults on a virtual site (仿真)')
    .option('--passages <n>', 'trucks of a run', count, 20)
    .option('--seed <n>', 'the same seed gives the same run, byte for byte', count, 1)
    .option('--runs <n>', 'so many runs, with this seed and those after it', count, 1)
    .option(
      '--faults <list>',
      'all, none, mixed (by chance for each seed), or names with commas between them; ? lists them',
      'all',
    )
    .option(
      '--ends-at <n>',
      'the daemon ends at its n-th commit or write; every: a run for each of them',
      (text) => (text === 'every' ? text : count(text)),
    )
    .option('--log', 'print everything that happens')
    .option('--json', 'print the result as one JSON object')
    .action(run);
}

interface Wish {
  readonly passages: number;
  readonly seed: number;
  readonly runs: number;
  readonly faults: string;
  readonly endsAt?: number | 'every';
  readonly log?: true;
  readonly json?: true;
}

/** An invariant was broken. */
const broken = 1;
const lastLines = 40;

async function run(wish: Wish): Promise<void> {
  // Loaded only here: no other command has the emulated site in its memory.
  const { faultTexts, mixedFaults, parseFaults } = await import('../simulation/site/faults.ts');
  if (wish.faults === '?') {
    for (const [name, text] of Object.entries(faultTexts)) print(`${name.padEnd(12)} ${text}`);
    return;
  }
  const given = wish.faults === 'mixed' ? [] : parseFaults(wish.faults);
  if (typeof given === 'string') {
    process.stderr.write(
      `${given}\n    hint: kakou simulate --faults ? says what each of them is\n`,
    );
    process.exitCode = configurationMistake;
    return;
  }
  const endsAt = wish.endsAt === 'every' ? undefined : wish.endsAt;
  const { simulate } = await import('../simulation/site/simulate.ts');
  const { loadSite } = await import('../simulation/site/site-config.ts');
  const loaded = await loadSite();
  const done: ReturnType<typeof summary>[] = [];
  const one = async (options: Parameters<typeof simulate>[1]) => {
    const result = await simulate(loaded, options);
    const told = summary(result, again(options));
    done.push(told);
    if (!wish.json) printRun(result, told, wish.log === true);
    return result;
  };
  for (let { seed } = wish; seed < wish.seed + wish.runs; seed += 1) {
    const faults = wish.faults === 'mixed' ? mixedFaults(seed) : given;
    const options = { seed, passages: wish.passages, faults };
    const result = await one({ ...options, ...(endsAt !== undefined && { endsAt }) });
    let isBroken = result.findings.length > 0;
    for (
      let place = 1;
      wish.endsAt === 'every' && place <= result.places && !isBroken;
      place += 1
    ) {
      isBroken = (await one({ ...options, endsAt: place })).findings.length > 0;
    }
    if (isBroken) break;
  }
  const isBroken = done.some(({ findings }) => findings.length > 0);
  if (wish.json) print(JSON.stringify({ ok: !isBroken, runs: done }));
  else print(isBroken ? 'an invariant is broken' : `${done.length} runs, and every invariant held`);
  if (isBroken) process.exitCode = broken;
}

function again({ seed, passages, faults, endsAt }: SimulationOptions): string {
  const list = faults.length === 0 ? 'none' : faults.join();
  const end = endsAt === undefined ? '' : ` --ends-at ${endsAt}`;
  return `npx kakou simulate --seed ${seed} --passages ${passages} --faults ${list}${end}`;
}

function summary({ log: _, ...result }: Simulation, command: string) {
  return { ...result, command };
}

function printRun(
  { log, findings }: Simulation,
  told: ReturnType<typeof summary>,
  everything: boolean,
): void {
  if (everything) print(log.join('\n'));
  const { seed, vehicles, outcomes, entries, runs, simulatedMs, digest, command } = told;
  const ends = Object.entries(outcomes).map(([outcome, n]) => `${n} ${outcome}`);
  print(
    `seed ${seed}: ${vehicles} trucks (${ends.join(', ')}), ${entries} entries, ${runs} runs of the daemon, ` +
      `${Math.round(simulatedMs / 1_000)} s simulated, log ${digest.slice(0, 16)}`,
  );
  if (findings.length === 0) return;
  if (!everything) print(log.slice(-lastLines).join('\n'));
  for (const { invariant, atMs, text } of findings)
    print(`BROKEN [${invariant}] at ${atMs}: ${text}`);
  print(`seed ${seed}; again: ${command}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1)
    throw new InvalidArgumentError('give a whole number from 1.');
  return n;
}
