/** How a vehicle's way ends: over the line, backwards, unseen, or with another one behind it. */
import t from 'tap';
import type { RestoredPassage } from '../../../src/core/lane/lane-types.ts';
import { exactly } from '../../support/exactly.ts';
import { noonMs } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

type Settings = ConstructorParameters<typeof LaneStory>[0];

function judged(settings: Settings = {}): LaneStory {
  const lane = new LaneStory(settings);
  lane.facts = released();
  return lane.ready().arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
}

const raised = (settings: Settings = {}) => judged(settings).arm('between').pass(800).arm('open');
const causes = (lane: LaneStory) =>
  lane.events('exception.opened.v1').map(({ data }) => data['cause']);
const alarms = (lane: LaneStory) => lane.events('alarm.raised.v1').map(({ data }) => data['code']);
const closes = (lane: LaneStory) => lane.orders.filter((o) => o.purpose === 'close').length;
const settled = (lane: LaneStory) =>
  lane.changes.flatMap(({ settle }) => (settle ? [settle.as] : []));

function backOut(lane: LaneStory): LaneStory {
  return lane.input('presence', 'clear').pass(300).input('approach', 'clear').pass(1_500);
}

t.test('who has left the lane backwards leaves no right behind for the next one', async (t) => {
  const lane = backOut(raised());
  t.equal(lane.state.light, 'red');
  lane.input('approach', 'occupied').pass(300).input('presence', 'occupied').pass(300);
  lane.input('curtain', 'occupied').input('exit', 'occupied');

  t.strictSame(settled(lane), [], 'the release of the first one is not used');
  t.ok(alarms(lane).includes('crossed-without-decision'));
  const [first, second] = lane.state.passages;
  t.match(first, { left: true });
  t.match(second, { kind: 'passing', unauthorised: true });

  lane.input('approach', 'clear').input('presence', 'clear').input('curtain', 'clear');
  lane.input('exit', 'clear').arm('between').arm('closed').pass(1_500);
  t.strictSame(lane.outcomes().sort(), ['tailgated', 'withdrawn']);
  t.strictSame(settled(lane), ['returned']);
});

t.test(
  'an arm that is left standing up is asked to close, and never stands unwatched',
  async (t) => {
    const asked = backOut(raised()).pass(3_000);
    t.equal(closes(asked), 1);
    asked.arm('between').arm('closed').pass(1_500);
    t.strictSame(asked.outcomes(), ['withdrawn']);
    t.strictSame(settled(asked), ['returned']);

    const unasked = backOut(raised({ closing: 'byController' })).pass(70_000);
    t.equal(closes(unasked), 0);
    t.strictSame(alarms(unasked), ['arm-open-unsupervised']);
    t.equal(unasked.state.service.kind, 'outOfService');

    const brokenDown = raised().pass(70_000);
    t.equal(closes(brokenDown), 0, 'a vehicle stands there');
    t.strictSame(alarms(brokenDown), ['arm-open-unsupervised']);
    t.equal(brokenDown.state.light, 'red');
  },
);

t.test('who rolls back a little and comes again is himself', async (t) => {
  const lane = raised().input('presence', 'clear').pass(5_000).input('presence', 'occupied');
  lane.input('exit', 'occupied').input('approach', 'clear').input('presence', 'clear');
  lane.input('exit', 'clear').arm('between').arm('closed').pass(1_500);
  t.strictSame(lane.outcomes(), ['passed']);
  t.strictSame(settled(lane), ['consumed']);
});

t.test(
  'an arm that comes down before its truck makes it a case, and its right to cross stays',
  async (t) => {
    const lane = raised().arm('between').arm('closed').pass(2_000);
    t.equal(lane.state.passages[0]?.kind, 'opening', 'a limit switch may bounce');
    lane.pass(1_500);
    t.equal(lane.state.passages[0]?.kind, 'referred');
    t.strictSame(causes(lane), ['arm-came-down']);
    t.equal(lane.opens(), 1, 'no second order');

    lane.arm('between').arm('open').input('exit', 'occupied');
    t.equal(lane.events('barrier.movedUncommanded.v1').length, 1, 'raised by hand');
    t.strictSame(settled(lane), ['consumed']);

    const bounced = judged().arm('between').arm('closed').pass(200).arm('between').pass(10_000);
    t.equal(bounced.state.passages[0]?.kind, 'opening');
    t.strictSame(causes(bounced), []);
  },
);

