/** The emulated reader: a client that is wrong must hear so, or the driver could be wrong unheard. */
import t from 'tap';
import { decodeMessage } from '../../../devices/rfid-llrp/codec.ts';
import { LlrpReader } from '../../../devices/rfid-llrp/emulator.ts';
import { be, bytesOf, message, tlv } from '../../../devices/rfid-llrp/emulator-wire.ts';

const boundary = tlv(178, tlv(179, '01') + tlv(182, '0000000000'));
const inventory = tlv(183, `00010000${tlv(184, '0000000000')}${tlv(186, '000101')}`);
const report = tlv(237, `010001${tlv(238, '9400')}`);
const roSpec = (id: number, ...parts: string[]) => tlv(177, `${be(id, 4)}0000${parts.join('')}`);

t.test('requests that are not as the standard has them are refused by name', async (t) => {
  const wrong: readonly (readonly [string, string])[] = [
    [`08${message(21, 1, be(0, 4)).slice(2)}`, 'M_UnsupportedVersion: version'],
    [message(22, 1, be(0, 4)), 'M_UnsupportedMessage: message 22'],
    [message(21, 1, '00'), 'M_FieldError: message too short'],
    [message(20, 1, '00b1'), 'M_ParameterError: parameter cut off'],
    [message(20, 1, '00b10003'), 'M_ParameterError: parameter 177 length 3'],
    [message(20, 1, tlv(177, '0000')), 'M_ParameterError: parameter 177 length 6'],
    [message(20, 1, roSpec(7, tlv(183, '0009'))), 'M_ParameterError: parameter 183 length 6'],
    [message(20, 1, roSpec(7, tlv(999, ''))), 'M_UnknownParameter: parameter 999'],
    [
      message(20, 1, roSpec(7, report, tlv(220, '0100000000'))),
      'M_UnexpectedParameter: parameter 220',
    ],
    [message(20, 1, roSpec(7, boundary, inventory)), 'M_MissingParameter: ROSpec'],
    [message(20, 1, roSpec(0, boundary, inventory, report)), 'M_FieldError: ROSpecID 0'],
    [message(24, 1, be(7, 4)), 'A_Invalid: no such ROSpec'],
  ];
  for (const [hex, words] of wrong) {
    const link = new LlrpReader().connect(0);
    link.tick(0);
    const [answer] = link.received(bytesOf(hex), 0);
    const status = { isSuccess: false, words };
    t.match(decodeMessage(answer ?? new Uint8Array()), { message: { id: 1, status } }, words);
  }
});

t.test('one ROSpec at a time, whole or in pieces', async (t) => {
  const link = new LlrpReader().connect(0);
  link.tick(0);
  const add = bytesOf(message(20, 1, roSpec(7, boundary, inventory, report)));
  const piecewise = Array.from(add, (byte) => link.received(Uint8Array.of(byte), 0)).flat();
  t.match(piecewise.map(decodeMessage), [{ message: { status: { isSuccess: true } } }]);
  t.match(link.received(add, 0).map(decodeMessage), [
    { message: { status: { words: 'M_OverflowField: one ROSpec only' } } },
  ]);
  t.strictSame(link.received(bytesOf('041400000009'), 0), []);
  link.received(bytesOf('00000000'), 0);
  t.equal(link.isOver, true, 'a length below the head ends the connection');
});

t.test('a client that does not acknowledge keepalives loses the connection', async (t) => {
  const link = new LlrpReader().connect(0);
  link.received(bytesOf(message(3, 1, `00${tlv(220, `01${be(1_000, 4)}`)}`)), 0);
  const said = [1, 2, 3, 4].flatMap((n) =>
    link.tick(n * 1_000).map((bytes) => decodeMessage(bytes)),
  );
  t.match(
    said.map((each) => each.kind === 'message' && each.message.kind),
    ['keepalive', 'keepalive', 'keepalive', 'events'],
  );
  t.match(said.at(-1), { message: { events: [{ kind: 'connectionClose' }] } });
  t.equal(link.isOver, true);
});
