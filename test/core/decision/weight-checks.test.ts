/** Comparisons of a good weight with tare, cargo, verified gross mass and the law. */
import t from 'tap';
import { decide, reasonText } from '../../../src/core/decision/decide.ts';
import type { Policy } from '../../../src/core/decision/policy.ts';
import type {
  GatheredFacts,
  StuffingFact,
  TrailerFact,
  TransactionFact,
  VehicleFact,
} from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import type { WeightOutcome } from '../../../src/core/weighing/weighing.ts';
import { consignment, noonMs, transaction, vehicle } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { box, plate, readWell, released, tag } from '../../support/released.ts';

const trailerPlate = '粤B6789挂';
const second = 'CBHU3202732';
const withTrailer = {
  trailer: { text: trailerPlate as never, raw: trailerPlate, deviceIds: ['rear'] },
};

interface Case {
  readonly weightKg?: number;
  readonly weight?: Partial<Extract<WeightOutcome, { kind: 'weighed' }>>;
  readonly truck?: Partial<VehicleFact>;
  readonly trailer?: Partial<TrailerFact>;
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
  readonly nowWallMs?: number;
}

function resultOf(check: string, given: Case, policy: Policy = strictPolicy) {
  const { weightKg = 30_000, weight, truck = {}, trailer, facts = {}, seen = {} } = given;
  const identification: Identification = {
    ...readWell,
    ...(trailer && withTrailer),
    ...seen,
  };
  const checks = [{ check, onFail: 'refer', onUnknown: 'hold' } as const];
  const types = ['importLocal', 'emptyContainer', 'bobtail', 'unplanned'] as const;
  const { decision } = decide(
    {
      passageId: 'p-1' as never,
      direction: 'out',
      nowWallMs: given.nowWallMs ?? noonMs,
      requirements: { plate: true, containers: true, tag: true, weight: true },
      identification,
      weight: {
        kind: 'weighed',
        weightKg,
        basis: 'gross',
        stabilitySource: 'indicator',
        deviceId: 'scale' as never,
        ...weight,
      },
      facts: released({
        vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000, ...truck })],
        ...(trailer && {
          trailers: [
            {
              kind: 'trailer',
              id: 'T',
              source: 'customs',
              version: 1,
              asOfMs: noonMs,
              plate: trailerPlate,
              tags: [],
              status: 'valid',
              ...trailer,
            },
          ],
        }),
        consignments: [consignment({ id: 'D1', containers: [box], grossWeightKg: 15_000 })],
        ...facts,
      }),
    },
    { ...policy, rules: [{ direction: 'out', transactionTypes: types, checks }] },
  );
  const [result] = decision.checks;
  const { zh, en } = reasonText(result?.code ?? '', result?.evidence);
  return { told: result?.code ?? result?.outcome, evidence: result?.evidence, text: zh + en };
}

const toldBy = (check: string, given: Case = {}, policy?: Policy) => {
  const { told, text } = resultOf(check, given, policy);
  if (/[{}…]/.test(text)) throw new Error(text);
  return told;
};

t.test('tare of the rig', async (t) => {
  const known = (given: Case) => toldBy('tare-known', given);
  t.equal(known({}), 'pass');
  t.equal(known({ truck: { tareValidUntilMs: noonMs - 1 } }), 'tare-expired');
  t.equal(known({ truck: { tareValidUntilMs: noonMs } }), 'pass');
  t.equal(known({ trailer: {} }), 'tare-missing', 'a registered trailer without one');
  t.equal(known({ trailer: { tareKg: 6_000 } }), 'pass');
  t.equal(known({ trailer: { tareKg: 6_000, tareValidUntilMs: noonMs - 1 } }), 'tare-expired');
  t.equal(known({ facts: { vehicles: [vehicle({ plates: [plate], tags: [] })] } }), 'tare-missing');
});

