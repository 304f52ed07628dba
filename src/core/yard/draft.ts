/** One step of the yard as it is being worked out; it lives for the length of the step. */
import type { EventDraft, EventType } from '../journal/events.ts';
import type { VisitChange } from '../visit-change.ts';
import { type Item, type ItemKind, type ItemOf, openOf } from './item.ts';
import type { Premises, YardChange, YardLimits } from './yard-change.ts';

export interface Draft {
  readonly atMs: number;
  readonly premises: Premises;
  readonly limits: YardLimits;
  readonly items: Map<string, Item>;
  readonly changed: Set<string>;
  readonly visits: VisitChange[];
  readonly events: EventDraft[];
}

export function beginDraft(atMs: number, premises: Premises, limits: YardLimits): Draft {
  const items = new Map(premises.items.map((item) => [item.itemId, item]));
  return { atMs, premises, limits, items, changed: new Set(), visits: [], events: [] };
}

export function put(draft: Draft, item: Item): void {
  draft.items.set(item.itemId, item);
  draft.changed.add(item.itemId);
}

export function tell(
  draft: Draft,
  type: EventType,
  subject: string,
  data: EventDraft['data'],
): void {
  draft.events.push({ type, subject, timeMs: draft.atMs, data });
}

export function itemsOf<K extends ItemKind>(draft: Draft, kind: K): readonly ItemOf<K>[] {
  return openOf([...draft.items.values()], kind);
}

export function endDraft({ items, changed, visits, events }: Draft): YardChange {
  const all = [...changed].flatMap((id) => items.get(id) ?? []);
  const ended = all.filter(
    ({ kind, closedAtMs }) => closedAtMs !== undefined && (kind === 'box' || kind === 'trailer'),
  );
  const lookAgainAt = [...new Set(ended.flatMap(({ visitId }) => visitId ?? []))];
  return { items: all, visits, events, lookAgainAt };
}
