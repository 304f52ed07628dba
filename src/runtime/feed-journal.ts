/** Writes what the feed's worker tells into the journal; while the ledger fails it is kept, in order. */
import type { EventDraft } from '../core/journal/events.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { CommitResult } from '../ports/ledger.ts';
import type { Timers } from '../ports/timers.ts';
import { type FeedNote, feedEvents } from './feed-note.ts';
import { RecordKeeper } from './record-keeper.ts';

export interface FeedJournalPorts {
  readonly timers: Timers;
  commit(change: LedgerChange): CommitResult;
  /** An event of the gate, of this moment. */
  event(type: EventDraft['type'], data: EventDraft['data']): EventDraft;
  log(level: 'warn' | 'error', message: string, detail: Readonly<Record<string, unknown>>): void;
}

export class FeedJournal {
  readonly #ports: FeedJournalPorts;
  readonly #records: RecordKeeper;
  readonly #told = new Map<string, string>();

  constructor(ports: FeedJournalPorts) {
    this.#ports = ports;
    this.#records = new RecordKeeper({
      timers: ports.timers,
      timerId: 'gate/feed-records',
      commit: (change) => ports.commit(change),
      onCommitted: () => undefined,
      onHealth: (failing) => {
        if (failing) ports.log('error', 'what the feed tells waits for the ledger', {});
      },
      onLost: ({ events }) =>
        ports.log('error', 'records lost: the ledger has failed too long', { events }),
    });
  }

  take(note: FeedNote): void {
    const events = feedEvents(note, this.#told).map(({ type, data }) =>
      this.#ports.event(type, data),
    );
    if (events.length > 0) this.#records.write({ events });
  }

  stop(): void {
    this.#records.stop();
  }
}