t.test('a single box against its declared gross', async (t) => {
  const single = (given: Case) => toldBy('weight-box', given);
  const toleranceKg = 800;
  t.equal(single({ weightKg: 30_000 + toleranceKg }), 'pass');
  t.equal(single({ weightKg: 30_001 + toleranceKg }), 'box-weight-differs');
  t.equal(single({ weightKg: 29_999 - toleranceKg }), 'box-weight-differs');
  t.match(resultOf('weight-box', { weightKg: 20_000 }).evidence, {
    container: box,
    measuredKg: 5_000,
    declaredKg: 15_000,
    toleranceKg,
  });
  const sure = { tareUncertaintyKg: 40 };
  t.equal(single({ weightKg: 30_040 + toleranceKg, truck: sure }), 'pass', 'the tare is uncertain');
  t.equal(single({ weightKg: 30_041 + toleranceKg, truck: sure }), 'box-weight-differs');
  t.equal(single({ weightKg: 36_000, trailer: { tareKg: 6_000 } }), 'pass', 'with the trailer');
  t.equal(single({ weightKg: 30_000, trailer: { tareKg: 6_000 } }), 'box-weight-differs');
  t.equal(single({ weightKg: 1, trailer: {} }), 'notApplicable', 'no tare, no comparison');
  t.equal(single({ facts: { consignments: [] } }), 'notApplicable', 'nothing is declared');
  t.equal(single({ seen: { containers: [] } }), 'notApplicable');
  t.equal(toldBy('weight-truck', { weightKg: 20_000 }), 'notApplicable', 'it is told once');
  const { boxTolerance: _, ...policy } = strictPolicy;
  t.equal(toldBy('weight-box', { weightKg: 30_501 }, policy), 'box-weight-differs', 'of the truck');
});

t.test('cargo by what is in each box', async (t) => {
  const parts = (first: number, other?: number) => ({
    facts: {
      consignments: [
        consignment({
          id: 'D1',
          containers: [box, second],
          grossWeightKg: 99_000,
          cargo: [
            { container: box, grossWeightKg: first },
            ...(other === undefined ? [] : [{ container: second, grossWeightKg: other }]),
          ],
        }),
      ],
    },
    seen: {
      containers: [
        { position: 'front', raw: box, number: box as never },
        { position: 'rear', raw: second, number: second as never },
      ],
    } as Partial<Identification>,
  });
  t.equal(toldBy('weight-truck', { ...parts(7_000, 8_000) }), 'pass', 'the sum is compared');
  t.equal(toldBy('weight-truck', { ...parts(7_000, 12_000) }), 'weight-differs');
  t.equal(toldBy('weight-truck', { ...parts(7_000) }), 'notApplicable', 'one box is not known');
  t.equal(toldBy('weight-box', { ...parts(7_000, 8_000) }), 'box-weight-not-determinable');
  const unread = { ...parts(7_000, 8_000).seen };
  const misread = { position: 'rear', raw: 'CBHU3202733', fault: 'nonconforming' } as const;
  const seen = { containers: [...(unread.containers ?? []).slice(0, 1), misread] };
  t.equal(
    toldBy('weight-truck', { ...parts(7_000, 8_000), seen }),
    'notApplicable',
    'a box without a number is there as well',
  );
});

t.test('what is in the boxes, without rig and boxes', async (t) => {
  const work = (boxTares: TransactionFact['boxTares'] = [{ container: box, tareKg: 2_200 }]) => ({
    transactions: [
      transaction({
        direction: 'out',
        transactionType: 'importLocal',
        plate,
        containers: [box],
        boxTares,
      }),
    ],
  });
  const declared = (cargoKg: number | undefined, container = box) => ({
    consignments: [
      consignment({
        id: 'D1',
        containers: [box],
        cargo: [{ container, grossWeightKg: 15_000, ...(cargoKg !== undefined && { cargoKg }) }],
      }),
    ],
  });
  const cargo = (weightKg: number, facts: Partial<GatheredFacts>, seen: Case['seen'] = {}) =>
    toldBy('weight-cargo', { weightKg, facts: { ...work(), ...facts }, seen });
  const exactKg = 15_000 + 2_200 + 12_800;
  t.equal(cargo(exactKg + 800, declared(12_800)), 'pass');
  t.equal(cargo(exactKg + 801, declared(12_800)), 'cargo-weight-differs');
  t.equal(cargo(exactKg, declared(undefined)), 'notApplicable', 'nobody states it');
  t.equal(cargo(exactKg, { ...work([]), ...declared(12_800) }), 'box-tare-unknown');
  const stuffed = (...weights: (number | undefined)[]) => ({
    stuffings: [
      {
        kind: 'stuffing',
        id: 'S1',
        source: 'terminal',
        version: 1,
        asOfMs: noonMs,
        container: box,
        seals: [],
        consignments: weights.map((grossWeightKg, at) => ({
          consignmentId: `D${at}`,
          ...(grossWeightKg !== undefined && { grossWeightKg }),
        })),
      } satisfies StuffingFact,
    ],
  });
  t.equal(cargo(exactKg, { ...declared(9_000), ...stuffed(12_000, 800) }), 'pass', 'as stuffed');
  t.equal(cargo(exactKg, { ...declared(12_800), ...stuffed(9_000) }), 'cargo-weight-differs');
  t.equal(cargo(exactKg, { ...declared(12_800), ...stuffed(9_000, undefined) }), 'notApplicable');

  const two = {
    containers: [
      { position: 'front', raw: box, number: box as never },
      { position: 'rear', raw: second, number: second as never },
    ],
  } satisfies Case['seen'];
  t.equal(cargo(exactKg, declared(12_800), two), 'cargo-weight-unstated', 'of the other box');
  const misread = {
    containers: [two.containers[0], { position: 'rear', raw: 'X' }],
  } as Case['seen'];
  t.equal(cargo(exactKg, declared(12_800), misread), 'notApplicable', 'a box without a number');
});

