import { type BoundBox, type LooseCargo, names } from '../binding/bind.ts';
import type { ProofFact } from '../facts.ts';

/** A box or a document of loose cargo: what is cleared by itself. */
export type Cargo = BoundBox | LooseCargo;

export const isLoose = (cargo: Cargo): cargo is LooseCargo => 'kind' in cargo;
export const keyOf = (cargo: Cargo): string => (isLoose(cargo) ? cargo.key : cargo.container);

/** A box is named by its number, loose cargo by its document. */
export function isNamed(proof: ProofFact, cargo: Cargo): boolean {
  if (!isLoose(cargo)) return names(proof.containers, cargo.container);
  return cargo.consignmentId !== undefined && proof.consignmentId === cargo.consignmentId;
}
