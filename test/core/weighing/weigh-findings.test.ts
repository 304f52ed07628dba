/** Weighings that a stable reading alone would let through: published frauds, and a platform that is not at zero. */
import t from 'tap';
import type { WeightReading } from '../../../src/core/observation.ts';
import {
  addWeightReading,
  beginWeighing,
  emptyWeighing,
  type Weighing,
  type WeighingOptions,
} from '../../../src/core/weighing/weighing.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const stable = (weightKg: number): WeightReading => ({
  kind: 'weightReading',
  weightKg,
  basis: 'gross',
  stability: { state: 'stable', source: 'indicator' },
  condition: 'ok',
});
const moving = (weightKg: number): WeightReading => ({
  ...stable(weightKg),
  stability: { state: 'moving', source: 'indicator' },
});

type Step = readonly [WeightReading, Partial<WeighingOptions>?];

function weigh(steps: readonly Step[], from = emptyWeighing): Weighing {
  return steps.reduce(
    (weighing, [observation, options = {}], i) =>
      addWeightReading(
        weighing,
        {
          deviceId: 'scale-1' as never,
          receivedAt: { wallMs: 0, monotonicMs: 100 * i },
          observation,
        },
        { vehicleWeightKgMin: 1_000, ...options },
      ),
    from,
  );
}

const findings = (...steps: readonly Step[]) => {
  const { outcome } = weigh(steps);
  return outcome.kind === 'weighed' ? (outcome.findings ?? []) : outcome.reason;
};

t.test('a weight that stays is undisturbed', async (t) => {
  t.strictSame(findings([moving(12_000)], [stable(31_240)], [stable(31_240)]), []);
  t.strictSame(findings([stable(31_240)], [stable(31_739)]), [], 'rocking is no step');
  t.strictSame(findings([stable(7_000)], [stable(31_240)]), [], 'it paused with one axle on');
});

t.test('a load that comes or goes after the weight was steady', async (t) => {
  t.strictSame(findings([stable(31_240)], [moving(31_300)], [stable(31_740)]), [
    { kind: 'lateStep', fromKg: 31_240, toKg: 31_740 },
  ]);
  t.match(findings([stable(31_240)], [stable(25_000)]), [{ kind: 'lateStep', toKg: 25_000 }]);
  t.match(
    findings([stable(31_240)], [stable(33_000)], [stable(33_000)]),
    [{ kind: 'lateStep' }],
    'and it is not forgotten once the weight is steady again',
  );
});

t.test('a second vehicle comes up while the weight changes', async (t) => {
  t.match(findings([stable(31_240)], [stable(38_000), { isFollowed: true }]), [
    { kind: 'secondVehicle', fromKg: 31_240, toKg: 38_000 },
  ]);
  t.strictSame(
    findings([stable(31_240)], [stable(31_240), { isFollowed: true }]),
    [],
    'one that waits behind the platform changes nothing',
  );
});

t.test('a wheel beside the platform', async (t) => {
  const off = { deck: { deckFront: 'clear', deckRear: 'occupied' } } as const;
  t.strictSame(findings([stable(24_000), off]), [{ kind: 'offDeck', point: 'deckRear' }]);
  t.strictSame(
    findings([stable(24_000), off], [stable(24_100), { deck: { deckRear: 'clear' } }]),
    [],
    'it has rolled on since',
  );
  t.strictSame(findings([stable(24_000), { deck: { deckRear: 'unknown' } }]), [], 'not wired');
});

t.test('findings are bounded, and gone with a lost platform', async (t) => {
  const steps = Array.from({ length: 50 }, (_, i): Step => [stable(20_000 + 1_000 * (i % 2))]);
  t.equal(findings(...steps).length, 8);
});

t.test('the zero of before the vehicle came, while it is recent', async (t) => {
  const zero = { weightKg: -40, atMonotonicMs: 1_000 };
  const begun = beginWeighing(zero, { nowMonotonicMs: 61_000, zeroAgeMsMax: 60_000 });
  t.match(weigh([[stable(31_240)]], begun).outcome, { zeroKg: -40 });
  t.strictSame(
    beginWeighing(zero, { nowMonotonicMs: 61_001, zeroAgeMsMax: 60_000 }),
    emptyWeighing,
  );
  t.strictSame(
    beginWeighing(undefined, { nowMonotonicMs: 0, zeroAgeMsMax: 60_000 }),
    emptyWeighing,
  );
});

t.test('a lane takes the zero only while nobody is near', async (t) => {
  const weighedAfter = (prepare: (lane: LaneStory) => LaneStory) => {
    const lane = new LaneStory();
    lane.facts = released();
    prepare(lane.ready()).arrive().plate(plate).tag(tag).weight(31_240).boxes(box);
    return lane;
  };
  const shifted = weighedAfter((lane) => lane.weight(160));
  t.equal(shifted.opens(), 0);
  t.match(shifted.state.passages[0]?.reasons, ['weight-zero-shifted']);
  t.equal(weighedAfter((lane) => lane.weight(100)).opens(), 1, 'within what a platform may show');
  t.equal(weighedAfter((lane) => lane.weight(160, 'moving')).opens(), 1, 'a truck rolls off');
  t.equal(
    weighedAfter((lane) =>
      lane.input('exit', 'unknown').weight(160).input('exit', 'clear'),
    ).opens(),
    1,
    'nobody knows whether somebody is near',
  );
});

t.test('the curve of a weighing stands in the entry of its passage', async (t) => {
  const lane = new LaneStory();
  lane.facts = released();
  lane.ready().arrive().plate(plate).tag(tag).weight(12_000, 'moving').pass(700);
  lane.weight(31_240).boxes(box).driveThrough();
  const ended = lane.changes
    .flatMap(({ events }) => events)
    .find(({ type }) => type === 'passage.ended.v1');
  t.strictSame(ended?.data['weighCurve'], [
    [0, 12_000],
    [700, 31_240],
  ]);
});

t.test('a vehicle that comes up behind while the weight changes is referred', async (t) => {
  const lane = new LaneStory();
  lane.facts = released();
  lane.ready().arrive().plate(plate).tag(tag).weight(31_240);
  lane.input('approach', 'clear').pass(2_000).input('approach', 'occupied');
  lane.weight(40_000).boxes(box);
  t.equal(lane.opens(), 0);
  t.match(lane.state.passages[0]?.reasons, ['weight-second-vehicle']);
});
