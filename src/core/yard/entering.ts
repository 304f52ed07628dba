/** Over the entry line: a visit begins, with its trailer, its boxes and, under transfer, its trip. */
import { leftOwing, oweAppearance } from './appearance.ts';
import { type Draft, itemsOf, put, tell } from './draft.ts';
import {
  type BoxItem,
  closed,
  type Item,
  subjectOf,
  type TrailerItem,
  type VisitItem,
} from './item.ts';
import { capture } from './registration.ts';
import { isTransfer } from './rig.ts';
import type { YardCrossing } from './yard-change.ts';

type Opened = Extract<YardCrossing['visits'][number], { readonly kind: 'opened' }>;

export function enter(draft: Draft, crossing: YardCrossing, opened: Opened): void {
  const { passageId, laneId, rig, atMs } = crossing;
  const { limits } = draft;
  const { visitId, plate } = opened;
  for (const visit of crossing.visits) {
    if (visit.kind !== 'closed') continue;
    leaveUnseen(draft, visit.visitId, crossing);
    leftOwing(draft, visit.visitId, passageId);
  }
  for (const expected of itemsOf(draft, 'expected')) {
    if (expected.body.plate === plate) put(draft, closed({ ...expected, state: 'entered' }, atMs));
  }
  const visit: VisitItem = {
    kind: 'visit',
    itemId: visitId,
    subject: subjectOf.plate(plate),
    visitId,
    openedAtMs: atMs,
    lookAtMs: atMs + limits.visitMs,
    state: 'inside',
    body: { passageId, laneId, rig, seenAtMs: atMs },
  };
  put(draft, visit);
  capture(draft, crossing, visit);
  oweAppearance(draft, crossing, visitId);
  if (rig.trailer !== undefined) bringTrailer(draft, crossing, opened);
  for (const container of rig.containers) bringBox(draft, crossing, { opened, container });
  if (isTransfer(rig)) {
    put(draft, {
      kind: 'trip',
      itemId: `trip.${passageId}`,
      subject: subjectOf.plate(plate),
      visitId,
      openedAtMs: atMs,
      lookAtMs: atMs + limits.tripMs,
      state: 'under way',
      body: { plate, containers: rig.containers },
    });
  }
}

function bringTrailer(
  draft: Draft,
  { passageId, rig, atMs }: YardCrossing,
  { visitId, plate }: Opened,
): void {
  const { trailer = '' } = rig;
  for (const before of itemsOf(draft, 'trailer')) {
    if (before.subject === subjectOf.trailer(trailer)) closeReEntered(draft, before, passageId);
  }
  const item: TrailerItem = {
    kind: 'trailer',
    itemId: `t.${passageId}`,
    subject: subjectOf.trailer(trailer),
    visitId,
    openedAtMs: atMs,
    lookAtMs: atMs + draft.limits.trailerMs,
    state: 'hitched',
    body: { passageId, tractor: plate },
  };
  put(draft, item);
  tell(draft, 'trailer.entered.v1', item.itemId, { trailer, visitId, tractor: plate });
}

function bringBox(
  draft: Draft,
  { passageId, rig, atMs }: YardCrossing,
  { opened, container }: { readonly opened: Opened; readonly container: string },
): void {
  for (const before of itemsOf(draft, 'box')) {
    if (before.subject === subjectOf.box(container)) closeReEntered(draft, before, passageId);
  }
  const item: BoxItem = {
    kind: 'box',
    itemId: `c.${passageId}.${container}`,
    subject: subjectOf.box(container),
    visitId: opened.visitId,
    openedAtMs: atMs,
    lookAtMs: atMs + draft.limits.boxMs,
    state: 'onTruck',
    body: {
      came: 'road',
      passageId,
      plate: opened.plate,
      ...(rig.trailer !== undefined && { trailer: rig.trailer }),
      seenAtMs: atMs,
    },
  };
  put(draft, item);
  tell(draft, 'box.received.v1', item.itemId, { container, came: 'road', visitId: opened.visitId });
}

/** It comes in again, so it had left, and nobody saw it. */
function closeReEntered(draft: Draft, item: TrailerItem | BoxItem, passageId: string): void {
  const found = {
    cause: 'exit-not-captured' as const,
    atMs: draft.atMs,
    evidence: { reEntry: passageId },
  };
  put(draft, closed({ ...item, state: 'left', found } as TrailerItem | BoxItem, draft.atMs));
}

/** The tractor comes in again: its old visit has ended unseen, and what it had brought may be anywhere. */
function leaveUnseen(draft: Draft, visitId: string, { passageId, atMs }: YardCrossing): void {
  for (const item of [...draft.items.values()]) {
    if (item.visitId !== visitId || item.closedAtMs !== undefined) continue;
    put(draft, unseen(item, { passageId, atMs }));
  }
}

function unseen(
  item: Item,
  { passageId, atMs }: { readonly passageId: YardCrossing['passageId']; readonly atMs: number },
): Item {
  switch (item.kind) {
    case 'visit':
      return closed<VisitItem>(
        {
          ...item,
          state: 'leftUnseen',
          body: { ...item.body, reEntry: passageId },
          found: { cause: 'exit-not-captured', atMs, evidence: { reEntry: passageId } },
        },
        atMs,
      );
    case 'trailer':
      return item.state === 'dropped' ? item : { ...item, state: 'unseen', lookAtMs: atMs };
    case 'box':
      return item.state === 'grounded' ? item : { ...item, state: 'unseen', lookAtMs: atMs };
    case 'trip':
      return { ...item, lookAtMs: atMs };
    default:
      return item;
  }
}
