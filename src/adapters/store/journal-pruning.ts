/**
 * Takes the bodies of old entries out of the ledger, a few at a time: the hash of each stays, its leaf hash is put beside
 * it, and one signed entry tells of them all in the same transaction. The decisions that such entries told of lose their
 * inputs with them.
 */
import type { CheckpointSigner } from '../../core/journal/checkpoint.ts';
import type { EventDraft } from '../../core/journal/events.ts';
import { type PruneRules, pruningOf } from '../../core/journal/prunable.ts';
import { type PruneStatement, pruneNote, rangesText } from '../../core/journal/statements.ts';
import type { CommitResult, PruneOrder, PruneResult } from '../../ports/ledger.ts';
import { base64, leafOf, sha256 } from './journal-bytes.ts';
import type { SqliteDatabase } from './open-database.ts';
import { reservedReleases } from './reserved-releases.ts';

/** Looked at in one go: a transaction of so many takes a few ms, and a lane waits no longer. */
const newAtOnce = 64;
const keptAtOnce = 16;

interface PruneRow {
  readonly position: number;
  readonly sequence: number;
  readonly entry: string;
  readonly hash: string;
}

interface EpochRow {
  readonly epoch: string;
  readonly before: number;
  readonly acknowledged: number;
  readonly covered: number;
  readonly through: number;
}

/** Where a way through the log stands. */
export interface PruneCursor {
  readonly through: ReadonlyMap<string, number>;
  /** Position of the last one that was kept and was looked at again. */
  readonly kept: number;
}

export interface PruneBatch extends PruneEnd {
  readonly epoch: string;
  readonly rows: readonly PruneRow[];
  readonly decisionIds: readonly string[];
  /** Positions of what has to stay for now, and was not known to. */
  readonly keep: readonly number[];
  readonly through: number;
  readonly kept: number;
}

/** Nothing more may go. */
export interface PruneEnd {
  /** What entries that are old enough wait for. */
  readonly waitsFor?: 'acknowledgement' | 'checkpoint';
}

/** The reading half: it writes nothing, so that it can be asked beforehand what would go. */
export function pruneReader(db: SqliteDatabase) {
  const epochs = db.prepare<[], EpochRow>(
    `SELECT e.epoch, e.position_before_first AS before, coalesce(d.acknowledged_through, 0) AS acknowledged,
       coalesce(t.size, 0) AS covered, coalesce(c.through, 0) AS through FROM epoch e
     LEFT JOIN delivery d ON d.epoch = e.epoch LEFT JOIN tree t ON t.epoch = e.epoch
     LEFT JOIN prune_cursor c ON c.epoch = e.epoch ORDER BY e.number`,
  );
  const columns = 'position, sequence, entry, hash';
  const rows = db.prepare<[string, number, number, number], PruneRow>(
    `SELECT ${columns} FROM journal WHERE epoch = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?`,
  );
  const kept = db.prepare<[string, number, number], PruneRow>(
    `SELECT ${columns} FROM journal WHERE epoch = ? AND position IN
       (SELECT position FROM prune_kept WHERE position > ? ORDER BY position LIMIT ?) ORDER BY position`,
  );
  const open = pruneRules(db);

  /** The next few of an epoch; undefined where all of it has been looked at. */
  const batchOf = (epoch: EpochRow, at: PruneCursor, rules: PruneRules): PruneBatch => {
    const from = at.through.get(epoch.epoch) ?? epoch.through;
    const limit = Math.min(epoch.acknowledged, epoch.covered);
    const again = kept.all(epoch.epoch, at.kept, keptAtOnce);
    const fresh = rows.all(epoch.epoch, epoch.before + from, epoch.before + limit, newAtOnce);
    const pruned: PruneRow[] = [];
    const keep: number[] = [];
    const decisionIds: string[] = [];
    let through = from;
    const take = (row: PruneRow, isFresh: boolean): boolean => {
      const pruning = judged(row, rules);
      if (pruning.kind === 'young') return false;
      if (pruning.kind === 'keep' && isFresh) keep.push(row.position);
      if (pruning.kind === 'prune') {
        pruned.push(row);
        if (pruning.decisionId !== undefined) decisionIds.push(pruning.decisionId);
      }
      if (isFresh) through = row.sequence;
      return true;
    };
    for (const row of again) take(row, false);
    for (const row of fresh) if (!take(row, true)) break;
    const [after, few] = [epoch.before + limit, keptAtOnce];
    const later = through >= limit ? rows.all(epoch.epoch, after, after + few, few) : [];
    const waits = later.some((row) => judged(row, rules).kind === 'prune');
    const waitsFor = epoch.acknowledged <= epoch.covered ? 'acknowledgement' : 'checkpoint';
    return {
      epoch: epoch.epoch,
      rows: pruned,
      decisionIds,
      keep,
      through,
      kept: again.at(-1)?.position ?? at.kept,
      ...(waits && { waitsFor }),
    };
  };

  return {
    openedNothing: open.openedNothing,
    /** One after the other, until one of each epoch gets no further. */
    next(beforeMs: number, at: PruneCursor): PruneBatch | PruneEnd {
      const rules = open.rules(beforeMs);
      let end: PruneEnd = {};
      for (const epoch of epochs.all()) {
        const batch = batchOf(epoch, at, rules);
        const isFurther = batch.through > (at.through.get(epoch.epoch) ?? epoch.through);
        if (isFurther || batch.kept > at.kept) return batch;
        // Of an epoch that was left nothing is sent any more: what the centre lacks of it stays.
        end = batch.waitsFor ? { waitsFor: batch.waitsFor } : {};
      }
      return end;
    },
  };
}

