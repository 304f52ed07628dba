/**
 * Everything a change must pass, in one command: format and lint, types, the page, dependency rules, dead code,
 * generated files and all tests. Steps that do not rest on each other run side by side. What a failed step said is
 * printed, and nothing after it is begun. The last line counts the assertions of the tests; a step that fails before
 * them is counted as one failure.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const npx = (...args) => ['npx', ['--no-install', ...args]];
const npm = (script) => ['npm', ['run', '--silent', script]];
/** Each rests on what those of the line before have made; the longest of a line first. */
const lines = [
  [
    ['types and build', npx('tsc', '-b')],
    ['format and lint', npx('biome', 'ci', '--colors=off', '.')],
  ],
  [
    ['the pilot at its own size', ['node', ['dist/scripts/pilot.js']]],
    ['page', npm('build:web')],
    ['dependency rules', npm('depcruise')],
    ['dead code', npm('deadcode')],
    ['generated files', ['node', ['dist/scripts/generate-files.js', '--check']]],
  ],
];

/** Runs a step, prints its name and time, and tells what it said. */
function run(name, [command, args]) {
  const startedAt = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: [], stderr: [] };
  child.stdout.on('data', (bytes) => said.stdout.push(bytes));
  child.stderr.on('data', (bytes) => said.stderr.push(bytes));
  return new Promise((done) => {
    const ended = (isGood, reason) => {
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      console.log(`${isGood ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
      const [stdout, stderr] = [said.stdout, said.stderr].map((all) => String(Buffer.concat(all)));
      done({ isGood, stdout, stderr: [stderr, reason].filter(Boolean).join('\n') });
    };
    child.once('error', (error) => ended(false, error.message));
    child.once('close', (status, signal) => ended(status === 0, signal && `ended by ${signal}`));
  });
}

/** The first step that failed, or undefined. */
async function runLine(steps) {
  const waiting = [...steps];
  const failed = [];
  const work = async () => {
    for (let step = waiting.shift(); step; step = failed[0] ? undefined : waiting.shift()) {
      const result = await run(...step);
      if (!result.isGood) failed.push(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  return failed[0];
}

function end({ pass, fail, skip }) {
  console.log(`${pass} passed, ${fail} failed, ${skip} skipped`);
  process.exit(fail === 0 ? 0 : 1);
}

// A test that was removed or renamed must not go on running from the last build.
rmSync('dist/test', { recursive: true, force: true });
for (const line of lines) {
  const failed = await runLine(line);
  if (!failed) continue;
  console.log(`${failed.stdout}${failed.stderr}`.trimEnd());
  end({ pass: 0, fail: 1, skip: 0 });
}

// Coverage is a command of its own: to write it down costs every program that the tests start half its time.
const tests = await run('tests', npx('tap', '--reporter=tap', '--disable-coverage'));
const told = tests.stdout.split('\n');
for (const reason of new Set(skipReasons(told))) console.log(`skipped: ${reason}`);
if (!tests.isGood) console.log([...failures(told), tests.stderr].join('\n').trimEnd());
console.log(`longest: ${longest(told).join(', ')}`);
const counted = summary(told);
// A runner that ends badly without a failed assertion has failed all the same.
end({ ...counted, fail: Math.max(counted.fail, tests.isGood ? 0 : 1) });

/** The runner's own count of assertions: a subtest counts by what is in it, and by itself only if it is empty. */
function summary(output) {
  const last = output.findLast((line) => line.startsWith('# { total: ')) ?? '';
  const count = (word) => Number(new RegExp(`\\b${word}: (\\d+)`).exec(last)?.[1] ?? 0);
  return { pass: count('pass'), fail: count('fail'), skip: count('skip') };
}

/** The test files that took longest, with their seconds. */
function longest(output) {
  return output
    .flatMap((line) => {
      const [, file, ms] =
        /^(?:not )?ok \d+ - dist\/test\/(\S+) # time=([\d.]+)ms$/.exec(line) ?? [];
      return file === undefined ? [] : [{ file, seconds: Math.round(Number(ms) / 1_000) }];
    })
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 12)
    .map(({ file, seconds }) => `${file} ${seconds} s`);
}

function skipReasons(output) {
  return output.flatMap((line) => {
    const [, name, reason] = /^ *ok \d+ - (.*) # SKIP ?(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [`${name}${reason ? ` (${reason})` : ''}`];
  });
}

/** Every failed point with the subtests it stands in and its diagnosis; the points of subtests are left out. */
function failures(output) {
  const told = [];
  const path = [];
  let deepest = -1;
  for (let i = 0; i < output.length; i += 1) {
    const line = output[i];
    const depth = line.search(/\S/) / 4;
    const [, subtest] = /^ *# Subtest: (.*)$/.exec(line) ?? [];
    if (subtest !== undefined) path.splice(depth, path.length, subtest);
    const [, name] = /^ *not ok \d+ - (?!.* # (?:TODO|SKIP))(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const isOfInner = deepest > depth;
    deepest = depth;
    if (isOfInner) continue;
    told.push('', `not ok: ${[...path.slice(0, depth), name].join(' > ')}`);
    const diagnosisEnd = `${' '.repeat(depth * 4 + 2)}...`;
    if (output[i + 1]?.trim() !== '---') continue;
    for (i += 2; i < output.length && output[i] !== diagnosisEnd; i += 1) told.push(output[i]);
  }
  return told;
}
