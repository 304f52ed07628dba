/**
 * Of a gate: signs the log now and then, by how much has come and how long ago the last signature was; and, where the
 * configuration says how long bodies of entries are kept, takes older ones out, a few at a time and far apart, so that no
 * lane waits for it.
 */
import type { EventDraft } from '../core/journal/events.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger, PruneResult } from '../ports/ledger.ts';
import type { Timers } from '../ports/timers.ts';
import type { GateLog } from './gate-options.ts';

const entriesMax = 256;
const everyMs = 60_000;

const dayMs = 86_400_000;
const firstPruneMs = 60_000;
const pruneEveryMs = 3_600_000;
const betweenBatchesMs = 200;

export interface JournalKeeperParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: GateLog;
  /** Days that bodies of entries are kept; for good where absent. */
  readonly journalDays?: number;
  tell(type: EventDraft['type'], data: EventDraft['data']): void;
}

export class JournalKeeper {
  readonly #p: JournalKeeperParts;
  #lastAtMs = 0;
  /** Why bodies that are old enough stay; undefined while none do. */
  #standing: string | undefined;

  constructor(parts: JournalKeeperParts) {
    this.#p = parts;
  }

  start(): void {
    this.#lastAtMs = this.#p.clock.now().monotonicMs;
    if (this.#p.journalDays !== undefined) this.#pruneIn(firstPruneMs);
  }

  ifDue(): void {
    const { ledger, clock, log } = this.#p;
    const nowMs = clock.now().monotonicMs;
    const entries = ledger.entriesSinceCheckpoint();
    const isDue = entries >= entriesMax || (entries > 0 && nowMs - this.#lastAtMs >= everyMs);
    if (!isDue) return;
    this.#lastAtMs = nowMs;
    const result = ledger.checkpoint();
    if (result?.kind === 'failed') log('error', 'no checkpoint could be written', { ...result });
  }

  #pruneIn(ms: number): void {
    this.#p.timers.start('gate/prune', ms, () => this.#prune());
  }

  #prune(): void {
    const { clock, ledger, journalDays = 0 } = this.#p;
    // A clock that nobody has set may stand years ahead, and everything would be old.
    if (clock.state() === 'unsynced') return this.#stopped('clock-unsynced');
    const beforeMs = clock.now().wallMs - journalDays * dayMs;
    let result: PruneResult;
    try {
      result = ledger.prune({ beforeMs, reason: { reason: 'retention', journalDays } });
    } catch (error) {
      return this.#stopped(String(error));
    }
    switch (result.kind) {
      case 'pruned':
        return this.#pruneIn(betweenBatchesMs);
      case 'failed':
        return this.#stopped(result.code);
      case 'finished':
        return this.#stopped(
          result.waitsFor === undefined ? undefined : `waits-for-${result.waitsFor}`,
        );
    }
  }

  /** Until the next time; `cause` where it could not do its work. */
  #stopped(cause: string | undefined): void {
    const { tell, log } = this.#p;
    this.#pruneIn(pruneEveryMs);
    if (cause === this.#standing) return;
    const code = 'journal-not-pruned';
    if (this.#standing !== undefined) tell('alarm.ended.v1', { code, detail: this.#standing });
    this.#standing = cause;
    if (cause === undefined) return;
    log('error', 'old entries could not be pruned', { code, detail: cause });
    tell('alarm.raised.v1', { code, detail: cause });
  }
}
