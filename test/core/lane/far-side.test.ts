/** A vehicle that comes onto the exit line from the far side crosses nothing, and nobody is let through towards it. */
import t from 'tap';
import { exactly } from '../../support/exactly.ts';
import { transaction } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

type Settings = ConstructorParameters<typeof LaneStory>[0];

function lane(settings: Settings = {}): LaneStory {
  const story = new LaneStory({ direction: 'out', ...settings });
  story.facts = released({
    transactions: [
      transaction({ direction: 'out', transactionType: 'importLocal', plate, containers: [box] }),
    ],
  });
  return story.ready();
}
const reversible = () => lane({ isReversible: true });

const read = (story: LaneStory) => story.plate(plate).tag(tag).boxes(box).weight(31_240);
const codes = (story: LaneStory, type: 'alarm.raised.v1' | 'alarm.ended.v1') =>
  story.events(type).map(({ data }) => data['code']);
const causes = (story: LaneStory) =>
  story.events('exception.opened.v1').map(({ data }) => data['cause']);
const counted = (story: LaneStory, what: string) =>
  story.changes.reduce((sum, { counts }) => sum + (counts?.counts[what] ?? 0), 0);

t.test('it is told as what it is, and as nobody who crosses', async (t) => {
  const story = lane().input('exit', 'occupied').pass(2_000);
  t.strictSame(codes(story, 'alarm.raised.v1'), ['vehicle-on-far-side']);
  t.strictSame(story.events('passage.started.v1'), []);
  t.strictSame(story.events('passage.crossed.v1'), []);
  story.input('exit', 'clear').pass(100);
  t.strictSame(codes(story, 'alarm.ended.v1'), ['vehicle-on-far-side']);
  t.equal(story.orders.length, 0);
});

t.test('the count of the day knows of it', async (t) => {
  const story = read(lane().input('exit', 'occupied').input('exit', 'clear').arrive());
  t.equal(counted(story, 'loop.exit'), 1);
  t.equal(counted(story, 'cutFromFarSide'), 1);
});

t.test('whoever drives up meanwhile waits until it is gone', async (t) => {
  const story = read(lane().input('exit', 'occupied').arrive());
  t.equal(story.opens(), 0);
  story.input('exit', 'clear').pass(100);
  t.equal(story.opens(), 1);

  const long = read(lane().input('exit', 'occupied').arrive()).pass(20_000);
  t.equal(long.opens(), 0);
  t.strictSame(causes(long), ['wrong-lane']);
});

t.test(
  'a vehicle that passes the closed arm from there has crossed without a decision',
  async (t) => {
    const story = lane()
      .input('exit', 'occupied')
      .pass(3_000)
      .input('curtain', 'occupied')
      .pass(400);
    t.strictSame(codes(story, 'alarm.raised.v1'), [
      'vehicle-on-far-side',
      'crossed-without-decision',
      'arm-broken-or-bypassed',
    ]);
    t.equal(story.events('passage.crossed.v1').length, 1);
    story.input('exit', 'clear').input('curtain', 'clear').pass(60_000);
    read(story.arrive());
    t.equal(counted(story, 'cutFromFarSide'), 0, 'the cut is that of the crossing');
  },
);

t.test('so has one that comes in under an arm that is up, the other way round', async (t) => {
  const story = lane().ordered({ kind: 'holdOpen' }).arm('between').arm('open');
  story.input('exit', 'occupied').pass(500);
  t.strictSame(story.events('passage.crossed.v1'), [], 'it has not come past the arm');
  story.input('curtain', 'occupied').input('presence', 'occupied').pass(200);
  t.strictSame(
    story.events('passage.started.v1').map(({ data }) => data['direction']),
    ['in'],
  );
  exactly(t, story.events('passage.crossed.v1'), [
    { data: { authorised: false, under: 'evacuation' } },
  ]);
  t.match(
    story.changes.flatMap(({ passage }) => passage ?? []),
    [{ direction: 'in' }],
  );
  story.input('exit', 'clear').input('curtain', 'clear').input('presence', 'clear').pass(2_000);
  t.strictSame(story.outcomes(), ['evacuated']);
});

t.test('whoever stood before the arm is the one who cuts the line', async (t) => {
  const rolled = read(lane().arrive()).input('presence', 'clear').input('exit', 'occupied');
  t.strictSame(codes(rolled, 'alarm.raised.v1'), []);
  t.equal(rolled.events('release.consumed.v1').length, 1);
  const still = lane().arrive().input('exit', 'occupied');
  t.strictSame(codes(still, 'alarm.raised.v1'), ['crossed-without-decision']);
});