t.test(
  'a follower so close that presence never clears is judged once the arm is down',
  async (t) => {
    const lane = raised().input('curtain', 'occupied').input('exit', 'occupied').pass(500);
    lane.input('curtain', 'clear').input('exit', 'clear').pass(5_000);
    t.strictSame(lane.outcomes(), [], 'the arm is up: it may be the trailer that stands there');
    lane.arm('between').arm('closed').pass(1_500);
    t.strictSame(lane.outcomes(), ['passed']);
    exactly(t, lane.state.passages, [{ kind: 'capturing' }]);
    lane.plate('粤B77777').tag('E280110000000000000000FF').boxes(box).weight(20_000);
    t.equal(lane.opens(), 1);
    t.not(lane.state.passages[0]?.kind, 'capturing', 'and gets an answer of its own');
  },
);

t.test(
  'what was out of sight proves nothing: the release stays, and a clerk is told',
  async (t) => {
    for (const point of ['approach', 'presence', 'exit'] as const) {
      const lane = raised().input(point, 'unknown').pass(200);
      lane.input(point, point === 'exit' ? 'clear' : 'occupied');
      backOut(lane).arm('between').arm('closed').pass(1_500);
      t.strictSame(settled(lane), [], point);
      t.strictSame(causes(lane), ['crossing-not-observed'], point);
      t.strictSame(lane.outcomes(), ['referred'], point);
    }
    const forwards = raised().input('approach', 'clear').pass(300).input('presence', 'clear');
    forwards.pass(300).arm('between').arm('closed').pass(1_500);
    t.strictSame(settled(forwards), [], 'it may have passed an exit line that did not feel it');
    t.strictSame(causes(forwards), ['crossing-not-observed']);
  },
);

t.test(
  'a vehicle that stays behind the one that has crossed is told from its trailer',
  async (t) => {
    const crossing = () => {
      const lane = raised().input('curtain', 'occupied').input('exit', 'occupied').pass(300);
      return lane.input('approach', 'clear').input('presence', 'clear').pass(300);
    };
    const followed = crossing().input('curtain', 'clear').input('exit', 'clear').pass(400);
    followed
      .input('approach', 'occupied')
      .input('presence', 'occupied')
      .input('curtain', 'occupied');
    followed.input('exit', 'occupied');
    t.strictSame(alarms(followed), ['crossed-without-decision']);
    exactly(t, followed.state.passages, [{ unauthorised: false }, { unauthorised: true }]);
    t.strictSame(causes(followed), ['crossed-without-decision'], 'nobody had judged it');
    followed.input('approach', 'clear').input('presence', 'clear').input('curtain', 'clear');
    followed.input('exit', 'clear').pass(1_500);
    t.strictSame(followed.outcomes(), ['passed', 'tailgated']);
    t.strictSame(settled(followed), ['consumed'], 'one release for one vehicle');

    const unannounced = crossing().input('curtain', 'clear').input('exit', 'clear').pass(400);
    unannounced.input('curtain', 'occupied').input('exit', 'occupied');
    t.strictSame(
      alarms(unannounced),
      ['crossed-without-decision'],
      'although no loop before it spoke',
    );
    t.equal(unannounced.events('passage.started.v1').length, 2);

    const gap = crossing().input('exit', 'clear').pass(3_000);
    t.strictSame(gap.outcomes(), [], 'the curtain still sees it');
    gap.input('exit', 'occupied').pass(200);
    gap.input('curtain', 'clear').input('exit', 'clear').pass(1_500);
    t.strictSame(alarms(gap), [], 'the curtain still saw the trailer');
    t.strictSame(gap.outcomes(), ['passed']);
  },
);

t.test('a truck before a lane that is out of service becomes a case', async (t) => {
  const lane = raised().input('exit', 'occupied').pass(70_000);
  t.equal(lane.state.service.kind, 'outOfService');
  lane.input('approach', 'clear').input('presence', 'clear').input('exit', 'clear').pass(1_500);
  lane.arrive().arm('between').arm('closed').pass(9_000);
  t.equal(lane.state.passages[0]?.kind, 'capturing');
  lane.pass(2_000);
  t.strictSame(causes(lane), ['arm-open-unsupervised']);
  t.equal(lane.state.service.kind, 'outOfService', 'it is not empty');
});

const before: RestoredPassage = {
  passageId: 'p-before' as never,
  startedAtMs: noonMs - 20_000,
  disposition: 'admit',
  decisionId: 'p-before.d1' as never,
  releases: [{ lineage: 'L1', container: box }],
  departed: false,
  crossed: false,
  unauthorised: false,
};

