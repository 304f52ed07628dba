/** How the row of a tractor's visit changes. */
import type { EntryRecord } from './entry-record.ts';
import type { PassageId, VisitId } from './identity.ts';
import type { EventDraft } from './journal/events.ts';

export type VisitChange =
  | {
      readonly kind: 'opened';
      readonly visitId: VisitId;
      readonly plate: string;
      readonly passageId: PassageId;
      readonly containers: readonly string[];
      /** Absent where an older version planned it. */
      readonly entered?: EntryRecord;
      readonly atMs: number;
    }
  | {
      readonly kind: 'closed';
      readonly visitId: VisitId;
      readonly passageId?: PassageId;
      /** `exitJoined`: a person has found its exit; `settled`: a person has accepted why it stays open. */
      readonly cause:
        | 'exitRecorded'
        | 'exitNotCaptured'
        | 'left-while-arm-held-open'
        | 'exitJoined'
        | 'settled';
      readonly atMs: number;
    };

interface Told {
  readonly events: readonly EventDraft[];
  readonly visits?: readonly VisitChange[];
}

/**
 * Crossings are planned with their decisions: where two were planned to end one visit the first has ended it, and the
 * second does not tell of its end again.
 */
export function withoutEnded<T extends Told>(change: T, isOpen: (visitId: VisitId) => boolean): T {
  const over = new Set<string>(
    (change.visits ?? []).flatMap((visit) =>
      visit.kind === 'closed' && !isOpen(visit.visitId) ? [visit.visitId] : [],
    ),
  );
  if (over.size === 0) return change;
  return {
    ...change,
    events: change.events.filter(
      ({ type, subject }) => type !== 'visit.closed.v1' || !over.has(subject),
    ),
    visits: change.visits?.filter(({ kind, visitId }) => kind !== 'closed' || !over.has(visitId)),
  };
}
