/** Acts of a person upon what is on the premises. Each is in the journal with the name, whatever comes of it. */

import { canonicalJson } from '../decision/canonical-json.ts';
import { normaliseContainerText } from '../identifiers/container-number.ts';
import { normalisePlateText } from '../identifiers/vehicle-plate.ts';
import { visitIdOf } from '../identity.ts';
import type { ActRow } from '../ledger-change.ts';
import { type Draft, itemsOf, put, tell } from './draft.ts';
import { enter } from './entering.ts';
import {
  closed,
  type Item,
  type ItemKind,
  type ItemOf,
  type LooseCrossingItem,
  subjectOf,
  type VisitItem,
} from './item.ts';
import { crossingIdOf, drop, leave } from './leaving.ts';
import { match } from './registration.ts';
import type {
  PersonAct,
  YardAct,
  YardCrossing,
  YardLeftUnderHeldArm,
  YardQuery,
} from './yard-change.ts';

/** What the act names is not there, or is not as the act takes it to be. */
export interface Refused {
  readonly refused: string;
}

export function queryOfAct(act: PersonAct): YardQuery {
  const none = { subjects: [], visitIds: [], itemIds: [] };
  switch (act.act) {
    case 'join':
      return {
        ...none,
        itemIds: [act.crossing, `r.${act.crossing.slice(2)}`, act.visit],
        visitIds: [act.visit as VisitItem['visitId']],
      };
    case 'recordEntry':
      return {
        ...none,
        itemIds: [act.crossing],
        subjects: [subjectOf.plate(normalisePlateText(act.plate))],
      };
    case 'withdraw':
      return { ...none, visitIds: [act.visit as VisitItem['visitId']] };
    case 'yardCheck':
      return { ...none, itemIds: [act.item], visitIds: [act.item as VisitItem['visitId']] };
    case 'settle':
      return { ...none, itemIds: [act.item] };
    case 'liftHold':
      return { ...none, itemIds: [act.hold] };
    case 'dropTrailer':
    case 'hitch':
      return { ...none, subjects: [subjectOf.trailer(normalisePlateText(act.trailer))] };
    case 'moveBox':
      return { ...none, subjects: [subjectOf.box(normaliseContainerText(act.container))] };
    case 'placeHold':
      return none;
  }
}

/** The row by which it is known when it is asked for again. */
export function actRow({ actId, person, atMs, act: wish }: YardAct): ActRow {
  return {
    actId,
    subject: subjectOfAct(wish),
    kind: wish.act,
    person,
    role: commandLine,
    atMs,
    asked: canonicalJson(wish),
    answer: canonicalJson({ kind: 'done' }),
  };
}

/** In place of a role: whoever may use the daemon's account. */
const commandLine = 'commandLine';

export function act(draft: Draft, input: YardAct): Refused | undefined {
  const { person, actId, act: wish } = input;
  const refused = carryOut(draft, input);
  if (refused) return refused;
  tell(draft, 'yard.acted.v1', subjectOfAct(wish), { person, actId, ...wish });
  return undefined;
}

function subjectOfAct(wish: PersonAct): string {
  switch (wish.act) {
    case 'join':
    case 'recordEntry':
      return wish.crossing;
    case 'withdraw':
      return wish.visit;
    case 'yardCheck':
    case 'settle':
      return wish.item;
    case 'liftHold':
      return wish.hold;
    case 'dropTrailer':
    case 'hitch':
      return wish.trailer;
    case 'moveBox':
      return wish.container;
    case 'placeHold':
      return wish.subject.name;
  }
}

function carryOut(draft: Draft, { person, act: wish }: YardAct): Refused | undefined {
  switch (wish.act) {
    case 'join':
      return join(draft, wish.crossing, wish.visit);
    case 'recordEntry':
      return recordEntry(draft, wish);
    case 'withdraw':
      return withdraw(draft, { visitId: wish.visit, person, reason: wish.reason });
    case 'yardCheck':
      return check(draft, { itemId: wish.item, person, found: wish.found });
    case 'dropTrailer':
      return changeTrailer(draft, wish.trailer, (trailer) => drop(draft, trailer, { person }));
    case 'hitch':
      return hitch(draft, wish);
    case 'moveBox':
      return moveBox(draft, wish);
    case 'placeHold':
      return placeHold(draft, wish, person);
    case 'liftHold':
      return liftHold(draft, wish.hold);
    case 'settle':
      return settle(draft, wish.item);
  }
}

function find<K extends ItemKind>(draft: Draft, itemId: string, kind: K): ItemOf<K> | undefined {
  const item = draft.items.get(itemId);
  return item?.kind === kind ? (item as ItemOf<K>) : undefined;
}

