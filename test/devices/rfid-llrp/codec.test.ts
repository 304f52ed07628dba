/** The codec against frames of real readers, against llrpjs, and against bytes nobody would send. */
import fc from 'fast-check';
import t from 'tap';
import { decodeMessage, type TagReport } from '../../../devices/rfid-llrp/codec.ts';
import { be, bytesOf, message, status, tlv, tv } from '../../../devices/rfid-llrp/emulator-wire.ts';
import { MessageStream, messageBytesMax } from '../../../devices/rfid-llrp/message-stream.ts';
import { hexOf } from '../../../src/driver-kit/profile/hex.ts';
import { llrpjs } from '../../support/llrpjs.ts';

const decode = (hex: string) => decodeMessage(bytesOf(hex.replace(/\s/g, '')));

/** Greetings of readers of the field. */
const greetings = {
  // Test of the project sllurp, tests/test_all.py.
  utc: '043f000000200ab288c900f600160080000c0004f8535baadaff010000060000',
  // Issue 160 of sllurp: a reader without a clock, whose stamp broke that decoder.
  uptime: '043f000000200000000000f600160081000c00000000da3c043d010000060000',
};

/** Reports of readers of the field with what they say. */
const reports: readonly { readonly origin: string; readonly hex: string; readonly tag: object }[] =
  [
    {
      origin: 'sllurp tests/test_all.py, Impinj',
      hex: '043d0000002c4095892f00f000228d3005fb63ac1f3841ec88046781000186ce820004ec2ea8354c09880001',
      tag: { epc: '3005FB63AC1F3841EC880467', antenna: 1, rssiDbm: -50 },
    },
    {
      origin: 'sllurp tests/test_all.py, Impinj, EPC of 144 bits',
      hex: '043d000000374095894100f0002d00f1001800901fb41f712ac9c37ab79d618173188324001a81000186ef820004ec2ea8381f57880001',
      tag: { epc: '1FB41F712AC9C37AB79D618173188324001A', antenna: 1, rssiDbm: -17 },
    },
    {
      origin: 'sllurp issue 115, Zebra FX: channel, last seen, count',
      hex: '043d0000002a000001be00f000208de2005037590701270270edaf87001884000591e2f0b6d69a8814fe',
      tag: { epc: 'E2005037590701270270EDAF' },
    },
    {
      origin: 'put together by the standard with ROSpecID',
      hex: '043d000000230000000b00f000198de2003412013712345678abcd81000286c6880001',
      tag: { epc: 'E2003412013712345678ABCD', antenna: 2, rssiDbm: -58 },
    },
    {
      origin: 'device-rfid-llrp-go testdata, the parameter in a message of ours',
      hex: '043d000000290000000100f0001f8d3000abcdef0000000000000381000186d0820005a9e4bef862e0',
      tag: { epc: '3000ABCDEF00000000000003', antenna: 1, rssiDbm: -48 },
    },
  ];

const asText = ({ epc, ...rest }: TagReport) => ({ epc: hexOf(epc), ...rest });

function tagsOf(hex: string): readonly object[] | string {
  const decoded = decode(hex);
  if (decoded.kind === 'damaged') return decoded.detail;
  return decoded.message.kind === 'report'
    ? decoded.message.tags.map(asText)
    : decoded.message.kind;
}

t.test('captured reports are read: EPC-96 and longer ones, antenna, RSSI in dBm', async (t) => {
  for (const { origin, hex, tag } of reports) t.strictSame(tagsOf(hex), [tag], origin);
});

t.test('a reader is heard to take us, by its clock or by its uptime', async (t) => {
  for (const [stamp, hex] of Object.entries(greetings)) {
    t.match(
      decode(hex),
      {
        kind: 'message',
        message: { kind: 'events', events: [{ kind: 'connectionAttempt', status: 0 }] },
      },
      stamp,
    );
  }
});

t.test('captured answers are told apart by what they answer', async (t) => {
  // Issues 45 and 19 of sllurp.
  t.match(decode('041f0000001200000000011f000800000000'), {
    message: { kind: 'answer', to: 'DELETE_ROSPEC', status: { isSuccess: true } },
  });
  t.match(decode('04220000001200000000011f000800000000'), {
    message: { kind: 'answer', to: 'ENABLE_ROSPEC', id: 0, status: { words: 'M_Success' } },
  });
  t.match(decode('043e0000000a00000006'), { message: { kind: 'keepalive', id: 6 } });
  t.match(decode(message(36, 9, status(0))), { message: { kind: 'other', type: 36 } });
});

t.test('a refusal has the words of the reader and points at the culprit', async (t) => {
  const culprit = tlv(289, be(224, 2) + be(201, 2) + tlv(288, be(0, 2) + be(201, 2)));
  const refusal = message(30, 4, status(201, 'invalid HopTableID (1)', culprit));
  const words = 'P_FieldError: invalid HopTableID (1) (parameter 224, field 0)';
  t.match(decode(refusal), {
    message: { kind: 'answer', to: 'ADD_ROSPEC', id: 4, status: { isSuccess: false, words } },
  });
  t.match(decode(message(100, 2, status(109))), {
    message: { kind: 'error', id: 2, status: { words: 'M_UnsupportedMessage' } },
  });
  t.match(decode(message(100, 2, status(777, 'a\u0007\nb'))), {
    message: { status: { words: 'status 777: a..b' } },
  });
  t.match(decode(message(100, 2, status(401, '天线'.repeat(200)))), {
    message: { status: { words: `R_DeviceError: ${'天线'.repeat(100)}` } },
  });
});

