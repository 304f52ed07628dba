/**
 * Clearance of each box by itself: a full set of required proofs that name the box, none revoked, none
 * expired, none already used for it, and no hold. What is not known is said to be unknown; a box that is not
 * named is not covered, however many facts speak of its neighbour.
 */
import type { Binding } from '../binding/bind.ts';
import type {
  Direction,
  FactKind,
  GatheredFacts,
  HoldFact,
  HoldMove,
  ProofFact,
  ProofType,
  TransactionType,
} from '../facts.ts';
import { factKinds } from '../facts.ts';
import { normalisePlateText } from '../identifiers/vehicle-plate.ts';
import type { PassageId } from '../identity.ts';
import type { PartialUse, ReleaseReservation } from '../ledger-change.ts';
import { type Cargo, isLoose, isNamed, keyOf } from './cargo.ts';
import { consignmentIdsOf } from './documents-in.ts';
import { draftFor, isUseFor, usesAhead } from './earlier-uses.ts';
import { type Freshness, staleSources } from './freshness.ts';
import { joinedParts, type Overdraft } from './partial-release.ts';
import { clearOrders, type OrderClearance, orderKey, orderProofs } from './pass-orders.ts';
import {
  chooseProofs,
  type IndependenceAspect,
  type ProofRequirement,
  type RequiredSet,
} from './proof-choice.ts';
import { isByManifestAlone, recognisedManifests } from './recognised-manifest.ts';
import { concerns, documentsOf, resembles, stops } from './restrictions.ts';
import { type RevokedLineage, standingRevocation } from './standing-revocation.ts';

export interface RequiredProofs {
  readonly direction: Direction;
  readonly transactionType: TransactionType;
  readonly require: readonly ProofRequirement[];
  /** Name of a reading of the dual information whose requirements are added. */
  readonly reading?: string;
}

/** One of the known readings of dual information (双信息): what it asks for, and in what the two have to differ. */
export interface DualInformation {
  readonly require: readonly ProofRequirement[];
  readonly independentBy?: readonly IndependenceAspect[];
}

/** Why a proof that names the box does not count. */
export type ProofObjection = 'revoked' | 'expired' | 'used' | 'overdrawn';

export interface ObjectedProof {
  readonly proofType: ProofType;
  readonly lineage: string;
  readonly objection: ProofObjection;
  /** Of one that is overdrawn. */
  readonly over?: Overdraft;
}

export interface BoxClearance {
  /** The box; of loose cargo the key under which its uses are kept. */
  readonly container: string;
  /** `undefined`: the policy does not say what this box needs, so nothing can cover it. */
  readonly required: readonly ProofRequirement[] | undefined;
  readonly missing: readonly ProofRequirement[];
  readonly proofs: readonly ProofFact[];
  /** It would leave on manifests alone. */
  readonly byManifestAlone: boolean;
  readonly objections: readonly ObjectedProof[];
  /** A revoked proof beside those that cover it, of which nobody can tell that it is of something else. */
  readonly revokedBeside?: RevokedLineage;
  /** A document of it with dangerous goods. */
  readonly dangerousConsignment?: string;
  /** A permit for them names it and is in force. It is not used up. */
  readonly dangerousPermitted: boolean;
  readonly holds: readonly HoldFact[];
  readonly taints: readonly string[];
  /** What the commit reserves if the box goes. */
  readonly releases: readonly ReleaseReservation[];
}

export interface Clearance {
  readonly boxes: readonly BoxClearance[];
  readonly orders: readonly OrderClearance[];
  /** What the commit reserves if the truck goes: that of all boxes and orders, each once. */
  readonly releases: readonly ReleaseReservation[];
  readonly vehicleHolds: readonly HoldFact[];
  /** Why it is not known whether the vehicle is held. */
  readonly vehicleTaints: readonly string[];
  /** Sources entitled to hold or revoke that are not current: "not held" is unknown while any is listed. */
  readonly staleHoldSources: readonly string[];
  /** Kinds that hold or revoke and that no source speaks of. */
  readonly unspokenHoldKinds: readonly FactKind[];
  /** Sources of anything else that a decision rests on that are not current. */
  readonly staleOtherSources: readonly string[];
}

