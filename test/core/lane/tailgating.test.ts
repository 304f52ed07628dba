/** A second cut of the exit line without a gap: whose it was, and what proves it. */
import t, { type Test } from 'tap';
import { vehicle } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const another = '粤B77777';
const hongKong = 'KX4321';
const boundTrailer = '粤B5678挂';

/** A truck that was let through and has cut the exit line; no curtain sees gaps. */
function crossing(settings: ConstructorParameters<typeof LaneStory>[0] = {}): LaneStory {
  const lane = new LaneStory(settings);
  lane.facts = released({ vehicles: [vehicle({ plates: [plate, hongKong], tags: [tag] })] });
  lane.ready().input('curtain', 'unknown');
  lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  return lane.arm('between').pass(800).arm('open').pass(500).input('exit', 'occupied').pass(800);
}

/** Whatever comes behind: presence is left and covered anew, and the exit line is cut a second time. */
function cutsAgain(lane: LaneStory, read: (lane: LaneStory) => unknown): LaneStory {
  lane.input('approach', 'clear').pass(100).input('presence', 'clear').pass(200);
  lane.input('approach', 'occupied').pass(200).input('presence', 'occupied');
  read(lane);
  return lane.pass(200).input('exit', 'clear').pass(300).input('exit', 'occupied').pass(300);
}

/** It is over the line, and nobody is left. */
function leaves(lane: LaneStory): LaneStory {
  lane.input('approach', 'clear').pass(300).input('presence', 'clear').pass(500);
  return lane.input('exit', 'clear').pass(1_500);
}

const readsAnother = (lane: LaneStory) => lane.plate(another);
const followed = (read: (lane: LaneStory) => unknown = readsAnother) =>
  leaves(cutsAgain(crossing(), read));
const alarms = (lane: LaneStory) => lane.events('alarm.raised.v1').map(({ data }) => data['code']);
const suspected = (lane: LaneStory) =>
  lane.events('tailgating.suspected.v1').map(({ data }) => data);
const settled = (lane: LaneStory) =>
  lane.changes.flatMap(({ settle }) => (settle ? [settle.as] : []));
const counted = (lane: LaneStory, what: string) =>
  lane.changes.reduce((sum, { counts }) => sum + (counts?.counts[what] ?? 0), 0);

/** Neither alarm nor passage: the second cut stands as suspected. */
function staysSuspected(test: Test, lane: LaneStory, what: string): void {
  lane.pass(30_000);
  test.strictSame(alarms(lane), [], what);
  test.strictSame(lane.outcomes(), ['passed'], what);
  test.equal(suspected(lane).length, 1, what);
}

t.test('a second plate, and nobody there any more: another vehicle has crossed', async (t) => {
  const lane = followed();
  t.match(suspected(lane), [
    {
      cuts: 1,
      presenceCoveredAnew: true,
      laneEmpty: true,
      otherPlates: [{ plate: another, confidence: 0.97, deviceId: 'camera-front' }],
    },
  ]);
  t.strictSame(alarms(lane), [], 'whoever was read may still come');
  lane.pass(5_000);
  t.strictSame(alarms(lane), ['crossed-without-decision']);
  const [first, second] = lane.events('passage.crossed.v1');
  t.match(second?.data, {
    authorised: false,
    witness: { plate: another, confidence: 0.97, behind: first?.subject },
  });
  t.not(second?.subject, first?.subject);
  lane.pass(2_000);
  t.strictSame(lane.outcomes(), ['passed', 'tailgated']);
  t.match(
    lane.events('exception.opened.v1').map(({ data }) => data['cause']),
    ['crossed-without-decision'],
  );
  t.strictSame(settled(lane), ['consumed'], 'one release for one vehicle');
  t.equal(lane.changes.flatMap(({ visits }) => visits ?? []).length, 1, 'and one visit');
  const yard = lane.changes.flatMap((change) => (change.yard ? [change.yard] : []));
  t.match(yard, [{ authorised: true }, { authorised: false, rig: { plate: another } }]);
  t.equal(lane.opens(), 1);
  lane.ready();
  t.equal(counted(lane, 'cutAgain'), 0, 'the cut is counted once, as the crossing that it was');
});

t.test(
  'a skeletal trailer that drops the loops is suspected, on record, and no more',
  async (t) => {
    const lane = followed(() => undefined);
    staysSuspected(t, lane, 'nothing else was read');
    t.match(suspected(lane), [{ cuts: 1, presenceCoveredAnew: true, otherPlates: [] }]);
    const twice = cutsAgain(cutsAgain(crossing(), readsAnother), readsAnother);
    t.match(suspected(leaves(twice)), [{ cuts: 2 }], 'one entry for one vehicle');
    const once = crossing().input('approach', 'clear').input('presence', 'clear');
    t.strictSame(suspected(once.input('exit', 'clear').pass(9_000)), []);
  },
);

