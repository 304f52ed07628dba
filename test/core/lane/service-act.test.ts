/** What persons order of a lane: closed to whoever comes, in maintenance, held open; and the key at the barrier. */
import t from 'tap';
import type { RestoredPassage } from '../../../src/core/lane/lane-types.ts';
import {
  type ServiceKind,
  type ServiceSigns,
  stepService,
  transitions,
} from '../../../src/core/lane/service-mode.ts';
import { exactly } from '../../support/exactly.ts';
import { noonMs } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

type Settings = ConstructorParameters<typeof LaneStory>[0];

function ready(settings: Settings = {}): LaneStory {
  const lane = new LaneStory(settings);
  lane.facts = released();
  return lane.ready();
}

const read = (lane: LaneStory) => lane.plate(plate).tag(tag).boxes(box).weight(31_240);
const judged = (settings: Settings = {}) => read(ready(settings).arrive());
const raises = (lane: LaneStory) => lane.orders.filter((o) => o.purpose === 'act').length;
const closes = (lane: LaneStory) => lane.orders.filter((o) => o.purpose === 'close').length;
const causes = (lane: LaneStory) =>
  lane.events('exception.opened.v1').map(({ data }) => data['cause']);
const alarms = (lane: LaneStory) => lane.events('alarm.raised.v1').map(({ data }) => data['code']);
const crossings = (lane: LaneStory) => lane.events('passage.crossed.v1').map(({ data }) => data);
/** What is told of visits that end: to the journal, or to the yard. */
const visitCauses = (lane: LaneStory) => [
  ...lane.events('visit.closed.v1').map(({ data }) => data['cause']),
  ...lane.changes.flatMap(({ yard }) =>
    yard?.kind === 'leftUnderHeldArm' ? yard.visitIds.map(() => yard.kind) : [],
  ),
];

/** Drives under the raised arm and is gone. */
function drivesOut(lane: LaneStory): LaneStory {
  return lane
    .input('curtain', 'occupied')
    .input('exit', 'occupied')
    .input('approach', 'clear')
    .pass(500)
    .input('presence', 'clear')
    .input('curtain', 'clear')
    .input('exit', 'clear')
    .pass(1_500);
}

t.test('an order is in the journal with its person before it does anything', async (t) => {
  const lane = ready();
  lane.answersLate = true;
  lane.ordered({ kind: 'drain' }, '李四');
  t.equal(lane.state.service.kind, 'inService', 'nothing is done before the commit');
  t.strictSame(lane.serviceAnswers, []);
  lane.answer();
  t.equal(lane.state.service.kind, 'outOfService');
  t.strictSame(lane.serviceAnswers, ['done']);
  exactly(t, lane.events('lane.actOrdered.v1'), [{ data: { act: 'drain', person: '李四' } }]);
  t.match(lane.changes.find(({ lane: row }) => row)?.lane, {
    directive: { kind: 'drain' },
    direction: 'out',
  });

  const failing = ready();
  failing.commitResults = ['failed', 'failed'];
  failing.ordered({ kind: 'holdOpen' }).ordered({ kind: 'maintain' });
  t.strictSame(failing.serviceAnswers, ['unrecorded', 'unrecorded']);
  t.equal(failing.state.service.kind, 'inService');
  t.equal(raises(failing), 0, 'nothing is raised that is not on record');
});

t.test('a drained lane finishes who is there, takes nobody new, and comes back', async (t) => {
  const lane = judged();
  lane.ordered({ kind: 'drain' });
  t.equal(lane.state.service.kind, 'draining');
  t.equal(lane.opens(), 1);
  t.equal(lane.state.light, 'green', 'he may still go');
  lane.driveThrough().arm('between').arm('closed').pass(1_500);
  t.strictSame(lane.outcomes(), ['passed']);
  t.equal(lane.state.light, 'red');
  t.match(lane.state.service, { kind: 'outOfService', cause: 'lane-drained' });

  read(lane.arrive());
  t.equal(lane.opens(), 1, 'who comes now is not let in');
  t.strictSame(causes(lane), ['lane-drained']);
  lane.backOut().ordered({ kind: 'resume' });
  t.equal(lane.state.service.kind, 'inService');
  read(lane.arrive());
  t.equal(lane.opens(), 2);
});

