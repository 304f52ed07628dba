/**
 * The customs platform and the worker that takes its files in: real lines through the real parser, ingestion, writer
 * and cache, on simulated time. Files lie and wait while no daemon runs. What has been taken is told to the auditor.
 */
import type { FileHandle } from 'node:fs/promises';
import { type EntitledSource, ingestFile } from '../../adapters/customs/ingest-file.ts';
import { FeedWriter } from '../../adapters/store/feed-writer.ts';
import type { SqliteDatabase } from '../../adapters/store/open-database.ts';
import { parseFeedLine } from '../../interchange/feed/parse-line.ts';
import type { FeedNote } from '../../runtime/feed-note.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { type FeedRecord, sourceOf } from '../traffic.ts';
import type { Faults } from './faults.ts';
import { type BootClock, type SimulatedTime, siteWallMs } from './simulated-time.ts';

export type SourceName = 'customs' | 'terminal';

/** What a source has said and the gate has taken. */
export interface Fed {
  readonly source: SourceName;
  readonly records: readonly FeedRecord[];
  readonly sequences: readonly number[];
  /** Complete up to here, at this time by the source's clock. */
  readonly watermark?: { readonly through: number; readonly atMs: number };
}

export interface SimulatedFeedOptions {
  readonly time: SimulatedTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly db: SqliteDatabase;
  readonly sources: readonly EntitledSource[];
  onFed(fed: Fed): void;
  onNote(note: FeedNote): void;
  /** The run of the daemon whose worker takes files in now. */
  boot(): BootClock | undefined;
}

interface File {
  readonly name: string;
  readonly text: string;
  readonly fed: Fed;
  readonly mode: 'snapshot' | 'delta';
}

interface Sender {
  sequence: number;
  silentUntilMs: number;
}

const heartbeatMs = 5_000;
const scanMs = 150;

