/** What is heard of a vehicle, when it is enough, and what follows from the decision. */
import t from 'tap';
import type { Policy } from '../../../src/core/decision/policy.ts';
import { exactly } from '../../support/exactly.ts';
import { noonMs, transaction } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

function ready(
  settings: ConstructorParameters<typeof LaneStory>[0] = {},
  policy?: Policy,
): LaneStory {
  const lane = new LaneStory(settings, policy);
  lane.facts = released();
  return lane.ready();
}

const judged = (lane: LaneStory) => lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
const visits = (lane: LaneStory) => lane.changes.flatMap((change) => change.visits ?? []);

t.test('the wait for evidence ends with the last of it, and not before', async (t) => {
  const steps: readonly (readonly [string, (lane: LaneStory) => LaneStory])[] = [
    ['plate', (lane) => lane.plate(plate)],
    ['tag', (lane) => lane.tag(tag)],
    ['boxes', (lane) => lane.boxes(box)],
    ['weight', (lane) => lane.weight(31_240)],
  ];
  for (const [missing] of steps) {
    const lane = ready().arrive();
    for (const [what, tell] of steps) if (what !== missing) tell(lane);
    t.equal(lane.state.passages[0]?.kind, 'capturing', `without ${missing}`);
    steps.find(([what]) => what === missing)?.[1](lane);
    t.equal(lane.state.passages[0]?.kind, 'admitted');
  }
  const all = ready().arrive().tag(tag).boxes(box).weight(31_240);
  all.plate('HELLO').plate('').weight(31_240, 'moving');
  t.equal(all.state.passages[0]?.kind, 'capturing', 'a text that is no plate, a weight that moves');
  all.plate(plate);
  t.equal(all.state.passages[0]?.kind, 'capturing');
  all.weight(31_240);
  t.equal(all.state.passages[0]?.kind, 'admitted');
});

t.test('a weight belongs to who stands on the platform', async (t) => {
  for (const presence of ['clear', 'unknown'] as const) {
    const lane = ready().arrive().plate(plate).tag(tag).boxes(box);
    lane.input('presence', presence).weight(31_240).input('presence', 'occupied');
    t.equal(lane.opens(), 0, presence);
    t.match(lane.state.passages[0]?.evidence.weighing.outcome, { reason: 'noReading' });
    lane.weight(31_240);
    t.equal(lane.opens(), 1);
  }
  const nobody = ready().weight(31_240).input('approach', 'occupied').weight(31_240);
  nobody.input('presence', 'occupied').plate(plate).tag(tag).boxes(box);
  t.equal(nobody.opens(), 0, 'what was on it before was another');
});

t.test('what was read ahead of a vehicle is given to it once', async (t) => {
  const lane = ready().plate(plate).tag(tag).arrive();
  t.strictSame(lane.state.recent, []);
  t.equal(lane.state.passages[0]?.evidence.plates.length, 1);
  lane.backOut().arrive();
  t.strictSame(lane.state.passages[0]?.evidence.plates, [], 'and not to the next one');
});

t.test('while one crosses, what covers approach is his own trailer', async (t) => {
  const lane = judged(ready()).arm('between').arm('open');
  lane.input('curtain', 'occupied').input('exit', 'occupied').pass(200).tag('E2FFFF').pass(200);
  t.equal(lane.state.passages.length, 1);
  lane.input('presence', 'clear').pass(100);
  t.equal(lane.state.passages.length, 1);
  lane.input('approach', 'clear').pass(100).input('approach', 'occupied');
  t.equal(lane.state.passages.length, 2, 'a fresh edge is another vehicle');
});

t.test('who comes after one that has left is judged as soon as the arm is down', async (t) => {
  const lane = judged(ready()).arm('between').arm('open');
  lane.input('presence', 'clear').input('approach', 'clear').pass(1_500);
  lane.arrive().plate(plate).tag('E280110000000000000000FF').boxes(box).weight(31_240);
  t.equal(lane.state.passages[1]?.kind, 'capturing', 'not under a raised arm');
  lane.arm('between').arm('closed');
  t.not(lane.state.passages[1]?.kind, 'capturing');
  t.not(lane.state.passages[1]?.kind, 'deciding', 'and its answer is its own');
});

t.test(
  'each attempt is a decision of its own, and only the one that was committed opens',
  async (t) => {
    const lane = ready();
    lane.commitResults = ['conflicted', 'conflicted'];
    judged(lane);
    const [committed] = lane.changes.filter((change) => change.decision);
    const { passageId } = lane.state.passages[0] ?? {};
    t.equal(committed?.decision?.decisionId, `${passageId}.d3`);
    t.match(committed?.decision?.opening, {
      commandId: lane.orders[0]?.commandId,
    });
    t.equal(lane.orders[0]?.commandId, `${passageId}.d3.open`);
    t.equal(lane.opens(), 1);
  },
);

t.test('an order that came to nothing is on record, with what became of it', async (t) => {
  for (const result of ['failed', 'expired'] as const) {
    const lane = ready();
    lane.orderResult = result;
    judged(lane);
    exactly(t, lane.events('barrier.refused.v1'), [
      { data: { commandId: lane.orders[0]?.commandId, result } },
    ]);
    exactly(t, lane.events('exception.opened.v1'), [{ data: { cause: `command-${result}` } }]);
    exactly(
      t,
      lane.changes.filter((change) => change.exception),
      [{ exception: { cause: `command-${result}` }, passage: { disposition: 'refer' } }],
    );
  }
  t.strictSame(judged(ready()).events('barrier.refused.v1'), []);
});

