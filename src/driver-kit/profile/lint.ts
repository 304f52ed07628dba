/**
 * Judges a profile: its schema, that its rules can work at all, and every test it carries: whole, cut at each
 * byte, and each pair of accepted frames joined and cut at each byte. A profile with a finding is refused.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { Observation } from '../../core/observation.ts';
import type { FrameFault } from '../contract.ts';
import type { ProfileFinding } from './finding.ts';
import { hexBytes } from './frame-rules.ts';
import { ProfileStreamSession } from './interpreter.ts';
import { lintModbusProfile } from './modbus-lint.ts';
import { lintOnvifProfile } from './onvif-lint.ts';
import { lintPushProfile } from './push-lint.ts';
import { FirmwareProfile } from './schema.ts';
import type { FrameSchema, StreamProfile } from './stream.ts';

export type ProfileParse =
  | { readonly kind: 'profile'; readonly profile: FirmwareProfile }
  | { readonly kind: 'invalid'; readonly findings: readonly ProfileFinding[] };

let compiled: ValidateFunction<FirmwareProfile> | undefined;

/** Compiled when the first profile is read: it takes half a second. */
function profileSchema(): ValidateFunction<FirmwareProfile> {
  compiled ??= new Ajv({ allErrors: true, strict: false }).compile<FirmwareProfile>(
    FirmwareProfile,
  );
  return compiled;
}

export function parseProfile(json: unknown): ProfileParse {
  const isProfile = profileSchema();
  if (!isProfile(json)) {
    const findings = (isProfile.errors ?? []).map((error) => ({
      path: error.instancePath || '/',
      message: [error.message ?? 'is not valid', named(error.params)].join(''),
      hint: 'firmware-profiles/profile.schema.json describes every member',
    }));
    return { kind: 'invalid', findings };
  }
  const blocks = [json.stream, json.modbus, json.push, json.onvif].filter(
    (block) => block !== undefined,
  );
  const findings = [
    ...(json.stream ? lintStream(json.stream) : []),
    ...(json.modbus ? lintModbusProfile(json.modbus) : []).map(pointed),
    ...(json.push ? lintPushProfile(json.push) : []).map(pointed),
    ...(json.onvif ? lintOnvifProfile(json.onvif) : []).map(pointed),
  ];
  if (blocks.length !== 1) {
    findings.push({
      path: '/',
      message: 'a profile has exactly one of stream, modbus, push, onvif',
      hint: 'remove the others',
    });
  }
  if (!json.experimental && json.provenance.some((p) => p.level === 'belief')) {
    findings.push({
      path: '/experimental',
      message: 'a profile that rests on a belief is experimental',
      hint: 'set it to true, or find a manual or a capture for what the belief covers',
    });
  }
  return findings.length > 0 ? { kind: 'invalid', findings } : { kind: 'profile', profile: json };
}

/** The same place as a JSON pointer, which is how every other finding names it. */
function pointed(finding: ProfileFinding): ProfileFinding {
  return { ...finding, path: `/${finding.path.replaceAll('.', '/')}` };
}

function named(params: Readonly<Record<string, unknown>>): string {
  const name = params['additionalProperty'];
  return typeof name === 'string' ? `: "${name}"` : '';
}

interface Heard {
  readonly observations: readonly Observation[];
  readonly faults: readonly FrameFault[];
}

/** What a fresh session makes of these pieces; then the line falls silent. */
export function hear(profile: StreamProfile, pieces: readonly Uint8Array[]): Heard {
  const session = new ProfileStreamSession(profile);
  const observations: Observation[] = [];
  const faults: FrameFault[] = [];
  let monotonicMs = 0;
  session.opened({ wallMs: 0, monotonicMs });
  for (const bytes of pieces) {
    monotonicMs += 1;
    const output = session.received({ bytes, receivedAt: { wallMs: 0, monotonicMs } });
    observations.push(...output.observations);
    faults.push(...output.faults);
  }
  const idle = session.tick({ wallMs: 0, monotonicMs: monotonicMs + profile.flow.idleResetMs });
  return {
    observations: [...observations, ...idle.observations],
    faults: [...faults, ...idle.faults],
  };
}

function lintStream(profile: StreamProfile): ProfileFinding[] {
  const rules = profile.frames.flatMap((frame, i) => lintRule(frame, `/stream/frames/${i}`));
  const ids = profile.frames.map((frame) => frame.id);
  if (new Set(ids).size !== ids.length) {
    rules.push({
      path: '/stream/frames',
      message: 'two frame rules have the same id',
      hint: 'give each its own',
    });
  }
  // The tests of a rule that cannot work would only say the same again.
  if (rules.length > 0) return rules;
  return [
    ...profile.tests.flatMap((test, i) => lintTest(profile, test, `/stream/tests/${i}`)),
    ...lintCoverage(profile),
    ...lintJoined(profile),
  ];
}

