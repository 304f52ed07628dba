/**
 * Why something that should have ended is still open. A cause is named only on evidence: what was read, what a person
 * found, what a source said, or that nothing could have left unseen. Where several things may have happened the cause is
 * `undetermined`, with all of them, and a person is sent to look.
 */
import { evidenceOfAbsence } from './appearance.ts';
import { type Draft, itemsOf, put, tell } from './draft.ts';
import {
  type BoxItem,
  type FoundCause,
  type HoldItem,
  type Item,
  type ItemOf,
  type OpenCause,
  subjectOf,
  type TrailerItem,
  type TripItem,
  type VisitItem,
} from './item.ts';
import { isWholeOn, registeredIn, registrationsOf } from './registration.ts';
import { isAnonymous, likeness } from './rig.ts';
import type { Opportunities, YardLimits, YardQuery } from './yard-change.ts';

type Verdict = Omit<FoundCause, 'atMs' | 'task' | 'dueAtMs'>;

/** Looks at an item whose time has come. What it finds is told where it is news. */
export function look(draft: Draft, item: Item): void {
  if (item.closedAtMs !== undefined) return;
  const verdict = verdictOf(draft, item);
  const { lookAtMs: _, ...still } = item;
  if (!verdict) return put(draft, still as Item);
  const found = foundOf(draft, verdict);
  const state =
    verdict.cause === 'registration-unanswered' && item.kind === 'registration'
      ? { state: 'unanswered' as const }
      : {};
  const again = draft.atMs + draft.limits.lookAgainMs;
  put(draft, { ...still, ...state, found, lookAtMs: again } as Item);
  if (isSame(item.found, found)) return;
  tell(draft, 'yard.causeFound.v1', item.itemId, {
    item: item.kind,
    openSinceMs: item.openedAtMs,
    cause: found.cause,
    evidence: found.evidence,
    ...(found.candidates && { candidates: found.candidates }),
    ...(found.task && { task: found.task, dueAtMs: found.dueAtMs ?? null }),
  });
}

function foundOf({ atMs, limits }: Draft, verdict: Verdict): FoundCause {
  if (verdict.cause !== 'undetermined') return { ...verdict, atMs };
  return { ...verdict, atMs, task: 'yardCheck', dueAtMs: atMs + limits.checkMs };
}

function isSame(before: FoundCause | undefined, now: FoundCause): boolean {
  if (before?.cause !== now.cause) return false;
  return (before.candidates ?? []).join() === (now.candidates ?? []).join();
}

function verdictOf(draft: Draft, item: Item): Verdict | undefined {
  switch (item.kind) {
    case 'visit':
      return ofVisit(draft, item);
    case 'trailer':
      return ofTrailer(draft, item);
    case 'box':
      return ofBox(draft, item);
    case 'trip':
      return ofTrip(draft, item);
    case 'registration':
      return ofRegistration(item);
    case 'crossing':
      return ofCrossing(draft, item);
    case 'expected':
      return ofExpected(draft, item);
    case 'obligation':
      return { cause: 'still-inside', evidence: { duty: item.body.duty, overdue: true } };
    case 'appearance':
      return { cause: 'appearance-overdue', evidence: evidenceOfAbsence(item) };
    case 'hold':
      return undefined;
  }
}

function holdOn(draft: Draft, subjects: readonly string[]): HoldItem | undefined {
  return itemsOf(draft, 'hold').find((hold) => subjects.includes(hold.subject));
}

function held({ itemId, body }: HoldItem): Verdict {
  const { instruction, authority, reason } = body;
  return { cause: 'held-inside', evidence: { hold: itemId, instruction, authority, reason } };
}

/** Rows that tell why an item is open, beside the item. */
export function queryOfLook(item: Item): YardQuery {
  const own =
    item.kind === 'visit'
      ? subjectsOfRig(item)
      : item.kind === 'box'
        ? (item.body.contents?.consignments ?? []).map(subjectOf.consignment)
        : item.kind === 'trip'
          ? item.body.containers.map(subjectOf.box)
          : [];
  const visitIds = item.visitId === undefined ? [] : [item.visitId];
  return { subjects: [item.subject, ...own], visitIds, itemIds: [item.itemId] };
}

function subjectsOfRig({ body: { rig } }: VisitItem): readonly string[] {
  const plates = [rig.plate, ...rig.otherPlates].filter((text) => text !== undefined);
  return [...plates.map(subjectOf.plate), ...rig.containers.map(subjectOf.box)];
}

function ofVisit(draft: Draft, visit: VisitItem): Verdict {
  const { withdrawn, elsewhere, reEntry, unobserved, seenAtMs, check } = visit.body;
  if (reEntry !== undefined) return { cause: 'exit-not-captured', evidence: { reEntry } };
  if (withdrawn) return { cause: 'withdrawn', evidence: { ...withdrawn } };
  if (elsewhere !== undefined) return { cause: 'exited-elsewhere', evidence: { fact: elsewhere } };
  const hold = holdOn(draft, [visit.subject, ...subjectsOfRig(visit)]);
  if (hold) return held(hold);
  // Seen by a person since, it had not left after all.
  if (unobserved !== undefined && check?.found !== true) {
    return { cause: 'outage-gap', evidence: { passageId: unobserved, seenAtMs } };
  }
  return ofUnseen(draft, visit);
}