t.test('a swapped plate shows by the tare of the truck that it belongs to', async (t) => {
  const empty = { seen: { containers: [] } };
  t.equal(toldBy('weight-truck', { ...empty, weightKg: 15_400 }), 'pass');
  t.equal(toldBy('weight-truck', { ...empty, weightKg: 17_000 }), 'weight-not-tare');
  const notSeen = { seen: { containers: [], containerCapture: 'none' as const } };
  t.equal(toldBy('weight-truck', { ...notSeen, weightKg: 17_000 }), 'notApplicable');
});

t.test('the law by axles and by day', async (t) => {
  const limit = (weightKg: number, given: Case = {}) =>
    toldBy('legal-gross-limit', { weightKg, ...given });
  const six = { truck: { axles: 3 }, trailer: { axles: 3 } };
  t.equal(limit(49_000, six), 'pass');
  t.equal(limit(49_001, six), 'gross-over-limit');
  const single = { ...six, truck: { axles: 3, singleDriveAxle: true } };
  t.equal(limit(46_000, single), 'pass');
  t.equal(limit(46_001, single), 'gross-over-limit');
  t.equal(limit(43_001, { truck: { axles: 2 }, trailer: { axles: 3 } }), 'gross-over-limit');
  t.equal(limit(36_001, { truck: { axles: 2 }, trailer: { axles: 2 } }), 'gross-over-limit');
  t.equal(limit(49_000, { truck: { axles: 3 }, trailer: { axles: 4 } }), 'pass', 'seven as six');
  t.equal(limit(25_000, { truck: { axles: 3 } }), 'pass');
  t.equal(limit(25_001, { truck: { axles: 3 } }), 'axles-unknown', 'a trailer that nobody read');
  t.equal(limit(18_000, { truck: { axles: 2 } }), 'pass');
  t.equal(limit(49_000), 'axles-unknown');
  t.equal(limit(49_000, { truck: { axles: 3 }, trailer: {} }), 'axles-unknown');
  const before = { ...six, nowWallMs: Date.UTC(2016, 8, 20, 15, 59) };
  t.equal(limit(80_000, before), 'notApplicable', 'before the law of the policy');
});