t.test('what the reader tells of itself is read', async (t) => {
  const event = (hex: string) => decode(message(63, 1, tlv(246, tlv(128, be(0, 8)) + hex)));
  const told = (events: readonly object[]) => ({ message: { kind: 'events', events } });
  t.match(event(tlv(255, '000003')), told([{ kind: 'antenna', antenna: 3, isConnected: false }]));
  t.match(event(tlv(255, '010003')), told([{ kind: 'antenna', antenna: 3, isConnected: true }]));
  t.match(
    event(tlv(252, `0003${'6f7665'}${tv(1, '0002')}`)),
    told([{ kind: 'exception', words: 'ove' }]),
  );
  t.match(event(tlv(251, '')), told([{ kind: 'reportsLost' }]));
  t.match(event(tlv(257, '')), told([{ kind: 'connectionClose' }]));
  for (const [code, what] of ['started', 'ended', 'preempted'].entries()) {
    const hex = tlv(249, be(code, 1) + be(77, 4) + be(0, 4));
    t.match(event(hex), told([{ kind: 'roSpec', roSpecId: 77, what }]));
  }
  t.match(event(tlv(249, be(3, 1) + be(77, 4) + be(0, 4))), { kind: 'damaged' });
  t.match(event(tlv(250, '50') + tlv(1023, '0000651a00000001')), { ...told([]), skipped: 2 });
});

t.test('the number of antennas is taken out of the capabilities', async (t) => {
  const general = tlv(137, `0004c0000000651a001e8a2a0005${'312e322e33'}${tlv(139, '00010000')}`);
  t.match(decode(message(11, 1, status(0) + general)), {
    message: { kind: 'answer', to: 'GET_READER_CAPABILITIES', antennas: 4 },
  });
});

t.test('EPCs of any length are read, and the bits behind their end are zero', async (t) => {
  const report = (epc: string) => message(61, 1, tlv(240, epc));
  t.strictSame(tagsOf(report(tlv(241, '0010abcd'))), [{ epc: 'ABCD' }]);
  t.strictSame(tagsOf(report(tlv(241, '000cabcf'))), [{ epc: 'ABC0' }]);
  t.strictSame(tagsOf(report(tlv(241, '0011abcdff'))), [{ epc: 'ABCD80' }]);
  t.strictSame(tagsOf(report(tlv(241, '0000'))), [{ epc: '' }]);
  const longest = 'ab'.repeat(62);
  t.strictSame(tagsOf(report(tlv(241, `01f0${longest}`))), [{ epc: longest.toUpperCase() }]);
});

t.test('what nothing here reads is stepped over and counted', async (t) => {
  const tag =
    tv(13, '3005fb63ac1f3841ec880467') +
    tv(12, '3000') +
    tv(19, '0000') +
    tlv(1023, '0000651a0000003800c8') +
    tlv(349, '0000010001ffff') +
    tlv(999, 'abcd') +
    tv(1, '0002');
  const decoded = decode(message(61, 1, tlv(240, tag) + tlv(1023, '0000651a00000001')));
  t.match(decoded, { kind: 'message', skipped: 6, message: { tags: [{ antenna: 2 }] } });
});

t.test('a damaged message tells nothing, also not the tags that are whole in it', async (t) => {
  const whole = tlv(240, tv(13, '3005fb63ac1f3841ec880467'));
  const broken = {
    'a tag without an EPC': tlv(240, tv(1, '0001')),
    'a tag with two': tlv(240, tv(13, '00'.repeat(12)) + tlv(241, '0008ff')),
    'a parameter longer than what encloses it': '00f000ff8d',
    'a parameter shorter than its head': '00f00003',
    'a parameter head cut off': '00f0',
    'a TV cut off': tlv(240, '8d3005'),
    'a TV of unknown type': tlv(240, tv(13, '00'.repeat(12)) + tv(21, '0000')),
    'reserved bits set': `04${tlv(240, tv(13, '00'.repeat(12))).slice(2)}`,
    'more bits than bytes': tlv(240, tlv(241, '0011abcd')),
    'more bytes than bits': tlv(240, tlv(241, '0008abcd')),
    'an EPC without a length': tlv(240, tlv(241, '00')),
  };
  t.strictSame(tagsOf(message(61, 1, whole)), [{ epc: '3005FB63AC1F3841EC880467' }]);
  for (const [what, hex] of Object.entries(broken))
    t.match(decode(message(61, 1, whole + hex)), { kind: 'damaged', detail: /./ }, what);
  for (const hex of [
    message(62, 1, '00'),
    message(63, 1),
    message(63, 1, tlv(246, '') + tlv(246, '')),
    message(63, 1, tlv(246, tlv(256, '000000'))),
    message(63, 1, tlv(246, tlv(128, '00'))),
    message(63, 1, tlv(246, tlv(252, '0009aa'))),
    message(30, 1),
    message(30, 1, status(0) + status(0)),
    message(30, 1, tlv(287, '0000')),
    message(11, 1, status(0) + tlv(137, '0004')),
    '043d0000000b00000001',
  ]) {
    t.match(decode(hex), { kind: 'damaged' }, hex);
  }
});

