/** The session against the emulated reader, on time that moves when the test says so. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  LlrpReader,
  type LlrpReaderOptions,
  type ReaderLink,
} from '../../../devices/rfid-llrp/emulator.ts';
import { be, bytesOf, message, status, tlv, tv } from '../../../devices/rfid-llrp/emulator-wire.ts';
import { manifest } from '../../../devices/rfid-llrp/manifest.ts';
import type { SessionOutput, StreamSession } from '../../../src/driver-kit/contract.ts';
import { parseProfile } from '../../../src/driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../../../src/driver-kit/profile/schema.ts';
import { repositoryFile } from '../../support/repository.ts';

function profileNamed(name: string): FirmwareProfile {
  const file = repositoryFile(`firmware-profiles/rfid-reader/${name}.json`);
  const parsed = parseProfile(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.findings));
  return parsed.profile;
}

const generic = profileNamed('llrp-generic');
const speedway = profileNamed('llrp-impinj-speedway');

function sessionOf(settings: Record<string, unknown> = {}, profile = speedway): StreamSession {
  if (manifest.shape !== 'stream') throw new Error('no stream driver');
  return manifest.session({ profile, settings });
}

/** A session and a reader joined by a wire without a network. */
class Wire {
  readonly reader: LlrpReader;
  readonly session: StreamSession;
  readonly link: ReaderLink;
  nowMs: number;
  readonly tags: object[] = [];
  readonly sent: Uint8Array[] = [];
  readonly faults: string[] = [];
  readonly details: string[] = [];
  good = 0;
  hangUp: SessionOutput['hangUp'];

  constructor(
    settings: Record<string, unknown> = {},
    { reader = new LlrpReader(), profile = speedway, nowMs = 0 } = {},
  ) {
    this.reader = reader;
    this.session = sessionOf(settings, profile);
    this.nowMs = nowMs;
    this.link = this.reader.connect(nowMs);
    this.#take(this.session.opened(this.#now()));
    this.pass(50);
  }

  #now() {
    return { wallMs: 0, monotonicMs: this.nowMs };
  }

  /** What the reader says goes to the session, and back, until both are quiet. */
  hear(segments: readonly Uint8Array[]): void {
    for (const bytes of segments) {
      if (!this.hangUp) this.#take(this.session.received({ bytes, receivedAt: this.#now() }));
    }
  }

  #take(output: SessionOutput): void {
    for (const observation of output.observations) this.tags.push({ ...observation });
    this.faults.push(...output.faults.map(({ code }) => code));
    this.details.push(...output.faults.map(({ detail }) => detail ?? ''));
    this.good += output.goodMessages ?? 0;
    this.hangUp ??= output.hangUp;
    this.sent.push(...output.send);
    for (const bytes of output.send) this.hear(this.link.received(bytes, this.nowMs));
  }

  pass(ms: number): this {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; this.nowMs += 50) {
      this.hear(this.link.tick(this.nowMs));
      if (!this.hangUp) this.#take(this.session.tick(this.#now()));
    }
    return this;
  }
}

const tagA = { epc: 'E280116060000205A1B2C3D4', antenna: 2, rssiDbm: -61 };
const readA = { kind: 'tagRead', tag: tagA.epc, antenna: 2, rssiDbm: -61 };
const wireWith = (options: LlrpReaderOptions, settings = {}, profile = speedway) =>
  new Wire(settings, { reader: new LlrpReader(options), profile });

t.test('a reader is set up once and its tags are told with antenna and dBm', async (t) => {
  for (const profile of [generic, speedway]) {
    const wire = wireWith({}, {}, profile);
    t.strictSame(wire.reader.requests, [1, 3, 21, 20, 24], profile.model);
    t.strictSame([wire.good, wire.faults, wire.tags], [1, [], []], 'up, with nobody in the lane');
    wire.reader.field([tagA]);
    wire.pass(1_000);
    t.ok(wire.tags.length >= 9);
    t.strictSame(wire.tags[0], readA);
    t.strictSame(wire.faults, []);
  }
});

