/**
 * The tables of one load of a source: all its facts, and the texts under which they are found. Which of several
 * versions of a fact stands does not depend on what came first.
 */
import type { FeedRecord } from '../../interchange/feed/parse-line.ts';
import { subjectsOf } from './fact-subjects.ts';
import type { SqliteDatabase } from './open-database.ts';

export type Application = 'applied' | 'duplicate' | 'older';

/** Statements that make the tables. `load` is a number that SQLite gave, and none is given twice. */
export function factTables(load: number): string {
  return `
    CREATE TABLE fact_${load} (
      fact INTEGER PRIMARY KEY,
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      version INTEGER NOT NULL,
      as_of INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      revision INTEGER NOT NULL,
      deleted INTEGER NOT NULL DEFAULT 0,
      body TEXT NOT NULL,
      UNIQUE (id, kind)
    );
    CREATE TABLE subject_${load} (
      subject TEXT NOT NULL,
      fact INTEGER NOT NULL,
      PRIMARY KEY (subject, fact)
    ) WITHOUT ROWID;
    CREATE INDEX fact_${load}_followed ON fact_${load} (revision)
      WHERE kind IN ('hold', 'exit-registration', 'stuffing', 'obligation', 'tally', 'binding');
  `;
}

export function dropFactTables(load: number): string {
  return `DROP TABLE IF EXISTS subject_${load}; DROP TABLE IF EXISTS fact_${load};`;
}

interface StoredFact {
  readonly fact: number;
  readonly version: number;
  readonly sequence: number;
  readonly deleted: number;
  readonly body: string;
}

/** Fills the tables of one load. What it is found by is written at `flush`, in the order of the index. */
export class FactTables {
  readonly #s: ReturnType<typeof statements>;
  #found: { subject: string; fact: number | bigint }[] = [];

  constructor(db: SqliteDatabase, load: number) {
    this.#s = statements(db, load);
  }

  /** `revision` is asked for only where the record stands. */
  put(record: FeedRecord, revision: () => number): Application {
    const { kind, id } = record;
    const before = this.#s.fact.get(id, kind);
    if (!before) {
      const body = record.body ?? {};
      const text = JSON.stringify(body);
      const { lastInsertRowid: fact } = this.#s.addFact.run(...row(record, revision(), text));
      for (const subject of foundBy(record, body)) this.#found.push({ subject, fact });
      return 'applied';
    }
    const bodyBefore = JSON.parse(before.body) as Record<string, unknown>;
    if (!supersedes(record, before, bodyBefore)) return 'older';
    const body = record.body ?? bodyBefore;
    this.#s.changeFact.run(...row(record, revision(), JSON.stringify(body)), before.fact);
    this.#findAnew(before.fact, {
      from: before.deleted === 1 ? [] : foundBy({ kind, id, op: 'put' }, bodyBefore),
      to: foundBy(record, body),
    });
    return 'applied';
  }

  #findAnew(
    fact: number,
    { from, to }: { readonly from: readonly string[]; readonly to: readonly string[] },
  ): void {
    const gone = from.filter((subject) => !to.includes(subject));
    // One of them may not have been written yet.
    if (gone.length > 0) this.flush();
    for (const subject of gone) this.#s.dropSubject.run(subject, fact);
    for (const subject of to) if (!from.includes(subject)) this.#found.push({ subject, fact });
  }

  /** Neighbours in the index share a page, which is then written once. */
  flush(): void {
    const found = this.#found;
    this.#found = [];
    found.sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0));
    for (const { subject, fact } of found) this.#s.addSubject.run(subject, fact);
  }
}

function row(record: FeedRecord, revision: number, body: string) {
  const { kind, id, version, asOfMs, sequence, op } = record;
  return [kind, id, version, asOfMs, sequence, revision, op === 'delete' ? 1 : 0, body] as const;
}

/** What was deleted or lifted is kept for its version alone: no look-up has to pass it. */
function foundBy(
  { kind, id, op }: Pick<FeedRecord, 'kind' | 'id' | 'op'>,
  body: Readonly<Record<string, unknown>>,
): readonly string[] {
  return op === 'put' && body['state'] !== 'lifted' ? subjectsOf({ kind, id, body }) : [];
}

/**
 * Whether a record stands over the one before it. This is an order of the records themselves, not of their
 * arrival: the higher version; of two equal ones the one that restricts more; of these the later in the sequence.
 */
function supersedes(
  record: FeedRecord,
  before: StoredFact,
  bodyBefore: Readonly<Record<string, unknown>>,
): boolean {
  if (record.version !== before.version) return record.version > before.version;
  const rank = restriction(record.kind, record.op === 'delete', record.body);
  const rankBefore = restriction(record.kind, before.deleted === 1, bodyBefore);
  return rank === rankBefore ? record.sequence >= before.sequence : rank > rankBefore;
}

const restrictive = new Set([
  'revoked',
  'placed',
  'unbound',
  'cancelled',
  'used',
  'blocked',
  'expired',
]);

/** To take a grant away restricts, to take a hold or a revocation away does not. */
function restriction(
  kind: FeedRecord['kind'],
  isDeleted: boolean,
  body: Readonly<Record<string, unknown>> | undefined,
): number {
  if (isDeleted) return kind === 'proof' ? 1 : 0;
  return restrictive.has(String(body?.['state'] ?? body?.['status'])) ? 2 : 0;
}

function statements(db: SqliteDatabase, load: number) {
  return {
    fact: db.prepare<[string, string], StoredFact>(
      `SELECT fact, version, sequence, deleted, body FROM fact_${load} WHERE id = ? AND kind = ?`,
    ),
    addFact: db.prepare(
      `INSERT INTO fact_${load} (kind, id, version, as_of, sequence, revision, deleted, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    changeFact: db.prepare(
      `UPDATE fact_${load} SET kind = ?, id = ?, version = ?, as_of = ?, sequence = ?, revision = ?, deleted = ?, body = ?
       WHERE fact = ?`,
    ),
    addSubject: db.prepare(
      `INSERT INTO subject_${load} (subject, fact) VALUES (?, ?) ON CONFLICT DO NOTHING`,
    ),
    dropSubject: db.prepare(`DELETE FROM subject_${load} WHERE subject = ? AND fact = ?`),
  };
}
