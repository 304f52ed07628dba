/** What the feed says of boxes, trucks and duties on the premises. A fact is taken once in each version; the store sees to that. */
import type { BindingFact, HoldFact, ObligationFact, StuffingFact, TallyFact } from '../facts.ts';
import { normaliseContainerText } from '../identifiers/container-number.ts';
import { normalisePlateText } from '../identifiers/vehicle-plate.ts';
import { type Draft, itemsOf, put, tell } from './draft.ts';
import { type BoxItem, closed, subjectOf } from './item.ts';
import { answered } from './registration.ts';
import type { FollowedFact, YardFact } from './yard-change.ts';

export function factCame(draft: Draft, { fact, deleted }: YardFact): void {
  switch (fact.kind) {
    case 'hold':
      return holdCame(draft, fact, deleted);
    case 'exit-registration':
      return deleted ? undefined : answered(draft, fact);
    case 'stuffing':
      return deleted ? undefined : stuffed(draft, fact);
    case 'obligation':
      return obliged(draft, fact, deleted);
    case 'tally':
      return deleted ? undefined : tallied(draft, fact);
    case 'binding':
      return bound(draft, fact, deleted);
  }
}

/** Under what a fact's items are found. */
export function subjectsOfFact(fact: FollowedFact): readonly string[] {
  const boxes = (texts: readonly string[]) => texts.map(normaliseContainerText).map(subjectOf.box);
  switch (fact.kind) {
    case 'hold':
      return [holdSubject(fact.subject)];
    case 'exit-registration':
      return [subjectOf.plate(normalisePlateText(fact.plate))];
    case 'stuffing':
      return boxes([fact.container]);
    case 'obligation':
      return [];
    case 'tally':
      return boxes(fact.containers);
    case 'binding':
      return [subjectOf.plate(normalisePlateText(fact.plate))];
  }
}

export function itemIdOfFact({ kind, source, id }: FollowedFact): string {
  return `f.${kind}.${source}.${id}`;
}

function holdSubject(subject: HoldFact['subject']): string {
  switch (subject.kind) {
    case 'container':
      return subjectOf.box(normaliseContainerText(subject.container));
    case 'vehicle':
      return subjectOf.plate(normalisePlateText(subject.plate));
    case 'consignment':
      return subjectOf.consignment(subject.consignmentId);
  }
}

function holdCame(draft: Draft, fact: HoldFact, deleted: boolean): void {
  const itemId = itemIdOfFact(fact);
  const before = draft.items.get(itemId);
  const { instruction, moves, reason, authority, version, state } = fact;
  const isOver = deleted || state === 'lifted';
  if (!before && isOver) return;
  const body = { instruction, moves, reason, authority, origin: 'feed' as const, version };
  const item = {
    kind: 'hold' as const,
    itemId,
    subject: holdSubject(fact.subject),
    openedAtMs: before?.openedAtMs ?? draft.atMs,
    state: isOver ? ('lifted' as const) : ('placed' as const),
    body,
  };
  put(draft, isOver ? closed(item, draft.atMs) : item);
}

/** A later record says what is in the box from now on; one of a lower version changes nothing. */
function stuffed(draft: Draft, fact: StuffingFact): void {
  const container = normaliseContainerText(fact.container);
  const contents = {
    version: fact.version,
    consignments: fact.consignments.map(({ consignmentId }) => consignmentId),
    seals: fact.seals,
  };
  const [before] = itemsOf(draft, 'box').filter((box) => box.subject === subjectOf.box(container));
  if (before && fact.asOfMs < before.openedAtMs) return;
  if (before?.body.contents && before.body.contents.version >= fact.version) return;
  const box = before ?? boxOf(draft, { container, came: 'stuffing', itemId: itemIdOfFact(fact) });
  const stuffedBox = { ...box, body: { ...box.body, contents, seenAtMs: seen(draft, fact) } };
  const isStripped = contents.consignments.length === 0;
  tell(draft, 'box.stuffed.v1', box.itemId, { container, ...contents });
  if (!isStripped) return put(draft, stuffedBox);
  tell(draft, 'box.left.v1', box.itemId, { container, left: 'stripped' });
  const stripped = { ...stuffedBox.body, left: 'stripped' as const };
  put(draft, closed({ ...stuffedBox, state: 'left', body: stripped }, draft.atMs));
}

