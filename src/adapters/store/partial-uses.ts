/** Uses of a release in part, for cargo that goes on several trucks: rows beside the reservations that use all of one. */
import { isPartialKey } from '../../core/binding/bind.ts';
import { overdrawn, restOf } from '../../core/clearance/quantity.ts';
import type { ReleaseUse } from '../../core/facts.ts';
import type { PartialUse, ReleaseReservation, ReleaseSettled } from '../../core/ledger-change.ts';
import type { SqliteDatabase } from './open-database.ts';

interface PartialUseRow extends ReleaseUse {
  readonly packages: number | null;
  readonly grossWeightKg: number | null;
}

export function partialUsesReader(db: SqliteDatabase) {
  const reserved = db
    .prepare<[string, string, string], number>(
      `SELECT 1 FROM partial_use WHERE use_key = ? AND lineage = ? AND passage_id = ? AND state = 'reserved'`,
    )
    .pluck();
  const ofKey = db.prepare<[string], PartialUseRow>(
    `SELECT lineage, use_key AS container, passage_id AS passageId, state, packages,
       gross_weight_kg AS grossWeightKg, at AS atMs FROM partial_use WHERE use_key = ?`,
  );
  // No index, as for what is reserved whole: see `actReader`.
  const ofPassage = db.prepare<[string], PartialUseRow>(
    `SELECT lineage, use_key AS container, passage_id AS passageId, state, packages,
       gross_weight_kg AS grossWeightKg, at AS atMs FROM partial_use
     WHERE passage_id = ? AND state = 'reserved'`,
  );
  return {
    isReserved: ({ container, lineage }: ReleaseReservation, passageId: string) =>
      reserved.get(container, lineage, passageId) !== undefined,
    /** Of the keys that boxes have nothing is asked. */
    of: (key: string): readonly ReleaseUse[] =>
      isPartialKey(key) ? ofKey.all(key).map(partialUse) : [],
    /** Parts that a passage has reserved and not used up. */
    reservedFor: (passageId: string): readonly ReleaseSettled[] =>
      ofPassage
        .all(passageId)
        .map(partialUse)
        .map(({ lineage, container, takes = {} }) => ({ lineage, container, part: { takes } })),
  };
}

function partialUse({ packages, grossWeightKg, ...use }: PartialUseRow): ReleaseUse {
  const takes = {
    ...(packages !== null && { packages }),
    ...(grossWeightKg !== null && { grossWeightKg }),
  };
  return { ...use, takes };
}

export interface ReservedPart extends ReleaseReservation {
  readonly part: PartialUse;
  readonly passageId: string;
  /** Wall clock of the decision, ms since 1970. */
  readonly atMs: number;
}

/** Called only inside a transaction. */
export function partialUsesWriter(db: SqliteDatabase) {
  const isUsed = db.prepare('SELECT 1 FROM partial_use WHERE use_key = ? AND lineage = ?');
  // A passage that is decided on again takes what it has anew.
  const taken = db.prepare<
    [string, string, number, string],
    { packages: number; grossWeightKg: number }
  >(
    `SELECT total(packages) AS packages, total(gross_weight_kg) AS grossWeightKg FROM partial_use
     WHERE use_key = ? AND lineage = ? AND at >= ? AND passage_id <> ?`,
  );
  const insert = db.prepare(
    `INSERT INTO partial_use (use_key, lineage, passage_id, packages, gross_weight_kg, at, state)
     VALUES (?, ?, ?, ?, ?, ?, 'reserved')
     ON CONFLICT (use_key, lineage, passage_id) DO UPDATE SET
       packages = excluded.packages, gross_weight_kg = excluded.gross_weight_kg, at = excluded.at
     WHERE state = 'reserved'`,
  );
  const consume = db.prepare(
    `UPDATE partial_use SET state = 'consumed'
     WHERE use_key = ? AND lineage = ? AND passage_id = ? AND state = 'reserved'`,
  );
  const giveBack = db.prepare(
    `DELETE FROM partial_use WHERE use_key = ? AND lineage = ? AND passage_id = ? AND state = 'reserved'`,
  );
  return {
    isUsed: ({ container, lineage }: ReleaseReservation) =>
      isPartialKey(container) && isUsed.get(container, lineage) !== undefined,
    /** Whether there is as much left: the sum is made in the transaction that adds to it. */
    hasLeft({ container, lineage, passageId, part }: ReservedPart): boolean {
      const { takes, limit, sinceMs = 0 } = part;
      const sum = taken.get(container, lineage, sinceMs, passageId);
      return overdrawn(takes, restOf(limit, sum ? [{ takes: sum }] : [])) === undefined;
    },
    /** False where this passage has used it up already. */
    reserve({ container, lineage, passageId, atMs, part }: ReservedPart): boolean {
      const { packages = null, grossWeightKg = null } = part.takes;
      const { changes } = insert.run(container, lineage, passageId, packages, grossWeightKg, atMs);
      return changes === 1;
    },
    settle(
      { container, lineage }: ReleaseSettled,
      passageId: string,
      as: 'consumed' | 'returned',
    ): void {
      (as === 'consumed' ? consume : giveBack).run(container, lineage, passageId);
    },
  };
}
