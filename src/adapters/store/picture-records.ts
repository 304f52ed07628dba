/** The rows about pictures: written by the picture worker, read by the panel through a connection of its own. */
import type {
  AgedFile,
  PassagePictureRow,
  PictureEntry,
  PictureRecords,
  PictureStanding,
  StoredFile,
} from '../../ports/pictures.ts';
import type { SqliteDatabase } from './open-database.ts';

/** How often a check is begun for one picture: what ended the checker once may have been chance, twice is it. */
const triesMax = 2;

const fileColumns = `sha256, bytes, media_type AS mediaType,
  coalesce((SELECT device_id FROM picture_use u WHERE u.sha256 = picture.sha256 ORDER BY id DESC LIMIT 1), '')
    AS deviceId`;

export function pictureRecords(db: SqliteDatabase): PictureRecords {
  const statements = writing(db);
  const nextUnchecked = db.prepare<[], StoredFile & { tries: number }>(
    `SELECT ${fileColumns}, tries FROM picture
     WHERE state = 'stored' AND verdict = 'unchecked' ORDER BY received_at, sha256 LIMIT 1`,
  );
  const oldest = db.prepare<[string, number, number], AgedFile>(
    `SELECT ${fileColumns}, thumbnail_bytes AS thumbnailBytes FROM picture
     WHERE state = 'stored' AND role = ? AND received_at < ? ORDER BY received_at, sha256 LIMIT ?`,
  );
  const unfinished = db.prepare<[number], StoredFile & { state: 'storing' | 'purging' }>(
    `SELECT ${fileColumns}, state FROM picture WHERE state IN ('storing', 'purging') LIMIT ?`,
  );
  const storedBytes = db
    .prepare<[], number>(
      `SELECT coalesce(sum(bytes + thumbnail_bytes), 0) FROM picture WHERE state = 'stored'`,
    )
    .pluck();
  const begin = db.transaction((entry: PictureEntry) => {
    const known = statements.stateOf.get(entry.sha256);
    statements.come.run({ ...entry, state: 'storing', reason: null });
    statements.use.run(useRow(entry));
    return known === 'stored' ? ('known' as const) : ('write' as const);
  });
  const refused = db.transaction((entry: PictureEntry, reason: string) => {
    statements.refuse.run({ ...entry, state: 'refused', reason });
    statements.use.run(useRow(entry));
  });
  const belong = db.transaction((passageId: string, sha256s: readonly string[]) => {
    for (const sha256 of sha256s) statements.belong.run(passageId, sha256);
  });
  const next = db.transaction(() => {
    for (;;) {
      const picture = nextUnchecked.get();
      if (!picture) return undefined;
      if (picture.tries < triesMax) {
        statements.tried.run(picture.sha256);
        return picture;
      }
      statements.checked.run('damaged', 0, picture.sha256);
    }
  });
  return {
    begin: (entry) => begin.immediate(entry),
    stored: (sha256) => void statements.stored.run(sha256),
    refused: (entry, reason) => refused.immediate(entry, reason),
    notStored: (sha256, reason) => void statements.notStored.run(reason, sha256),
    belong: (passageId, sha256s) => belong.immediate(passageId, sha256s),
    unfinished: (limit) => unfinished.all(limit),
    nextUnchecked: () => next.immediate(),
    checked: (sha256, verdict, thumbnailBytes) =>
      statements.checked.run(verdict, thumbnailBytes, sha256).changes > 0,
    oldest: (role, beforeMs, limit) => oldest.all(role, beforeMs, limit),
    purging: (sha256) => void statements.purging.run(sha256),
    purged: (sha256, atMs) => void statements.purged.run(atMs, sha256),
    storedBytes: () => storedBytes.get() ?? 0,
    close: () => void db.close(),
  };
}

function useRow(entry: PictureEntry) {
  return { ...entry, deviceEventId: entry.deviceEventId ?? null };
}

