/**
 * Over the exit line. Only what was seen on the truck has left with it: a trailer or a box that nobody looked for is
 * neither gone nor there, and says so.
 */
import type { PassageId } from '../identity.ts';
import { leftOwing } from './appearance.ts';
import { type Draft, itemsOf, put, tell } from './draft.ts';
import { type BoxItem, closed, subjectOf, type TrailerItem, type VisitItem } from './item.ts';
import { capture } from './registration.ts';
import { isBobtail, type Rig } from './rig.ts';
import type { YardCrossing } from './yard-change.ts';

/** The tractor of a visit leaves, with what was seen behind it. */
export function leave(draft: Draft, crossing: YardCrossing, visit: VisitItem): void {
  const { passageId, atMs } = crossing;
  put(
    draft,
    closed({ ...visit, state: 'left', body: { ...visit.body, exitPassageId: passageId } }, atMs),
  );
  leftOwing(draft, visit.visitId, passageId);
  leaveWithTrailers(draft, crossing, visit);
  leaveWithBoxes(draft, crossing, visit);
}

export const crossingIdOf = (passageId: PassageId) => `k.${passageId}`;

/** No visit accounts for it: it stays on record until somebody joins it. */
export function crossLoose(draft: Draft, crossing: YardCrossing): void {
  const { passageId, laneId, direction, rig, authorised, atMs } = crossing;
  const itemId = crossingIdOf(passageId);
  const { armHeldOpen } = draft.premises;
  put(draft, {
    kind: 'crossing',
    itemId,
    subject: subjectOf.passage(passageId),
    openedAtMs: atMs,
    lookAtMs: atMs + draft.limits.crossingMs,
    state: 'unjoined',
    body: { passageId, laneId, direction, rig, armHeldOpen, authorised },
  });
  tell(draft, 'crossing.unjoined.v1', itemId, {
    laneId,
    passageId,
    direction,
    plate: rig.plate ?? null,
    trailer: rig.trailer ?? null,
    containers: rig.containers,
    authorised,
    armHeldOpen,
  });
  if (direction === 'out') seenLeave(draft, crossing);
  // Who is not named has nothing that could be registered.
  if (direction === 'out' && rig.plate !== undefined) capture(draft, crossing, undefined);
}

/** What was read over the line has left. By which tractor is open until somebody joins the crossing. */
function seenLeave(draft: Draft, crossing: YardCrossing): void {
  const { plate: _, ...rig } = crossing.rig;
  const unnamed = { ...crossing, rig };
  for (const trailer of itemsOf(draft, 'trailer')) {
    if (isTrailerOf(rig, trailer)) trailerLeaves(draft, trailer, unnamed);
  }
  for (const box of itemsOf(draft, 'box')) {
    if (isBoxOf(rig, box)) boxLeaves(draft, box, unnamed);
  }
}

const isTrailerOf = (rig: Rig, { subject }: TrailerItem) =>
  rig.trailer !== undefined && subject === subjectOf.trailer(rig.trailer);

const isBoxOf = (rig: Rig, { subject }: BoxItem) =>
  rig.containers.some((each) => subject === subjectOf.box(each));

function leaveWithTrailers(draft: Draft, crossing: YardCrossing, visit: VisitItem): void {
  const { rig } = crossing;
  for (const trailer of itemsOf(draft, 'trailer')) {
    // Another tractor may have taken it since.
    const isHitchedToIt =
      trailer.state === 'hitched' && subjectOf.plate(trailer.body.tractor) === visit.subject;
    const isOwn = trailer.visitId === visit.visitId && isHitchedToIt;
    if (isTrailerOf(rig, trailer)) trailerLeaves(draft, trailer, crossing);
    else if (isOwn) leftBehind(draft, trailer, crossing);
  }
}

function trailerLeaves(
  draft: Draft,
  trailer: TrailerItem,
  { passageId, rig, atMs }: YardCrossing,
): void {
  const { plate } = rig;
  const isAnother = plate !== undefined && plate !== trailer.body.tractor;
  const data = { trailer: rig.trailer ?? null, passageId, ...(plate !== undefined && { plate }) };
  if (isAnother) tell(draft, 'trailer.hitched.v1', trailer.itemId, data);
  tell(draft, 'trailer.left.v1', trailer.itemId, data);
  const body = {
    ...trailer.body,
    exitPassageId: passageId,
    ...(plate !== undefined && { leftWith: plate }),
  };
  put(draft, closed({ ...trailer, state: 'left', body }, atMs));
}

/** Its tractor leaves without it having been read. */
function leftBehind(
  draft: Draft,
  trailer: TrailerItem,
  { rig, passageId, atMs }: YardCrossing,
): void {
  const isProven = rig.trailer !== undefined || isBobtail(rig);
  const boxesOfVisit = itemsOf(draft, 'box').filter((box) => box.visitId === trailer.visitId);
  // Its own box is on the truck, and a box stands on a trailer.
  const carriesItsBox = boxesOfVisit.some((box) =>
    rig.containers.some((each) => box.subject === subjectOf.box(each)),
  );
  if (carriesItsBox && !isProven) {
    tell(draft, 'trailer.left.v1', trailer.itemId, { passageId, seen: 'box' });
    const body = { ...trailer.body, exitPassageId: passageId };
    return put(draft, closed({ ...trailer, state: 'left', body }, atMs));
  }
  if (!isProven) return put(draft, { ...trailer, state: 'unseen', lookAtMs: atMs });
  drop(draft, trailer, { passageId });
}

export function drop(
  draft: Draft,
  trailer: TrailerItem,
  data: Readonly<Record<string, unknown>>,
): void {
  put(draft, { ...trailer, state: 'dropped', body: { ...trailer.body, droppedAtMs: draft.atMs } });
  tell(draft, 'trailer.dropped.v1', trailer.itemId, { tractor: trailer.body.tractor, ...data });
}

function leaveWithBoxes(draft: Draft, crossing: YardCrossing, visit: VisitItem): void {
  const { rig } = crossing;
  for (const box of itemsOf(draft, 'box')) {
    if (isBoxOf(rig, box)) boxLeaves(draft, box, crossing);
    else if (box.visitId === visit.visitId && box.state === 'onTruck') {
      const isProven = rig.boxesLookedFor || isBobtail(rig);
      put(draft, {
        ...box,
        state: isProven ? 'grounded' : 'unseen',
        body: { ...box.body, seenAtMs: draft.atMs },
      });
    }
  }
}

function boxLeaves(draft: Draft, box: BoxItem, { passageId, rig, atMs }: YardCrossing): void {
  const { plate } = rig;
  const container = box.subject.slice(2);
  tell(draft, 'box.left.v1', box.itemId, {
    container,
    left: 'road',
    passageId,
    ...(plate !== undefined && { plate }),
  });
  put(
    draft,
    closed(
      {
        ...box,
        state: 'left',
        body: {
          ...box.body,
          left: 'road',
          exitPassageId: passageId,
          ...(plate !== undefined && { leftWith: plate }),
        },
      },
      atMs,
    ),
  );
}
