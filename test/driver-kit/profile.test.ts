import { readFileSync } from 'node:fs';
import t from 'tap';
import { generatedFiles } from '../../scripts/generate-files.ts';
import { checkValue, encodedCheck, isCheckRight } from '../../src/driver-kit/profile/checksums.ts';
import { describeFrame } from '../../src/driver-kit/profile/describe.ts';
import { hexBytes } from '../../src/driver-kit/profile/frame-rules.ts';
import type { CheckSchema } from '../../src/driver-kit/profile/frame-schema.ts';
import { ProfileStreamSession } from '../../src/driver-kit/profile/interpreter.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { StreamProfile } from '../../src/driver-kit/profile/stream.ts';
import { repositoryFile } from '../support/repository.ts';

const readProfile = (name: string): unknown =>
  JSON.parse(readFileSync(repositoryFile(`firmware-profiles/${name}`), 'utf8'));

function streamOf(name: string): StreamProfile {
  const parsed = parseProfile(readProfile(name));
  if (parsed.kind !== 'profile' || !parsed.profile.stream) throw new Error(name);
  return parsed.profile.stream;
}

const yaohua = 'weighbridge/yaohua-xk3190-continuous.json';
const uhf288 = 'rfid-reader/uhfreader288.json';

t.test('checks agree with frames printed by their makers', async (t) => {
  const frames: [string, CheckSchema, string][] = [
    [
      'Yaohua capture',
      { algo: 'xor8', over: [1, 9], at: 9, enc: 'nibble-ascii' },
      '022B303031353630303139 03',
    ],
    [
      'YRM100 inventory',
      { algo: 'sum8', over: [1, -2], at: -2, enc: 'raw' },
      'BB 00 22 00 00 22 7E',
    ],
    [
      'SW/CT inventory',
      { algo: 'neg8', over: [0, -1], at: -1, enc: 'raw' },
      '53 57 00 03 FF 01 53',
    ],
    ['UHF inventory', { algo: 'crc16', over: [0, -2], at: -2, enc: 'le16' }, '04 FF 01 1B B4'],
    [
      'Toledo continuous',
      { algo: 'neg7', over: [0, -1], at: -1, enc: 'raw' },
      '02 2A 30 20 20 34 35 33 32 30 20 20 20 20 20 30 0D 09',
    ],
  ];
  for (const [name, check, hex] of frames) {
    const bytes = hexBytes(hex.replaceAll(' ', ''));
    t.ok(isCheckRight(check, bytes), name);
    for (let at = check.over[0]; at < bytes.length - 3; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      t.notOk(isCheckRight(check, damaged), `${name}, byte ${at} damaged`);
    }
  }
});

t.test('CRC-16 agrees with the catalogue of its variants over "123456789"', async (t) => {
  const text = new TextEncoder().encode('123456789');
  const crc = (poly: number, init: number, reflected: boolean, xorOut: number) =>
    checkValue(
      { algo: 'crc16', over: [0, 0], at: 0, enc: 'le16', crc: { poly, init, reflected, xorOut } },
      text,
    );
  t.equal(crc(0x8408, 0xffff, true, 0), 0x6f91, 'MCRF4XX');
  t.equal(crc(0x8408, 0xffff, true, 0xffff), 0x906e, 'X-25');
  t.equal(crc(0xa001, 0xffff, true, 0), 0x4b37, 'Modbus');
  t.equal(crc(0x1021, 0, false, 0), 0x31c3, 'XMODEM');
  t.equal(crc(0x1021, 0xffff, false, 0xffff), 0xd64e, 'GENIBUS');
});

t.test('a check value is written as its encoding says', async (t) => {
  t.strictSame(encodedCheck('nibble-ascii', 0x1e), [0x31, 0x45]);
  t.strictSame(encodedCheck('nibble-30', 0x1e), [0x31, 0x3e]);
  t.strictSame(encodedCheck('hex-ascii', 0x0a), [0x30, 0x41]);
  t.strictSame(encodedCheck('hex-ascii', 0x0a, true), [0x30, 0x30, 0x30, 0x41]);
  t.strictSame(encodedCheck('le16', 0x4bdb), [0xdb, 0x4b]);
  t.strictSame(encodedCheck('be16', 0x4bdb), [0x4b, 0xdb]);
});

t.test('the committed schemas are the generated ones', async (t) => {
  for (const { file, text } of generatedFiles()) {
    t.equal(readFileSync(repositoryFile(file), 'utf8'), text, `${file}: run generate-files`);
  }
});

t.test('every member of a stream profile is described, so that editors help', async (t) => {
  const schema = JSON.parse(
    readFileSync(repositoryFile('firmware-profiles/profile.schema.json'), 'utf8'),
  );
  const bare: string[] = [];
  const look = (node: Record<string, unknown>, path: string) => {
    for (const [name, member] of Object.entries(node['properties'] ?? {})) {
      const here = `${path}/${name}`;
      if (!member['description']) bare.push(here);
      look(member, here);
    }
    for (const item of [node['items'], ...((node['anyOf'] as []) ?? [])].flat())
      if (typeof item === 'object' && item) look(item as Record<string, unknown>, path);
  };
  const { stream, ...rest } = schema.properties;
  const head = Object.entries(rest).filter(
    ([, member]) => (member as { type?: string }).type !== 'object',
  );
  look({ properties: { stream, ...Object.fromEntries(head) } }, '');
  t.strictSame(bare, []);
});

