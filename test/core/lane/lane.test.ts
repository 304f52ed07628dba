import t from 'tap';
import { exactly } from '../../support/exactly.ts';
import { hold, noonMs, proof, source, transaction, vehicle } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

function story(facts = released()): LaneStory {
  const lane = new LaneStory();
  lane.facts = facts;
  return lane.ready();
}

function judged(lane: LaneStory): LaneStory {
  return lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
}

t.test(
  'a released truck is admitted, passes, and its release is used up at the exit line',
  async (t) => {
    const lane = judged(story());

    t.equal(lane.opens(), 1);
    t.equal(lane.state.passages[0]?.kind, 'admitted');
    const decisionAt = lane.changes.findIndex((c) => c.decision);
    t.equal(
      lane.changes[decisionAt]?.reserve?.releases.length,
      2,
      'both proofs are reserved in the decision commit',
    );
    t.match(
      lane.changes[decisionAt]?.basis,
      { stamp: 'stamp-1', query: { containers: [box] } },
      'and what it rests on is compared again',
    );
    t.strictSame(lane.events('release.consumed.v1'), [], 'nothing is used before the crossing');

    lane.driveThrough();

    t.strictSame(lane.outcomes(), ['passed']);
    t.equal(lane.events('release.consumed.v1').length, 1);
    t.equal(lane.changes.find((c) => c.settle)?.settle?.as, 'consumed');
    exactly(
      t,
      lane.changes.flatMap((c) => c.visits ?? []),
      [{ kind: 'closed', cause: 'exitRecorded' }],
    );
    t.equal(lane.state.passages.length, 0);
  },
);

t.test('an unreleased truck is refused by name and the arm gets no order', async (t) => {
  const lane = judged(
    story(released({ proofs: [proof({ proofType: 'terminal_release', containers: [box] })] })),
  );

  t.equal(lane.orders.length, 0);
  t.equal(lane.state.passages[0]?.kind, 'refused');
  t.match(lane.state.passages[0]?.reasons, ['proof-missing']);

  lane.backOut();

  t.strictSame(lane.outcomes(), ['refused']);
  t.equal(lane.events('exception.opened.v1').length, 1, 'its case stays open');
});

t.test('a held box is held at the exit and diverted at the entry', async (t) => {
  const held = { holds: [hold({ subject: { kind: 'container', container: box } })] };
  const out = judged(story(released(held)));
  t.equal(out.orders.length, 0);
  t.equal(out.state.passages[0]?.kind, 'held');
  t.strictSame(out.backOut().outcomes(), ['held']);

  const entry = new LaneStory({ direction: 'in' }).ready();
  entry.facts = released({
    ...held,
    transactions: [
      transaction({ direction: 'in', transactionType: 'exportLocal', plate, containers: [box] }),
    ],
    visits: [],
  });
  judged(entry);
  t.equal(entry.opens(), 1, 'the arm rises for a diverted truck');
  t.equal(entry.changes.find((c) => c.decision)?.reserve, undefined, 'and nothing is reserved');
  t.strictSame(entry.driveThrough().outcomes(), ['diverted']);
});

t.test(
  'the order to open leaves only after the commit, and not when the commit fails',
  async (t) => {
    const lane = story();
    lane.commitResults = ['failed'];
    judged(lane);

    t.equal(lane.orders.length, 0);
    t.equal(lane.state.passages[0]?.kind, 'referred');
    t.match(lane.state.passages[0]?.reasons, ['decision-not-stored']);
  },
);

t.test('facts that change between look-up and commit make the decision anew', async (t) => {
  const lane = story();
  lane.commitResults = ['conflicted'];
  let gathers = 0;
  lane.onGather = () => {
    gathers += 1;
    if (gathers === 2) {
      lane.facts = released({
        proofs: [
          proof({
            proofType: 'customs_declaration',
            containers: [box],
            state: 'revoked',
            version: 2,
          }),
          proof({ proofType: 'terminal_release', containers: [box] }),
        ],
      });
    }
  };
  judged(lane);

  t.equal(gathers, 2);
  t.equal(lane.orders.length, 0, 'the revocation prevents the opening');
  t.equal(lane.state.passages[0]?.kind, 'refused');
});

