/**
 * Writes `feed.db`. It keeps a source's sequence gap-free: repeats are counted and left out, holes are kept
 * as gaps until they are filled, and which version of a fact stands does not depend on what came first.
 */
import type { FeedRecord } from '../../interchange/feed/parse-line.ts';
import { subjectsOf } from './fact-subjects.ts';
import type { SqliteDatabase } from './open-database.ts';

export type Application = 'applied' | 'duplicate' | 'older';

interface StoredFact {
  version: number;
  sequence: number;
  deleted: number;
  body: string;
}

interface Gap {
  first: number;
  last: number;
}

export interface QuarantinedLine {
  readonly source: string;
  readonly sequence?: number;
  readonly file: string;
  readonly lineNumber: number;
  readonly line: string;
  readonly reason: string;
  readonly taints: readonly string[];
}

export class FeedWriter {
  readonly #db: SqliteDatabase;
  readonly #s: ReturnType<typeof statements>;

  constructor(db: SqliteDatabase) {
    this.#db = db;
    this.#s = statements(db);
    this.#findByCards();
  }

  /** A cache of an older version names its drivers by their ids alone. */
  #findByCards(): void {
    const unnamed = this.#s.driversWithoutCards.all();
    if (unnamed.length === 0) return;
    this.inTransaction(() => {
      for (const { source, id, body } of unnamed) {
        for (const subject of subjectsOf({ kind: 'driver', id, body: JSON.parse(body) }))
          this.#s.addSubject.run(subject, 'driver', source, id);
      }
    });
  }

  inTransaction(work: () => void): void {
    this.#db.transaction(work).immediate();
  }

  appliedSequence(source: string): number {
    return this.#s.source.get(source)?.appliedSequence ?? 0;
  }

  gaps(source: string, limit: number): readonly Gap[] {
    return this.#s.gaps.all(source, limit);
  }

  gapCount(source: string): number {
    return this.#s.gapCount.get(source) ?? 0;
  }

  /** Takes a sequence number's turn. `duplicate`: it had come before. */
  #take(source: string, sequence: number, nowMs: number): 'next' | 'duplicate' {
    this.#s.ensureSource.run(source);
    const applied = this.appliedSequence(source);
    if (sequence > applied) {
      if (sequence > applied + 1) this.#s.addGap.run(source, applied + 1, sequence - 1, nowMs);
      this.#s.setApplied.run(sequence, source);
      return 'next';
    }
    const gap = this.#s.gapBefore.get(source, sequence);
    if (!gap || gap.last < sequence) return 'duplicate';
    this.#s.dropGap.run(source, gap.first);
    if (gap.first < sequence) this.#s.addGap.run(source, gap.first, sequence - 1, nowMs);
    if (sequence < gap.last) this.#s.addGap.run(source, sequence + 1, gap.last, nowMs);
    return 'next';
  }

  applyDelta(source: string, record: FeedRecord, nowMs: number): Application {
    if (this.#take(source, record.sequence, nowMs) === 'duplicate') return 'duplicate';
    return this.#put(source, record);
  }

  applySnapshot(source: string, record: FeedRecord): Application {
    this.#s.ensureSource.run(source);
    return this.#put(source, record);
  }

  #put(source: string, record: FeedRecord): Application {
    const { kind, id, version, op } = record;
    const before = this.#s.fact.get(kind, source, id);
    if (before && !supersedes(record, before)) return 'older';
    const bodyBefore = before && (JSON.parse(before.body) as Record<string, unknown>);
    for (const subject of bodyBefore ? subjectsOf({ kind, id, body: bodyBefore }) : [])
      this.#s.dropSubject.run(subject, kind, source, id);
    const body = record.body ?? bodyBefore ?? {};
    // What was deleted or lifted is kept for its version alone: no look-up has to pass it.
    if (op === 'put' && body['state'] !== 'lifted') {
      for (const subject of subjectsOf({ kind, id, body }))
        this.#s.addSubject.run(subject, kind, source, id);
    }
    const revision = this.#s.nextRevision.get(source) ?? 0;
    this.#s.putFact.run({
      kind,
      source,
      id,
      version,
      asOf: record.asOfMs,
      sequence: record.sequence,
      revision,
      deleted: op === 'delete' ? 1 : 0,
      body: JSON.stringify(body),
    });
    return 'applied';
  }

  quarantine(line: QuarantinedLine, nowMs: number): void {
    const { source, file, lineNumber, reason } = line;
    const sequence = line.sequence ?? 0;
    if (line.sequence !== undefined) this.#take(source, line.sequence, nowMs);
    this.#s.quarantine.run(
      source,
      sequence,
      file,
      lineNumber,
      line.line.slice(0, 65_536),
      reason,
      nowMs,
    );
    for (const text of line.taints) this.#s.taint.run(text, source, sequence, reason);
  }

  /** A source's facts are all replaced: what the snapshot does not name is gone. */
  beginSnapshot(source: string): void {
    this.#s.dropSubjects.run(source);
    this.#s.dropFacts.run(source);
    this.#s.dropTaints.run(source);
  }

  endSnapshot(source: string, through: number): void {
    this.#s.ensureSource.run(source);
    this.#s.dropGaps.run(source);
    this.#s.setApplied.run(through, source);
  }

  /** "Complete up to `through` at `atMs`": what has not come by then is missing. */
  watermark(source: string, mark: { through: number; atMs?: number }, nowMs: number): void {
    this.#s.ensureSource.run(source);
    const { through, atMs } = mark;
    const applied = this.appliedSequence(source);
    if (through > applied) {
      this.#s.addGap.run(source, applied + 1, through, nowMs);
      this.#s.setApplied.run(through, source);
    }
    if (atMs === undefined) return;
    // A source whose clock runs ahead must not look current for longer than it is.
    this.#s.setWatermark.run({ source, through, atMs: Math.min(atMs, nowMs) });
  }
}

