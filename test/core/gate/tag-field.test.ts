/** A tag that several lanes hear belongs to one of them, or is proof of nothing in any. */
import fc from 'fast-check';
import t from 'tap';
import {
  claimMsMax,
  emptyTagField,
  type HeardTag,
  hearTag,
  type TagVerdict,
} from '../../../src/core/gate/tag-field.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const laneA = 'in-1' as never;
const laneB = 'in-2' as never;
const laneC = 'in-3' as never;

const heard = (laneId: never, change: Partial<HeardTag> = {}): HeardTag => ({
  tag: tag as never,
  laneId,
  atMonotonicMs: 0,
  hasVehicle: false,
  ...change,
});

function all(...readings: readonly HeardTag[]) {
  let field = emptyTagField;
  const verdicts: TagVerdict[] = [];
  for (const reading of readings) {
    const step = hearTag(field, reading);
    ({ field } = step);
    verdicts.push(...step.verdicts);
  }
  return { field, verdicts };
}
const told = (...readings: readonly HeardTag[]) =>
  all(...readings).verdicts.map(
    ({ laneId, standing, because }) => `${laneId} ${standing} ${because}`,
  );

t.test('one lane alone has its tags and is told nothing', async (t) => {
  t.strictSame(told(heard(laneA), heard(laneA), heard(laneA)), []);
});

t.test('the lane in which a vehicle stands has it', async (t) => {
  const withVehicle = { hasVehicle: true };
  t.strictSame(told(heard(laneA, withVehicle), heard(laneB)), ['in-2 lost vehicle']);
  t.strictSame(
    told(heard(laneA, { rssiDbm: -40 }), heard(laneB, { ...withVehicle, rssiDbm: -80 })),
    ['in-1 lost vehicle'],
    'however loud it is elsewhere',
  );
  t.match(all(heard(laneA, withVehicle), heard(laneB)).verdicts, [{ winner: laneA }]);
});

t.test('of two vehicles the clearly louder one', async (t) => {
  const at = (laneId: never, rssiDbm: number) => heard(laneId, { hasVehicle: true, rssiDbm });
  t.strictSame(told(at(laneA, -50), at(laneB, -57)), ['in-2 lost signal']);
  t.strictSame(told(at(laneA, -57), at(laneB, -50)), ['in-1 lost signal']);
  t.strictSame(told(at(laneA, -50), at(laneB, -56)), [
    'in-2 suspect undecided',
    'in-1 suspect undecided',
  ]);
  t.strictSame(
    told(at(laneA, -50), at(laneB, -56), at(laneA, -49)),
    ['in-2 suspect undecided', 'in-1 suspect undecided', 'in-1 own signal', 'in-2 lost signal'],
    'and it is settled later',
  );
});

t.test('without signal strength, the one that hears it much more often', async (t) => {
  const readings = [heard(laneA), heard(laneB), heard(laneA), heard(laneA)];
  t.strictSame(told(...readings), [
    'in-2 suspect undecided',
    'in-1 suspect undecided',
    'in-1 own reads',
    'in-2 lost reads',
  ]);
  t.strictSame(
    told(heard(laneA, { rssiDbm: -30 }), heard(laneB)),
    ['in-2 suspect undecided', 'in-1 suspect undecided'],
    'a strength that one reader alone gives tells nothing',
  );
});

t.test('three lanes', async (t) => {
  const vehicles = [laneA, laneB].map((lane) => heard(lane, { hasVehicle: true }));
  t.strictSame(told(...vehicles, heard(laneC, { rssiDbm: -20 })), [
    'in-2 suspect undecided',
    'in-1 suspect undecided',
    'in-3 suspect undecided',
  ]);
});

t.test('a claim lapses when its lane falls silent', async (t) => {
  const later = heard(laneB, { atMonotonicMs: claimMsMax + 1 });
  t.strictSame(told(heard(laneA, { hasVehicle: true }), later), []);
  t.strictSame(
    told(
      heard(laneA, { hasVehicle: true }),
      heard(laneB),
      heard(laneB, { atMonotonicMs: claimMsMax }),
      heard(laneB, { atMonotonicMs: claimMsMax + 1 }),
    ),
    ['in-2 lost vehicle', 'in-2 own alone'],
  );
});