function restarted(
  change: Partial<RestoredPassage>,
  seen: { presence?: 'occupied'; exit?: 'occupied'; arm: 'closed' | 'open' },
): LaneStory {
  const lane = new LaneStory().tell({ kind: 'restored', passages: [{ ...before, ...change }] });
  lane.input('approach', 'clear').input('curtain', 'clear');
  lane.input('presence', seen.presence ?? 'clear').input('exit', seen.exit ?? 'clear');
  return lane.arm(seen.arm);
}

t.test('a departure that was on record before the restart is not recorded again', async (t) => {
  const known = restarted({ departed: true }, { presence: 'occupied', arm: 'open' });
  t.strictSame(known.events('barrier.opened.v1'), []);
  t.strictSame(
    known.changes.flatMap(({ openingUsed }) => openingUsed ?? []),
    [],
  );
  const news = restarted({ departed: false }, { presence: 'occupied', arm: 'open' });
  exactly(t, news.events('barrier.opened.v1'), [{ data: { seenAfterRestart: true } }]);
});

t.test(
  'who stands on the exit line after the restart has crossed by the right he had',
  async (t) => {
    const lane = restarted({ departed: true }, { exit: 'occupied', arm: 'closed' });
    t.strictSame(settled(lane), ['consumed']);
    lane.input('exit', 'clear').pass(1_500);
    t.strictSame(lane.outcomes(), ['passed']);

    const never = restarted({}, { presence: 'occupied', exit: 'occupied', arm: 'closed' });
    t.strictSame(settled(never), [], 'the arm never rose for it');
    t.strictSame(causes(never), ['passage-interrupted']);

    const nobody = new LaneStory().tell({ kind: 'restored', passages: [] });
    nobody.input('approach', 'clear').input('presence', 'clear').input('exit', 'occupied');
    nobody.input('curtain', 'clear').arm('closed');
    t.strictSame(alarms(nobody), [], 'what stood there before the start has not come now');
  },
);

t.test(
  'what was crossing before the restart ends as what it was, whoever stands behind',
  async (t) => {
    const passed = restarted(
      { crossed: true, departed: true, releases: [] },
      { presence: 'occupied', arm: 'closed' },
    ).pass(1_500);
    t.strictSame(passed.outcomes(), ['passed']);
    exactly(t, passed.state.passages, [{ kind: 'capturing' }], 'the one behind it is captured');

    for (const presence of [undefined, 'occupied'] as const) {
      const tailgater = restarted(
        { crossed: true, unauthorised: true },
        { ...(presence && { presence }), arm: 'closed' },
      ).pass(1_500);
      t.strictSame(tailgater.outcomes(), ['tailgated']);
    }
  },
);

t.test('a truck that stood there before the restart stands there as what it was', async (t) => {
  for (const [disposition, kind] of [
    ['refer', 'referred'],
    ['hold', 'held'],
    ['refuse', 'refused'],
    [undefined, 'capturing'],
  ] as const) {
    const { decisionId: _, disposition: __, ...undecided } = before;
    const lane = new LaneStory().tell({
      kind: 'restored',
      passages: [{ ...undecided, ...(disposition !== undefined && { disposition }), releases: [] }],
    });
    lane.ready().input('approach', 'clear');
    t.strictSame(lane.state.passages, [], 'the lane is empty');
    t.strictSame(lane.outcomes(), [kind === 'capturing' ? 'referred' : kind]);

    const standing = new LaneStory().tell({
      kind: 'restored',
      passages: [{ ...undecided, ...(disposition !== undefined && { disposition }), releases: [] }],
    });
    for (const point of ['approach', 'presence'] as const) standing.input(point, 'occupied');
    standing.input('exit', 'clear').input('curtain', 'clear').arm('closed');
    exactly(t, standing.state.passages, [{ kind }]);
    t.equal(standing.orders.length, 0);
  }
});

t.test('a crossing after the restart does what its decision had planned', async (t) => {
  const plan = { close: [{ visitId: 'v.7' as never, cause: 'exitRecorded' as const }] };
  const lane = restarted({ departed: true, plan }, { presence: 'occupied', arm: 'open' });
  lane.input('exit', 'occupied');
  exactly(t, lane.events('release.consumed.v1'), [{ data: { releases: before.releases } }]);
  exactly(t, lane.events('visit.closed.v1'), [{ subject: 'v.7', data: { cause: 'exitRecorded' } }]);
  exactly(
    t,
    lane.changes.flatMap(({ visits }) => visits ?? []),
    [{ kind: 'closed', visitId: 'v.7' }],
  );
});

