/**
 * `ledger.db`: one writer, one transaction a change. Entries are encoded once, here, and their text is what
 * is stored, hashed and later sent.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  type CheckpointSigner,
  checkpointOrigin,
  checkpointText,
  signedNote,
} from '../../core/journal/checkpoint.ts';
import { encodeEntry, entryBytesMax, noPreviousHash } from '../../core/journal/entry.ts';
import type { EventDraft } from '../../core/journal/events.ts';
import {
  appendLeaf,
  emptyFrontier,
  type Frontier,
  leafHash,
  rootOf,
} from '../../core/journal/merkle.ts';
import type { LedgerChange } from '../../core/ledger-change.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { CommitResult, Ledger, StampReader } from '../../ports/ledger.ts';
import { ledgerReader } from './ledger-reader.ts';
import { ledgerApplicationId, ledgerMigrations } from './ledger-schema.ts';
import { ledgerWriter, ReleaseTaken } from './ledger-writer.ts';
import { openForWriting, type SqliteDatabase, sqliteCode } from './open-database.ts';

export interface LedgerOptions {
  readonly file: string;
  readonly siteId: string;
  readonly gateId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly signer: CheckpointSigner;
  /** Reads the stamp of a query as it is now; called inside the writing transaction. */
  readonly readStamp: StampReader;
}

interface Head {
  epoch: string;
  sequence: number;
  hash: string;
  frontier: Frontier;
  checkpointSequence: number;
}

class FactsChanged extends Error {}

