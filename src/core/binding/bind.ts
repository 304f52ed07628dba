/**
 * Binding (车货绑定): which registered vehicle stands there, which planned transactions it carries out, and
 * which consignments are in each box. It joins by identity alone; what it cannot join it leaves open.
 */

import { orderedWork, standingOrders } from '../clearance/pass-orders.ts';
import { sumOf } from '../clearance/quantity.ts';
import type {
  AppointmentFact,
  BillFact,
  BindingFact,
  ConsignmentFact,
  Direction,
  GatheredFacts,
  OpenVisit,
  PassOrderFact,
  PermitFact,
  Quantity,
  TrailerFact,
  TransactionFact,
  TransactionType,
  VehicleFact,
} from '../facts.ts';
import { type Identification, platesOf } from '../identification/identify.ts';
import type { ContainerNumber } from '../identifiers/container-number.ts';
import { normaliseContainerText } from '../identifiers/container-number.ts';
import { normalisePlateText } from '../identifiers/vehicle-plate.ts';

export interface BoundBox {
  readonly container: ContainerNumber;
  readonly position: string;
  /** Planned work that names this box; absent where nothing does. */
  readonly transaction?: TransactionFact;
  /** Documents of all work that is planned for this box, and of the binding that names it. */
  readonly plannedConsignments: readonly string[];
  /** All boxes that these name. */
  readonly plannedWith: readonly string[];
  /** Under every regime that it is planned for: a plan that is left over must not make light of it. */
  readonly plannedTypes: readonly TransactionType[];
  readonly consignments: readonly ConsignmentFact[];
  /** Bills of the manifest that name it or one of its consignments. */
  readonly bills: readonly BillFact[];
}

/** Cargo that is in no box, document by document; planned cargo that names none is covered by nothing. */
export interface LooseCargo
  extends Omit<BoundBox, 'container' | 'transaction' | 'plannedConsignments' | 'plannedWith'> {
  readonly kind: 'loose';
  /** What a use of its proofs is kept under; see `looseKey`. */
  readonly key: string;
  readonly consignmentId?: string;
  readonly transaction: TransactionFact;
  /** What of the document is to be on this truck, where the plan says so. */
  readonly load?: Quantity;
}

export const looseKey = (consignmentId: string) => `loose:${consignmentId}`;

/** Whether uses under this key may be of a part: those of boxes, whose numbers have no colon, never are. */
export const isPartialKey = (key: string) => key.includes(':');

export interface Binding {
  /** The vehicle whose registered plates include the plate that the truck is known by. */
  readonly vehicleByPlate?: VehicleFact;
  /** Every plate of this truck: those read, and those that its vehicle has registered. */
  readonly plates: readonly string[];
  /** These and the trailer's: a hold on any of them stops the rig. */
  readonly rigPlates: readonly string[];
  /** Visits under any of its plates: a truck that entered under one may leave under another. */
  readonly openVisits: readonly OpenVisit[];
  /** Vehicles that registered one of the tags read. */
  readonly vehiclesByTag: readonly VehicleFact[];
  readonly trailer?: TrailerFact;
  /** The newest binding of this truck that somebody made for this direction. */
  readonly bound?: BindingFact;
  /** There was a binding, and it has been undone. */
  readonly wasUnbound: boolean;
  /** Permits that name a plate that was read on the truck itself. */
  readonly permits: readonly PermitFact[];
  /** Pass orders of this truck for this direction, in whatever state. */
  readonly passOrders: readonly PassOrderFact[];
  readonly appointments: readonly AppointmentFact[];
  readonly boxes: readonly BoundBox[];
  readonly looseCargo: readonly LooseCargo[];
  /** Planned work of this vehicle or these boxes in this direction. */
  readonly transactions: readonly TransactionFact[];
  readonly transactionTypes: readonly TransactionType[];
  /** Boxes the plan names for this vehicle. */
  readonly expectedContainers: readonly string[];
}

export function bind(
  identification: Identification,
  facts: GatheredFacts,
  direction: Direction,
): Binding {
  const plate = identification.tractor?.text;
  const vehicleByPlate = facts.vehicles.find(
    (vehicle) => plate !== undefined && vehicle.plates.some((p) => normalisePlateText(p) === plate),
  );
  const plates = [
    ...new Set([
      ...platesOf(identification),
      ...(vehicleByPlate?.plates ?? []).map(normalisePlateText),
    ]),
  ];
  const vehiclesByTag = facts.vehicles.filter((vehicle) =>
    vehicle.tags.some((tag) => identification.tags.some((read) => read === tag.toUpperCase())),
  );
  const read = identification.containers.flatMap((c) =>
    c.number === undefined ? [] : [{ container: c.number, position: c.position }],
  );
  const passOrders = standingOrders(facts.passOrders).filter(
    (order) =>
      plates.includes(normalisePlateText(order.plate)) &&
      (order.direction ?? direction) === direction,
  );
  const planned = [
    ...facts.transactions.filter((t) => t.direction === direction),
    ...orderedWork(passOrders, direction),
  ];
  const transactions = planned.filter((t) =>
    concerns(
      t,
      plates,
      read.map((box) => box.container),
    ),
  );
  const trailer = identification.trailer?.text;
  const registered = facts.trailers.find((each) => normalisePlateText(each.plate) === trailer);
  const bindings = boundTo(facts.bindings, plates, direction);
  const newest = bindings.at(-1);
  const bound = newest?.state === 'bound' ? newest : undefined;
  const boxes = read.map((box) => boundBox(box, { transactions, bound }, facts));
  return {
    ...(vehicleByPlate && { vehicleByPlate }),
    plates,
    rigPlates: trailer === undefined ? plates : [...plates, trailer],
    openVisits: facts.visits.filter((visit) => plates.includes(visit.plate)),
    vehiclesByTag,
    ...(registered && { trailer: registered }),
    ...(bound && { bound }),
    wasUnbound: newest?.state === 'unbound',
    permits: permitsFor(platesOf(identification), facts.permits),
    passOrders,
    appointments: facts.appointments.filter((each) =>
      concerns(
        each,
        plates,
        read.map((box) => box.container),
      ),
    ),
    boxes,
    looseCargo: joined(transactions.flatMap((t) => looseCargoOf(t, facts))),
    transactions,
    transactionTypes: [...new Set(transactions.map((t) => t.transactionType))].sort(),
    expectedContainers: [
      ...new Set(
        transactions
          .filter((t) => t.plate !== undefined && plates.includes(normalisePlateText(t.plate)))
          .flatMap((t) => t.containers.map(normaliseContainerText)),
      ),
    ],
  };
}

