/**
 * Takes one file of the feed into the cache and says what became of every line. A delta goes in by batches: each
 * record stands for itself, and what is missing shows in the sequence. A snapshot says by its silence that facts
 * are gone, so it goes in whole or not at all.
 */
import type { FileHandle } from 'node:fs/promises';
import { watermarkAheadMsMax } from '../../core/clearance/freshness.ts';
import {
  type FeedItem,
  type FeedRecord,
  type FeedTrailer,
  parseFeedLine,
  refusedRecord,
  unreadableLine,
} from '../../interchange/feed/parse-line.ts';
import { type FileLine, linesOf } from './read-lines.ts';

/** A source and the kinds of fact it may speak of. */
export interface EntitledSource {
  readonly source: string;
  readonly kinds: readonly string[];
}

type Application = 'applied' | 'duplicate' | 'older';

interface BadLine {
  readonly source: string;
  readonly sequence?: number;
  readonly file: string;
  readonly lineNumber: number;
  readonly line: string;
  readonly reason: string;
  readonly taints: readonly string[];
}

/** Without a time only the sequence counts: the source stays as old as it was. */
type Watermark = { readonly through: number; readonly atMs?: number };

/** A snapshot that nobody reads before it is swapped in, all at once. */
interface SnapshotSink {
  put(record: FeedRecord): Application;
  quarantine(line: BadLine, nowMs: number): void;
  swapIn(mark: Watermark, nowMs: number): void;
  abandon(): void;
}

/** The part of the feed cache's writer that ingestion needs. */
export interface FeedSink {
  inTransaction(work: () => void): void;
  applyDelta(source: string, record: FeedRecord, nowMs: number): Application;
  quarantine(line: BadLine, nowMs: number): void;
  stage(source: string): SnapshotSink;
  watermark(source: string, mark: Watermark, nowMs: number): void;
  appliedSequence(source: string): number;
  /** The first missing ranges of a source, at most `limit`. */
  gaps(source: string, limit: number): readonly { first: number; last: number }[];
  gapCount(source: string): number;
}

export interface IngestReport {
  readonly file: string;
  readonly source: string;
  readonly mode: 'snapshot' | 'delta';
  readonly applied: number;
  readonly duplicates: number;
  readonly older: number;
  readonly quarantined: number;
  readonly gaps: readonly { first: number; last: number }[];
  /** Gaps that are not listed; absent for none. */
  readonly gapsLeftOut?: number;
  /** Present where the file has not as many records as its last line says. */
  readonly count?: { readonly announced: number; readonly came: number };
  /** Present where the watermark's time cannot be right: the source stays as old as it was. */
  readonly watermarkTime?: WatermarkDoubt;
}

type WatermarkDoubt = 'before-2000' | 'in-the-future';

export type IngestResult =
  | { readonly kind: 'done'; readonly report: IngestReport }
  /** Of a delta the records before the fault may have been taken. */
  | { readonly kind: 'rejected'; readonly code: string; readonly reason: string }
  /** The daemon stops; the file is taken anew at the next start. */
  | { readonly kind: 'interrupted' };

export interface IngestOptions {
  readonly handle: FileHandle;
  /** Bytes that are read; what came behind them since is not looked at. */
  readonly size: number;
  /** The last line of these bytes. */
  readonly trailer: FeedTrailer;
  /** The name under which the file will lie when it has been taken or set aside. */
  readonly file: string;
  readonly sources: readonly EntitledSource[];
  readonly sink: FeedSink;
  readonly now: () => number;
  readonly isStopping: () => boolean;
  /** Lines in one transaction, if not as many as are usual. */
  readonly batchSize?: number;
}

/** Lines in one transaction. Nobody waits for those of a snapshot, and larger ones write fewer pages twice. */
const batchSizes = { delta: 500, snapshot: 20_000 } as const;
const gapsReportedMax = 50;
/** A clock that was never set: before kakou could have been told anything. */
const watermarkEarliestMs = Date.UTC(2000, 0, 1);

export async function ingestFile(options: IngestOptions): Promise<IngestResult> {
  let session: Session | undefined;
  try {
    for await (const lines of linesOf(options.handle, options.size)) {
      for (const line of lines) {
        if (line.text.trim() === '' && line.fault === undefined) continue;
        if (session) {
          const fault = session.take(line);
          if (fault) return fault;
          continue;
        }
        const begun = begin(options, line);
        if (!(begun instanceof Session)) return begun;
        session = begun;
      }
      if (options.isStopping()) return { kind: 'interrupted' };
    }
    return session?.end() ?? rejected('feed-file-headless', 'the file has no line');
  } finally {
    session?.close();
  }
}

function rejected(code: string, reason: string) {
  return { kind: 'rejected', code, reason } as const;
}

function begin(options: IngestOptions, line: FileLine): Session | IngestResult {
  const parsed = parseFeedLine(line.text);
  if (parsed.kind !== 'header') {
    const why = parsed.kind === 'badHeader' ? `: ${parsed.reason}` : '';
    return rejected('feed-file-headless', `the first line is no feed header${why}`);
  }
  const { source, mode } = parsed.header;
  const entitled = options.sources.find((each) => each.source === source);
  if (!entitled) return rejected('feed-source-unknown', `source "${source}" is not configured`);
  const applied = options.sink.appliedSequence(source);
  const { through } = options.trailer;
  if (mode === 'snapshot' && through < applied) {
    const reason = `the snapshot goes to ${through}, and ${applied} has been taken already`;
    return rejected('feed-snapshot-older', reason);
  }
  return new Session(options, parsed.header, entitled.kinds);
}

