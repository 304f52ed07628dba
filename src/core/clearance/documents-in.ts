/** Which documents a box goes under: each of them needs its proofs (拼柜). */
import { names } from '../binding/bind.ts';
import type { ConsignmentFact, GatheredFacts, ProofFact } from '../facts.ts';
import { normaliseContainerText } from '../identifiers/container-number.ts';
import { type Cargo, isLoose } from './cargo.ts';

/** Those that name it, those that it was stuffed with last, and those that plans name for it. */
export function consignmentIdsOf(box: Cargo, facts: GatheredFacts): readonly string[] {
  const declared = box.consignments.map(({ id }) => id);
  if (isLoose(box)) return declared;
  const last = facts.stuffings
    .filter(({ container }) => names([container], box.container))
    .sort((a, b) => a.asOfMs - b.asOfMs || a.version - b.version)
    .at(-1);
  const stuffed = (last?.consignments ?? []).map(({ consignmentId }) => consignmentId);
  const others = box.plannedWith
    .map(normaliseContainerText)
    .filter((each) => each !== box.container);
  const planned = box.plannedConsignments.filter(
    (id) =>
      !isAboutBoxes(facts.consignments, id) &&
      (isProvenFor(facts.proofs, id, [box.container]) || !isProvenFor(facts.proofs, id, others)),
  );
  return [...new Set([...declared, ...stuffed, ...planned])];
}

/** A document that names boxes says itself which; if this one were among them, it would be declared. */
export function isAboutBoxes(consignments: readonly ConsignmentFact[], id: string): boolean {
  return consignments.some(
    (each) => each.id === id && each.containers.length + (each.cargo ?? []).length > 0,
  );
}

/** A plan of several boxes does not say which of them a document is about; its proofs do, by those that they name. */
function isProvenFor(proofs: readonly ProofFact[], id: string, boxes: readonly string[]): boolean {
  return proofs.some(
    ({ consignmentId, containers }) =>
      consignmentId === id && boxes.some((box) => names(containers, box)),
  );
}
