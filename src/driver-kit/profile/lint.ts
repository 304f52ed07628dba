/**
 * Judges a profile: its schema, that its rules can work at all, and every test it carries: whole, cut at each
 * byte, and each pair of accepted frames joined and cut at each byte. A profile with a finding is refused.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { lintDisplayProfile } from './display-lint.ts';
import type { ProfileFinding } from './finding.ts';
import { lintRules } from './frame-lint.ts';
import { lintIsapiProfile } from './isapi-lint.ts';
import { lintModbusProfile } from './modbus-lint.ts';
import { lintOnvifProfile } from './onvif-lint.ts';
import { lintPushProfile } from './push-lint.ts';
import { FirmwareProfile, profileBlocks } from './schema.ts';
import { schemaMistakes } from './schema-mistakes.ts';
import { proveStream } from './stream-proof.ts';

export type ProfileParse =
  | { readonly kind: 'profile'; readonly profile: FirmwareProfile }
  | {
      readonly kind: 'invalid';
      readonly findings: readonly ProfileFinding[];
      /** The profile itself where it can be read and only its proof does not hold; never for a lane. */
      readonly unproven?: FirmwareProfile;
    };

let compiled: ValidateFunction<FirmwareProfile> | undefined;

/** Compiled when the first profile is read, and not trimmed: each takes a quarter of a second. */
function profileSchema(): ValidateFunction<FirmwareProfile> {
  compiled ??= new Ajv({
    code: { optimize: false },
    allErrors: true,
    strict: false,
    verbose: true,
  }).compile<FirmwareProfile>(FirmwareProfile);
  return compiled;
}

export function parseProfile(json: unknown): ProfileParse {
  const isProfile = profileSchema();
  if (!isProfile(json)) {
    const findings = schemaMistakes(isProfile.errors ?? []);
    return { kind: 'invalid', findings: findings.map((f) => ({ ...f, path: f.path || '/' })) };
  }
  const blocks = profileBlocks.filter((block) => json[block] !== undefined);
  const rules = json.stream ? lintRules(json.stream) : [];
  const findings = [
    ...rules,
    // The tests of a rule that cannot work would only say the same again.
    ...(json.stream && rules.length === 0 ? proveStream(json.stream) : []),
    ...(json.modbus ? lintModbusProfile(json.modbus) : []).map(pointed),
    ...(json.push ? lintPushProfile(json.push) : []).map(pointed),
    ...(json.onvif ? lintOnvifProfile(json.onvif) : []).map(pointed),
    ...(json.display ? lintDisplayProfile(json.display) : []).map(pointed),
    ...(json.isapi ? lintIsapiProfile(json.isapi) : []).map(pointed),
  ];
  if (blocks.length !== 1) {
    findings.push({
      path: '/',
      message: `a profile has exactly one of ${profileBlocks.join(', ')}`,
      hint:
        blocks.length === 0
          ? 'add the block that its driver reads'
          : `remove all but one of ${blocks.join(', ')}`,
    });
  }
  if (!json.experimental && json.provenance.some((p) => p.level === 'belief')) {
    findings.push({
      path: '/experimental',
      message: 'a profile that rests on a belief is experimental',
      hint: 'set it to true, or find a manual or a capture for what the belief covers',
    });
  }
  if (findings.length === 0) return { kind: 'profile', profile: json };
  return { kind: 'invalid', findings, ...(rules.length === 0 && { unproven: json }) };
}

/** The same place as a JSON pointer, which is how every other finding names it. */
function pointed(finding: ProfileFinding): ProfileFinding {
  return { ...finding, path: `/${finding.path.replaceAll('.', '/')}` };
}
