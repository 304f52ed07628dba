/** Where a picture lies: by the hash of its bytes, so that the same bytes are one file and no name comes from outside. */
import { join } from 'node:path';
import type { PictureReference } from '../../core/observation.ts';

/** SHA-256 in lower-case hexadecimal, and nothing else: it becomes part of a path. */
function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function folderOf(root: string, sha256: string): string {
  if (!isSha256(sha256)) throw new RangeError(`no SHA-256: ${JSON.stringify(sha256)}`);
  return join(root, sha256.slice(0, 2), sha256.slice(2, 4));
}

export function originalPath(
  root: string,
  { sha256, mediaType }: Pick<PictureReference, 'sha256' | 'mediaType'>,
): string {
  const ending = mediaType === 'image/png' ? 'png' : 'jpg';
  return join(folderOf(root, sha256), `${sha256}.${ending}`);
}

export function thumbnailPath(root: string, sha256: string): string {
  return join(folderOf(root, sha256), `${sha256}.thumb.jpg`);
}

/** Files that are being written. Nothing else is in it, so what is left there after a stop can go. */
export function incomingFolder(root: string): string {
  return join(root, 'incoming');
}
