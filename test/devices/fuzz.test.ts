/** A short fuzz of all that reads what devices send; `scripts/fuzz.ts` is the long one. Then the fuzz itself is tried. */
import fc from 'fast-check';
import t from 'tap';
import { areChecksRight } from '../../scripts/fuzz/check-oracle.ts';
import { families } from '../../scripts/fuzz/families.ts';
import { familyOf } from '../../scripts/fuzz/family.ts';
import { shippedProfiles } from '../../scripts/fuzz/shipped-profiles.ts';
import {
  type StreamLine,
  streamLineFamily,
  streamLineOf,
} from '../../scripts/fuzz/stream-lines.ts';
import { watchedRun } from '../../scripts/fuzz/watched-run.ts';
import type { StreamProfile } from '../../src/driver-kit/profile/stream.ts';

const all = families();
const lines = shippedProfiles().flatMap(streamLineOf);
const seed = 31;

for (const family of all) {
  t.test(`${family.name}: no input breaks it or makes a reading of nothing`, async (t) => {
    const { failure } = family.check({ numRuns: 500, seed });
    t.equal(failure, undefined);
  });
}

t.test('every profile that is shipped is fuzzed', async (t) => {
  for (const { name } of shippedProfiles()) {
    const own = all.filter((family) => `${family.name}/`.startsWith(`${name}/`));
    t.ok(own.length > 0, name);
  }
});

function lineNamed(name: string): StreamLine {
  const found = lines.find((line) => line.name === name);
  if (!found) throw new Error(name);
  return found;
}

/** The line read by a profile that is wrong in one member. */
function spoilt(name: string, spoil: (frame: StreamProfile['frames'][number]) => void): StreamLine {
  const line = lineNamed(name);
  const profile = structuredClone(line.profile);
  for (const frame of profile.frames) spoil(frame);
  return { ...line, profile };
}

t.test(
  'the fuzz finds a profile that does not look at its check, or not at repetition',
  async (t) => {
    const unchecked = spoilt('rfid-reader/uhfreader288', (frame) => {
      delete frame.check;
      frame.start = '15';
    });
    const lone = spoilt('weighbridge/hengtian-9800', (frame) => {
      delete frame.weight?.stableAfterEqualFrames;
    });
    for (const line of [unchecked, lone]) {
      const { failure } = streamLineFamily(line).check({ numRuns: 5_000, seed });
      t.match(failure, /a damaged byte told/, line.name);
    }
  },
);

t.test('the oracle of the fuzz tells a right check from a wrong one', async (t) => {
  for (const { name, profile, good } of lines) {
    const frame = profile.frames.find(({ check }) => check !== undefined);
    const bytes = good[0];
    if (!frame || !bytes || 'until' in frame.length) continue;
    const length = 'fixed' in frame.length ? frame.length.fixed : bytes.length;
    const whole = Uint8Array.from(bytes.subarray(0, length), (byte) =>
      profile.link.dataBits === 7 ? byte & 0x7f : byte,
    );
    t.ok(areChecksRight(frame, whole), name);
    for (let at = 2; at < whole.length - 4; at++) {
      const wrong = Uint8Array.from(whole);
      wrong[at] = (wrong[at] ?? 0) ^ 0x04;
      t.notOk(areChecksRight(frame, wrong), `${name}, byte ${at}`);
    }
  }
});

t.test(
  'an input that costs seconds fails, and one that never ends is told by its number',
  async (t) => {
    const slow = familyOf('slow', fc.constant(0), () => {
      // Processor time, however busy the machine is.
      const before = process.cpuUsage();
      while (process.cpuUsage(before).user < 2_500_000) JSON.stringify(new Array(100_000).fill(0));
    });
    t.match(slow.check({ numRuns: 1, seed }).failure, /one input costs seconds/);
    const script = new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { workerData } from 'node:worker_threads';
      Atomics.add(workerData.counter, 0, 3);
      for (;;);
    `)}`,
    );
    const outcome = await watchedRun({ script, data: {}, hangAfterMs: 15_000 });
    t.match(outcome, { kind: 'hung', cases: 3 });
  },
);

t.test('a family that keeps what it was given ends by the limit of memory', async (t) => {
  const script = new URL(
    `data:text/javascript,${encodeURIComponent('const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length));')}`,
  );
  const outcome = await watchedRun({ script, data: {}, hangAfterMs: 60_000 });
  t.match(outcome, { kind: 'failed', reason: /memory/i });
});
