/** Which entry a picture of a passage comes to stand in. */
import t from 'tap';
import { parseDeviceId } from '../../../src/core/identity.ts';
import type { PictureReference } from '../../../src/core/observation.ts';
import { noonMs } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

function ready(): LaneStory {
  const lane = new LaneStory();
  lane.facts = released();
  return lane.ready();
}

const picture = (n: number): PictureReference => ({
  role: 'scene',
  sha256: n.toString(16).padStart(64, '0'),
  bytes: 1_000 + n,
  mediaType: 'image/jpeg',
});
const camera = 'camera-front';
const ofCamera = (n: number, deviceId = camera) => ({ ...picture(n), deviceId });

const plateWith = (lane: LaneStory, pictures: readonly PictureReference[], id?: string) =>
  lane.observe(
    {
      kind: 'plateRead',
      view: 'front',
      raw: plate,
      confidence: 0.97,
      replayed: false,
      pictures,
      ...(id !== undefined && { deviceEventId: id }),
    },
    camera,
  );
const late = (lane: LaneStory, n: number, readingMs: number, deviceEventId?: string) =>
  lane.tell({
    kind: 'pictured',
    pictured: {
      deviceId: parseDeviceId(camera),
      readingAt: { wallMs: noonMs, monotonicMs: readingMs },
      ...(deviceEventId !== undefined && { deviceEventId }),
      picture: picture(n),
    },
  });
const picturesIn = (lane: LaneStory, type: string) =>
  lane.events(type).map(({ data }) => data['pictures']);
const rest = (lane: LaneStory) => lane.tag(tag).boxes(box).weight(31_240);

t.test('pictures that came with readings stand in the entry of the decision', async (t) => {
  const lane = rest(plateWith(ready().arrive(), [picture(1), picture(2)]));
  t.strictSame(picturesIn(lane, 'passage.decided.v1'), [[ofCamera(1), ofCamera(2)]]);
  t.strictSame(lane.events('passage.pictured.v1'), []);
  t.equal(lane.opens(), 1);
  lane.driveThrough();
  t.strictSame(lane.events('passage.pictured.v1'), [], 'each is on record once');
  const none = rest(ready().arrive().plate(plate));
  t.notOk('pictures' in (none.events('passage.decided.v1')[0]?.data ?? {}), 'none: no member');
});

t.test('a picture that comes after its reading and before the decision goes along', async (t) => {
  const lane = plateWith(ready().arrive(), []);
  const readMs = lane.nowMs;
  lane.pass(200);
  rest(late(lane, 3, readMs));
  t.strictSame(picturesIn(lane, 'passage.decided.v1'), [[ofCamera(3)]]);
});

t.test('a picture that comes after the decision has an entry of its own', async (t) => {
  const lane = rest(plateWith(ready().arrive(), [picture(1)], 'e7'));
  const readMs = lane.nowMs;
  const opens = lane.opens();
  late(lane, 4, readMs, 'e7');
  t.strictSame(picturesIn(lane, 'passage.pictured.v1'), [[ofCamera(4)]]);
  t.equal(lane.events('passage.pictured.v1')[0]?.subject, lane.state.passages[0]?.passageId);
  late(lane, 4, readMs, 'e7');
  t.equal(lane.events('passage.pictured.v1').length, 1, 'the same one again');
  late(lane, 5, readMs, 'e8');
  late(lane, 5, readMs + 1, 'e7');
  t.equal(lane.events('passage.pictured.v1').length, 1, 'of another reading');
  t.equal(lane.state.dropped['pictureOfNobody'], 2);
  t.equal(lane.opens(), opens, 'no picture moves anything');
});

t.test(
  'between a decision and the answer of its commit no picture is lost or told twice',
  async (t) => {
    for (const result of ['committed', 'conflicted', 'failed'] as const) {
      const lane = plateWith(ready().arrive(), [picture(1)]);
      const readMs = lane.nowMs;
      lane.answersLate = true;
      rest(lane).answer();
      late(lane, 2, readMs);
      lane.answersLate = false;
      lane.commitResults = [];
      // The first answer that waited was `committed`; told anew as the case wants it.
      if (result === 'committed') lane.answer();
      else {
        const passageId = lane.state.passages[0]?.passageId as never;
        lane.tell({ kind: 'commitResult', tag: { kind: 'decision', passageId }, result });
        const opened = lane.events('passage.decided.v1').length;
        t.ok(opened >= 1);
      }
      lane.driveThrough();
      const told = [
        ...picturesIn(lane, 'passage.decided.v1'),
        ...picturesIn(lane, 'passage.pictured.v1'),
      ].flat() as readonly PictureReference[];
      t.ok(
        told.some(({ sha256 }) => sha256 === picture(1).sha256),
        result,
      );
      t.equal(told.filter(({ sha256 }) => sha256 === picture(2).sha256).length, 1, result);
    }
  },
);

t.test('who becomes a case or goes without a decision keeps his pictures', async (t) => {
  const lane = ready();
  lane.facts = undefined;
  rest(plateWith(lane.arrive(), [picture(1)]));
  t.strictSame(picturesIn(lane, 'passage.pictured.v1'), [[ofCamera(1)]], 'referred');
  const order = lane.events().map(({ type }) => type);
  t.ok(order.indexOf('passage.pictured.v1') < order.indexOf('exception.opened.v1'));

  const left = plateWith(ready().arrive(), [picture(1)]).backOut();
  t.strictSame(left.outcomes(), ['withdrawn']);
  t.strictSame(picturesIn(left, 'passage.pictured.v1'), [[ofCamera(1)]], 'withdrawn');
});

t.test('a picture waits with a reading that came ahead of its vehicle', async (t) => {
  const lane = plateWith(ready(), [picture(1)]);
  const readMs = lane.nowMs;
  lane.pass(100);
  late(lane, 2, readMs);
  rest(lane.arrive());
  t.strictSame(picturesIn(lane, 'passage.decided.v1'), [[ofCamera(1), ofCamera(2)]]);
});

t.test('the pictures of one passage are bounded', async (t) => {
  const lane = ready().arrive();
  plateWith(
    lane,
    Array.from({ length: 20 }, (_, n) => picture(n)),
  );
  t.equal(lane.state.passages[0]?.pictures.length, 16);
  t.equal(lane.state.dropped['pictureOverflow'], 4);
  rest(lane);
  t.equal((picturesIn(lane, 'passage.decided.v1')[0] as unknown[]).length, 16);
});
