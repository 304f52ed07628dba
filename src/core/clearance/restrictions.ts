/** What holds on a box or a document, and what nobody could read that may. */
import { names } from '../binding/bind.ts';
import type { GatheredFacts, HoldFact, PassOrderFact, ProofFact } from '../facts.ts';
import { meantContainer, normaliseContainerText } from '../identifiers/container-number.ts';
import { type Cargo, isLoose } from './cargo.ts';
import { isAboutBoxes } from './documents-in.ts';

/**
 * Every document that a hold on what is here may name, whether or not the feed has brought the document itself: those that
 * name the box with their bills, that its proofs are about, that it was stuffed by, that its plans name and that name no
 * other box, and its pass orders.
 */
export function documentsOf(
  box: Cargo,
  naming: readonly ProofFact[],
  { consignments, stuffings, passOrders }: GatheredFacts,
): ReadonlySet<string> {
  const stuffed = isLoose(box)
    ? []
    : stuffings.filter(({ container }) => names([container], box.container));
  return new Set([
    ...box.consignments.flatMap(({ id, bills = [] }) => [id, ...bills]),
    ...box.bills.map(({ id }) => id),
    ...(isLoose(box) ? [box.consignmentId ?? []].flat() : []),
    ...naming.flatMap(({ consignmentId }) => consignmentId ?? []),
    ...passOrders
      .filter((order) => isOrdered(order, box))
      .flatMap((order) => [order.id, ...(isLoose(box) ? [] : order.consignments)]),
    ...stuffed.flatMap((s) => s.consignments.map(({ consignmentId }) => consignmentId)),
    ...(isLoose(box) ? [] : box.plannedConsignments).filter(
      (id) => !isAboutBoxes(consignments, id),
    ),
  ]);
}

function isOrdered({ containers, consignments }: PassOrderFact, box: Cargo): boolean {
  if (!isLoose(box)) return names(containers, box.container);
  return box.consignmentId !== undefined && consignments.includes(box.consignmentId);
}

export function stops(hold: HoldFact, box: Cargo, documents: ReadonlySet<string>): boolean {
  switch (hold.subject.kind) {
    case 'container':
      return !isLoose(box) && meantContainer(hold.subject.container) === box.container;
    case 'consignment':
      return documents.has(hold.subject.consignmentId);
    case 'vehicle':
      return false;
  }
}

/** Resemblance is generous on purpose: full number, owner and serial, bare serial, or a consignment's id. */
export function resembles(text: string, box: Cargo, documents: ReadonlySet<string>): boolean {
  const t = normaliseContainerText(text);
  if (!isLoose(box) && t.length >= 6 && box.container.includes(t)) return true;
  return [...documents].some((id) => normaliseContainerText(id) === t);
}

/** What could not be read may have revoked or deleted a proof of this box. */
export function concerns(text: string, proofs: readonly ProofFact[]): boolean {
  return proofs.some((p) => text === `lineage:${p.lineage}` || text === `proof:${p.id}`);
}
