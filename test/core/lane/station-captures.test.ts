/** A lane with a station ahead of it: when it asks, for whom, and what it does with an answer that is late. */
import t from 'tap';
import { noEvidence } from '../../../src/core/identification/evidence.ts';
import { parseLaneId } from '../../../src/core/identity.ts';
import type { FoundCapture } from '../../../src/core/lane/lane-types.ts';
import { noonMs } from '../../support/facts.ts';
import { LaneStory } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const portal = 'portal-1' as never;
const otherTag = 'E28068940000500A9D2298C7';

const story = () => {
  const lane = new LaneStory({ stations: [portal] });
  lane.facts = released();
  return lane;
};

const found = (lane: LaneStory): FoundCapture => {
  const at = { wallMs: noonMs, monotonicMs: lane.nowMs - 60_000 };
  return {
    stationId: portal,
    by: 'plate',
    capture: {
      captureId: 'c-1',
      beganAt: at,
      lastAt: at,
      wasOnPlatform: false,
      evidence: {
        ...noEvidence,
        containers: [
          {
            deviceId: 'portal-camera' as never,
            receivedAt: at,
            observation: {
              kind: 'containerNumberRead',
              replayed: false,
              containers: [{ position: 'single', raw: box, confidence: 0.96 }],
            },
          },
        ],
      },
    },
  };
};

t.test('it asks for the vehicle that it has read itself, and for no other', async (t) => {
  const lane = story().ready().arrive();
  lane.boxes(box);
  t.strictSame(lane.seeks, [], 'boxes name no truck');
  lane.plate(plate);
  t.strictSame(lane.seeks, [{ plates: [plate], tags: [] }]);
  lane.tell({
    kind: 'tagSettled',
    verdict: {
      tag: otherTag as never,
      laneId: parseLaneId('out-1'),
      standing: 'suspect',
      because: 'undecided',
    },
  });
  lane.tag(otherTag).tag(tag);
  t.strictSame(
    lane.seeks.at(-1),
    { plates: [plate], tags: [tag] },
    'a suspect tag is not asked for',
  );
});

t.test(
  'a tag alone asks for nobody: the capture would say by its plate who stands there',
  async (t) => {
    const lane = story().ready().arrive().tag(tag);
    t.strictSame(lane.seeks, []);
    lane.plate(plate);
    t.strictSame(lane.seeks, [{ plates: [plate], tags: [tag] }]);
  },
);

t.test('a plate that the lane read badly is no surer because a station read it well', async (t) => {
  const lane = story().ready().arrive().plate(plate, 0.5).tag(tag);
  const { passageId } = lane.state.passages[0] ?? {};
  const each = found(lane);
  const plates = [
    {
      deviceId: 'portal-camera' as never,
      receivedAt: each.capture.lastAt,
      observation: {
        kind: 'plateRead' as const,
        view: 'front' as const,
        raw: plate,
        confidence: 0.97,
        replayed: false,
      },
    },
  ];
  const capture = { ...each.capture, evidence: { ...each.capture.evidence, plates } };
  lane.tell({
    kind: 'capturesFound',
    passageId: passageId as never,
    found: [{ ...each, capture }],
  });
  lane.boxes(box).weight(31_240).pass(60_000);
  t.equal(lane.opens(), 0);
  t.strictSame(lane.state.passages[0]?.reasons, ['identity-single-witness']);
});

t.test('a decision waits for the station, and then is made without it', async (t) => {
  const lane = story().ready().arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  t.equal(lane.state.passages[0]?.kind, 'capturing');
  const { passageId } = lane.state.passages[0] ?? {};
  const other = story().ready().arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  lane.tell({ kind: 'capturesFound', passageId: passageId as never, found: [found(lane)] });
  t.equal(lane.opens(), 1);
  t.match(lane.events('capture.joined.v1'), [
    {
      subject: passageId,
      data: { stationId: portal, captureId: 'c-1', by: 'plate', ageMs: 60_000 },
    },
  ]);
  other.pass(60_000);
  t.equal(other.opens(), 0);
  t.ok(other.state.passages[0]?.reasons.includes('portal-not-joined'));
});

t.test('an answer that comes after the decision changes nothing', async (t) => {
  const lane = story().ready().arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  const { passageId } = lane.state.passages[0] ?? {};
  lane.pass(60_000);
  lane.tell({ kind: 'capturesFound', passageId: passageId as never, found: [found(lane)] });
  t.equal(lane.opens(), 0);
  t.equal(lane.state.dropped['captureTooLate'], 1);
});

t.test('after a restart the station is waited for again', async (t) => {
  const lane = story();
  lane.tell({
    kind: 'restored',
    passages: [
      {
        passageId: 'p-1' as never,
        startedAtMs: noonMs,
        releases: [],
        departed: false,
        crossed: false,
        unauthorised: false,
      },
    ],
  });
  lane.input('exit', 'clear').input('curtain', 'clear').arrive().arm('closed');
  lane.plate(plate).tag(tag).boxes(box).weight(31_240).pass(60_000);
  t.equal(lane.opens(), 0);
  t.ok(lane.state.passages[0]?.reasons.includes('portal-not-joined'));
});