/** A mistake made in a good profile, and the finding it must bring. */
const mistakes: [string, string, (p: { [key: string]: never }) => void, RegExp][] = [
  [
    'an unknown member',
    yaohua,
    (p) => set(p, 'stream.frames.0.wieght', {}),
    /"wieght" is not known here/,
  ],
  [
    'a crc in one byte',
    uhf288,
    (p) => set(p, 'stream.frames.0.check.enc', 'raw'),
    /raw cannot hold a crc16/,
  ],
  ['a belief without the word', uhf288, (p) => set(p, 'experimental', false), /rests on a belief/],
  ['two frame rules of one name', yaohua, (p) => set(p, 'stream.frames.1.id', 'weight'), /same id/],
  [
    'a frame with two meanings',
    yaohua,
    (p) => set(p, 'stream.frames.0.noWeight', { condition: 'error', basis: 'net' }),
    /at most one of/,
  ],
  [
    'lengths the wrong way round',
    uhf288,
    (p) => set(p, 'stream.frames.0.length.max', 5),
    /min is above max/,
  ],
  ['a wrong offset', yaohua, (p) => set(p, 'stream.frames.0.weight.digits.at', 3), /told \[/],
  ['a wrong sign', yaohua, (p) => set(p, 'stream.frames.0.weight.sign.negative', '2B'), /told \[/],
  ['a block too many', yaohua, (p) => set(p, 'push', {}), /is missing|exactly one/],
];

function set(target: unknown, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>((o, key) => (o as Record<string, unknown>)[key], target);
  (parent as Record<string, unknown>)[last] = value;
}

for (const [what, name, spoil, message] of mistakes) {
  t.test(`${what} is found in a profile`, async (t) => {
    const profile = readProfile(name) as { [key: string]: never };
    spoil(profile);
    const parsed = parseProfile(profile);
    t.equal(parsed.kind, 'invalid');
    if (parsed.kind === 'invalid') {
      t.ok(
        parsed.findings.some((f) => message.test(f.message)),
        JSON.stringify(parsed.findings),
      );
      t.ok(parsed.findings.every((f) => f.path.startsWith('/') && f.hint !== ''));
    }
  });
}

t.test('a profile without its proof is refused', async (t) => {
  const without = (drop: (test: StreamProfile['tests'][number]) => boolean) => {
    const profile = readProfile(yaohua) as { stream: StreamProfile };
    const tests = profile.stream.tests.filter((test) => !drop(test));
    const parsed = parseProfile({ ...profile, stream: { ...profile.stream, tests } });
    return parsed.kind === 'invalid'
      ? parsed.findings.map((f) => f.message).join('; ')
      : 'accepted';
  };
  t.match(
    without((test) => test.reject === 'frame-checksum'),
    /no test has a wrong check/,
  );
  t.match(
    without((test) => test.reject !== undefined),
    /one accepted and one rejected/,
  );
  t.match(
    without((test) => test.weightsKg?.[0]?.startsWith('-') === true),
    /has a negative weight/,
  );
  t.match(parseProfile(null), { kind: 'invalid' });
  t.match(parseProfile([]), { kind: 'invalid' });
});

t.test('bytes are explained field by field, and every byte given up with its reason', async (t) => {
  const bytes = hexBytes(
    'FF 02 2D 30 30 30 31 32 30 30 31 45 03 02 2B 30 30 31 35 36 30 30 31 38 03',
  );
  const told = describeFrame(streamOf(yaohua), bytes);
  t.match(told, {
    bytes: 25,
    frames: [
      {
        rule: 'weight',
        at: 1,
        hex: '02 2D 30 30 30 31 32 30 30 31 45 03',
        fields: { sign: '2D', digits: '000120', decimals: 0, unit: 'kg', check: '31 45' },
        observations: [{ weightKg: -120, basis: 'displayed' }],
        faults: [],
      },
    ],
    faults: [
      { at: 0, hex: 'FF', code: 'frame-garbage', reason: /no frame of this profile begins here/ },
      { at: 13, hex: '02', code: 'frame-checksum', reason: /is 31 38, its bytes demand 31 39/ },
      { at: 14, code: 'frame-garbage' },
    ],
  });
  t.match(describeFrame(streamOf(uhf288), hexBytes('0D000103010104111001BA465D27')).frames, [
    { fields: { status: '03', antenna: '01', count: 1, address: '00', check: '5D 27' } },
  ]);
  t.strictSame(describeFrame(streamOf(yaohua), new Uint8Array()), {
    bytes: 0,
    frames: [],
    faults: [],
  });
});

t.test(
  'a device that is still at work on a poll is not asked again until it is given up',
  async (t) => {
    const profile = streamOf(uhf288);
    const session = new ProfileStreamSession(profile, { address: 5 });
    const at = (monotonicMs: number) => ({ wallMs: 0, monotonicMs });
    const opened = session.opened(at(0)).send;
    t.strictSame(opened, [hexBytes('04 05 01 63 35')], 'the poll carries the address of the site');
    const asked: number[] = [];
    for (let ms = session.tickMs; ms < 9_000; ms += session.tickMs)
      if (session.tick(at(ms)).send.length > 0) asked.push(ms);
    t.strictSame(asked, [4_000, 8_000]);
    session.opened(at(9_000));
    t.equal(session.tick(at(9_050)).send.length, 0, 'a line opened anew has been asked');
  },
);
