/**
 * `ledger.db`: one writer, one transaction a change. Entries are encoded once, here, and their text is what
 * is stored, hashed and later sent.
 */
import { hash, randomBytes } from 'node:crypto';
import {
  type CheckpointSigner,
  checkpointOrigin,
  checkpointText,
  signedNote,
} from '../../core/journal/checkpoint.ts';
import { encodeEntryWithin, noPreviousHash } from '../../core/journal/entry.ts';
import type { EventDraft } from '../../core/journal/events.ts';
import { emptyFrontier, type Frontier, rootOf } from '../../core/journal/merkle.ts';
import { rotationData } from '../../core/journal/statements.ts';
import type { LedgerChange } from '../../core/ledger-change.ts';
import { withoutEnded } from '../../core/visit-change.ts';
import { actRow } from '../../core/yard/acts.ts';
import { usualLimits, type YardAct, type YardLimits } from '../../core/yard/yard-change.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type {
  ActRecords,
  CommandRecords,
  CommitResult,
  Ledger,
  PruneOrder,
  PruneResult,
  StampReader,
  WriteFailure,
  YardRefusal,
} from '../../ports/ledger.ts';
import { actReader } from './act-reader.ts';
import { commandReader } from './command-rows.ts';
import { FactsChanged, refusal } from './commit-refusal.ts';
import { epochStarted, foreignKey, type Restored } from './epoch-start.ts';
import {
  base64,
  frontierOf,
  frontierText,
  grown,
  measures,
  rfc3339,
  sha256,
} from './journal-bytes.ts';
import { JournalPruning } from './journal-pruning.ts';
import { ledgerReader } from './ledger-reader.ts';
import { ledgerApplicationId, ledgerMigrations } from './ledger-schema.ts';
import { ledgerWriter } from './ledger-writer.ts';
import { openForWriting, type SqliteDatabase } from './open-database.ts';
import { YardRefused, YardRows } from './yard-rows.ts';

export interface LedgerOptions {
  readonly file: string;
  readonly siteId: string;
  readonly gateId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Or what finds it, asked with the verifier key that the log announces; undefined of a new log. */
  readonly signer: CheckpointSigner | ((announced: string | undefined) => CheckpointSigner);
  /** Set where the file was put back from a copy: it then goes on in a new epoch that tells so. */
  readonly restored?: Restored;
  /** Reads the stamp of a query as it is now; called inside the writing transaction. */
  readonly readStamp: StampReader;
  /** Ages at which what is open in the yard is looked at; the usual ones where left out. */
  readonly yardLimits?: YardLimits;
  /** Name of a new epoch, 32 hexadecimal digits; of chance where left out. */
  readonly newEpoch?: () => string;
}

