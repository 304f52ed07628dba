/** Mistakes made in good profiles, and the finding each must bring: a wrong profile must not reach a lane. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { ProfileFinding } from '../../src/driver-kit/profile/finding.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { ProfileTest } from '../../src/driver-kit/profile/stream.ts';
import { repositoryFile } from '../support/repository.ts';

type Json = Record<string, unknown>;

const readProfile = (name: string): Json =>
  JSON.parse(readFileSync(repositoryFile(`firmware-profiles/${name}.json`), 'utf8'));

/** The object at a path; the last key is left to the caller. */
function at(profile: Json, path: string): Json {
  return path.split('.').reduce((node: Json, key) => node[key] as Json, profile);
}

function findingsOf(name: string, spoil: (profile: Json) => void): readonly ProfileFinding[] {
  const profile = readProfile(name);
  spoil(profile);
  const parsed = parseProfile(profile);
  return parsed.kind === 'invalid' ? parsed.findings : [];
}

const testsOf = (profile: Json) => at(profile, 'stream')['tests'] as ProfileTest[];

/** Leaves out tests, as someone would who writes a profile in a hurry. */
const without = (isLeftOut: (test: ProfileTest) => boolean) => (profile: Json) => {
  at(profile, 'stream')['tests'] = testsOf(profile).filter((test) => !isLeftOut(test));
};

const toledo = 'weighbridge/mettler-toledo-continuous-checksum';
const hengtian = 'weighbridge/hengtian-9800';
const sics = 'weighbridge/mettler-toledo-mt-sics';
const command = 'weighbridge/yaohua-xk3190-command';
const equals = 'weighbridge/yaohua-xk3190-equals-forward';
const rinstrum = 'weighbridge/rinstrum-fmt1';
const yrm = 'rfid-reader/yrm100';
const swct = 'rfid-reader/sw-ct-5300';
const m6e = 'rfid-reader/thingmagic-m6e';

t.test('a polarity turned round is caught by the frames of the profile itself', async (t) => {
  for (const name of [toledo, hengtian]) {
    const findings = findingsOf(name, (profile) => {
      const { bit } = at(profile, 'stream.frames.0.weight.stable') as { bit: Json };
      bit['stableWhenSet'] = !bit['stableWhenSet'];
    });
    t.ok(
      findings.some((f) =>
        /states \[moving, moving\], expected \[moving, stable\]/.test(f.message),
      ),
      `${name}: a stable truck is told as moving`,
    );
    t.ok(
      findings.some((f) =>
        /states \[moving, stable\], expected \[moving, moving\]/.test(f.message),
      ),
      `${name}: a moving truck is told as stable`,
    );
  }
});

const blind: [string, string, (test: ProfileTest) => boolean, RegExp][] = [
  [
    'a moving frame',
    toledo,
    (test) => test.name === 'moving, twice',
    /notices that a moving frame is told as stable/,
  ],
  [
    'a stable frame',
    toledo,
    (test) => test.states?.includes('stable') === true,
    /notices that a stable frame is told as moving/,
  ],
  ['a negative weight', sics, (test) => test.name === 'negative', /has a negative weight/],
  ['an overload', toledo, (t) => t.weightsKg?.[0] === 'overload', /has the condition overload/],
  [
    'an underload',
    sics,
    (test) => test.name === 'underload',
    /no test has a frame of rule "underload"/,
  ],
  ['a net weight', rinstrum, (test) => test.bases?.includes('net') === true, /told as gross/],
  ['a wrong check', toledo, (test) => test.reject === 'frame-checksum', /wrong check: neg7/],
  [
    'a wrong check of the tag',
    yrm,
    (test) => test.name === 'wrong tag CRC, right sum',
    /wrong check: crc16/,
  ],
  [
    'a lone frame',
    hengtian,
    (t) => t.name === 'truck at rest, once' || t.states?.[1] === 'stable',
    /a lone frame that is not yet stable/,
  ],
  [
    'something else behind the frame',
    equals,
    (test) => test.name === 'followed by something else',
    /followed by something else than the next start/,
  ],
  ['an antenna', m6e, (test) => test.antennas !== undefined, /tells the antenna/],
  ['a signal', yrm, (test) => test.rssiDbm !== undefined, /tells the signal/],
  [
    'an EPC of another length',
    yrm,
    (test) => /longer than its control word/.test(test.name),
    /as its control word says/,
  ],
];

