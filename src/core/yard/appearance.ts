/**
 * A vehicle that was diverted has to appear somewhere by a time. It is owed until a person has seen it there; that it was
 * not is a cause of its own, which leaving the premises does not wipe out.
 */
import type { VisitId } from '../identity.ts';
import { type Draft, itemsOf, put } from './draft.ts';
import { type AppearanceItem, subjectOf } from './item.ts';
import type { YardCrossing } from './yard-change.ts';

export function oweAppearance(
  draft: Draft,
  { passageId, appear, rig, atMs }: YardCrossing,
  visitId: VisitId | undefined,
): void {
  if (!appear) return;
  const { place, byMs } = appear;
  const { plate } = rig;
  put(draft, {
    kind: 'appearance',
    itemId: `a.${passageId}`,
    subject: plate === undefined ? subjectOf.passage(passageId) : subjectOf.plate(plate),
    ...(visitId !== undefined && { visitId }),
    openedAtMs: atMs,
    lookAtMs: byMs,
    state: 'due',
    body: { passageId, place, dueAtMs: byMs },
  });
}

/** Its vehicle has gone from the premises: whether it had appeared is looked at now, whatever the time. */
export function leftOwing(draft: Draft, visitId: VisitId, passageId: YardCrossing['passageId']) {
  for (const item of itemsOf(draft, 'appearance')) {
    if (item.visitId !== visitId) continue;
    put(draft, { ...item, lookAtMs: draft.atMs, body: { ...item.body, leftAt: passageId } });
  }
}

export function evidenceOfAbsence({ body }: AppearanceItem): Readonly<Record<string, unknown>> {
  const { passageId, place, dueAtMs, leftAt, check } = body;
  return { passageId, place, dueAtMs, ...(leftAt && { leftAt }), ...(check && { check }) };
}
