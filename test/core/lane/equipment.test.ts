import t from 'tap';
import type { InputPoint } from '../../../src/core/observation.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

/** armTravelMs is 2,000 and loopStuckMs 300,000 in a story. */
function story(): LaneStory {
  const lane = new LaneStory();
  lane.facts = released();
  return lane.ready();
}

const admitted = () => story().arrive().plate(plate).tag(tag).boxes(box).weight(31_240);

const alarms = (lane: LaneStory) =>
  lane.events('alarm.raised.v1').map(({ data }) => data['code'] as string);
const ended = (lane: LaneStory) =>
  lane.events('alarm.ended.v1').map(({ data }) => data['code'] as string);

t.test('an arm that left closed and does not reach the open limit is alarmed once', async (t) => {
  const lane = admitted().arm('between').pass(2_900);
  t.strictSame(alarms(lane), [], 'half as much again as it travels is no fault');
  lane.pass(200);
  t.strictSame(alarms(lane), ['arm-not-open']);
  lane.pass(60_000);
  t.equal(alarms(lane).filter((code) => code === 'arm-not-open').length, 1, 'not again and again');
  t.strictSame(ended(lane), []);
  lane.arm('open');
  t.strictSame(ended(lane), ['arm-not-open']);
  t.equal(lane.opens(), 1, 'it is not raised again for it');
});

t.test('an arm that stays between its limits is alarmed', async (t) => {
  const closing = admitted().driveThrough().arm('between').pass(2_900);
  t.strictSame(alarms(closing), []);
  closing.pass(200);
  t.strictSame(alarms(closing), ['arm-between-too-long']);
  t.strictSame(ended(closing.arm('closed')), ['arm-between-too-long']);

  const found = new LaneStory().arm('between').pass(3_100);
  t.strictSame(alarms(found), ['arm-between-too-long'], 'also where it is found so at the start');
});

t.test('an arm on its way in time, and one that is merely open, is no alarm', async (t) => {
  const lane = admitted().driveThrough().arm('between').pass(1_500).arm('closed').pass(10_000);
  t.strictSame(alarms(lane), []);
});

t.test('two limits made at once are alarmed by name and make the arm unknown', async (t) => {
  const lane = story().arm('contradictory').arm('contradictory');
  t.strictSame(alarms(lane), ['arm-limits-contradict']);
  t.equal(lane.state.arm.kind, 'unknown');
  t.equal(lane.state.service.kind, 'faulted');
  lane.arm('closed');
  t.strictSame(ended(lane), ['arm-limits-contradict']);
  t.equal(lane.state.service.kind, 'inService');
});

t.test(
  'an arm that reports closed while a vehicle crosses is broken off or bypassed',
  async (t) => {
    const lane = admitted();
    t.equal(lane.opens(), 1);
    lane.input('exit', 'occupied').pass(200);
    t.strictSame(alarms(lane), []);
    lane.pass(200);
    t.strictSame(alarms(lane), ['arm-broken-or-bypassed'], 'also where he was let through');
    const { passages } = lane.state;
    t.match(lane.events('alarm.raised.v1'), [{ data: { passageId: passages[0]?.passageId } }]);

    const around = story().input('curtain', 'occupied').input('exit', 'occupied').pass(400);
    t.strictSame(alarms(around), ['crossed-without-decision', 'arm-broken-or-bypassed']);
    t.equal(around.orders.length, 0);
  },
);

t.test('the exit line cut in the reply in which the arm leaves closed is no bypass', async (t) => {
  const lane = admitted().input('exit', 'occupied').arm('between').pass(5_000).arm('open');
  t.notOk(alarms(lane).includes('arm-broken-or-bypassed'));
});

t.test(
  'the gap of a trailer over the exit loop while the arm comes down behind it is no bypass',
  async (t) => {
    const lane = admitted()
      .arm('between')
      .pass(800)
      .arm('open')
      .input('curtain', 'occupied')
      .input('exit', 'occupied')
      .pass(1_000)
      .input('presence', 'clear')
      .input('curtain', 'clear')
      .input('exit', 'clear')
      .arm('between')
      .pass(500)
      .arm('closed')
      .input('exit', 'occupied')
      .pass(2_000);
    t.strictSame(alarms(lane), []);
  },
);

t.test('a loop that stays occupied is alarmed by its name, and told when it is free', async (t) => {
  for (const point of ['approach', 'presence', 'exit'] as const) {
    const lane = story().input(point, 'occupied').pass(299_000);
    t.notOk(alarms(lane).includes('loop-stuck'), point);
    lane.pass(2_000);
    const stuck = lane
      .events('alarm.raised.v1')
      .filter(({ data }) => data['code'] === 'loop-stuck');
    t.match(stuck, [{ data: { point } }]);
    lane.pass(600_000);
    t.equal(alarms(lane).filter((code) => code === 'loop-stuck').length, 1, point);
    t.match(
      lane
        .input(point, 'clear')
        .events('alarm.ended.v1')
        .map(({ data }) => data),
      [{ code: 'loop-stuck', point }],
    );
    t.equal(lane.orders.filter(({ order }) => order === 'barrierOpen').length, 0, 'nothing opens');
  }
});

