/** Forward steps of `feed.db`, the cache of the customs feed. A released step is never edited. */
import { subjectsOf } from './fact-subjects.ts';
import { factTables } from './fact-tables.ts';
import type { Migration, SqliteDatabase } from './open-database.ts';

export const feedApplicationId = 0x6b6b6631;

/**
 * `subject` is the only way to a fact: every container, consignment, lineage, plate and tag that a fact names.
 * `revision` rises with every change of any fact, so a look-up can be compared with an earlier one.
 *
 * Facts lie in tables of their own for each load of a source (`fact-tables.ts`): a snapshot is filled into new ones
 * and becomes the source's by one row of `load`, and the old ones are dropped whole.
 *
 * `acknowledged`, `disposed` and `settled` are the acts of persons as JSON: who, why, when.
 */
export const feedMigrations: readonly Migration[] = [
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
  (db) => {
    db.exec(`
      CREATE TABLE load (
        load INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('live', 'staged', 'gone'))
      );
      CREATE UNIQUE INDEX load_live ON load (source) WHERE state = 'live';
      CREATE TABLE staged_line (
        load INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        file TEXT NOT NULL,
        line_number INTEGER NOT NULL,
        line TEXT NOT NULL,
        reason TEXT NOT NULL,
        at INTEGER NOT NULL,
        taints TEXT NOT NULL,
        PRIMARY KEY (load, line_number)
      ) WITHOUT ROWID;
      INSERT INTO load (source, state) SELECT source, 'live' FROM (SELECT source FROM source UNION SELECT source FROM fact);
      ALTER TABLE gap ADD COLUMN acknowledged TEXT;
      ALTER TABLE taint ADD COLUMN disposed TEXT;
      ALTER TABLE quarantine ADD COLUMN load INTEGER;
      ALTER TABLE quarantine ADD COLUMN settled TEXT;
    `);
    moveFacts(db);
    db.exec('DROP INDEX fact_followed; DROP TABLE subject; DROP TABLE fact;');
  },
];

/** What a fact is found by is worked out anew: an older kakou named its drivers by their ids alone. */
function moveFacts(db: SqliteDatabase): void {
  const loads = db.prepare<[], { load: number; source: string }>('SELECT load, source FROM load');
  for (const { load, source } of loads.all()) {
    db.exec(factTables(load));
    db.prepare(
      `INSERT INTO fact_${load} (kind, id, version, as_of, sequence, revision, deleted, body)
       SELECT kind, id, version, as_of, sequence, revision, deleted, body FROM fact WHERE source = ?`,
    ).run(source);
    const add = db.prepare(`INSERT INTO subject_${load} (subject, fact) VALUES (?, ?)`);
    const some = db.prepare<[number], { fact: number; kind: string; id: string; body: string }>(
      `SELECT fact, kind, id, body FROM fact_${load} WHERE fact > ? AND deleted = 0 ORDER BY fact LIMIT 1000`,
    );
    for (let rows = some.all(0); rows.length > 0; rows = some.all(rows.at(-1)?.fact ?? 0)) {
      for (const { fact, kind, id, body: text } of rows) {
        const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
        if (body['state'] === 'lifted') continue;
        for (const subject of subjectsOf({ kind, id, body })) add.run(subject, fact);
      }
    }
  }
}
