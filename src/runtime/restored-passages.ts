/** Passages of before a restart, from the ledger's rows back into the core's words. */
import type { Decision } from '../core/decision/decide.ts';
import { passageIdOf } from '../core/identity.ts';
import type { RestoredPassage } from '../core/lane/lane-types.ts';
import type { CrossingPlan } from '../core/lane/passage.ts';
import type { UnendedPassage } from '../ports/ledger.ts';

export function restoredPassages(
  unended: readonly UnendedPassage[],
  laneId: string,
): readonly RestoredPassage[] {
  return unended.filter((passage) => passage.laneId === laneId).map(restored);
}

function restored(passage: UnendedPassage): RestoredPassage {
  const { passageId, startedAtMs, direction, disposition, decisionId, result, plan } = passage;
  const { releases, departed, crossed, unauthorised, crossedUnder } = passage;
  return {
    passageId: passageIdOf(passageId),
    startedAtMs,
    direction,
    ...(disposition !== undefined && { disposition }),
    ...(decisionId !== undefined && {
      decisionId: decisionId as NonNullable<RestoredPassage['decisionId']>,
    }),
    ...(result !== undefined && { decision: JSON.parse(result) as Decision }),
    ...(plan !== undefined && { plan: JSON.parse(plan) as CrossingPlan }),
    releases,
    departed,
    crossed,
    unauthorised,
    ...(crossedUnder && { crossedUnder }),
  };
}
