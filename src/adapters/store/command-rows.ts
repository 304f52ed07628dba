/** Commands of the centre that were taken, and what became of them. */
import type { CommandChange } from '../../core/ledger-change.ts';
import type { CommandRecords, TakenCommand } from '../../ports/ledger.ts';
import type { SqliteDatabase } from './open-database.ts';

export function commandReader(db: SqliteDatabase): CommandRecords {
  const newest = db.prepare<[], number | null>('SELECT max(number) FROM command').pluck();
  const of = db.prepare<[number], TakenCommand>(
    'SELECT number, command_id AS commandId, digest, answer FROM command WHERE number = ?',
  );
  const unanswered = db.prepare<[], TakenCommand>(
    'SELECT number, command_id AS commandId, digest, answer FROM command WHERE answer IS NULL ORDER BY number',
  );
  return {
    newest: () => newest.get() ?? 0,
    of: (number) => of.get(number),
    unanswered: () => unanswered.all(),
  };
}

/** Called only inside a transaction. */
export function commandWriter(db: SqliteDatabase): (change: CommandChange) => void {
  const taken = db.prepare(
    'INSERT INTO command (number, command_id, digest, taken_at) VALUES (@number, @commandId, @digest, @atMs)',
  );
  const answered = db.prepare('UPDATE command SET answer = ? WHERE number = ? AND answer IS NULL');
  return (change) => {
    if (change.kind === 'taken') taken.run(change);
    else answered.run(change.answer, change.number);
  };
}