const missing = (what: string): Refused => ({ refused: `${what} is not on record` });

/** Nobody decided on it and nobody has to look for it: the crossing is that of the visit that has its plate. */
export function leftUnderHeldArm(
  draft: Draft,
  { passageId, visitIds }: YardLeftUnderHeldArm,
): void {
  for (const visitId of visitIds)
    join(draft, crossingIdOf(passageId), visitId, 'left-while-arm-held-open');
}

function join(
  draft: Draft,
  crossingId: string,
  visitId: string,
  cause: 'exitJoined' | 'left-while-arm-held-open' = 'exitJoined',
): Refused | undefined {
  const crossing = find(draft, crossingId, 'crossing');
  const visit = find(draft, visitId, 'visit');
  if (!crossing || crossing.closedAtMs !== undefined) return missing(`open crossing ${crossingId}`);
  if (!visit) return missing(`visit ${visitId}`);
  if (crossing.body.direction !== 'out') return { refused: `${crossingId} is an entry` };
  if (crossing.openedAtMs < visit.openedAtMs) return { refused: 'it left before it came' };
  if (visit.body.exitPassageId !== undefined) return { refused: `${visitId} has its exit` };
  put(draft, closed({ ...crossing, state: 'joined' }, draft.atMs));
  const wasOpen = visit.closedAtMs === undefined;
  leave(draft, crossedAgain(crossing), { ...visit, state: 'inside' });
  if (wasOpen) {
    const { passageId } = crossing.body;
    const change = { visitId: visit.visitId, passageId, atMs: draft.atMs };
    draft.visits.push({ kind: 'closed', cause, ...change });
    tell(draft, 'visit.closed.v1', visit.visitId, { passageId, cause });
  }
  const registration = find(draft, `r.${crossingId.slice(2)}`, 'registration');
  if (registration?.state === 'captured') match(draft, registration, visit);
  for (const trip of itemsOf(draft, 'trip')) put(draft, { ...trip, lookAtMs: nextLook(draft) });
  return undefined;
}

const nextLook = ({ atMs, limits }: Draft) => atMs + limits.registrationMs;

function crossedAgain({ openedAtMs, body }: LooseCrossingItem): YardCrossing {
  const { passageId, laneId, direction, rig, authorised } = body;
  return {
    kind: 'crossed',
    atMs: openedAtMs,
    passageId,
    laneId,
    direction,
    authorised,
    diverted: false,
    rig,
    visits: [],
  };
}

function recordEntry(
  draft: Draft,
  { crossing: crossingId, plate: text }: Extract<PersonAct, { act: 'recordEntry' }>,
): Refused | undefined {
  const crossing = find(draft, crossingId, 'crossing');
  const plate = normalisePlateText(text);
  if (!crossing || crossing.closedAtMs !== undefined) return missing(`open crossing ${crossingId}`);
  if (crossing.body.direction !== 'in') return { refused: `${crossingId} is an exit` };
  const isInside = itemsOf(draft, 'visit').some((each) => each.subject === subjectOf.plate(plate));
  if (isInside) return { refused: `${plate} has an open visit` };
  put(draft, closed({ ...crossing, state: 'joined' }, draft.atMs));
  const { passageId, rig } = crossing.body;
  const opened = {
    kind: 'opened' as const,
    visitId: visitIdOf(passageId),
    plate,
    passageId,
    containers: rig.containers,
    atMs: crossing.openedAtMs,
  };
  draft.visits.push(opened);
  const { containers, visitId } = opened;
  tell(draft, 'visit.opened.v1', visitId, { plate, passageId, containers });
  enter(draft, { ...crossedAgain(crossing), rig: { ...rig, plate } }, opened);
  return undefined;
}

function withdraw(
  draft: Draft,
  act: { readonly visitId: string; readonly person: string; readonly reason: string },
): Refused | undefined {
  const visit = itemsOf(draft, 'visit').find((each) => each.visitId === act.visitId);
  if (!visit) return missing(`open visit ${act.visitId}`);
  const { person, reason } = act;
  put(draft, {
    ...visit,
    lookAtMs: draft.atMs,
    body: { ...visit.body, withdrawn: { person, reason } },
  });
  for (const trip of itemsOf(draft, 'trip')) put(draft, { ...trip, lookAtMs: draft.atMs });
  return undefined;
}