const sha256 = (parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const rfc3339 = (ms: number) => new Date(ms).toISOString();

export function openLedger(options: LedgerOptions): Ledger {
  const db = openForWriting({
    file: options.file,
    applicationId: ledgerApplicationId,
    migrations: ledgerMigrations,
  });
  return new SqliteLedger(db, options);
}

class SqliteLedger implements Ledger {
  readonly #db: SqliteDatabase;
  readonly #options: LedgerOptions;
  readonly #write: ReturnType<typeof ledgerWriter>;
  readonly #read: ReturnType<typeof ledgerReader>;
  #head: Head;

  constructor(db: SqliteDatabase, options: LedgerOptions) {
    this.#db = db;
    this.#options = options;
    this.#write = ledgerWriter(db);
    this.#read = ledgerReader(db);
    const stored = this.#read.head();
    this.#head = stored
      ? { ...stored, frontier: frontierOf(stored.sequence, stored.frontier) }
      : {
          epoch: randomBytes(16).toString('hex'),
          sequence: 0,
          hash: noPreviousHash,
          frontier: emptyFrontier,
          checkpointSequence: 0,
        };
    if (!stored) this.#beginEpoch();
  }

  get epoch(): string {
    return this.#head.epoch;
  }

  #origin(): string {
    const { siteId, gateId } = this.#options;
    return checkpointOrigin(siteId, gateId, this.#head.epoch);
  }

  #beginEpoch(): void {
    const { siteId, gateId, clock, signer } = this.#options;
    const event: EventDraft = {
      type: 'epoch.started.v1',
      subject: gateId,
      timeMs: clock.now().wallMs,
      data: { reason: 'created', siteId, gateId, verifierKey: signer.verifierKey(this.#origin()) },
    };
    const result = this.commit({ events: [event] });
    if (result.kind !== 'committed') throw new Error('the new ledger could not be written');
  }

  commit(change: LedgerChange): CommitResult {
    const before = this.#head;
    try {
      const first = before.sequence + 1;
      this.#db.transaction(() => this.#apply(change)).immediate();
      return { kind: 'committed', firstSequence: first, lastSequence: this.#head.sequence };
    } catch (error) {
      this.#head = before;
      return refusal(error);
    }
  }

  #apply(change: LedgerChange): void {
    const { basis } = change;
    if (basis && this.#options.readStamp(basis.query) !== basis.stamp) throw new FactsChanged();
    this.#write.rows(change);
    for (const event of change.events) this.#append(event);
    this.#write.head(
      this.#head,
      this.#head.frontier.roots.map((root) => Buffer.from(root).toString('hex')).join(' '),
    );
  }

  #append(event: EventDraft): void {
    const { siteId, gateId, clock, ids } = this.#options;
    const { epoch, hash: previousHash } = this.#head;
    const sequence = this.#head.sequence + 1;
    const place = {
      siteId,
      gateId,
      id: ids.next(),
      epoch,
      sequence,
      previousHash,
      bootId: clock.bootId,
      recordedAt: clock.now(),
      clockState: clock.state(),
    };
    const entry = encodeEntry(event, place, rfc3339);
    const bytes = Buffer.from(entry, 'utf8');
    if (bytes.length > entryBytesMax) {
      throw new RangeError(
        `an entry of ${event.type} has ${bytes.length} bytes, more than ${entryBytesMax}`,
      );
    }
    const hash = createHash('sha256').update(bytes).digest('hex');
    this.#write.entry(epoch, sequence, entry, hash);
    this.#head = {
      ...this.#head,
      sequence,
      hash,
      frontier: appendLeaf(this.#head.frontier, leafHash(bytes, sha256), sha256),
    };
  }

  checkpoint(): CommitResult | undefined {
    if (this.entriesSinceCheckpoint() === 0) return undefined;
    const { signer, clock, gateId } = this.#options;
    const { frontier, sequence } = this.#head;
    const origin = this.#origin();
    const text = checkpointText(
      { origin, size: frontier.size, root: rootOf(frontier, sha256) },
      base64,
    );
    const note = signedNote(text, origin, signer, base64);
    const before = this.#head.checkpointSequence;
    this.#head = { ...this.#head, checkpointSequence: sequence + 1 };
    const event: EventDraft = {
      type: 'checkpoint.v1',
      subject: gateId,
      timeMs: clock.now().wallMs,
      data: { note },
    };
    const result = this.commit({ events: [event] });
    if (result.kind !== 'committed') this.#head = { ...this.#head, checkpointSequence: before };
    return result;
  }

  entriesSinceCheckpoint(): number {
    return this.#head.sequence - this.#head.checkpointSequence;
  }

  latestCheckpoint(): string | undefined {
    const sequence = this.#head.checkpointSequence;
    if (sequence === 0) return undefined;
    const [row] = this.entriesAfter(sequence - 1, 1);
    return row && (JSON.parse(row.entry) as { data: { note: string } }).data.note;
  }

  head() {
    return { sequence: this.#head.sequence, hash: this.#head.hash };
  }

  entriesAfter(afterSequence: number, limit: number) {
    return this.#read.entriesAfter(this.epoch, afterSequence, limit);
  }

  acknowledgedThrough(): number {
    return this.#read.acknowledgedThrough(this.epoch);
  }

  acknowledge(through: number): void {
    if (through > this.#head.sequence)
      throw new RangeError(`acknowledged ${through}, written ${this.#head.sequence}`);
    this.#write.acknowledged(this.epoch, through);
  }

  unendedPassages() {
    return this.#read.unendedPassages();
  }

  openExceptions(limit: number) {
    return this.#read.openExceptions(limit);
  }

  caseOf(exceptionId: string) {
    return this.#read.caseOf(exceptionId);
  }

  usesOf(containers: readonly string[]) {
    return this.#read.usesOf(containers);
  }

  openVisitsOf(plates: readonly string[]) {
    return this.#read.openVisitsOf(plates);
  }

  close(): void {
    this.#db.close();
  }
}

function frontierOf(size: number, roots: string): Frontier {
  return {
    size,
    roots: roots === '' ? [] : roots.split(' ').map((hex) => Buffer.from(hex, 'hex')),
  };
}

function refusal(error: unknown): CommitResult {
  if (error instanceof FactsChanged) return { kind: 'conflicted', reason: 'factsChanged' };
  if (error instanceof ReleaseTaken) return { kind: 'conflicted', reason: 'releaseTaken' };
  const code = sqliteCode(error);
  const detail = `${code} ${error instanceof Error ? error.message : String(error)}`;
  if (code === 'SQLITE_FULL') return { kind: 'failed', code: 'ledger-full', detail };
  if (code.startsWith('SQLITE_READONLY'))
    return { kind: 'failed', code: 'ledger-readonly', detail };
  // A constraint or a programmer's error is no disk fault: it must not look like one.
  if (code.startsWith('SQLITE_CONSTRAINT') || code === '') throw error;
  return { kind: 'failed', code: 'ledger-io', detail };
}
