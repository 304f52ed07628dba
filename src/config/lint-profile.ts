/** Judges one profile file for the person who writes it: everything that is wrong, each with its line. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { DriverManifest } from '../driver-kit/contract.ts';
import type { ProfileFinding } from '../driver-kit/profile/finding.ts';
import { parseProfile } from '../driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../driver-kit/profile/schema.ts';
import { type Finding, nearest } from './finding.ts';
import { lineFinder } from './parse-config.ts';
import { misfits, proofs } from './profile-fit.ts';

export type Drivers = Readonly<Record<string, () => Promise<DriverManifest>>>;

export type ProfileLint =
  | { readonly kind: 'profile'; readonly profile: FirmwareProfile }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[] };

export async function lintProfile(file: string, drivers: Drivers): Promise<ProfileLint> {
  const invalid = (message: string, hint: string): ProfileLint => ({
    kind: 'invalid',
    findings: [{ file, path: '', message, hint }],
  });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code}`;
    return invalid(message, 'give kind/name of a shipped profile, or a path that ends in .json');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return invalid(`is no JSON: ${(error as Error).message}`, 'profiles are JSON files');
  }
  const parsed = parseProfile(json);
  const found =
    parsed.kind === 'invalid' ? parsed.findings : await judgeDriver(parsed.profile, drivers);
  if (parsed.kind === 'profile' && found.length === 0) return parsed;
  return { kind: 'invalid', findings: located(found, file, text) };
}

async function judgeDriver(
  profile: FirmwareProfile,
  drivers: Drivers,
): Promise<readonly ProfileFinding[]> {
  const load = drivers[profile.driver];
  if (!load) {
    const near = nearest(profile.driver, Object.keys(drivers));
    return [
      {
        path: '/driver',
        message: `there is no driver "${profile.driver}"`,
        hint:
          near === undefined
            ? `drivers: ${Object.keys(drivers).join(', ')}`
            : `did you mean "${near}"?`,
      },
    ];
  }
  const manifest = await load();
  const unfit = misfits(manifest, profile);
  if (unfit.length > 0) return unfit;
  const shapes = [manifest, ...Object.values(manifest.instead ?? {})];
  return shapes
    .flatMap((shape) => proofs(shape, profile))
    .map(({ path, ...rest }) => ({
      path: path.startsWith('/') ? path : `/${path.replaceAll('.', '/')}`,
      ...rest,
    }));
}

function located(
  findings: readonly ProfileFinding[],
  file: string,
  text: string,
): readonly Finding[] {
  const counter = new LineCounter();
  const lineOf = lineFinder(parseDocument(text, { lineCounter: counter }), counter);
  return findings.map((finding) => {
    const line = lineOf(finding.path);
    return { file, ...finding, ...(line !== undefined && { line }) };
  });
}