t.test('verified gross mass', async (t) => {
  const declared = (weightKg: number, containers = [box]) => ({
    facts: {
      transactions: [
        transaction({
          direction: 'out',
          transactionType: 'importLocal',
          plate,
          containers,
          verifiedGross: containers.map((container) => ({ container, weightKg })),
        }),
      ],
    },
  });
  const vgm = (weightKg: number, given: Case) => toldBy('vgm-tolerance', { weightKg, ...given });
  t.equal(vgm(15_000 + 21_000, declared(20_000)), 'pass');
  t.equal(vgm(15_000 + 21_001, declared(20_000)), 'vgm-differs');
  t.equal(vgm(15_000 + 31_500, declared(30_000)), 'pass', 'five per cent');
  t.equal(vgm(30_000, {}), 'notApplicable', 'none was declared');
  const expired = { ...declared(20_000), truck: { tareValidUntilMs: noonMs - 1 } };
  t.equal(vgm(35_000, expired), 'vgm-tare-unknown');
  const two = {
    ...declared(10_000, [box, second]),
    seen: {
      containers: [
        { position: 'front', raw: box, number: box as never },
        { position: 'rear', raw: second, number: second as never },
      ],
    } as Partial<Identification>,
  };
  t.equal(vgm(15_000 + 20_500, two), 'pass', 'the sum of both');
  t.equal(vgm(15_000 + 10_000, two), 'vgm-differs');
});

t.test('what spoils a weighing, and a zero that has shifted', async (t) => {
  const undisturbed = (findings: Extract<WeightOutcome, { kind: 'weighed' }>['findings']) =>
    toldBy('weight-undisturbed', { weight: findings ? { findings } : {} });
  t.equal(undisturbed(undefined), 'pass');
  t.equal(undisturbed([{ kind: 'offDeck', point: 'deckFront' }]), 'weight-off-deck');
  t.equal(undisturbed([{ kind: 'lateStep', fromKg: 1, toKg: 2 }]), 'weight-late-step');
  t.equal(undisturbed([{ kind: 'secondVehicle', fromKg: 1, toKg: 2 }]), 'weight-second-vehicle');
  const zero = (zeroKg: number) => toldBy('weight-stable', { weight: { zeroKg } });
  t.equal(zero(100), 'pass');
  t.equal(zero(-100), 'pass');
  t.equal(zero(101), 'weight-zero-shifted');
  t.equal(zero(-101), 'weight-zero-shifted');
});

t.test('nothing on the truck, and nothing in the box, by two witnesses', async (t) => {
  const plan = (transactionType: 'bobtail' | 'emptyContainer', containers: string[]) => ({
    transactions: [transaction({ direction: 'out', transactionType, plate, containers })],
  });
  const bare = { seen: { containers: [] }, facts: plan('bobtail', []) };
  const emptiness = (given: Case) => toldBy('emptiness-proven', given);
  t.equal(emptiness({ ...bare, weightKg: 15_400 }), 'pass', 'weight and camera');
  t.equal(emptiness({ ...bare, weightKg: 17_000 }), 'weight-not-empty');
  const unseen = { containers: [], containerCapture: 'none' as const };
  t.equal(
    emptiness({ ...bare, seen: unseen, weightKg: 15_400 }),
    'emptiness-one-witness',
    'not read is not not there',
  );
  const noTare = { ...bare, truck: { tareValidUntilMs: noonMs - 1 } };
  t.equal(emptiness({ ...noTare, weightKg: 15_400 }), 'emptiness-one-witness');
  t.equal(emptiness({ facts: plan('bobtail', []), weightKg: 15_400 }), 'box-on-bobtail');
  t.equal(emptiness({ weightKg: 15_400 }), 'notApplicable', 'cargo is planned');

  const box1 = { facts: plan('emptyContainer', [box]) };
  t.equal(emptiness({ ...box1, weightKg: 18_000 }), 'pass', 'weight and the terminal');
  t.equal(emptiness({ ...box1, weightKg: 23_000 }), 'weight-not-empty');
  t.equal(
    emptiness({ facts: { ...box1.facts, proofs: [] }, weightKg: 18_000 }),
    'emptiness-one-witness',
  );
});

t.test('a lane opens for a box that weighs what was declared, and for no other', async (t) => {
  const requirements = { plate: true, containers: true, tag: true, weight: true };
  for (const [weightKg, reasons] of [
    [30_000, []],
    [33_000, ['box-weight-differs']],
  ] as const) {
    const lane = new LaneStory({ requirements });
    lane.facts = released({
      vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000 })],
      consignments: [consignment({ id: 'D1', containers: [box], grossWeightKg: 15_000 })],
    });
    lane.ready().arrive().plate(plate).tag(tag).boxes(box).weight(weightKg);
    t.equal(lane.opens(), reasons.length === 0 ? 1 : 0);
    t.strictSame(lane.state.passages[0]?.reasons, reasons);
  }
});
