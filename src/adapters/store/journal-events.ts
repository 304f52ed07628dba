/** The events of a ledger's log, read beside the daemon that writes it. */
import { type EventDraft, type EventType, eventTypePrefix } from '../../core/journal/events.ts';
import { readBeside } from './open-database.ts';

/** In their order. Throws a `StoreError` where the log cannot be read. */
export function journalEvents(file: string): readonly EventDraft[] {
  return readBeside(file, (db) =>
    db
      .prepare<[], string>('SELECT entry FROM journal ORDER BY position')
      .pluck()
      .all()
      .map(eventOf),
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
