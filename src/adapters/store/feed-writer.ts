/**
 * Writes `feed.db`. It keeps a source's sequence gap-free: repeats are counted and left out, and holes are kept
 * as gaps until they are filled. A snapshot is filled into tables that nobody reads, and takes the place of what the
 * source said before in one transaction.
 */
import type { FeedRecord } from '../../interchange/feed/parse-line.ts';
import { type Application, dropFactTables, FactTables, factTables } from './fact-tables.ts';
import type { SqliteDatabase } from './open-database.ts';
import { type QuarantinedLine, StagedSnapshot, type Watermark } from './staged-snapshot.ts';

interface Gap {
  readonly first: number;
  readonly last: number;
}

interface Redriven {
  /** Of the quarantine. */
  readonly id: number;
  readonly source: string;
  readonly record: FeedRecord;
  /** Who did it, as JSON. */
  readonly settled: string;
}

/** What is known of a source while a transaction lasts; written once at its end. */
interface OpenSource {
  readonly load: number;
  readonly facts: FactTables;
  appliedSequence: number;
  revision: number;
}

/** KiB of pages that are kept: an index larger than that is written page by page. */
const cacheKiB = 65_536;

export class FeedWriter {
  readonly #db: SqliteDatabase;
  readonly #s: ReturnType<typeof feedStatements>;
  /** Present while a transaction lasts. */
  #open: Map<string, OpenSource> | undefined;
  #staged: StagedSnapshot | undefined;
  /** Of live loads, by their number. */
  readonly #tables = new Map<number, FactTables>();

  constructor(db: SqliteDatabase) {
    this.#db = db;
    db.pragma(`cache_size = -${cacheKiB}`);
    this.#s = feedStatements(db);
    this.#dropUnread();
  }

