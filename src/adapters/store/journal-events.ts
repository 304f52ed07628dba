/** The events of a ledger's log, read beside the daemon that writes it. */
import { type EventDraft, type EventType, eventTypePrefix } from '../../core/journal/events.ts';
import { readBeside, StoreError } from './open-database.ts';

/** In their order. Throws a `StoreError` where the log cannot be read, or has lost bodies to its retention. */
export function journalEvents(file: string): readonly EventDraft[] {
  return readBeside(file, (db) =>
    db
      .prepare<[], string>('SELECT entry FROM journal ORDER BY position')
      .pluck()
      .all()
      .map((entry, index) => {
        if (entry !== '') return eventOf(entry);
        const hint = 'read a log that was not pruned: an export of before, or the centre';
        throw new StoreError('store-entry-pruned', `entry ${index + 1} of ${file} is pruned`, hint);
      }),
  );
}

function eventOf(entry: string): EventDraft {
  const { type, subject, time, data } = JSON.parse(entry) as Readonly<Record<string, unknown>>;
  return {
    type: String(type).slice(eventTypePrefix.length) as EventType,
    subject: String(subject),
    timeMs: Date.parse(String(time)),
    data: data as EventDraft['data'],
  };
}
