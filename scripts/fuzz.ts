/**
 * Fuzzes all that reads what a device sends: `node dist/scripts/fuzz.js --family weighbridge/sma --cases 1000000`. A
 * family is named whole or by its first words; without one all are tried one after the other. A failure prints its
 * seed and its path, and the exit code is 1.
 */
import { Command } from 'commander';
import { families } from './fuzz/families.ts';
import type { FuzzResult } from './fuzz/family.ts';
import { watchedRun } from './fuzz/watched-run.ts';
import { wholeNumber } from './whole-number.ts';

/** Far longer than any case takes on a busy machine. */
const hangAfterMs = 60_000;

const command = new Command('fuzz')
  .description('feeds what a device could send to all that reads it')
  .option('--family <name>', 'whole or its first words, or all', 'all')
  .option('--cases <n>', 'of each family', wholeNumber(1), 10_000)
  .option('--seed <n>', 'by the clock if left out', wholeNumber(), Date.now() % 2 ** 31)
  .option('--path <path>', 'of one case, as a failure has printed it')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const {
  cases: numRuns,
  seed,
  path,
  family,
} = command.opts<{ family: string; cases: number; seed: number; path?: string }>();
const all = families().map(({ name }) => name);
const chosen = all.filter((name) => family === 'all' || `${name}/`.startsWith(`${family}/`));
if (chosen.length === 0) command.error(`no family "${family}"; there are: all, ${all.join(', ')}`);

for (const name of chosen) {
  const startedAt = performance.now();
  const run = { numRuns, seed, ...(path !== undefined && { path }) };
  const outcome = await watchedRun({
    script: new URL('./fuzz/run-family.js', import.meta.url),
    data: { name, run },
    hangAfterMs,
  });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const { cases, failure }: FuzzResult =
    outcome.kind === 'done'
      ? (outcome.message as FuzzResult)
      : // The path of a case is its number, from 0.
        { cases: outcome.cases, failure: `${outcome.reason}; --path ${outcome.cases - 1}` };
  const verdict = failure === undefined ? 'ok  ' : 'FAIL';
  console.log(`${verdict} ${name}: ${cases} cases in ${seconds} s, seed ${seed}`);
  if (failure === undefined) continue;
  console.log(failure);
  process.exitCode = 1;
}
