/** Whether a profile is one that its driver can read at all. */
import type { DriverManifest } from '../driver-kit/contract.ts';
import type { ProfileFinding } from '../driver-kit/profile/finding.ts';
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