t.test(
  'who comes while the lane is being drained is not judged, and is served after it',
  async (t) => {
    const lane = ready().input('approach', 'occupied');
    lane.ordered({ kind: 'drain' }).input('presence', 'occupied');
    t.equal(lane.state.service.kind, 'draining', 'he was on his way before');
    read(lane);
    t.equal(lane.opens(), 1);

    const late = judged({
      requirements: { plate: true, containers: true, tag: true, weight: false },
    });
    late.ordered({ kind: 'drain' }).driveThrough();
    read(late.arrive());
    t.equal(late.state.service.kind, 'draining', 'the arm is still up');
    late.arm('between').arm('closed').pass(1_500);
    t.equal(late.opens(), 1);
    t.strictSame(causes(late), ['lane-draining']);

    const early = ready().ordered({ kind: 'drain' }).input('approach', 'occupied');
    early.ordered({ kind: 'resume' }).input('presence', 'occupied');
    read(early);
    t.equal(early.opens(), 1, 'the order was over before he stood there');
  },
);

t.test('maintenance begins when nobody is under way, and opens by an engineer alone', async (t) => {
  const lane = judged();
  lane.ordered({ kind: 'open' }).ordered({ kind: 'maintain' }).ordered({ kind: 'open' });
  t.strictSame(lane.serviceAnswers, ['notInMaintenance', 'done', 'notInMaintenance']);
  lane.driveThrough().arm('between').arm('closed').pass(1_500);
  t.equal(lane.state.service.kind, 'maintenance');
  t.equal(lane.state.light, 'red');

  lane.ordered({ kind: 'open' });
  t.equal(raises(lane), 1);
  lane.arm('between').arm('open');
  exactly(t, lane.events('barrier.openedByOrder.v1'), [{ data: { act: 'open', person: '张三' } }]);
  const twice = ready().ordered({ kind: 'maintain' }).ordered({ kind: 'open' });
  twice.arm('between').arm('closed').arm('between');
  t.equal(twice.events('barrier.openedByOrder.v1').length, 1);
  t.equal(twice.events('barrier.movedUncommanded.v1').length, 1);
  lane.pass(300_000);
  t.equal(closes(lane), 0, 'nothing is lowered where a person works');
  t.notOk(alarms(lane).includes('arm-open-unsupervised'));
  lane.arm('between').arm('closed').arm('between');
  t.equal(lane.events('barrier.movedUncommanded.v1').length, 1, 'one order pays for one departure');
  lane.arm('closed');

  read(lane.arrive());
  t.equal(lane.opens(), 1, 'nothing opens by itself');
  lane.ordered({ kind: 'open' });
  t.equal(lane.serviceAnswers.at(-1), 'notEmpty');
  t.equal(raises(lane), 1);
});

t.test('an opening by order that moves nothing pays for nothing later', async (t) => {
  const lane = ready().ordered({ kind: 'maintain' }).ordered({ kind: 'open' }).pass(6_000);
  t.ok(alarms(lane).includes('arm-stuck'));
  lane.arm('between');
  t.equal(lane.events('barrier.openedByOrder.v1').length, 0);
  t.equal(lane.events('barrier.movedUncommanded.v1').length, 1);
  lane.ordered({ kind: 'open' });
  t.equal(lane.serviceAnswers.at(-1), 'armNotClosed');
});

