import t from 'tap';
import type { WeightReading } from '../../../src/core/observation.ts';
import {
  addWeightReading,
  emptyWeighing,
  type Weighing,
} from '../../../src/core/weighing/weighing.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

function reading(weightKg: number | undefined, change: Partial<WeightReading> = {}): WeightReading {
  return {
    kind: 'weightReading',
    ...(weightKg !== undefined && { weightKg }),
    basis: 'gross',
    stability: { state: 'stable', source: 'indicator' },
    condition: 'ok',
    ...change,
  };
}

function weighed(readings: readonly WeightReading[], vehicleWeightKgMin = 1_000): Weighing {
  return readings.reduce(
    (weighing, observation, i) =>
      addWeightReading(
        weighing,
        {
          deviceId: 'scale-1' as never,
          receivedAt: { wallMs: 0, monotonicMs: 100 * i },
          observation,
        },
        { vehicleWeightKgMin },
      ),
    emptyWeighing,
  );
}

const outcome = (...readings: readonly WeightReading[]) => weighed(readings).outcome;

t.test(
  'a weight is stable, positive, of a vehicle and without complaint, or it is none',
  async (t) => {
    t.match(outcome(reading(31_240)), { kind: 'weighed', weightKg: 31_240, basis: 'gross' });
    t.match(outcome(reading(1_000)), { kind: 'weighed' }, 'the least of a vehicle is one');
    const none = (reason: string) => ({ kind: 'noWeight', reason });
    t.strictSame(outcome(), none('noReading'));
    t.strictSame(outcome(reading(0)), none('empty'));
    t.strictSame(outcome(reading(999)), none('empty'));
    t.strictSame(outcome(reading(-20)), none('negative'));
    t.strictSame(outcome(reading(-31_240)), none('negative'));
    t.strictSame(outcome(reading(undefined)), none('error'), 'absent is not zero');
    const moving = { stability: { state: 'moving', source: 'indicator' } } as const;
    t.strictSame(outcome(reading(31_240, moving)), none('unstable'));
    for (const condition of ['overload', 'underload', 'error'] as const) {
      t.strictSame(outcome(reading(31_240, { condition })), none(condition));
      t.strictSame(outcome(reading(undefined, { condition })), none(condition));
    }
  },
);

t.test('zero is never a weight, whatever the site takes for the least of a vehicle', async (t) => {
  t.match(weighed([reading(0)], 0).outcome, { kind: 'noWeight', reason: 'empty' });
  t.match(weighed([reading(-1)], 0).outcome, { kind: 'noWeight', reason: 'negative' });
  t.match(weighed([reading(20)], 0).outcome, { kind: 'weighed', weightKg: 20 });
});

t.test('what is shown last counts: a truck that rolls on is weighed anew', async (t) => {
  t.match(outcome(reading(18_000), reading(31_240)), { weightKg: 31_240 });
  const moving = { stability: { state: 'moving', source: 'inferred' } } as const;
  t.match(outcome(reading(31_240), reading(30_000, moving)), { reason: 'unstable' });
  t.match(outcome(reading(31_240), reading(0)), { reason: 'empty' });
});

t.test(
  'the curve keeps the beginning and the end of a long weighing, in bounded space',
  async (t) => {
    const { curve } = weighed(Array.from({ length: 5_000 }, (_, i) => reading(1_000 + i)));
    t.ok(curve.length <= 64);
    t.match(curve[0], { atMs: 0, weightKg: 1_000 });
    t.match(curve.at(-1), { weightKg: 5_999 });
    t.equal(weighed([reading(20_000), reading(20_000)]).curve.length, 1, 'nothing new, no point');
  },
);

t.test('a weight of a platform that has fallen silent since is none', async (t) => {
  for (const state of ['silent', 'down'] as const) {
    const lane = new LaneStory();
    lane.facts = released();
    lane.ready().arrive().plate(plate).tag(tag).weight(31_240);
    lane.observe({ kind: 'deviceHealth', state: 'down', fault: 'port-lost' }, 'reader-1');
    t.equal(lane.state.passages[0]?.evidence.weighing.outcome.kind, 'weighed', 'another device');
    lane.observe({ kind: 'deviceHealth', state, fault: 'device-silent' }, 'scale-1').boxes(box);
    t.equal(lane.opens(), 0, state);
    lane.observe({ kind: 'deviceHealth', state: 'up' }, 'scale-1').pass(11_000);
    t.match(lane.state.passages[0]?.reasons, ['weight-noReading']);
  }
});
