import fc from 'fast-check';
import t from 'tap';
import { parseConfig } from '../../src/config/parse-config.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';

const good = virtualConfig({
  directory: './data',
  panelPort: 8080,
  devicePushPort: 8081,
  brokerUrl: 'mqtt://127.0.0.1:1883',
  feedDirectory: './feed',
  policyFile: './policy.json',
  lanes: [
    { laneId: 'in-1', direction: 'in', ports: { ioModule: 1502, weighbridge: 4001, reader: 4002 } },
    { laneId: 'in-2', direction: 'in', ports: { ioModule: 1503, weighbridge: 4003, reader: 4004 } },
  ],
});

/** Paths and messages of what is wrong. */
function mistakes(text: string): string[] {
  const parsed = parseConfig(text, 'gate.yaml');
  if (parsed.kind === 'config') return [];
  return parsed.findings.map(({ path, message }) => `${path}: ${message}`);
}

const changed = (from: string | RegExp, to: string) => mistakes(good.replace(from, to));

t.test('what contradicts itself is refused by name', async (t) => {
  t.strictSame(mistakes(good), []);
  const cases: readonly (readonly [string | RegExp, string, RegExp])[] = [
    ['closeAfterMs: 2000', 'closeAfterMs: 500\n      clearMs2: 1', /clearMs2/],
    [/clearMs: 300/, 'clearMs: 2000', /timing\/closeAfterMs: a close would be requested/],
    [/clearMs: 300/, 'openWithinMs: 5000', /timing\/openWithinMs: the open order could still/],
    ['port: 8081', 'port: 8080', /devicePush\/port: port 8080 is the panel's already/],
    ['id: in-2', 'id: in-1', /lanes\/1\/id: lane or station "in-1" is there twice/],
    ['port: 1503', 'port: 1502', /address 127.0.0.1:1502 is there twice/],
    ['lane: in-1', 'lane: 1', /devices\/0\/lane: 1 must be string/],
    ['source: terminal', 'source: customs', /source "customs" is there twice/],
  ];
  for (const [from, to, expected] of cases) {
    const found = changed(from, to);
    t.ok(
      found.some((finding) => expected.test(finding)),
      `${expected}: ${found}`,
    );
  }
});

t.test('aliases without end, or of nothing, and a file without end are findings', async (t) => {
  const nine = (name: string) => `[${Array.from({ length: 9 }, () => `*${name}`).join(', ')}]`;
  const bomb = `a: &a [x]\nb: &b ${nine('a')}\nc: &c ${nine('b')}\nd: &d ${nine('c')}\nsite: *d\n`;
  t.match(mistakes(bomb), [/alias/i]);
  t.match(mistakes('site: *nobody\n'), [/alias/i]);
  t.match(mistakes(`site: "${'x'.repeat(1_100_000)}"`), [/more than 1048576 bytes/]);
  t.ok(mistakes('').length > 0);
  t.ok(mistakes('[]').length > 0);
  t.ok(mistakes('7').length > 0);
});

t.test('no text of a configuration ends in anything but findings', async (t) => {
  const lines = good.split('\n');
  const value = fc.constantFrom(
    '7',
    '-1',
    '[]',
    '{}',
    'null',
    'true',
    '"x"',
    '1e999',
    '*a',
    '|',
    '',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(lines.length - 1), value), { maxLength: 6 }), (edits) => {
      const text = [...lines];
      for (const [at, put] of edits) text[at] = (text[at] ?? '').replace(/:.*|- .*/, `: ${put}`);
      const parsed = parseConfig(text.join('\n'), 'gate.yaml');
      return parsed.kind === 'config' || parsed.findings.every(({ hint }) => hint.length > 0);
    }),
    { numRuns: 1_500, seed: 31 },
  );
  t.pass();
});
