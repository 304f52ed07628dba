/** Takes one file of the feed into the cache, in batches, and says what became of every line. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  type FeedLine,
  lineLengthMax,
  parseFeedLine,
  refusedRecord,
} from '../../interchange/feed/parse-line.ts';

/** A source and the kinds of fact it may speak of. */
export interface EntitledSource {
  readonly source: string;
  readonly kinds: readonly string[];
}

/** The part of the feed cache's writer that ingestion needs. */
export interface FeedSink {
  inTransaction(work: () => void): void;
  applyDelta(
    source: string,
    record: Extract<FeedLine, { kind: 'record' }>['record'],
    nowMs: number,
  ): 'applied' | 'duplicate' | 'older';
  applySnapshot(
    source: string,
    record: Extract<FeedLine, { kind: 'record' }>['record'],
  ): 'applied' | 'duplicate' | 'older';
  quarantine(
    line: {
      source: string;
      sequence?: number;
      file: string;
      lineNumber: number;
      line: string;
      reason: string;
      taints: readonly string[];
    },
    nowMs: number,
  ): void;
  beginSnapshot(source: string): void;
  endSnapshot(source: string, through: number): void;
  watermark(source: string, mark: { through: number; atMs: number }, nowMs: number): void;
  gaps(source: string): readonly { first: number; last: number }[];
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
}

export type IngestResult =
  | { readonly kind: 'done'; readonly report: IngestReport }
  | { readonly kind: 'rejected'; readonly code: string; readonly reason: string };

export interface IngestOptions {
  readonly path: string;
  readonly file: string;
  readonly sources: readonly EntitledSource[];
  readonly sink: FeedSink;
  readonly now: () => number;
}

const batchSize = 500;
const tailBytes = 4_096;

/** Whether the file's last line is its watermark; until then it is still being written. */
export function isWhole(path: string): boolean {
  const handle = openSync(path, 'r');
  try {
    const { size } = fstatSync(handle);
    const tail = Buffer.alloc(Math.min(size, tailBytes));
    readSync(handle, tail, 0, tail.length, size - tail.length);
    const last = tail.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
    return tail.at(-1) === 0x0a && parseFeedLine(last).kind === 'trailer';
  } finally {
    closeSync(handle);
  }
}

export async function ingestFile(options: IngestOptions): Promise<IngestResult> {
  const lines = createInterface({
    input: createReadStream(options.path, { encoding: 'utf8', highWaterMark: lineLengthMax }),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let session: Session | undefined;
  let lineNumber = 0;
  for await (const read of lines) {
    lineNumber += 1;
    // A byte order mark is no part of the first line.
    const line = lineNumber === 1 ? read.replace(/^\uFEFF/, '') : read;
    if (line.trim() === '') continue;
    const parsed = parseFeedLine(line);
    if (!session) {
      if (parsed.kind !== 'header')
        return rejected('feed-file-headless', 'the first line is no feed header');
      const entitled = options.sources.find(({ source }) => source === parsed.header.source);
      if (!entitled) {
        return rejected(
          'feed-source-unknown',
          `source "${parsed.header.source}" is not configured`,
        );
      }
      session = new Session(options, parsed.header, entitled.kinds);
      continue;
    }
    session.take(parsed, line, lineNumber);
    if (session.finished) break;
  }
  if (!session?.finished)
    return rejected('feed-file-incomplete', 'the file has no watermark at its end');
  return { kind: 'done', report: session.report() };
}

function rejected(code: string, reason: string): IngestResult {
  return { kind: 'rejected', code, reason };
}

interface Held {
  readonly parsed: FeedLine;
  readonly line: string;
  readonly lineNumber: number;
}

/** One file under way. A snapshot is swapped in whole at its end; a delta goes in by batches. */
class Session {
  readonly #options: IngestOptions;
  readonly #source: string;
  readonly #mode: 'snapshot' | 'delta';
  readonly #kinds: readonly string[];
  #held: Held[] = [];
  readonly #count = { applied: 0, duplicate: 0, older: 0, quarantined: 0 };
  finished = false;

  constructor(
    options: IngestOptions,
    header: { source: string; mode: 'snapshot' | 'delta' },
    kinds: readonly string[],
  ) {
    this.#kinds = kinds;
    this.#options = options;
    this.#source = header.source;
    this.#mode = header.mode;
  }

  take(read: FeedLine, line: string, lineNumber: number): void {
    if (read.kind === 'trailer') return this.#finish(read);
    const parsed = this.#entitled(read, line);
    this.#held.push({ parsed, line: parsed.kind === 'bad' ? line : '', lineNumber });
    if (this.#mode === 'delta' && this.#held.length >= batchSize) this.#flush();
  }

  #entitled(read: FeedLine, line: string): FeedLine {
    if (read.kind !== 'record' || this.#kinds.includes(read.record.kind)) return read;
    const reason = `source "${this.#source}" may not speak of ${read.record.kind}`;
    return refusedRecord(read.record, line, reason);
  }

  #flush(): void {
    const held = this.#held;
    this.#held = [];
    this.#options.sink.inTransaction(() => {
      for (const one of held) this.#write(one);
    });
  }

  #finish(trailer: Extract<FeedLine, { kind: 'trailer' }>): void {
    const { sink, now } = this.#options;
    const mark = { through: trailer.through, atMs: trailer.atMs };
    if (this.#mode === 'delta') {
      this.#flush();
      sink.inTransaction(() => sink.watermark(this.#source, mark, now()));
    } else {
      sink.inTransaction(() => {
        sink.beginSnapshot(this.#source);
        for (const one of this.#held) this.#write(one);
        sink.endSnapshot(this.#source, trailer.through);
        sink.watermark(this.#source, mark, now());
      });
    }
    this.finished = true;
  }

  #write({ parsed, line, lineNumber }: Held): void {
    const { sink, now, file } = this.#options;
    if (parsed.kind === 'record') {
      const result =
        this.#mode === 'delta'
          ? sink.applyDelta(this.#source, parsed.record, now())
          : sink.applySnapshot(this.#source, parsed.record);
      this.#count[result] += 1;
      return;
    }
    const { reason, taints, sequence } =
      parsed.kind === 'bad'
        ? parsed
        : { reason: 'a second header in one file', taints: [], sequence: undefined };
    const numbered = this.#mode === 'delta' && sequence !== undefined ? { sequence } : {};
    sink.quarantine(
      { source: this.#source, ...numbered, file, lineNumber, line, reason, taints },
      now(),
    );
    this.#count.quarantined += 1;
  }

  report(): IngestReport {
    const { file, sink } = this.#options;
    const { applied, duplicate, older, quarantined } = this.#count;
    return {
      file,
      source: this.#source,
      mode: this.#mode,
      applied,
      duplicates: duplicate,
      older,
      quarantined,
      gaps: sink.gaps(this.#source),
    };
  }
}
