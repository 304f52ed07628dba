/** Judges a profile: its schema, and every test it carries, whole, joined and cut at each byte. */
import { Ajv } from 'ajv';
import type { Observation } from '../../core/observation.ts';
import type { FrameFault } from '../contract.ts';
import { hexBytes } from './frame-rules.ts';
import { ProfileStreamSession } from './interpreter.ts';
import { FirmwareProfile } from './schema.ts';
import type { StreamProfile } from './stream.ts';

export interface ProfileFinding {
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

export type ProfileParse =
  | { readonly kind: 'profile'; readonly profile: FirmwareProfile }
  | { readonly kind: 'invalid'; readonly findings: readonly ProfileFinding[] };

const isProfile = new Ajv({ allErrors: true, strict: false }).compile<FirmwareProfile>(
  FirmwareProfile,
);

export function parseProfile(json: unknown): ProfileParse {
  if (!isProfile(json)) {
    const findings = (isProfile.errors ?? []).map((error) => ({
      path: error.instancePath || '/',
      message: error.message ?? 'is not valid',
      hint: 'firmware-profiles/profile.schema.json describes every member',
    }));
    return { kind: 'invalid', findings };
  }
  const blocks = [json.stream, json.modbus, json.push].filter((block) => block !== undefined);
  const findings = [...(json.stream ? lintStream(json.stream) : [])];
  if (blocks.length !== 1) {
    findings.push({
      path: '/',
      message: 'a profile has exactly one of stream, modbus, push',
      hint: 'remove the others',
    });
  }
  return findings.length > 0 ? { kind: 'invalid', findings } : { kind: 'profile', profile: json };
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
  return { observations, faults: [...faults, ...idle.faults] };
}

function lintStream(profile: StreamProfile): ProfileFinding[] {
  return [
    ...profile.tests.flatMap((test, i) => lintTest(profile, test, `/stream/tests/${i}`)),
    ...lintJoined(profile),
  ];
}

function lintTest(
  profile: StreamProfile,
  test: StreamProfile['tests'][number],
  path: string,
): ProfileFinding[] {
  const bytes = hexBytes(test.hex);
  const findings: ProfileFinding[] = [];
  for (let cut = 0; cut < bytes.length; cut++) {
    const pieces = cut === 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
    const problem = compare(test, hear(profile, pieces));
    if (problem) {
      findings.push({
        path,
        message: `${test.name}, cut at byte ${cut}: ${problem}`,
        hint: 'compare the frame with the manual',
      });
      break;
    }
  }
  return findings;
}

function compare(test: StreamProfile['tests'][number], heard: Heard): string | undefined {
  const told = toldBy(heard.observations);
  const expected =
    test.reject === undefined ? [...(test.weightsKg ?? []), ...(test.tags ?? [])] : [];
  if (told.join() !== expected.join())
    return `told [${told.join(', ')}], expected [${expected.join(', ')}]`;
  if (test.reject !== undefined && !heard.faults.some((fault) => fault.code === test.reject)) {
    return `raised [${heard.faults.map((f) => f.code).join(', ')}], expected ${test.reject}`;
  }
  return undefined;
}

function toldBy(observations: readonly Observation[]): string[] {
  return observations.flatMap((o) => {
    if (o.kind === 'weightReading') return [String(o.weightKg)];
    return o.kind === 'tagRead' ? [o.tag] : [];
  });
}

/** Good frames one behind the other, and with damage between them, all tell what they tell alone. */
function lintJoined(profile: StreamProfile): ProfileFinding[] {
  const good = profile.tests.filter((t) => t.reject === undefined);
  const damaged = profile.tests.filter((t) => t.reject !== undefined);
  if (good.length === 0 || damaged.length === 0) {
    return [
      {
        path: '/stream/tests',
        message: 'at least one accepted and one rejected frame are needed',
        hint: 'add them',
      },
    ];
  }
  const joined = good.flatMap((t) => [...hexBytes(t.hex)]);
  const expected = good.flatMap((t) => [...(t.weightsKg ?? []), ...(t.tags ?? [])]).join();
  const told = toldBy(hear(profile, [Uint8Array.from(joined)]).observations).join();
  return told === expected
    ? []
    : [
        {
          path: '/stream/tests',
          message: `joined frames told [${told}], expected [${expected}]`,
          hint: 'a rule reads into its neighbour',
        },
      ];
}
