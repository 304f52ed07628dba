/**
 * Writes the JSON schemas that editors use, from the schemas in the code. Run it after changing one of them:
 * `npx tsc -b && node dist/scripts/generate-schemas.js`. A test holds the committed files against it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { GateConfig } from '../src/config/config-schema.ts';
import { PolicyFile } from '../src/config/policy.ts';
import { FirmwareProfile } from '../src/driver-kit/profile/schema.ts';

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
  return schemas.map(({ file, title, schema }) => {
    const head = { $schema: 'http://json-schema.org/draft-07/schema#', title };
    return { file, text: `${JSON.stringify({ ...head, ...schema }, null, 2)}\n` };
  });
}

function rootPath(file: string): string {
  return fileURLToPath(new URL(file, import.meta.resolve('kakou/package.json')));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { file, text } of generatedFiles()) {
    const isNew = !isSame(rootPath(file), text);
    if (isNew) writeFileSync(rootPath(file), text);
    console.log(`${file}: ${isNew ? 'written' : 'unchanged'}`);
  }
}

function isSame(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