export interface ClearanceOptions extends Freshness {
  readonly passageId: PassageId;
  readonly direction: Direction;
  readonly nowWallMs: number;
  readonly requiredProofs: readonly RequiredProofs[];
  readonly readings?: Readonly<Record<string, DualInformation>>;
}

export function clear(
  binding: Binding,
  facts: GatheredFacts,
  options: ClearanceOptions,
): Clearance {
  const move: HoldMove = options.direction === 'in' ? 'enter' : 'leave';
  const plates = binding.rigPlates;
  const placed = facts.holds.filter((h) => h.state === 'placed' && h.moves.includes(move));
  const uses = facts.uses.filter(({ passageId }) => passageId !== options.passageId);
  const ordered = { ...facts, uses, proofs: [...facts.proofs, ...orderProofs(binding.passOrders)] };
  const inBoxes = binding.boxes.map((box) => clearCargo(box, placed, ordered, options));
  const ahead = usesAhead(
    inBoxes.flatMap(({ releases }) => releases),
    options,
  );
  const withBoxes = { ...ordered, uses: [...uses, ...ahead] };
  const loose = binding.looseCargo.map((each) => clearCargo(each, placed, withBoxes, options));
  const boxes = [...inBoxes, ...loose];
  const orders = clearOrders(binding.passOrders, facts, options.passageId);
  return {
    boxes,
    orders,
    releases: distinct([...boxes, ...orders].flatMap(({ releases }) => releases)),
    vehicleHolds: placed.filter(
      ({ subject }) =>
        subject.kind === 'vehicle' && plates.includes(normalisePlateText(subject.plate)),
    ),
    vehicleTaints: facts.taints
      .filter((t) => plates.some((text) => t.resembles === `plate:${text}`))
      .map((t) => t.reason),
    staleHoldSources: staleSources(facts.sources, holdKinds, options),
    unspokenHoldKinds: holdKinds.filter(
      (kind) => !facts.sources.some(({ kinds }) => kinds.includes(kind)),
    ),
    staleOtherSources: staleSources(facts.sources, otherKinds, options),
  };
}

const holdKinds: readonly FactKind[] = ['hold', 'proof'];
/** Kept for others: no decision rests on them. */
const unjudgedKinds: readonly FactKind[] = [
  'enterprise',
  'vessel',
  'calendar',
  'exit-registration',
];
const otherKinds = factKinds.filter((kind) => ![...holdKinds, ...unjudgedKinds].includes(kind));

/** A box and its order, or two boxes of one order, ask for the same use; parts of one stock are drawn together. */
function distinct(releases: readonly ReleaseReservation[]): readonly ReleaseReservation[] {
  const byUse = new Map<string, ReleaseReservation>();
  for (const each of releases) {
    const key = `${each.container} ${each.lineage}`;
    const before = byUse.get(key)?.part;
    byUse.set(key, before && each.part ? { ...each, part: joinedParts(before, each.part) } : each);
  }
  return [...byUse.values()];
}

/** The first box that lacks a proof because the one it has is revoked, expired or used. */
export function lackedFor(
  boxes: readonly BoxClearance[],
  objection: ProofObjection,
): { readonly container: string; readonly proof: ProofType; readonly lineage: string } | undefined {
  for (const { container, missing, objections } of boxes) {
    const found = objections.find(
      (o) => o.objection === objection && missing.some((m) => m.anyOf.includes(o.proofType)),
    );
    if (found) return { container, proof: found.proofType, lineage: found.lineage };
  }
  return undefined;
}

/** The first document of which more is to go than is left, where nothing else covers it. */
export function overdrawnOf(
  boxes: readonly BoxClearance[],
): ({ readonly container: string } & Overdraft) | undefined {
  for (const { container, missing, objections } of boxes) {
    const found = objections.find(
      ({ over, proofType }) => over && missing.some((m) => m.anyOf.includes(proofType)),
    );
    if (found?.over) return { container, ...found.over };
  }
  return undefined;
}

