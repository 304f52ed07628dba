import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of a file of the installed package, the same from the sources and from the build. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, import.meta.resolve('kakou/package.json')));
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
