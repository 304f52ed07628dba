/**
 * Permits (通行证): who may pass without planned work. A permit never lets cargo through: where a box was seen or cargo is
 * planned for the truck, all rules for cargo run beside those of the permit, and the permit does not open.
 */
import type { Binding } from '../binding/bind.ts';
import type { GatheredFacts, PermitFact } from '../facts.ts';
import type { Identification } from '../identification/identify.ts';
import { normalisePlateText } from '../identifiers/vehicle-plate.ts';
import type { LaneId } from '../identity.ts';
import { type Policy, unplannedWork, type WorkType } from './policy.ts';

/** What ties a truck to cargo, so that its permit does not open. */
export type CargoTie =
  | { readonly kind: 'box'; readonly container: string }
  | { readonly kind: 'trailer'; readonly trailer: string }
  | { readonly kind: 'planned'; readonly work: string };

/** The work that the rules of the policy are chosen by. */
export function workTypesOf(
  identification: Identification,
  binding: Binding,
  facts: GatheredFacts,
  policy: Policy,
): readonly WorkType[] {
  if (binding.transactionTypes.length > 0) return binding.transactionTypes;
  if (openingPermits(binding, policy).length === 0) return unplannedWork;
  return cargoTie(identification, binding, facts) ? ['permit', ...unplannedWork] : ['permit'];
}

/** Permits that name this truck, of the types that the policy opens for. */
export function openingPermits({ permits }: Binding, policy: Policy): readonly PermitFact[] {
  return permits.filter((permit) =>
    policy.permits?.some(({ permitType }) => permitType === permit.permitType),
  );
}

/** Work of either direction counts: who is to fetch a box does not come in as a visitor. */
export function cargoTie(
  { containers, trailer }: Identification,
  { plates, bound }: Binding,
  { transactions, passOrders }: Pick<GatheredFacts, 'transactions' | 'passOrders'>,
): CargoTie | undefined {
  const [box] = containers;
  if (box) return { kind: 'box', container: box.number ?? box.raw };
  if (trailer) return { kind: 'trailer', trailer: trailer.text };
  const isOwn = (plate: string | undefined) =>
    plate !== undefined && plates.includes(normalisePlateText(plate));
  const planned =
    transactions.find((t) => isOwn(t.plate) && t.transactionType !== 'bobtail') ??
    (bound && bound.containers.length + bound.consignments.length > 0 ? bound : undefined) ??
    passOrders.find((order) => isOwn(order.plate) && order.state === 'approved');
  return planned && { kind: 'planned', work: planned.id };
}

export type PermitObjection = 'expired' | 'other-lane' | 'outside-hours';

const minuteMs = 60_000;
const dayMinutes = 1_440;

/** Why a permit does not hold here and now. The first and the last moment of its validity are within it. */
export function objectionTo(
  permit: PermitFact,
  { laneId, nowWallMs }: { readonly laneId: LaneId | undefined; readonly nowWallMs: number },
): PermitObjection | undefined {
  const { status, validFromMs = nowWallMs, validUntilMs = nowWallMs, lanes, hours } = permit;
  if (status !== 'valid' || nowWallMs < validFromMs || nowWallMs > validUntilMs) return 'expired';
  if (lanes && !(laneId !== undefined && lanes.includes(laneId))) return 'other-lane';
  return hours && !isWithin(hours, nowWallMs) ? 'outside-hours' : undefined;
}

/** From the first minute until before the last; hours that begin and end at once are none. */
function isWithin(
  { fromMinute, untilMinute }: NonNullable<PermitFact['hours']>,
  nowWallMs: number,
): boolean {
  const minute = Math.floor(nowWallMs / minuteMs) % dayMinutes;
  return fromMinute <= untilMinute
    ? fromMinute <= minute && minute < untilMinute
    : fromMinute <= minute || minute < untilMinute;
}