t.test('a decision that keeps conflicting is referred, not retried for ever', async (t) => {
  const lane = story();
  lane.commitResults = ['conflicted', 'conflicted', 'conflicted', 'conflicted'];
  judged(lane);

  t.equal(lane.orders.length, 0);
  t.match(lane.state.passages[0]?.reasons, ['decision-contended']);
  t.equal(lane.commitResults.length, 1, 'three attempts were made');
});

t.test('an order that expires or fails is not repeated and the truck becomes a case', async (t) => {
  for (const result of ['expired', 'failed'] as const) {
    const lane = story();
    lane.orderResult = result;
    judged(lane);
    t.equal(lane.opens(), 1);
    t.equal(lane.state.passages[0]?.kind, 'referred');
    t.match(lane.state.passages[0]?.reasons, [`command-${result}`]);
    lane.pass(120_000);
    t.equal(lane.opens(), 1, 'never repeated');
  }
});

t.test('an arm that does not leave closed is reported as stuck', async (t) => {
  const lane = judged(story()).pass(4_000);

  exactly(t, lane.events('alarm.raised.v1'), [{ data: { code: 'arm-stuck' } }]);
  t.equal(lane.state.passages[0]?.kind, 'referred');
  t.equal(lane.opens(), 1);
});

t.test('who rolls back off the loop is judged only when he stands there again', async (t) => {
  const lane = story().arrive().plate(plate).tag(tag).boxes(box);
  lane.input('presence', 'clear').weight(31_240).pass(5_000);
  t.equal(lane.opens(), 0, 'nobody stands at the arm');
  t.equal(lane.state.passages[0]?.kind, 'capturing');
  lane.input('presence', 'occupied').weight(31_240);
  t.equal(lane.opens(), 1);

  const gone = story().arrive().plate(plate).tag(tag).boxes(box);
  gone.input('presence', 'clear').input('approach', 'clear').pass(900);
  gone.weight(31_240).pass(20_000);
  t.equal(gone.opens(), 0, 'the wait for evidence ends after the vehicle has left');
  t.strictSame(gone.outcomes(), ['withdrawn']);
});

t.test('an answer that comes late opens only for the vehicle that still waits there', async (t) => {
  for (const change of [
    (lane: LaneStory) => lane.input('presence', 'clear'),
    (lane: LaneStory) => lane.input('presence', 'unknown'),
    (lane: LaneStory) => lane.arm('between').arm('open'),
    (lane: LaneStory) => lane.input('exit', 'occupied'),
  ]) {
    const lane = story();
    lane.answersLate = true;
    judged(lane).answer();
    change(lane).answer();
    t.equal(lane.changes.filter((c) => c.decision).length, 1, 'the decision was committed');
    t.equal(lane.opens(), 0);
    t.equal(lane.events('barrier.opened.v1').length, 0, 'and no departure was charged to it');
  }
});

t.test(
  'each departure of the arm is charged to one decision; one without is a security event',
  async (t) => {
    const lane = judged(story()).driveThrough().arm('between').arm('closed');
    t.equal(lane.events('barrier.opened.v1').length, 1);
    t.equal(lane.events('barrier.movedUncommanded.v1').length, 0);

    lane.arm('between').arm('open');

    t.equal(lane.events('barrier.movedUncommanded.v1').length, 1);
    t.equal(lane.events('barrier.opened.v1').length, 1);
  },
);

t.test('a right pays for one departure, by the decision it was given with', async (t) => {
  const lane = judged(story()).arm('between').arm('open');
  t.strictSame(
    lane.changes.flatMap(({ openingUsed }) => openingUsed ?? []),
    [lane.changes.find(({ decision }) => decision)?.decision?.decisionId],
    'and the ledger is told that it is used up',
  );
  lane.arm('between').arm('closed').arm('between');
  t.equal(lane.events('barrier.opened.v1').length, 1);
  t.equal(lane.events('barrier.movedUncommanded.v1').length, 1, 'while the truck still waits');
});

t.test(
  'who moves the arm at the barrier itself is told from who moves it without a word',
  async (t) => {
    for (const [key, local] of [
      ['occupied', true],
      ['clear', false],
      ['unknown', false],
    ] as const) {
      const lane = story().input('localControl', key).arm('between');
      exactly(t, lane.events('barrier.movedUncommanded.v1'), [{ data: { local } }]);
    }
  },
);