function check(
  draft: Draft,
  {
    itemId,
    person,
    found,
  }: { readonly itemId: string; readonly person: string; readonly found: boolean },
): Refused | undefined {
  const item = draft.items.get(itemId);
  const { atMs } = draft;
  const given = { atMs, person, found };
  if (item?.closedAtMs !== undefined) return { refused: `${itemId} is closed` };
  switch (item?.kind) {
    case 'visit':
    case 'box': {
      const seenAtMs = found ? atMs : item.body.seenAtMs;
      put(draft, {
        ...item,
        lookAtMs: atMs,
        body: { ...item.body, seenAtMs, check: given },
      } as Item);
      break;
    }
    case 'trailer':
    case 'expected':
      put(draft, { ...item, lookAtMs: atMs, body: { ...item.body, check: given } } as Item);
      break;
    case 'appearance': {
      const seen = { ...item, body: { ...item.body, check: given } };
      put(
        draft,
        found ? closed({ ...seen, state: 'appeared' }, atMs) : { ...seen, lookAtMs: atMs },
      );
      break;
    }
    default:
      return missing(`open visit, trailer, box, binding or appearance ${itemId}`);
  }
  for (const trip of itemsOf(draft, 'trip')) put(draft, { ...trip, lookAtMs: atMs });
  return undefined;
}

function changeTrailer(
  draft: Draft,
  plate: string,
  change: (trailer: ItemOf<'trailer'>) => void,
): Refused | undefined {
  const subject = subjectOf.trailer(normalisePlateText(plate));
  const trailer = itemsOf(draft, 'trailer').find((each) => each.subject === subject);
  if (!trailer) return missing(`trailer ${plate}`);
  change(trailer);
  return undefined;
}

function hitch(draft: Draft, wish: Extract<PersonAct, { act: 'hitch' }>): Refused | undefined {
  const plate = normalisePlateText(wish.plate);
  return changeTrailer(draft, wish.trailer, (trailer) => {
    put(draft, { ...trailer, state: 'hitched', body: { ...trailer.body, tractor: plate } });
    tell(draft, 'trailer.hitched.v1', trailer.itemId, { trailer: wish.trailer, plate });
  });
}

function moveBox(draft: Draft, wish: Extract<PersonAct, { act: 'moveBox' }>): Refused | undefined {
  const container = normaliseContainerText(wish.container);
  const box = itemsOf(draft, 'box').find((each) => each.subject === subjectOf.box(container));
  if (!box) return missing(`box ${container}`);
  const { position } = wish;
  put(draft, { ...box, state: 'grounded', body: { ...box.body, position, seenAtMs: draft.atMs } });
  tell(draft, 'box.moved.v1', box.itemId, { container, position });
  return undefined;
}

function placeHold(
  draft: Draft,
  { subject, instruction, reason }: Extract<PersonAct, { act: 'placeHold' }>,
  person: string,
): undefined {
  const name =
    subject.kind === 'container'
      ? subjectOf.box(normaliseContainerText(subject.name))
      : subjectOf.plate(normalisePlateText(subject.name));
  put(draft, {
    kind: 'hold',
    itemId: `h.${draft.premises.nextSequence}`,
    subject: name,
    openedAtMs: draft.atMs,
    state: 'placed',
    body: {
      instruction,
      moves: ['enter', 'leave', 'load', 'yardMove'],
      reason,
      authority: person,
      origin: 'local',
      version: 1,
    },
  });
}

/** What customs placed, customs lifts. */
function liftHold(draft: Draft, holdId: string): Refused | undefined {
  const hold = find(draft, holdId, 'hold');
  if (!hold || hold.closedAtMs !== undefined) return missing(`hold ${holdId}`);
  if (hold.body.origin !== 'local') return { refused: `${holdId} was placed by the feed` };
  put(draft, closed({ ...hold, state: 'lifted' }, draft.atMs));
  return undefined;
}

/** Only what has a cause can be settled: an open item is never cleared away unexplained. */
function settle(draft: Draft, itemId: string): Refused | undefined {
  const item = draft.items.get(itemId);
  if (!item || item.closedAtMs !== undefined) return missing(`open item ${itemId}`);
  if (item.kind === 'hold') return { refused: 'a hold is lifted, not settled' };
  if (!item.found || item.found.cause === 'undetermined') {
    return { refused: `${itemId} has no cause yet` };
  }
  put(draft, closed(item, draft.atMs));
  if (item.kind === 'visit') {
    const change = { visitId: item.visitId, atMs: draft.atMs };
    draft.visits.push({ kind: 'closed', cause: 'settled', ...change });
    tell(draft, 'visit.closed.v1', item.visitId, { cause: 'settled', found: item.found.cause });
  }
  return undefined;
}
