/** What decisions have reserved and nobody has used or returned since. */
import type { ReleaseReservation } from '../../core/ledger-change.ts';
import type { SqliteDatabase } from './open-database.ts';
import { partialUsesReader } from './partial-uses.ts';

/** What a decision reserved. */
export function releasesIn(result: string | null): readonly ReleaseReservation[] {
  // Empty where it was pruned: nothing that is still reserved ever is.
  if (result === null || result === '') return [];
  return (JSON.parse(result) as { releases?: readonly ReleaseReservation[] }).releases ?? [];
}

export function reservedReleases(db: SqliteDatabase) {
  const whole = db
    .prepare<[string, string, string], number>(
      `SELECT 1 FROM reservation WHERE container = ? AND lineage = ? AND passage_id = ? AND state = 'reserved'`,
    )
    .pluck();
  const partialUses = partialUsesReader(db);
  // Decisions of a passage are its id, `.d` and their number.
  const results = db
    .prepare<[string, string], string>(
      `SELECT result FROM decision WHERE decision_id > ? || '.d' AND decision_id < ? || '.e'
       ORDER BY length(decision_id), decision_id`,
    )
    .pluck();
  const isReserved = (release: ReleaseReservation, passageId: string) =>
    release.part
      ? partialUses.isReserved(release, passageId)
      : whole.get(release.container, release.lineage, passageId) !== undefined;
  return {
    isReserved,
    /** By any decision of the passage: of one that was out of sight an earlier one's may have stayed. */
    of(passageId: string): readonly ReleaseReservation[] {
      const releases = results.all(passageId, passageId).flatMap(releasesIn);
      const byUse = new Map(releases.map((each) => [`${each.container} ${each.lineage}`, each]));
      return [...byUse.values()].filter((each) => isReserved(each, passageId));
    },
  };
}
