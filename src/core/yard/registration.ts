/**
 * The registration of an exit with customs (出场登记), and of an entry (进场登记) where the site registers those: each
 * crossing has its own.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> captured
 *   [*] --> matched
 *   captured --> matched
 *   matched --> sent
 *   matched --> accepted
 *   matched --> rejected
 *   matched --> unanswered
 *   sent --> accepted
 *   sent --> rejected
 *   sent --> unanswered
 *   unanswered --> accepted
 *   unanswered --> rejected
 *   rejected --> accepted
 *   accepted --> writtenBack
 * ```
 *
 * An answer counts whenever it comes: customs may take its time, and may accept what it had rejected. What was accepted
 * is never taken back.
 */
import type { ExitRegistrationFact } from '../fact-work.ts';
import { normalisePlateText } from '../identifiers/vehicle-plate.ts';
import { type Draft, itemsOf, put, tell } from './draft.ts';
import {
  type CustomsAnswer,
  closed,
  type RegistrationItem,
  type RegistrationState,
  subjectOf,
  type TripItem,
  type VisitItem,
} from './item.ts';
import { isTransfer, type Rig } from './rig.ts';
import type { YardCrossing } from './yard-change.ts';

export const registrationTransitions: readonly {
  readonly from: RegistrationState;
  readonly to: RegistrationState;
}[] = [
  { from: 'captured', to: 'matched' },
  { from: 'matched', to: 'sent' },
  { from: 'matched', to: 'accepted' },
  { from: 'matched', to: 'rejected' },
  { from: 'matched', to: 'unanswered' },
  { from: 'sent', to: 'accepted' },
  { from: 'sent', to: 'rejected' },
  { from: 'sent', to: 'unanswered' },
  { from: 'unanswered', to: 'accepted' },
  { from: 'unanswered', to: 'rejected' },
  { from: 'rejected', to: 'accepted' },
  { from: 'accepted', to: 'writtenBack' },
];

function mayBecome(from: RegistrationState, to: RegistrationState): boolean {
  return registrationTransitions.some((each) => each.from === from && each.to === to);
}

const registrationIdOf = (passageId: string) => `r.${passageId}`;

/** A crossing is on record. With its visit it goes out at once; without one it waits to be joined. */
export function capture(draft: Draft, crossing: YardCrossing, visit: VisitItem | undefined): void {
  const { passageId, laneId, direction, rig, atMs } = crossing;
  if (direction === 'in' && !draft.limits.registersEntries) return;
  const item: RegistrationItem = {
    kind: 'registration',
    itemId: registrationIdOf(passageId),
    subject: subjectOf.plate(rig.plate ?? ''),
    openedAtMs: atMs,
    lookAtMs: atMs + draft.limits.registrationMs,
    state: 'captured',
    body: {
      registered: direction === 'in' ? 'entry' : 'exit',
      passageId,
      laneId,
      rig,
      crossedAtMs: atMs,
    },
  };
  put(draft, item);
  if (visit) match(draft, item, visit);
}

export function registeredIn({ body }: RegistrationItem): 'entry' | 'exit' {
  return body.registered ?? 'exit';
}

/** Puts it into the outgoing queue: its entry in the journal is what the centre passes on to customs. */
export function match(draft: Draft, item: RegistrationItem, visit: VisitItem): void {
  const sequence = draft.premises.nextSequence + draft.events.length;
  const { passageId, laneId, rig, crossedAtMs } = item.body;
  const entered = visit.body.rig;
  const containers = rig.containers.length > 0 || rig.boxesLookedFor ? rig.containers : [];
  put(draft, {
    ...item,
    visitId: visit.visitId,
    lookAtMs: draft.atMs + draft.limits.registrationMs,
    state: 'matched',
    body: { ...item.body, sequence },
  });
  tell(draft, 'registration.queued.v1', item.itemId, {
    registered: registeredIn(item),
    laneId,
    visitId: visit.visitId,
    passageId,
    plate: rig.plate ?? entered.plate ?? null,
    trailer: rig.trailer ?? null,
    containers,
    crossedAtMs,
    transfer: isTransfer(rig) || isTransfer(entered),
  });
  const { answeredAhead } = visit.body;
  const matched = draft.items.get(item.itemId) as RegistrationItem;
  if (answeredAhead && registeredIn(item) === 'exit') takeAnswer(draft, matched, answeredAhead);
}