interface Head {
  readonly epoch: string;
  /** Position in the file of the entry before the epoch's first. */
  readonly positionBeforeFirst: number;
  sequence: number;
  hash: string;
}

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
  readonly acts: ActRecords;
  readonly commands: CommandRecords;
  readonly #yard: YardRows;
  readonly #pruning: JournalPruning;
  readonly #inTransaction;
  #signer: CheckpointSigner;
  #head: Head;
  /** Of the entries up to `size`; the rest is added when a checkpoint is due, never between a decision and the arm. */
  #frontier: Frontier;
  #checkpointSequence: number;

  constructor(db: SqliteDatabase, options: LedgerOptions) {
    this.#db = db;
    this.#options = options;
    this.#write = ledgerWriter(db);
    this.#read = ledgerReader(db);
    this.acts = actReader(db);
    this.commands = commandReader(db);
    this.#pruning = new JournalPruning(db);
    const { siteId, yardLimits: limits = usualLimits } = options;
    this.#yard = new YardRows(db, { limits, siteId, rfc3339 });
    this.#inTransaction = db.transaction((work: () => void) => work()).immediate;
    const known = this.#read.epoch();
    this.#head = known ? this.#headOf(known) : newEpoch;
    this.#frontier = frontierOf(this.#read.tree(this.#head.epoch));
    // A checkpoint is the entry behind those it covers.
    this.#checkpointSequence = this.#frontier.size === 0 ? 0 : this.#frontier.size + 1;
    const announced = this.#read.announcedKey(this.#head.epoch);
    this.#signer =
      typeof options.signer === 'function' ? options.signer(announced) : options.signer;
    if (!known || options.restored) this.#beginEpoch(announced);
    else this.#refuseForeignKey(announced);
  }

  #refuseForeignKey(announced: string | undefined): void {
    const foreign = foreignKey(this.#signer.verifierKey(this.#origin()), announced);
    if (!foreign) return;
    this.#db.close();
    throw foreign;
  }

  get epoch(): string {
    return this.#head.epoch;
  }

  #headOf(epoch: { epoch: string; positionBeforeFirst: number }): Head {
    const last = this.#read.last();
    const isOfEpoch = last !== undefined && last.position > epoch.positionBeforeFirst;
    return {
      ...epoch,
      sequence: isOfEpoch ? last.sequence : 0,
      hash: isOfEpoch ? last.hash : noPreviousHash,
    };
  }

  #origin(): string {
    const { siteId, gateId } = this.#options;
    return checkpointOrigin(siteId, gateId, this.#head.epoch);
  }

  #beginEpoch(announced: string | undefined): void {
    const { siteId, gateId, clock, restored } = this.#options;
    const epoch = this.#options.newEpoch?.() ?? randomBytes(16).toString('hex');
    const positionBeforeFirst = this.#read.last()?.position ?? 0;
    const { sequence: entries, hash: head } = this.#head;
    const event = epochStarted({
      siteId,
      gateId,
      epoch,
      atMs: clock.now().wallMs,
      signer: this.#signer,
      ...(restored && { restored }),
      ...(entries > 0 && { previous: { epoch: this.#head.epoch, entries, head } }),
      ...(announced !== undefined && { announced }),
    });
    this.#head = { epoch, positionBeforeFirst, sequence: 0, hash: noPreviousHash };
    this.#frontier = emptyFrontier;
    this.#checkpointSequence = 0;
    const result = this.#commit({ events: [event] }, () => {
      this.#write.epoch(epoch, positionBeforeFirst);
      this.#write.signingKey(epoch, 1, this.#signer.verifierKey(this.#origin()));
    });
    if (result.kind !== 'committed') throw new Error('the new epoch could not be written');
  }

  rotateKey(next: CheckpointSigner, person: string): CommitResult {
    const { clock, gateId } = this.#options;
    const { epoch } = this.#head;
    const [origin, sequence] = [this.#origin(), this.#head.sequence + 1];
    const data = rotationData({ origin, sequence, from: this.#signer, to: next }, base64);
    const timeMs = clock.now().wallMs;
    const event: EventDraft = {
      type: 'key.rotated.v1',
      subject: gateId,
      timeMs,
      data: { ...data, person },
    };
    const result = this.#commit({ events: [event] }, () =>
      this.#write.signingKey(epoch, sequence, data.verifierKey),
    );
    if (result.kind === 'committed') this.#signer = next;
    return result;
  }

  commit(change: LedgerChange): CommitResult {
    return this.#commit(change);
  }

  #commit(change: LedgerChange, writeAlso?: () => void): CommitResult {
    const before = this.#head;
    this.#head = { ...before };
    try {
      this.#inTransaction(() => {
        writeAlso?.();
        this.#apply(change);
      });
      const { sequence } = this.#head;
      return { kind: 'committed', firstSequence: before.sequence + 1, lastSequence: sequence };
    } catch (error) {
      this.#head = before;
      return refusal(error);
    }
  }

  #apply(planned: LedgerChange): void {
    const { basis } = planned;
    if (basis && this.#options.readStamp(basis.query) !== basis.stamp) throw new FactsChanged();
    const change = withoutEnded(planned, (visitId) => this.#read.isOpenVisit(visitId));
    this.#write.rows(change);
    const { events } = change;
    const yard = this.#yard.follow(change, this.#head.sequence + 1 + events.length);
    for (const event of events) this.#append(event);
    if (!yard) return;
    this.#write.rows({ events: [], visits: yard.visits });
    for (const event of yard.events) this.#append(event);
  }

  actInYard(act: YardAct): CommitResult | YardRefusal {
    try {
      return this.commit({ events: [], yard: act, act: actRow(act) });
    } catch (error) {
      if (error instanceof YardRefused) return { kind: 'refused', reason: error.message };
      throw error;
    }
  }

  yardDue(atMs: number): readonly string[] {
    return this.#yard.due(atMs);
  }

  hasQueuedRegistrations(throughSequence: number): boolean {
    return this.#yard.isQueued(throughSequence);
  }

  yardCursor(name: string): number | undefined {
    return this.#yard.cursor(name);
  }

  setYardCursor(name: string, value: number): WriteFailure | undefined {
    try {
      this.#yard.setCursor(name, value);
      return undefined;
    } catch (error) {
      return refusal(error) as WriteFailure;
    }
  }

  #append(event: EventDraft): void {
    const { siteId, gateId, clock, ids } = this.#options;
    const { epoch, hash: previousHash, positionBeforeFirst } = this.#head;
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
    const entry = encodeEntryWithin(event, place, measures);
    const digest = hash('sha256', entry, 'hex');
    this.#write.entry(positionBeforeFirst + sequence, epoch, { sequence, entry, hash: digest });
    this.#head.sequence = sequence;
    this.#head.hash = digest;
  }

  checkpoint(): CommitResult | undefined {
    if (this.entriesSinceCheckpoint() === 0) return undefined;
    const { clock, gateId } = this.#options;
    const { epoch, sequence } = this.#head;
    this.#frontier = grown(this.#frontier, sequence, (size, limit) =>
      this.entriesAfter(size, limit),
    );
    const frontier = this.#frontier;
    const origin = this.#origin();
    const text = checkpointText(
      { origin, size: frontier.size, root: rootOf(frontier, sha256) },
      base64,
    );
    const event: EventDraft = {
      type: 'checkpoint.v1',
      subject: gateId,
      timeMs: clock.now().wallMs,
      data: { note: signedNote(text, origin, this.#signer, base64) },
    };
    const result = this.#commit({ events: [event] }, () =>
      this.#write.tree(epoch, frontier.size, frontierText(frontier)),
    );
    if (result.kind === 'committed') this.#checkpointSequence = sequence + 1;
    return result;
  }

  prune(order: PruneOrder): PruneResult {
    const { clock, gateId } = this.#options;
    const sequence = this.#head.sequence + 1;
    return this.#pruning.next(order, {
      origin: this.#origin(),
      signer: this.#signer,
      gateId,
      nowMs: clock.now().wallMs,
      sequence,
      position: this.#head.positionBeforeFirst + sequence,
      commit: (events, writeAlso) => this.#commit({ events }, writeAlso),
    });
  }

  prunedThrough(): number {
    return this.#read.prunedThrough(this.#head.positionBeforeFirst);
  }

  entriesSinceCheckpoint(): number {
    return this.#head.sequence - this.#checkpointSequence;
  }

  latestCheckpoint(): string | undefined {
    const sequence = this.#checkpointSequence;
    if (sequence === 0) return undefined;
    const [row] = this.entriesAfter(sequence - 1, 1);
    return row && (JSON.parse(row.entry) as { data: { note: string } }).data.note;
  }

  head() {
    return { sequence: this.#head.sequence, hash: this.#head.hash };
  }

  entriesAfter(afterSequence: number, limit: number) {
    return this.#read.entriesAfter(this.#head.positionBeforeFirst + afterSequence, limit);
  }

  acknowledgedThrough(): number {
    return this.#read.acknowledgedThrough(this.epoch);
  }

  acknowledge(through: number): WriteFailure | undefined {
    if (through > this.#head.sequence)
      throw new RangeError(`acknowledged ${through}, written ${this.#head.sequence}`);
    try {
      this.#write.acknowledged(this.epoch, through);
      return undefined;
    } catch (error) {
      return refusal(error) as WriteFailure;
    }
  }

  unendedPassages() {
    return this.#read.unendedPassages();
  }

  laneStanding(laneId: string) {
    return this.#read.laneStanding(laneId);
  }

  openExceptions(limit: number) {
    return this.#read.openExceptions(limit);
  }

  caseOf(exceptionId: string) {
    return this.#read.caseOf(exceptionId);
  }

  readonly usesOf: Ledger['usesOf'] = (...asked) => this.#read.usesOf(...asked);
  readonly turnedBackOf: Ledger['turnedBackOf'] = (plates) => this.#read.turnedBackOf(plates);
  readonly placedHoldsOf: Ledger['placedHoldsOf'] = (subjects) =>
    this.#read.placedHoldsOf(subjects);
  readonly openVisitsOf: Ledger['openVisitsOf'] = (plates) => this.#read.openVisitsOf(plates);

  close(): void {
    this.#db.close();
  }
}

const newEpoch: Head = {
  epoch: '',
  positionBeforeFirst: 0,
  sequence: 0,
  hash: noPreviousHash,
};