t.test('the same is told of a terse reader, a talkative one and one without a clock', async (t) => {
  const field = [
    tagA,
    { epc: 'AB'.repeat(20), antenna: 2, rssiDbm: -61 },
    { epc: 'ABC0', bits: 12 },
  ];
  const told = [{}, { isTerse: true }, { isTalkative: true }, { hasClock: false }].map(
    (options) => {
      const wire = wireWith({ ...options, reportEveryMs: 500 });
      wire.reader.field(field);
      return { tags: wire.pass(2_000).tags, faults: wire.faults };
    },
  );
  t.ok((told[0]?.tags.length ?? 0) >= 12);
  for (const each of told) t.strictSame(each, told[0]);
  t.match(told[0]?.tags[2], { tag: 'ABC0', antenna: 1, rssiDbm: -55 });
});

t.test('how the network cuts the bytes changes nothing that is told', async (t) => {
  const told = [[], ['coalesced'], ['split']].map((faults) => {
    const reader = new LlrpReader();
    for (const fault of faults) reader.faults.add(fault as 'split');
    const wire = new Wire({}, { reader });
    reader.field([tagA, { epc: '3005FB63AC1F3841EC880467' }]);
    const { tags, good, hangUp } = wire.pass(5_000);
    return { tags, good, hangUp };
  });
  t.ok((told[0]?.tags.length ?? 0) > 50);
  for (const each of told) t.strictSame(each, told[0]);
});

t.test('keepalives are acknowledged with their id, and are life', async (t) => {
  const wire = wireWith({}).pass(60_000);
  t.equal(wire.hangUp, undefined, 'the reader closes on three that are not acknowledged');
  t.ok(wire.good >= 19);
  const silent = wireWith({});
  silent.reader.faults.add('noKeepalives');
  silent.pass(20_000);
  t.match(silent.hangUp, { code: 'reader-unanswering', detail: /not a word in 9\d\d\d ms/ });
});

t.test('a reader that serves somebody else is given up, and not told to close', async (t) => {
  const reader = new LlrpReader();
  reader.faults.add('occupied');
  const wire = new Wire({}, { reader });
  t.match(wire.hangUp, { code: 'reader-occupied' });
  t.strictSame(wire.sent, [], 'the connection it would close is not ours');
});

t.test('a second client is told to us and refused by the reader', async (t) => {
  const wire = wireWith({});
  const second = wire.reader.connect(wire.nowMs);
  wire.pass(100);
  t.strictSame(wire.faults, ['reader-contended']);
  t.equal(second.isOver, true);
  t.equal(wire.hangUp, undefined);
});

t.test('what the reader refuses is told in its own words', async (t) => {
  const reader = new LlrpReader();
  reader.faults.add('refusesAdd');
  const { hangUp } = new Wire({}, { reader });
  t.match(hangUp, {
    code: 'reader-refused',
    detail:
      'ADD_ROSPEC: M_FieldError: RFTransmitter parameter, invalid HopTableID (1) (parameter 224, field 0)',
  });
  t.match(wireWith({ antennas: 2 }, { antennas: [3] }).hangUp, {
    detail: 'ADD_ROSPEC: M_FieldError: no antenna 3',
  });
  t.equal(reader.requests.at(-1), 14, 'we say good-bye');
});

t.test('silence at each step ends the connection', async (t) => {
  const deaf = new LlrpReader();
  deaf.faults.add('noGreeting');
  t.match(new Wire({}, { reader: deaf }).pass(11_000).hangUp, {
    code: 'reader-unanswering',
    detail: /greeting/,
  });
  const mute = new LlrpReader();
  mute.faults.add('noAnswers');
  t.match(new Wire({}, { reader: mute }).pass(11_000).hangUp, {
    code: 'reader-unanswering',
    detail: /GET_READER_CAPABILITIES/,
  });
});

t.test('what is no LLRP ends the connection and tells no tag', async (t) => {
  const wire = wireWith({});
  wire.reader.faults.add('garbage');
  wire.reader.field([tagA]);
  wire.pass(1_000);
  t.match(wire.hangUp, { code: 'frame-garbage' });
  t.strictSame(wire.tags, []);
});

t.test('a report of another inventory, or of another lane’s antenna, is not told', async (t) => {
  const wire = wireWith({}, { antennas: [1, 2] });
  const report = (...parts: string[]) =>
    bytesOf(message(61, 1, tlv(240, tv(13, 'aa'.repeat(12)) + parts.join(''))));
  const before = wire.good;
  wire.hear([report(tv(9, be(4_711, 4)), tv(1, be(1, 2)))]);
  wire.hear([report()]);
  t.strictSame(wire.tags, [], 'nor one that leaves out the foreign ROSpec it had just named');
  wire.hear([report(tv(9, be(1, 4)), tv(1, be(3, 2)))]);
  t.strictSame(wire.tags, []);
  t.strictSame(wire.faults, ['reply-unexpected', 'reply-unexpected', 'reply-unexpected']);
  t.equal(wire.good, before, 'none of them is a sign of life');
  wire.hear([report(tv(9, be(1, 4)), tv(1, be(2, 2)))]);
  t.match(wire.tags, [{ antenna: 2 }]);
  t.equal(wire.good, before + 1);
});