function judged(row: PruneRow, rules: PruneRules): ReturnType<typeof pruningOf> {
  if (row.entry === '') return { kind: 'carrier' };
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(row.entry) as Readonly<Record<string, unknown>>;
  } catch {
    // Damaged: what verifies the log has to see it.
    return { kind: 'keep' };
  }
  return pruningOf(entry, Date.parse(String(entry['recordedtime'])), rules);
}

function pruneRules(db: SqliteDatabase) {
  const open = db
    .prepare<[], string | null>(
      `SELECT passage_id FROM passage WHERE ended_at IS NULL
       UNION ALL SELECT visit_id FROM visit WHERE closed_at IS NULL
       UNION ALL SELECT entry_passage_id FROM visit WHERE closed_at IS NULL
       UNION ALL SELECT exception_id FROM exception WHERE closed_at IS NULL
       UNION ALL SELECT passage_id FROM exception WHERE closed_at IS NULL
       UNION ALL SELECT item_id FROM yard_item WHERE closed_at IS NULL
       UNION ALL SELECT visit_id FROM yard_item WHERE closed_at IS NULL
       UNION ALL SELECT json_extract(body, '$.passageId') FROM yard_item WHERE closed_at IS NULL AND kind <> 'visit'`,
    )
    .pluck();
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck();
  const reserved = reservedReleases(db);
  let ids: ReadonlySet<string | null> = new Set();
  let readAt = -1;
  return {
    rules(beforeMs: number): PruneRules {
      // Some thousand vehicles stand inside a large site: they are read again only where something was written since.
      const now = changes.get() ?? 0;
      if (now !== readAt) ids = new Set(open.all());
      readAt = now;
      return {
        beforeMs,
        isOpen: (id) => ids.has(id),
        hasReserved: (passageId) => reserved.of(passageId).length > 0,
      };
    },
    /** What was written last has opened nothing. */
    openedNothing(): void {
      readAt = changes.get() ?? 0;
    },
  };
}

export interface PruneSigning {
  readonly origin: string;
  readonly signer: CheckpointSigner;
  readonly gateId: string;
  readonly nowMs: number;
  /** Where the prune entry will stand. */
  readonly sequence: number;
  readonly position: number;
  /** Writes the entry, and what it tells of, in one transaction. */
  commit(events: readonly EventDraft[], writeAlso: () => void): CommitResult;
}

export class JournalPruning {
  readonly #read: ReturnType<typeof pruneReader>;
  readonly #s: ReturnType<typeof writing>;
  #kept = 0;

  constructor(db: SqliteDatabase) {
    this.#read = pruneReader(db);
    this.#s = writing(db);
  }

  /** The next few bodies; `finished` where nothing more may go, and the next call begins anew with what was kept. */
  next(order: PruneOrder, signing: PruneSigning): PruneResult {
    const batch = this.#read.next(order.beforeMs, { through: new Map(), kept: this.#kept });
    if (!('rows' in batch)) {
      this.#kept = 0;
      return { kind: 'finished', ...batch };
    }
    const events = batch.rows.length > 0 ? [entryOf(batch, order, signing)] : [];
    const result = signing.commit(events, () => this.#write(batch, signing.position));
    if (result.kind === 'failed') return result;
    this.#read.openedNothing();
    this.#kept = batch.kept;
    return { kind: 'pruned', count: batch.rows.length };
  }

  #write(batch: PruneBatch, by: number): void {
    const s = this.#s;
    for (const { position, entry } of batch.rows) {
      s.leaf.run(position, Buffer.from(leafOf(entry)).toString('hex'), by);
      s.empty.run(position);
      s.keptNoMore.run(position);
    }
    for (const decisionId of batch.decisionIds) s.decision.run(by, decisionId);
    for (const position of batch.keep) s.keep.run(position);
    s.cursor.run(batch.epoch, batch.through);
  }
}

function writing(db: SqliteDatabase) {
  return {
    leaf: db.prepare('INSERT INTO pruned_entry (position, leaf, pruned_by) VALUES (?, ?, ?)'),
    empty: db.prepare("UPDATE journal SET entry = '' WHERE position = ?"),
    keptNoMore: db.prepare('DELETE FROM prune_kept WHERE position = ?'),
    keep: db.prepare('INSERT OR IGNORE INTO prune_kept (position) VALUES (?)'),
    decision: db.prepare(
      "UPDATE decision SET inputs = '', result = '', plan = '', pruned_by = ? WHERE decision_id = ?",
    ),
    cursor: db.prepare(
      `INSERT INTO prune_cursor (epoch, through) VALUES (?, ?)
       ON CONFLICT (epoch) DO UPDATE SET through = max(through, excluded.through)`,
    ),
  };
}

function entryOf(
  { epoch, rows }: PruneBatch,
  { reason }: PruneOrder,
  signing: PruneSigning,
): EventDraft {
  const { gateId, nowMs } = signing;
  const hashes = rows.flatMap(({ hash, entry }) => [Buffer.from(hash, 'hex'), leafOf(entry)]);
  const statement: PruneStatement = {
    epoch,
    ranges: rangesText(rows.map(({ sequence }) => sequence)),
    count: rows.length,
    digest: base64(sha256(hashes)),
  };
  const note = pruneNote(statement, signing, base64);
  return {
    type: 'entries.pruned.v1',
    subject: gateId,
    timeMs: nowMs,
    data: { ...statement, ...reason, note },
  };
}
