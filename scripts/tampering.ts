/**
 * The tampering campaign: `node dist/scripts/tampering.js --trials 5000`. Each trial does one thing to a copy of a log and
 * asks the verifier for the first wrong entry. A miss prints its seed and how to do it again, and the exit code is 1.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { campaign } from './tampering/campaign.ts';
import { wholeNumber } from './whole-number.ts';

const { trials, seed } = new Command('tampering')
  .description(
    'tampers with logs and counts where the verifier does not name the first wrong entry',
  )
  .option('--trials <n>', 'how many', wholeNumber(1), 5_000)
  .option('--seed <n>', 'of the first; each trial has the next', wholeNumber(), 1)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{ trials: number; seed: number }>();

const folder = mkdtempSync(join(tmpdir(), 'kakou-tampering-'));
const startedAt = performance.now();
try {
  const result = campaign(folder, { seed, trials });
  for (const [name, count] of Object.entries(result.trials).sort())
    console.log(`${String(count).padStart(7)} ${name}`);
  for (const { seed: own, tampering, expected, found } of result.misses) {
    console.log(
      `MISS seed ${own}: ${tampering}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
    );
    console.log(`     again: node dist/scripts/tampering.js --trials 1 --seed ${own}`);
    process.exitCode = 1;
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  const missed = result.misses.length;
  // No failure in n independent trials bounds the rate below 3/n (95 %).
  const bound =
    missed === 0
      ? `missed in less than ${((3 / trials) * 100).toPrecision(2)} % of cases like these (95 %)`
      : 'no bound is claimed';
  console.log(`${trials} trials from seed ${seed}, ${missed} misses, ${seconds} s: ${bound}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
