/**
 * Breaks the rules one after the other and looks whether the simulation finds it: `node dist/scripts/mutants.js`, with
 * the names of some, or none for all. The exit code is 1 where one is not found.
 */
import { parseArgs } from 'node:util';
import { mutants } from './mutants/catalogue.ts';
import { hunt } from './mutants/hunt.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '60' } },
});
const seedsMax = Number(values.seeds);
const chosen = mutants.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (chosen.length === 0 || !Number.isSafeInteger(seedsMax) || seedsMax < 1) {
  console.error(
    `--seeds is a whole number; mutants: ${mutants.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

for (const mutant of chosen) {
  const { seed, finding, seedsTried } = await hunt(mutant, { seedsMax });
  const { name, breaks } = mutant;
  if (finding)
    console.log(`found  ${name}: ${breaks}; seed ${seed}: [${finding.invariant}] ${finding.text}`);
  else console.log(`MISSED ${name}: ${breaks}; ${seedsTried} seeds`);
  if (!finding) process.exitCode = 1;
}
