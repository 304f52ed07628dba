/**
 * Checks a journal and names the first entry that is wrong. It shares no code with the writer: the rules
 * are written again here from the contract, so that one mistake cannot hide in both.
 */
import { hints, Wrong } from './journal-fault.ts';
import { type OpenJournal, openJournal } from './journal-rows.ts';
import { LogWalk } from './log-walk.ts';
import type { LastSeen, Verification } from './verification.ts';

/** `trusted`: verifier keys that are known to be right from elsewhere; without one the first that the log names is taken. */
export function verifyJournal(
  file: string,
  lastSeen?: LastSeen,
  trusted: readonly string[] = [],
): Verification {
  let journal: OpenJournal | undefined;
  try {
    journal = openJournal(file);
    const walk = new LogWalk(journal.rows(), { lastSeen, trusted });
    for (const row of journal.rows()) walk.take(row);
    return walk.end();
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const { place, fault, message } = error;
    return { ok: false, ...place, fault, detail: message, hint: hints[fault] };
  } finally {
    journal?.close();
  }
}
