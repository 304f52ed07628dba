/** A hold or a revocation that comes between the commit and the exit line, and after it. */
import t from 'tap';
import type { GatheredFacts } from '../../../src/core/facts.ts';
import { exactly } from '../../support/exactly.ts';
import { hold, proof } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const held = { holds: [hold({ subject: { kind: 'container', container: box } })] };

function admitted(): LaneStory {
  const lane = new LaneStory({ hasDisplay: true });
  lane.facts = released();
  return lane.ready().arrive().plate(plate).tag(tag).weight(31_240).boxes(box);
}

function change(lane: LaneStory, facts: Partial<GatheredFacts>): LaneStory {
  lane.facts = released(facts);
  return lane.tell({ kind: 'feedChanged' });
}

const events = (lane: LaneStory, type: string) =>
  lane.changes.flatMap((each) => each.events).filter((each) => each.type === type);
const alarms = (lane: LaneStory) => events(lane, 'alarm.raised.v1').map(({ data }) => data['code']);

t.test('before the arm has left: red, no second opening, an alarm and a case', async (t) => {
  const lane = admitted();
  t.equal(lane.lights.at(-1), 'green');
  change(lane, held);
  t.equal(lane.lights.at(-1), 'red');
  t.equal(lane.notices.at(-1), 'wait', 'and the reason is not told to the driver');
  t.strictSame(alarms(lane), ['held-after-decision']);
  t.match(events(lane, 'passage.stopped.v1'), [
    { data: { stage: 'beforeOpening', reasons: ['container-held'] } },
  ]);
  t.match(events(lane, 'exception.opened.v1'), [{ data: { cause: 'held-after-decision' } }]);
  change(lane, held);
  t.equal(events(lane, 'passage.stopped.v1').length, 1, 'once');
  t.equal(lane.orders.length, 1);
});

t.test(
  'an opening that is not written yet is withheld, and the case is the one of the hold',
  async (t) => {
    const lane = admitted();
    const commandId = lane.orders[0]?.commandId;
    t.ok(commandId);
    change(lane, held);
    t.strictSame(lane.withdrawn, [commandId]);
    lane.tell({ kind: 'orderResult', commandId: commandId as never, result: 'withdrawn' });
    t.equal(lane.state.passages[0]?.kind, 'referred');
    exactly(t, events(lane, 'barrier.refused.v1'), [{ data: { result: 'withdrawn' } }]);
    t.equal(events(lane, 'exception.opened.v1').length, 1);
    lane.pass(60_000);
    t.strictSame(alarms(lane), ['held-after-decision'], 'nobody waits for the arm any more');
  },
);

t.test('whoever is a case or is gone is opened for by nothing that waits', async (t) => {
  const stuck = admitted().pass(60_000);
  t.equal(stuck.state.passages[0]?.kind, 'referred');
  t.strictSame(stuck.withdrawn, [stuck.orders[0]?.commandId]);

  const back = admitted().input('presence', 'clear').input('approach', 'clear').pass(2_900);
  t.strictSame(back.state.passages, []);
  t.strictSame(back.withdrawn, [back.orders[0]?.commandId]);
});

t.test('with the arm up and the line not crossed nothing is lowered on the vehicle', async (t) => {
  const lane = admitted().arm('between').pass(300).arm('open');
  change(lane, held);
  t.equal(lane.lights.at(-1), 'red');
  t.equal(lane.notices.at(-1), 'wait');
  t.match(events(lane, 'passage.stopped.v1'), [{ data: { stage: 'armUp' } }]);
  t.strictSame(
    lane.orders.map(({ order }) => order),
    ['barrierOpen'],
  );
  t.strictSame(lane.withdrawn, []);
  lane.pass(500).input('exit', 'occupied');
  t.equal(events(lane, 'passage.crossed.v1').length, 1, 'it drives on all the same');
  t.equal(events(lane, 'release.consumed.v1').length, 1, 'and what it used is used');
});

t.test('over the line an alarm is all there is', async (t) => {
  const lane = admitted().arm('between').arm('open').input('exit', 'occupied');
  change(lane, held);
  t.strictSame(alarms(lane), ['held-after-exit']);
  t.match(events(lane, 'passage.stopped.v1'), [{ data: { stage: 'crossed' } }]);
});

t.test('a revocation of what it was let through by', async (t) => {
  const lane = admitted();
  const { proofs } = released();
  change(lane, {
    proofs: [
      ...proofs,
      proof({
        id: 'revocation',
        lineage: proofs[0]?.lineage ?? '',
        proofType: 'customs_declaration',
        state: 'revoked',
        containers: [],
      }),
    ],
  });
  t.match(events(lane, 'passage.stopped.v1'), [{ data: { reasons: ['proof-revoked'] } }]);
});

t.test('what only is not known any more stops nobody who was let through', async (t) => {
  const lane = admitted();
  change(lane, { sources: [], visits: [], vehicles: [] });
  t.equal(lane.lights.at(-1), 'green');
  t.strictSame(alarms(lane), []);
});

t.test('who backs out after it gives his releases back', async (t) => {
  const lane = change(admitted(), held).backOut();
  t.equal(events(lane, 'release.returned.v1').length, 1);
});

t.test('nobody is asked about who waits, was sent away or has gone', async (t) => {
  const lane = new LaneStory();
  lane.facts = released(held);
  lane.ready().tell({ kind: 'feedChanged' });
  lane.arrive().plate(plate).tag(tag).tell({ kind: 'feedChanged' });
  lane.weight(31_240).boxes(box).tell({ kind: 'feedChanged' });
  t.notOk(lane.effects.flat().includes('recheckFacts'));
  const gone = admitted().driveThrough();
  const before = gone.effects.flat().filter((kind) => kind === 'recheckFacts').length;
  change(gone, held);
  t.equal(gone.effects.flat().filter((kind) => kind === 'recheckFacts').length, before);
});

t.test('a revocation counts although the plan was deleted with it', async (t) => {
  const proofs = [
    proof({
      proofType: 'customs_declaration',
      containers: [box],
      consignmentId: 'D1',
      state: 'revoked',
    }),
    proof({ proofType: 'terminal_release', containers: [box] }),
  ];
  const lane = change(admitted(), { proofs, transactions: [] });
  t.match(events(lane, 'passage.stopped.v1'), [{ data: { reasons: ['proof-revoked'] } }]);
  const gone = change(admitted(), { transactions: [] });
  t.strictSame(events(gone, 'passage.stopped.v1'), [], 'a plan that is done with stops nobody');
});
