/** The profile interpreter by protocols made for it: what it takes for stable, for over, and when it asks. */
import t from 'tap';
import type { Observation } from '../../src/core/observation.ts';
import { ProfileStreamSession } from '../../src/driver-kit/profile/interpreter.ts';
import type { StreamProfile } from '../../src/driver-kit/profile/stream.ts';

type Frame = StreamProfile['frames'][number];
type Weight = NonNullable<Frame['weight']>;

/** `<` four digits `>`: a weight in kg, not checked by anything but its ends. */
function scale(stable: Weight['stable'], change: Partial<StreamProfile> = {}): StreamProfile {
  return {
    link: { baud: [9_600], dataBits: 8, parity: 'none', stopBits: 1 },
    flow: { staleMs: 1_500, idleResetMs: 200 },
    frames: [
      {
        id: 'weight',
        start: '3C',
        end: '3E',
        length: { fixed: 7 },
        weight: {
          digits: { at: 1, length: 4 },
          decimals: { fixed: 0 },
          unit: 'kg',
          basis: 'gross',
          stable,
        },
      },
    ],
    tests: [],
    ...change,
  } as unknown as StreamProfile;
}

const inferred: Weight['stable'] = { infer: { readings: 3, bandKg: 0, minMs: 100 } };

/** `text`, then a status byte before the end. */
const frame = (digits: string, status = 0x20) =>
  Uint8Array.from([0x3c, ...Buffer.from(digits, 'latin1'), status, 0x3e]);

function opened(profile: StreamProfile) {
  const session = new ProfileStreamSession(profile);
  const at = (ms: number) => ({ wallMs: 0, monotonicMs: ms });
  const sent = session.opened(at(0)).send.length;
  const take = (ms: number, bytes: Uint8Array) => session.received({ bytes, receivedAt: at(ms) });
  const weights = (told: readonly Observation[]) =>
    told.flatMap((o) => (o.kind === 'weightReading' ? [[o.weightKg, o.stability.state]] : []));
  return { session, at, sent, take, weights };
}

t.test('a frame that is no number in between begins the wait for stability anew', async (t) => {
  const { take, weights } = opened(scale(inferred));
  take(0, frame('1000'));
  take(100, frame('1000'));
  const bad = take(150, frame('10x0'));
  t.match(bad.faults, [{ code: 'frame-undecodable' }]);
  t.match(bad.observations, [{ kind: 'weightReading', condition: 'error' }]);
  t.strictSame(weights(bad.observations), [[undefined, 'moving']], 'it voids the weight before it');
  t.equal(bad.goodMessages, 0, 'and it is no sign of health');
  t.strictSame(weights(take(200, frame('1000')).observations), [[1_000, 'moving']]);
  take(250, frame('1000'));
  t.strictSame(weights(take(300, frame('1000')).observations), [[1_000, 'stable']]);
});

t.test('a line that was silent says nothing of what stands there now', async (t) => {
  const { take, weights } = opened(scale(inferred));
  for (const ms of [0, 100, 200]) take(ms, frame('1000'));
  t.strictSame(weights(take(1_800, frame('1000')).observations), [[1_000, 'moving']]);
});

t.test('the indicator’s own bit is read as the profile says', async (t) => {
  for (const stableWhenSet of [true, false]) {
    const bit = { at: 5, mask: 0x40, stableWhenSet };
    const { take, weights } = opened(scale({ bit }));
    t.strictSame(weights(take(0, frame('1000', 0x40)).observations), [
      [1_000, stableWhenSet ? 'stable' : 'moving'],
    ]);
    t.strictSame(weights(take(9, frame('1000', 0x20)).observations), [
      [1_000, stableWhenSet ? 'moving' : 'stable'],
    ]);
  }
});

t.test('two halves with a silence between them are not one frame, whatever ticks', async (t) => {
  const { take, session, at } = opened(scale(inferred));
  take(0, frame('1000').subarray(0, 4));
  const late = take(250, frame('2000').subarray(4));
  t.strictSame(late.observations, [], 'by the stamps of the bytes alone');
  t.ok(late.faults.some(({ code }) => code === 'frame-idle'));

  take(1_000, frame('1000').subarray(0, 4));
  const ticked = session.tick(at(1_250));
  t.match(ticked.faults, [{ code: 'frame-idle', droppedBytes: 1 }]);
  take(2_000, frame('1000').subarray(0, 4));
  t.equal(take(2_100, frame('1000').subarray(4)).observations.length, 1, 'a pause is no silence');
});

t.test('a device at work is not asked again, and one that never answers is', async (t) => {
  const poll = { send: '05', everyMs: 100, replyMs: 350, appendCheck: false };
  const { session, at, sent, take } = opened(scale(inferred, { poll } as Partial<StreamProfile>));
  const asked = (ms: number) => session.tick(at(ms)).send.length;
  t.equal(sent, 1, 'at once');
  t.equal(asked(120), 0);
  t.equal(asked(300), 0, 'it is at work');
  t.equal(asked(360), 1, 'it has had its time');
  take(370, frame('1000'));
  t.equal(asked(420), 0, 'not more often than it is told to');
  t.equal(asked(470), 1, 'an answer frees it at once');
});

t.test('what is half there when the line is opened anew is gone', async (t) => {
  const { session, at, take } = opened(scale(inferred));
  take(0, frame('1000').subarray(0, 4));
  session.opened(at(50));
  t.strictSame(take(60, frame('1000').subarray(4)).observations, []);
});