export class SimulatedFeed {
  readonly #o: SimulatedFeedOptions;
  readonly #writer: FeedWriter;
  readonly #senders: Record<SourceName, Sender> = {
    customs: { sequence: 0, silentUntilMs: 0 },
    terminal: { sequence: 0, silentUntilMs: 0 },
  };
  readonly #waiting: File[] = [];
  /** Of each record, once it has been taken. */
  readonly #taken = new Set<string>();
  #files = 0;
  #isTaking = false;
  /** Files and records that come later. */
  #held = 0;

  constructor(options: SimulatedFeedOptions) {
    this.#o = options;
    this.#writer = new FeedWriter(options.db);
    for (const source of ['customs', 'terminal'] as const) {
      this.#drop(source, [], 'snapshot');
      this.#beat(source);
    }
    this.#scan();
  }

  hasTaken(records: readonly FeedRecord[]): boolean {
    return records.every((record) => this.#taken.has(keyOf(record)));
  }

  /** Nothing waits to be taken in, now or behind a silence. */
  get isQuiet(): boolean {
    return this.#waiting.length === 0 && !this.#isTaking && this.#held === 0;
  }

  announce(records: readonly FeedRecord[]): void {
    for (const source of ['customs', 'terminal'] as const) {
      const own = records.filter((record) => sourceOf(record) === source);
      if (own.length > 0) this.#send(source, own);
    }
  }

  /** The source says nothing for so long; what it wants to say waits. */
  silence(source: SourceName, forMs: number): void {
    const sender = this.#senders[source];
    sender.silentUntilMs = Math.max(sender.silentUntilMs, this.#o.time.nowMs + forMs);
  }

  /** Every source speaks again. */
  endSilence(): void {
    for (const sender of Object.values(this.#senders)) sender.silentUntilMs = 0;
  }

  /** Another thread writes the feed right now, as between a look-up and its commit. False where files wait. */
  writeNow(record: FeedRecord): boolean {
    const source = sourceOf(record);
    if (this.#isTaking || this.#waiting.some(({ fed }) => fed.source === source)) return false;
    const [line] = this.#linesOf(source, [record]);
    const parsed = parseFeedLine(line?.text ?? '');
    if (!line || parsed.kind !== 'record') throw new Error(`no feed record: ${line?.text}`);
    this.#writer.inTransaction(() =>
      this.#writer.applyDelta(source, parsed.record, this.#wallMs()),
    );
    this.#o.onFed({ source, records: [record], sequences: [line.sequence] });
    return true;
  }

  #wallMs(): number {
    const { boot, time } = this.#o;
    return boot()?.now().wallMs ?? siteWallMs + time.nowMs;
  }

  #send(source: SourceName, records: readonly FeedRecord[]): void {
    const { time, random, faults } = this.#o;
    const waitMs = this.#senders[source].silentUntilMs - time.nowMs;
    if (waitMs > 0) {
      return this.#later(waitMs, () => this.#send(source, records));
    }
    const r = faults.has('feed') ? random.next() : 1;
    if (r < 0.06 && records.length > 0) return this.#sendWithGap(source, records);
    const file = this.#file(source, records, 'delta');
    if (r < 0.12) {
      // It comes behind those that were written after it.
      return this.#later(random.integer(12_000), () => this.#waiting.push(file));
    }
    this.#waiting.push(file);
    if (r < 0.18) this.#later(random.integer(8_000), () => this.#waiting.push(file));
  }

  #later(delayMs: number, work: () => void): void {
    this.#held += 1;
    this.#o.time.after(delayMs, () => {
      this.#held -= 1;
      work();
    });
  }

  /** The last record is missing, and comes in a file of its own when the platform is asked for it. */
  #sendWithGap(source: SourceName, records: readonly FeedRecord[]): void {
    const { random } = this.#o;
    const lines = this.#linesOf(source, records);
    const through = this.#senders[source].sequence;
    this.#waiting.push(this.#fileOf(source, lines.slice(0, -1), { through, mode: 'delta' }));
    const rest = lines.slice(-1);
    this.#later(1_000 + random.integer(15_000), () =>
      this.#waiting.push(this.#fileOf(source, rest, { through, mode: 'delta' })),
    );
  }

  #drop(source: SourceName, records: readonly FeedRecord[], mode: File['mode']): void {
    this.#waiting.push(this.#file(source, records, mode));
  }

  #beat(source: SourceName): void {
    const { time } = this.#o;
    time.after(heartbeatMs, () => {
      if (this.#senders[source].silentUntilMs <= time.nowMs) this.#drop(source, [], 'delta');
      this.#beat(source);
    });
  }

  #file(source: SourceName, records: readonly FeedRecord[], mode: File['mode']): File {
    const lines = this.#linesOf(source, records);
    return this.#fileOf(source, lines, { through: this.#senders[source].sequence, mode });
  }

  #linesOf(source: SourceName, records: readonly FeedRecord[]) {
    const asOf = new Date(siteWallMs + this.#o.time.nowMs).toISOString();
    return records.map((record) => {
      const sender = this.#senders[source];
      sender.sequence += 1;
      const { sequence } = sender;
      return { record, sequence, text: JSON.stringify({ sequence, asOf, ...record }) };
    });
  }

  #fileOf(
    source: SourceName,
    lines: readonly { record: FeedRecord; sequence: number; text: string }[],
    { through, mode }: { readonly through: number; readonly mode: File['mode'] },
  ): File {
    const atMs = siteWallMs + this.#o.time.nowMs;
    const at = new Date(atMs).toISOString();
    const head = JSON.stringify({ kakouFeed: 1, source, mode });
    const tail = JSON.stringify({ watermark: { through, at }, records: lines.length });
    this.#files += 1;
    return {
      name: `${source}-${String(this.#files).padStart(6, '0')}-${mode}.ndjson`,
      text: `${[head, ...lines.map(({ text }) => text), tail].join('\n')}\n`,
      mode,
      fed: {
        source,
        records: lines.map(({ record }) => record),
        sequences: lines.map(({ sequence }) => sequence),
        watermark: { through, atMs },
      },
    };
  }

  #scan(): void {
    this.#o.time.after(scanMs, () => this.#scan());
    if (this.#isTaking || !this.#o.boot()) return;
    const file = this.#waiting.shift();
    if (!file) return;
    this.#isTaking = true;
    this.#take(file).then(
      () => {
        this.#isTaking = false;
      },
      (error: unknown) => {
        throw error;
      },
    );
  }

  async #take(file: File): Promise<void> {
    const { sources, onFed, onNote } = this.#o;
    const bytes = Buffer.from(file.text, 'utf8');
    const { through = 0, atMs = 0 } = file.fed.watermark ?? {};
    const result = await ingestFile({
      handle: inMemory(bytes),
      size: bytes.length,
      trailer: { through, atMs, records: file.fed.records.length },
      file: file.name,
      sources,
      sink: this.#writer,
      now: () => this.#wallMs(),
      isStopping: () => false,
    });
    if (result.kind === 'interrupted') return;
    if (result.kind === 'rejected') return onNote({ ...result, file: file.name });
    onFed(file.fed);
    for (const record of file.fed.records) this.#taken.add(keyOf(record));
    onNote({ kind: 'ingested', report: result.report });
  }
}

const keyOf = ({ kind, id, version }: FeedRecord) => `${kind}/${id}/${version}`;

/** Ingestion reads a file through its handle; this one is read from memory. */
function inMemory(bytes: Buffer): FileHandle {
  const read = async (into: Buffer, offset: number, length: number, position: number) => ({
    bytesRead: bytes.copy(into, offset, position, position + length),
    buffer: into,
  });
  return { read } as unknown as FileHandle;
}