t.test(
  'a lane can be taken into maintenance although its module is dead or a truck is stuck',
  async (t) => {
    const dead = ready().arm('unknown');
    t.equal(dead.state.service.kind, 'faulted');
    t.equal(dead.ordered({ kind: 'maintain' }).state.service.kind, 'maintenance');
    t.equal(dead.ordered({ kind: 'resume' }).state.service.kind, 'faulted');

    const stuck = ready();
    stuck.facts = released({ proofs: [] });
    read(stuck.arrive());
    t.equal(stuck.state.passages[0]?.kind, 'refused');
    t.equal(stuck.ordered({ kind: 'maintain' }).state.service.kind, 'maintenance');
  },
);

t.test('what a held arm was asked last is taken back with the holding', async (t) => {
  const lane = ready().ordered({ kind: 'holdOpen' }).pass(3_500);
  t.equal(raises(lane), 2, 'it was not up and was asked again');
  t.strictSame(lane.withdrawn, []);
  lane.ordered({ kind: 'resume' });
  t.strictSame(lane.withdrawn, [lane.orders.at(-1)?.commandId]);
  const before = alarms(lane).length;
  const [commandId] = lane.withdrawn;
  lane.tell({ kind: 'orderResult', commandId: commandId as never, result: 'withdrawn' });
  t.equal(alarms(lane).length, before, 'which is no fault');
});

t.test('an arm held open: everyone is a passage and a case, nothing is used up', async (t) => {
  const lane = ready({ closing: 'requested' }).ordered({ kind: 'holdOpen' });
  t.equal(lane.state.service.kind, 'openHeld');
  t.equal(raises(lane), 1);
  t.equal(lane.state.light, 'red', 'the arm is still down');
  lane.arm('between').arm('open');
  t.equal(lane.state.light, 'green');
  exactly(t, lane.events('barrier.openedByOrder.v1'), [{ data: { act: 'holdOpen' } }]);
  t.strictSame(alarms(lane), []);

  read(lane.arrive());
  t.equal(lane.opens(), 0, 'nobody is judged');
  drivesOut(lane);
  t.match(crossings(lane), [{ authorised: false, under: 'evacuation' }]);
  t.strictSame(lane.outcomes(), ['evacuated']);
  t.strictSame(causes(lane), ['crossed-while-held-open']);
  t.strictSame(alarms(lane), [], 'it is no security event');
  t.ok(lane.changes.every(({ settle }) => settle === undefined));
  t.strictSame(visitCauses(lane), ['leftUnderHeldArm']);

  drivesOut(lane.arrive());
  t.strictSame(lane.outcomes(), ['evacuated', 'evacuated'], 'also of whom nothing was read');
  t.equal(visitCauses(lane).length, 1);
  lane.pass(600_000);
  t.equal(closes(lane), 0);
  t.strictSame(alarms(lane), [], 'it is supervised');
});

t.test('who was let through before the arm was held crosses by his own right', async (t) => {
  const lane = judged().ordered({ kind: 'holdOpen' });
  drivesOut(lane.arm('between').arm('open'));
  t.match(crossings(lane), [{ authorised: true }]);
  t.strictSame(lane.outcomes(), ['passed']);
  t.strictSame(visitCauses(lane), ['exitRecorded']);

  const late = ready();
  late.answersLate = true;
  read(late.arrive()).answer();
  late.ordered({ kind: 'holdOpen' }).answer();
  t.equal(late.opens(), 1, 'the answer to his decision came first');
  t.equal(raises(late), 1);
});

t.test(
  'a held arm that a controller lowers is raised again, and missed where it is not up',
  async (t) => {
    const lane = ready({ closing: 'byController' }).ordered({ kind: 'holdOpen' }).arm('open');
    lane.arm('between').arm('closed').pass(3_500);
    t.equal(raises(lane), 2);
    t.strictSame(alarms(lane), ['arm-not-held-open']);
    lane.arm('open');
    t.equal(lane.events('alarm.ended.v1').length, 1);
    t.equal(lane.events('barrier.movedUncommanded.v1').length, 0);
  },
);

