/** A camera, reader or platform that answers and is blind: after several vehicles it is an alarm, and once. */
import t from 'tap';
import type { LaneSettings } from '../../../src/core/lane/lane-types.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const devices = {
  plate: 'camera-front',
  containers: 'container-camera',
  tag: 'reader-1',
  weight: 'scale-1',
} as const;
type Evidence = keyof typeof devices;
const all = Object.keys(devices) as Evidence[];

function story(change: Partial<LaneSettings> = {}): LaneStory {
  const sources = all.map((brings) => ({ deviceId: devices[brings] as never, brings }));
  const lane = new LaneStory({ sources, blindAfterVehicles: 3, ...change });
  lane.facts = released();
  return lane.ready();
}

/** A vehicle comes and is gone; what is blind tells nothing of it. */
function passes(lane: LaneStory, blind: readonly Evidence[] = []): void {
  lane.arrive();
  if (!blind.includes('plate')) lane.plate(plate);
  if (!blind.includes('tag')) lane.tag(tag);
  if (!blind.includes('containers')) lane.boxes(box);
  lane.weight(blind.includes('weight') ? 40 : 31_240);
  if (lane.state.passages.some(({ kind }) => kind === 'admitted')) {
    lane.driveThrough().arm('between').pass(700).arm('closed');
  } else lane.pass(11_000).backOut();
  // Long enough for the reader to have forgotten the tag.
  lane.weight(20).pass(5_000);
}

const blindAlarms = (lane: LaneStory) =>
  lane
    .events('alarm.raised.v1')
    .map(({ data }) => data)
    .filter(({ code }) => code === 'source-blind');
const ended = (lane: LaneStory) => lane.events('alarm.ended.v1').map(({ data }) => data);

t.test('a lane that sees its vehicles has no alarm', async (t) => {
  const lane = story();
  for (let n = 0; n < 5; n += 1) passes(lane);
  t.strictSame(lane.outcomes(), Array(5).fill('passed'));
  t.strictSame(blindAlarms(lane), []);
});

for (const evidence of all) {
  t.test(`what brings ${evidence} and tells nothing of three vehicles is blind`, async (t) => {
    const lane = story();
    const deviceId = devices[evidence];
    passes(lane);
    passes(lane, [evidence]);
    passes(lane, [evidence]);
    t.strictSame(blindAlarms(lane), [], 'two may be missed');
    passes(lane, [evidence]);
    const told = [{ laneId: 'out-1', code: 'source-blind', deviceId, evidence, vehicles: 3 }];
    t.strictSame(blindAlarms(lane), told);
    passes(lane, [evidence]);
    t.equal(blindAlarms(lane).length, 1, 'told once');
    t.strictSame(ended(lane), []);
    passes(lane);
    t.match(ended(lane), [{ code: 'source-blind', deviceId }], 'over with its next reading');
    t.equal(ended(lane).length, 1);
    for (let n = 0; n < 3; n += 1) passes(lane, [evidence]);
    t.equal(blindAlarms(lane).length, 2, 'and another episode is another alarm');
  });
}

t.test('one that sees every third vehicle is not blind', async (t) => {
  const lane = story();
  for (let n = 0; n < 4; n += 1) {
    passes(lane, ['plate']);
    passes(lane, ['plate']);
    passes(lane);
  }
  t.strictSame(blindAlarms(lane), []);
});

t.test('a device that is down has been told of already and is not judged', async (t) => {
  for (const state of ['down', 'silent'] as const) {
    const lane = story();
    const health = (to: 'up' | typeof state) =>
      lane.observe({ kind: 'deviceHealth', state: to }, devices.plate);
    health(state);
    for (let n = 0; n < 5; n += 1) passes(lane, ['plate']);
    t.strictSame(blindAlarms(lane), [], state);
    health('up');
    passes(lane, ['plate']);
    passes(lane, ['plate']);
    t.strictSame(blindAlarms(lane), [], 'back, it is given as many vehicles as any');
    passes(lane, ['plate']);
    t.match(blindAlarms(lane), [{ deviceId: devices.plate }]);
  }
});

t.test('what the lane does not require is not missed', async (t) => {
  const requirements = { plate: true, containers: true, tag: false, weight: false };
  const lane = story({ requirements });
  for (let n = 0; n < 5; n += 1) passes(lane, ['tag', 'weight']);
  t.strictSame(blindAlarms(lane), []);
});

t.test('all blind at once are judged by who cut the exit line, and by nobody else', async (t) => {
  const flickers = story();
  for (let n = 0; n < 5; n += 1) passes(flickers, all);
  t.equal(flickers.outcomes().length, 5);
  t.strictSame(blindAlarms(flickers), [], 'a loop that flickers is no vehicle');
  const crossing = story();
  for (let n = 0; n < 3; n += 1) {
    // Let through by hand.
    crossing.arrive().pass(11_000).arm('between').pass(800).arm('open');
    crossing.input('curtain', 'occupied').input('exit', 'occupied').pass(500);
    crossing.input('approach', 'clear').input('presence', 'clear').pass(300);
    crossing.input('curtain', 'clear').input('exit', 'clear').pass(1_500);
    crossing.arm('between').pass(700).arm('closed').pass(3_000);
  }
  t.strictSame(
    blindAlarms(crossing).map(({ deviceId }) => deviceId),
    Object.values(devices),
  );
});

t.test('what a camera stored while it was away does not make it see', async (t) => {
  const lane = story();
  for (let n = 0; n < 3; n += 1) {
    lane.observe(
      { kind: 'plateRead', view: 'front', raw: plate, confidence: 0.9, replayed: true },
      devices.plate,
    );
    passes(lane, ['plate']);
  }
  t.match(blindAlarms(lane), [{ deviceId: devices.plate }]);
});

t.test('another device of the lane does not see for the one that is blind', async (t) => {
  const rear = { deviceId: 'camera-rear' as never, brings: 'plate' as const };
  const front = { deviceId: devices.plate as never, brings: 'plate' as const };
  const lane = story({ sources: [front, rear] });
  for (let n = 0; n < 3; n += 1) passes(lane);
  t.strictSame(
    blindAlarms(lane).map(({ deviceId }) => deviceId),
    ['camera-rear'],
  );
});
