/**
 * The yard: from what crossed, what the feed says and what a person does to the rows of what is on the premises, with
 * the entries that tell of it. The store reads what `yardQuery` asks for inside the writing transaction, so two lanes
 * never end the same visit twice.
 */
import type { VisitId } from '../identity.ts';
import { act, leftUnderHeldArm, queryOfAct, type Refused } from './acts.ts';
import { oweAppearance } from './appearance.ts';
import { look } from './cause.ts';
import { beginDraft, type Draft, endDraft, itemsOf, put } from './draft.ts';
import { enter } from './entering.ts';
import { factCame, itemIdOfFact, subjectsOfFact } from './facts-followed.ts';
import { subjectOf, type VisitItem } from './item.ts';
import { crossingIdOf, crossLoose, leave } from './leaving.ts';
import { capture, centreHas } from './registration.ts';
import type {
  Premises,
  YardChange,
  YardCrossing,
  YardInput,
  YardLimits,
  YardQuery,
  YardUnobserved,
} from './yard-change.ts';

/** Every single input but the end of a day, which counts rows instead of changing them. */
export type SteppedInput = Exclude<YardInput, { readonly kind: 'dayClosed' | 'batch' }>;

const nothing: YardQuery = { subjects: [], visitIds: [], itemIds: [] };

export function yardQuery(input: SteppedInput): YardQuery {
  switch (input.kind) {
    case 'crossed':
      return queryOfCrossing(input);
    case 'fact': {
      const { fact } = input;
      const visitIds = fact.kind === 'exit-registration' ? [fact.visitId as VisitId] : [];
      return { subjects: subjectsOfFact(fact), visitIds, itemIds: [itemIdOfFact(fact)] };
    }
    case 'act':
      return queryOfAct(input.act);
    case 'look':
      return { ...nothing, itemIds: [input.itemId] };
    case 'unobserved':
      return { ...nothing, visitIds: input.visitIds };
    case 'leftUnderHeldArm': {
      const { passageId, visitIds } = input;
      return { ...nothing, visitIds, itemIds: [crossingIdOf(passageId)] };
    }
    case 'sent':
      return nothing;
  }
}

function queryOfCrossing({ rig, visits }: YardCrossing): YardQuery {
  const { plate, otherPlates, trailer, containers } = rig;
  return {
    subjects: [
      ...[plate, ...otherPlates].flatMap((text) =>
        text === undefined ? [] : [subjectOf.plate(text)],
      ),
      ...(trailer === undefined ? [] : [subjectOf.trailer(trailer)]),
      ...containers.map(subjectOf.box),
    ],
    visitIds: visits.map(({ visitId }) => visitId),
    itemIds: [],
  };
}

export function stepYard(
  input: SteppedInput,
  premises: Premises,
  limits: YardLimits,
): YardChange | Refused {
  const draft = beginDraft(input.atMs, premises, limits);
  switch (input.kind) {
    case 'crossed':
      cross(draft, input);
      break;
    case 'unobserved':
      wentUnobserved(draft, input);
      break;
    case 'leftUnderHeldArm':
      leftUnderHeldArm(draft, input);
      break;
    case 'fact':
      factCame(draft, input);
      break;
    case 'sent':
      centreHas(draft, input.throughSequence);
      break;
    case 'act': {
      const refused = act(draft, input);
      if (refused) return refused;
      break;
    }
    case 'look': {
      const item = draft.items.get(input.itemId);
      if (item) look(draft, item);
      break;
    }
  }
  return endDraft(draft);
}

function cross(draft: Draft, crossing: YardCrossing): void {
  const { direction, authorised, diverted, visits } = crossing;
  const opened = visits.find((visit) => visit.kind === 'opened');
  if (direction === 'in') {
    return opened ? enter(draft, crossing, opened) : crossLoose(draft, crossing);
  }
  if (authorised && diverted) return stayed(draft, crossing);
  const ended = visits.flatMap(({ visitId }) => openVisit(draft, visitId) ?? []);
  for (const visit of ended) leave(draft, crossing, visit);
  const [visit] = ended;
  if (visit) capture(draft, crossing, visit);
  else crossLoose(draft, crossing);
}

function openVisit(draft: Draft, visitId: VisitId): VisitItem | undefined {
  return itemsOf(draft, 'visit').find((each) => each.visitId === visitId);
}

/** Inbound there is no such visit: whether it came in is a case of the lane. */
function wentUnobserved(draft: Draft, { visitIds, passageId, atMs }: YardUnobserved): void {
  for (const visitId of visitIds) {
    const visit = openVisit(draft, visitId);
    if (!visit) continue;
    put(draft, { ...visit, lookAtMs: atMs, body: { ...visit.body, unobserved: passageId } });
  }
}

/** Sent aside at the exit lane: it is on the premises, and was seen there. */
function stayed(draft: Draft, crossing: YardCrossing): void {
  const { rig, atMs } = crossing;
  const own = itemsOf(draft, 'visit').filter(
    ({ subject }) => rig.plate !== undefined && subject === subjectOf.plate(rig.plate),
  );
  for (const visit of own) put(draft, { ...visit, body: { ...visit.body, seenAtMs: atMs } });
  oweAppearance(draft, crossing, own[0]?.visitId);
}
