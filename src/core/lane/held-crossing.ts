/**
 * Who crosses under an arm that a person holds up crosses without a right, and nobody is to blame: it is no security
 * event, and it is a passage and a clerk's case like any other. Nothing is used up, and a visit that is open ends
 * with the cause that tells how.
 */
import type { GatheredFacts } from '../facts.ts';
import type { PassageId } from '../identity.ts';
import type { PassageOutcome } from '../journal/events.ts';
import { foresee } from './foreseeing.ts';
import type { LaneState } from './lane-types.ts';
import type { CrossedUnder, Passage } from './passage.ts';
import { passageById, put, record, type Turn } from './turn.ts';

/** By whose hand the arm is up; a closed arm is up by nobody's. */
export function handOf({ service, arm, inputs }: LaneState): CrossedUnder | undefined {
  if (arm.kind === 'closed') return undefined;
  if (service.kind === 'openHeld') return 'evacuation';
  return inputs.localControl === 'occupied' ? 'localControl' : undefined;
}

export const crossingCauses: Readonly<Record<CrossedUnder, string>> = {
  evacuation: 'crossed-while-held-open',
  localControl: 'crossed-under-local-control',
};

export const crossingOutcomes = {
  evacuation: 'evacuated',
  localControl: 'passedLocally',
} as const satisfies Readonly<Record<CrossedUnder, PassageOutcome>>;

/** Whoever has left the premises like that: is a visit of his open? */
export function askForVisits(turn: Turn, passage: Passage): void {
  if (passage.direction !== 'out') return;
  const { identification, query } = foresee(turn, passage);
  put(turn, { ...passage, identification });
  if (query.plates.length === 0) return;
  turn.effects.push({ kind: 'recheckFacts', passageId: passage.passageId, query });
}

/** Whether the facts were asked for this. */
export function endVisitsOf(turn: Turn, passageId: PassageId, facts: GatheredFacts): boolean {
  const passage = passageById(turn, passageId);
  if (passage?.crossedUnder === undefined) return false;
  const plate = passage.identification?.tractor?.text;
  const visits = facts.visits.filter((visit) => visit.plate === plate);
  if (visits.length === 0) return true;
  record(turn, {
    events: [],
    yard: {
      kind: 'leftUnderHeldArm',
      atMs: turn.now.wallMs,
      passageId,
      visitIds: visits.map(({ visitId }) => visitId),
    },
  });
  return true;
}
