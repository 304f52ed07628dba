/** A campaign that cannot go red proves nothing: rules are broken on purpose, and the simulation must find each. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { mutants } from '../../scripts/mutants/catalogue.ts';
import { hunt, patchedPackage } from '../../scripts/mutants/hunt.ts';

/** Those that few seeds find; `node dist/scripts/mutants.js` hunts all of them. */
const quick = [
  'open-before-commit',
  'order-twice',
  'order-after-restart',
  'revocation-ignored',
  'hold-ignored',
  'stamp-not-compared',
  'reservation-not-taken',
  'use-not-noted',
  'returned-unproven',
  'visit-stays-open',
  'case-not-opened',
  'tailgater-passed',
  'close-over-a-vehicle',
  'outbox-skips',
  'entry-made-twice',
  'broker-taken-for-centre',
  'restart-forgets',
];

for (const mutant of mutants.filter(({ name }) => quick.includes(name))) {
  t.test(`it is found that not: ${mutant.breaks}`, async (t) => {
    const { finding, seedsTried } = await hunt(mutant, { seedsMax: 12 });
    t.ok(finding, `${mutant.name}: ${seedsTried} seeds`);
  });
}

t.test('every line that a mutant changes is there', async (t) => {
  const patches = mutants.flatMap((mutant) => mutant.patches ?? []);
  t.ok(patches.length >= 10);
  t.doesNotThrow(() => patchedPackage(patches).remove());
});

t.test('mutants have names of their own', async (t) => {
  t.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length);
  t.ok(mutants.length >= 20);
  for (const name of quick)
    t.ok(
      mutants.some((mutant) => mutant.name === name),
      name,
    );
});

t.test('a failure prints the invariant, its seed and one command, which repeats it', async (t) => {
  const mutant = mutants.find(({ name }) => name === 'tailgater-passed');
  const root = patchedPackage(mutant?.patches ?? []);
  t.teardown(() => root.remove());
  const kakou = (args: readonly string[]) =>
    spawnSync(process.execPath, [join(root.path, 'dist/src/cli/kakou.js'), ...args], {
      encoding: 'utf8',
    });
  const first = kakou(['simulate', '--faults', 'driving', '--passages', '5', '--runs', '9']);
  t.equal(first.status, 1);
  t.match(first.stdout, /BROKEN \[5\] at \d+: .* ends as passed without an opening of its own/);
  const [, command = ''] = /again: npx kakou (.*)/.exec(first.stdout) ?? [];
  t.match(command, /^simulate --seed \d+ --passages 5 --faults driving$/);
  const again = kakou(command.split(' '));
  t.equal(again.status, 1);
  const broken = (text: string) => text.split('\n').filter((line) => line.startsWith('BROKEN'));
  t.strictSame(broken(again.stdout), broken(first.stdout));
});
