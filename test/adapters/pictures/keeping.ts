/** A program that keeps pictures in a folder as fast as it can, and says each hash once it is stored. */
import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { PictureFiles } from '../../../src/adapters/pictures/picture-files.ts';
import { openForWriting } from '../../../src/adapters/store/open-database.ts';
import { pictureRecords } from '../../../src/adapters/store/picture-records.ts';
import {
  pictureApplicationId,
  pictureMigrations,
} from '../../../src/adapters/store/picture-schema.ts';

const folder = process.argv[2] ?? '';
const files = new PictureFiles(join(folder, 'pictures'));
files.clearIncoming();
const records = pictureRecords(
  openForWriting({
    file: join(folder, 'pictures.db'),
    applicationId: pictureApplicationId,
    migrations: pictureMigrations,
  }),
);
const mediaType = 'image/jpeg';
for (let n = 0; n < 600; n += 1) {
  const bytes = new Uint8Array(randomBytes(20_000));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  records.begin({
    ...{ sha256, bytes: bytes.length, mediaType, role: 'scene', deviceId: 'c', laneId: 'l' },
    ...{ receivedAtMs: n, readingAtMs: n },
  });
  files.write({ sha256, mediaType }, bytes);
  records.stored(sha256);
  writeSync(1, `${sha256}\n`);
}
