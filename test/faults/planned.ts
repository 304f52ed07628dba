/** Trucks for the fault campaigns, with what the feed says about them. */
import type { FeedRecord, PlannedPassage, Truck } from '../../src/simulation/traffic.ts';

export interface TruckWish {
  readonly number: number;
  readonly direction: 'in' | 'out';
  readonly containers: readonly string[];
  /** Boxes that the customs proof and its consignment name; the truck's own if left out. */
  readonly covered?: readonly string[];
  /** Lineage of the customs proof. */
  readonly lineage?: string;
}

const rigs = ['粤BA1001', '粤BA1002', '粤BA1003', '粤BA1004'] as const;

export function rig(number: number): Truck {
  const plate = rigs[(number - 1) % rigs.length] ?? rigs[0];
  return { plate, tag: `E28011000000000000000${plate.slice(-3)}`, tareKg: 14_000 };
}

function put(kind: string, id: string, body: FeedRecord['body'], version = 1): FeedRecord {
  return { kind, id, version, op: 'put', body };
}

function proof(id: string, proofType: string, containers: readonly string[]): FeedRecord['body'] {
  return {
    lineage: id,
    proofType,
    state: 'granted',
    issuer: '5788',
    issuedAt: '2026-01-02T08:00:00Z',
    containers,
  };
}

export function planned(wish: TruckWish): PlannedPassage {
  const { number, direction, containers, covered = containers, lineage = `P-${number}` } = wish;
  const truck = rig(number);
  const transactionType = direction === 'in' ? 'exportLocal' : 'importLocal';
  const consignment = `D-${lineage}`;
  return {
    number,
    direction,
    scenario: 'released',
    intended: 'passed',
    truck,
    containers,
    cargoKg: 12_000,
    plateRead: { text: truck.plate, confidence: 98 },
    tagInCab: truck.tag,
    weightMissing: false,
    feed: [
      put('vehicle', `V-${truck.tag}`, {
        plates: [truck.plate],
        tags: [truck.tag],
        tareKg: truck.tareKg,
        status: 'valid',
      }),
      put('transaction', `T-${number}-${direction}`, {
        direction,
        transactionType,
        plate: truck.plate,
        containers,
        consignments: [],
      }),
      ...containers.map((container) =>
        put(
          'proof',
          `R-${number}-${container}`,
          proof(`R-${number}-${container}`, 'terminal_release', [container]),
        ),
      ),
      ...(direction === 'out'
        ? [
            put('consignment', consignment, {
              consignmentType: 'customsDeclaration',
              transactionType,
              containers: covered,
            }),
            put('proof', lineage, {
              ...proof(lineage, 'customs_declaration', covered),
              consignmentId: consignment,
            }),
          ]
        : []),
    ],
  };
}