t.test('the next truck, which waits behind a skeletal trailer, has not crossed', async (t) => {
  const onApproach = cutsAgain(crossing(), readsAnother);
  onApproach.input('presence', 'clear').pass(500).input('exit', 'clear').pass(1_500);
  t.match(suspected(onApproach), [{ laneEmpty: false, otherPlates: [{ plate: another }] }]);
  staysSuspected(t, onApproach, 'it stands on approach');

  const atTheArm = cutsAgain(crossing(), readsAnother);
  atTheArm.input('approach', 'clear').input('exit', 'clear').pass(1_500);
  atTheArm.arm('between').arm('closed').pass(1_500);
  staysSuspected(t, atTheArm, 'it stands at the arm');
  t.match(atTheArm.state.passages, [{ kind: 'referred' }], 'and is judged as any other');

  const comesOn = followed().pass(1_000).input('approach', 'occupied');
  staysSuspected(t, comesOn, 'it was read from afar and comes now');

  const stillRead = followed().pass(1_000).plate(another);
  staysSuspected(t, stillRead, 'it is read again behind the loops');

  const unseen = followed().input('approach', 'unknown').pass(500).input('approach', 'clear');
  staysSuspected(t, unseen, 'it may have come while approach was unknown');
});

t.test('only a live and certain reading of another vehicle is a witness', async (t) => {
  const bare = { kind: 'plateRead', view: 'front', raw: another } as const;
  const readings: readonly (readonly [string, (lane: LaneStory) => unknown])[] = [
    ['history', (lane) => lane.observe({ ...bare, replayed: true, confidence: 1 })],
    ['doubtful', (lane) => lane.plate(another, 0.89)],
    ['of no certainty', (lane) => lane.observe({ ...bare, replayed: false })],
    ['its own', (lane) => lane.plate(plate)],
    ['its other plate in the register', (lane) => lane.plate(hongKong)],
    ['its own, misread by a confusion', (lane) => lane.plate('粤812345')],
    ['its own, misread by two confusions', (lane) => lane.plate('粤B1Z3A5')],
    ['its own without a character', (lane) => lane.plate('粤B1234')],
    ['its own with one too many', (lane) => lane.plate('粤B123451')],
    ['a trailer', (lane) => lane.plate(boundTrailer, 0.97, 'rear')],
    ['no plate', (lane) => lane.plate('ABC')],
    ['a tag', (lane) => lane.tag('E280110000000000000000FF')],
  ];
  for (const [what, read] of readings) staysSuspected(t, followed(read), what);

  const consecutive = followed((lane) => lane.plate('粤B12346')).pass(9_000);
  t.strictSame(consecutive.outcomes(), ['passed', 'tailgated'], 'of the same fleet');
});

t.test('what was read before it crossed, or of one that crossed before, is none', async (t) => {
  const early = new LaneStory();
  early.facts = released();
  early.ready().arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  early.arm('between').pass(800).arm('open').plate(another).input('exit', 'occupied');
  staysSuspected(t, leaves(cutsAgain(early, () => undefined)), 'before it cut the line');

  const late = followed().pass(9_000).arm('between').arm('closed').pass(60_000);
  t.strictSame(late.outcomes(), ['passed', 'tailgated']);
  late.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  late.arm('between').pass(800).arm('open').pass(500).input('exit', 'occupied').pass(800);
  leaves(cutsAgain(late, readsAnother)).pass(9_000);
  t.strictSame(late.outcomes(), ['passed', 'tailgated', 'passed'], 'a late reading of that one');
});

t.test('without a sign that somebody came on presence it is the trailer', async (t) => {
  const lane = crossing().plate(another).input('exit', 'clear').pass(300);
  staysSuspected(t, leaves(lane.input('exit', 'occupied').pass(300)), 'presence was never left');
  t.match(suspected(lane), [{ presenceCoveredAnew: false, otherPlates: [{ plate: another }] }]);

  const after = cutsAgain(crossing(), () => undefined);
  leaves(after.plate(another)).pass(9_000);
  t.strictSame(after.outcomes(), ['passed', 'tailgated'], 'read when it had cut the line');
});

t.test('who was out of sight, or is not known, proves nothing', async (t) => {
  const unseen = cutsAgain(crossing(), readsAnother);
  unseen.input('approach', 'unknown').input('approach', 'occupied');
  staysSuspected(t, leaves(unseen), 'approach was unknown meanwhile');

  const passage = {
    ...{ passageId: 'p-before' as never, startedAtMs: 0, disposition: 'admit' },
    ...{ releases: [], departed: true, crossed: true, unauthorised: false },
  };
  const restarted = new LaneStory().tell({ kind: 'restored', passages: [passage] });
  restarted.input('approach', 'occupied').input('presence', 'occupied');
  restarted.input('exit', 'occupied').input('curtain', 'unknown').arm('open').pass(500);
  staysSuspected(t, leaves(cutsAgain(restarted, readsAnother)), 'it crossed before the restart');
});

t.test('who follows under an arm that is held open is evacuated, and no alarm', async (t) => {
  const lane = crossing().ordered({ kind: 'holdOpen' });
  leaves(cutsAgain(lane, readsAnother)).pass(9_000);
  t.notOk(alarms(lane).includes('crossed-without-decision'));
  t.strictSame(lane.outcomes(), ['passed', 'evacuated']);
});

t.test('a lane is not turned while somebody may still be found to have crossed', async (t) => {
  const lane = leaves(cutsAgain(crossing({ isReversible: true }), readsAnother));
  lane.arm('between').arm('closed').ordered({ kind: 'turn', to: 'in' });
  t.strictSame(lane.serviceAnswers, ['notEmpty']);
  lane.pass(9_000).ordered({ kind: 'turn', to: 'in' });
  t.strictSame(lane.outcomes(), ['passed', 'tailgated']);
  t.match(
    lane.events('passage.started.v1').map(({ data }) => data['direction']),
    ['out', 'out'],
  );
  t.strictSame(lane.serviceAnswers, ['notEmpty', 'done']);
});
