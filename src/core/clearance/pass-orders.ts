/**
 * Pass orders of a bonded zone (核放单). An approved one is work for its truck and proof for what it names; it serves one
 * passage. It draws down its account (短期业务底帐, 电子账册) and, where one document goes on many trucks, that document.
 */
import type {
  AccountFact,
  ConsignmentFact,
  Direction,
  GatheredFacts,
  PassOrderFact,
  ProofFact,
  Quantity,
  ReleaseUse,
  TransactionFact,
  TransactionType,
} from '../facts.ts';
import { normaliseContainerText } from '../identifiers/container-number.ts';
import type { PassageId } from '../identity.ts';
import type { ReleaseReservation } from '../ledger-change.ts';
import { isStated, overdrawn, restOf, takesOf } from './quantity.ts';

export const orderKey = (orderId: string) => `order:${orderId}`;
const accountKey = (accountId: string) => `account:${accountId}`;
const documentKey = (consignmentId: string) => `document:${consignmentId}`;

/** What the uses of orders, and of what they draw on, are kept under. */
export function orderUseKeys(orders: readonly PassOrderFact[]): readonly string[] {
  const keys = orders.flatMap(({ id, accountId, bindingType, consignments }) => [
    orderKey(id),
    ...(accountId === undefined ? [] : [accountKey(accountId)]),
    ...(bindingType === 3 ? consignments.map(documentKey) : []),
  ]);
  return [...new Set(keys)];
}

/** From when on uses of accounts count: what was drawn before, an account has left out already. */
export function usesCountFrom(
  orders: readonly PassOrderFact[],
  accounts: readonly AccountFact[],
): ReadonlyMap<string, number> {
  return new Map(
    orders.flatMap(({ accountId }) => {
      if (accountId === undefined) return [];
      const told = accounts.filter(({ id }) => id === accountId).map(drawnSinceMs);
      // Of an account that is not known nothing can be reckoned.
      return [[accountKey(accountId), told.length === 0 ? never : Math.min(...told)] as const];
    }),
  );
}

const never = Number.MAX_SAFE_INTEGER;

const lineageOf = ({ source, id }: PassOrderFact) => `pass-order:${source}/${id}`;

const workOf: Readonly<Record<NonNullable<PassOrderFact['orderType']>, TransactionType>> = {
  goods: 'bonded',
  distribution: 'distribution',
  emptyTruck: 'bondedEmptyTruck',
};

/** The zone plans by its orders: each that is approved is work of its truck. */
export function orderedWork(
  orders: readonly PassOrderFact[],
  direction: Direction,
): readonly TransactionFact[] {
  return orders.filter(isApproved).map((order) => workFor(order, direction));
}

function workFor(order: PassOrderFact, direction: Direction): TransactionFact {
  const {
    id,
    source,
    version,
    asOfMs,
    plate,
    containers,
    consignments,
    orderType = 'goods',
  } = order;
  const [consignmentId, ...others] = consignments;
  const quantity = quantityOf(order);
  const isOfOne = consignmentId !== undefined && others.length === 0 && isStated(quantity);
  return {
    kind: 'transaction',
    id,
    source,
    version,
    asOfMs,
    direction,
    transactionType: workOf[orderType],
    plate,
    containers,
    consignments,
    ...(isOfOne && { loads: [{ consignmentId, ...quantity }] }),
  };
}

/** Names the boxes of the order as such, and each of its documents for loose cargo. */
export function orderProofs(orders: readonly PassOrderFact[]): readonly ProofFact[] {
  return orders.filter(isApproved).flatMap((order) => {
    const { id, source, version, asOfMs, consignments } = order;
    const proof: ProofFact = {
      kind: 'proof',
      id,
      source,
      version,
      asOfMs,
      lineage: lineageOf(order),
      proofType: 'pass_order',
      state: 'granted',
      issuer: source,
      issuedAtMs: asOfMs,
      containers: order.containers.map(normaliseContainerText),
    };
    const ofDocuments = consignments.map((consignmentId) => ({
      ...proof,
      containers: [],
      consignmentId,
    }));
    return [proof, ...ofDocuments];
  });
}

const isApproved = ({ state }: PassOrderFact) => state === 'approved';

/** Orders that were withdrawn after they had been approved, by what their uses are kept under. */
export function cancelledOrderKeys({ passOrders }: GatheredFacts): readonly string[] {
  return passOrders.filter(({ state }) => state === 'cancelled').map(({ id }) => orderKey(id));
}

/** An order that any source tells as cancelled or used is approved by none. */
export function standingOrders(orders: readonly PassOrderFact[]): readonly PassOrderFact[] {
  const over = new Set(orders.filter((order) => !isApproved(order)).map(({ id }) => id));
  return orders.filter((order) => !isApproved(order) || !over.has(order.id));
}

/** What a truck takes from an account or a document. */
export interface Drawing {
  readonly of: 'account' | 'document';
  readonly id: string;
  /** Absent where the account or the quantity is not known. */
  readonly takes?: Quantity;
  readonly rest?: Quantity;
  readonly over?: keyof Quantity;
}

