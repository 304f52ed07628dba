/**
 * Everything a change must pass, in one command: format and lint, types, dependency rules, dead code, generated
 * files, the page, and all tests. Stops at the first step that fails and prints what it said; the last line
 * counts the assertions of the tests.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

const npx = (...args) => ['npx', ['--no-install', ...args]];
const steps = [
  ['format and lint', npx('biome', 'ci', '.')],
  ['types and build', npx('tsc', '-b')],
  ['page', ['npm', ['run', '--silent', 'build:web']]],
  ['dependency rules', ['npm', ['run', '--silent', 'depcruise']]],
  ['dead code', ['npm', ['run', '--silent', 'deadcode']]],
  ['generated files', ['node', ['dist/scripts/generate-files.js', '--check']]],
];

function run([command, args]) {
  return spawnSync(command, args, { encoding: 'utf8', maxBuffer: 256 * 1_048_576 });
}

function fail(output) {
  process.stdout.write(`${output}\n`);
  process.exit(1);
}

// A test that was removed or renamed must not go on running from the last build.
rmSync('dist/test', { recursive: true, force: true });
for (const [name, step] of steps) {
  const startedAt = performance.now();
  const { status, stdout, stderr } = run(step);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (status !== 0) fail(`${stdout}${stderr}`);
}

const startedAt = performance.now();
const { status, stdout, stderr } = run(npx('tap', '--reporter=terse'));
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
const summary = [...stdout.matchAll(/^# \{ total: (\d+)(.*) \}$/gm)].at(-1);
const count = (word) => Number(new RegExp(`${word}: (\\d+)`).exec(summary?.[2] ?? '')?.[1] ?? 0);
if (status !== 0) process.stdout.write(`${stdout}${stderr}\n`);
const skipped = [...stdout.matchAll(/# SKIP (.*)$/gm)].map(([, reason]) => reason);
for (const reason of new Set(skipped)) console.log(`skipped: ${reason}`);
console.log(`${status === 0 ? 'ok  ' : 'FAIL'} tests (${seconds} s)`);
if (!summary) fail('the test runner gave no summary');
console.log(`${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped`);
process.exit(status === 0 && count('fail') === 0 ? 0 : 1);
