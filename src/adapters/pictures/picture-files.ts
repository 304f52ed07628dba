/**
 * The files of pictures, written so that a name stands for whole bytes also after a power cut. Runs in the
 * picture worker alone: every call waits for the disk.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  opendirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { StoredFile } from '../../ports/pictures.ts';
import { incomingFolder, originalPath, thumbnailPath } from './picture-paths.ts';

/** Files that are left over from before a stop and removed at a start, at most. */
const leftOverMax = 10_000;

export class PictureFiles {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Removes what was being written when the daemon stopped; says how many there were. */
  clearIncoming(): number {
    const folder = incomingFolder(this.root);
    mkdirSync(folder, { recursive: true });
    const entries = opendirSync(folder);
    let removed = 0;
    try {
      for (let entry = entries.readSync(); entry; entry = entries.readSync()) {
        if (removed >= leftOverMax) break;
        rmSync(join(folder, entry.name), { force: true, recursive: true });
        removed += 1;
      }
    } finally {
      entries.closeSync();
    }
    return removed;
  }

  /** Throws with the system's code where the disk does not take it; nothing is left behind then. */
  write(picture: Pick<StoredFile, 'sha256' | 'mediaType'>, bytes: Uint8Array): void {
    const path = originalPath(this.root, picture);
    const temporary = join(incomingFolder(this.root), picture.sha256);
    const made = mkdirSync(dirname(path), { recursive: true });
    mkdirSync(dirname(temporary), { recursive: true });
    try {
      const handle = openSync(temporary, 'w', 0o640);
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    syncFolder(dirname(path));
    // A folder is kept by an entry in the one above it.
    if (made !== undefined) {
      syncFolder(dirname(dirname(path)));
      syncFolder(this.root);
    }
  }

  isWhole({ bytes, ...picture }: Pick<StoredFile, 'sha256' | 'mediaType' | 'bytes'>): boolean {
    return this.#sizeOf(originalPath(this.root, picture)) === bytes;
  }

  /** What is gone already is as good as removed. */
  remove(picture: Pick<StoredFile, 'sha256' | 'mediaType'>): void {
    for (const path of [originalPath(this.root, picture), thumbnailPath(this.root, picture.sha256)])
      unlinkIfThere(path);
  }

  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.root);
    return bavail * bsize;
  }

  #sizeOf(path: string): number | undefined {
    return statSync(path, { throwIfNoEntry: false })?.size;
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
