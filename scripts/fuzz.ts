/**
 * Fuzzes the profile interpreter: `npm run fuzz -- --family weighbridge/sma --cases 1000000`. Without a family all
 * are tried one after the other. A failure prints its seed and its path, and the exit code is 1.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { families } from './fuzz/families.ts';
import { fuzzProperty } from './fuzz/properties.ts';

const { values } = parseArgs({
  options: {
    family: { type: 'string', default: 'all' },
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
});
const cases = Number(values.cases);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const all = families();
const chosen = values.family === 'all' ? all : all.filter(({ name }) => name === values.family);
const isUsable = Number.isSafeInteger(cases) && cases > 0 && Number.isSafeInteger(seed);
if (chosen.length === 0 || !isUsable) {
  console.error(
    chosen.length === 0
      ? `no family "${values.family}"; there are: all, ${all.map(({ name }) => name).join(', ')}`
      : '--cases and --seed are whole numbers',
  );
  process.exit(2);
}

for (const family of chosen) {
  const startedAt = performance.now();
  const { path } = values;
  const result = fc.check(fuzzProperty(family), {
    numRuns: cases,
    seed,
    ...(path !== undefined && { path }),
  });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(
    `${result.failed ? 'FAIL' : 'ok  '} ${family.name}: ${result.numRuns} cases in ${seconds} s, seed ${seed}`,
  );
  if (!result.failed) continue;
  console.log(fc.defaultReportMessage(result));
  process.exitCode = 1;
}
