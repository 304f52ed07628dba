/** Reads `feed.db` for persons, beside the daemon that writes it: what stands, what a key names, what was laid aside. */
import { meantContainer, normaliseContainerText } from '../../core/identifiers/container-number.ts';
import { normalisePlateText } from '../../core/identifiers/vehicle-plate.ts';
import { subjectOf } from './fact-subjects.ts';
import { factsBySubject } from './feed-cache.ts';
import type { SqliteDatabase } from './open-database.ts';

export interface SourceCount {
  readonly source: string;
  /** All versions that stand, deleted and lifted ones too. */
  readonly facts: number;
  readonly quarantined: number;
  readonly taints: number;
  readonly gaps: number;
  /** Gaps and taints that a person has taken upon himself. */
  readonly acknowledged: number;
  readonly disposed: number;
}

export function sourceCounts(db: SqliteDatabase): readonly SourceCount[] {
  const loads = liveLoads(db);
  const count = (sql: string, source: string) => Number(db.prepare(sql).pluck().get(source) ?? 0);
  return loads.map(({ load, source }) => ({
    source,
    // A fact is never removed from its load, so the last one's number counts them all.
    facts: Number(db.prepare(`SELECT max(fact) FROM fact_${load}`).pluck().get() ?? 0),
    quarantined: count(
      'SELECT count(*) FROM quarantine WHERE source = ? AND settled IS NULL',
      source,
    ),
    taints: count('SELECT count(*) FROM taint WHERE source = ? AND disposed IS NULL', source),
    gaps: count('SELECT count(*) FROM gap WHERE source = ? AND acknowledged IS NULL', source),
    acknowledged: count(
      'SELECT count(*) FROM gap WHERE source = ? AND acknowledged IS NOT NULL',
      source,
    ),
    disposed: count('SELECT count(*) FROM taint WHERE source = ? AND disposed IS NOT NULL', source),
  }));
}

export interface FoundFact {
  readonly kind: string;
  readonly source: string;
  readonly id: string;
  readonly version: number;
  readonly asOfMs: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FoundTaint {
  readonly source: string;
  readonly sequence: number;
  readonly resembles: string;
  readonly reason: string;
  /** JSON of the act by which a person disposed of it. */
  readonly disposed: string | null;
}

/** Facts of one key, at most. */
const foundMax = 1_000;

/** By a container, plate, tag, document, bill, lineage or pass order: whatever the key is, it is looked for as each. */
export function findByKey(
  db: SqliteDatabase,
  key: string,
): { readonly facts: readonly FoundFact[]; readonly taints: readonly FoundTaint[] } {
  const found = new Map<string, FoundFact>();
  for (const { load, source } of liveLoads(db)) {
    const bySubject = db.prepare<[string], Omit<FoundFact, 'body' | 'source'> & { body: string }>(
      factsBySubject(load, foundMax),
    );
    for (const subject of subjectsMeant(key)) {
      for (const { kind, id, version, asOfMs, body } of bySubject.all(subject)) {
        const fact = { kind, source, id, version, asOfMs, body: JSON.parse(body) };
        found.set(`${source}/${kind}/${id}`, fact);
      }
    }
  }
  const resembling = db.prepare<[string], FoundTaint>(
    'SELECT source, sequence, resembles, reason, disposed FROM taint WHERE resembles = ?',
  );
  const taints = [...new Set(formsOf(key))].flatMap((form) => resembling.all(form));
  return { facts: [...found.values()], taints };
}

function subjectsMeant(key: string): readonly string[] {
  return [
    ...new Set([
      subjectOf.container(key),
      subjectOf.container(meantContainer(key)),
      subjectOf.plate(key),
      subjectOf.tag(key),
      subjectOf.consignment(key),
      subjectOf.bill(key),
      subjectOf.lineage(key),
      subjectOf.account(key),
      subjectOf.carrier(key),
      subjectOf.driver(key),
    ]),
  ];
}

function formsOf(key: string): readonly string[] {
  const box = normaliseContainerText(key);
  const parts = /^[A-Z]{4}\d{6}/.test(box) ? [box, box.slice(0, 10), box.slice(4, 10)] : [];
  return [
    ...parts,
    key.toUpperCase(),
    `proof:${key}`,
    `lineage:${key}`,
    `plate:${normalisePlateText(key)}`,
  ];
}

export interface LaidAside {
  readonly id: number;
  readonly source: string;
  /** 0 where it could not be read. */
  readonly sequence: number;
  readonly file: string;
  readonly lineNumber: number;
  readonly line: string;
  readonly reason: string;
  readonly atMs: number;
  /** A snapshot has taken the place of what its source said then. */
  readonly isReplaced: number;
  /** JSON of the act by which it was taken after all. */
  readonly settled: string | null;
}

const laidAside = `SELECT q.id, q.source, q.sequence, q.file, q.line_number AS lineNumber, q.line, q.reason, q.at AS atMs,
    NOT EXISTS (SELECT 1 FROM load l WHERE l.load = q.load AND l.state = 'live') AS isReplaced, q.settled
  FROM quarantine q`;

/** Newest first. */
export function laidAsideLines(
  db: SqliteDatabase,
  { source, limit }: { readonly source?: string; readonly limit: number },
): readonly LaidAside[] {
  const of = source === undefined ? '' : 'AND q.source = @source';
  return db
    .prepare<[object], LaidAside>(
      `${laidAside} WHERE q.settled IS NULL ${of} ORDER BY q.id DESC LIMIT @limit`,
    )
    .all({ limit, ...(source !== undefined && { source }) });
}

export function laidAsideLine(db: SqliteDatabase, id: number): LaidAside | undefined {
  return db.prepare<[number], LaidAside>(`${laidAside} WHERE q.id = ?`).get(id);
}

export interface ListedGap {
  readonly source: string;
  readonly first: number;
  readonly last: number;
  readonly noticedAtMs: number;
  /** JSON of the act, where a person has acknowledged its loss. */
  readonly acknowledged: string | null;
}

export function listedGaps(db: SqliteDatabase, limit: number): readonly ListedGap[] {
  return db
    .prepare<[number], ListedGap>(
      `SELECT source, first, last, noticed_at AS noticedAtMs, acknowledged FROM gap ORDER BY source, first LIMIT ?`,
    )
    .all(limit);
}

function liveLoads(db: SqliteDatabase): readonly { load: number; source: string }[] {
  return db
    .prepare<[], { load: number; source: string }>(
      "SELECT load, source FROM load WHERE state = 'live' ORDER BY source",
    )
    .all();
}