for (const [what, name, isLeftOut, message] of blind) {
  t.test(`${name} is refused where its tests hold no proof of ${what}`, async (t) => {
    const findings = findingsOf(name, without(isLeftOut));
    t.ok(
      findings.some((f) => message.test(f.message)),
      JSON.stringify(findings),
    );
    t.ok(findings.every((f) => f.hint !== ''));
  });
}

const mistakes: [string, string, (profile: Json) => void, string, RegExp][] = [
  [
    'a pattern that is none',
    sics,
    (p) => set(p, 'stream.frames.0', { pattern: 'S (?<state>[SD]' }),
    '/stream/frames/0/pattern',
    /character \d+: the group is not closed/,
  ],
  [
    'a back reference',
    sics,
    (p) => set(p, 'stream.frames.0', { pattern: '(?<state>[SD])\\1' }),
    '/stream/frames/0/pattern',
    /\\1 is not known/,
  ],
  [
    'a field the pattern does not have',
    sics,
    (p) => set(p, 'stream.frames.0.weight.text', { field: 'weight' }),
    '/stream/frames/0/weight/text',
    /no field "weight"/,
  ],
  [
    'a field without a pattern',
    hengtian,
    (p) => set(p, 'stream.frames.0.weight.sign', { field: 'sign', at: undefined, mask: undefined }),
    '/stream/frames/0/weight/sign',
    /no field "sign"/,
  ],
  [
    'a place and a field at once',
    sics,
    (p) => set(p, 'stream.frames.0.weight.sign', { at: 3 }),
    '/stream/frames/0/weight/sign',
    /at a place or in a field/,
  ],
  [
    'a mask on text',
    sics,
    (p) => set(p, 'stream.frames.0.weight.sign', { mask: '0F' }),
    '/stream/frames/0/weight/sign',
    /text has no mask/,
  ],
  [
    'a value the mask hides',
    toledo,
    (p) => set(p, 'stream.frames.0.weight.basis', { net: ['02'] }),
    '/stream/frames/0/weight/basis',
    /bits that the mask hides/,
  ],
  [
    'values of two lengths',
    'weighbridge/rinstrum-fmt2',
    (p) => set(p, 'stream.frames.0.weight.unit', { t: ['74'] }),
    '/stream/frames/0/weight/unit',
    /of one length/,
  ],
  [
    'letters instead of bytes',
    rinstrum,
    (p) => set(p, 'stream.frames.0.weight.basis', { gross: ['G'] }),
    '/stream/frames/0/weight/basis',
    /are hexadecimal bytes/,
  ],
  [
    'one value with two meanings',
    rinstrum,
    (p) => set(p, 'stream.frames.0.weight.stable', { moving: ['4D', '47'] }),
    '/stream/frames/0/weight/stable',
    /"47" is listed twice/,
  ],
  [
    'digits and text at once',
    hengtian,
    (p) => set(p, 'stream.frames.0.weight', { text: { at: 4, length: 6 } }),
    '/stream/frames/0/weight',
    /either digits or text/,
  ],
  [
    'text with decimals of its own',
    rinstrum,
    (p) => set(p, 'stream.frames.0.weight', { decimals: { fixed: 1 } }),
    '/stream/frames/0/weight/decimals',
    /its own decimal point/,
  ],
  [
    'text nowhere',
    rinstrum,
    (p) => set(p, 'stream.frames.0.weight', { text: { at: 2 } }),
    '/stream/frames/0/weight/text',
    /at a place or in a field/,
  ],
  [
    'a weight without check and without repetition',
    hengtian,
    (p) => set(p, 'stream.frames.0.weight', { stableAfterEqualFrames: undefined }),
    '/stream/frames/0/weight',
    /must be repeated/,
  ],
  [
    'a place behind the frame',
    hengtian,
    (p) => set(p, 'stream.frames.0.weight.digits', { at: 12 }),
    '/stream/frames/0/weight/digits/at',
    /byte 12 is not in a frame of 12 bytes/,
  ],
  [
    'a guard before the frame',
    hengtian,
    (p) => set(p, 'stream.frames.0.guard.0', { at: -13 }),
    '/stream/frames/0/guard/0/at',
    /byte -13 is not in a frame/,
  ],
  [
    'an end beside until',
    sics,
    (p) => set(p, 'stream.frames.0', { end: '0A' }),
    '/stream/frames/0/end',
    /has no end/,
  ],
  [
    'a pattern in a frame that says its length',
    yrm,
    (p) => set(p, 'stream.frames.2', { pattern: '.*' }),
    '/stream/frames/2/pattern',
    /says its own length/,
  ],
  [
    'waiting for a start that is none',
    sics,
    (p) => set(p, 'stream.frames.0', { confirmedByNextStart: true }),
    '/stream/frames/0/confirmedByNextStart',
    /no start to wait for/,
  ],
  [
    'an 8-bit check of two bytes',
    yrm,
    (p) => set(p, 'stream.frames.0.check.0', { enc: 'be16' }),
    '/stream/frames/0/check/0/enc',
    /cannot hold a sum8/,
  ],
  [
    'parameters of a check that has none',
    m6e,
    (p) =>
      set(p, 'stream.frames.0.check.0', {
        crc: { poly: 0x1021, init: 0, reflected: false, xorOut: 0 },
      }),
    '/stream/frames/0/check/0/crc',
    /has no parameters/,
  ],
  [
    'an item without its length',
    swct,
    (p) => set(p, 'stream.frames.0.tags', { item: ['antenna', 'epc', 'other'] }),
    '/stream/frames/0/tags/item',
    /one length and, behind it, one epc/,
  ],
  [
    'an item length that is not first',
    swct,
    (p) => set(p, 'stream.frames.0.tags', { item: ['other', 'itemLength', 'epc'] }),
    '/stream/frames/0/tags/item',
    /stands first/,
  ],
  [
    'an address behind the poll',
    command,
    (p) => set(p, 'stream.poll', { addressAt: 6 }),
    '/stream/poll/addressAt',
    /byte 6 is not in a poll of 6 bytes/,
  ],
  [
    'a check behind the poll',
    command,
    (p) => set(p, 'stream.poll.check', { at: 5 }),
    '/stream/poll/check/at',
    /does not lie within send/,
  ],
  [
    'a rule that no test shows',
    equals,
    without((test) => test.weightsKg?.[0] === 'error'),
    '/stream/frames/1',
    /no test has a frame of rule "noNumber"/,
  ],
  [
    'a length of another kind',
    hengtian,
    (p) => set(p, 'stream.frames.0.length', { fixed: 'twelve' }),
    '/stream/frames/0/length/fixed',
    /"twelve" must be integer/,
  ],
  [
    'a misspelt choice',
    hengtian,
    (p) => set(p, 'stream.frames.0.weight', { basis: 'gros' }),
    '/stream/frames/0/weight/basis',
    /"gros" is not allowed/,
  ],
  [
    'a misspelt member in a union',
    sics,
    (p) => set(p, 'stream.frames.0.length', { untill: '0A', until: undefined }),
    '/stream/frames/0/length/untill',
    /"untill" is not known here/,
  ],
];

function set(profile: Json, path: string, members: Json): void {
  const target = at(profile, path);
  for (const [key, value] of Object.entries(members)) {
    if (value === undefined) delete target[key];
    else target[key] = value;
  }
}

for (const [what, name, spoil, path, message] of mistakes) {
  t.test(`${what} is found in a profile`, async (t) => {
    const findings = findingsOf(name, spoil);
    const found = findings.find((f) => f.path === path && message.test(f.message));
    t.ok(found, JSON.stringify(findings));
    t.ok(findings.every((f) => f.path.startsWith('/') && f.hint !== ''));
  });
}