interface Held {
  readonly parsed: FeedItem;
  readonly line: string;
  readonly lineNumber: number;
}

/** One file under way, by batches. A snapshot is swapped in whole at its end. */
class Session {
  readonly #options: IngestOptions;
  readonly #source: string;
  readonly #mode: 'snapshot' | 'delta';
  readonly #kinds: readonly string[];
  readonly #batchSize: number;
  /** Of a snapshot, from its first batch until it is swapped in. */
  #staged: SnapshotSink | undefined;
  #held: Held[] = [];
  readonly #count = { applied: 0, duplicate: 0, older: 0, quarantined: 0 };
  #lines = 0;
  /** Line of the watermark, once it has come. */
  #endedAt: number | undefined;

  constructor(
    options: IngestOptions,
    header: { source: string; mode: 'snapshot' | 'delta' },
    kinds: readonly string[],
  ) {
    this.#kinds = kinds;
    this.#options = options;
    this.#source = header.source;
    this.#mode = header.mode;
    this.#batchSize = options.batchSize ?? batchSizes[header.mode];
  }

  /** Answers where the file cannot be taken any further. */
  take({ number, text, fault }: FileLine): IngestResult | undefined {
    const read = fault === undefined ? parseFeedLine(text) : unreadableLine(text, fault);
    if (this.#endedAt !== undefined) return this.#mixed(this.#endedAt, 'a watermark');
    switch (read.kind) {
      case 'trailer':
        this.#endedAt = number;
        return undefined;
      case 'header':
      case 'badHeader':
        return this.#mixed(number, 'a second header');
      case 'badTrailer':
        return this.#mixed(number, 'a watermark');
      default: {
        const parsed = this.#entitled(read);
        this.#lines += 1;
        this.#held.push({ parsed, line: parsed.kind === 'bad' ? text : '', lineNumber: number });
        if (this.#held.length >= this.#batchSize) this.#flush();
        return undefined;
      }
    }
  }

  /** Behind it another source may speak, so nobody can say whose the rest is. */
  #mixed(lineNumber: number, what: string): IngestResult {
    if (this.#mode === 'delta') this.#flush();
    const taken = this.#mode === 'delta' ? 'the lines before it were taken' : 'nothing was taken';
    return rejected('feed-file-mixed', `line ${lineNumber} is ${what} amid the file; ${taken}`);
  }

  #entitled(read: FeedItem): FeedItem {
    if (read.kind !== 'record' || this.#kinds.includes(read.record.kind)) return read;
    const reason = `source "${this.#source}" may not speak of ${read.record.kind}`;
    return refusedRecord(read.record, reason);
  }

  #flush(): void {
    const held = this.#held;
    this.#held = [];
    const { sink } = this.#options;
    if (this.#mode === 'snapshot') this.#staged ??= sink.stage(this.#source);
    sink.inTransaction(() => {
      for (const one of held) this.#write(one);
    });
  }

  /** Of a snapshot that was not swapped in nothing is left. */
  close(): void {
    try {
      this.#staged?.abandon();
    } catch {
      // The store failed, and says so where it failed first. What is left is dropped before the next snapshot.
    }
  }

  end(): IngestResult {
    const { sink, now, trailer } = this.#options;
    if (this.#endedAt === undefined)
      return rejected('feed-file-incomplete', 'the file became shorter while read');
    const { through, atMs, records } = trailer;
    const nowMs = now();
    const watermarkTime = doubtOf(atMs, nowMs);
    const mark = { through, ...(watermarkTime === undefined && { atMs }) };
    const count = records === this.#lines ? undefined : { announced: records, came: this.#lines };
    if (this.#mode === 'delta') {
      this.#flush();
      sink.inTransaction(() => sink.watermark(this.#source, mark, nowMs));
    } else {
      if (count) {
        const reason = `the last line speaks of ${records} records, and ${count.came} came`;
        return rejected('feed-count-differs', reason);
      }
      this.#flush();
      this.#staged?.swapIn(mark, nowMs);
      this.#staged = undefined;
    }
    return {
      kind: 'done',
      report: {
        ...this.#report(),
        ...(count && { count }),
        ...(watermarkTime && { watermarkTime }),
      },
    };
  }

  #write({ parsed, line, lineNumber }: Held): void {
    const { sink, now, file } = this.#options;
    if (parsed.kind === 'record') {
      const result =
        this.#staged?.put(parsed.record) ?? sink.applyDelta(this.#source, parsed.record, now());
      this.#count[result] += 1;
      return;
    }
    const { reason, taints, sequence } = parsed;
    const numbered = sequence === undefined ? {} : { sequence };
    const bad = { source: this.#source, ...numbered, file, lineNumber, line, reason, taints };
    (this.#staged ?? sink).quarantine(bad, now());
    this.#count.quarantined += 1;
  }

  #report(): IngestReport {
    const { file, sink } = this.#options;
    const { applied, duplicate, older, quarantined } = this.#count;
    const gaps = sink.gaps(this.#source, gapsReportedMax);
    const gapsLeftOut = sink.gapCount(this.#source) - gaps.length;
    return {
      file,
      source: this.#source,
      mode: this.#mode,
      applied,
      duplicates: duplicate,
      older,
      quarantined,
      gaps,
      ...(gapsLeftOut > 0 && { gapsLeftOut }),
    };
  }
}

function doubtOf(atMs: number, nowMs: number): WatermarkDoubt | undefined {
  if (atMs < watermarkEarliestMs) return 'before-2000';
  return atMs - nowMs > watermarkAheadMsMax ? 'in-the-future' : undefined;
}