t.test('who drives through a closed arm after his order failed has used nothing', async (t) => {
  const lane = new LaneStory();
  lane.facts = released();
  lane.orderResult = 'failed';
  lane.ready().arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  lane.input('exit', 'occupied');
  t.strictSame(lane.events('release.consumed.v1'), []);
  t.strictSame(settled(lane), []);
  t.strictSame(
    lane.changes.flatMap(({ visits }) => visits ?? []),
    [],
  );
  t.ok(alarms(lane).includes('crossed-without-decision'));
  t.strictSame(causes(lane), ['command-failed'], 'it is a case already');
});

t.test(
  'facts and answers that come for a passage which no longer waits change nothing',
  async (t) => {
    const lane = judged();
    const [passage] = lane.state.passages;
    const passageId = passage?.passageId ?? ('' as never);
    const commits = lane.changes.length;
    lane.tell({ kind: 'factsGathered', passageId, facts: released() });
    lane.tell({ kind: 'factsUnavailable', passageId, detail: 'late' });
    const tag_ = { kind: 'decision' as const, passageId };
    for (const result of ['committed', 'conflicted', 'failed'] as const)
      lane.tell({ kind: 'commitResult', tag: tag_, result });
    lane.tell({ kind: 'factsGathered', passageId: 'nobody' as never, facts: released() });
    t.equal(lane.changes.length, commits);
    t.equal(lane.opens(), 1);
    t.equal(lane.state.passages[0]?.kind, 'admitted');
  },
);

t.test('an answer belongs to its own passage, not to the one that came first', async (t) => {
  const lane = raised().input('curtain', 'occupied').input('exit', 'occupied').pass(300);
  lane.input('approach', 'clear').input('presence', 'clear').input('approach', 'occupied');
  const second = lane.state.passages[1]?.passageId ?? ('' as never);
  lane.tell({
    kind: 'commitResult',
    tag: { kind: 'decision', passageId: second },
    result: 'committed',
  });
  t.equal(lane.opens(), 1);
  exactly(t, lane.state.passages, [{ kind: 'passing' }, { kind: 'approaching' }]);
});

t.test('a lane holds three vehicles, and counts who is too many', async (t) => {
  const lane = raised();
  for (let i = 0; i < 6; i++) {
    lane.input('curtain', 'occupied').input('exit', 'occupied').pass(100);
    lane.input('approach', 'clear').input('presence', 'clear').input('curtain', 'clear');
    lane.input('exit', 'clear').pass(300);
  }
  t.equal(lane.state.passages.length, 3);
  t.equal(lane.state.dropped['passagesOverflow'], 3);
  const crossings = alarms(lane).filter((code) => code === 'crossed-without-decision');
  t.equal(crossings.length, 5, 'and every crossing without a decision is told of');
});

t.test('readings of an empty lane are bounded, and the newest are kept', async (t) => {
  const lane = new LaneStory().ready();
  for (let i = 0; i < 100; i++) lane.plate(`粤B${10_000 + i}`);
  t.equal(lane.state.recent.length, 16);
  t.equal(lane.state.dropped['recentOverflow'], 84);
  t.match(lane.state.recent.at(-1)?.observation, { raw: '粤B10099' });

  const busy = new LaneStory({
    requirements: { plate: false, containers: false, tag: false, weight: true },
  });
  busy.ready();
  for (let i = 0; i < 30; i++) {
    busy.arrive();
    for (let j = 0; j < 16; j++) busy.tag(`E2${10 + i}${10 + j}`);
    busy.backOut();
  }
  t.ok(busy.state.leavingTags.length <= 16);
});

t.test('nobody is judged while the one before him is still on the exit line', async (t) => {
  const { decisionId: _, disposition: __, ...undecided } = before;
  const lane = new LaneStory().tell({
    kind: 'restored',
    passages: [
      { ...before, crossed: true, departed: true, releases: [] },
      { ...undecided, passageId: 'p-behind' as never, releases: [] },
    ],
  });
  lane.facts = released();
  lane.input('approach', 'occupied').input('presence', 'occupied').input('exit', 'occupied');
  lane.input('curtain', 'clear').arm('closed');
  lane.plate(plate).tag(tag).boxes(box).weight(31_240).pass(3_000);
  t.equal(lane.opens(), 0);
  exactly(t, lane.state.passages, [{ kind: 'passing' }, { kind: 'capturing' }]);
  lane.input('exit', 'clear').pass(1_500);
  t.equal(lane.opens(), 1);
});
