/** The question to the customs gate platform, and which answers count. */
import t from 'tap';
import type { PlatformAnswer } from '../../../src/core/customs-platform/exchange.ts';
import { type DecisionInputs, decide, decisionText } from '../../../src/core/decision/decide.ts';
import { noonMs, source } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { clerk, PersonStory } from '../../support/person-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const link = { premises: '5205000001', lane: '0000000012', answerWithinMs: 5_000 };
const good = '0'.repeat(20);

function standing<Story extends LaneStory>(lane: Story, read = plate): Story {
  lane.facts = released();
  lane.ready();
  lane.arrive().plate(read).tag(tag).boxes(box).weight(31_240);
  return lane;
}

const linked = () => standing(new LaneStory({ platform: link }));

function answer(lane: LaneStory, change: Partial<PlatformAnswer> = {}): void {
  const { premises, lane: number } = link;
  const told = { seqNo: 's1', premises, lane: number, direction: 'out' as const, word: good };
  lane.tell({ kind: 'platformTold', told: { kind: 'answered', answer: { ...told, ...change } } });
}

const kindOf = (lane: LaneStory) => lane.state.passages[0]?.kind;
const inputsOf = (lane: LaneStory) =>
  lane.changes.flatMap(({ decision }) =>
    decision ? [JSON.parse(decision.inputs) as DecisionInputs] : [],
  );
const ignored = (lane: LaneStory) =>
  lane.events('platform.answerIgnored.v1').map(({ data }) => data['why']);

t.test('a lane without a link asks nobody', async (t) => {
  const lane = standing(new LaneStory());
  t.equal(lane.opens(), 1);
  t.strictSame(lane.questions, []);
  t.notOk('platform' in (inputsOf(lane)[0] ?? {}));
});

t.test('a linked lane asks when its evidence is complete, and opens on the answer', async (t) => {
  const lane = linked();
  t.equal(kindOf(lane), 'deciding');
  t.equal(lane.opens(), 0);
  t.strictSame(lane.questions, [
    {
      premises: link.premises,
      lane: link.lane,
      direction: 'out',
      passageId: lane.state.passages[0]?.passageId,
      capture: {
        plate,
        tags: [tag],
        trade: '1',
        load: '1',
        frontContainer: box,
        containerCount: 1,
        isContainerReadingAbnormal: false,
        grossWeightKg: 31_240,
        seals: [],
        consignments: [{ formId: 'D1' }],
      },
    },
  ] as never);
  t.match(lane.events('platform.asked.v1'), [{ data: { seqNo: 's1' } }]);
  lane.pass(1_200);
  answer(lane);
  t.equal(lane.opens(), 1);
  t.match(inputsOf(lane)[0]?.platform, { kind: 'answered', seqNo: 's1', word: good, ageMs: 0 });
  t.match(lane.events('platform.answered.v1'), [{ data: { seqNo: 's1', word: good } }]);
});

t.test('stored inputs decide the same again', async (t) => {
  const lane = linked();
  answer(lane, { word: '00z00000000000000000', hint: '放行' });
  const { decision } = lane.changes.find((change) => change.decision) ?? {};
  const inputs = JSON.parse(decision?.inputs ?? '') as DecisionInputs;
  t.equal(decisionText(decide(inputs, strictPolicy).decision), decision?.result);
});

t.test('silence refers at the limit, and a late answer changes nothing', async (t) => {
  const lane = linked();
  lane.pass(4_999);
  t.equal(kindOf(lane), 'deciding');
  lane.pass(1);
  t.equal(kindOf(lane), 'referred');
  t.strictSame(lane.state.passages[0]?.reasons, ['platform-silent']);
  t.match(lane.events('alarm.raised.v1'), [{ data: { code: 'platform-no-answer' } }]);
  answer(lane);
  t.equal(kindOf(lane), 'referred');
  t.equal(lane.opens(), 0);
  t.strictSame(ignored(lane), ['late']);
});

t.test(
  'an answer that bears another number, premises, lane or direction opens nothing',
  async (t) => {
    const others: readonly Partial<PlatformAnswer>[] = [
      { seqNo: 's2' },
      { premises: '5205000002' },
      { lane: '0000000013' },
      { direction: 'in' },
    ];
    for (const change of others) {
      const lane = linked();
      answer(lane, change);
      t.equal(kindOf(lane), 'deciding', JSON.stringify(change));
      t.equal(lane.opens(), 0);
      t.equal(ignored(lane).length, 1);
      answer(lane);
      t.equal(lane.opens(), 1, 'its own still does');
    }
  },
);

t.test('of two answers the first counts', async (t) => {
  const lane = linked();
  answer(lane, { word: '00z00000000000000000' });
  answer(lane);
  t.equal(kindOf(lane), 'refused');
  t.equal(lane.opens(), 0);
  t.strictSame(ignored(lane), ['second']);
});

t.test('the answer for truck A does nothing to truck B', async (t) => {
  const lane = linked();
  lane.pass(500).backOut();
  t.strictSame(lane.state.passages, [], 'A has gone while it was asked about');
  t.strictSame(lane.outcomes(), ['withdrawn']);
  lane.arrive().plate('粤B99999').tag('E2801160600002084C7A1234').boxes(box).weight(31_240);
  t.equal(lane.questions.length, 2);
  answer(lane);
  t.equal(lane.opens(), 0);
  t.equal(kindOf(lane), 'deciding');
  t.strictSame(ignored(lane), ['unknownNumber']);
});

