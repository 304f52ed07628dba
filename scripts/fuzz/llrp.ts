/**
 * LLRP: no bytes make the codec throw; a tag is told only of a message that is whole in all its lengths, of bytes that
 * came, and not after the connection was given up; and a new connection reads as the first one did.
 */
import fc from 'fast-check';
import { decodeMessage } from '../../devices/rfid-llrp/codec.ts';
import { LlrpReader } from '../../devices/rfid-llrp/emulator.ts';
import { be, bytesOf, message, status, tlv, tv } from '../../devices/rfid-llrp/emulator-wire.ts';
import { manifest } from '../../devices/rfid-llrp/manifest.ts';
import type { SessionOutput, StreamSession } from '../../src/driver-kit/contract.ts';
import { cutInto, cuts, damaged, damagedRun, type Stock } from './damage.ts';
import { demand, type FuzzFamily, familyOf } from './family.ts';
import type { ShippedProfile } from './shipped-profiles.ts';

const headBytes = 10;
const epc = '3005FB63AC1F3841EC880467';
const report = (inner: string) => message(61, 1, tlv(240, inner));
const goodReport = bytesOf(report(tv(13, epc) + tv(1, be(1, 2)) + tv(6, 'c0')));

const messages = [
  message(63, 1, tlv(246, tlv(128, be(0, 8)) + tlv(256, be(0, 2)))),
  message(63, 2, tlv(246, tlv(128, be(0, 8)) + tlv(255, '000003') + tlv(252, `0003${'6f7665'}`))),
  message(62, 3),
  message(30, 4, status(0)),
  message(30, 4, status(201, 'words', tlv(289, be(224, 2) + be(201, 2)))),
  message(100, 5, status(109)),
  message(11, 1, status(0) + tlv(137, `0004c0000000651a001e8a2a0005${'312e322e33'}`)),
  report(tv(13, epc) + tv(9, be(1, 4)) + tv(1, be(1, 2)) + tv(6, 'c0')),
  report(tlv(241, `0090${'ab'.repeat(18)}`) + tv(1, be(1, 2)) + tlv(1023, `${be(25_882, 4)}ff`)),
].map(bytesOf);

export function llrpFamilies({ name, profile }: ShippedProfile): readonly FuzzFamily[] {
  const { llrp } = profile;
  if (!llrp) return [];
  if (manifest.shape !== 'stream') throw new TypeError('another shape');
  const { session } = manifest;
  const stock: Stock = {
    good: [...messages, ...llrp.tests.map(({ hex }) => bytesOf(hex.replaceAll(' ', '')))],
    pieces: ['043d', '0000000a', '8d', '00f00004', '043effffffff', '0121ffff', '00f1ffff'].map(
      bytesOf,
    ),
  };
  const cases = fc.record({
    one: damaged(stock),
    mends: fc.boolean(),
    run: damagedRun(stock, 4),
    sizes: cuts,
  });
  return [
    familyOf(name, cases, ({ one, mends, run, sizes }) => {
      judgeMessage(mends ? mended(one) : one);
      judgeStream(() => session({ profile, settings: {} }), run, sizes);
    }),
  ];
}

/** With the length of the message as it is, so that what stands behind it is looked at. */
function mended(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  if (other.length >= 6) other.writeUInt32BE(other.length, 2);
  return other;
}

function judgeMessage(bytes: Uint8Array): void {
  if (bytes.length < headBytes) return;
  const decoded = decodeMessage(bytes);
  if (decoded.kind !== 'message' || decoded.message.kind !== 'report') return;
  const length = Buffer.from(bytes).readUInt32BE(2);
  const isWhole =
    decoded.message.tags.length === 0 ||
    (length === bytes.length && tiles(bytes, headBytes, bytes.length));
  demand(isWhole, 'a tag of a message whose lengths do not fit');
}

const tvSizes = [0, 3, 9, 9, 9, 9, 2, 3, 3, 5, 3, 3, 3, 13, 3, 3, 5, 3, 5, 3, 3];

/** Whether parameters fill a span without gap or overhang, those inside a tag's report too: by heads alone. */
function tiles(bytes: Uint8Array, from: number, to: number): boolean {
  const u16 = (place: number) => ((bytes[place] ?? 0) << 8) + (bytes[place + 1] ?? 0);
  let at = from;
  while (at < to) {
    const first = bytes[at] ?? 0;
    const size = first >= 128 ? tvSizes[first - 128] : u16(at + 2);
    if (size === undefined || size < (first >= 128 ? 2 : 4)) return false;
    if (first < 128 && u16(at) === 240 && !tiles(bytes, at + 4, at + size)) return false;
    at += size;
  }
  return at === to;
}

function judgeStream(open: () => StreamSession, bytes: Uint8Array, sizes: readonly number[]): void {
  const connection = new Connection(open());
  connection.hear(cutInto(bytes, sizes));
  const whole = Buffer.from(bytes).toString('hex').toUpperCase();
  for (const tag of connection.tags) {
    // The bits behind the end of an EPC are made zero.
    const stands = whole.includes(tag.slice(0, -2));
    demand(stands, `tag ${tag} was told and did not come`);
  }
  const next = new Connection(connection.session);
  next.hear([goodReport]);
  demand(next.tags.join() === epc, 'the next connection does not read');
}

/** A session with a reader that has taken it. */
class Connection {
  readonly session: StreamSession;
  readonly tags: string[] = [];
  readonly #link = new LlrpReader().connect(0);
  #isOver = false;
  #nowMs = 0;

  constructor(session: StreamSession) {
    this.session = session;
    this.#take(session.opened(this.#now()));
    for (; this.#nowMs < 100; this.#nowMs += 50) this.hear(this.#link.tick(this.#nowMs));
  }

  #now() {
    return { wallMs: 0, monotonicMs: this.#nowMs };
  }

  hear(segments: readonly Uint8Array[]): void {
    for (const bytes of segments) {
      if (this.#isOver) return;
      this.#take(this.session.received({ bytes, receivedAt: this.#now() }));
    }
  }

  #take({ observations, send, hangUp }: SessionOutput): void {
    for (const told of observations) {
      demand(told.kind === 'tagRead', `a reader told ${told.kind}`);
      this.tags.push(told.tag);
    }
    if (hangUp) this.#isOver = true;
    for (const bytes of send) this.hear(this.#link.received(bytes, this.#nowMs));
  }
}
