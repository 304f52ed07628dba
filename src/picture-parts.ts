/** Evidence pictures as the composition root hands them out: the store to the gate, the shelf to the panel. */
import { join } from 'node:path';
import { originalPath, thumbnailPath } from './adapters/pictures/picture-paths.ts';
import { pictureWorkers, WorkerPictureStore } from './adapters/pictures/picture-store.ts';
import { pictureRows } from './adapters/store/picture-shelf.ts';
import type { GateConfig } from './config/config-schema.ts';
import type { PictureShelf, PictureStore } from './ports/pictures.ts';
import { BackOff } from './runtime/back-off.ts';

export interface PictureParts {
  readonly pictures: PictureStore;
  readonly shelf: PictureShelf & { close(): void };
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

export function pictureParts({ data, pictures: settings }: GateConfig): PictureParts {
  const { retentionDays, quotaMiB, freeMiBMin, ...caps } = settings;
  const directory = join(data.directory, 'pictures');
  const recordsFile = join(data.directory, 'pictures.db');
  const limits = { retentionDays, quotaMiB, freeMiBMin };
  const worker = new URL(`./picture-worker.${extension}`, import.meta.url);
  const rows = pictureRows(recordsFile);
  return {
    pictures: new WorkerPictureStore({
      caps,
      startWorker: pictureWorkers(worker, { directory, recordsFile, limits }),
      backOff: new BackOff({ firstMs: 1_000, lastMs: 60_000, random: Math.random }),
    }),
    shelf: {
      look(sha256) {
        const row = rows.row(sha256);
        if (!row) return undefined;
        const { hasThumbnail, ...standing } = row;
        return {
          ...standing,
          file: originalPath(directory, { sha256, mediaType: row.mediaType }),
          ...(hasThumbnail && { thumbnail: thumbnailPath(directory, sha256) }),
        };
      },
      ofPassage: (passageId) => rows.ofPassage(passageId),
      close: () => rows.close(),
    },
  };
}