t.test('the order may be written for as long as the site allows, and not longer', async (t) => {
  const lane = judged(story());
  const [order] = lane.orders;
  t.equal((order?.notAfterMonotonicMs ?? 0) - lane.nowMs, 1_500);
  const opening = lane.changes.find((c) => c.decision?.opening)?.decision?.opening;
  t.equal(opening?.notAfterMonotonicMs, order?.notAfterMonotonicMs, 'as it stands in the ledger');
});

t.test('a departure that happened while the module was silent is still counted', async (t) => {
  const lane = story().arm('unknown').arm('open');
  t.equal(lane.events('barrier.movedUncommanded.v1').length, 1);
});

t.test(
  'a truck that backs out after it was let through gives its release back only on proof',
  async (t) => {
    const proven = judged(story()).arm('between').arm('open').pass(1_000);
    proven.input('presence', 'clear').pass(300).input('approach', 'clear').pass(3_000);
    t.strictSame(proven.outcomes(), [], 'not while the arm is up');
    proven.arm('between').arm('closed').pass(1_500);
    t.strictSame(proven.outcomes(), ['withdrawn']);
    t.equal(proven.events('release.returned.v1').length, 1);

    const unproven = judged(story()).arm('between').arm('open').pass(1_000);
    unproven.input('approach', 'clear').pass(300).input('presence', 'clear').pass(300);
    unproven.arm('between').arm('closed').pass(1_500);
    t.equal(
      unproven.events('release.returned.v1').length,
      0,
      'approach cleared first: it may be in front of the arm',
    );
  },
);

t.test('evidence that does not arrive refers with the reason when the wait is over', async (t) => {
  const noWeight = story().arrive().plate(plate).tag(tag).boxes(box);
  t.equal(noWeight.state.passages[0]?.kind, 'capturing', 'it waits');
  noWeight.pass(11_000);
  t.equal(noWeight.state.passages[0]?.kind, 'referred');
  t.match(noWeight.state.passages[0]?.reasons, ['weight-noReading']);

  const moving = story()
    .arrive()
    .plate(plate)
    .tag(tag)
    .boxes(box)
    .weight(31_000, 'moving')
    .pass(11_000);
  t.match(moving.state.passages[0]?.reasons, ['weight-unstable']);

  const zero = story().arrive().plate(plate).tag(tag).boxes(box).weight(0).pass(11_000);
  t.match(zero.state.passages[0]?.reasons, ['weight-empty']);
});

t.test('a tag that is registered to another vehicle refers', async (t) => {
  const lane = story(
    released({
      vehicles: [
        vehicle({ plates: [plate], tags: ['AAAA'] }),
        vehicle({ plates: ['粤B99999'], tags: [tag] }),
      ],
    }),
  );
  judged(lane);
  t.equal(lane.orders.length, 0);
  t.match(lane.state.passages[0]?.reasons, ['plate-tag-conflict']);
});

t.test('stored history and readings from before the vehicle never count', async (t) => {
  const lane = story();
  lane.observe(
    { kind: 'plateRead', view: 'front', raw: plate, confidence: 0.99, replayed: false },
    'camera-front',
  );
  lane.pass(60_000).arrive();
  lane.observe(
    { kind: 'plateRead', view: 'front', raw: plate, confidence: 0.99, replayed: true },
    'camera-front',
  );
  lane.tag(tag).boxes(box).weight(31_240).pass(11_000);

  t.equal(lane.orders.length, 0);
  t.ok(
    lane.state.passages[0]?.reasons.includes('identity-tag-alone') ||
      lane.state.passages[0]?.reasons.includes('plate-not-read'),
  );
  t.match(lane.state.dropped, { stale: 1, replayed: 1 });
});

t.test(
  'whoever cuts the exit line without a decision is recorded as tailgating and uses nothing',
  async (t) => {
    const lane = story()
      .arrive()
      .input('exit', 'occupied')
      .input('approach', 'clear')
      .input('presence', 'clear');
    lane.input('exit', 'clear').pass(1_500);
    // The arm was closed all the while: it is broken off or was driven around.
    exactly(t, lane.events('alarm.raised.v1'), [
      { data: { code: 'crossed-without-decision' } },
      { data: { code: 'arm-broken-or-bypassed' } },
    ]);
    t.strictSame(lane.outcomes(), ['tailgated']);
    t.equal(lane.events('release.consumed.v1').length, 0);
  },
);

