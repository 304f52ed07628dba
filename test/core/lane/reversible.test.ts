/** A reversible lane: turned only when it is empty, and nobody is judged in the direction he did not come in. */
import t from 'tap';
import type { LaneStanding } from '../../../src/core/lane/lane-directive.ts';
import { exactly } from '../../support/exactly.ts';
import { noonMs, transaction } from '../../support/facts.ts';
import type { LaneStory } from '../../support/lane-story.ts';
import { clerk, officer, PersonStory, supervisor } from '../../support/person-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

type Settings = ConstructorParameters<typeof LaneStory>[0];

function reversible(settings: Settings = {}): PersonStory {
  const lane = new PersonStory({ isReversible: true, direction: 'out', ...settings });
  lane.facts = released({
    transactions: [
      transaction({ direction: 'out', transactionType: 'importLocal', plate, containers: [box] }),
      transaction({
        ...{ direction: 'in', transactionType: 'emptyIn', plate, containers: [] },
        transactionId: 'T-in',
      } as never),
    ],
    visits: [],
  });
  return lane;
}

const ready = (settings: Settings = {}) => reversible(settings).ready();
const read = (lane: LaneStory) => lane.plate(plate).tag(tag).boxes(box).weight(31_240);
const directionsOf = (lane: LaneStory) =>
  lane.events('passage.started.v1').map(({ data }) => data['direction']);
const judgedAs = (lane: LaneStory) =>
  lane.changes.flatMap(({ decision }) =>
    decision ? [(JSON.parse(decision.inputs) as { direction: string }).direction] : [],
  );
const causes = (lane: LaneStory) =>
  lane.events('exception.opened.v1').map(({ data }) => data['cause']);

t.test('an empty lane is turned after it was red for long enough, and on record', async (t) => {
  const lane = ready().ordered({ kind: 'turn', to: 'in' });
  t.match(lane.state.service, { kind: 'switching', cause: 'lane-switching' });
  t.equal(lane.state.light, 'red');
  lane.pass(4_900);
  t.equal(lane.events('lane.turned.v1').length, 0);
  lane.pass(200);
  exactly(t, lane.events('lane.turned.v1'), [{ data: { from: 'out', to: 'in' } }]);
  t.equal(lane.state.service.kind, 'inService');
  t.match(lane.changes.findLast((change) => change.lane)?.lane, {
    directive: { kind: 'serve' },
    direction: 'in',
  });
});

t.test('approach and exit change places, and so does what is judged', async (t) => {
  const lane = ready().ordered({ kind: 'turn', to: 'in' }).pass(6_000);
  // From the other end: what is wired as the exit is covered first.
  lane.input('exit', 'occupied').pass(500).input('presence', 'occupied');
  t.strictSame(directionsOf(lane), ['in']);
  t.equal(lane.events('alarm.raised.v1').length, 0, 'the exit line was not cut');
  read(lane);
  t.strictSame(judgedAs(lane), ['in']);
  t.strictSame([...new Set(lane.changes.flatMap((c) => c.passage?.direction ?? []))], ['in']);
  lane.input('presence', 'clear').input('exit', 'clear').pass(1_500);

  lane.ordered({ kind: 'turn', to: 'out' }).pass(6_000);
  read(lane.arrive());
  t.strictSame(judgedAs(lane), ['in', 'out']);
});

t.test('with a truck in the lane, or what may be one, it is not turned', async (t) => {
  const refusals = (lane: LaneStory) => lane.ordered({ kind: 'turn', to: 'in' }).serviceAnswers;
  t.strictSame(refusals(ready().input('approach', 'occupied')), ['notEmpty']);
  t.strictSame(refusals(ready().input('curtain', 'occupied')), ['notEmpty']);
  t.strictSame(refusals(ready().arm('between')), ['armNotClosed']);
  t.strictSame(refusals(ready().input('exit', 'unknown')), ['notInService']);
  t.strictSame(refusals(ready().ordered({ kind: 'turn', to: 'out' })), ['alreadySo', 'done']);
  const rolledBack = ready().arrive().input('presence', 'clear').input('approach', 'clear');
  t.strictSame(refusals(rolledBack), ['notEmpty'], 'he is not gone yet');
});

t.test(
  'who comes while the lane waits to be turned is turned away, and it waits for him',
  async (t) => {
    const lane = ready().ordered({ kind: 'turn', to: 'in' }).pass(3_000);
    read(lane.arrive());
    t.equal(lane.opens(), 0);
    t.strictSame(causes(lane), ['lane-switching']);
    lane.pass(60_000);
    t.equal(lane.events('lane.turned.v1').length, 0);
    lane.backOut().pass(6_000);
    t.equal(lane.events('lane.turned.v1').length, 1);
    t.strictSame(lane.outcomes(), ['referred']);
  },
);

/** Came while the turn was being recorded, and faces a lane that serves the other direction now. */
function inWrongLane(): PersonStory {
  const lane = reversible();
  lane.ready().ordered({ kind: 'turn', to: 'in' });
  lane.answersLate = true;
  lane.pass(5_100).input('approach', 'occupied').answer();
  lane.answersLate = false;
  read(lane.pass(200).input('presence', 'occupied'));
  return lane;
}

