import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { node } from '../../scripts/main-job/programs.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function kakou(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    node.command,
    [...node.args, repositoryFile('dist/src/cli/kakou.js'), ...args],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

const lint = (...names: string[]) => kakou('profile', 'lint', ...names);

const text = (name: string) =>
  readFileSync(repositoryFile(`firmware-profiles/${name}.json`), 'utf8');

/** A profile in a file of its own, with each text replaced that has to be there. */
function spoilt(name: string, ...changes: (readonly [string, string])[]): string {
  const file = join(temporaryFolder(), 'profile.json');
  const changed = changes.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(from);
    return all.replace(from, to);
  }, text(name));
  writeFileSync(file, changed);
  return file;
}

t.test('every shipped profile holds', async (t) => {
  const { status, stdout, stderr } = lint();
  t.equal(status, 0, stderr);
  t.ok(stdout.trim().split('\n').length >= 25);
  t.match(stdout, /weighbridge\/hengtian-9800: holds, 10 tests/);
  t.match(stdout, /rfid-reader\/thingmagic-m6e: holds, \d+ tests, experimental/);
});

t.test('tests that only the driver can read are run by the lint and counted', async (t) => {
  const file = spoilt('rfid-reader/llrp-generic', [
    '"tags": ["3005FB63AC1F3841EC880467"]',
    '"tags": ["3005FB63AC1F3841EC880468"]',
  ]);
  const { status, stderr } = lint(file);
  t.equal(status, 2);
  t.match(
    stderr,
    /profile\.json:\d+ \/llrp\/tests\/0: .* tells \[3005FB63AC1F3841EC880467\], expected/,
  );
  const good = lint('rfid-reader/llrp-generic', 'io-module/kakou-plc').stdout;
  t.notMatch(good, / 0 tests/);
  t.match(good, /llrp-generic: holds, [1-9]\d* tests/);
});

t.test('all mistakes of a profile are told at once, with line, place and hint', async (t) => {
  const file = spoilt(
    'weighbridge/hengtian-9800',
    ['"baud"', '"baut"'],
    ['"driver"', '"drivr"'],
    ['"unit": "kg"', '"unit": "lb"'],
    ['"computed"', '"guessed"'],
  );
  const { status, stdout, stderr } = lint(file, 'weighbridge/sma');
  t.equal(status, 2);
  for (const expected of [
    /profile\.json:\d+ \/drivr: "drivr" is not known here\n\s+hint: did you mean "driver"/,
    /\/driver: is missing/,
    /profile\.json:\d+ \/stream\/link\/baut: "baut" is not known here\n\s+hint: did you mean "baud"/,
    /\/stream\/frames\/0\/weight\/unit: "lb" is not allowed\n\s+hint: one of: kg, t, g/,
    /\/stream\/tests\/0\/provenance: "guessed" is not allowed/,
  ])
    t.match(stderr, expected);
  t.match(stderr, /6 mistakes/);
  t.match(stdout, /weighbridge\/sma: holds/, 'the others are judged all the same');
});

t.test('a polarity turned round is found before it meets a truck', async (t) => {
  const { status, stderr } = lint(
    spoilt('weighbridge/hengtian-9800', ['"stableWhenSet": true', '"stableWhenSet": false']),
  );
  t.equal(status, 2);
  t.match(stderr, /profile\.json:\d+ \/stream\/tests\/0: truck at rest, twice, whole: states/);
  t.match(stderr, /\/stream\/tests\/2: moving, twice, whole: states/);
});

t.test(
  'a check that was not computed is told, and the profile can be tried meanwhile',
  async (t) => {
    const right = '02 2B 30 30 34 39 38 30 31 31 46 03';
    const file = spoilt('weighbridge/yaohua-xk3190-continuous', [
      right,
      right.replace('31 46 03', '30 30 03'),
    ]);
    const { status, stderr } = lint(file);
    t.equal(status, 2);
    t.match(
      stderr,
      /one decimal, whole: told \[\], expected \[498\]\n\s+hint: byte 0: check of "weight" is 30 30, its bytes demand 31 46/,
    );
    t.match(stderr, /1 mistake\n/);
    const tried = kakou('device', 'try', '--profile', file, '--hex', right);
    t.equal(tried.status, 0);
    t.match(tried.stderr, /does not hold yet: ask kakou profile lint/);
    const parsed = kakou('parse', 'frame', '--profile', file, right);
    t.equal(parsed.status, 1, 'what is not a trial takes no profile that is not proven');
  },
);

t.test('what only the driver knows is judged too', async (t) => {
  const other = lint(spoilt('weighbridge/sma', ['weighbridge-stream', 'rfid-stream']));
  t.equal(other.status, 2);
  t.match(other.stderr, /\/kind: driver "rfid-stream" reads devices of kind rfidReader/);
  const none = lint(spoilt('weighbridge/sma', ['weighbridge-stream', 'weighbridge-steam']));
  t.match(none.stderr, /no driver "weighbridge-steam"\n\s+hint: did you mean "weighbridge-stream"/);
});

t.test('a file that is none, or no JSON, is one clear finding', async (t) => {
  const absent = lint('/no/such/profile.json');
  t.equal(absent.status, 2);
  t.match(absent.stderr, /profile\.json \/: there is no such file\n\s+hint: give kind\/name/);
  t.match(lint('weighbridge/none').stderr, /there is no such file/);
  const file = join(temporaryFolder(), 'profile.json');
  writeFileSync(file, '{ "schema": ');
  t.match(lint(file).stderr, /is no JSON/);
});

t.test('a byte that breaks a guard is named with what the guard allows', async (t) => {
  const guard = spoilt('weighbridge/rice-lake-stream', [
    '"at": 11,\n            "in": "20 4D 5A"',
    '"at": 11,\n            "in": "4D 5A"',
  ]);
  t.match(
    lint(guard).stderr,
    /hint: byte 0: byte 11 of "weight" is 20, and its guard allows 4D 5A/,
  );
  const everyEnd = ['"end": "03"', '"end": "04"'] as const;
  const end = spoilt('weighbridge/yaohua-xk3190-continuous', everyEnd, everyEnd);
  t.match(lint(end).stderr, /"weight" of 12 bytes ends with 03, and its rule with 04/);
});