function clearCargo(
  box: Cargo,
  placed: readonly HoldFact[],
  facts: GatheredFacts,
  options: ClearanceOptions,
): BoxClearance {
  const required = requirementsFor(box, options);
  const recognised = isLoose(box) || options.direction === 'in' ? [] : recognisedManifests(box);
  const naming = [...facts.proofs.filter((proof) => isNamed(proof, box)), ...recognised];
  const judged = naming.map((proof) => {
    const draft = draftFor(proof, box, facts);
    return { proof, draft, objection: objectionTo(proof, facts, options) ?? draft.objection };
  });
  const good = judged.filter((j) => j.objection === undefined).map((j) => j.proof);
  const parts = new Map(judged.map(({ proof, draft }) => [proof, draft.part]));
  const consignmentIds = consignmentIdsOf(box, facts);
  const chosen = chooseProofs(required ?? { require: [], independentBy: [] }, good, consignmentIds);
  const revokedBeside = standingRevocation({
    naming,
    good,
    consignmentIds,
    proofs: facts.proofs,
    required: required?.require ?? [],
    uses: facts.uses.filter((use) => isUseFor(use, box)),
    nowWallMs: options.nowWallMs,
  });
  const documents = documentsOf(box, naming, facts);
  const dangerous = box.consignments.find((c) => c.dangerous === true);
  return {
    container: keyOf(box),
    required: required?.require,
    missing: chosen.missing,
    proofs: chosen.proofs,
    byManifestAlone: options.direction === 'out' && isByManifestAlone(chosen.proofs),
    objections: judged.flatMap(({ proof: { proofType, lineage }, objection, draft }) =>
      objection === undefined
        ? []
        : [
            {
              proofType,
              lineage,
              objection,
              ...(objection === 'overdrawn' && draft.over && { over: draft.over }),
            },
          ],
    ),
    ...(revokedBeside && { revokedBeside }),
    ...(dangerous && { dangerousConsignment: dangerous.id }),
    dangerousPermitted: good.some(({ proofType }) => proofType === 'dangerous_goods_permit'),
    holds: placed.filter((hold) => stops(hold, box, documents)),
    taints: facts.taints
      .filter((t) => resembles(t.resembles, box, documents) || concerns(t.resembles, naming))
      .map((t) => t.reason),
    releases: distinctReleases(chosen.proofs, keyOf(box), parts),
  };
}

/** Of a box that is planned under several regimes all that any of them asks for. */
function requirementsFor(box: Cargo, options: ClearanceOptions): RequiredSet | undefined {
  const required = new Map<string, ProofRequirement>();
  const independentBy: (readonly IndependenceAspect[])[] = [];
  for (const type of box.plannedTypes) {
    const entry = options.requiredProofs.find(
      (r) => r.direction === options.direction && r.transactionType === type,
    );
    const reading = entry?.reading === undefined ? undefined : options.readings?.[entry.reading];
    if (!entry || (entry.reading !== undefined && !reading)) return undefined;
    for (const each of [...entry.require, ...(reading?.require ?? [])])
      required.set(requirementKey(each), each);
    if (reading?.independentBy) independentBy.push(reading.independentBy);
  }
  return box.plannedTypes.length === 0
    ? undefined
    : { require: [...required.values()], independentBy };
}

const requirementKey = ({ anyOf, medium, leg }: ProofRequirement) =>
  [...[...anyOf].sort(), medium ?? '', leg ?? ''].join('|');

function objectionTo(
  proof: ProofFact,
  facts: GatheredFacts,
  options: ClearanceOptions,
): ProofObjection | undefined {
  if (isRevoked(proof, facts.proofs)) return 'revoked';
  if (proof.validUntilMs !== undefined && proof.validUntilMs < options.nowWallMs) return 'expired';
  return undefined;
}

/**
 * A revocation wins over every grant of its lineage, of whatever version and in whatever order they came: grants
 * are re-issued by clerks and copied by systems that know nothing of it. Only its own record ends it, by a higher
 * version that grants or by being deleted.
 */
function isRevoked(proof: ProofFact, proofs: readonly ProofFact[]): boolean {
  return proofs.some((other) => other.lineage === proof.lineage && other.state === 'revoked');
}

function distinctReleases(
  proofs: readonly ProofFact[],
  container: string,
  parts: ReadonlyMap<ProofFact, PartialUse | undefined>,
): readonly ReleaseReservation[] {
  const byLineage = new Map(proofs.map((proof) => [proof.lineage, proof]));
  return [...byLineage].map(([lineage, proof]) => {
    const part = parts.get(proof);
    const key = proof.proofType === 'pass_order' ? orderKey(proof.id) : container;
    return { lineage, container: key, ...(part && { part }) };
  });
}
