/**
 * What earlier uses have left of a proof for a box or for loose cargo. A document may go by its boxes or loose, and what has
 * gone in one way is not there for the other: its boxes count by the share of it that is in them, where that is stated.
 */
import { isPartialKey, looseKey, names } from '../binding/bind.ts';
import type {
  CargoInContainer,
  ConsignmentFact,
  GatheredFacts,
  ProofFact,
  Quantity,
  ReleaseUse,
} from '../facts.ts';
import { normaliseContainerText } from '../identifiers/container-number.ts';
import type { ReleaseReservation } from '../ledger-change.ts';
import { type Cargo, isLoose, isNamed } from './cargo.ts';
import { type Draft, draftOf, limitOf, overdraftOf } from './partial-release.ts';
import { isUseOf } from './pass-orders.ts';
import { isStated, leastOf, restOf } from './quantity.ts';

/** What a box of the truck is about to use is gone for its loose cargo; an order serves all of its truck. */
export function usesAhead(
  releases: readonly ReleaseReservation[],
  { passageId }: Pick<ReleaseUse, 'passageId'>,
): readonly ReleaseUse[] {
  return releases
    .filter(({ container }) => !isPartialKey(container))
    .map(({ lineage, container }) => ({ lineage, container, passageId, state: 'reserved' }));
}

type Facts = Pick<GatheredFacts, 'consignments' | 'proofs' | 'uses'>;

/** Whether it is a use for this box or this loose cargo. */
export function isUseFor({ container }: Pick<ReleaseUse, 'container'>, cargo: Cargo): boolean {
  return isLoose(cargo)
    ? container === cargo.key
    : normaliseContainerText(container) === cargo.container;
}

const loosePrefix = looseKey('');
const isLooseUse = ({ container }: Pick<ReleaseUse, 'container'>) =>
  container.startsWith(loosePrefix);

/** `facts` with the uses that count: of other passages, and for what else is on the truck. */
export function draftFor(proof: ProofFact, cargo: Cargo, facts: Facts): Draft {
  const { lineage, proofType } = proof;
  const others = facts.uses;
  // An order serves one passage, whatever it names.
  if (proofType === 'pass_order')
    return others.some((use) => isUseOf(use, proof)) ? { objection: 'used' } : {};
  const ofLineage = others.filter((use) => use.lineage === lineage);
  const own = ofLineage.filter((use) => isUseFor(use, cargo));
  if (!isLoose(cargo)) {
    return own.length > 0 || !isLeftFor(cargo.container, ofLineage, facts)
      ? { objection: 'used' }
      : {};
  }
  const records = facts.proofs.filter((p) => p.lineage === lineage && isNamed(p, cargo));
  const draft = draftOf(own, limitOf(records, cargo), cargo.load);
  const inBoxes = ofLineage.filter((use) => !isLooseUse(use));
  if (draft.objection || inBoxes.length === 0) return draft;
  return afterBoxes(draft, stockOf([...own, ...inBoxes], cargo.consignments, records), cargo.load);
}

/** Loose cargo of a document some boxes of which have gone: it has to be left in the document as a whole. */
function afterBoxes({ part }: Draft, stock: Stock | undefined, load: Quantity | undefined): Draft {
  if (!part || !stock) return { objection: 'used' };
  const rest = restOf(stock.limit, stock.taken);
  const takes = load ? part.takes : leastOf([part.takes, rest]);
  const over = overdraftOf(takes, rest);
  return over ? { objection: 'overdrawn', over } : { part: { ...part, takes } };
}

/** Whether what went loose, and in other boxes, has left as much as the document says to be in this one. */
function isLeftFor(container: string, uses: readonly ReleaseUse[], facts: Facts): boolean {
  const loose = uses.filter(isLooseUse);
  if (loose.length === 0) return true;
  const ids = new Set(loose.map((use) => use.container.slice(loosePrefix.length)));
  const documents = facts.consignments.filter(({ id }) => ids.has(id));
  const lineages = new Set(uses.map(({ lineage }) => lineage));
  const records = facts.proofs.filter(({ lineage }) => lineages.has(lineage));
  const stock = stockOf(uses, documents, records);
  const own = shareIn(container, documents);
  return (
    stock !== undefined && own !== undefined && !overdraftOf(own, restOf(stock.limit, stock.taken))
  );
}

interface Stock {
  readonly limit: Quantity;
  readonly taken: readonly { readonly takes: Quantity }[];
}

/** Undefined where the document as a whole, or what has gone of it, is not stated. */
function stockOf(
  uses: readonly ReleaseUse[],
  documents: readonly ConsignmentFact[],
  records: readonly ProofFact[],
): Stock | undefined {
  const ofDocument = leastOf(documents);
  const limit = isStated(ofDocument) ? ofDocument : leastOf(records);
  const taken = uses.map((use) => {
    const takes = isLooseUse(use) ? use.takes : shareIn(use.container, documents);
    return takes && { takes };
  });
  const known = taken.flatMap((each) => each ?? []);
  return isStated(limit) && known.length === taken.length ? { limit, taken: known } : undefined;
}

/** What of the documents is in a box, where one of them says it. */
function shareIn(container: string, documents: readonly ConsignmentFact[]): Quantity | undefined {
  const shares = documents.flatMap(({ cargo = [] }) =>
    cargo.filter((each) => names([each.container], normaliseContainerText(container))),
  );
  const share = leastOf(shares.map(quantityOf));
  return isStated(share) ? share : undefined;
}

/** The goods alone: that is what documents state. */
function quantityOf({ packages, cargoKg }: CargoInContainer): Quantity {
  return {
    ...(packages !== undefined && { packages }),
    ...(cargoKg !== undefined && { grossWeightKg: cargoKg }),
  };
}
