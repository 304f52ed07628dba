/** Forward steps of `ledger.db`. A released step is never edited. */
export const ledgerApplicationId = 0x6b6b6c31;

export const ledgerMigrations: readonly string[] = [
  `
  CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    frontier TEXT NOT NULL,
    checkpoint_sequence INTEGER NOT NULL
  );
  CREATE TABLE journal (
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    entry TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (epoch, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE delivery (
    epoch TEXT PRIMARY KEY,
    acknowledged_through INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE decision (
    decision_id TEXT PRIMARY KEY,
    passage_id TEXT NOT NULL,
    lane_id TEXT NOT NULL,
    disposition TEXT NOT NULL,
    policy_digest TEXT NOT NULL,
    inputs TEXT NOT NULL,
    result TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE reservation (
    id INTEGER PRIMARY KEY,
    lineage TEXT NOT NULL,
    container TEXT NOT NULL,
    passage_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'consumed', 'returned'))
  );
  CREATE UNIQUE INDEX reservation_once ON reservation (container, lineage) WHERE state <> 'returned';
  CREATE INDEX reservation_passage ON reservation (passage_id);
  CREATE TABLE passage (
    passage_id TEXT PRIMARY KEY,
    lane_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    plate TEXT,
    disposition TEXT,
    decision_id TEXT,
    plan TEXT,
    crossed_at INTEGER,
    ended_at INTEGER,
    outcome TEXT
  ) WITHOUT ROWID;
  CREATE INDEX passage_open ON passage (lane_id, started_at) WHERE ended_at IS NULL;
  CREATE TABLE opening (
    command_id TEXT PRIMARY KEY,
    decision_id TEXT NOT NULL UNIQUE,
    lane_id TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    not_after_monotonic_ms REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE visit (
    visit_id TEXT PRIMARY KEY,
    plate TEXT NOT NULL,
    entry_passage_id TEXT NOT NULL,
    entered_at INTEGER NOT NULL,
    containers TEXT NOT NULL,
    exit_passage_id TEXT,
    closed_at INTEGER,
    cause TEXT
  ) WITHOUT ROWID;
  CREATE INDEX visit_open ON visit (plate) WHERE closed_at IS NULL;
  CREATE TABLE exception (
    exception_id TEXT PRIMARY KEY,
    passage_id TEXT NOT NULL,
    lane_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    result TEXT
  ) WITHOUT ROWID;
  CREATE INDEX exception_open ON exception (opened_at) WHERE closed_at IS NULL;
  `,
];
