/** What is fuzzed: every stream profile that is shipped, with the good frames of its own tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hexBytes } from '../../src/driver-kit/profile/frame-rules.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { StreamProfile } from '../../src/driver-kit/profile/stream.ts';

export interface Family {
  /** Kind and name of the profile. */
  readonly name: string;
  readonly profile: StreamProfile;
  /** Bytes of each accepted test. */
  readonly good: readonly Uint8Array[];
}

/** Throws on a profile that is not valid. */
export function families(): readonly Family[] {
  const root = fileURLToPath(
    new URL('firmware-profiles', import.meta.resolve('kakou/package.json')),
  );
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\/.*\.json$/.test(file))
    .sort()
    .flatMap((file) => {
      const name = file.replace(/\.json$/, '');
      const parsed = parseProfile(JSON.parse(readFileSync(`${root}/${file}`, 'utf8')));
      if (parsed.kind === 'invalid')
        throw new TypeError(`${name}: ${parsed.findings.map((f) => f.message).join('; ')}`);
      const profile = parsed.profile.stream;
      return profile ? [{ name, profile, good: goodFrames(profile) }] : [];
    });
}

function goodFrames(profile: StreamProfile): readonly Uint8Array[] {
  return profile.tests
    .filter((test) => test.reject === undefined)
    .map((test) => hexBytes(test.hex));
}