/** From the last sign of it until now, or until it should have been gone where it was bound for the exit. */
function windowOf(
  { openedAtMs, body }: VisitItem | BoxItem,
  { limits, atMs }: { readonly limits: YardLimits; readonly atMs: number },
): { readonly fromMs: number; readonly untilMs: number } {
  const fromMs = Math.max(openedAtMs, body.seenAtMs);
  const boundAtMs = 'boundForExitAtMs' in body ? body.boundForExitAtMs : undefined;
  const isBound = boundAtMs !== undefined && boundAtMs === fromMs;
  return { fromMs, untilMs: isBound ? Math.min(atMs, fromMs + limits.leaveMs) : atMs };
}

function ofUnseen(draft: Draft, visit: VisitItem): Verdict {
  const { fromMs, untilMs } = windowOf(visit, draft);
  const { rig, check } = visit.body;
  const seen = draft.premises.opportunities('out', fromMs, untilMs);
  for (const crossing of seen.loose) {
    const like = likeness(crossing.body.rig, rig);
    if (like === undefined) continue;
    return { cause: 'exit-not-joined', evidence: { crossing: crossing.itemId, like } };
  }
  const ways = waysOut(seen);
  const wasLookedFor = check?.found === false && check.atMs >= fromMs;
  const evidence = { ...evidenceOf(seen), ...(check && { check }), fromMs, untilMs };
  if (ways.length === 0) {
    return wasLookedFor
      ? { cause: 'undetermined', candidates: ['exit-not-captured', 'outage-gap'], evidence }
      : { cause: 'still-inside', evidence: { ...evidence, nothingLeftUnseen: true } };
  }
  const [only, ...others] = ways;
  if (wasLookedFor && only && others.length === 0) return { cause: only, evidence };
  const candidates = wasLookedFor ? ways : (['still-inside', ...ways] as const);
  return { cause: 'undetermined', candidates, evidence };
}

/** By which it may have left. A crossing that somebody else was read at is none of them. */
function waysOut({ loose, outages }: Opportunities): readonly OpenCause[] {
  const anonymous = loose.filter(({ body }) => isAnonymous(body.rig));
  const ways = new Set<OpenCause>();
  for (const { body } of anonymous) {
    ways.add(body.armHeldOpen ? 'left-while-arm-held-open' : 'exit-not-captured');
  }
  if (outages.length > 0) ways.add('outage-gap');
  return [...ways];
}

const namedMax = 5;

function evidenceOf({ loose, outages }: Opportunities): Readonly<Record<string, unknown>> {
  const anonymous = loose.filter(({ body }) => isAnonymous(body.rig));
  return {
    unidentifiedExits: anonymous.length,
    ...(anonymous.length > 0 && {
      crossings: anonymous.slice(0, namedMax).map(({ itemId }) => itemId),
    }),
    ...(outages.length > 0 && { outages: outages.slice(0, namedMax) }),
  };
}

function visitOf(draft: Draft, { visitId }: Item): VisitItem | undefined {
  const items = [...draft.items.values()];
  return items.find((item): item is VisitItem => item.kind === 'visit' && item.visitId === visitId);
}

function ofTrailer(draft: Draft, trailer: TrailerItem): Verdict {
  const { droppedAtMs, tractor, check } = trailer.body;
  if (trailer.state === 'dropped') {
    return { cause: 'dropped-trailer', evidence: { tractor, droppedAtMs } };
  }
  const visit = visitOf(draft, trailer);
  if (trailer.state === 'hitched' && visit && visit.closedAtMs === undefined) {
    return ofVisit(draft, visit);
  }
  if (check?.found === true) return { cause: 'dropped-trailer', evidence: { tractor, check } };
  const evidence = { tractor, exit: visit?.body.exitPassageId ?? visit?.body.reEntry ?? null };
  if (check?.found === false)
    return { cause: 'exit-not-captured', evidence: { ...evidence, check } };
  return { cause: 'undetermined', candidates: ['dropped-trailer', 'exit-not-captured'], evidence };
}

function ofBox(draft: Draft, box: BoxItem): Verdict {
  const hold = holdOn(draft, [
    box.subject,
    ...(box.body.contents?.consignments ?? []).map(subjectOf.consignment),
  ]);
  if (hold) return held(hold);
  const { check, seenAtMs } = box.body;
  const visit = visitOf(draft, box);
  if (box.state === 'onTruck' && visit && visit.closedAtMs === undefined) {
    return ofVisit(draft, visit);
  }
  const trailer = itemsOf(draft, 'trailer').find((each) => each.visitId === box.visitId);
  if (trailer?.state === 'dropped') {
    return { cause: 'dropped-trailer', evidence: { trailer: trailer.itemId } };
  }
  if (box.state === 'grounded' || check?.found === true) {
    const stands = { seenAtMs, position: box.body.position ?? null };
    if (check?.found !== false) return { cause: 'still-inside', evidence: stands };
  }
  const exit = visit?.body.exitPassageId ?? visit?.body.reEntry ?? null;
  if (check?.found === false) return { cause: 'exit-not-captured', evidence: { exit, check } };
  const candidates = ['still-inside', 'exit-not-captured'] as const;
  return { cause: 'undetermined', candidates, evidence: { exit } };
}

