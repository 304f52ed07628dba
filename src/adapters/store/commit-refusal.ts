/** Why a change was not written, by what SQLite or the store itself threw. */
import type { CommitResult } from '../../ports/ledger.ts';
import { ReleaseTaken } from './ledger-writer.ts';
import { sqliteCode } from './open-database.ts';

export class FactsChanged extends Error {}

export function refusal(error: unknown): CommitResult {
  if (error instanceof FactsChanged) return { kind: 'conflicted', reason: 'factsChanged' };
  if (error instanceof ReleaseTaken) return { kind: 'conflicted', reason: 'releaseTaken' };
  const code = sqliteCode(error);
  const detail = `${code} ${error instanceof Error ? error.message : String(error)}`;
  if (code === 'SQLITE_FULL') return { kind: 'failed', code: 'ledger-full', detail };
  if (code.startsWith('SQLITE_READONLY'))
    return { kind: 'failed', code: 'ledger-readonly', detail };
  // A constraint or a programmer's error is no disk fault: it must not look like one.
  if (code.startsWith('SQLITE_CONSTRAINT') || code === '') throw error;
  return { kind: 'failed', code: 'ledger-io', detail };
}
