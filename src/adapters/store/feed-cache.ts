/**
 * Reads `feed.db` for decisions, on a connection of its own, joined with the ledger's record of use, and says
 * whether anything has changed since.
 */
import type { Statement } from 'better-sqlite3';
import type {
  FactKind,
  FactsQuery,
  GatheredFacts,
  SourceState,
  TaintFact,
  TurnedBack,
} from '../../core/facts.ts';
import type { ClockState } from '../../core/time.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { ReleaseFacts } from '../../ports/release-facts.ts';
import { type FactRow, FactsUnusable, type WalkedFacts, walkFacts } from './fact-walk.ts';
import type { SqliteDatabase } from './open-database.ts';
import { type UsesAsked, usesIn } from './uses-asked.ts';

/** A source as the configuration entitles it. */
export interface FeedSource {
  readonly source: string;
  readonly kinds: readonly FactKind[];
}

/**
 * Facts of one subject that a decision can rest on; with more, none is made: a hold may be among those that were
 * not looked at. It stands in the statement as a number: for a bound limit SQLite plans anew at every call, which
 * takes most of its time.
 */
const factsPerSubjectMax = 1_000;

/** Rows of one subject that are gone through where more than that many name it. */
const rowsPerSubjectMax = 20_000;

/** Gaps of one source that a look-up brings: one makes it not current, the rest is for the eye. */
const gapsPerSourceMax = 100;

export interface FeedCacheOptions {
  readonly db: SqliteDatabase;
  readonly sources: readonly FeedSource[];
  readonly clockState: () => ClockState;
  /** The ledger's side of a look-up; handed over once the ledger is open. */
  readonly ledger: () => Pick<
    Ledger,
    'usesOf' | 'openVisitsOf' | 'placedHoldsOf' | 'turnedBackOf' | 'head'
  >;
}

/** How the facts of one source are read. */
interface LoadReader {
  readonly load: number;
  readonly source: string;
  readonly few: SubjectStatement;
  readonly many: SubjectStatement;
}

type SubjectStatement = Statement<[string], Omit<FactRow, 'source'>>;

/** What the feed says about a query, and the version of the feed that says so. */
interface FeedPart extends UsesAsked {
  readonly version: number | undefined;
  readonly facts: WalkedFacts['facts'] &
    Pick<GatheredFacts, 'taints' | 'disposedTaints' | 'sources'>;
  /** Those asked for, and those that their vehicles have registered. */
  readonly plates: readonly string[];
  /** Those asked for, and those of planned work. */
  readonly containers: readonly string[];
  readonly stamp: string;
}

/** A look-up, and what both databases were like. */
interface Lookup {
  readonly feed: FeedPart;
  readonly ledgerSequence: number;
  /** Asked once with the feed, ahead of the decision: it is told and changes no verdict by itself. */
  readonly turnedBack: readonly TurnedBack[];
  readonly facts: GatheredFacts;
}

export class FeedCache implements ReleaseFacts {
  readonly #options: FeedCacheOptions;
  readonly #loads;
  readonly #sources;
  readonly #gaps: GapStatement;
  readonly #acknowledged: GapStatement;
  readonly #taints;
  readonly #quarantined;
  readonly #taintExists;
  /** Changes whenever another connection has committed to the feed. */
  readonly #dataVersion;
  readonly #inOneMoment;
  /** Version of the feed that these were read at. */
  #seen: number | undefined;
  #states: readonly SourceState[] = [];
  #anyTaint = false;
  /** The tables that stand at that version, with how they are read. */
  #readers: readonly LoadReader[] = [];
  /** The newest look-up of each query object that may be asked again; gone with it. */
  readonly #lookups = new WeakMap<FactsQuery, Lookup>();

