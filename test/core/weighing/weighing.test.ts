import t from 'tap';
import type { ObservedAt, WeightReading } from '../../../src/core/observation.ts';
import {
  addWeightReading,
  emptyWeighing,
  type Weighing,
} from '../../../src/core/weighing/weighing.ts';

const stable = { state: 'stable', source: 'indicator' } as const;

function reading(change: Partial<WeightReading>, atMs = 0): ObservedAt<WeightReading> {
  return {
    deviceId: 'scale' as never,
    receivedAt: { wallMs: 0, monotonicMs: 1_000 + atMs },
    observation: {
      kind: 'weightReading',
      weightKg: 31_000,
      basis: 'gross',
      stability: stable,
      condition: 'ok',
      ...change,
    },
  };
}

const weighed = (change: Partial<WeightReading>, before: Weighing = emptyWeighing) =>
  addWeightReading(before, reading(change), { vehicleWeightKgMin: 1_000 }).outcome;

function withoutWeight(): WeightReading {
  const { weightKg: _, ...rest } = reading({}).observation;
  return rest;
}

t.test(
  'a stable weight of a vehicle is a weight, and says where its stability comes from',
  async (t) => {
    t.strictSame(weighed({}), {
      kind: 'weighed',
      weightKg: 31_000,
      basis: 'gross',
      stabilitySource: 'indicator',
      deviceId: 'scale',
    });
    t.match(weighed({ stability: { state: 'stable', source: 'inferred' } }), {
      stabilitySource: 'inferred',
    });
  },
);

t.test('everything else is no weight, with its reason, and never 0 kg', async (t) => {
  const cases: readonly (readonly [Partial<WeightReading>, string])[] = [
    [{ stability: { state: 'moving', source: 'indicator' } }, 'unstable'],
    [{ weightKg: -20 }, 'negative'],
    [{ weightKg: 0 }, 'empty'],
    [{ weightKg: 999 }, 'empty'],
    [{ condition: 'overload' }, 'overload'],
    [{ condition: 'underload' }, 'underload'],
    [{ condition: 'error' }, 'error'],
  ];
  for (const [change, reason] of cases) {
    t.strictSame(weighed(change), { kind: 'noWeight', reason }, reason);
  }
  const observed = { ...reading({}), observation: withoutWeight() };
  const { outcome } = addWeightReading(emptyWeighing, observed, { vehicleWeightKgMin: 1_000 });
  t.strictSame(outcome, { kind: 'noWeight', reason: 'error' }, 'ok without a value is an error');
  t.strictSame(emptyWeighing.outcome, { kind: 'noWeight', reason: 'noReading' });
});

t.test(
  'the newest reading counts: a truck that rolls on after a stable weight has none',
  async (t) => {
    const before = addWeightReading(emptyWeighing, reading({}), { vehicleWeightKgMin: 1_000 });
    t.match(weighed({ stability: { state: 'moving', source: 'indicator' } }, before), {
      kind: 'noWeight',
    });
  },
);

t.test('the curve keeps what changed, thins itself, and never loses its ends', async (t) => {
  let weighing = emptyWeighing;
  const add = (change: Partial<WeightReading>, atMs: number) => {
    weighing = addWeightReading(weighing, reading(change, atMs), { vehicleWeightKgMin: 1_000 });
  };
  add({ weightKg: 100 }, 0);
  add({ weightKg: 100 }, 50);
  t.strictSame(weighing.curve, [{ atMs: 0, weightKg: 100 }]);
  weighing = addWeightReading(
    weighing,
    { ...reading({}, 60), observation: { ...withoutWeight(), condition: 'overload' } },
    { vehicleWeightKgMin: 1_000 },
  );
  t.equal(weighing.curve.length, 1, 'a reading without a weight is no point');
  for (let i = 1; i <= 500; i++) add({ weightKg: 100 + i * 20 }, 100 * i);
  t.ok(weighing.curve.length <= 64);
  t.strictSame(weighing.curve[0], { atMs: 0, weightKg: 100 });
  t.strictSame(weighing.curve.at(-1), { atMs: 50_000, weightKg: 10_100 });
});
