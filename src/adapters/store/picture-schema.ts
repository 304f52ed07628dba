/** Forward steps of `pictures.db`, the rows about evidence pictures. A released step is never edited. */
export const pictureApplicationId = 0x6b6b7031;

/**
 * `picture` has one row for the same bytes, `picture_use` one for each time they came. A row outlives its file:
 * `state` goes from `storing` over `stored` to `purging` and `purged`, or is `refused` with its reason.
 * `verdict` is `unchecked`, `whole`, `truncated` or `damaged`.
 */
export const pictureMigrations: readonly string[] = [
  `
  CREATE TABLE picture (
    sha256 TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    verdict TEXT NOT NULL DEFAULT 'unchecked',
    tries INTEGER NOT NULL DEFAULT 0,
    thumbnail_bytes INTEGER NOT NULL DEFAULT 0,
    received_at INTEGER NOT NULL,
    purged_at INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX picture_age ON picture (role, received_at, sha256) WHERE state = 'stored';
  CREATE INDEX picture_unchecked ON picture (received_at, sha256) WHERE state = 'stored' AND verdict = 'unchecked';
  CREATE INDEX picture_unfinished ON picture (state) WHERE state IN ('storing', 'purging');
  CREATE TABLE picture_use (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES picture (sha256),
    role TEXT NOT NULL,
    device_id TEXT NOT NULL,
    lane_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    reading_at INTEGER NOT NULL,
    device_event_id TEXT,
    passage_id TEXT
  );
  CREATE INDEX picture_use_of ON picture_use (sha256, id);
  CREATE INDEX picture_use_passage ON picture_use (passage_id) WHERE passage_id IS NOT NULL;
  `,
];
