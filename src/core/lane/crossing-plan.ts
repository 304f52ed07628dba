/** What crossing the exit line will do to visits: planned with the decision, so that a restart still knows. */
import { type RigAsRead, recordOf } from '../binding/passing-through.ts';
import type { Decision } from '../decision/decide.ts';
import type { PersonOrder } from '../decision/person-order.ts';
import type { Direction } from '../facts.ts';
import { visitIdOf } from '../identity.ts';
import { rigOf } from '../yard/rig.ts';
import type { CrossingPlan, Passage } from './passage.ts';
import type { Turn } from './turn.ts';

/** A diverted truck that leaves stays inside. */
export function crossingPlan(
  turn: Turn,
  direction: Direction,
  stood: RigAsRead,
  { decision, order }: { readonly decision: Decision; readonly order: PersonOrder | undefined },
): CrossingPlan {
  const { identification, binding } = stood;
  const plate = identification.tractor?.text;
  const rig = rigOf(identification, binding.transactionTypes);
  if (plate === undefined) return { close: [], rig };
  const sentTo = order?.kind === 'divert' ? order : inspectionOf(turn, decision);
  const appear = sentTo && {
    appear: { place: sentTo.place, byMs: turn.now.wallMs + sentTo.withinMinutes * 60_000 },
  };
  const open = binding.openVisits;
  if (direction === 'in') {
    const containers = identification.containers.flatMap((c) => (c.number ? [c.number] : []));
    return {
      rig,
      open: { plate, containers, entered: recordOf(stood) },
      close: open.map(({ visitId }) => ({ visitId, cause: 'exitNotCaptured' as const })),
      ...appear,
    };
  }
  if (decision.disposition === 'divert') return { close: [], rig, ...appear };
  return { rig, close: open.map(({ visitId }) => ({ visitId, cause: 'exitRecorded' as const })) };
}

/** Where the platform's inspection sends a vehicle that no person has sent anywhere. */
function inspectionOf({ context }: Turn, { disposition, checks }: Decision) {
  const isInspected = checks.some(({ code }) => code === 'platform-inspection');
  return disposition === 'divert' && isInspected ? context.policy.platform?.inspection : undefined;
}

export function planned(turn: Turn, passage: Passage) {
  const { open, close } = passage.plan;
  const atMs = turn.now.wallMs;
  const { passageId } = passage;
  return [
    ...close.map(({ visitId, cause }) => ({
      kind: 'closed' as const,
      visitId,
      passageId,
      cause,
      atMs,
    })),
    ...(open
      ? [{ kind: 'opened' as const, visitId: visitIdOf(passageId), passageId, ...open, atMs }]
      : []),
  ];
}