  /** Either all of the work is committed or nothing. */
  inTransaction(work: () => void): void {
    if (this.#open) return work();
    const open = new Map<string, OpenSource>();
    this.#open = open;
    try {
      this.#db
        .transaction(() => {
          work();
          for (const [source, { appliedSequence, revision, facts }] of open) {
            facts.flush();
            this.#s.setSource.run(appliedSequence, revision, source);
          }
          this.#staged?.flush();
        })
        .immediate();
    } catch (error) {
      // Statements of tables that were made in it speak of nothing now.
      this.#tables.clear();
      throw error;
    } finally {
      this.#open = undefined;
    }
  }

  /** Whose snapshot is under way. */
  get stagedSource(): string | undefined {
    return this.#staged?.source;
  }

  appliedSequence(source: string): number {
    const known = this.#open?.get(source);
    return known?.appliedSequence ?? this.#s.source.get(source)?.appliedSequence ?? 0;
  }

  gaps(source: string, limit: number): readonly Gap[] {
    return this.#s.gaps.all(source, limit);
  }

  gapCount(source: string): number {
    return this.#s.gapCount.get(source) ?? 0;
  }

  applyDelta(source: string, record: FeedRecord, nowMs: number): Application {
    let result: Application = 'duplicate';
    this.inTransaction(() => {
      const of = this.#of(source);
      if (this.#take(source, record.sequence, nowMs) === 'duplicate') return;
      result = of.facts.put(record, () => {
        of.revision += 1;
        return of.revision;
      });
    });
    return result;
  }

  quarantine(line: QuarantinedLine, nowMs: number): void {
    this.inTransaction(() => {
      const { source, taints, reason } = line;
      if (line.sequence !== undefined) this.#take(source, line.sequence, nowMs);
      const { load } = this.#of(source);
      this.#s.quarantine.run(source, load, ...quarantineRow(line, nowMs));
      const id = this.#s.lineId.get(line.file, line.lineNumber) ?? 0;
      for (const text of taints) this.#s.taint.run(text, source, line.sequence ?? -id, reason);
    });
  }

  /**
   * A line of the quarantine that can be read by now. Its number may have had its turn; which version stands does not
   * depend on that. What it tainted is known now.
   */
  redrive({ id, source, record, settled }: Redriven, nowMs: number): Application {
    let result: Application = 'older';
    this.inTransaction(() => {
      const of = this.#of(source);
      this.#take(source, record.sequence, nowMs);
      result = of.facts.put(record, () => {
        of.revision += 1;
        return of.revision;
      });
      this.#s.settleLine.run(settled, id);
      this.#s.dropTaintsOf.run(id);
    });
    return result;
  }

  /** Its loss makes the source not current no more. False where there is no such gap, or it is acknowledged. */
  acknowledgeGap(source: string, { first, last }: Gap, note: string): boolean {
    return this.#s.acknowledgeGap.run(note, source, first, last).changes > 0;
  }

  /** What a line of the quarantine tainted is tainted by it no more. False where it taints nothing. */
  disposeTaint(id: number, note: string): boolean {
    return this.#s.disposeTaint.run(note, id).changes > 0;
  }

  /** "Complete up to `through` at `atMs`": what has not come by then is missing. */
  watermark(source: string, { through, atMs }: Watermark, nowMs: number): void {
    this.inTransaction(() => {
      const of = this.#of(source);
      if (through > of.appliedSequence) {
        this.#s.addGap.run(source, of.appliedSequence + 1, through, nowMs);
        of.appliedSequence = through;
      }
      if (atMs === undefined) return;
      // A source whose clock runs ahead must not look current for longer than it is.
      this.#s.setWatermark.run({ source, through, atMs: Math.min(atMs, nowMs) });
    });
  }

  /** A snapshot of the source that nobody reads until it is swapped in. There is one at a time. */
  stage(source: string): StagedSnapshot {
    this.#dropUnread();
    let load = 0;
    this.inTransaction(() => {
      this.#of(source);
      load = this.#makeLoad(source, 'staged');
    });
    const { revision = 0 } = this.#s.source.get(source) ?? {};
    const facts = new FactTables(this.#db, load);
    const staged: StagedSnapshot = new StagedSnapshot({
      source,
      facts,
      revision,
      addLine: (line, nowMs) =>
        this.#s.stageLine.run(load, ...quarantineRow(line, nowMs), JSON.stringify(line.taints)),
      swapIn: (mark, nowMs) => this.#swapIn({ source, load, facts }, { mark, nowMs, staged }),
      abandon: () => this.#dropUnread(),
    });
    this.#staged = staged;
    return staged;
  }

  #swapIn(
    { source, load, facts }: { source: string; load: number; facts: FactTables },
    { mark, nowMs, staged }: { mark: Watermark; nowMs: number; staged: StagedSnapshot },
  ): void {
    this.inTransaction(() => {
      this.#s.liveGone.run(source);
      this.#s.stagedLive.run(load);
      this.#s.dropTaints.run(source);
      this.#s.takeLines.run(source, load, load);
      this.#s.takeTaints.run(load);
      this.#s.dropLines.run(load);
      this.#s.dropGaps.run(source);
      const { through } = mark;
      const of = { load, facts, appliedSequence: through, revision: staged.revision };
      this.#open?.set(source, of);
      this.watermark(source, mark, nowMs);
    });
    this.#tables.clear();
    this.#dropUnread();
  }

  /** Of a swap, of a snapshot that was not finished, of a process that was killed amid one. */
  #dropUnread(): void {
    this.#staged = undefined;
    for (const { load } of this.#s.unread.all()) {
      this.#db
        .transaction(() => {
          this.#db.exec(dropFactTables(load));
          this.#s.dropLines.run(load);
          this.#s.dropLoad.run(load);
        })
        .immediate();
    }
  }

  #of(source: string): OpenSource {
    const open = this.#open;
    if (!open) throw new Error('a source is written in a transaction only');
    const known = open.get(source);
    if (known) return known;
    this.#s.ensureSource.run(source);
    const { appliedSequence = 0, revision = 0 } = this.#s.source.get(source) ?? {};
    const load = this.#s.liveLoad.get(source) ?? this.#makeLoad(source, 'live');
    const facts = this.#tables.get(load) ?? new FactTables(this.#db, load);
    this.#tables.set(load, facts);
    const of = { load, facts, appliedSequence, revision };
    open.set(source, of);
    return of;
  }

  #makeLoad(source: string, state: 'live' | 'staged'): number {
    const load = Number(this.#s.addLoad.run(source, state).lastInsertRowid);
    this.#db.exec(factTables(load));
    return load;
  }

  /** Takes a sequence number's turn. `duplicate`: it had come before. */
  #take(source: string, sequence: number, nowMs: number): 'next' | 'duplicate' {
    const of = this.#of(source);
    const applied = of.appliedSequence;
    if (sequence > applied) {
      if (sequence > applied + 1) this.#s.addGap.run(source, applied + 1, sequence - 1, nowMs);
      of.appliedSequence = sequence;
      return 'next';
    }
    const gap = this.#s.gapBefore.get(source, sequence);
    if (!gap || gap.last < sequence) return 'duplicate';
    this.#s.dropGap.run(source, gap.first);
    // What a person has acknowledged of it stays acknowledged.
    const rest = (first: number, last: number) =>
      this.#s.addRest.run(source, first, last, nowMs, gap.acknowledged);
    if (gap.first < sequence) rest(gap.first, sequence - 1);
    if (sequence < gap.last) rest(sequence + 1, gap.last);
    return 'next';
  }
}

function quarantineRow(line: QuarantinedLine, nowMs: number) {
  const { sequence = 0, file, lineNumber, reason } = line;
  return [sequence, file, lineNumber, line.line.slice(0, 65_536), reason, nowMs] as const;
}

