import t from 'tap';
import { reasonText } from '../../src/core/decision/decide.ts';
import { faultText } from '../../src/core/fault-codes.ts';
import type { DeviceId } from '../../src/core/identity.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { CaseDetail, OpenException } from '../../src/ports/ledger.ts';
import type { PassagePictureRow } from '../../src/ports/pictures.ts';
import { LaneWatch } from '../../src/runtime/lane-view.ts';
import type { PictureView } from '../../src/runtime/read-model.ts';
import { noonMs, proof } from '../support/facts.ts';
import { LaneStory } from '../support/lane-story.ts';
import { box, plate, released, tag } from '../support/released.ts';

/** A lane under watch: `look` shows it what has happened in the story since the last look. */
function watched(facts = released()) {
  const lane = new LaneStory();
  lane.facts = facts;
  lane.ready();
  const asked: string[] = [];
  const details = new Map<string, CaseDetail>();
  const picturesAsked: string[] = [];
  const stored = new Map<string, readonly PassagePictureRow[]>();
  const broken = new Set<string>();
  const watch = new LaneWatch(lane.context, {
    caseOf: (exceptionId) => {
      asked.push(exceptionId);
      return details.get(exceptionId) ?? {};
    },
    picturesOf: (passageId) => {
      picturesAsked.push(passageId);
      const pictures = stored.get(passageId);
      if (!pictures) throw new Error('no rows');
      return pictures;
    },
    isBroken: (sha256) => broken.has(sha256),
  });
  let looked = 0;
  const look = (exceptions: readonly OpenException[] = []) => {
    watch.see(lane.state, noonMs + lane.nowMs);
    for (const change of lane.changes.slice(looked)) {
      looked += 1;
      watch.committed(change, looked);
    }
    return watch.view(lane.state, lane.nowMs, exceptions);
  };
  return { lane, look, asked, details, stored, picturesAsked, broken };
}

const judged = (lane: LaneStory) => lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);

t.test('a decision keeps the time at which it was made while its truck moves on', async (t) => {
  const { lane, look } = watched();
  judged(lane);
  const decidedAtMs = look().passages[0]?.decision?.decidedAtMs;
  lane.arm('between').pass(800).arm('open');
  const [opening] = look().passages;
  t.equal(opening?.state, 'opening');
  t.equal(opening?.decision?.decidedAtMs, decidedAtMs);
  t.equal(opening?.decision?.plate, plate);
});

t.test('who crosses without a right, or has backed out, is shown so', async (t) => {
  const { lane, look } = watched();
  lane.arrive().input('exit', 'occupied');
  t.match(look().passages, [{ state: 'tailgated', hasCrossed: true, unauthorised: true }]);
  const other = watched();
  judged(other.lane).arm('between').arm('open').input('presence', 'clear');
  other.lane.input('approach', 'clear').pass(1_500);
  t.match(other.look().passages, [{ state: 'reversed', hasCrossed: false }]);
});

t.test('why a truck waits is shown where its decision does not tell it', async (t) => {
  const { lane, look } = watched();
  lane.orderResult = 'failed';
  judged(lane);
  const [passage] = look().passages;
  t.equal(passage?.state, 'referred');
  t.equal(passage?.decision?.disposition, 'admit');
  t.strictSame(passage?.referredFor, [
    { code: 'command-failed', text: reasonText('command-failed') },
  ]);
});

t.test('what is wrong with the equipment is shown while it is', async (t) => {
  const { lane, look } = watched();
  const alarm = {
    kind: 'deviceAlarm',
    code: 'output-mismatch',
    detail: 'barrierOpen',
  } as const;
  const tell = (observation: Observation) =>
    lane.tell({
      kind: 'observed',
      observed: {
        deviceId: 'io' as DeviceId,
        receivedAt: { wallMs: 0, monotonicMs: lane.nowMs },
        observation,
      },
    });
  t.strictSame(look().alarms, []);
  lane.arm('contradictory');
  tell({ ...alarm, state: 'raised' });
  t.strictSame(look().alarms, [
    { code: 'arm-limits-contradict', text: faultText('arm-limits-contradict') },
    { code: 'output-mismatch', text: faultText('output-mismatch'), of: 'io/barrierOpen' },
  ]);
  lane.arm('closed');
  tell({ ...alarm, state: 'over' });
  t.strictSame(look().alarms, []);
});

