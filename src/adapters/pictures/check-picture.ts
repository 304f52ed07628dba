/**
 * Decodes one picture to the end, and makes its thumbnail on the way. libvips reads what a stranger wrote, so this
 * runs in a process of its own and nowhere else; the original is only ever read.
 */
import { open, rename, stat } from 'node:fs/promises';
import sharp from 'sharp';
import type { CheckAnswer, CheckRequest } from './worker-messages.ts';

type Checked = Omit<Extract<CheckAnswer, { kind: 'checked' }>, 'kind' | 'id'>;

/** Pixels; a camera of 12 megapixels has a quarter of it. A small file can claim any size. */
const pixelsMax = 50_000_000;
/** Longer side of a thumbnail, pixels. */
const thumbnailPixels = 320;

sharp.concurrency(1);
sharp.cache(false);

export async function checkPicture(request: CheckRequest): Promise<Checked> {
  const { file, mediaType } = request;
  try {
    const thumbnailBytes = await decode(request, 'error');
    return { verdict: 'whole', detail: '', thumbnailBytes };
  } catch (error) {
    const detail = error instanceof Error ? error.message.slice(0, 300) : String(error);
    const verdict = (await isCut(file, mediaType)) ? 'truncated' : 'damaged';
    // Half a picture may still show the plate.
    const thumbnailBytes = await decode(request, 'none').catch(() => 0);
    return { verdict, detail, thumbnailBytes };
  }
}

async function decode(
  { file, thumbnail, temporary }: CheckRequest,
  failOn: 'error' | 'none',
): Promise<number> {
  const image = sharp(file, { failOn, limitInputPixels: pixelsMax, sequentialRead: true })
    .autoOrient()
    .resize({
      width: thumbnailPixels,
      height: thumbnailPixels,
      fit: 'inside',
      withoutEnlargement: true,
    })
    .jpeg({ quality: 75 });
  if (thumbnail === undefined || temporary === undefined) {
    await image.toBuffer();
    return 0;
  }
  const { size } = await image.toFile(temporary);
  await rename(temporary, thumbnail);
  return size;
}

/** Whether the file stops before the mark that ends its format. Cameras pad behind it with zeros. */
async function isCut(file: string, mediaType: string): Promise<boolean> {
  const { size } = await stat(file);
  const tail = Buffer.alloc(Math.min(size, 4_096));
  const handle = await open(file, 'r');
  try {
    await handle.read(tail, 0, tail.length, size - tail.length);
  } finally {
    await handle.close();
  }
  if (mediaType === 'image/png') return !tail.includes('IEND');
  let end = tail.length;
  while (end > 0 && tail[end - 1] === 0) end -= 1;
  return !(end >= 2 && tail[end - 2] === 0xff && tail[end - 1] === 0xd9);
}
