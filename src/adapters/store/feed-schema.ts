/** Forward steps of `feed.db`, the cache of the customs feed. A released step is never edited. */
export const feedApplicationId = 0x6b6b6631;

/**
 * `subject` is the only way to a fact: every container, consignment, lineage, plate and tag that a fact names.
 * `revision` rises with every change of any fact, so a look-up can be compared with an earlier one.
 */
export const feedMigrations: readonly string[] = [
  `
  CREATE TABLE fact (
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    as_of INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, source, id)
  ) WITHOUT ROWID;
  CREATE TABLE subject (
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (subject, kind, source, id)
  ) WITHOUT ROWID;
  CREATE TABLE source (
    source TEXT PRIMARY KEY,
    applied_sequence INTEGER NOT NULL DEFAULT 0,
    watermark_sequence INTEGER NOT NULL DEFAULT 0,
    watermark_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE gap (
    source TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    noticed_at INTEGER NOT NULL,
    PRIMARY KEY (source, first)
  ) WITHOUT ROWID;
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    file TEXT NOT NULL,
    line_number INTEGER NOT NULL,
    line TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (file, line_number)
  );
  CREATE TABLE taint (
    resembles TEXT NOT NULL,
    source TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (resembles, source, sequence)
  ) WITHOUT ROWID;
  `,
  // What the yard follows, in the order in which it was taken in; of the many proofs and consignments nothing.
  `
  CREATE INDEX fact_followed ON fact (source, revision)
    WHERE kind IN ('hold', 'exit-registration', 'stuffing', 'obligation', 'tally', 'binding');
  `,
];
