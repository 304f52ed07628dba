/** The events of a ledger's log, read beside the daemon that writes it. */
import { type EventDraft, type EventType, eventTypePrefix } from '../../core/journal/events.ts';
import { openForReading, StoreError } from './open-database.ts';

/** In their order. Throws a `StoreError` where the log cannot be read. */
export function journalEvents(file: string): readonly EventDraft[] {
  const db = openForReading(file);
  try {
    const entries = db.prepare<[], string>('SELECT entry FROM journal ORDER BY position').pluck();
    return entries.all().map(eventOf);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const hint = 'read it with the kakou that wrote it';
    throw new StoreError('store-io', `${file}: ${(error as Error).message}`, hint, error);
  } finally {
    db.close();
  }
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
