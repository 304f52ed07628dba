/** Under which name a file is laid aside. Nothing that lies there already is overwritten, whatever it is called. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ending = '.ndjson';
/** Room for what is added to a name; file systems take 255 bytes. */
const stemBytesMax = 200;

/**
 * The same file has the same name at every try. A file of a name that was used before gets its time of change.
 * @param folders where the name must be free
 */
export function archiveName(
  { name, changedAtMs }: { readonly name: string; readonly changedAtMs: number },
  folders: readonly string[],
): string {
  const stem = cutToBytes(name.slice(0, -ending.length), stemBytesMax);
  const isFree = (each: string) => !folders.some((folder) => existsSync(join(folder, each)));
  const plain = `${stem}${ending}`;
  if (isFree(plain)) return plain;
  for (let n = 1; ; n += 1) {
    const dated = `${stem}.${Math.trunc(changedAtMs)}${n === 1 ? '' : `-${n}`}${ending}`;
    if (isFree(dated)) return dated;
  }
}

function cutToBytes(text: string, bytesMax: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > bytesMax) cut = [...cut].slice(0, -1).join('');
  return cut;
}
