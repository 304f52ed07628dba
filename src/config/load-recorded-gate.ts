/** The gate of a recording, out of the recording alone: configuration, policies and profiles as they were. */
import type { DriverManifest } from '../driver-kit/contract.ts';
import { parseProfile } from '../driver-kit/profile/lint.ts';
import type { Finding } from './finding.ts';
import type { GateLoad, LoadedDevice, LoadedPolicy } from './load-gate.ts';
import { parseConfig } from './parse-config.ts';
import { parsePolicy } from './policy.ts';

/** The part of a recording's first line that is needed. */
interface RecordedParts {
  readonly config: unknown;
  readonly policies: readonly string[];
  readonly profiles: Readonly<Record<string, { readonly profile: unknown }>>;
}

const file = 'the recording';

export async function loadRecordedGate(
  { config, policies, profiles }: RecordedParts,
  drivers: Readonly<Record<string, () => Promise<DriverManifest>>>,
): Promise<GateLoad> {
  const parsed = parseConfig(JSON.stringify(config), file);
  if (parsed.kind === 'invalid') return parsed;
  const findings: Finding[] = [];
  const loaded = new Map<string, LoadedPolicy>();
  for (const text of policies) {
    const policy = parsePolicy(jsonOf(text));
    if (policy.kind === 'invalid') findings.push(...policy.findings.map((f) => ({ file, ...f })));
    else loaded.set(policy.policy.name, { policy: policy.policy, text });
  }
  const devices: LoadedDevice[] = [];
  for (const device of parsed.config.devices) {
    const driver = await drivers[device.driver]?.();
    const manifest = driver?.instead?.[device.transport.kind] ?? driver;
    const profile = parseProfile(profiles[device.profile]?.profile);
    if (manifest && profile.kind === 'profile') {
      devices.push({ config: device, manifest, profile: profile.profile });
      continue;
    }
    const message = manifest
      ? `profile "${device.profile}" is not valid`
      : `there is no driver "${device.driver}"`;
    findings.push({ file, path: device.id, message, hint: 'it was recorded by another version' });
  }
  for (const { id, policy } of parsed.config.lanes) {
    if (loaded.has(policy)) continue;
    const message = `there is no policy "${policy}"`;
    findings.push({ file, path: id, message, hint: 'the recording was changed' });
  }
  if (findings.length > 0) return { kind: 'invalid', findings };
  return { kind: 'gate', gate: { config: parsed.config, policies: loaded, devices, warnings: [] } };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
