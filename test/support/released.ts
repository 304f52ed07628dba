/** A truck for which everything is there: register, planned work, consignment, both proofs, open visit. */
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
