import fc from 'fast-check';
import t from 'tap';
import type { FrameFault } from '../../src/driver-kit/contract.ts';
import {
  bufferBytesMax,
  emptyFramer,
  type Frame,
  type FrameRule,
  feedFramer,
  idleFramer,
} from '../../src/driver-kit/framer.ts';
import { hexBytes } from '../../src/driver-kit/profile/frame-rules.ts';
import { hexOf } from '../../src/driver-kit/profile/hex.ts';

/** `[ n … sum`: a toy protocol with a start, a length byte and a sum, whose length may promise too much. */
const summed: FrameRule = {
  id: 'summed',
  match(bytes) {
    if (bytes[0] !== 0x5b) return { kind: 'no', code: 'frame-garbage' };
    const count = bytes[1];
    if (count === undefined) return { kind: 'needMore' };
    if (count > 40) return { kind: 'no', code: 'frame-guard' };
    if (bytes.length < count + 3) return { kind: 'needMore' };
    const sum = bytes.subarray(0, count + 2).reduce((s, b) => (s + b) & 0xff, 0);
    if (bytes[count + 2] !== sum) return { kind: 'no', code: 'frame-checksum' };
    return { kind: 'frame', length: count + 3 };
  },
};

/** Takes what `summed` may still be waiting for. */
const short: FrameRule = {
  id: 'short',
  match: (bytes) => {
    if (bytes[0] !== 0x5b) return { kind: 'no', code: 'frame-garbage' };
    if (bytes.length < 2) return { kind: 'needMore' };
    return bytes[1] === 0x02 ? { kind: 'frame', length: 2 } : { kind: 'no', code: 'frame-guard' };
  },
};

const rules = [summed, short];

function frameOf(payload: readonly number[]): number[] {
  const body = [0x5b, payload.length, ...payload];
  return [...body, body.reduce((s, b) => (s + b) & 0xff, 0)];
}

/** All that comes out when the pieces arrive one after the other and the line then falls silent. */
function run(pieces: readonly Uint8Array[], by: readonly FrameRule[] = rules) {
  const frames: Frame[] = [];
  const faults: FrameFault[] = [];
  let state = emptyFramer;
  let pendingMax = 0;
  for (const piece of pieces) {
    const step = feedFramer(state, piece, by);
    state = step.state;
    pendingMax = Math.max(pendingMax, state.pending.length);
    frames.push(...step.frames);
    faults.push(...step.faults);
  }
  const last = idleFramer(state, by);
  const sums: Record<string, number> = {};
  for (const { code, droppedBytes } of [...faults, ...last.faults])
    sums[code] = (sums[code] ?? 0) + droppedBytes;
  return {
    told: [...frames, ...last.frames].map((f) => `${f.rule} ${hexOf(f.bytes)}`),
    sums,
    pending: last.state.pending.length,
    pendingMax,
  };
}

const traffic = fc
  .array(
    fc.oneof(
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 10 }).map(frameOf),
      fc.array(fc.constantFrom(0x5b, 0x02, 0x05, 0x20, 0xff), { maxLength: 12 }),
      fc
        .array(fc.integer({ min: 0, max: 255 }), { maxLength: 6 })
        .map((p) => frameOf(p).slice(0, -1)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));

t.test('the same bytes tell the same, however the line cuts them', async (t) => {
  fc.assert(
    fc.property(
      traffic,
      fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 60 }),
      (bytes, cuts) => {
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const size of cuts) {
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        pieces.push(bytes.subarray(at));
        const { told, sums } = run([bytes]);
        const cut = run(pieces);
        return (
          JSON.stringify([told, sums]) === JSON.stringify([cut.told, sortedLike(sums, cut.sums)])
        );
      },
    ),
    { numRuns: 2_000, seed: 11 },
  );
  t.pass();
});

/** The order in which reasons first appear is no part of the comparison. */
function sortedLike(order: Record<string, number>, sums: Record<string, number>) {
  const keys = [...Object.keys(order), ...Object.keys(sums).filter((key) => !(key in order))];
  return Object.fromEntries(keys.filter((key) => key in sums).map((key) => [key, sums[key]]));
}

