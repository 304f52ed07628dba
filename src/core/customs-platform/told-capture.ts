/** What the customs gate platform is told of a vehicle: what the lane has read, and what facts say of who stands there. */
import type { DecisionInputs, Groundwork } from '../decision/decide.ts';
import type { WorkType } from '../decision/policy.ts';
import { provenTags } from '../identification/identify.ts';
import type { PlatformCapture, ToldConsignment } from './exchange.ts';

/** `G_TYPE`, by planned work; what has no number of its own is left open. */
const trades: Readonly<Partial<Record<WorkType, string>>> = {
  bobtail: '0',
  bondedEmptyTruck: '0',
  importLocal: '1',
  exportLocal: '2',
  importTransfer: '3',
  exportTransfer: '4',
  distribution: 'A',
};
/** `G_TYPE` of pass orders into a zone and out of it. */
const bondedTrades = { in: '7', out: '8' } as const;
/** Consignments of one truck that are told; more of them is no truck. */
const consignmentsMax = 50;

export function toldCapture(
  { direction, weight, facts }: Pick<DecisionInputs, 'direction' | 'weight' | 'facts'>,
  { reconciled, binding, transactionTypes }: Groundwork,
): PlatformCapture {
  const { tractor, containers, containerCapture, conflicts, driver } = reconciled;
  const { vehicleByPlate: vehicle } = binding;
  const numbers = containers.flatMap(({ number }) => number ?? []);
  const frontContainer =
    containers.find(({ position }) => position !== 'rear')?.number ?? undefined;
  const rearContainer = numbers.find((number) => number !== frontContainer);
  const isAbnormal =
    containerCapture === 'none' || numbers.length < containers.length || conflicts.length > 0;
  const known = facts.drivers.find(({ cards }) =>
    cards.some((card) => driver?.cards.includes(card)),
  );
  const carrierId = known?.carrierId ?? vehicle?.carrierId;
  const [type] = transactionTypes;
  const trade = type === 'bonded' ? bondedTrades[direction] : type && trades[type];
  return {
    ...(tractor && { plate: tractor.text }),
    tags: provenTags(reconciled),
    ...(vehicle?.customsNumber !== undefined && { vehicleCustomsNumber: vehicle.customsNumber }),
    ...(vehicle?.tareKg !== undefined && { vehicleTareKg: vehicle.tareKg }),
    ...(known && { driverId: known.id }),
    ...(carrierId !== undefined && { carrierId }),
    ...(trade !== undefined && { trade }),
    ...(containers.length > 0 && { load: type === 'emptyContainer' ? '0' : '1' }),
    ...(frontContainer !== undefined && { frontContainer }),
    ...(rearContainer !== undefined && { rearContainer }),
    containerCount: containers.length,
    isContainerReadingAbnormal: isAbnormal,
    ...(weight.kind === 'weighed' && { grossWeightKg: weight.weightKg }),
    seals: sealsOf(binding),
    consignments: consignmentsOf(binding),
  };
}

function consignmentsOf({ boxes, looseCargo }: Groundwork['binding']): readonly ToldConsignment[] {
  const all = [...boxes, ...looseCargo].flatMap(({ consignments }) => consignments);
  const byId = new Map(all.map((each) => [each.id, each] as const));
  return [...byId.values()].slice(0, consignmentsMax).map((each) => {
    const [billId] = each.bills ?? [];
    return {
      formId: each.id,
      ...(billId !== undefined && { billId }),
      ...(each.packages !== undefined && { packages: each.packages }),
      ...(each.grossWeightKg !== undefined && { grossWeightKg: each.grossWeightKg }),
    };
  });
}

/** As documents state them for the boxes that stand there. */
function sealsOf({ boxes }: Groundwork['binding']): readonly string[] {
  const seals = boxes.flatMap(({ container, consignments }) =>
    consignments.flatMap(({ cargo = [] }) =>
      cargo.flatMap((each) => (each.container === container ? (each.seals ?? []) : [])),
    ),
  );
  return [...new Set(seals)];
}
