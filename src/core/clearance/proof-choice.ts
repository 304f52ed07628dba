/**
 * Which proofs meet which requirements. Two requirements are met by independent proofs (双信息): of another issuer, act or
 * kind of record, never by two copies of one statement, however many links they came over.
 */
import type { ProofFact, ProofType } from '../facts.ts';

/** One required proof: any of these types serves. */
export interface ProofRequirement {
  readonly anyOf: readonly ProofType[];
  /** Only of this medium; what does not say is electronic. */
  readonly medium?: NonNullable<ProofFact['medium']>;
  /**
   * About the leg by water that ended here: there a manifest that is recognised mutually (舱单互认) stands for the transfer
   * declaration. It counts for boxes that leave by land, and never alone.
   */
  readonly leg?: 'water';
}

/** In what two proofs may differ that they count as two. */
export type IndependenceAspect = 'issuer' | 'act' | 'recordKind';

export const independenceAspects: readonly IndependenceAspect[] = ['issuer', 'act', 'recordKind'];

/** What a box needs: its requirements, and for each rule that applies in what their proofs have to differ. */
export interface RequiredSet {
  readonly require: readonly ProofRequirement[];
  readonly independentBy: readonly (readonly IndependenceAspect[])[];
}

export interface ProofChoice {
  readonly missing: readonly ProofRequirement[];
  readonly proofs: readonly ProofFact[];
}

/** A box with several consignments (拼柜) needs a proof for each of them, unless the proof is about the box as such. */
export function chooseProofs(
  { require, independentBy }: RequiredSet,
  good: readonly ProofFact[],
  consignmentIds: readonly string[],
): ProofChoice {
  const [requirement, ...others] = require;
  if (!requirement) return { missing: [], proofs: [] };
  const rest = { require: others, independentBy };
  let best: ProofChoice | undefined;
  for (const covering of coverings(
    good.filter((proof) => fits(proof, requirement)),
    consignmentIds,
  )) {
    const left = good.filter((each) =>
      covering.every((proof) => areIndependent(proof, each, independentBy)),
    );
    const { missing, proofs } = chooseProofs(rest, left, consignmentIds);
    if (!best || missing.length < best.missing.length) {
      best = { missing, proofs: [...covering, ...proofs] };
    }
    if (missing.length === 0) return best;
  }
  if (best && best.missing.length <= 1) return best;
  const without = chooseProofs(rest, good, consignmentIds);
  return best && best.missing.length <= without.missing.length + 1
    ? best
    : { ...without, missing: [requirement, ...without.missing] };
}

function fits(
  { proofType, medium = 'electronic' }: ProofFact,
  { anyOf, medium: wanted = medium, leg }: ProofRequirement,
): boolean {
  if (medium !== wanted) return false;
  if (proofType === 'recognised_manifest') return leg === 'water' && anyOf.includes('transfer');
  return anyOf.includes(proofType);
}

/** Of proofs that differ in nothing that independence looks at one is as good as the other. */
function coverings(
  fitting: readonly ProofFact[],
  consignmentIds: readonly string[],
): readonly (readonly ProofFact[])[] {
  const kinds = new Map(fitting.map((proof) => [kindOf(proof), proof]));
  const ofBox = fitting.filter(
    ({ consignmentId }) => consignmentId === undefined || consignmentIds.length === 0,
  );
  const alone = new Map(ofBox.map((proof) => [`${kindOf(proof)} ${proof.lineage}`, [proof]]));
  const each = [...kinds.keys()].flatMap((kind) => {
    const found = consignmentIds.map((id) => {
      const own = fitting.filter(({ consignmentId }) => consignmentId === id);
      return own.find((proof) => kindOf(proof) === kind) ?? own[0];
    });
    return found.length > 0 && found.every((proof) => proof !== undefined) ? [found] : [];
  });
  return [...alone.values(), ...each];
}

function kindOf(proof: ProofFact): string {
  return JSON.stringify([proof.issuer, proof.act, recordKindOf(proof)]);
}

const recordKindOf = ({ proofType, medium = 'electronic' }: ProofFact) => `${proofType} ${medium}`;

function areIndependent(
  a: ProofFact,
  b: ProofFact,
  independentBy: RequiredSet['independentBy'],
): boolean {
  if (a.lineage === b.lineage) return false;
  return [independenceAspects, ...independentBy].every((aspects) =>
    aspects.some((aspect) => differ(a, b, aspect)),
  );
}

/** Acts are known to be two only where both are named. */
function differ(a: ProofFact, b: ProofFact, aspect: IndependenceAspect): boolean {
  switch (aspect) {
    case 'issuer':
      return a.issuer !== b.issuer;
    case 'act':
      return a.act !== undefined && b.act !== undefined && a.act !== b.act;
    case 'recordKind':
      return recordKindOf(a) !== recordKindOf(b);
  }
}
