/** A row of `yard_item`, and the item that it is. */
import type { Item } from '../../core/yard/item.ts';

export interface ItemRow {
  itemId: string;
  kind: string;
  subject: string;
  visitId: string | null;
  state: string;
  openedAtMs: number;
  closedAtMs: number | null;
  lookAtMs: number | null;
  found: string | null;
  body: string;
}

export const itemColumns = `item_id AS itemId, kind, subject, visit_id AS visitId, state, opened_at AS openedAtMs,
  closed_at AS closedAtMs, look_at AS lookAtMs, found, body`;

export function itemOf(row: ItemRow): Item {
  const { visitId, closedAtMs, lookAtMs, found, body, ...rest } = row;
  return {
    ...rest,
    ...(visitId !== null && { visitId }),
    ...(closedAtMs !== null && { closedAtMs }),
    ...(lookAtMs !== null && { lookAtMs }),
    ...(found !== null && { found: JSON.parse(found) as Item['found'] }),
    body: JSON.parse(body) as unknown,
  } as Item;
}