  constructor(options: FeedCacheOptions) {
    const { db } = options;
    this.#options = options;
    this.#inOneMoment = db.transaction((query: FactsQuery) => this.#readFeed(query));
    this.#dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
    this.#taintExists = db.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM taint)').pluck();
    this.#acknowledged = db.prepare(gapsOf('IS NOT NULL'));
    this.#loads = db.prepare<[], { load: number; source: string }>(
      "SELECT load, source FROM load WHERE state = 'live' ORDER BY source",
    );
    this.#sources = db.prepare<
      [],
      {
        source: string;
        appliedSequence: number;
        watermarkSequence: number;
        watermarkAtMs: number | null;
      }
    >(
      'SELECT source, applied_sequence AS appliedSequence, watermark_sequence AS watermarkSequence, watermark_at AS watermarkAtMs FROM source',
    );
    this.#gaps = db.prepare(gapsOf('IS NULL'));
    this.#quarantined = db.prepare<[], { source: string; records: number }>(
      'SELECT source, count(*) AS records FROM quarantine WHERE settled IS NULL GROUP BY source',
    );
    this.#taints = db.prepare<[string], TaintFact & { isDisposed: number }>(
      `SELECT source, sequence, resembles, reason, disposed IS NOT NULL AS isDisposed FROM taint
       WHERE resembles = ? ORDER BY disposed IS NOT NULL LIMIT 20`,
    );
  }

  quarantined(): ReadonlyMap<string, number> {
    return new Map(this.#quarantined.all().map(({ source, records }) => [source, records]));
  }

  /**
   * SQLite says whether the feed, which another thread writes, has changed since the same query was asked; the
   * sequence says it of the ledger, which is ours. What has not changed is not read again, and where all is as it
   * was, the answer is the same object.
   */
  gather(query: FactsQuery): GatheredFacts {
    const before = this.#lookups.get(query);
    const ledger = this.#options.ledger();
    const ledgerSequence = ledger.head().sequence;
    const clockState = this.#options.clockState();
    const known = before?.feed.version === this.#dataVersion.get() ? before : undefined;
    const sameClock = known?.facts.clockState === clockState;
    if (known && sameClock && known.ledgerSequence === ledgerSequence) return known.facts;
    const feed = known?.feed ?? this.#inOneMoment(query);
    const uses = usesIn(ledger, feed);
    const visits = ledger.openVisitsOf(feed.plates);
    const placed = ledger.placedHoldsOf(feed);
    const turnedBack = known?.turnedBack ?? ledger.turnedBackOf(feed.plates);
    const stamp = [
      feed.stamp,
      ...uses.map((u) => `u${u.lineage}/${u.container}/${u.passageId}/${u.state}`),
      ...visits.map((v) => `v${v.visitId}`),
      ...placed.map((hold) => `h${hold.id}`),
    ].join('|');
    const facts =
      known && sameClock && known.facts.stamp === stamp
        ? known.facts
        : {
            query,
            ...feed.facts,
            ...(placed.length > 0 && { holds: [...feed.facts.holds, ...placed] }),
            uses,
            visits,
            ...(turnedBack.length > 0 && { turnedBack }),
            clockState,
            stamp,
          };
    this.#lookups.set(query, { feed, ledgerSequence, turnedBack, facts });
    return facts;
  }

  /** What a look-up would be told apart by: revisions of the facts, uses, visits, gaps and taints it meets. */
  stamp(query: FactsQuery): string {
    try {
      return this.gather(query).stamp;
    } catch (error) {
      // Facts that have become unusable since the look-up are other facts than it found.
      if (error instanceof FactsUnusable) return `unusable: ${error.message}`;
      throw error;
    }
  }

  #look(): void {
    const version = this.#dataVersion.get();
    if (version === this.#seen) return;
    this.#seen = version;
    this.#states = this.#readSources();
    this.#anyTaint = this.#taintExists.get() === 1;
    const { db } = this.#options;
    const before = new Map(this.#readers.map((reader) => [reader.load, reader]));
    this.#readers = this.#loads.all().map(
      ({ load, source }) =>
        before.get(load) ?? {
          load,
          source,
          few: db.prepare(factsBySubject(load, factsPerSubjectMax + 1)),
          many: db.prepare(factsBySubject(load, rowsPerSubjectMax + 1)),
        },
    );
  }

  #readAll(subject: string, how: 'few' | 'many'): FactRow[] {
    return this.#readers.flatMap((reader) =>
      reader[how].all(subject).map((row) => ({ ...row, source: reader.source })),
    );
  }

  #readFeed(query: FactsQuery): FeedPart {
    this.#look();
    const { facts, plates, containers, documents, versions, ...keys } = walkFacts(
      query,
      (subject) => this.#rowsOf(subject).filter((row) => this.#counts(row)),
    );
    const { proofs } = facts;
    const [taints, disposedTaints] = this.#resembling(() => [
      ...containers.flatMap((c) => [c, c.slice(0, 10), c.slice(4, 10)]),
      ...documents.map((id) => id.toUpperCase()),
      ...proofs.flatMap((p) => [`proof:${p.id}`, `lineage:${p.lineage}`]),
      ...plates.map((plate) => `plate:${plate}`),
    ]);
    const sources = this.#states;
    const stamp = [
      ...versions,
      ...sources.map((s) => `g${s.source}/${s.gaps.map((g) => `${g.from}-${g.to}`).join(',')}`),
      ...disposedTaints.map((x) => `o${x.source}/${x.sequence}/${x.resembles}`),
      ...taints.map((x) => `t${x.source}/${x.sequence}/${x.resembles}`),
    ].join('|');
    return {
      version: this.#seen,
      facts: { ...facts, sources, taints, ...(disposedTaints.length > 0 && { disposedTaints }) },
      ...keys,
      plates,
      containers,
      stamp,
    };
  }

  /** All rows of a subject that can matter. Of very many, those that allow nothing and forbid nothing are left out. */
  #rowsOf(subject: string): FactRow[] {
    const rows = this.#readAll(subject, 'few');
    if (rows.length <= factsPerSubjectMax) return rows;
    const many = this.#readAll(subject, 'many');
    const live = many.filter((row) => !this.#isSpent(row));
    if (many.length > rowsPerSubjectMax || live.length > factsPerSubjectMax) {
      throw new FactsUnusable(
        `more than ${factsPerSubjectMax} facts name ${subject}: its sources must delete what is done with`,
      );
    }
    return live;
  }

  /** Deleted, lifted, or a grant that had expired when its source last spoke. A revocation is never spent. */
  #isSpent({ kind, source, deleted, body }: FactRow): boolean {
    if (deleted === 1) return true;
    if (kind !== 'hold' && kind !== 'proof') return false;
    const { state, validUntil } = JSON.parse(body) as { state: string; validUntil?: string };
    if (state !== 'granted') return state === 'lifted';
    const spokeAtMs = this.#states.find((s) => s.source === source)?.watermarkAtMs;
    return spokeAtMs !== undefined && Date.parse(validUntil ?? '') < spokeAtMs;
  }

  /** What a source is no longer entitled to say allows nothing; a hold or a revocation counts whoever made it. */
  #counts({ kind, source, body }: FactRow): boolean {
    if (kind === 'hold') return true;
    if (this.#options.sources.some((s) => s.source === source && s.kinds.includes(kind)))
      return true;
    return kind === 'proof' && body.includes('"state":"revoked"');
  }

  /** Those that count, and those that a person has disposed of. */
  #resembling(forms: () => readonly string[]): readonly [TaintFact[], TaintFact[]] {
    const counting: TaintFact[] = [];
    const disposed: TaintFact[] = [];
    for (const form of this.#anyTaint ? new Set(forms()) : []) {
      for (const { isDisposed, ...taint } of this.#taints.all(form))
        (isDisposed === 1 ? disposed : counting).push(taint);
    }
    return [counting, disposed];
  }

  sources(): readonly SourceState[] {
    this.#look();
    return this.#states;
  }

  #readSources(): readonly SourceState[] {
    const rows = new Map(this.#sources.all().map((row) => [row.source, row]));
    return this.#options.sources.map(({ source, kinds }) => {
      const row = rows.get(source);
      const acknowledgedGaps = this.#acknowledged.all(source);
      return {
        source,
        kinds,
        ...(row?.watermarkAtMs != null && { watermarkAtMs: row.watermarkAtMs }),
        watermarkSequence: row?.watermarkSequence ?? 0,
        appliedSequence: row?.appliedSequence ?? 0,
        gaps: this.#gaps.all(source),
        ...(acknowledgedGaps.length > 0 && { acknowledgedGaps }),
      };
    });
  }
}

type GapStatement = Statement<[string], { from: number; to: number }>;

const gapsOf = (acknowledged: 'IS NULL' | 'IS NOT NULL') =>
  `SELECT first AS "from", last AS "to" FROM gap WHERE source = ? AND acknowledged ${acknowledged}
   ORDER BY first LIMIT ${gapsPerSourceMax}`;

/** Facts of one load that name a subject. */
export function factsBySubject(load: number, limit: number): string {
  return `SELECT f.kind, f.id, f.version, f.as_of AS asOfMs, f.revision, f.deleted, f.body
    FROM subject_${load} s CROSS JOIN fact_${load} f ON f.fact = s.fact
    WHERE s.subject = ? LIMIT ${limit}`;
}