t.test('a safety raise is never refused', async (t) => {
  const raises = (lane: LaneStory) => lane.orders.filter((o) => o.purpose === 'safetyRaise').length;
  const strangers = story().arm('between').arm('open').input('curtain', 'occupied').arm('between');
  t.equal(raises(strangers), 1, 'nobody was let through');
  t.equal(strangers.orders[0]?.order, 'barrierOpen');

  const again = story().arm('between').arm('open').input('curtain', 'occupied');
  for (let i = 0; i < 20; i++) again.arm('between').arm('open');
  t.equal(raises(again), 20, 'however often');

  const sick = judged(story())
    .arm('between')
    .arm('open')
    .tell({ kind: 'ledgerHealth', failing: true });
  sick.input('exit', 'unknown').arm('between');
  t.equal(sick.state.service.kind, 'faulted');
  t.equal(raises(sick), 1, 'presence is occupied, and nothing can be stored');

  const blind = judged(story())
    .arm('between')
    .arm('open')
    .input('presence', 'unknown')
    .arm('between');
  t.equal(raises(blind), 1, 'unknown is not clear');

  const out = story()
    .arm('between')
    .arm('open')
    .pass(70_000)
    .input('curtain', 'occupied')
    .arm('between');
  t.equal(out.state.service.kind, 'outOfService');
  t.equal(raises(out), 1);

  const empty = story().arm('between').arm('open').input('curtain', 'clear').arm('between');
  t.equal(raises(empty), 0, 'and nothing is raised over an empty lane');

  const failed = story();
  failed.orderResult = 'failed';
  failed.arm('between').arm('open').input('curtain', 'occupied').arm('between');
  const codes = failed.events('alarm.raised.v1').map(({ data }) => data['code']);
  t.strictSame(codes, ['arm-moved-uncommanded', 'command-failed']);
});

t.test('an arm that sags on a truck is raised at once, without a decision', async (t) => {
  const lane = judged(story())
    .arm('between')
    .arm('open')
    .input('curtain', 'occupied')
    .input('exit', 'occupied');
  lane.arm('between');
  t.equal(lane.orders.at(-1)?.purpose, 'safetyRaise');
  t.equal(lane.events('barrier.safetyRaised.v1').length, 1);
});

t.test(
  'no close is requested while presence is occupied or unknown, and the wait is bounded',
  async (t) => {
    for (const state of ['occupied', 'unknown'] as const) {
      const lane = judged(story()).driveThrough();
      lane.input('presence', state).pass(50_000);
      t.equal(lane.orders.filter((o) => o.order === 'barrierClose').length, 0, `presence ${state}`);
      lane.pass(20_000);
      t.match(lane.events('alarm.raised.v1').at(-1), { data: { code: 'arm-open-unsupervised' } });
      t.equal(lane.state.service.kind, 'outOfService');
      t.equal(lane.state.light, 'red');
    }
    const clear = judged(story()).driveThrough().pass(5_000);
    t.equal(clear.orders.filter((o) => o.order === 'barrierClose').length, 1);
  },
);

t.test('a close is requested once, and only over an empty and known place', async (t) => {
  const closes = (lane: LaneStory) => lane.orders.filter((o) => o.order === 'barrierClose').length;
  for (const point of ['presence', 'curtain', 'exit'] as const) {
    for (const state of ['occupied', 'unknown'] as const) {
      const lane = judged(story()).driveThrough().input(point, state).pass(30_000);
      t.equal(closes(lane), 0, `${point} ${state}`);
      const late = judged(story()).driveThrough().pass(1_000).input(point, state).pass(30_000);
      t.equal(closes(late), 0, `${point} ${state} while the wait runs`);
    }
  }
  t.equal(closes(judged(story()).driveThrough().pass(50_000)), 1);
  const underWay = judged(story()).arm('between').arm('open').pass(30_000);
  t.equal(closes(underWay), 0, 'a truck is on its way');
  const byController = new LaneStory({ closing: 'byController' });
  byController.facts = released();
  t.equal(closes(judged(byController.ready()).driveThrough().pass(50_000)), 0);
});

t.test('an arm that was raised on its way down is asked to close again', async (t) => {
  const closes = (lane: LaneStory) => lane.orders.filter((o) => o.order === 'barrierClose').length;
  const lane = story().arm('between').arm('open').pass(3_000).arm('between');
  t.equal(closes(lane), 1);
  lane.input('curtain', 'occupied').arm('open').pass(10_000);
  t.equal(closes(lane), 1, 'not onto who made it rise');
  lane.input('curtain', 'clear').pass(3_000);
  t.equal(closes(lane), 2);
  t.equal(closes(lane.pass(30_000)), 2);
});