/** The count at the quay: a box that is here goes aboard, one that is not has come ashore. */
function tallied(draft: Draft, fact: TallyFact): void {
  for (const container of fact.containers.map(normaliseContainerText)) {
    const own = itemsOf(draft, 'box').filter((box) => box.subject === subjectOf.box(container));
    const [before] = own;
    if (!before) {
      const itemId = `${itemIdOfFact(fact)}.${container}`;
      put(draft, boxOf(draft, { container, came: 'water', itemId }));
      tell(draft, 'box.received.v1', itemId, { container, came: 'water', billId: fact.billId });
      continue;
    }
    if (fact.asOfMs < before.openedAtMs) continue;
    const { billId } = fact;
    tell(draft, 'box.left.v1', before.itemId, { container, left: 'water', billId });
    const body = { ...before.body, left: 'water' as const };
    put(draft, closed({ ...before, state: 'left', body }, draft.atMs));
  }
}

function boxOf(
  { atMs, limits }: Draft,
  {
    container,
    came,
    itemId,
  }: Pick<BoxItem['body'], 'came'> & {
    readonly container: string;
    readonly itemId: string;
  },
): BoxItem {
  return {
    kind: 'box',
    itemId,
    subject: subjectOf.box(container),
    openedAtMs: atMs,
    lookAtMs: atMs + limits.boxMs,
    state: 'grounded',
    body: { came, seenAtMs: atMs },
  };
}

function obliged(draft: Draft, fact: ObligationFact, deleted: boolean): void {
  const itemId = itemIdOfFact(fact);
  const before = draft.items.get(itemId);
  const isOver = deleted || fact.state === 'discharged';
  if (!before && isOver) return;
  const item = {
    kind: 'obligation' as const,
    itemId,
    subject: subjectOf.box(normaliseContainerText(fact.containers[0] ?? '')),
    openedAtMs: before?.openedAtMs ?? draft.atMs,
    lookAtMs: fact.dueAtMs ?? draft.atMs + draft.limits.boxMs,
    state: isOver ? ('discharged' as const) : ('open' as const),
    body: { duty: fact.duty, containers: fact.containers },
  };
  put(draft, isOver ? closed(item, draft.atMs) : item);
}

/** Bound before arrival it is expected; bound in the premises it is about to leave. */
function bound(draft: Draft, fact: BindingFact, deleted: boolean): void {
  const plate = normalisePlateText(fact.plate);
  const visit = itemsOf(draft, 'visit').find((each) => each.subject === subjectOf.plate(plate));
  const isBound = !deleted && fact.state === 'bound';
  if (fact.origin === 'premises') {
    if (!visit || !isBound || fact.asOfMs < visit.openedAtMs) return;
    const atMs = seen(draft, fact);
    const body = { ...visit.body, boundForExitAtMs: atMs, seenAtMs: atMs };
    return put(draft, { ...visit, body });
  }
  const itemId = itemIdOfFact(fact);
  const before = draft.items.get(itemId);
  const hasCome = visit !== undefined && visit.openedAtMs >= (fact.validFromMs ?? fact.asOfMs);
  if (before?.closedAtMs !== undefined || (!before && (!isBound || hasCome))) return;
  const item = {
    kind: 'expected' as const,
    itemId,
    subject: subjectOf.plate(plate),
    openedAtMs: before?.openedAtMs ?? draft.atMs,
    lookAtMs: fact.validUntilMs ?? draft.atMs + draft.limits.expectedMs,
    state: isBound ? ('expected' as const) : ('unbound' as const),
    body: { plate, containers: fact.containers },
  };
  put(draft, isBound ? item : closed(item, draft.atMs));
}

/** When the source says that it held; a source whose clock runs ahead sees nothing later than now. */
function seen({ atMs }: Draft, { asOfMs }: FollowedFact): number {
  return Math.min(atMs, asOfMs);
}
