/**
 * Writes the committed files that come from the code: JSON schemas for editors, and the references
 * of checks, faults and profiles. After a change there:
 * `npx tsc -b && node dist/scripts/generate-files.js`. A test holds the committed files against it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { GateConfig } from '../src/config/config-schema.ts';
import { PolicyFile } from '../src/config/policy.ts';
import { faultGroups } from '../src/core/fault-codes.ts';
import { FirmwareProfile } from '../src/driver-kit/profile/schema.ts';
import { checksDocument } from './check-reference.ts';
import { profilesDocument } from './profile-reference.ts';

interface GeneratedSchema {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly title: string;
  readonly schema: object;
}

const schemas: readonly GeneratedSchema[] = [
  {
    file: 'firmware-profiles/profile.schema.json',
    title: 'kakou firmware profile',
    schema: FirmwareProfile,
  },
  { file: 'config/kakou.schema.json', title: 'kakou gate', schema: GateConfig },
  { file: 'config/policies/policy.schema.json', title: 'kakou policy', schema: PolicyFile },
];

/** The text of each generated file. */
export function generatedFiles(): readonly { readonly file: string; readonly text: string }[] {
  return [
    ...schemaFiles(),
    { file: 'docs/reference/checks.md', text: checksDocument() },
    { file: 'docs/reference/faults.md', text: faultsDocument() },
    { file: 'docs/reference/profiles.md', text: profilesDocument() },
  ];
}

function faultsDocument(): string {
  const head =
    '# Faults\n\nGenerated from `src/core/fault-codes.ts`. Codes are stable; they stand in the log, in the journal, on the panel\nand in the counters of a device. Reasons of a decision are in the catalogue of checks.\n\n`info`: nothing to do. `warning`: it heals or is repeated; look at it during the shift. `error`: a device or a lane\ndoes not do its work, and trucks go to a clerk. `critical`: nothing opens, or the record is in danger.\n';
  const groups = Object.entries(faultGroups).map(([title, faults]) => {
    const rows = Object.entries(faults).map(
      ([code, { severity, en, zh, hint }]) =>
        `| \`${code}\` | ${severity} | ${en} | ${zh} | ${hint} |`,
    );
    return `\n## ${title}\n\n| Code | Severity | Meaning | 含义 | What to do |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return head + groups.join('');
}

function schemaFiles(): readonly { readonly file: string; readonly text: string }[] {
  return schemas.map(({ file, title, schema }) => {
    const head = { $schema: 'http://json-schema.org/draft-07/schema#', title };
    return { file, text: `${JSON.stringify({ ...head, ...schema }, null, 2)}\n` };
  });
}

function rootPath(file: string): string {
  return fileURLToPath(new URL(file, import.meta.resolve('kakou/package.json')));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const onlyCheck = process.argv.includes('--check');
  for (const { file, text } of generatedFiles()) {
    if (isSame(rootPath(file), text)) continue;
    if (!onlyCheck) {
      mkdirSync(dirname(rootPath(file)), { recursive: true });
      writeFileSync(rootPath(file), text);
    }
    console.log(`${file}: ${onlyCheck ? 'is not what the code generates' : 'written'}`);
    if (onlyCheck) process.exitCode = 1;
  }
}

function isSame(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
