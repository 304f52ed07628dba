/** The profiles of the package, by kind and name. Throws on one that is not valid. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';

export interface ShippedProfile {
  readonly name: string;
  readonly profile: FirmwareProfile;
}

export function shippedProfiles(): readonly ShippedProfile[] {
  const root = fileURLToPath(
    new URL('firmware-profiles', import.meta.resolve('kakou/package.json')),
  );
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\/.*\.json$/.test(file))
    .sort()
    .map((file) => {
      const name = file.replace(/\.json$/, '');
      const parsed = parseProfile(JSON.parse(readFileSync(`${root}/${file}`, 'utf8')));
      if (parsed.kind === 'invalid')
        throw new TypeError(`${name}: ${parsed.findings.map((f) => f.message).join('; ')}`);
      return { name, profile: parsed.profile };
    });
}