function lintRule(frame: FrameSchema, path: string): ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const { length, check } = frame;
  if (!('fixed' in length) && length.min > length.max) {
    findings.push({ path: `${path}/length`, message: 'min is above max', hint: 'swap them' });
  }
  const meanings = [frame.weight, frame.noWeight, frame.tags].filter((m) => m !== undefined);
  if (meanings.length > 1) {
    findings.push({
      path,
      message: 'a frame has at most one of weight, noWeight, tags',
      hint: 'make two frame rules',
    });
  }
  if (frame.start === undefined && !check) {
    findings.push({
      path,
      message: 'a frame without a start byte and without a check accepts any bytes',
      hint: 'give it a start or a check',
    });
  }
  const isWide = check?.enc === 'le16' || check?.enc === 'be16';
  const fits = check?.algo === 'crc16' ? isWide || check.enc === 'hex-ascii' : !isWide;
  if (check && !fits) {
    findings.push({
      path: `${path}/check/enc`,
      message: `${check.enc} cannot hold a ${check.algo}`,
      hint: 'crc16 takes le16, be16 or hex-ascii; 8-bit checks take the others',
    });
  }
  return findings;
}

function lintTest(
  profile: StreamProfile,
  test: StreamProfile['tests'][number],
  path: string,
): ProfileFinding[] {
  const bytes = hexBytes(test.hex);
  for (let cut = 0; cut < bytes.length; cut++) {
    const problem = compare(test, hear(profile, piecesAt(bytes, cut)));
    if (!problem) continue;
    const message = `${test.name}, ${cut === 0 ? 'whole' : `cut at byte ${cut}`}: ${problem}`;
    return [{ path, message, hint: 'compare the frame with the manual' }];
  }
  return [];
}

const piecesAt = (bytes: Uint8Array, cut: number) =>
  cut === 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];

function compare(test: StreamProfile['tests'][number], heard: Heard): string | undefined {
  const told = toldBy(heard.observations);
  const expected = test.reject === undefined ? expectedOf(test) : [];
  if (told.join() !== expected.join())
    return `told [${told.join(', ')}], expected [${expected.join(', ')}]`;
  const codes = heard.faults.map((fault) => fault.code);
  if (test.reject !== undefined && !codes.some((code) => code === test.reject))
    return `raised [${codes.join(', ')}], expected ${test.reject}`;
  if (test.reject === undefined && codes.length > 0) return `raised [${codes.join(', ')}]`;
  return undefined;
}

const expectedOf = (test: StreamProfile['tests'][number]) => [
  ...(test.weightsKg ?? []),
  ...(test.tags ?? []),
];

function toldBy(observations: readonly Observation[]): string[] {
  return observations.flatMap((o) => {
    if (o.kind === 'weightReading')
      return [o.condition === 'ok' ? String(o.weightKg) : o.condition];
    return o.kind === 'tagRead' ? [o.tag] : [];
  });
}

/** Tests that would notice a wrong check, and a wrong sign where the protocol has one. */
function lintCoverage(profile: StreamProfile): ProfileFinding[] {
  const path = '/stream/tests';
  const good = profile.tests.filter((test) => test.reject === undefined);
  const findings: ProfileFinding[] = [];
  if (good.length === 0 || good.length === profile.tests.length) {
    findings.push({
      path,
      message: 'at least one accepted and one rejected frame are needed',
      hint: 'add them',
    });
  }
  const isChecked = profile.frames.some((frame) => frame.check);
  if (isChecked && !profile.tests.some((test) => test.reject === 'frame-checksum')) {
    findings.push({
      path,
      message: 'no test has a wrong check',
      hint: 'add one with "reject": "frame-checksum"',
    });
  }
  const isSigned = profile.frames.some((frame) => frame.weight?.sign);
  if (isSigned && !good.some((test) => test.weightsKg?.some((kg) => kg.startsWith('-')))) {
    findings.push({
      path,
      message: 'no test has a negative weight',
      hint: 'add one: a sign that is never seen is never proven',
    });
  }
  return findings;
}

/** Good frames one behind the other, cut anywhere, tell what they tell alone. */
function lintJoined(profile: StreamProfile): ProfileFinding[] {
  const good = profile.tests.filter((test) => test.reject === undefined);
  for (const [i, first] of good.entries()) {
    const second = good[(i + 1) % good.length] ?? first;
    const bytes = Uint8Array.of(...hexBytes(first.hex), ...hexBytes(second.hex));
    const expected = [...expectedOf(first), ...expectedOf(second)].join();
    for (let cut = 0; cut < bytes.length; cut++) {
      const told = toldBy(hear(profile, piecesAt(bytes, cut)).observations).join();
      if (told === expected) continue;
      return [
        {
          path: '/stream/tests',
          message: `${first.name} and ${second.name} joined, cut at byte ${cut}, told [${told}], expected [${expected}]`,
          hint: 'a rule reads into its neighbour',
        },
      ];
    }
  }
  return [];
}
