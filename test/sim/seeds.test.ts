/** Two hundred seeds on two processors, by the command that anybody uses; a failure says which command repeats it. */
import { spawn } from 'node:child_process';
import t from 'tap';
import { repositoryFile } from '../support/repository.ts';

interface Result {
  readonly ok: boolean;
  readonly runs: readonly {
    readonly seed: number;
    readonly findings: readonly unknown[];
    readonly outcomes: Readonly<Record<string, number>>;
    readonly command: string;
  }[];
}

function simulate(...args: readonly string[]): Promise<{ status: number | null; stdout: string }> {
  const child = spawn(
    process.execPath,
    [repositoryFile('dist/src/cli/kakou.js'), 'simulate', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let stdout = '';
  child.stdout.on('data', (bytes) => {
    stdout += String(bytes);
  });
  return new Promise((done) => child.on('close', (status) => done({ status, stdout })));
}

t.test('every invariant holds for two hundred seeds with mixed faults', async (t) => {
  const halves = await Promise.all(
    [1, 101].map((seed) =>
      simulate(
        '--seed',
        `${seed}`,
        '--runs',
        '100',
        '--passages',
        '2',
        '--faults',
        'mixed',
        '--json',
      ),
    ),
  );
  const outcomes = new Set<string>();
  for (const { status, stdout } of halves) {
    const { ok, runs } = JSON.parse(stdout) as Result;
    const last = runs.at(-1);
    t.ok(ok, `${last?.command}: ${JSON.stringify(last?.findings)}`);
    t.equal(status, ok ? 0 : 1);
    t.equal(runs.length, 100);
    for (const each of runs)
      for (const outcome of Object.keys(each.outcomes)) outcomes.add(outcome);
  }
  const expected = ['passed', 'referred', 'held', 'refused', 'diverted', 'withdrawn', 'tailgated'];
  for (const outcome of expected) t.ok(outcomes.has(outcome), `somebody ended as ${outcome}`);
});
