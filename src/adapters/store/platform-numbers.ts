/**
 * `platform.db`: every sequence number that was ever given to a question to the customs gate platform. The counter goes on
 * over restarts, and a number that is there already is never given again, whatever the clock says.
 */
import { sequenceNumber } from '../../interchange/jgst14/sequence-number.ts';
import { openForWriting } from './open-database.ts';

const platformApplicationId = 0x6b6b7031;

/** Forward steps. A released step is never edited. */
const platformMigrations: readonly string[] = [
  `
  CREATE TABLE sequence_number (seq_no TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER NOT NULL);
  INSERT INTO counter (id, value) VALUES (1, 0);
  `,
];

/** A counter has this many numbers to a second. */
const triesMax = 1_000_000;

export interface PlatformNumbers {
  /** `time`: 14 digits. The number is on the disk when this returns; throws where it could not be written. */
  draw(time: string): string;
  close(): void;
}

/** `gateDigit`: see `sequenceNumber`. */
export function openPlatformNumbers(file: string, gateDigit?: number): PlatformNumbers {
  const db = openForWriting({
    file,
    applicationId: platformApplicationId,
    migrations: platformMigrations,
  });
  const value = db.prepare<[], number>('SELECT value FROM counter WHERE id = 1').pluck();
  const keep = db.prepare('UPDATE counter SET value = ? WHERE id = 1');
  const insert = db.prepare('INSERT OR IGNORE INTO sequence_number (seq_no) VALUES (?)');
  const draw = db.transaction((time: string): string => {
    let counter = value.get() ?? 0;
    for (let tries = 0; tries < triesMax; tries += 1) {
      counter += 1;
      const seqNo = sequenceNumber(time, counter, gateDigit);
      if (insert.run(seqNo).changes === 0) continue;
      keep.run(counter);
      return seqNo;
    }
    throw new RangeError(`all numbers of ${time} are used`);
  }).immediate;
  return { draw, close: () => db.close() };
}
