/** Comparisons of a good weight with tare, cargo, verified gross mass and the law. */
import t from 'tap';
import { decide, reasonText } from '../../../src/core/decision/decide.ts';
import type { GatheredFacts, TrailerFact, VehicleFact } from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import type { WeightOutcome } from '../../../src/core/weighing/weighing.ts';
import { consignment, noonMs, transaction, vehicle } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
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

function resultOf(check: string, given: Case) {
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
    { ...strictPolicy, rules: [{ direction: 'out', transactionTypes: types, checks }] },
  );
  const [result] = decision.checks;
  const { zh, en } = reasonText(result?.code ?? '', result?.evidence);
  return { told: result?.code ?? result?.outcome, evidence: result?.evidence, text: zh + en };
}

const toldBy = (check: string, given: Case = {}) => {
  const { told, text } = resultOf(check, given);
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

t.test('gross against tare and cargo', async (t) => {
  const truck = (given: Case) => toldBy('weight-truck', given);
  const toleranceKg = 900;
  t.equal(truck({ weightKg: 30_000 + toleranceKg }), 'pass');
  t.equal(truck({ weightKg: 30_001 + toleranceKg }), 'weight-differs');
  const sure = { tareUncertaintyKg: 40 };
  t.equal(truck({ weightKg: 30_040 + toleranceKg, truck: sure }), 'pass', 'the tare is uncertain');
  t.equal(truck({ weightKg: 30_041 + toleranceKg, truck: sure }), 'weight-differs');
  t.equal(truck({ weightKg: 36_000, trailer: { tareKg: 6_000 } }), 'pass', 'with the trailer');
  t.equal(truck({ weightKg: 30_000, trailer: { tareKg: 6_000 } }), 'weight-differs');
  t.equal(truck({ weightKg: 1, trailer: {} }), 'notApplicable', 'no tare, no comparison');
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
  const unread = { ...parts(7_000, 8_000).seen };
  const misread = { position: 'rear', raw: 'CBHU3202733', fault: 'nonconforming' } as const;
  const seen = { containers: [...(unread.containers ?? []).slice(0, 1), misread] };
  t.equal(
    toldBy('weight-truck', { ...parts(7_000, 8_000), seen }),
    'notApplicable',
    'a box without a number is there as well',
  );
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
