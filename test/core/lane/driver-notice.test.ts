import t from 'tap';
import { noticeOf } from '../../../src/core/lane/driver-notice.ts';
import { hold, proof, transaction } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

function story(facts = released(), settings: object = {}): LaneStory {
  const lane = new LaneStory({ hasDisplay: true, ...settings });
  lane.facts = facts;
  return lane.ready();
}

function judged(lane: LaneStory): LaneStory {
  return lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
}

t.test(
  '"go" is told when the arm was seen to leave closed, and taken back when he has crossed',
  async (t) => {
    const lane = judged(story());
    t.equal(lane.opens(), 1);
    t.equal(lane.state.light, 'green');
    t.strictSame(lane.notices, ['closed', 'welcome', 'wait'], 'ordered is not open');
    lane.arm('between');
    t.equal(lane.notices.at(-1), 'go');
    lane.arm('open');
    t.equal(lane.notices.filter((each) => each === 'go').length, 1, 'told once');
    lane.input('exit', 'occupied');
    t.equal(lane.notices.at(-1), 'welcome', 'for whoever comes next, the arm still being up');
  },
);

t.test(
  '"go" is never told for a decision that was not stored or an order that failed',
  async (t) => {
    const unstored = story();
    unstored.commitResults = ['failed'];
    judged(unstored);
    t.match(unstored.notices.at(-1), /^seeClerk: /);
    const failed = story();
    failed.orderResult = 'failed';
    judged(failed);
    t.match(failed.notices.at(-1), /^seeClerk: /);
    const late = story();
    late.answersLate = true;
    judged(late).arm('between');
    t.notOk(late.notices.includes('go'), 'an arm that moves before the commit is nobody\'s "go"');
  },
);

t.test('a driver who is referred reads why, and one who is held or refused does not', async (t) => {
  const unread = story().arrive().plate(plate).tag(tag).weight(31_240).pass(11_000);
  t.match(unread.notices.at(-1), /^seeClerk: .*container/i);
  const held = judged(
    story(released({ holds: [hold({ subject: { kind: 'container', container: box } })] })),
  );
  t.equal(held.state.passages[0]?.kind, 'held');
  t.equal(held.notices.at(-1), 'seeClerk');
  const refused = judged(
    story(released({ proofs: [proof({ proofType: 'terminal_release', containers: [box] })] })),
  );
  t.equal(refused.state.passages[0]?.kind, 'refused');
  t.equal(refused.notices.at(-1), 'seeClerk');
});

t.test('a referral that a hold has part in does not tell of the hold', async (t) => {
  const lane = judged(story());
  const [passage] = lane.state.passages;
  const decision = passage?.decision;
  if (!passage || !decision) throw new Error('nothing decided');
  const check = (name: string, code: string) => ({ check: name, outcome: 'fail', code }) as const;
  const noticed = (...checks: ReturnType<typeof check>[]) =>
    noticeOf({
      ...lane.state,
      passages: [
        {
          ...passage,
          kind: 'referred',
          reasons: checks.map(({ code }) => code),
          decision: { ...decision, checks },
        },
      ],
    });
  const weight = check('weight-truck', 'weight-missing');
  t.not(noticed(weight).reason, undefined);
  t.equal(noticed(weight, check('not-held', 'container-held')).reason, undefined);
  t.equal(noticed(check('vehicle-not-held', 'vehicle-held'), weight).reason, undefined);
});

t.test('a diverted vehicle is sent to the inspection', async (t) => {
  const held = { holds: [hold({ subject: { kind: 'container', container: box } })] };
  const facts = released({
    ...held,
    transactions: [
      transaction({ direction: 'in', transactionType: 'exportLocal', plate, containers: [box] }),
    ],
    visits: [],
  });
  const lane = judged(story(facts, { direction: 'in' })).arm('between');
  const { notice } = lane.state;
  if (lane.state.passages[0]?.decision?.disposition !== 'divert') throw new Error('not diverted');
  t.strictSame([notice?.kind, notice?.text.en], ['go', 'Go to inspection']);
});

t.test('a lane that cannot work is closed to the driver, whatever stands in it', async (t) => {
  const lane = new LaneStory({ hasDisplay: true });
  lane.tell({ kind: 'restored', passages: [] });
  t.strictSame(lane.notices, ['closed'], 'nothing is known yet');
  lane.ready();
  t.equal(lane.notices.at(-1), 'welcome');
  judged(lane).arm('between');
  lane.input('exit', 'unknown');
  t.equal(lane.notices.at(-1), 'closed', 'a "go" that nobody can watch over is taken back');
  lane.arm('unknown');
  t.equal(lane.notices.at(-1), 'closed');
});

t.test('without a display nothing is worked out for one', async (t) => {
  const lane = new LaneStory();
  lane.facts = released();
  judged(lane.ready()).arm('between');
  t.strictSame(lane.notices, []);
  t.equal(lane.state.notice, undefined);
});

t.test('what is told to the driver comes behind what moves something', async (t) => {
  const lane = judged(story());
  t.ok(lane.effects.length > 0);
  for (const kinds of lane.effects) {
    const at = kinds.indexOf('notice');
    t.ok(at < 0 || at === kinds.length - 1, kinds.join());
  }
});