t.test(
  'the holding ends with the order, and the arm comes down when presence is clear',
  async (t) => {
    const lane = ready().ordered({ kind: 'holdOpen' }).arm('open').arrive();
    lane.ordered({ kind: 'resume' });
    t.equal(lane.state.light, 'red');
    t.equal(lane.state.service.kind, 'openHeld', 'until the arm is down');
    lane.pass(20_000);
    t.equal(closes(lane), 0, 'a vehicle stands there');
    lane.input('presence', 'unknown').pass(20_000);
    t.equal(closes(lane), 0, 'unknown is not clear');
    lane.input('presence', 'occupied');
    lane.input('presence', 'clear').input('approach', 'clear').pass(5_000);
    t.equal(closes(lane), 1);
    lane.arm('between').arm('closed');
    t.equal(lane.state.service.kind, 'inService');

    const left = ready()
      .ordered({ kind: 'holdOpen' })
      .arm('open')
      .arrive()
      .ordered({ kind: 'resume' });
    left.pass(70_000);
    t.strictSame(alarms(left), ['arm-open-unsupervised'], 'it is never left unwatched');
    t.equal(left.state.service.kind, 'outOfService');
  },
);

t.test('after a restart an order stands, and nothing is raised by it', async (t) => {
  const restarted = (kind: 'drain' | 'maintain' | 'holdOpen') => {
    const lane = new LaneStory();
    lane.facts = released();
    const standing = { directive: { kind }, direction: 'out' } as const;
    return lane.tell({ kind: 'restored', passages: [], standing }).ready();
  };
  t.match(restarted('drain').state.service, { kind: 'outOfService', cause: 'lane-drained' });
  t.equal(restarted('maintain').state.service.kind, 'maintenance');
  const held = restarted('holdOpen').pass(10_000);
  t.equal(held.state.service.kind, 'openHeld');
  t.equal(raises(held), 0, 'no old order is given again');
  t.strictSame(alarms(held), ['arm-not-held-open']);
  t.equal(raises(held.ordered({ kind: 'holdOpen' })), 1, 'a person orders it anew');

  const truck: RestoredPassage = {
    passageId: 'p-before' as never,
    startedAtMs: noonMs - 20_000,
    releases: [],
    departed: false,
    crossed: false,
    unauthorised: false,
  };
  const standing = { directive: { kind: 'drain' }, direction: 'out' } as const;
  const lane = new LaneStory();
  lane.facts = released();
  lane.tell({ kind: 'restored', passages: [truck], standing });
  lane.input('presence', 'occupied').input('approach', 'occupied').input('exit', 'clear');
  read(lane.input('curtain', 'clear').arm('closed'));
  t.equal(lane.opens(), 0, 'whether he had come before the order is not known');
  t.equal(lane.state.passages[0]?.kind, 'referred');
});

t.test('who crossed under a held arm before a restart ends as that', async (t) => {
  const lane = new LaneStory();
  const passage: RestoredPassage = {
    passageId: 'p-before' as never,
    startedAtMs: noonMs - 20_000,
    releases: [],
    departed: false,
    crossed: true,
    unauthorised: true,
    crossedUnder: 'localControl',
  };
  lane.tell({ kind: 'restored', passages: [passage] }).ready();
  t.strictSame(lane.outcomes(), ['passedLocally']);
});

