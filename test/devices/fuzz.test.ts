/** A short fuzz of every stream profile; `npm run fuzz` is the long one. Then the fuzz itself is tried. */
import fc from 'fast-check';
import t from 'tap';
import { areChecksRight } from '../../scripts/fuzz/check-oracle.ts';
import { type Family, families } from '../../scripts/fuzz/families.ts';
import { fuzzProperty } from '../../scripts/fuzz/properties.ts';
import type { StreamProfile } from '../../src/driver-kit/profile/stream.ts';

const all = families();
const seed = 31;

for (const family of all) {
  t.test(`${family.name}: no bytes throw, and none with a wrong check tell anything`, async (t) => {
    const result = fc.check(fuzzProperty(family), { numRuns: 1_000, seed });
    t.notOk(result.failed, fc.defaultReportMessage(result) ?? 'holds');
  });
}

function familyNamed(name: string): Family {
  const found = all.find((family) => family.name === name);
  if (!found) throw new Error(name);
  return found;
}

/** The family read by a profile that is wrong in one member. */
function spoilt(name: string, spoil: (frame: StreamProfile['frames'][number]) => void): Family {
  const family = familyNamed(name);
  const profile = structuredClone(family.profile);
  for (const frame of profile.frames) spoil(frame);
  return { ...family, profile };
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
    for (const family of [unchecked, lone]) {
      const result = fc.check(fuzzProperty(family), { numRuns: 5_000, seed });
      t.ok(result.failed, family.name);
      t.match(String(result.errorInstance), /a damaged byte told/);
    }
  },
);

t.test('the oracle of the fuzz tells a right check from a wrong one', async (t) => {
  for (const { name, profile, good } of all) {
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
