/** Facts with what a test does not care about filled in. */
import {
  type ConsignmentFact,
  type FactsQuery,
  type GatheredFacts,
  type HoldFact,
  noFacts,
  type ProofFact,
  type SourceState,
  type TransactionFact,
  type VehicleFact,
} from '../../src/core/facts.ts';

export const noonMs = Date.UTC(2026, 10, 23, 4, 0, 0);

const head = { source: 'customs', version: 1, asOfMs: noonMs - 3_600_000 };

export function proof(
  change: Partial<ProofFact> & Pick<ProofFact, 'proofType' | 'containers'>,
): ProofFact {
  const id = change.id ?? `${change.proofType}-${change.containers.join('-')}`;
  return {
    kind: 'proof',
    ...head,
    id,
    lineage: id,
    state: 'granted',
    issuer: 'customs-5788',
    issuedAtMs: noonMs - 7_200_000,
    ...change,
  };
}

export function hold(change: Partial<HoldFact> & Pick<HoldFact, 'subject'>): HoldFact {
  return {
    kind: 'hold',
    ...head,
    id: 'hold-1',
    moves: ['enter', 'leave'],
    instruction: 'stop',
    state: 'placed',
    authority: 'customs-5788',
    reason: 'document check',
    ...change,
  };
}

export function vehicle(
  change: Partial<VehicleFact> & Pick<VehicleFact, 'plates' | 'tags'>,
): VehicleFact {
  return { kind: 'vehicle', ...head, id: change.plates.join('+'), status: 'valid', ...change };
}

export function transaction(
  change: Partial<TransactionFact> &
    Pick<TransactionFact, 'direction' | 'transactionType' | 'containers'>,
): TransactionFact {
  return {
    kind: 'transaction',
    ...head,
    id: `t-${change.containers.join('-')}`,
    consignments: [],
    ...change,
  };
}

export function consignment(
  change: Partial<ConsignmentFact> & Pick<ConsignmentFact, 'id' | 'containers'>,
): ConsignmentFact {
  return {
    kind: 'consignment',
    ...head,
    consignmentType: 'customsDeclaration',
    transactionType: 'importLocal',
    ...change,
  };
}

export function source(change: Partial<SourceState> = {}): SourceState {
  return {
    source: 'customs',
    kinds: ['consignment', 'proof', 'hold', 'vehicle', 'transaction'],
    watermarkAtMs: noonMs - 10_000,
    watermarkSequence: 100,
    appliedSequence: 100,
    gaps: [],
    ...change,
  };
}

const noQuery: FactsQuery = { direction: 'out', plates: [], tags: [], containers: [] };

export function gathered(change: Partial<GatheredFacts> = {}): GatheredFacts {
  return {
    query: noQuery,
    ...noFacts,
    sources: [source()],
    taints: [],
    uses: [],
    visits: [],
    clockState: 'synced',
    stamp: 'stamp-1',
    ...change,
  };
}
