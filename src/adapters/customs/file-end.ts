/** Whether a file of the feed is whole: its watermark is its last line, and until then it is being written. */
import type { FileHandle } from 'node:fs/promises';
import { type FeedTrailer, parseFeedLine } from '../../interchange/feed/parse-line.ts';

export type FileEnd =
  | { readonly kind: 'whole'; readonly trailer: FeedTrailer }
  /** It may go on; the reason counts once it has stood still. */
  | { readonly kind: 'open'; readonly reason: string }
  | { readonly kind: 'unusable'; readonly reason: string };

const tailBytes = 4_096;

export async function fileEnd(handle: FileHandle, size: number): Promise<FileEnd> {
  if (size === 0) return { kind: 'open', reason: 'the file is empty' };
  const head = await bytesAt(handle, 0, Math.min(size, 2));
  if (head.equals(Buffer.from('fffe', 'hex')) || head.equals(Buffer.from('feff', 'hex')))
    return { kind: 'open', reason: 'the file is UTF-16; the feed is UTF-8' };
  const length = Math.min(size, tailBytes);
  const tail = await bytesAt(handle, size - length, length);
  if (tail.at(-1) !== 0x0a) return { kind: 'open', reason: 'the last line has no line end' };
  const last = parseFeedLine(tail.toString('utf8').trimEnd().split('\n').at(-1) ?? '');
  if (last.kind === 'trailer') return { kind: 'whole', trailer: last };
  if (last.kind === 'badTrailer')
    return { kind: 'unusable', reason: `the watermark: ${last.reason}` };
  return { kind: 'open', reason: 'the last line is no watermark' };
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
