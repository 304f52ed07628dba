/** Forward steps of `ledger.db`. A released step is never edited. */
export const ledgerApplicationId = 0x6b6b6c31;

/**
 * What a decision writes lies on few pages, because each page costs time between the decision and the arm: the
 * journal grows at its end by integer keys, and rows that are looked up by what they are have no second index.
 * `lane` has what a person ordered of a lane last, as canonical JSON, and which way the lane is turned.
 * `tree` is the Merkle frontier as of the newest checkpoint; entries behind it are added when the next is due.
 * The sixth step is the yard. Nothing of it is written with a decision: only with a crossing and after it.
 * `visit.entered` is what the exit is compared with, as JSON.
 */
export const ledgerMigrations: readonly string[] = [
  `
  CREATE TABLE epoch (
    number INTEGER PRIMARY KEY,
    epoch TEXT NOT NULL UNIQUE,
    position_before_first INTEGER NOT NULL
  );
  CREATE TABLE journal (
    position INTEGER PRIMARY KEY,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    entry TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  CREATE TABLE tree (
    epoch TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    frontier TEXT NOT NULL
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
    result TEXT NOT NULL,
    plan TEXT NOT NULL,
    command_id TEXT,
    boot_id TEXT,
    not_after_monotonic_ms REAL,
    opening_used INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE reservation (
    container TEXT NOT NULL,
    lineage TEXT NOT NULL,
    passage_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'consumed')),
    PRIMARY KEY (container, lineage)
  ) WITHOUT ROWID;
  CREATE TABLE passage (
    passage_id TEXT PRIMARY KEY,
    lane_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    disposition TEXT,
    crossed_at INTEGER,
    ended_at INTEGER,
    outcome TEXT
  ) WITHOUT ROWID;
  CREATE INDEX passage_open ON passage (lane_id, started_at) WHERE ended_at IS NULL;
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
  `
  CREATE TABLE partial_use (
    use_key TEXT NOT NULL,
    lineage TEXT NOT NULL,
    passage_id TEXT NOT NULL,
    packages REAL,
    gross_weight_kg REAL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'consumed')),
    PRIMARY KEY (use_key, lineage, passage_id)
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE turned_back (
    plate TEXT NOT NULL,
    at INTEGER NOT NULL,
    passage_id TEXT NOT NULL,
    disposition TEXT NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (plate, at, passage_id)
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE act (
    act_id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    acted_at INTEGER NOT NULL,
    answer TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE lane (
    lane_id TEXT PRIMARY KEY,
    directive TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    since INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE yard_item (
    item_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    visit_id TEXT,
    state TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    look_at INTEGER,
    cause TEXT,
    found TEXT,
    body TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX yard_item_open ON yard_item (subject) WHERE closed_at IS NULL;
  CREATE INDEX yard_item_visit ON yard_item (visit_id) WHERE visit_id IS NOT NULL;
  CREATE INDEX yard_item_look ON yard_item (look_at) WHERE closed_at IS NULL AND look_at IS NOT NULL;
  CREATE INDEX yard_item_unjoined ON yard_item (opened_at) WHERE kind = 'crossing' AND state = 'unjoined';
  CREATE INDEX yard_item_queued ON yard_item (opened_at) WHERE kind = 'registration' AND state = 'matched';
  CREATE INDEX yard_item_caused ON yard_item (opened_at) WHERE closed_at IS NULL AND cause IS NOT NULL;
  CREATE TABLE yard_fact (
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (kind, source, id)
  ) WITHOUT ROWID;
  CREATE TABLE yard_cursor (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE lane_interval (
    lane_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER,
    PRIMARY KEY (kind, lane_id, from_at)
  ) WITHOUT ROWID;
  CREATE TABLE lane_day (
    day TEXT NOT NULL,
    lane_id TEXT NOT NULL,
    what TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, lane_id, what)
  ) WITHOUT ROWID;
  CREATE INDEX visit_time ON visit (entered_at);
  CREATE INDEX visit_ended ON visit (closed_at) WHERE closed_at IS NOT NULL;
  INSERT INTO yard_item (item_id, kind, subject, visit_id, state, opened_at, look_at, body)
    SELECT visit_id, 'visit', 'p:' || plate, visit_id, 'inside', entered_at, entered_at + 86400000,
      json_object('passageId', entry_passage_id, 'laneId', '', 'seenAtMs', entered_at, 'rig', json_object(
        'plate', plate, 'otherPlates', json_array(), 'tags', json_array(), 'containers', json(containers),
        'boxesLookedFor', json('false'), 'transactionTypes', json_array()))
    FROM visit WHERE closed_at IS NULL;
  `,
  // An account is drawn upon for years, and only what was drawn lately counts.
  `
  CREATE INDEX partial_use_at ON partial_use (use_key, at);
  `,
  'ALTER TABLE act ADD COLUMN asked TEXT',
  'ALTER TABLE visit ADD COLUMN entered TEXT;',
  `
  CREATE TABLE command (
    number INTEGER PRIMARY KEY,
    command_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    answer TEXT
  );
  CREATE INDEX command_unanswered ON command (number) WHERE answer IS NULL;
  `,
  // A ledger of before has one key an epoch, that of its first entry.
  `
  CREATE TABLE signing_key (
    epoch TEXT NOT NULL,
    since_sequence INTEGER NOT NULL,
    verifier_key TEXT NOT NULL,
    PRIMARY KEY (epoch, since_sequence)
  ) WITHOUT ROWID;
  INSERT INTO signing_key (epoch, since_sequence, verifier_key)
    SELECT e.epoch, 1, json_extract(j.entry, '$.data.verifierKey') FROM epoch e
    JOIN journal j ON j.position = e.position_before_first + 1
    WHERE json_extract(j.entry, '$.data.verifierKey') IS NOT NULL;
  `,
  // A pruned entry stays in `journal` with its hash and an empty body. `pruned_by` is the position of what tells of it.
  `
  CREATE TABLE pruned_entry (
    position INTEGER PRIMARY KEY,
    leaf TEXT NOT NULL,
    pruned_by INTEGER NOT NULL
  );
  CREATE TABLE prune_cursor (
    epoch TEXT PRIMARY KEY,
    through INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE prune_kept (
    position INTEGER PRIMARY KEY
  );
  ALTER TABLE decision ADD COLUMN pruned_by INTEGER;
  `,
];
