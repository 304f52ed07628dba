/** Profiles as the command line names them: kind/name of a shipped one, or a path that ends in .json. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { profileNameHint, profileNames } from '../config/profile-names.ts';
import { parseProfile } from '../driver-kit/profile/lint.ts';
import type { StreamProfile } from '../driver-kit/profile/stream.ts';
import { packageFile } from '../package-file.ts';

export function profilePath(name: string): string {
  return name.endsWith('.json') ? resolve(name) : packageFile(`firmware-profiles/${name}.json`);
}

/** Kind and name of every shipped profile, in order. */
export function shippedProfiles(): readonly string[] {
  return profileNames(packageFile('firmware-profiles'));
}

/**
 * The byte stream of a profile, or why there is none to be had. A profile whose proof does not hold yet is for
 * trying alone, and `warn` is told so; without it such a profile is refused.
 */
export function readStreamProfile(
  name: string,
  warn?: (message: string) => void,
): StreamProfile | string {
  const file = profilePath(name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') return `${file} cannot be read: ${code}`;
    const hint = profileNameHint(name, shippedProfiles());
    return `there is no profile ${name}\n    hint: ${hint}`;
  }
  try {
    const parsed = parseProfile(JSON.parse(text));
    if (parsed.kind === 'invalid' && warn && parsed.unproven?.stream) {
      warn(`${file} does not hold yet: ask kakou profile lint`);
      return parsed.unproven.stream;
    }
    if (parsed.kind === 'invalid')
      return parsed.findings.map((f) => `${file} ${f.path}: ${f.message}; ${f.hint}`).join('\n');
    return (
      parsed.profile.stream ??
      `${file} has no stream block: its driver reads more than frames\n    hint: configure a lane of its own with this device, and watch the page`
    );
  } catch (error) {
    return `${file} is no JSON: ${(error as Error).message}`;
  }
}