function writing(db: SqliteDatabase) {
  return {
    stateOf: db.prepare<[string], string>('SELECT state FROM picture WHERE sha256 = ?').pluck(),
    // What is stored stays so and grows younger; what was refused or is gone begins anew.
    come: db.prepare(
      `INSERT INTO picture (sha256, bytes, media_type, role, state, reason, received_at)
       VALUES (:sha256, :bytes, :mediaType, :role, :state, :reason, :receivedAtMs)
       ON CONFLICT (sha256) DO UPDATE SET received_at = max(received_at, excluded.received_at),
         state = CASE picture.state WHEN 'stored' THEN 'stored' ELSE excluded.state END,
         reason = NULL, purged_at = NULL`,
    ),
    refuse: db.prepare(
      `INSERT INTO picture (sha256, bytes, media_type, role, state, reason, received_at)
       VALUES (:sha256, :bytes, :mediaType, :role, :state, :reason, :receivedAtMs)
       ON CONFLICT (sha256) DO NOTHING`,
    ),
    use: db.prepare(
      `INSERT INTO picture_use
         (sha256, role, device_id, lane_id, received_at, reading_at, device_event_id)
       VALUES (:sha256, :role, :deviceId, :laneId, :receivedAtMs, :readingAtMs, :deviceEventId)`,
    ),
    stored: db.prepare<[string]>(
      `UPDATE picture SET state = 'stored', verdict = 'unchecked', tries = 0, thumbnail_bytes = 0
       WHERE sha256 = ? AND state = 'storing'`,
    ),
    notStored: db.prepare<[string, string]>(
      `UPDATE picture SET state = 'refused', reason = ? WHERE sha256 = ? AND state = 'storing'`,
    ),
    belong: db.prepare<[string, string]>(
      `UPDATE picture_use SET passage_id = ?
       WHERE id = (SELECT max(id) FROM picture_use WHERE sha256 = ?) AND passage_id IS NULL`,
    ),
    tried: db.prepare<[string]>('UPDATE picture SET tries = tries + 1 WHERE sha256 = ?'),
    checked: db.prepare<[string, number, string]>(
      `UPDATE picture SET verdict = ?, thumbnail_bytes = ? WHERE sha256 = ? AND state = 'stored'`,
    ),
    purging: db.prepare<[string]>(`UPDATE picture SET state = 'purging' WHERE sha256 = ?`),
    purged: db.prepare<[number, string]>(
      `UPDATE picture SET state = 'purged', purged_at = ?, thumbnail_bytes = 0
       WHERE sha256 = ? AND state = 'purging'`,
    ),
  };
}

/** A row as the panel needs it; paths are added by who knows the folder. */
export type PictureRow = Omit<PictureStanding, 'file' | 'thumbnail'> & {
  readonly hasThumbnail: boolean;
};

interface ReadRow {
  bytes: number;
  mediaType: string;
  state: 'storing' | 'stored' | 'purging' | 'purged' | 'refused';
  verdict: 'unchecked' | 'whole' | 'truncated' | 'damaged';
  reason: string | null;
  purgedAtMs: number | null;
  thumbnailBytes: number;
}

export interface PictureReader {
  row(sha256: string): PictureRow | undefined;
  ofPassage(passageId: string): readonly PassagePictureRow[];
}

export function pictureReader(db: SqliteDatabase): PictureReader {
  const ofPassage = db.prepare<[string], Omit<PassagePictureRow, 'isBroken'> & { verdict: string }>(
    `SELECT u.sha256, u.role, u.device_id AS deviceId, p.verdict
     FROM picture_use u JOIN picture p USING (sha256)
     WHERE u.passage_id = ? ORDER BY u.id LIMIT 16`,
  );
  const row = db.prepare<[string], ReadRow>(
    `SELECT bytes, media_type AS mediaType, state, verdict, reason, purged_at AS purgedAtMs,
       thumbnail_bytes AS thumbnailBytes FROM picture WHERE sha256 = ?`,
  );
  const look = (sha256: string) => {
    const found = row.get(sha256);
    if (!found) return undefined;
    const { bytes, mediaType, reason, purgedAtMs, thumbnailBytes } = found;
    return {
      state: stateOf(found),
      bytes,
      mediaType,
      hasThumbnail: thumbnailBytes > 0,
      ...(reason !== null && { reason }),
      ...(purgedAtMs !== null && { purgedAtMs }),
    };
  };
  return {
    row: look,
    ofPassage: (passageId) =>
      ofPassage
        .all(passageId)
        .map(({ verdict, ...row }) => ({ ...row, isBroken: isBroken(verdict) })),
  };
}

function isBroken(verdict: string): boolean {
  return verdict === 'truncated' || verdict === 'damaged';
}

function stateOf({ state, verdict }: ReadRow): PictureStanding['state'] {
  if (state === 'purging') return 'purged';
  if (state === 'stored' && (verdict === 'truncated' || verdict === 'damaged')) return verdict;
  return state;
}
