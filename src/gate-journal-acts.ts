/** Acts of a person upon the journal itself, by the running daemon or by the command line where none runs. */
import type { ControlAnswer } from './adapters/system/control-socket.ts';
import type { SigningKeys } from './adapters/system/signing-key.ts';
import { isName, unrecorded } from './gate-acts.ts';
import type { Ledger } from './ports/ledger.ts';

export interface JournalParts {
  readonly ledger: Ledger;
  readonly keys: SigningKeys;
}

/** Undefined where the request is about something else. */
export function actOnJournal(
  parts: JournalParts,
  { act, person }: Readonly<Record<string, unknown>>,
): ControlAnswer | undefined {
  if (act !== 'rotateKey') return undefined;
  return isName(person)
    ? rotateKey(parts, person.trim())
    : { ok: false, message: 'the person is missing' };
}

/**
 * The next key is on the disk before the log announces it, and takes the place of the old one after that: whenever it is
 * cut off, the log names a key that is there.
 */
export function rotateKey({ ledger, keys }: JournalParts, person: string): ControlAnswer {
  const next = keys.prepare();
  const result = ledger.rotateKey(next, person);
  // The next key stays where it is: that a commit failed does not prove that nothing of it is on the disk.
  if (result.kind !== 'committed') return unrecorded;
  keys.adopt();
  ledger.checkpoint();
  return { ok: true, result: `entry ${result.lastSequence} announces the new key` };
}
