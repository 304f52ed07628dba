/** Which uses of proofs the ledger is asked for with a look-up: those for its cargo, and those that took of the same documents. */
import { looseKey } from '../../core/binding/bind.ts';
import { orderUseKeys, usesCountFrom } from '../../core/clearance/pass-orders.ts';
import type { GatheredFacts, ReleaseUse } from '../../core/facts.ts';
import { normaliseContainerText } from '../../core/identifiers/container-number.ts';
import type { Ledger } from '../../ports/ledger.ts';

export interface UsesAsked {
  /** What uses are kept under: boxes, documents as loose cargo, pass orders and what they draw on. */
  readonly useKeys: readonly string[];
  /** Boxes of each document, by the key that its uses as loose cargo are kept under. */
  readonly boxesOfLoose: ReadonlyMap<string, readonly string[]>;
  /** Of keys of parts: from when on their uses count. */
  readonly usesCountFromMs: ReadonlyMap<string, number>;
}

type Met = Pick<GatheredFacts, 'consignments' | 'proofs' | 'passOrders' | 'accounts'> & {
  readonly containers: readonly string[];
  /** Documents of the cargo that is in no box. */
  readonly looseIds: readonly string[];
};

/** A document may go by its boxes or loose, and what has gone in one way is not there for the other. */
export function usesAsked(met: Met): UsesAsked {
  const { containers, looseIds, consignments, proofs, passOrders, accounts } = met;
  const ids = [
    ...looseIds,
    ...consignments.map(({ id }) => id),
    ...proofs.flatMap(({ consignmentId }) => consignmentId ?? []),
  ];
  const boxesOfLoose = new Map(
    [...new Set(ids)].map((id) => [looseKey(id), boxesOf(id, met)] as const),
  );
  const useKeys = new Set([
    ...containers,
    ...boxesOfLoose.keys(),
    ...looseIds.flatMap((id) => boxesOfLoose.get(looseKey(id)) ?? []),
    ...orderUseKeys(passOrders),
  ]);
  const usesCountFromMs = usesCountFrom(passOrders, accounts);
  return { useKeys: [...useKeys], boxesOfLoose, usesCountFromMs };
}

function boxesOf(id: string, { consignments, proofs }: Met): readonly string[] {
  const ofDocument = consignments
    .filter((each) => each.id === id)
    .flatMap(({ containers, cargo = [] }) => [
      ...containers,
      ...cargo.map(({ container }) => normaliseContainerText(container)),
    ]);
  const ofProofs = proofs
    .filter(({ consignmentId }) => consignmentId === id)
    .flatMap((proof) => proof.containers);
  return [...new Set([...ofDocument, ...ofProofs])];
}

/** Where a document went loose all its boxes are asked for: what they took counts for what is left. */
export function usesIn(
  ledger: Pick<Ledger, 'usesOf'>,
  { useKeys, boxesOfLoose, usesCountFromMs }: UsesAsked,
): readonly ReleaseUse[] {
  const uses = ledger.usesOf(useKeys, usesCountFromMs);
  const boxes = uses.flatMap(({ container }) => boxesOfLoose.get(container) ?? []);
  const more = [...new Set(boxes)].filter((box) => !useKeys.includes(box));
  return more.length === 0 ? uses : [...uses, ...ledger.usesOf(more)];
}