t.test('at a reversible lane one may stand at either end', async (t) => {
  const both = reversible().arrive().input('exit', 'occupied');
  t.strictSame(codes(both, 'alarm.raised.v1'), ['vehicle-on-far-side']);
  const found = reversible().input('presence', 'unknown').input('exit', 'unknown').pass(1_000);
  found.input('presence', 'occupied').input('exit', 'occupied').pass(30_000);
  t.strictSame(found.events('passage.crossed.v1'), [], 'out of sight nobody is seen to cross');
  t.strictSame(causes(found), ['wrong-lane']);
  const held = reversible().ordered({ kind: 'holdOpen' }).arm('between').arm('open');
  held.arrive().input('exit', 'occupied').pass(100);
  t.strictSame(held.events('passage.crossed.v1'), [], 'the curtain would see who passes');
  const lost = reversible().input('exit', 'occupied').pass(500);
  lost.input('presence', 'occupied').pass(100).arm('unknown').input('exit', 'unknown').pass(100);
  lost.input('exit', 'occupied').arm('closed').pass(100);
  t.strictSame(lost.events('passage.crossed.v1'), [], 'it is still the one that was there');
  const passing = reversible().arrive().input('curtain', 'occupied').input('exit', 'occupied');
  t.strictSame(codes(passing, 'alarm.raised.v1'), ['crossed-without-decision']);
});

t.test('where the loop at the arm is blind, the line is believed', async (t) => {
  const story = lane();
  for (let passed = 0; passed < 3; passed += 1) {
    story.input('approach', 'occupied').input('curtain', 'occupied').input('exit', 'occupied');
    story.input('approach', 'clear').input('curtain', 'clear').input('exit', 'clear').pass(9_000);
  }
  t.ok(codes(story, 'alarm.raised.v1').includes('loop-silent'));
  const before = story.events('passage.crossed.v1').length;
  story.input('exit', 'occupied');
  t.equal(story.events('passage.crossed.v1').length, before + 1);
});

t.test('at the other end of a reversible lane it is a case, and nobody opens to it', async (t) => {
  const story = reversible().input('exit', 'occupied').pass(2_000);
  read(story.input('presence', 'occupied')).pass(100);
  t.strictSame(causes(story), ['wrong-lane']);
  t.equal(story.opens(), 0);
  story.pass(60_000);
  t.equal(story.opens(), 0);
  story.input('presence', 'clear').pass(500).input('exit', 'clear').pass(11_000);
  t.strictSame(story.outcomes(), ['referred']);
  t.strictSame(codes(story, 'alarm.ended.v1'), ['vehicle-on-far-side']);
  read(story.arrive());
  t.equal(story.opens(), 1, 'the next one from this side is one like any other');
});

t.test('nor where another one has driven up on this side', async (t) => {
  const timing = { ...new LaneStory().context.settings.timing, captureTimeoutMs: 120_000 };
  const story = lane({ isReversible: true, timing }).input('exit', 'occupied');
  story.input('approach', 'occupied').pass(500);
  read(story.input('presence', 'occupied').input('exit', 'clear')).pass(60_000);
  t.equal(story.opens(), 0, 'which of them stands at the arm nobody knows');
});

t.test('a car that has left the exit loop and stands at the arm is still there', async (t) => {
  const story = reversible().input('exit', 'occupied').pass(500).input('exit', 'clear').pass(9_000);
  read(story.input('presence', 'occupied')).pass(60_000);
  t.equal(story.opens(), 0);
  t.strictSame(causes(story), ['wrong-lane']);
});

t.test('after a start who stands on the exit line and at the arm is not judged', async (t) => {
  const story = new LaneStory({ direction: 'out', isReversible: true });
  story.facts = lane().facts;
  story.input('approach', 'clear').input('curtain', 'clear').input('exit', 'occupied');
  story.input('presence', 'clear').arm('closed').pass(100);
  t.strictSame(codes(story, 'alarm.raised.v1'), ['vehicle-on-far-side']);
  read(story.input('presence', 'occupied')).pass(60_000);
  t.equal(story.opens(), 0);
});

t.test('an arm that a person raises has not risen on an order that failed before', async (t) => {
  const story = lane();
  story.orderResult = 'failed';
  read(story.arrive());
  t.equal(story.state.passages[0]?.kind, 'referred');
  story.orderResult = 'accepted';
  story.ordered({ kind: 'holdOpen' }).arm('between').arm('open');
  t.strictSame(story.events('barrier.opened.v1'), []);
  t.equal(story.events('barrier.openedByOrder.v1').length, 1);
});
