/** Decisions as the ledger keeps them, for whoever looks at them later; on a connection of its own that only reads. */
import { openForReading, readBeside, unreadable } from './open-database.ts';

export interface StoredDecision {
  readonly decisionId: string;
  readonly laneId: string;
  readonly policyDigest: string;
  /** Canonical JSON. */
  readonly inputs: string;
  readonly result: string;
  /** Sequence of the entry under which inputs and result were pruned: they are empty then. */
  readonly prunedUnder: number | null;
}

const columns = `decision_id AS decisionId, lane_id AS laneId, policy_digest AS policyDigest, inputs, result,
  (SELECT sequence FROM journal WHERE position = pruned_by) AS prunedUnder`;

/** How many decisions of the ledger can no longer be made again. */
export function prunedDecisions(file: string): number {
  return readBeside(
    file,
    (db) =>
      db
        .prepare<[], number>('SELECT count(*) FROM decision WHERE pruned_by IS NOT NULL')
        .pluck()
        .get() ?? 0,
  );
}

export function decisionsOfPassage(file: string, passageId: string): readonly StoredDecision[] {
  return readBeside(file, (db) =>
    db
      .prepare<[string], StoredDecision>(
        `SELECT ${columns} FROM decision WHERE passage_id = ? ORDER BY length(decision_id), decision_id`,
      )
      .all(passageId),
  );
}

/** One after the other: those of a year do not fit into memory. `sinceMs` by the wall clock of the decision. */
export function* decisionsSince(file: string, sinceMs: number): Generator<StoredDecision> {
  const db = openForReading(file);
  try {
    // By the key, which needs no room for sorting: it has the tenth decision of a passage before the second.
    const rows = db
      .prepare<[number], StoredDecision & { readonly passageId: string }>(
        `SELECT ${columns}, passage_id AS passageId FROM decision
         WHERE
           CASE WHEN pruned_by IS NULL THEN json_extract(inputs, '$.nowWallMs') >= ? END ORDER BY decision_id`,
      )
      .iterate(sinceMs);
    let passage: string | undefined;
    let ofPassage: StoredDecision[] = [];
    for (const { passageId, ...row } of rows) {
      if (passageId !== passage) yield* inOrder(ofPassage);
      if (passageId !== passage) ofPassage = [];
      passage = passageId;
      ofPassage.push(row);
    }
    yield* inOrder(ofPassage);
  } catch (error) {
    throw unreadable(error, file);
  } finally {
    db.close();
  }
}

/** Decisions of a passage are its id, `.d` and their number. */
function inOrder(ofPassage: readonly StoredDecision[]): readonly StoredDecision[] {
  return [...ofPassage].sort((a, b) => a.decisionId.length - b.decisionId.length);
}
