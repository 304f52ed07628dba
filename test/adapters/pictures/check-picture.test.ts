/** What the decoder says of whole, cut and hostile pictures; here in this process, for the sake of the answers. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import t from 'tap';
import { checkPicture } from '../../../src/adapters/pictures/check-picture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { madePicture, sha256Of } from '../../support/test-pictures.ts';

async function check(bytes: Uint8Array, mediaType = 'image/jpeg') {
  const folder = temporaryFolder();
  const file = join(folder, 'original');
  writeFileSync(file, bytes);
  const thumbnail = join(folder, 'thumbnail');
  const checked = await checkPicture({
    id: 1,
    file,
    mediaType,
    thumbnail,
    temporary: join(folder, 'temporary'),
  });
  t.equal(sha256Of(readFileSync(file)), sha256Of(bytes), 'the original is as it was');
  return { ...checked, thumbnail };
}

t.test(
  'a whole picture gets a thumbnail of 320 pixels that bears nothing but pixels',
  async (t) => {
    const { bytes } = await madePicture(1, { width: 1_280, height: 720 });
    const dated = await sharp(bytes)
      .withExif({ IFD0: { Copyright: 'whose', ImageDescription: 'where' } })
      .jpeg()
      .toBuffer();
    t.ok((await sharp(dated).metadata()).exif);
    const checked = await check(dated);
    t.match(checked, { verdict: 'whole', thumbnailBytes: statSync(checked.thumbnail).size });
    t.match(await sharp(checked.thumbnail).metadata(), { width: 320, height: 180, format: 'jpeg' });
    t.equal((await sharp(checked.thumbnail).metadata()).exif, undefined);

    const png = await madePicture(2, { format: 'png', width: 100, height: 400 });
    const checkedPng = await check(png.bytes, 'image/png');
    t.match(checkedPng, { verdict: 'whole' });
    t.match(await sharp(checkedPng.thumbnail).metadata(), { width: 80, height: 320 });
    const turned = await sharp(bytes).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const upright = await check(turned);
    t.match(upright, { verdict: 'whole' });
    t.match(await sharp(upright.thumbnail).metadata(), { width: 180, height: 320 }, 'upright');
    const trailed = Buffer.concat([bytes, Buffer.from('what a maker writes behind it')]);
    t.match(await check(trailed), { verdict: 'whole' }, 'words of the maker behind the end');
    const small = await check((await madePicture(3, { width: 64, height: 48 })).bytes);
    t.match(await sharp(small.thumbnail).metadata(), { width: 64 }, 'nothing is made larger');
  },
);

t.test(
  'a picture that was cut is truncated, wherever the cut is, and what there is is shown',
  async (t) => {
    const jpeg = (await madePicture(4)).bytes;
    const png = (await madePicture(4, { format: 'png' })).bytes;
    for (const share of [0.3, 0.6, 0.9, 0.99]) {
      const half = await check(jpeg.slice(0, Math.floor(jpeg.length * share)));
      t.match(half, { verdict: 'truncated' }, `JPEG ${share}`);
      t.ok(half.thumbnailBytes > 0, `half a JPEG can be looked at: ${share}`);
      const cut = await check(png.slice(0, Math.floor(png.length * share)), 'image/png');
      t.match(cut, { verdict: 'truncated' }, `PNG ${share}`);
    }
    t.match(await check(jpeg.slice(0, 20)), { verdict: 'truncated', thumbnailBytes: 0 });
    const padded = new Uint8Array(jpeg.length + 100);
    padded.set(jpeg);
    t.match(await check(padded), { verdict: 'whole' }, 'zeros behind the end');
  },
);

t.test(
  'what is no picture behind its first bytes, or a giant, is damaged and nothing worse',
  async (t) => {
    const noise = new Uint8Array(5_000).map((_, at) => (at * 7_919) % 251);
    noise.set([0xff, 0xd8, 0xff]);
    noise.set([0xff, 0xd9], noise.length - 2);
    t.match(await check(noise), { verdict: 'damaged', thumbnailBytes: 0, detail: /./ });
    // A real head that claims a hundred thousand pixels each way.
    const png = (await madePicture(5, { format: 'png', width: 8, height: 8 })).bytes.slice();
    const head = Buffer.from(png.buffer);
    head.writeUInt32BE(100_000, 16);
    head.writeUInt32BE(100_000, 20);
    t.match(await check(png, 'image/png'), { verdict: 'damaged', thumbnailBytes: 0 });
    const wide = await sharp({
      create: { width: 10_000, height: 6_000, channels: 3, background: 'red' },
    })
      .png()
      .toBuffer();
    t.match(await check(wide, 'image/png'), { verdict: 'damaged', detail: /pixel limit/ });
  },
);