t.test(
  'a curtain that stays interrupted is alarmed, and nothing is closed through it',
  async (t) => {
    const lane = admitted().driveThrough().input('curtain', 'occupied').pass(301_000);
    t.ok(alarms(lane).includes('curtain-blocked'));
    t.equal(lane.orders.filter(({ order }) => order === 'barrierClose').length, 0);
  },
);

/** A vehicle that is let through, with points that tell nothing of it. */
function passes(lane: LaneStory, blind: readonly InputPoint[]): void {
  const tell = (point: InputPoint, state: 'occupied' | 'clear') => {
    if (!blind.includes(point)) lane.input(point, state);
  };
  lane.facts = released();
  tell('approach', 'occupied');
  tell('presence', 'occupied');
  lane.plate(plate).tag(tag).boxes(box).weight(31_240);
  lane.arm('between').pass(800).arm('open').pass(500);
  tell('curtain', 'occupied');
  tell('exit', 'occupied');
  lane.pass(500);
  tell('approach', 'clear');
  lane.pass(500);
  tell('presence', 'clear');
  tell('curtain', 'clear');
  tell('exit', 'clear');
  // Long enough for the reader to have forgotten the tag.
  lane.pass(1_500).arm('between').pass(700).arm('closed').pass(5_000);
}

for (const point of ['approach', 'presence', 'exit', 'curtain'] as const) {
  t.test(`a ${point} that tells nothing of three vehicles the others saw is silent`, async (t) => {
    const lane = story();
    const silent = () =>
      lane.events('alarm.raised.v1').filter(({ data }) => data['code'] === 'loop-silent');
    passes(lane, [point]);
    passes(lane, [point]);
    t.strictSame(silent(), [], 'one may slip past it');
    passes(lane, [point]);
    t.match(silent(), [{ data: { point } }]);
    t.equal(silent().length, 1);
    passes(lane, [point]);
    t.equal(silent().length, 1, 'told once');
    passes(lane, []);
    t.match(
      lane.events('alarm.ended.v1').map(({ data }) => data),
      [{ code: 'loop-silent', point }],
      'and over with the first it sees',
    );
  });
}

t.test(
  'one that sees every other vehicle is not silent, and one that is not wired is not',
  async (t) => {
    const lane = story();
    for (let i = 0; i < 4; i += 1) {
      passes(lane, ['approach']);
      passes(lane, []);
    }
    t.notOk(alarms(lane).includes('loop-silent'));

    const noCurtain = new LaneStory();
    for (const point of ['approach', 'presence', 'exit'] as const) noCurtain.input(point, 'clear');
    noCurtain.arm('closed');
    for (let i = 0; i < 4; i += 1) passes(noCurtain, ['curtain']);
    t.notOk(alarms(noCurtain).includes('loop-silent'));
  },
);

t.test('a truck that backs out past the approach loop does not make the exit silent', async (t) => {
  const lane = story();
  for (let i = 0; i < 4; i += 1) {
    lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
    lane.arm('between').pass(800).arm('open').pass(500);
    lane.input('presence', 'clear').pass(500).input('approach', 'clear').pass(500);
    lane.arm('between').pass(700).arm('closed').pass(3_000);
  }
  t.notOk(alarms(lane).includes('loop-silent'));
});

t.test(
  'what a device alarms is alarmed for the lane, once for each thing, and ended',
  async (t) => {
    const lane = story();
    const tell = (code: string, state: 'raised' | 'over', detail?: string) =>
      lane.observe(
        { kind: 'deviceAlarm', code, state, ...(detail !== undefined && { detail }) },
        'io-1',
      );
    tell('module-safe-state', 'raised');
    tell('module-safe-state', 'raised');
    tell('input-chattering', 'raised', 'presence');
    tell('input-chattering', 'raised', 'exit');
    t.match(
      lane.events('alarm.raised.v1').map(({ data }) => data),
      [
        { code: 'module-safe-state', deviceId: 'io-1' },
        { code: 'input-chattering', deviceId: 'io-1', detail: 'presence' },
        { code: 'input-chattering', deviceId: 'io-1', detail: 'exit' },
      ],
    );
    tell('input-chattering', 'over', 'presence');
    tell('output-mismatch', 'over', 'relay 1');
    t.match(
      lane.events('alarm.ended.v1').map(({ data }) => data),
      [{ code: 'input-chattering', detail: 'presence' }],
    );
    t.equal(lane.events('alarm.ended.v1').length, 1, 'what did not stand is not ended');
    t.strictSame(lane.orders, [], 'an alarm moves nothing');
  },
);

t.test('no alarm about the equipment orders anything or ends a passage', async (t) => {
  const lane = story().arrive();
  const passage = lane.state.passages[0]?.passageId;
  const { orders } = lane;
  const before = orders.length;
  lane.observe({ kind: 'deviceAlarm', code: 'output-mismatch', state: 'raised' }, 'io-1');
  lane.pass(400_000);
  t.ok(alarms(lane).includes('loop-stuck'));
  t.equal(orders.length, before);
  t.equal(lane.state.passages[0]?.passageId, passage);
});