export function centreHas(draft: Draft, throughSequence: number): void {
  for (const item of itemsOf(draft, 'registration')) {
    const { sequence } = item.body;
    if (item.state !== 'matched' || sequence === undefined || sequence > throughSequence) continue;
    put(draft, { ...item, state: 'sent', body: { ...item.body, sentAtMs: draft.atMs } });
  }
}

/** Customs' answer. One that comes before any exit of ours says that the vehicle left elsewhere, until its exit comes. */
export function answered(draft: Draft, fact: ExitRegistrationFact): void {
  const { visitId, registered = 'exit' } = fact;
  const own = registrationsOf(draft, visitId).filter((item) => registeredIn(item) === registered);
  if (own.length === 0) return registered === 'exit' ? answeredBefore(draft, fact) : undefined;
  for (const item of own) takeAnswer(draft, item, answerOf(fact));
}

function answerOf({ id, answer, reason }: ExitRegistrationFact): CustomsAnswer {
  return { factId: id, answer, ...(reason !== undefined && { reason }) };
}

function takeAnswer(
  draft: Draft,
  item: RegistrationItem,
  { factId, answer, reason }: CustomsAnswer,
): void {
  if (item.closedAtMs !== undefined || !mayBecome(item.state, answer)) return;
  const why = reason !== undefined && { reason };
  const body = { ...item.body, answeredAtMs: draft.atMs, factId, ...why };
  tell(draft, 'registration.answered.v1', item.itemId, {
    registered: registeredIn(item),
    visitId: item.visitId ?? null,
    answer,
    ...why,
  });
  if (answer === 'rejected') {
    put(draft, { ...item, state: 'rejected', lookAtMs: draft.atMs, body });
  } else writeBack(draft, { ...item, state: 'accepted', body });
}

/** Closed ones among them. */
export function registrationsOf(draft: Draft, visitId: string): readonly RegistrationItem[] {
  return [...draft.items.values()].filter(
    (item): item is RegistrationItem => item.kind === 'registration' && item.visitId === visitId,
  );
}

/** Customs knows the visit by our number where we sent one, else by the plate. */
function answeredBefore(draft: Draft, fact: ExitRegistrationFact): void {
  const { answer, id, asOfMs } = fact;
  const subject = subjectOf.plate(normalisePlateText(fact.plate));
  const named = [...draft.items.values()].find(
    (item): item is VisitItem => item.kind === 'visit' && item.visitId === fact.visitId,
  );
  const visit = named ?? itemsOf(draft, 'visit').find((each) => each.subject === subject);
  // A late answer to a visit that has ended says nothing about the one that its plate is on now.
  if (!visit || visit.closedAtMs !== undefined || asOfMs < visit.openedAtMs) return;
  const { visitId } = visit;
  const { elsewhere: _, ...body } = visit.body;
  const left = answer === 'accepted' && { elsewhere: id };
  const answeredAhead = answerOf(fact);
  put(draft, { ...visit, lookAtMs: draft.atMs, body: { ...body, ...left, answeredAhead } });
  for (const trip of itemsOf(draft, 'trip')) {
    if (trip.visitId === visitId) put(draft, { ...trip, lookAtMs: draft.atMs });
  }
}

/**
 * The answer stands in what it answers: the trip whose boxes left on the registered exit is complete, once nothing of its
 * visit is without an answer.
 */
function writeBack(draft: Draft, item: RegistrationItem): void {
  put(draft, closed({ ...item, state: 'writtenBack' }, draft.atMs));
  for (const trip of itemsOf(draft, 'trip')) {
    if (trip.visitId !== item.visitId) continue;
    const all = registrationsOf(draft, trip.visitId);
    const isAnswered = all.every(({ closedAtMs }) => closedAtMs !== undefined);
    const exits = all.filter((each) => registeredIn(each) === 'exit');
    if (!isAnswered || !exits.some(({ body }) => isWholeOn(trip, body.rig))) {
      put(draft, { ...trip, lookAtMs: draft.atMs });
      continue;
    }
    put(draft, closed({ ...trip, state: 'complete' }, draft.atMs));
    tell(draft, 'trip.completed.v1', trip.itemId, { visitId: trip.visitId });
  }
}

/** Whether all its boxes left on it, as far as anybody looked. */
export function isWholeOn({ body }: TripItem, rig: Rig): boolean {
  return !rig.boxesLookedFor || body.containers.every((box) => rig.containers.includes(box));
}