t.test('whoever came before the lane was turned is judged in neither direction', async (t) => {
  const lane = inWrongLane();
  t.equal(lane.state.service.kind, 'inService');
  t.equal(lane.opens(), 0);
  t.strictSame(judgedAs(lane), []);
  t.equal(lane.state.passages[0]?.kind, 'referred');
  t.strictSame(causes(lane), ['wrong-lane']);
});

t.test('nor does a person let it through: it can only be turned back', async (t) => {
  const byHand = { kind: 'manualRelease', reason: 'documentsSeen', reference: 'A-1' } as const;
  const lane = inWrongLane();
  lane.act(clerk, { kind: 'confirm' });
  lane.act(clerk, { kind: 'correct', correction: { plate } });
  lane.act(supervisor, { ...byHand, second: officer });
  lane.act(supervisor, { kind: 'divert', place: 'inspection', withinMinutes: 30 });
  lane.act(clerk, { kind: 'repeatOpening' });
  t.strictSame(
    lane.answers.map((answer) => answer.kind === 'refused' && answer.code),
    Array(5).fill('wrong-lane'),
  );
  t.equal(lane.opens(), 0);
  t.strictSame(judgedAs(lane), []);
  lane.act(clerk, { kind: 'turnBack', reason: 'wrongLane' });
  t.match(lane.lastAnswer(), { kind: 'done', state: 'refused' });

  lane.backOut();
  lane.ordered({ kind: 'turn', to: 'out' });
  t.equal(lane.serviceAnswers.at(-1), 'notEmpty', 'it may stand between its loops');
  lane.pass(11_000).ordered({ kind: 'turn', to: 'out' }).pass(6_000);
  read(lane.arrive());
  t.strictSame(judgedAs(lane), ['out'], 'turned back on record, it is judged as any other');
});

t.test('a turn that cannot be recorded does not take place, and is tried again', async (t) => {
  const lane = ready().ordered({ kind: 'turn', to: 'in' });
  lane.commitResults = ['failed'];
  lane.pass(5_100);
  t.equal(lane.state.direction ?? 'out', 'out');
  t.equal(lane.state.service.kind, 'switching');
  lane.pass(5_100);
  t.equal(lane.state.direction, 'in');
});

t.test('the waiting can be given up', async (t) => {
  const lane = ready()
    .ordered({ kind: 'turn', to: 'in' })
    .ordered({ kind: 'drain' })
    .ordered({ kind: 'resume' });
  t.strictSame(lane.serviceAnswers, ['done', 'resumeFirst', 'done']);
  read(lane.pass(20_000).arrive());
  t.strictSame(judgedAs(lane), ['out']);
});

t.test('the direction stands over a restart, and a turn that was ordered goes on', async (t) => {
  const restarted = (standing: LaneStanding, settings: Settings = {}) =>
    reversible(settings).tell({ kind: 'restored', passages: [], standing }).ready();
  const turned = restarted({ directive: { kind: 'serve' }, direction: 'in' });
  turned.input('exit', 'occupied').input('presence', 'occupied');
  t.strictSame(directionsOf(turned), ['in']);

  const waiting = restarted({ directive: { kind: 'turn', to: 'in' }, direction: 'out' });
  t.equal(waiting.state.service.kind, 'switching');
  waiting.pass(5_100);
  t.equal(waiting.state.direction, 'in');

  const rebuilt = restarted(
    { directive: { kind: 'turn', to: 'in' }, direction: 'in' },
    { isReversible: false },
  );
  t.equal(rebuilt.state.service.kind, 'inService', 'the configuration has changed');
  t.strictSame(directionsOf(rebuilt.arrive()), ['out']);
});

t.test(
  'who stood there before the restart in another direction is judged in neither',
  async (t) => {
    const standing = { directive: { kind: 'serve' }, direction: 'in' } as const;
    const judgedWhoCame = (direction: 'in' | 'out') => {
      const passage = {
        ...{ passageId: 'p-before' as never, startedAtMs: noonMs - 20_000, direction },
        ...{ releases: [], departed: false, crossed: false, unauthorised: false },
      };
      const lane = reversible().tell({ kind: 'restored', passages: [passage], standing });
      lane.input('exit', 'occupied').input('presence', 'occupied').input('approach', 'clear');
      return judgedAs(read(lane.input('curtain', 'clear').arm('closed')));
    };
    t.strictSame(judgedWhoCame('in'), ['in']);
    t.strictSame(judgedWhoCame('out'), []);
  },
);

t.test('a device that serves one direction is not heard in the other', async (t) => {
  const sources = [
    { deviceId: 'camera-front' as never, brings: 'plate', serves: 'out' },
    { deviceId: 'reader-1' as never, brings: 'tag' },
  ] as const;
  const lane = ready({ sources }).ordered({ kind: 'turn', to: 'in' }).pass(6_000);
  lane.input('exit', 'occupied').input('presence', 'occupied').plate(plate).tag(tag);
  t.equal(lane.state.passages[0]?.evidence.plates.length, 0);
  t.equal(lane.state.passages[0]?.evidence.tags.length, 1);
  t.match(lane.state.dropped, { otherDirection: 1 });
});

t.test('a camera that sees the front of who goes out sees the rear of who comes in', async (t) => {
  const lane = ready().ordered({ kind: 'turn', to: 'in' }).pass(6_000);
  lane.input('exit', 'occupied').input('presence', 'occupied').plate(plate, 0.97, 'front');
  t.equal(lane.state.passages[0]?.evidence.plates[0]?.observation.view, 'rear');
});
