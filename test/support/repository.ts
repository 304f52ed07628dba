import { fileURLToPath } from 'node:url';

/** Path of a file of the repository, the same from source and from `dist`. */
export function repositoryFile(path: string): string {
  return fileURLToPath(new URL(path, import.meta.resolve('kakou/package.json')));
}