t.test('every byte is in a frame or counted as given up', async (t) => {
  fc.assert(
    fc.property(traffic, (bytes) => {
      const { told, sums, pending } = run([bytes]);
      const inFrames = told.reduce((n, text) => n + (text.split(' ')[1] ?? '').length / 2, 0);
      const dropped = Object.values(sums).reduce((n, count) => n + count, 0);
      return pending === 0 && inFrames + dropped === bytes.length;
    }),
    { numRuns: 2_000, seed: 12 },
  );
  t.pass();
});

t.test('a damaged frame costs itself, not the good one behind it', async (t) => {
  const good = frameOf([1, 2, 3]);
  const damaged = frameOf([9, 9, 9]);
  damaged[3] = 8;
  t.strictSame(run([Uint8Array.from([...damaged, ...good])]).told, [
    `summed ${hexOf(Uint8Array.from(good))}`,
  ]);
  const cut = frameOf([9, 9, 9]).slice(0, 4);
  t.strictSame(
    run([Uint8Array.from([...cut, ...good, ...good])]).told.length,
    2,
    'a lost tail does not swallow the next frame',
  );
});

t.test('a frame inside a damaged one is found: bytes are given up one at a time', async (t) => {
  const inner = frameOf([7]);
  const { told, sums } = run([Uint8Array.from([0x5b, inner.length, ...inner, 0x00])]);
  t.strictSame(told, [`summed ${hexOf(Uint8Array.from(inner))}`]);
  t.strictSame(sums, { 'frame-checksum': 1, 'frame-garbage': 2 });
});

t.test(
  'when the line falls silent a good frame behind a false beginning is still found',
  async (t) => {
    const good = frameOf([1, 2, 3]);
    const bytes = Uint8Array.from([0x5b, 0x28, ...good]);
    const flowing = feedFramer(emptyFramer, bytes, rules);
    t.strictSame(flowing.frames, [], 'a long frame may still be coming');
    const silent = idleFramer(flowing.state, rules);
    t.equal(silent.frames.length, 1);
    t.strictSame(silent.faults, [
      { code: 'frame-idle', droppedBytes: 1 },
      { code: 'frame-garbage', droppedBytes: 1 },
    ]);
    t.equal(silent.state.pending.length, 0);
  },
);

t.test('an earlier rule that waits is waited for', async (t) => {
  const bytes = hexBytes('5B 02');
  t.strictSame(feedFramer(emptyFramer, bytes, rules).frames, [], 'it may become the longer frame');
  t.strictSame(run([bytes]).told, ['short 5B02'], 'it did not');
  t.strictSame(run([Uint8Array.from(frameOf([1, 2]))]).told, ['summed 5B02010260']);
});

t.test('the buffer is bounded and no bytes throw', async (t) => {
  const greedy: FrameRule = { id: 'greedy', match: () => ({ kind: 'needMore' }) };
  const flood = new Uint8Array(3 * bufferBytesMax).fill(0x5b);
  const { pendingMax, sums } = run([flood, flood.subarray(0, 100)], [greedy]);
  t.ok(pendingMax < bufferBytesMax);
  t.ok((sums['frame-too-long'] ?? 0) >= 2 * bufferBytesMax);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => run([bytes]).pending === 0),
    { numRuns: 1_000, seed: 13 },
  );
});

t.test('a line of garbage costs no more for each byte than a short one', async (t) => {
  /** Judgements made and bytes looked at by rules that look at as much as they may. */
  const workOn = (length: number, pieceLength: number) => {
    let looked = 0;
    const counting: FrameRule = {
      id: 'counting',
      match: (bytes) => {
        const seen = bytes.subarray(0, 32);
        looked += 1 + seen.length;
        return seen.length < 32 ? { kind: 'needMore' } : { kind: 'no', code: 'frame-guard' };
      },
    };
    const bytes = new Uint8Array(length).fill(0x5b);
    let state = emptyFramer;
    for (let at = 0; at < length; at += pieceLength)
      state = feedFramer(state, bytes.subarray(at, at + pieceLength), [counting]).state;
    return looked / length;
  };
  for (const pieceLength of [1, 64, 100_000]) {
    const [short, long] = [workOn(1_000, pieceLength), workOn(100_000, pieceLength)];
    t.ok(
      long <= short * 1.1 + 1,
      `${pieceLength} bytes at a time: ${short} and ${long} for a byte`,
    );
  }
});