t.test('a close that is due is not asked for when something has come meanwhile', async (t) => {
  const lane = story().arm('between').arm('open');
  t.ok(lane.state.timers.includes('close'));
  const due = { kind: 'timerDue', timer: 'close' } as const;
  for (const point of ['presence', 'curtain', 'exit'] as const) {
    const late = story().arm('between').arm('open').input(point, 'occupied').tell(due);
    t.equal(late.orders.length, 0, point);
  }
  const admitted = judged(story()).tell(due);
  t.strictSame(
    admitted.orders.filter((o) => o.purpose === 'close'),
    [],
  );
});

t.test(
  'a lane out of service decides nothing and comes back when the arm is down and the lane empty',
  async (t) => {
    const lane = judged(story()).driveThrough().input('curtain', 'occupied').pass(70_000);
    t.equal(lane.state.service.kind, 'outOfService');
    const opens = lane.opens();
    judged(lane).pass(20_000);
    t.equal(lane.opens(), opens);
    lane
      .input('presence', 'clear')
      .input('approach', 'clear')
      .input('curtain', 'clear')
      .arm('between')
      .arm('closed');
    t.equal(lane.state.service.kind, 'inService');
  },
);

t.test('nothing is decided while any part of the lane is unknown', async (t) => {
  for (const point of ['approach', 'presence', 'exit'] as const) {
    const lane = story().arrive().plate(plate).tag(tag).boxes(box).input(point, 'unknown');
    t.equal(lane.state.service.kind, 'faulted', point);
    lane.weight(31_240).pass(20_000);
    t.equal(lane.opens(), 0, point);
  }
  for (const position of ['unknown', 'contradictory'] as const) {
    const lane = story().arrive().plate(plate).tag(tag).boxes(box).arm(position).weight(31_240);
    t.equal(lane.state.service.kind, 'faulted', position);
    t.equal(lane.opens(), 0, position);
  }
  const first = new LaneStory();
  first.facts = released();
  for (const point of ['exit', 'approach', 'curtain'] as const) first.input(point, 'clear');
  judged(first.arm('closed')).pass(20_000);
  t.equal(first.opens(), 1, 'only when the last loop has told');
  const started = new LaneStory().input('approach', 'clear').input('exit', 'clear').arm('closed');
  t.equal(started.state.service.kind, 'powerRestoring', 'presence has not told');
});

t.test('while inputs are unknown nothing is decided', async (t) => {
  const lane = story().arrive().input('exit', 'unknown');
  lane.plate(plate).tag(tag).boxes(box).weight(31_240).pass(20_000);
  t.equal(lane.state.service.kind, 'faulted');
  t.equal(lane.orders.length, 0);
  lane.input('exit', 'clear');
  t.equal(lane.opens(), 1, 'it is judged when the lane can be seen again');
});

t.test('after a restart no open order is given again', async (t) => {
  const restoredPassage = {
    passageId: 'p-before' as never,
    startedAtMs: noonMs - 20_000,
    disposition: 'admit',
    decisionId: 'p-before.d1' as never,
    releases: [{ lineage: 'L1', container: box }],
    departed: false,
    crossed: false,
    unauthorised: false,
  };

  const standing = new LaneStory();
  standing.facts = released();
  standing.tell({ kind: 'restored', passages: [restoredPassage] });
  standing
    .input('approach', 'occupied')
    .input('presence', 'occupied')
    .input('exit', 'clear')
    .input('curtain', 'clear');
  standing.arm('closed').plate(plate).tag(tag).boxes(box).weight(31_000).pass(60_000);
  t.equal(standing.opens(), 0, 'the truck at a closed arm is a case for a clerk');
  exactly(t, standing.state.passages, [{ kind: 'referred' }]);
  exactly(t, standing.events('exception.opened.v1'), [{ data: { cause: 'passage-interrupted' } }]);

  const underWay = new LaneStory();
  underWay.tell({ kind: 'restored', passages: [restoredPassage] });
  underWay
    .input('approach', 'occupied')
    .input('presence', 'occupied')
    .input('exit', 'clear')
    .input('curtain', 'clear')
    .arm('open');
  underWay
    .input('exit', 'occupied')
    .input('approach', 'clear')
    .input('presence', 'clear')
    .input('exit', 'clear')
    .pass(1_500);
  t.equal(underWay.opens(), 0);
  t.strictSame(
    underWay.outcomes(),
    ['passed'],
    'the arm was already up: its crossing uses the release',
  );
  t.equal(underWay.changes.find((c) => c.settle)?.settle?.as, 'consumed');

  const gone = new LaneStory();
  gone.tell({ kind: 'restored', passages: [restoredPassage] });
  gone.ready().pass(5_000);
  t.strictSame(gone.outcomes(), ['referred'], 'nobody saw whether it crossed');
  exactly(t, gone.events('exception.opened.v1'), [{ data: { cause: 'crossing-not-observed' } }]);
  t.equal(
    gone.changes.some((c) => c.settle),
    false,
    'the release stays reserved',
  );
});