export interface OrderClearance {
  readonly order: PassOrderFact;
  /** Another passage has reserved or used it. */
  readonly isUsed: boolean;
  readonly drawings: readonly Drawing[];
  /** What the commit reserves if the truck goes; none of an order that is not approved. */
  readonly releases: readonly ReleaseReservation[];
}

/**
 * How long an account may lag behind what it was drawn by, ms. What this gate drew within that time before the account
 * was last told counts beside it: it may not be in it yet.
 */
const accountLagMs = 900_000;

function drawnSinceMs({ asOfMs }: AccountFact): number {
  return Math.max(0, asOfMs - accountLagMs);
}

/** Orders of one truck draw one after the other: what the first takes is not left for the second. */
export function clearOrders(
  orders: readonly PassOrderFact[],
  facts: GatheredFacts,
  passageId: PassageId,
): readonly OrderClearance[] {
  const others = facts.uses.filter((use) => use.passageId !== passageId);
  const ahead: ReleaseUse[] = [];
  return orders.map((order) => {
    const left = { ...facts, uses: [...others, ...ahead] };
    const drawn = [accountDrawing(order, left), documentDrawing(order, left)].flatMap(
      (each) => each ?? [],
    );
    const parts = isApproved(order) ? drawn.flatMap(({ release }) => release ?? []) : [];
    ahead.push(...parts.map((part) => useOf(part, passageId)));
    return {
      order,
      isUsed: others.some((use) => isUseOf(use, order)),
      drawings: drawn.map(({ drawing }) => drawing),
      releases: isApproved(order)
        ? [{ lineage: lineageOf(order), container: orderKey(order.id) }, ...parts]
        : [],
    };
  });
}

function useOf({ lineage, container, part }: ReleaseReservation, passageId: PassageId): ReleaseUse {
  return { lineage, container, passageId, state: 'reserved', ...(part && { takes: part.takes }) };
}

/** An order has one number, whoever tells of it: by another source it is not another order. */
export function isUseOf(
  { container }: Pick<ReleaseUse, 'container'>,
  { id }: Pick<PassOrderFact, 'id'>,
): boolean {
  return container === orderKey(id);
}

interface Drawn {
  readonly drawing: Drawing;
  readonly release?: ReleaseReservation;
}

function accountDrawing(order: PassOrderFact, facts: GatheredFacts): Drawn | undefined {
  const { accountId: id } = order;
  if (id === undefined || order.orderType === 'emptyTruck') return undefined;
  const account = facts.accounts.find((each) => each.id === id);
  const limit = account && remainingOf(account);
  const sinceMs = account && drawnSinceMs(account);
  return drawnFrom({ of: 'account', id, key: accountKey(id), limit, sinceMs }, order, facts);
}

/** Of one document on many trucks each takes its part; with the last of them all of it has gone. */
function documentDrawing(order: PassOrderFact, facts: GatheredFacts): Drawn | undefined {
  const [id] = order.consignments;
  if (order.bindingType !== 3 || id === undefined) return undefined;
  const document = facts.consignments.find((each) => each.id === id);
  const limit = document && quantityOf(document);
  return drawnFrom({ of: 'document', id, key: documentKey(id), limit }, order, facts);
}

interface Stock {
  readonly of: Drawing['of'];
  readonly id: string;
  readonly key: string;
  readonly limit: Quantity | undefined;
  readonly sinceMs?: number | undefined;
}

function drawnFrom(
  { of, id, key, limit, sinceMs = 0 }: Stock,
  order: PassOrderFact,
  { uses }: GatheredFacts,
): Drawn {
  const load = quantityOf(order);
  if (!limit || !isStated(limit) || !statesAll(load, limit)) return { drawing: { of, id } };
  const rest = restOf(
    limit,
    uses.filter((use) => use.container === key && (use.atMs ?? sinceMs) >= sinceMs),
  );
  const takes = takesOf(load, { limit, rest });
  const over = overdrawn(takes, rest);
  return {
    drawing: { of, id, takes, rest, ...(over && { over }) },
    release: { lineage: key, container: key, part: { takes, limit, sinceMs } },
  };
}

/** An order that leaves open a quantity that is counted may take any of it. */
function statesAll(load: Quantity, limit: Quantity): boolean {
  return (['packages', 'grossWeightKg'] as const).every(
    (each) => limit[each] === undefined || load[each] !== undefined,
  );
}

function quantityOf({ packages, grossWeightKg }: PassOrderFact | ConsignmentFact): Quantity {
  return {
    ...(packages !== undefined && { packages }),
    ...(grossWeightKg !== undefined && { grossWeightKg }),
  };
}

function remainingOf({ remainingPackages: packages, remainingKg }: AccountFact): Quantity {
  return {
    ...(packages !== undefined && { packages }),
    ...(remainingKg !== undefined && { grossWeightKg: remainingKg }),
  };
}
