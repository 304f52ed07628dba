/**
 * The lines of a file, a block at a time. Only as much of the file is read as was there when it was opened, and
 * a line of any length costs no more memory than the longest that counts.
 */
import type { FileHandle } from 'node:fs/promises';
import { lineBytesMax } from '../../interchange/feed/parse-line.ts';

export interface FileLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Why the text is not what stands in the file; it is then what could be had of it. */
  readonly fault?: string;
}

const blockBytes = 262_144;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export async function* linesOf(
  handle: FileHandle,
  size: number,
): AsyncGenerator<readonly FileLine[]> {
  const block = Buffer.allocUnsafe(blockBytes);
  const open = new OpenLine();
  for (let position = 0; position < size; ) {
    const wanted = Math.min(blockBytes, size - position);
    const { bytesRead } = await handle.read(block, 0, wanted, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield open.cut(block.subarray(0, bytesRead));
  }
  yield open.end();
}

/** What has been read of a line that has not ended yet. */
class OpenLine {
  #number = 0;
  #parts: Buffer[] = [];
  #bytes = 0;

  /** The lines that end in this block. Its memory is used again afterwards. */
  cut(block: Buffer): readonly FileLine[] {
    const lines: FileLine[] = [];
    let from = 0;
    for (let to = block.indexOf(lineFeed); to !== -1; to = block.indexOf(lineFeed, from)) {
      lines.push(this.#close(block.subarray(from, to)));
      from = to + 1;
    }
    if (from < block.length) this.#keep(Buffer.from(block.subarray(from)));
    return lines;
  }

  end(): readonly FileLine[] {
    return this.#bytes > 0 ? [this.#close(Buffer.alloc(0))] : [];
  }

  #keep(part: Buffer): void {
    if (this.#bytes <= lineBytesMax) this.#parts.push(part);
    this.#bytes += part.length;
  }

  #close(last: Buffer): FileLine {
    const bytes = this.#bytes + last.length;
    const whole = this.#bytes === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#bytes = 0;
    this.#number += 1;
    return lineOf(this.#number, whole.subarray(0, lineBytesMax), bytes);
  }
}

function lineOf(number: number, read: Buffer, bytes: number): FileLine {
  const length = read.at(-1) === carriageReturn ? read.length - 1 : read.length;
  const line = read.toString('utf8', 0, length);
  // A byte order mark is no part of the first line.
  const text = number === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line;
  const fault = faultOf(text, bytes);
  return { number, text, ...(fault !== undefined && { fault }) };
}

function faultOf(text: string, bytes: number): string | undefined {
  if (bytes > lineBytesMax) return `the line has more than ${lineBytesMax} bytes`;
  // Also where the sender put the mark: what stood there is lost, and a name with it is another name.
  if (text.includes('\uFFFD')) return 'the line has bytes that are no UTF-8';
  return undefined;
}