t.test('reports kept from an earlier connection are not told in the next one', async (t) => {
  const first = wireWith({});
  first.reader.field([tagA]);
  first.pass(500);
  // Zebra FX readers keep reports while the network is down, and send them on (FX7500 guide, data protection).
  const kept = first.link.tick(first.nowMs + 200);
  t.ok(kept.length > 0);
  first.reader.field([]);
  first.link.end();
  const next = new Wire({}, { reader: first.reader, nowMs: 60_050 });
  next.hear(kept);
  t.strictSame(next.tags, []);
  t.match(next.faults, ['reply-unexpected']);
});

t.test('tags before inventory are not told, but for ours that overtake the answer', async (t) => {
  const session = sessionOf();
  const hear = (hex: string) =>
    session.received({ bytes: bytesOf(hex), receivedAt: { wallMs: 0, monotonicMs: 1 } });
  const report = (roSpecId?: number) =>
    message(61, 1, tlv(240, tv(13, 'aa'.repeat(12)) + (roSpecId ? tv(9, be(roSpecId, 4)) : '')));
  session.opened({ wallMs: 0, monotonicMs: 0 });
  const greeting = message(63, 1, tlv(246, tlv(129, be(0, 8)) + tlv(256, be(0, 2))));
  for (const hex of [greeting, ...[11, 13, 31].map((type, i) => message(type, i + 1, status(0)))]) {
    t.strictSame(hear(report()).observations, []);
    hear(hex);
  }
  hear(message(30, 4, status(0)));
  t.strictSame(hear(report()).observations, []);
  t.strictSame(hear(report(2)).observations, []);
  t.match(hear(report(1)).observations, [{ kind: 'tagRead' }]);
  t.equal(hear(message(34, 5, status(0))).goodMessages, 1);
});

t.test(
  'a cut antenna is told; with the last one the keepalives are no life any more',
  async (t) => {
    const wire = wireWith({}, { antennas: [1, 2] });
    wire.reader.antennaEvent(2, false, wire.nowMs);
    wire.pass(4_000);
    t.strictSame(
      [wire.faults, wire.details],
      [['antenna-disconnected'], ['antenna 2 is disconnected']],
    );
    const half = wire.good;
    t.ok(half >= 2, 'one of two still sees');
    wire.reader.antennaEvent(1, false, wire.nowMs);
    wire.reader.antennaEvent(4, false, wire.nowMs);
    wire.pass(7_000);
    t.equal(wire.good, half);
    t.strictSame(
      wire.faults,
      ['antenna-disconnected', 'antenna-disconnected'],
      '4 is not of this lane',
    );
    wire.reader.antennaEvent(1, true, wire.nowMs);
    t.ok(wire.pass(7_000).good > half);
  },
);

t.test('a reader asked for all its antennas is blind when each is cut', async (t) => {
  const wire = wireWith({ antennas: 2 });
  for (const antenna of [1, 2]) wire.reader.antennaEvent(antenna, false, wire.nowMs);
  const before = wire.pass(50).good;
  t.equal(wire.pass(7_000).good, before);
  t.strictSame(wire.faults, [], 'which of them the lane uses is not known');
  wire.reader.field([{ ...tagA, antenna: 1 }]);
  t.ok(wire.pass(4_000).good > before, 'a tag proves that it sees');
});

t.test('what the reader says of itself is a fault and no sign of life', async (t) => {
  const wire = wireWith({});
  const { good } = wire;
  wire.reader.exception('RF overload', wire.nowMs);
  wire.pass(50);
  t.strictSame([wire.faults, wire.details], [['device-error'], ['RF overload']]);
  wire.hear([bytesOf(message(63, 1, tlv(246, tlv(128, be(0, 8)) + tlv(251, ''))))]);
  wire.hear([bytesOf(message(100, 99, status(109, 'what?')))]);
  wire.hear([bytesOf(message(36, 99, status(0)))]);
  t.match(wire.details.slice(1), [/lost/, 'M_UnsupportedMessage: what?']);
  t.equal(wire.good, good);
});