function boundBox(
  { container, position }: Pick<BoundBox, 'container' | 'position'>,
  {
    transactions,
    bound,
  }: Pick<Binding, 'transactions'> & { readonly bound: BindingFact | undefined },
  facts: GatheredFacts,
): BoundBox {
  const own = transactions.filter((t) => names(t.containers, container));
  const named = [...own, ...(bound && names(bound.containers, container) ? [bound] : [])];
  const [transaction] = own;
  const consignments = facts.consignments.filter((c) => isIn(c, container));
  const billIds = consignments.flatMap((c) => c.bills ?? []);
  return {
    container,
    position,
    ...(transaction && { transaction }),
    plannedConsignments: [...new Set(named.flatMap((each) => each.consignments))],
    plannedWith: [...new Set(named.flatMap((each) => each.containers))],
    plannedTypes: [...new Set(own.map((t) => t.transactionType))].sort(),
    consignments,
    bills: facts.bills.filter((b) => names(b.containers, container) || billIds.includes(b.id)),
  };
}

function permitsFor(
  plates: readonly string[],
  permits: readonly PermitFact[],
): readonly PermitFact[] {
  return permits.filter((each) => each.plates.some((p) => plates.includes(normalisePlateText(p))));
}

/** Compared by the normalised text: documents write numbers with spaces and in lower case. */
export function names(containers: readonly string[], container: string): boolean {
  return containers.some((text) => normaliseContainerText(text) === container);
}

/** Work with a truck or a box that has nothing in it. */
export const emptyWork: ReadonlySet<TransactionType> = new Set([
  'bobtail',
  'emptyContainer',
  'bondedEmptyTruck',
]);

/** Work that names no box is about loose cargo, unless it is about a truck or a box without cargo. */
function looseCargoOf(transaction: TransactionFact, facts: GatheredFacts): readonly LooseCargo[] {
  const { id, transactionType, containers, consignments, loads = [] } = transaction;
  if (emptyWork.has(transactionType) || containers.length > 0) return [];
  const plannedTypes = [transactionType];
  const common = { kind: 'loose', position: 'loose', transaction, plannedTypes } as const;
  if (consignments.length === 0) {
    return [{ ...common, key: looseKey(`transaction ${id}`), consignments: [], bills: [] }];
  }
  return consignments.map((consignmentId) => {
    const own = facts.consignments.filter((c) => c.id === consignmentId);
    const billIds = own.flatMap((c) => c.bills ?? []);
    const ofIt = loads.filter((each) => each.consignmentId === consignmentId);
    return {
      ...common,
      ...(ofIt.length > 0 && { load: sumOf(ofIt) }),
      key: looseKey(consignmentId),
      consignmentId,
      consignments: own,
      bills: facts.bills.filter((b) => billIds.includes(b.id)),
    };
  });
}

/** A document that two plans name is cleared once, for what both of them take; if one does not say, for all of it. */
function joined(cargo: readonly LooseCargo[]): readonly LooseCargo[] {
  const byKey = new Map<string, LooseCargo>();
  for (const each of cargo) {
    const before = byKey.get(each.key);
    byKey.set(each.key, before ? together(before, each) : each);
  }
  return [...byKey.values()];
}

function together({ load, ...before }: LooseCargo, more: LooseCargo): LooseCargo {
  return {
    ...before,
    plannedTypes: [...new Set([...before.plannedTypes, ...more.plannedTypes])].sort(),
    ...(load && more.load && { load: sumOf([load, more.load]) }),
  };
}

function isIn({ containers, cargo = [] }: ConsignmentFact, container: string): boolean {
  return names(containers, container) || cargo.some((part) => names([part.container], container));
}

/** Oldest first, and of equals the undone last. What was bound in the premises after loading is for the exit; before arrival, for the entry. */
function boundTo(
  bindings: readonly BindingFact[],
  plates: readonly string[],
  direction: Direction,
): readonly BindingFact[] {
  return bindings
    .filter(({ plate }) => plates.includes(normalisePlateText(plate)))
    .filter(({ origin }) => direction === (origin === 'premises' ? 'out' : 'in'))
    .sort(
      (a, b) =>
        a.asOfMs - b.asOfMs ||
        a.version - b.version ||
        Number(a.state === 'unbound') - Number(b.state === 'unbound') ||
        (a.id < b.id ? -1 : 1),
    );
}

/** Planned for this vehicle, or, where the plan names no vehicle, for one of its boxes. */
function concerns(
  transaction: TransactionFact | AppointmentFact,
  plates: readonly string[],
  containers: readonly string[],
): boolean {
  if (transaction.plate !== undefined)
    return plates.includes(normalisePlateText(transaction.plate));
  return containers.some((container) => names(transaction.containers, container));
}
