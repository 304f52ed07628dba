/** Holds that a person of this site has placed: they stand in the yard, and stop at the lanes like those of the feed. */
import type { HoldFact } from '../../core/facts.ts';
import { type HoldItem, subjectOf } from '../../core/yard/item.ts';
import type { HeldSubjects } from '../../ports/ledger.ts';
import type { SqliteDatabase } from './open-database.ts';

interface HoldRow {
  readonly itemId: string;
  readonly openedAtMs: number;
  readonly body: string;
}

/** Who says it: no source of the feed has this name, which is no id. */
const source = '(site)';

export function placedHoldsReader(db: SqliteDatabase) {
  const bySubject = db.prepare<[string], HoldRow>(
    `SELECT item_id AS itemId, opened_at AS openedAtMs, body FROM yard_item
     WHERE subject = ? AND closed_at IS NULL AND kind = 'hold'`,
  );
  const holdsOn = (key: string, subject: HoldFact['subject']) =>
    bySubject.all(key).flatMap((row) => placedHold(row, subject));
  return ({ plates, containers }: HeldSubjects): readonly HoldFact[] => [
    ...plates.flatMap((plate) => holdsOn(subjectOf.plate(plate), { kind: 'vehicle', plate })),
    ...containers.flatMap((container) =>
      holdsOn(subjectOf.box(container), { kind: 'container', container }),
    ),
  ];
}

/** What the feed has placed comes with the feed. */
function placedHold(
  { itemId, openedAtMs, body }: HoldRow,
  subject: HoldFact['subject'],
): readonly HoldFact[] {
  const { origin, ...rest } = JSON.parse(body) as HoldItem['body'];
  if (origin !== 'local') return [];
  return [
    {
      kind: 'hold',
      id: itemId,
      source,
      asOfMs: openedAtMs,
      subject,
      state: 'placed',
      ...(rest as Pick<HoldFact, 'version' | 'moves' | 'instruction' | 'authority' | 'reason'>),
    },
  ];
}
