/**
 * The folder of recordings that the gate saves by itself. Number and bytes of its files are bounded: the oldest
 * give way. A file bears its name only once it is whole.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingCause, RecordingStore } from '../../ports/recording.ts';
import { type RecordedGate, recordingLines } from './recording-lines.ts';

export interface RecordingFolderOptions {
  readonly directory: string;
  readonly filesMax: number;
  /** Of all files together; one alone is cut there. */
  readonly bytesMax: number;
  readonly gate: RecordedGate;
  /** Wall clock, ms since 1970. */
  readonly now: () => number;
}

/** Written at a time, characters: the daemon has a turn between two writes. */
const sliceLength = 65_536;
const ending = '.recording.jsonl';
const partEnding = '.part';

export function recordingFolder(options: RecordingFolderOptions): RecordingStore {
  const { directory, bytesMax, gate, now } = options;
  return {
    async save(recording, cause) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await prune(directory, { ...options, filesMax: options.filesMax - 1, parts: true });
      const path = join(directory, fileName(cause, now()));
      const part = `${path}${partEnding}`;
      const file = await open(part, 'w', 0o600);
      try {
        const lines = recordingLines(recording, { ...gate, cause, savedAtMs: now() });
        await writeSlices(file, lines, bytesMax);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, path);
      await prune(directory, options);
      return path;
    },
  };
}

function fileName({ trigger, code }: RecordingCause, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, '').replace('.', '-');
  const cause = [trigger, code].filter(Boolean).join('-');
  return `${time}-${cause.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 64)}${ending}`;
}

async function writeSlices(
  file: FileHandle,
  lines: Iterable<string>,
  bytesMax: number,
): Promise<void> {
  let slice = '';
  let bytes = 0;
  for (const line of lines) {
    slice += line;
    if (slice.length < sliceLength) continue;
    bytes += Buffer.byteLength(slice);
    if (bytes > bytesMax) return;
    await file.write(slice);
    slice = '';
  }
  if (bytes + Buffer.byteLength(slice) <= bytesMax) await file.write(slice);
}

async function prune(
  directory: string,
  limits: { readonly filesMax: number; readonly bytesMax: number; readonly parts?: boolean },
): Promise<void> {
  const names = (await readdir(directory)).sort().reverse();
  // Left by a daemon that was killed while it wrote.
  const parts = names.filter((name) => limits.parts && name.endsWith(`${ending}${partEnding}`));
  for (const name of parts) await rm(join(directory, name), { force: true });
  let files = 0;
  let bytes = 0;
  for (const name of names.filter((each) => each.endsWith(ending))) {
    const { size } = await stat(join(directory, name));
    files += 1;
    bytes += size;
    if (files > limits.filesMax || bytes > limits.bytesMax) {
      await rm(join(directory, name), { force: true });
    }
  }
}
