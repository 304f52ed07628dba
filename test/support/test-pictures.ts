/** Small pictures that a decoder takes, each of its own. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';

export interface MadePicture {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** `n` makes the colour, and so the hash. */
export async function madePicture(
  n: number,
  options: {
    readonly format?: 'jpeg' | 'png';
    readonly width?: number;
    readonly height?: number;
  } = {},
): Promise<MadePicture> {
  const { format = 'jpeg', width = 640, height = 480 } = options;
  const noise = Buffer.alloc(width * height * 3);
  // Not flat, so that half of the bytes is half of the picture.
  let state = n + 1;
  for (let at = 0; at < noise.length; at += 1) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    noise[at] = state >>> 16;
  }
  const image = sharp(noise, { raw: { width, height, channels: 3 } });
  const bytes = new Uint8Array(await image[format]({ quality: 80 }).toBuffer());
  return { bytes, sha256: sha256Of(bytes) };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
