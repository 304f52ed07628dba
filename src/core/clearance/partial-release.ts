/** What one truck uses of a proof: all of it, once, or a part of its quantity. */
import type { LooseCargo } from '../binding/bind.ts';
import type { Quantity, ReleaseUse } from '../facts.ts';
import type { PartialUse } from '../ledger-change.ts';
import { isStated, leastOf, overdrawn, restOf, sumOf, takesOf } from './quantity.ts';

/** More is to go than is left. */
export interface Overdraft {
  readonly dimension: keyof Quantity;
  readonly wanted: number;
  readonly rest: number;
}

/** What a passage would use of a proof, and why it cannot. */
export interface Draft {
  readonly objection?: 'used' | 'overdrawn';
  readonly part?: PartialUse;
  readonly over?: Overdraft;
}

/**
 * Of several records of one lineage the least counts; a larger one opens more only by taking the smaller one's place.
 * Without a limit a proof is used once and whole. It has one where it states how much may go, or where the document
 * does and the plan says what this truck takes of it.
 */
export function limitOf(records: readonly Quantity[], cargo: LooseCargo): Quantity | undefined {
  const ofProof = leastOf(records);
  if (isStated(ofProof)) return ofProof;
  const ofDocument = leastOf(cargo.consignments);
  return cargo.load && isStated(ofDocument) ? ofDocument : undefined;
}

/** @param uses those of other passages */
export function draftOf(
  uses: readonly ReleaseUse[],
  limit: Quantity | undefined,
  load: Quantity | undefined,
): Draft {
  if (!limit || uses.some(({ takes }) => takes === undefined)) {
    return uses.length > 0 ? { objection: 'used' } : {};
  }
  const rest = restOf(limit, uses);
  const takes = takesOf(load, { limit, rest });
  const over = overdraftOf(takes, rest);
  return over ? { objection: 'overdrawn', over } : { part: { takes, limit } };
}

/** In what more is taken than is left; undefined where it is not. */
export function overdraftOf(takes: Quantity, rest: Quantity): Overdraft | undefined {
  const dimension = overdrawn(takes, rest);
  if (dimension === undefined) return undefined;
  return { dimension, wanted: takes[dimension] ?? 0, rest: rest[dimension] ?? 0 };
}

/** Two parts of one stock for one truck. */
export function joinedParts(one: PartialUse, other: PartialUse): PartialUse {
  return { ...other, takes: sumOf([one.takes, other.takes]) };
}
