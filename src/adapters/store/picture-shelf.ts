/**
 * Rows about pictures as the panel reads them: a connection of its own that only reads, opened when it is first
 * asked, because pictures must never keep a gate from starting.
 */
import type { SqliteDatabase } from './open-database.ts';
import { openForReading } from './open-database.ts';
import { type PictureRow, pictureReader } from './picture-records.ts';

export interface PictureRows {
  /** Throws where the rows cannot be read. */
  row(sha256: string): PictureRow | undefined;
  close(): void;
}

export function pictureRows(file: string): PictureRows {
  let open: { db: SqliteDatabase; read: (sha256: string) => PictureRow | undefined } | undefined;
  return {
    row(sha256) {
      if (!open) {
        const db = openForReading(file);
        try {
          open = { db, read: pictureReader(db) };
        } catch (error) {
          db.close();
          throw error;
        }
      }
      return open.read(sha256);
    },
    close: () => void open?.db.close(),
  };
}