/** What became of its boxes says more than what became of its tractor; without any, the tractor counts. */
function ofTrip(draft: Draft, trip: TripItem): Verdict {
  const visit = visitOf(draft, trip);
  if (visit?.body.withdrawn) return ofVisit(draft, visit);
  const registration = registrationVerdict(draft, trip);
  if (registration) return registration;
  const boxes = [...draft.items.values()].filter(
    (item): item is BoxItem => item.kind === 'box' && item.visitId === trip.visitId,
  );
  const other = boxes.find(
    ({ body }) => body.leftWith !== undefined && body.leftWith !== body.plate,
  );
  if (other) {
    const { leftWith, exitPassageId } = other.body;
    return { cause: 're-hitched', evidence: { box: other.itemId, leftWith, exitPassageId } };
  }
  const afloat = boxes.find(({ body }) => body.left === 'water');
  if (afloat) return { cause: 'left-by-water', evidence: { box: afloat.itemId } };
  if (!visit || visit.closedAtMs === undefined || visit.body.reEntry !== undefined) {
    return visit ? ofVisit(draft, visit) : { cause: 'undetermined', candidates: [], evidence: {} };
  }
  const open = boxes.find(({ closedAtMs }) => closedAtMs === undefined);
  if (open) return ofBox(draft, open);
  return {
    cause: 'registration-unanswered',
    evidence: { exit: visit.body.exitPassageId ?? null, registration: null },
  };
}

/** Of the exit that its boxes left on; where that has its answer, of the entry. */
function registrationVerdict(draft: Draft, trip: TripItem): Verdict | undefined {
  const all = registrationsOf(draft, trip.visitId);
  const exit = all.find((each) => registeredIn(each) === 'exit' && isWholeOn(trip, each.body.rig));
  const open = [exit, ...all].find((each) => each && each.closedAtMs === undefined);
  return exit && open && (open === exit || registeredIn(open) === 'entry')
    ? ofRegistration(open)
    : undefined;
}

function ofRegistration(item: ItemOf<'registration'>): Verdict {
  const { itemId, state, body } = item;
  const { sequence, sentAtMs, reason } = body;
  const registered = registeredIn(item);
  if (state === 'captured')
    return { cause: 'exit-not-joined', evidence: { passageId: body.passageId } };
  if (state === 'rejected') {
    return {
      cause: 'registration-rejected',
      evidence: { registration: itemId, registered, reason: reason ?? null },
    };
  }
  const evidence = {
    registration: itemId,
    registered,
    sequence: sequence ?? null,
    sentAtMs: sentAtMs ?? null,
  };
  return { cause: 'registration-unanswered', evidence };
}

/** An exit that no visit accounts for, or an entry that nobody was named at. */
function ofCrossing(draft: Draft, { openedAtMs, body }: ItemOf<'crossing'>): Verdict {
  const { direction, rig, passageId } = body;
  if (direction === 'out') {
    if (isAnonymous(rig)) {
      const cause = body.armHeldOpen ? 'left-while-arm-held-open' : 'exit-not-captured';
      return { cause, evidence: { passageId } };
    }
    return { cause: 'exit-not-joined', evidence: { passageId, plate: rig.plate ?? null } };
  }
  const evidence = { passageId, plate: rig.plate ?? null, enteredAtMs: openedAtMs };
  const seen = draft.premises.opportunities('out', openedAtMs, draft.atMs);
  const ways = waysOut(seen);
  if (ways.length === 0)
    return { cause: 'still-inside', evidence: { ...evidence, nothingLeftUnseen: true } };
  return { cause: 'undetermined', candidates: ['still-inside', ...ways], evidence };
}

function ofExpected(draft: Draft, { openedAtMs, body }: ItemOf<'expected'>): Verdict {
  const seen = draft.premises.opportunities('in', openedAtMs, draft.atMs);
  const rig = { plate: body.plate, otherPlates: [], tags: [], containers: body.containers };
  const like = seen.loose.find((each) =>
    likeness(each.body.rig, { ...rig, boxesLookedFor: false, transactionTypes: [] }),
  );
  if (like) return { cause: 'exit-not-joined', evidence: { crossing: like.itemId } };
  const { check } = body;
  const evidence = { plate: body.plate, ...evidenceOf(seen), ...(check && { check }) };
  if (check) return { cause: check.found ? 'still-inside' : 'never-entered', evidence };
  const hasGap = waysOut(seen).length > 0;
  return hasGap
    ? { cause: 'undetermined', candidates: ['never-entered', 'still-inside'], evidence }
    : { cause: 'never-entered', evidence };
}
