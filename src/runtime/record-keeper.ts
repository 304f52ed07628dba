/**
 * Keeps what has happened until the ledger has taken it, in order. While anything waits, no decision is
 * committed: the journal never tells an opening before the events that came ahead of it.
 */
import type { LedgerChange } from '../core/ledger-change.ts';
import type { CommitResult } from '../ports/ledger.ts';
import type { Timers } from '../ports/timers.ts';

/** Records kept in memory while the ledger cannot write them. */
export const pendingRecordsMax = 10_000;

const retryMs = 1_000;

export interface RecordKeeperPorts {
  readonly timers: Timers;
  readonly timerId: string;
  commit(change: LedgerChange): CommitResult;
  onCommitted(): void;
  /** The ledger began to fail, or writes again. */
  onHealth(failing: boolean): void;
  onLost(change: LedgerChange): void;
}

export class RecordKeeper {
  readonly #ports: RecordKeeperPorts;
  readonly #pending: LedgerChange[] = [];

  constructor(ports: RecordKeeperPorts) {
    this.#ports = ports;
  }

  get waiting(): number {
    return this.#pending.length;
  }

  write(change: LedgerChange): void {
    if (this.#pending.length > 0) return this.#keep(change);
    if (this.#ports.commit(change).kind === 'committed') return this.#ports.onCommitted();
    this.#keep(change);
    this.#retryLater();
    this.#ports.onHealth(true);
  }

  /** Tries once more: what is not written then is gone with the process. */
  stop(): void {
    this.#ports.timers.cancel(this.#ports.timerId);
    if (!this.#writeWaiting()) for (const change of this.#pending) this.#ports.onLost(change);
  }

  #keep(change: LedgerChange): void {
    if (this.#pending.length < pendingRecordsMax) this.#pending.push(change);
    else this.#ports.onLost(change);
  }

  #retryLater(): void {
    this.#ports.timers.start(this.#ports.timerId, retryMs, () => this.#retry());
  }

  #retry(): void {
    if (this.#writeWaiting()) this.#ports.onHealth(false);
    else this.#retryLater();
  }

  /** Whether all of it could be written. */
  #writeWaiting(): boolean {
    for (let next = this.#pending[0]; next; next = this.#pending[0]) {
      if (this.#ports.commit(next).kind !== 'committed') return false;
      this.#pending.shift();
      this.#ports.onCommitted();
    }
    return true;
  }
}