/**
 * Whether a record stands over the one before it. This is an order of the records themselves, not of their
 * arrival: the higher version; of two equal ones the one that restricts more; of these the later in the sequence.
 */
function supersedes(record: FeedRecord, before: StoredFact): boolean {
  if (record.version !== before.version) return record.version > before.version;
  const rank = restriction(record.kind, record.op === 'delete', record.body);
  const rankBefore = restriction(record.kind, before.deleted === 1, JSON.parse(before.body));
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

function statements(db: SqliteDatabase) {
  return {
    ensureSource: db.prepare('INSERT INTO source (source) VALUES (?) ON CONFLICT DO NOTHING'),
    source: db.prepare<[string], { appliedSequence: number }>(
      'SELECT applied_sequence AS appliedSequence FROM source WHERE source = ?',
    ),
    setApplied: db.prepare('UPDATE source SET applied_sequence = ? WHERE source = ?'),
    setWatermark: db.prepare(
      `UPDATE source SET watermark_sequence = @through, watermark_at = CASE
         WHEN watermark_sequence = @through THEN max(coalesce(watermark_at, @atMs), @atMs) ELSE @atMs END
       WHERE source = @source AND watermark_sequence <= @through`,
    ),
    nextRevision: db
      .prepare<[string], number>(
        'UPDATE source SET revision = revision + 1 WHERE source = ? RETURNING revision',
      )
      .pluck(),
    gaps: db.prepare<[string, number], Gap>(
      'SELECT first, last FROM gap WHERE source = ? ORDER BY first LIMIT ?',
    ),
    gapCount: db.prepare<[string], number>('SELECT count(*) FROM gap WHERE source = ?').pluck(),
    gapBefore: db.prepare<[string, number], Gap>(
      'SELECT first, last FROM gap WHERE source = ? AND first <= ? ORDER BY first DESC LIMIT 1',
    ),
    addGap: db.prepare('INSERT INTO gap (source, first, last, noticed_at) VALUES (?, ?, ?, ?)'),
    dropGap: db.prepare('DELETE FROM gap WHERE source = ? AND first = ?'),
    dropGaps: db.prepare('DELETE FROM gap WHERE source = ?'),
    fact: db.prepare<[string, string, string], StoredFact>(
      'SELECT version, sequence, deleted, body FROM fact WHERE kind = ? AND source = ? AND id = ?',
    ),
    putFact: db.prepare(
      `INSERT INTO fact (kind, source, id, version, as_of, sequence, revision, deleted, body)
       VALUES (@kind, @source, @id, @version, @asOf, @sequence, @revision, @deleted, @body)
       ON CONFLICT (kind, source, id) DO UPDATE SET version = excluded.version, as_of = excluded.as_of,
         sequence = excluded.sequence, revision = excluded.revision, deleted = excluded.deleted, body = excluded.body`,
    ),
    driversWithoutCards: db.prepare<[], { source: string; id: string; body: string }>(
      `SELECT source, id, body FROM fact WHERE kind = 'driver' AND deleted = 0 AND (source, id) NOT IN
         (SELECT source, id FROM subject WHERE subject >= 'k:' AND subject < 'k;')`,
    ),
    addSubject: db.prepare(
      'INSERT INTO subject (subject, kind, source, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    dropSubject: db.prepare(
      'DELETE FROM subject WHERE subject = ? AND kind = ? AND source = ? AND id = ?',
    ),
    dropSubjects: db.prepare('DELETE FROM subject WHERE source = ?'),
    dropFacts: db.prepare('DELETE FROM fact WHERE source = ?'),
    dropTaints: db.prepare('DELETE FROM taint WHERE source = ?'),
    quarantine: db.prepare(
      `INSERT INTO quarantine (source, sequence, file, line_number, line, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (file, line_number) DO NOTHING`,
    ),
    taint: db.prepare(
      'INSERT INTO taint (resembles, source, sequence, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
  };
}
