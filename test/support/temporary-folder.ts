/** Folders of one test file. They are removed at its end, unless it failed: then they help to understand it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kakou-test-'));
  folders.push(folder);
  return folder;
}

process.once('exit', (code) => {
  if (code !== 0) return;
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
