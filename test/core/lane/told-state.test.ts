/** What a person is told of a passage where the state of the machine would mislead him. */
import t from 'tap';
import { stateOf } from '../../../src/core/lane/passage.ts';
import type { LaneStory } from '../../support/lane-story.ts';
import { clerk, PersonStory } from '../../support/person-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

function atTheArm(): PersonStory {
  const lane = new PersonStory();
  lane.facts = released();
  lane.ready();
  lane.arrive().plate(plate).tag(tag).boxes(box);
  return lane;
}

const states = (lane: LaneStory) => lane.state.passages.map(stateOf);
const raised = () => atTheArm().weight(31_240).arm('between').pass(800).arm('open').pass(300);

/** No work is planned for it here: it is sent to the inspection. */
function diverted(orderResult: LaneStory['orderResult'] = 'accepted'): PersonStory {
  const lane = new PersonStory({ direction: 'in' });
  lane.facts = released({ visits: [] });
  lane.orderResult = orderResult;
  lane.ready();
  lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  return lane.act(clerk, { kind: 'divert', place: 'inspection', withinMinutes: 30 });
}

t.test('who is diverted shows so until it has gone, and never as admitted', async (t) => {
  const lane = diverted();
  t.match(lane.lastAnswer(), { kind: 'done', state: 'diverting' });
  t.strictSame(states(lane), ['diverting']);
  lane.arm('between').pass(500).arm('open').pass(500);
  t.strictSame(states(lane), ['diverting'], 'under the raised arm');
  lane.input('exit', 'occupied').pass(300);
  t.strictSame(states(lane), ['diverting'], 'over the line');
  lane.input('approach', 'clear').input('presence', 'clear').input('exit', 'clear').pass(1_500);
  t.strictSame(lane.outcomes(), ['diverted']);

  t.strictSame(states(raised()), ['opening'], 'who was released is not');
  t.strictSame(states(diverted('failed')), ['referred'], 'nor who does not go');
});

t.test('who has backed out shows so until the arm is down', async (t) => {
  const lane = raised().input('presence', 'clear').pass(1_500);
  t.strictSame(states(lane), ['opening'], 'rolling back a metre is not reversing');
  lane.input('presence', 'occupied').input('presence', 'clear').input('approach', 'clear');
  t.strictSame(states(lane.pass(500)), ['opening'], 'a loop may drop');
  t.strictSame(states(lane.pass(1_000)), ['reversed']);
  t.equal(lane.state.light, 'red');
  lane.arm('between').pass(500);
  t.strictSame(states(lane), ['reversed']);
  lane.arm('closed').pass(1_500);
  t.strictSame(lane.outcomes(), ['withdrawn']);

  const unseen = raised().input('approach', 'clear').input('presence', 'clear').pass(1_500);
  t.strictSame(states(unseen), ['opening'], 'nobody knows where that one went');
});

t.test('who crosses without a right has tailgated, unless a person holds the arm up', async (t) => {
  const lane = atTheArm().input('exit', 'occupied');
  t.strictSame(states(lane), ['tailgated']);
  lane.input('approach', 'clear').input('presence', 'clear').input('exit', 'clear').pass(1_500);
  t.strictSame(lane.outcomes(), ['tailgated']);

  const evacuated = atTheArm().ordered({ kind: 'holdOpen' }).arm('between').arm('open');
  t.strictSame(states(evacuated.input('exit', 'occupied')), ['passing']);
});
