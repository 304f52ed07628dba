/** The pilot at a size of one's choice: what was done to its trips against what the gate reports. `--scale 100` is the full form. */
import { Command, InvalidArgumentError } from 'commander';
import { type CauseScore, type PilotResult, runPilot } from '../src/simulation/pilot/run-pilot.ts';
import { wholeNumber } from './whole-number.ts';

const { scale, seed, json } = new Command('pilot')
  .description('what was done to the trips of a pilot against what the gate reports')
  .option('--scale <n>', 'how many times the pilot, above 0 and up to 1000', scaleOf, 1)
  .option('--seed <n>', 'another one gives another plan', wholeNumber(), 1)
  .option('--json', 'print the result as one JSON object')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{ scale: number; seed: number; json?: true }>();

const result = await runPilot(scale, seed, (share) =>
  process.stderr.write(`${Math.round(share * 100)} %\n`),
);
if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
else process.stdout.write(textOf(result));
if (result.unaccounted + result.falselyOpen + result.falselyComplete + result.yardFailures > 0) {
  process.exitCode = 1;
}

function scaleOf(text: string): number {
  const scale = Number(text);
  if (scale > 0 && scale <= 1_000) return scale;
  throw new InvalidArgumentError('give a number above 0, up to 1000.');
}

function textOf(given: PilotResult): string {
  const { entries, exits, trips, complete, unaccounted, falselyOpen, falselyComplete } = given;
  const { neverEntered, residuals, days, seconds, refusals, yardFailures } = given;
  return [
    `pilot × ${given.scale}, seed ${given.seed}: ${entries} entries, ${exits} exits, ${days} days, ${seconds} s`,
    `${trips} trips under transfer: ${complete} complete, ${trips - complete} open, ${unaccounted} unaccounted`,
    `falsely open ${falselyOpen}, falsely complete ${falselyComplete}, refused ${refusals}, failures ${yardFailures}`,
    `never entered: ${neverEntered.injected} injected, ${neverEntered.reported} reported`,
    `residual of all days' balances: ${residuals}`,
    '',
    'Trips under transfer',
    ...table(given.tripCauses),
    '',
    'Other visits',
    ...table(given.otherCauses),
    '',
  ].join('\n');
}

function table(scores: readonly CauseScore[]): string[] {
  const share = (part: number, of: number) =>
    of === 0 ? '–' : `${((100 * part) / of).toFixed(1)} %`;
  return [
    '| Cause | Injected | Reported | Right | Precision | Recall |',
    '|---|---|---|---|---|---|',
    ...scores.map(
      ({ cause, injected, reported, right }) =>
        `| \`${cause}\` | ${injected} | ${reported} | ${right} | ${share(right, reported)} | ${share(right, injected)} |`,
    ),
  ];
}
