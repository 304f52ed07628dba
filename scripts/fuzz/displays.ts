/**
 * Displays: whatever is to be shown becomes frames whose checks are right and whose text orders nothing; whatever comes
 * back tells nothing; and an answer behind rubbish is still taken for one.
 */
import fc from 'fast-check';
import { manifest } from '../../devices/display-stream/manifest.ts';
import { hexBytes } from '../../src/driver-kit/profile/frame-rules.ts';
import { areChecksRight } from './check-oracle.ts';
import { cutInto, cuts, damagedRun } from './damage.ts';
import { demand, type FuzzFamily, familyOf } from './family.ts';
import type { ShippedProfile } from './shipped-profiles.ts';

const now = { wallMs: 0, monotonicMs: 1_000 };
const frameBytesMax = 4_096;

export function displayFamilies({ name, profile }: ShippedProfile): readonly FuzzFamily[] {
  const { display } = profile;
  if (!display) return [];
  if (manifest.shape !== 'stream') throw new TypeError('another shape');
  const { session: open } = manifest;
  const { check, head, tail = '', separator = '' } = display.frame;
  const textOf = (frame: Uint8Array) =>
    frame.subarray(hexBytes(head).length, frame.length - hexBytes(tail).length);
  const separators = display.frame.per === 'all' ? display.rows.length - 1 : 0;
  const ordersDue = separators * ordersIn(hexBytes(separator));
  const ack = hexBytes(display.ack?.begins ?? '06');
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.constantFrom('', '请通行', '箱号CSQU3054383校验位不符', '\u001b[2J', '🚛'.repeat(30)),
  );
  const cases = fc.record({
    zh: text,
    en: text,
    heard: damagedRun(
      { good: [ack, ...display.tests.flatMap(({ frames }) => frames.map(hexBytes))], pieces: [''] },
      6,
    ),
    sizes: cuts,
  });
  const usual = open({ profile, settings: {} }).closing?.() ?? [];
  return [
    familyOf(name, cases, ({ zh, en, heard, sizes }) => {
      const session = open({ profile, settings: {} });
      session.opened(now);
      const notice = { kind: 'wait', text: { zh, en }, reason: { zh: en, en: zh } } as const;
      const { send = [] } = session.show?.(notice, now) ?? {};
      demand(send.length === usual.length, 'another number of frames');
      for (const [i, frame] of send.entries()) {
        demand(frame.length <= frameBytesMax, 'a frame without end');
        demand(!display.pad || frame.length === usual[i]?.length, 'rows of different width');
        demand(areChecksRight(check ? { check } : {}, frame), 'a wrong check');
        demand(ordersIn(textOf(frame)) === ordersDue, 'control characters in the text');
      }
      for (const bytes of cutInto(heard, sizes)) {
        const { observations } = session.received({ bytes, receivedAt: now });
        demand(observations.length === 0, 'a display told something');
      }
      const { goodMessages } = session.received({ bytes: ack, receivedAt: now });
      demand(!display.ack || goodMessages === 1, 'an answer behind rubbish is not taken');
    }),
  ];
}

const ordersIn = (bytes: Uint8Array): number =>
  bytes.filter((byte) => byte < 0x20 || byte === 0x7f).length;
