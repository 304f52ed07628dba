/**
 * Breaks the rules one after the other and looks whether the simulation finds it: `node dist/scripts/mutants.js`, with
 * the names of some, or none for all. The exit code is 1 where one is not found.
 */
import { Command } from 'commander';
import { mutants } from './mutants/catalogue.ts';
import { hunt } from './mutants/hunt.ts';
import { wholeNumber } from './whole-number.ts';

const names = mutants.map(({ name }) => name);
const command = new Command('mutants')
  .description('breaks the rules one after the other and looks whether the simulation finds it')
  .argument('[names...]', 'of mutants; all if left out')
  .option('--seeds <n>', 'tried for each', wholeNumber(1), 60)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const { seeds: seedsMax } = command.opts<{ seeds: number }>();
const strange = command.args.find((name) => !names.includes(name));
if (strange !== undefined) command.error(`no mutant "${strange}"; there are: ${names.join(', ')}`);
const chosen = mutants.filter(
  ({ name }) => command.args.length === 0 || command.args.includes(name),
);

for (const mutant of chosen) {
  const { seed, finding, seedsTried } = await hunt(mutant, { seedsMax });
  const { name, breaks } = mutant;
  if (finding)
    console.log(`found  ${name}: ${breaks}; seed ${seed}: [${finding.invariant}] ${finding.text}`);
  else console.log(`MISSED ${name}: ${breaks}; ${seedsTried} seeds`);
  if (!finding) process.exitCode = 1;
}