t.test('nesting and numbers are bounded', async (t) => {
  const nested = (depth: number): string =>
    tlv(289, be(1, 2) + be(100, 2) + (depth > 1 ? nested(depth - 1) : ''));
  t.match(decode(message(100, 1, status(100, '', nested(7)))), { kind: 'message' });
  t.match(decode(message(100, 1, status(100, '', nested(9)))), { kind: 'damaged' });
  t.match(decode(message(100, 1, status(100, '', nested(3_000)))), { kind: 'damaged' });
  const many = tlv(240, tv(13, '00'.repeat(12)) + tv(6, 'c0').repeat(8_200));
  t.match(decode(message(61, 1, many)), { kind: 'damaged', detail: /more than/ });
});

t.test('llrpjs reads every captured report as we do', async (t) => {
  for (const { origin, hex } of reports) {
    const { data } = new llrpjs.LLRPMessage(Buffer.from(hex, 'hex')).decode().toLLRPData();
    t.strictSame(tagsOf(hex), [theirs(data)], origin);
  }
});

/** The one tag of a report of llrpjs in our words. */
function theirs(data: unknown): object {
  const { TagReportData: tag } = data as { TagReportData: Record<string, Record<string, unknown>> };
  const epc = tag['EPC_96']?.['EPC'] ?? tag['EPCData']?.['EPC'];
  const [antenna, rssiDbm] = [tag['AntennaID']?.['AntennaID'], tag['PeakRSSI']?.['PeakRSSI']];
  return {
    epc: String(epc).toUpperCase(),
    ...(antenna !== undefined && { antenna }),
    ...(rssiDbm !== undefined && { rssiDbm }),
  };
}

t.test('the stream is cut by lengths, however the network cut it', async (t) => {
  const all = [greetings.utc, ...reports.map(({ hex }) => hex), '043e0000000a00000006'];
  const bytes = bytesOf(all.join(''));
  const read = (pieces: readonly Uint8Array[]) => {
    const stream = new MessageStream();
    return pieces.flatMap((piece) => stream.feed(piece)).map((m) => hexOf(m).toLowerCase());
  };
  t.strictSame(read([bytes]), all, 'in one segment');
  t.strictSame(read(Array.from(bytes, (byte) => Uint8Array.of(byte))), all, 'byte by byte');
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes) => {
      const pieces: Uint8Array[] = [];
      for (let at = 0, n = 0; at < bytes.length; n++) {
        const size = sizes[n % sizes.length] ?? 1;
        pieces.push(bytes.slice(at, at + size));
        at += size;
      }
      return read(pieces).join() === all.join();
    }),
    { numRuns: 200, seed: 5 },
  );
});

t.test('a head that cannot be one, or too long a message, ends the stream for good', async (t) => {
  const good = bytesOf('043e0000000a00000006');
  const cases: readonly (readonly [string, string])[] = [
    ['485454502f312e31', 'frame-garbage'],
    ['00', 'frame-garbage'],
    ['0c3e0000000a00000001', 'frame-garbage'],
    ['243e0000000a00000001', 'frame-garbage'],
    ['043e0000000900000001', 'frame-garbage'],
    [`043e${be(messageBytesMax + 1, 4)}00000001`, 'frame-too-long'],
    ['043effffffff00000001', 'frame-too-long'],
  ];
  for (const [hex, code] of cases) {
    const stream = new MessageStream();
    t.equal(stream.feed(Uint8Array.of(...good, ...bytesOf(hex))).length, 1, `before ${hex}`);
    t.match(stream.loss, { code, detail: /./ }, hex);
    t.strictSame(stream.feed(good), [], 'nothing behind it is believed');
  }
  const longest = new MessageStream();
  const bytes = new Uint8Array(messageBytesMax);
  bytes.set(bytesOf(`043e${be(messageBytesMax, 4)}00000001`));
  t.equal(longest.feed(bytes)[0]?.length, messageBytesMax);
  t.equal(longest.loss, undefined);
});

t.test('a report of which any byte of a length is wrong tells no tag', async (t) => {
  for (const { origin, hex } of reports) {
    const bytes = bytesOf(hex);
    // The length of the message, and that of TagReportData.
    for (const at of [2, 3, 4, 5, 12, 13]) {
      for (let flip = 1; flip < 256; flip++) {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const decoded = decodeMessage(damaged);
        if (decoded.kind !== 'damaged') t.fail(`${origin}: byte ${at} xor ${flip}`);
      }
    }
    for (let size = 0; size < bytes.length; size++) {
      if (decodeMessage(bytes.slice(0, size)).kind !== 'damaged')
        t.fail(`${origin}: ${size} bytes`);
    }
  }
  t.pass();
});