t.test('never more than one lane has it, and the field is bounded', async () => {
  const reading = fc.record({
    tag: fc.integer({ min: 0, max: 400 }).map((n) => `E2${n}` as never),
    laneId: fc.constantFrom(laneA, laneB, laneC),
    rssiDbm: fc.integer({ min: -90, max: -20 }),
    stepMs: fc.integer({ min: 0, max: 3_000 }),
    hasVehicle: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 400 }), (readings) => {
      let field = emptyTagField;
      let nowMs = 0;
      for (const { stepMs, ...rest } of readings) {
        nowMs += stepMs;
        ({ field } = hearTag(field, { ...rest, atMonotonicMs: nowMs }));
        const claims = field.get(rest.tag) ?? [];
        if (claims.filter(({ told }) => told === 'own').length > 1) return false;
        if (claims.length > 1 && claims.some(({ told }) => told === undefined)) return false;
      }
      return field.size <= 256;
    }),
  );
});

const lost = (change: Partial<TagVerdict> = {}) =>
  ({
    kind: 'tagSettled',
    verdict: {
      tag: tag as never,
      laneId: laneA,
      standing: 'lost',
      because: 'vehicle',
      winner: laneB,
      ...change,
    },
  }) as const;

const ready = () => {
  const lane = new LaneStory();
  lane.facts = released();
  return lane.ready();
};
const settledEvents = (lane: LaneStory) =>
  lane.changes.flatMap(({ events }) => events).filter(({ type }) => type === 'tag.settled.v1');

t.test('a lane that loses a tag forgets it, does not take it again, and says why', async (t) => {
  const lane = ready().arrive().plate(plate).tag(tag);
  lane.tell(lost()).tag(tag);
  t.strictSame(lane.state.passages[0]?.evidence.tags, []);
  t.equal(lane.state.dropped['tagOfOtherLane'], 1);
  t.match(settledEvents(lane), [{ data: { tag, standing: 'lost', winner: laneB } }]);
  lane.weight(31_240).boxes(box);
  t.equal(lane.opens(), 0, 'it waits for a tag of its own');
  lane.tell(lost({ standing: 'own', because: 'alone' })).tag(tag);
  t.equal(lane.opens(), 1);
});

t.test('a tag that came ahead of its vehicle is forgotten as well', async (t) => {
  const lane = ready().tag(tag);
  t.equal(lane.state.recent.length, 1);
  lane.tell(lost());
  t.strictSame(lane.state.recent, []);
  t.strictSame(settledEvents(lane), [], 'nobody was there');
});

t.test('a suspect tag refers the truck', async (t) => {
  const lane = ready().arrive().plate(plate).tag(tag);
  lane
    .tell(lost({ standing: 'suspect', because: 'undecided' }))
    .weight(31_240)
    .boxes(box);
  t.equal(lane.opens(), 0);
  t.match(lane.state.passages[0]?.reasons, ['tag-suspect']);
});

t.test('a tag that is suspect before its lane has taken it is suspect there too', async (t) => {
  const suspect = lost({ standing: 'suspect', because: 'undecided' });
  const stories = {
    'the verdict comes first': () => ready().arrive().plate(plate).tell(suspect).tag(tag),
    'both come ahead of the vehicle': () => ready().tell(suspect).tag(tag).arrive().plate(plate),
    'it is heard for long': () =>
      ready()
        .tell(suspect)
        .pass(claimMsMax - 1)
        .tag(tag)
        .pass(claimMsMax - 1)
        .tag(tag)
        .arrive()
        .plate(plate),
  };
  for (const [story, tell] of Object.entries(stories)) {
    const lane = tell().weight(31_240).boxes(box);
    t.equal(lane.opens(), 0, story);
    t.match(lane.state.passages[0]?.reasons, ['tag-suspect'], story);
  }
});

t.test('what is suspect after the look-ahead counts as well', async (t) => {
  const lane = ready().arrive().plate(plate).tag(tag).boxes(box);
  lane.tell(lost({ standing: 'suspect', because: 'undecided' })).weight(31_240);
  t.equal(lane.opens(), 0);
  t.match(lane.state.passages[0]?.reasons, ['tag-suspect']);
});

t.test('a verdict changes nothing for a vehicle that was decided on', async (t) => {
  const lane = ready().arrive().plate(plate).tag(tag).weight(31_240).boxes(box);
  t.equal(lane.opens(), 1);
  const before = lane.state.passages[0]?.evidence;
  lane.tell(lost());
  t.equal(lane.state.passages[0]?.evidence, before);
});

t.test('a lost tag stays lost for as long as it is heard', async (t) => {
  const lane = ready();
  lane.tell(lost());
  for (let i = 0; i < 5; i += 1) lane.pass(claimMsMax - 1).tag(tag);
  lane.arrive().plate(plate).tag(tag).weight(31_240).boxes(box);
  t.equal(lane.opens(), 0);
});

t.test('a verdict of long ago does not keep a tag away', async (t) => {
  const lane = ready();
  lane.tell(lost()).pass(claimMsMax + 1);
  lane.arrive().plate(plate).tag(tag).weight(31_240).boxes(box);
  t.equal(lane.opens(), 1);
});