t.test('whoever rolled off presence while it was asked about is not let through', async (t) => {
  const lane = linked();
  lane.input('presence', 'clear').pass(200).input('presence', 'occupied');
  answer(lane);
  t.equal(lane.opens(), 0);
  t.strictSame(lane.state.passages[0]?.reasons[0], 'vehicle-moved');
});

t.test('after a restart the old answer is none, and the vehicle is asked about anew', async (t) => {
  const before = linked();
  const [passage] = before.state.passages;
  const lane = new LaneStory({ platform: link });
  lane.facts = released();
  lane.questions.push(...before.questions);
  lane.tell({
    kind: 'restored',
    passages: [
      {
        passageId: passage?.passageId as never,
        startedAtMs: noonMs,
        releases: [],
        departed: false,
        crossed: false,
        unauthorised: false,
      },
    ],
  });
  for (const point of ['approach', 'presence'] as const) lane.input(point, 'occupied');
  lane.input('exit', 'clear').input('curtain', 'clear').arm('closed');
  answer(lane);
  t.strictSame(ignored(lane), ['unknownNumber']);
  lane.plate(plate).tag(tag).boxes(box).weight(31_240);
  t.equal(kindOf(lane), 'deciding');
  answer(lane);
  t.equal(lane.opens(), 0, 'it was asked about under another number');
  answer(lane, { seqNo: 's2' });
  t.equal(lane.opens(), 1);
});

t.test('what could not be asked, or came back unreadable, refers', async (t) => {
  const unasked = new LaneStory({ platform: link });
  unasked.askFails = { kind: 'failed', code: 'platform-number-unwritten' };
  standing(unasked);
  t.equal(kindOf(unasked), 'referred');
  t.strictSame(unasked.state.passages[0]?.reasons, ['platform-not-reached']);
  const lane = linked();
  const failed = {
    kind: 'failed',
    lane: link.lane,
    seqNo: 's1',
    code: 'platform-hung-up',
  } as const;
  lane.tell({ kind: 'platformTold', told: failed });
  t.equal(kindOf(lane), 'referred');
  answer(lane);
  t.equal(lane.opens(), 0);
  t.strictSame(ignored(lane), ['late']);
});

t.test(
  'facts that change between answer and commit are looked up again, not asked again',
  async (t) => {
    const lane = linked();
    lane.commitResults = ['conflicted'];
    answer(lane);
    t.equal(lane.questions.length, 1);
    t.equal(lane.opens(), 1);
  },
);

t.test('facts are those of the moment of the answer', async (t) => {
  const lane = linked();
  lane.facts = released({ sources: [source({ watermarkAtMs: noonMs - 3_600_000 })] });
  answer(lane);
  t.equal(lane.opens(), 0);
  t.equal(kindOf(lane), 'referred');
});

t.test('a correction asks anew, and waits for one touch after the answer', async (t) => {
  const lane = standing(new PersonStory({ platform: link }), '粤B12845');
  answer(lane);
  t.equal(kindOf(lane), 'referred');
  lane.act(clerk, { kind: 'correct', correction: { plate } });
  t.match(lane.lastAnswer(), { kind: 'done', state: 'deciding' });
  t.equal(kindOf(lane), 'deciding');
  t.equal(lane.questions.length, 2);
  t.equal(lane.questions[1]?.capture.plate, plate);
  t.match(lane.events('person.acted.v1'), [{ data: { act: 'correct', corrected: { plate } } }]);
  answer(lane);
  t.strictSame(ignored(lane), ['unknownNumber'], 'the answer of before is none');
  answer(lane, { seqNo: 's2' });
  t.strictSame(lane.passage()?.reasons, ['confirmation-awaited']);
  t.equal(lane.opens(), 0);
  lane.act(clerk, { kind: 'confirm' });
  t.match(lane.lastAnswer(), { kind: 'done', state: 'admitted' });
  t.equal(lane.opens(), 1);
  t.equal(lane.questions.length, 2, 'a touch asks nobody');
});

t.test('a confirmation goes no further than the platform did, nor than its age', async (t) => {
  const refused = standing(new PersonStory({ platform: link }), '粤B12845');
  answer(refused);
  refused.act(clerk, { kind: 'correct', correction: { plate } });
  answer(refused, { seqNo: 's2', word: '00z00000000000000000' });
  refused.act(clerk, { kind: 'confirm' });
  t.equal(refused.opens(), 0);
  const late = standing(new PersonStory({ platform: link }), '粤B12845');
  answer(late);
  late.act(clerk, { kind: 'correct', correction: { plate } });
  answer(late, { seqNo: 's2' });
  late.nowMs += 600_001;
  late.act(clerk, { kind: 'confirm' });
  t.equal(late.opens(), 0);
  t.ok(late.passage()?.reasons.includes('platform-answer-old'));
});

t.test('a correction that cannot be written asks nobody', async (t) => {
  const lane = standing(new PersonStory({ platform: link }), '粤B12845');
  answer(lane);
  lane.commitResults = ['failed'];
  lane.act(clerk, { kind: 'correct', correction: { plate } });
  t.match(lane.lastAnswer(), { kind: 'refused', code: 'act-not-recorded' });
  t.equal(kindOf(lane), 'referred');
  t.equal(lane.questions.length, 1);
});