t.test(
  'the lamps are told their colour anew whenever the lane goes into service or out of it',
  async (t) => {
    const lane = story();
    t.strictSame(lane.lights, ['red'], 'a green lamp of before the restart goes out');
    judged(lane);
    t.strictSame(lane.lights, ['red', 'green']);
    lane.input('exit', 'unknown');
    t.strictSame(lane.lights, ['red', 'green', 'red']);
    lane.input('exit', 'clear');
    t.strictSame(
      lane.lights,
      ['red', 'green', 'red', 'green'],
      'the module may have lost its outputs',
    );
  },
);

t.test('the next truck is judged only when the arm is down again', async (t) => {
  const lane = judged(story()).driveThrough().pass(2_500);
  judged(lane);
  t.equal(lane.opens(), 1);
  lane.arm('between').arm('closed');
  t.equal(lane.opens(), 2);
});

t.test('a tag that came in with one vehicle is never the next one’s', async (t) => {
  const lane = judged(story()).driveThrough();
  lane.arm('between').arm('closed');
  // The reader still hears the truck that has left, and goes on hearing it.
  for (let i = 0; i < 5; i++) lane.tag(tag).pass(500);
  lane.arrive().tag(tag);
  t.strictSame(lane.state.passages[0]?.evidence.tags, []);
  t.ok((lane.state.dropped['tagOfAnother'] ?? 0) >= 6);

  lane.tag('E280110000000000000000FF');
  t.equal(lane.state.passages[0]?.evidence.tags.length, 1, 'its own tag is taken');

  const back = judged(story()).driveThrough();
  back.arm('between').arm('closed').pass(2_500).arrive().tag(tag);
  t.equal(
    back.state.passages[0]?.evidence.tags.length,
    1,
    'who comes again after the reader had lost him is himself',
  );
});

t.test('a follower is not given the tag of the vehicle under way before him', async (t) => {
  const lane = judged(story()).arm('between').pass(800).arm('open');
  lane.input('exit', 'occupied').input('approach', 'clear').pass(300).input('presence', 'clear');
  lane.input('approach', 'occupied').tag(tag).pass(100);
  t.equal(lane.state.passages.length, 2);
  t.strictSame(lane.state.passages[1]?.evidence.tags, []);
});

t.test('what is read of a vehicle after its decision does not wait for the next one', async (t) => {
  const lane = judged(story());
  lane.plate('粤B77777', 0.99, 'rear');
  t.equal(lane.state.dropped['afterDecision'], 1);
  lane.driveThrough().arm('between').arm('closed').pass(500).arrive();
  t.strictSame(lane.state.passages[0]?.evidence.plates, []);
});

t.test('one tag heard a hundred times before its vehicle leaves room for its plate', async (t) => {
  const lane = story().plate(plate);
  for (let i = 0; i < 100; i++) lane.tag(tag);
  lane.arrive();
  t.equal(lane.state.passages[0]?.evidence.plates.length, 1);
  t.equal(lane.state.passages[0]?.evidence.tags.length, 1);
  t.equal(lane.state.dropped['recentOverflow'], undefined);
});

t.test('silence of a source that may hold refers, although every proof is there', async (t) => {
  const lane = judged(
    story(released({ sources: [source({ watermarkAtMs: noonMs - 3_600_000 })] })),
  );
  t.equal(lane.orders.length, 0);
  t.match(lane.state.passages[0]?.reasons, ['hold-source-silent']);
});
