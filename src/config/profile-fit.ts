/** Whether a profile is one that its driver can read at all, and whether its tests hold with it. */

import type { DriverManifest, ShapedManifest } from '../driver-kit/contract.ts';
import { proveDisplayProfile } from '../driver-kit/profile/display-lint.ts';
import type { ProfileFinding } from '../driver-kit/profile/finding.ts';
import { proveIsapiPush, proveIsapiStream } from '../driver-kit/profile/isapi-lint.ts';
import { proveModbusProfile } from '../driver-kit/profile/modbus-proof.ts';
import { proveOnvifProfile } from '../driver-kit/profile/onvif-lint.ts';
import { provePlcProfile } from '../driver-kit/profile/plc-proof.ts';
import { provePushProfile } from '../driver-kit/profile/push-lint.ts';
import type { FirmwareProfile } from '../driver-kit/profile/schema.ts';

export function misfits(manifest: DriverManifest, profile: FirmwareProfile): ProfileFinding[] {
  const { name, kind, block } = manifest;
  const findings: ProfileFinding[] = [];
  if (profile.kind !== kind) {
    const message = `driver "${name}" reads devices of kind ${kind}`;
    findings.push({
      path: '/kind',
      message,
      hint: `set kind to ${kind}, or choose another driver`,
    });
  }
  if (profile[block] === undefined) {
    const message = `the profile has no ${block} block, which driver "${name}" reads`;
    findings.push({ path: '/driver', message, hint: 'name another driver, or add the block' });
  }
  return findings;
}

/** What only its driver, or a session of it, can say about a profile. */
export function proofs(
  manifest: ShapedManifest,
  profile: FirmwareProfile,
): readonly ProfileFinding[] {
  return [...(manifest.prove?.(profile) ?? []), ...proofsOfBlock(manifest, profile)];
}

function proofsOfBlock(
  manifest: ShapedManifest,
  profile: FirmwareProfile,
): readonly ProfileFinding[] {
  const { isapi, display } = profile;
  if (manifest.shape === 'stream' && display) {
    return proveDisplayProfile(display, (settings) => manifest.session({ profile, settings }));
  }
  const view = { view: 'front' };
  if (manifest.shape === 'stream' && isapi) {
    return proveIsapiStream(isapi, () => manifest.session({ profile, settings: view }));
  }
  if (manifest.shape === 'push' && isapi) {
    return proveIsapiPush(isapi, () => manifest.session({ profile, settings: view }));
  }
  if (manifest.shape === 'exchange' && profile.modbus) {
    return proveModbusProfile(profile.modbus, (wiring) =>
      manifest.session({ profile, settings: wiring ? { wiring } : {} }),
    );
  }
  if (manifest.shape === 'exchange' && profile.plc) {
    return provePlcProfile(profile.plc, () => manifest.session({ profile, settings: {} }));
  }
  if (manifest.shape === 'push' && profile.push) {
    return provePushProfile(profile.push, () => manifest.session({ profile, settings: view }));
  }
  if (manifest.shape === 'notification' && profile.onvif) {
    return proveOnvifProfile(profile.onvif, () => manifest.session({ profile, settings: view }));
  }
  return [];
}
