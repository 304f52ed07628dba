/** The pilot at a size of one's choice: what was done to its trips against what the gate reports. `--scale 100` is the full form. */
import { parseArgs } from 'node:util';
import { type CauseScore, type PilotResult, runPilot } from '../src/simulation/pilot/run-pilot.ts';

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const [scale, seed] = [Number(values.scale), Number(values.seed)];
if (!(scale > 0 && scale <= 1_000) || !Number.isSafeInteger(seed)) {
  process.stderr.write('--scale is above 0, up to 1000, and --seed a whole number\n');
  process.exit(2);
}

const result = await runPilot(scale, seed, (share) =>
  process.stderr.write(`${Math.round(share * 100)} %\n`),
);
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else process.stdout.write(textOf(result));
if (result.unaccounted + result.falselyOpen + result.falselyComplete + result.yardFailures > 0) {
  process.exitCode = 1;
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
