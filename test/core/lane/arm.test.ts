import t from 'tap';
import { type ArmEvent, armAtStart, stepArm } from '../../../src/core/lane/arm.ts';
import type { BarrierPosition } from '../../../src/core/observation.ts';
import { LaneStory } from '../../support/lane-story.ts';

type Position = BarrierPosition['position'];

/** What the arm's machine tells of a row of positions. */
function told(...positions: readonly Position[]): { events: ArmEvent[]; kind: string } {
  let state = armAtStart;
  const events: ArmEvent[] = [];
  for (const position of positions) {
    const stepped = stepArm(state, position);
    state = stepped.state;
    events.push(...stepped.events);
  }
  return { events, kind: state.kind };
}

const departures = (...positions: readonly Position[]) =>
  told(...positions).events.filter((event) => event === 'departed').length;

t.test(
  'a departure is counted once, however the arm travels and whatever is lost on the way',
  async (t) => {
    t.equal(departures('closed', 'between', 'open', 'between', 'closed'), 1);
    t.equal(departures('closed', 'open'), 1, 'polled too slowly to see it between');
    t.equal(departures('closed', 'between', 'closed', 'between', 'closed'), 2);
    t.equal(departures('closed', 'between', 'unknown', 'between', 'unknown', 'open'), 1);
    t.equal(departures('closed', 'unknown', 'between'), 1, 'it left while nobody looked');
    t.equal(departures('closed', 'unknown', 'open', 'unknown', 'between', 'closed'), 1);
    t.equal(departures('closed', 'unknown', 'closed'), 0, 'silence moves nothing');
    t.equal(departures('closed', 'unknown', 'unknown'), 0);
    t.equal(departures('open', 'between', 'unknown', 'open', 'between', 'closed'), 0);
    t.equal(departures('between', 'open'), 0, 'where it came from before the start is not known');
  },
);

t.test('an arm that was raised again while it fell is open, and may fall again', async (t) => {
  t.match(told('open', 'between', 'open'), { kind: 'open' });
  const again = told('open', 'between', 'open', 'between', 'closed');
  t.match(again, { kind: 'closed' });
  t.equal(again.events.filter((event) => event === 'sagged').length, 2);
  t.equal(again.events.filter((event) => event === 'reachedOpen').length, 2);
});

t.test('limits that contradict each other say nothing', async (t) => {
  t.match(told('closed', 'contradictory'), { kind: 'unknown', events: ['reachedClosed', 'lost'] });
  t.equal(departures('closed', 'contradictory'), 0);
  t.equal(departures('closed', 'contradictory', 'closed'), 0);
  t.equal(departures('closed', 'contradictory', 'open'), 1);
  t.notOk(told('contradictory').events.includes('reachedOpen'));
  t.notOk(told('contradictory').events.includes('reachedClosed'));
});

t.test(
  'an arm that comes off its open limit falls, also when the module was silent meanwhile',
  async (t) => {
    t.match(told('open', 'between'), { kind: 'closing', events: ['reachedOpen', 'sagged'] });
    t.match(told('open', 'unknown', 'between'), { kind: 'closing' });
    t.ok(told('open', 'unknown', 'between').events.includes('sagged'));
    t.match(told('closed', 'unknown', 'between'), { kind: 'opening' });
    t.notOk(told('closed', 'unknown', 'between').events.includes('sagged'));
  },
);

const raises = (lane: LaneStory) => lane.orders.filter((o) => o.purpose === 'safetyRaise').length;

t.test(
  'an arm that sags on a vehicle while the module is silent is raised when it answers',
  async (t) => {
    const lane = new LaneStory().ready().arm('between').arm('open').input('curtain', 'occupied');
    lane.arm('unknown').arm('between');
    t.equal(raises(lane), 1);
  },
);

t.test(
  'a vehicle that drives under a falling arm raises it, and one on approach does not',
  async (t) => {
    const lane = new LaneStory().ready().arm('between').arm('open').arm('between');
    t.equal(raises(lane), 0, 'nothing is under it');
    lane.input('approach', 'occupied').input('presence', 'occupied');
    t.equal(raises(lane), 0, 'who stands before the arm is not under it');
    lane.input('curtain', 'occupied');
    t.equal(raises(lane), 1);

    const rising = new LaneStory().ready().arm('between').input('curtain', 'occupied');
    t.equal(raises(rising), 0, 'a rising arm needs no order');
  },
);