function feedStatements(db: SqliteDatabase) {
  return {
    ensureSource: db.prepare('INSERT INTO source (source) VALUES (?) ON CONFLICT DO NOTHING'),
    source: db.prepare<[string], { appliedSequence: number; revision: number }>(
      'SELECT applied_sequence AS appliedSequence, revision FROM source WHERE source = ?',
    ),
    setSource: db.prepare('UPDATE source SET applied_sequence = ?, revision = ? WHERE source = ?'),
    setWatermark: db.prepare(
      `UPDATE source SET watermark_sequence = @through, watermark_at = CASE
         WHEN watermark_sequence = @through THEN max(coalesce(watermark_at, @atMs), @atMs) ELSE @atMs END
       WHERE source = @source AND watermark_sequence <= @through`,
    ),
    ...loads(db),
    ...gaps(db),
    ...laidAside(db),
  };
}

function loads(db: SqliteDatabase) {
  return {
    addLoad: db.prepare('INSERT INTO load (source, state) VALUES (?, ?)'),
    liveLoad: db
      .prepare<[string], number>("SELECT load FROM load WHERE source = ? AND state = 'live'")
      .pluck(),
    liveGone: db.prepare("UPDATE load SET state = 'gone' WHERE source = ? AND state = 'live'"),
    stagedLive: db.prepare("UPDATE load SET state = 'live' WHERE load = ?"),
    unread: db.prepare<[], { load: number }>("SELECT load FROM load WHERE state <> 'live'"),
    dropLoad: db.prepare('DELETE FROM load WHERE load = ?'),
  };
}

function gaps(db: SqliteDatabase) {
  return {
    gaps: db.prepare<[string, number], Gap>(
      'SELECT first, last FROM gap WHERE source = ? AND acknowledged IS NULL ORDER BY first LIMIT ?',
    ),
    gapCount: db
      .prepare<[string], number>(
        'SELECT count(*) FROM gap WHERE source = ? AND acknowledged IS NULL',
      )
      .pluck(),
    gapBefore: db.prepare<[string, number], Gap & { acknowledged: string | null }>(
      'SELECT first, last, acknowledged FROM gap WHERE source = ? AND first <= ? ORDER BY first DESC LIMIT 1',
    ),
    addGap: db.prepare('INSERT INTO gap (source, first, last, noticed_at) VALUES (?, ?, ?, ?)'),
    addRest: db.prepare(
      'INSERT INTO gap (source, first, last, noticed_at, acknowledged) VALUES (?, ?, ?, ?, ?)',
    ),
    dropGap: db.prepare('DELETE FROM gap WHERE source = ? AND first = ?'),
    acknowledgeGap: db.prepare(
      'UPDATE gap SET acknowledged = ? WHERE source = ? AND first = ? AND last = ? AND acknowledged IS NULL',
    ),
    dropGaps: db.prepare('DELETE FROM gap WHERE source = ?'),
  };
}

/** What the taints of a line are known by. */
const taintSequence = 'CASE WHEN q.sequence > 0 THEN q.sequence ELSE -q.id END';

function laidAside(db: SqliteDatabase) {
  return {
    quarantine: db.prepare(
      `INSERT INTO quarantine (source, load, sequence, file, line_number, line, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (file, line_number) DO NOTHING`,
    ),
    taint: db.prepare(
      // Told again, it taints again, whatever a person has disposed of before.
      `INSERT INTO taint (resembles, source, sequence, reason) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET reason = excluded.reason, disposed = NULL`,
    ),
    settleLine: db.prepare('UPDATE quarantine SET settled = ? WHERE id = ?'),
    lineId: db
      .prepare<[string, number], number>(
        'SELECT id FROM quarantine WHERE file = ? AND line_number = ?',
      )
      .pluck(),
    dropTaintsOf: db.prepare(
      `DELETE FROM taint WHERE (source, sequence) IN (SELECT q.source, ${taintSequence} FROM quarantine q WHERE q.id = ?)`,
    ),
    disposeTaint: db.prepare(
      `UPDATE taint SET disposed = ? WHERE disposed IS NULL
         AND (source, sequence) IN (SELECT q.source, ${taintSequence} FROM quarantine q WHERE q.id = ?)`,
    ),
    dropTaints: db.prepare('DELETE FROM taint WHERE source = ?'),
    stageLine: db.prepare(
      `INSERT INTO staged_line (load, sequence, file, line_number, line, reason, at, taints)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    takeLines: db.prepare(
      `INSERT INTO quarantine (source, load, sequence, file, line_number, line, reason, at)
       SELECT ?, ?, sequence, file, line_number, line, reason, at FROM staged_line WHERE load = ? ORDER BY line_number
       ON CONFLICT (file, line_number) DO NOTHING`,
    ),
    takeTaints: db.prepare(
      `INSERT OR IGNORE INTO taint (resembles, source, sequence, reason)
       SELECT each.value, q.source, ${taintSequence}, s.reason
       FROM staged_line s JOIN quarantine q ON q.file = s.file AND q.line_number = s.line_number, json_each(s.taints) each
       WHERE s.load = ?`,
    ),
    dropLines: db.prepare('DELETE FROM staged_line WHERE load = ?'),
  };
}