t.test('a reason of a check is told once, by the decision', async (t) => {
  const { lane, look } = watched(released({ proofs: [] }));
  judged(lane);
  const [passage] = look().passages;
  t.match(
    passage?.decision?.checks.map(({ code }) => code).filter((code) => code !== undefined),
    ['proof-missing'],
  );
  t.strictSame(passage?.referredFor, []);
});

t.test('a passage that ends undecided is shown with what was read of it', async (t) => {
  const { lane, look } = watched();
  lane.arrive().plate(plate).boxes(box);
  look();
  lane.backOut();
  const [ended] = look().lastPassages;
  t.match(ended, { plate, containers: [box], outcome: 'withdrawn' });
});

t.test('an open case names its truck and the values of its cause, read once', async (t) => {
  const { lane, look, asked, details } = watched(
    released({ proofs: [proof({ proofType: 'terminal_release', containers: [box] })] }),
  );
  judged(lane);
  look();
  const change = lane.changes.find(({ exception }) => exception);
  const exception = change?.exception;
  if (!exception) throw new Error('a case was opened');
  details.set(exception.exceptionId, {
    plate,
    ...(change.decision && { result: change.decision.result }),
  });
  const evidence = { container: box, missing: 'customs_declaration|lift_permit' };
  for (const _look of [1, 2]) {
    const { openExceptions } = look([exception]);
    t.match(openExceptions.newest[0], { plate, cause: 'proof-missing' });
    t.strictSame(openExceptions.newest[0]?.text, reasonText('proof-missing', evidence));
  }
  t.strictSame(asked, [exception.exceptionId]);
});

t.test('a case of which the ledger knows no more is shown by its cause', async (t) => {
  const { look } = watched();
  const view = look([
    { exceptionId: 'x1', passageId: 'p1', laneId: 'out-1', cause: 'proof-missing', openedAtMs: 5 },
  ]);
  t.match(view.openExceptions, { count: 1 });
  const [shown] = view.openExceptions.newest;
  t.equal(shown?.plate, undefined);
  t.notMatch(shown?.text.zh, /[{}]/);
});

t.test(
  'pictures are those of the vehicle, of who left last, and of a case however old',
  async (t) => {
    const { lane, look, stored, picturesAsked, broken } = watched(released({ proofs: [] }));
    const seen = (n: number): PictureView => ({
      sha256: String(n).repeat(64),
      role: 'scene',
      deviceId: 'camera-front',
    });
    const { deviceId, ...taken } = { ...seen(1), bytes: 9, mediaType: 'image/jpeg' };
    lane
      .arrive()
      .observe(
        { kind: 'plateRead', view: 'front', raw: plate, replayed: false, pictures: [taken] },
        deviceId,
      );
    t.strictSame(look().passages[0]?.pictures, [seen(1)]);
    lane.tag(tag).boxes(box).weight(31_240);
    const passageId = lane.state.passages[0]?.passageId ?? '';
    const at = { laneId: 'out-1', cause: 'release-missing', openedAtMs: noonMs };
    const cases: readonly OpenException[] = [
      { exceptionId: 'x-own', passageId, ...at },
      { exceptionId: 'x-old', passageId: 'p-old', ...at },
      { exceptionId: 'x-unread', passageId: 'p-unread', ...at },
    ];
    stored.set('p-old', [{ ...seen(2), isBroken: true }]);
    const brokenOne = { ...seen(2), isBroken: true };
    const shown = () => look(cases).openExceptions.newest.map(({ pictures }) => pictures);
    t.strictSame(shown(), [[seen(1)], [brokenOne], undefined]);
    broken.add(seen(1).sha256);
    t.strictSame(look(cases).passages[0]?.pictures, [{ ...seen(1), isBroken: true }]);
    lane.backOut();
    t.strictSame(
      shown(),
      [[{ ...seen(1), isBroken: true }], [brokenOne], undefined],
      'it has left',
    );
    t.strictSame(look(cases).lastPassages[0]?.pictures, [{ ...seen(1), isBroken: true }]);
    t.strictSame(picturesAsked, ['p-old', 'p-unread'], 'each is read once');
  },
);