t.test('a damaged message costs itself alone', async (t) => {
  const wire = wireWith({});
  wire.hear([bytesOf(message(61, 1, tlv(240, tv(1, '0001'))))]);
  wire.hear([bytesOf(message(61, 2, tlv(240, tlv(241, '0008ab'))))]);
  t.strictSame(wire.faults, ['frame-undecodable', 'frame-undecodable']);
  t.match(wire.details[1], /2 to 62 bytes/, 'an EPC of one byte is none');
  wire.reader.field([tagA]);
  t.strictSame(wire.pass(200).tags[0], readA);
});

t.test('an inventory that ends, and a reader that closes, are given up', async (t) => {
  const ended = wireWith({});
  ended.reader.endInventory(ended.nowMs);
  t.match(ended.pass(50).hangUp, { code: 'inventory-ended', detail: /ended/ });
  const closing = wireWith({});
  closing.reader.closeConnection(closing.nowMs);
  t.match(closing.pass(50).hangUp, { code: 'reader-closing' });
  const other = wireWith({});
  const event = tlv(249, be(1, 1) + be(4_711, 4) + be(0, 4));
  other.hear([bytesOf(message(63, 1, tlv(246, tlv(128, be(0, 8)) + event)))]);
  t.equal(other.hangUp, undefined, 'the end of somebody else’s is none of ours');
});

t.test('transmit power is sent only where it is set, for each antenna of the lane', async (t) => {
  const sent = (settings: Record<string, unknown>) => {
    const session = sessionOf(settings, generic);
    session.opened({ wallMs: 0, monotonicMs: 0 });
    const greeting = message(63, 1, tlv(246, tlv(128, be(0, 8)) + tlv(256, be(0, 2))));
    const said = [greeting, ...[11, 13, 31].map((type, i) => message(type, i + 1, status(0)))];
    const outputs = said.map((hex) =>
      session.received({ bytes: bytesOf(hex), receivedAt: { wallMs: 0, monotonicMs: 1 } }),
    );
    return outputs
      .flatMap(({ send }) => send.map((bytes) => Buffer.from(bytes).toString('hex')))
      .at(-1);
  };
  t.notMatch(sent({}), /00de/);
  t.match(sent({}), /00b7001800010000/, 'antenna 0 is all of them');
  const transmit = { powerIndex: 81, hopTableId: 1, channelIndex: 0 };
  const withPower = sent({ antennas: [1, 3], transmit });
  t.match(withPower, /00b7003a000200010003/);
  t.match(withPower, /00de00100001(00e0000a000100000051)00de00100003\1/);
});

t.test('a session opened anew knows nothing of before', async (t) => {
  const session = sessionOf();
  const now = (monotonicMs: number) => ({ wallMs: 0, monotonicMs });
  session.opened(now(0));
  const bad = session.received({ bytes: bytesOf('ff'), receivedAt: now(1) });
  t.match(bad.hangUp, { code: 'frame-garbage' });
  t.strictSame(session.tick(now(60_000)).hangUp, undefined, 'given up is given up once');
  t.strictSame(session.closing?.(), []);
  session.opened(now(60_000));
  const greeting = bytesOf(message(63, 1, tlv(246, tlv(129, be(0, 8)) + tlv(256, be(0, 2)))));
  t.match(session.received({ bytes: greeting, receivedAt: now(60_001) }).send, [{ length: 11 }]);
  t.match(session.closing?.(), [{ length: 10 }]);
});

t.test('a profile whose messages are not read as it says is found out', async (t) => {
  for (const profile of [generic, speedway]) {
    t.strictSame(manifest.prove?.(profile), []);
    const wrong = structuredClone(profile);
    const [first] = wrong.llrp?.tests ?? [];
    if (first) first.tags = ['00'];
    t.match(manifest.prove?.(wrong), [
      {
        path: 'llrp.tests.0',
        message: /tells \[3005FB63AC1F3841EC880467\], expected \[00\]/,
      },
    ]);
    if (first) first.reject = 'frame-undecodable';
    t.equal(manifest.prove?.(wrong).length, 1);
  }
  const { llrp: _, ...blockless } = generic;
  t.throws(() => sessionOf({}, blockless), /llrp block/);
});
