/**
 * Rows about pictures as the panel reads them: a connection of its own that only reads, opened when it is first
 * asked, because pictures must never keep a gate from starting.
 */
import type { SqliteDatabase } from './open-database.ts';
import { openForReading } from './open-database.ts';
import { type PictureReader, pictureReader } from './picture-records.ts';

export interface PictureRows extends PictureReader {
  close(): void;
}

/** Both readings throw where the rows cannot be read. */
export function pictureRows(file: string): PictureRows {
  let open: { db: SqliteDatabase; reader: PictureReader } | undefined;
  const reader = () => {
    if (open) return open.reader;
    const db = openForReading(file);
    try {
      open = { db, reader: pictureReader(db) };
      return open.reader;
    } catch (error) {
      db.close();
      throw error;
    }
  };
  return {
    row: (sha256) => reader().row(sha256),
    ofPassage: (passageId) => reader().ofPassage(passageId),
    close: () => void open?.db.close(),
  };
}