t.test('under the key at the barrier nothing opens or closes by itself', async (t) => {
  const lane = ready().input('localControl', 'occupied');
  t.match(lane.state.service, { kind: 'localControl', cause: 'local-control' });
  read(lane.arrive());
  t.equal(lane.opens(), 0);
  lane.pass(20_000);
  t.strictSame(causes(lane), [], 'he waits until the key is turned back');
  lane.arm('between').arm('open');
  exactly(t, lane.events('barrier.movedUncommanded.v1'), [{ data: { local: true } }]);
  t.strictSame(alarms(lane), ['local-control'], 'the move is the key’s');
  lane.pass(100_000);
  t.equal(closes(lane), 0);
  drivesOut(lane);
  t.match(crossings(lane), [{ authorised: false, under: 'localControl' }]);
  t.strictSame(lane.outcomes(), ['passedLocally']);
  t.strictSame(causes(lane), ['crossed-under-local-control']);
  t.strictSame(visitCauses(lane), ['leftUnderHeldArm']);
  lane.arm('between').arm('closed').input('localControl', 'clear');
  t.equal(lane.state.service.kind, 'inService');

  const back = ready().input('localControl', 'occupied');
  read(back.arrive()).input('localControl', 'clear');
  t.equal(back.opens(), 1, 'who stood there is judged then');
});

t.test('a decision that is committed after the key was turned opens nothing', async (t) => {
  const lane = ready();
  lane.answersLate = true;
  read(lane.arrive()).answer();
  lane.input('localControl', 'occupied').answer();
  t.equal(lane.opens(), 0);
  t.equal(lane.state.passages[0]?.kind, 'referred');
});

t.test('without the key a move that nobody ordered is alarmed', async (t) => {
  const lane = ready().arm('between').arm('open');
  t.strictSame(alarms(lane), ['arm-moved-uncommanded']);
  drivesOut(lane.arrive());
  t.strictSame(lane.outcomes(), ['tailgated']);
  t.ok(alarms(lane).includes('crossed-without-decision'));
});

t.test('orders that do not fit what stands are refused by name', async (t) => {
  const early = new LaneStory().ordered({ kind: 'drain' }).ordered({ kind: 'holdOpen' });
  t.strictSame(early.serviceAnswers, ['devicesNotRead', 'devicesNotRead']);
  const lane = ready().ordered({ kind: 'resume' });
  lane.ordered({ kind: 'turn', to: 'in' });
  lane.ordered({ kind: 'holdOpen' }).ordered({ kind: 'drain' }).ordered({ kind: 'maintain' });
  lane.ordered({ kind: 'resume' }).ordered({ kind: 'drain' }).ordered({ kind: 'drain' });
  t.strictSame(lane.serviceAnswers, [
    ...['alreadySo', 'cannotTurn', 'done', 'resumeFirst', 'resumeFirst'],
    ...['done', 'done', 'alreadySo'],
  ]);
});

t.test('the modes that can follow each other are those of the diagram', async (t) => {
  const flags = [true, false];
  const seen = new Set<string>();
  const signs: ServiceSigns[] = [];
  for (const directive of ['serve', 'drain', 'maintain', 'holdOpen', 'turn'] as const)
    for (let bits = 0; bits < 128; bits += 1) {
      const flag = (at: number) => flags[(bits >> at) & 1] === true;
      signs.push({
        directive,
        sensed: flag(0),
        ledgerFailing: flag(1),
        armUnsupervised: flag(2),
        armClosed: flag(3),
        keyTurned: flag(4),
        emptied: flag(5),
        settled: flag(6),
      });
    }
  const kinds = [...new Set(transitions.flatMap(({ from, to }) => [from, to]))];
  for (const kind of kinds)
    for (const each of signs) {
      const next = stepService({ kind }, each);
      if (next.kind !== kind) seen.add(`${kind} → ${next.kind}`);
      t.equal(settledOf(kind, each), true, `${kind} comes to rest`);
    }
  const drawn = new Set(transitions.map(({ from, to }) => `${from} → ${to}`));
  t.strictSame([...seen].sort(), [...drawn].sort());
});

/** Whether the moves that follow from the same signs come to an end. */
function settledOf(from: ServiceKind, signs: ServiceSigns): boolean {
  let mode = stepService({ kind: from }, signs);
  for (let moves = 0; moves < 6; moves += 1) {
    const next = stepService(mode, signs);
    if (next === mode) return true;
    mode = next;
  }
  return false;
}
