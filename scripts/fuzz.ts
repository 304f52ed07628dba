/**
 * Fuzzes all that reads what a device sends: `node dist/scripts/fuzz.js --family weighbridge/sma --cases 1000000`. A
 * family is named whole or by its first words; without one all are tried one after the other. A failure prints its
 * seed and its path, and the exit code is 1.
 */
import { parseArgs } from 'node:util';
import { families } from './fuzz/families.ts';
import type { FuzzResult } from './fuzz/family.ts';
import { watchedRun } from './fuzz/watched-run.ts';

/** Far longer than any case takes on a busy machine. */
const hangAfterMs = 60_000;

const { values } = parseArgs({
  options: {
    family: { type: 'string', default: 'all' },
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
});
const numRuns = Number(values.cases);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const { path, family } = values;
const all = families().map(({ name }) => name);
const chosen = all.filter((name) => family === 'all' || `${name}/`.startsWith(`${family}/`));
const isUsable = Number.isSafeInteger(numRuns) && numRuns > 0 && Number.isSafeInteger(seed);
if (chosen.length === 0 || !isUsable) {
  console.error(
    chosen.length === 0
      ? `no family "${family}"; there are: all, ${all.join(', ')}`
      : '--cases and --seed are whole numbers',
  );
  process.exit(2);
}

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