t.test('a refused truck is a case in the same transaction as its decision', async (t) => {
  const lane = ready();
  lane.facts = released({ proofs: [] });
  judged(lane);
  const [change] = lane.changes.filter((each) => each.decision);
  t.match(change?.exception, { cause: 'proof-missing', passageId: change?.decision?.passageId });
  t.match(
    change?.events.map(({ type }) => type),
    ['passage.decided.v1', 'exception.opened.v1'],
  );
  t.equal(change?.decision?.opening, undefined);
  t.equal(change?.reserve, undefined);
});

t.test('an entry opens a visit and closes the one that was never closed', async (t) => {
  const lane = ready({ direction: 'in' });
  const open = (visitId: string, of: string) => ({
    visitId: visitId as never,
    plate: of,
    enteredAtMs: noonMs - 1,
    containers: [],
  });
  lane.facts = released({
    transactions: [
      transaction({ direction: 'in', transactionType: 'exportLocal', plate, containers: [box] }),
    ],
    visits: [open('v.old', plate), open('v.other', '粤B99999')],
  });
  judged(lane).driveThrough();
  exactly(t, visits(lane), [
    { kind: 'closed', visitId: 'v.old', cause: 'exitNotCaptured' },
    { kind: 'opened', plate, containers: [box] },
  ]);
  exactly(t, lane.events('visit.opened.v1'), [{ data: { plate, containers: [box] } }]);
});

t.test('an exit closes its own visit, and a diverted truck stays inside', async (t) => {
  const other = {
    visitId: 'v.other' as never,
    plate: '粤B99999',
    enteredAtMs: noonMs - 1,
    containers: [],
  };
  const lane = ready();
  lane.facts = released({ visits: [...released().visits, other] });
  judged(lane).driveThrough();
  exactly(t, visits(lane), [{ kind: 'closed', visitId: 'v.1', cause: 'exitRecorded' }]);

  const diverting: Policy = {
    ...strictPolicy,
    rules: strictPolicy.rules.map((rule) => ({
      ...rule,
      checks: [
        ...rule.checks.filter(({ check }) => check !== 'clock-trusted'),
        { check: 'clock-trusted', onFail: 'divert', onUnknown: 'divert' },
      ],
    })),
  };
  const diverted = ready({}, diverting);
  diverted.facts = released({ clockState: 'unsynced' });
  judged(diverted);
  t.equal(diverted.opens(), 1);
  diverted.driveThrough();
  t.strictSame(diverted.outcomes(), ['diverted']);
  t.strictSame(visits(diverted), []);
});

t.test('a device that is lost, and one that is back, are on record', async (t) => {
  const lane = ready();
  lane.observe({ kind: 'deviceHealth', state: 'down', fault: 'port-lost' }, 'camera-front');
  lane.observe({ kind: 'deviceHealth', state: 'silent', fault: 'device-silent' }, 'scale-1');
  lane.observe({ kind: 'deviceHealth', state: 'up' }, 'camera-front');
  exactly(t, lane.events('device.faulted.v1'), [
    { subject: 'camera-front', data: { state: 'down', code: 'port-lost' } },
    { subject: 'scale-1', data: { state: 'silent', code: 'device-silent' } },
  ]);
  exactly(t, lane.events('device.recovered.v1'), [{ subject: 'camera-front' }]);
});

t.test('a timer that falls due when its time is past changes nothing', async (t) => {
  const lane = judged(ready()).arm('between').arm('open');
  const { passageId } = lane.state.passages[0] ?? {};
  for (const timer of ['gone', 'depart', 'capture'].map((what) => `${what}:${passageId}`))
    lane.tell({ kind: 'timerDue', timer });
  exactly(t, lane.state.passages, [{ kind: 'opening', left: false }]);
  t.strictSame(lane.outcomes(), []);
  lane.tell({ kind: 'timerDue', timer: 'gone:nobody' }).tell({ kind: 'timerDue', timer: 'x' });
  exactly(t, lane.state.passages, [{ kind: 'opening' }]);
});

t.test('what was made ready ahead changes nothing of a decision', async (t) => {
  const made = (looksAhead: boolean, change: (lane: LaneStory) => void = () => undefined) => {
    const lane = ready();
    lane.looksAhead = looksAhead;
    lane.plate(plate).tag(tag).boxes(box).arrive();
    change(lane);
    lane.weight(31_240);
    return lane.changes.flatMap(({ decision }) => decision ?? []);
  };
  const ahead = made(true);
  t.equal(ahead.length, 1);
  t.strictSame(ahead, made(false));
  const revoked = (lane: LaneStory) => {
    lane.facts = { ...released(), proofs: [] };
  };
  t.not(made(true, revoked)[0]?.inputs, ahead[0]?.inputs);
  t.strictSame(made(true, revoked), made(false, revoked), 'facts that came in between count');
  t.not(made(true, revoked)[0]?.disposition, 'admit');
  const second = (lane: LaneStory) => lane.plate('粤A99999');
  t.strictSame(made(true, second), made(false, second), 'readings that came in between count');
});
