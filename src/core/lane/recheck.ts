/**
 * A hold or a revocation that comes after the commit. What was committed stands in the log as it was; from the moment
 * the gate knows, nothing helps the vehicle on: an opening that is not written yet is withheld, red, the driver is told
 * to wait, an alarm, a case. The arm is not asked to close, least of all on a vehicle. Of a vehicle over the line the
 * alarm is all there is.
 */
import { cancelledOrderKeys } from '../clearance/pass-orders.ts';
import { decide } from '../decision/decide.ts';
import type { GatheredFacts } from '../facts.ts';
import type { PassageId } from '../identity.ts';
import { inputsOf } from './deciding.ts';
import { isLetThrough, type Passage } from './passage.ts';
import { caseOf } from './rows.ts';
import { event, passageById, put, record, type Turn, withdrawOpening } from './turn.ts';

/** Checks that stop a vehicle although it was let through: somebody said no since. Not knowing any more does not. */
const stoppingChecks: ReadonlySet<string> = new Set([
  'not-held',
  'vehicle-not-held',
  'not-revoked',
]);

/** Asks again about everyone who was let through and has not gone. */
export function onFeedChanged(turn: Turn): void {
  for (const passage of turn.state.passages) {
    const { passageId, decidedOn } = passage;
    if (decidedOn && isWatched(passage)) {
      turn.effects.push({ kind: 'recheckFacts', passageId, query: decidedOn });
    }
  }
}

/** A truck that is sent to inspection is let through because it is held. */
function isWatched(passage: Passage): boolean {
  if (passage.stopped || passage.unauthorised || passage.decision?.disposition !== 'admit') {
    return false;
  }
  return passage.kind === 'passing' || isLetThrough(passage);
}

export function onFactsRechecked(turn: Turn, passageId: PassageId, facts: GatheredFacts): void {
  const passage = passageById(turn, passageId);
  const inputs = passage && isWatched(passage) ? inputsOf(turn, passage, facts) : undefined;
  if (!passage || !inputs) return;
  const { decision } = decide(inputs, turn.context.policy);
  const told = decision.checks.flatMap(({ check, outcome, code }) =>
    stoppingChecks.has(check) && outcome === 'fail' && code !== undefined ? [code] : [],
  );
  // The plan may be gone by now, and with it what the box needs: what was reserved is still known.
  const isRevoked = facts.proofs.some(
    ({ state, lineage }) =>
      state === 'revoked' && passage.releases.some((each) => each.lineage === lineage),
  );
  const isUnplanned = decision.checks.some(({ code }) => code === 'requirement-none');
  const isCancelled = cancelledOrderKeys(facts).some((key) =>
    passage.releases.some(({ container }) => container === key),
  );
  const reasons =
    told.length === 0 && ((isUnplanned && isRevoked) || isCancelled) ? ['proof-revoked'] : told;
  if (reasons.length > 0) stop(turn, passage, reasons);
}

const stages = { admitted: 'beforeOpening', opening: 'armUp', passing: 'crossed' } as const;

function stop(turn: Turn, passage: Passage, reasons: readonly string[]): void {
  const { passageId, decisionId, kind } = passage;
  const stage = stages[kind as keyof typeof stages];
  const cause = stage === 'crossed' ? 'held-after-exit' : 'held-after-decision';
  const opened = caseOf(turn, passage, { cause, reasons: [cause, ...reasons] });
  put(turn, { ...passage, stopped: reasons });
  withdrawOpening(turn, passage);
  record(turn, {
    events: [
      event(turn, 'passage.stopped.v1', passageId, {
        ...(decisionId && { decisionId }),
        stage,
        reasons,
      }),
      event(turn, 'alarm.raised.v1', turn.context.settings.laneId, {
        code: cause,
        passageId,
        reasons,
      }),
      opened.event,
    ],
    exception: opened.row,
  });
}
