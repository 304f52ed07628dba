/** A truck for which everything is there: register, planned work, consignment, both proofs, open visit. */
import type { DecisionInputs } from '../../src/core/decision/decide.ts';
import type { Identification } from '../../src/core/identification/identify.ts';
import { consignment, gathered, noonMs, proof, transaction, vehicle } from './facts.ts';

export const box = 'CSQU3054383';
export const plate = '粤B12345';
export const tag = 'E28068940000500A9D2298C6';

/** What is read of it by cameras that are certain, and its tag. */
export const readWell: Identification = {
  tractor: { text: plate as never, raw: plate, confidence: 0.97, deviceIds: ['camera'] },
  otherPlates: [],
  unreadablePlates: [],
  suspectTags: [],
  tags: [tag as never],
  containerCapture: 'captured',
  containers: [{ position: 'single', raw: box, number: box as never, confidence: 0.95 }],
  conflicts: [],
};

const visit = {
  visitId: 'v.1' as never,
  plate,
  enteredAtMs: noonMs - 9_000_000,
  containers: [],
};

export function released(change: Parameters<typeof gathered>[0] = {}) {
  return gathered({
    vehicles: [vehicle({ plates: [plate], tags: [tag] })],
    transactions: [
      transaction({ direction: 'out', transactionType: 'importLocal', plate, containers: [box] }),
    ],
    consignments: [consignment({ id: 'D1', containers: [box] })],
    proofs: [
      proof({ proofType: 'customs_declaration', containers: [box], consignmentId: 'D1' }),
      proof({ proofType: 'terminal_release', containers: [box] }),
    ],
    visits: [visit],
    ...change,
  });
}

/** A weight as an indicator tells it that knows when it is stable. */
export const weighed = (weightKg: number): DecisionInputs['weight'] => ({
  kind: 'weighed',
  weightKg,
  basis: 'gross',
  stabilitySource: 'indicator',
  deviceId: 'scale' as never,
});

/** That truck at noon on its way out. With a weight it stands in a lane that asks for one. */
export function atTheArm({
  grossKg,
  ...change
}: Partial<DecisionInputs> & { readonly grossKg?: number | undefined } = {}): DecisionInputs {
  return {
    passageId: 'p-1' as never,
    direction: 'out',
    nowWallMs: noonMs,
    requirements: { plate: true, containers: true, tag: true, weight: grossKg !== undefined },
    identification: readWell,
    weight: grossKg === undefined ? { kind: 'noWeight', reason: 'noReading' } : weighed(grossKg),
    facts: released(),
    ...change,
  };
}

/** An officer's release by hand with all that any policy asks for. */
export const byHand: NonNullable<DecisionInputs['order']> = {
  kind: 'manualRelease',
  by: { name: 'officer-1', role: 'customs-officer', actId: 'act-00000001' },
  reason: 'documentsSeen',
  reference: 'A-2026-17',
  second: { name: 'supervisor-1', role: 'supervisor' },
};
