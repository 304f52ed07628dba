import fc from 'fast-check';
import t from 'tap';
import { MbapWire } from '../../../src/adapters/transport/mbap-wire.ts';
import { readReply, requestFrame } from '../../../src/adapters/transport/modbus-codec.ts';
import type { Heard, Wire } from '../../../src/adapters/transport/modbus-wire.ts';
import {
  expectedShape,
  fenceFor,
  isRead,
  OwedReplies,
  replyLength,
  shapeOf,
} from '../../../src/adapters/transport/reply-shape.ts';
import { RtuWire, rtuCheck } from '../../../src/adapters/transport/rtu-wire.ts';
import type { ModbusRequest } from '../../../src/driver-kit/contract.ts';

const word = fc.integer({ min: 0, max: 0xffff });
const read = fc.oneof(
  fc.record({
    function: fc.constantFrom<1 | 2>(1, 2),
    address: word,
    quantity: fc.integer({ min: 1, max: 2_000 }),
  }),
  fc.record({
    function: fc.constantFrom<3 | 4>(3, 4),
    address: word,
    quantity: fc.integer({ min: 1, max: 125 }),
  }),
);
const anyRequest: fc.Arbitrary<ModbusRequest> = fc.oneof(
  read,
  fc.record({ function: fc.constantFrom<5 | 6>(5, 6), address: word, value: word }),
  fc.record({
    function: fc.constant<16>(16),
    address: word,
    values: fc.array(word, { minLength: 1, maxLength: 123 }),
  }),
);
const anyUnit = fc.integer({ min: 1, max: 247 });

/** A right answer to `request`, made from the application protocol and not from our code. */
function answerPdu(request: ModbusRequest, data: number): Uint8Array {
  const { function: code, address } = request;
  const high = (value: number) => [value >> 8, value & 0xff];
  if (isRead(request)) {
    const count = code <= 2 ? Math.ceil(request.quantity / 8) : 2 * request.quantity;
    return Uint8Array.of(code, count, ...new Uint8Array(count).fill(data));
  }
  const second = request.function === 16 ? request.values.length : request.value;
  return Uint8Array.of(code, ...high(address), ...high(second));
}

function rtuFrame(unit: number, pdu: Uint8Array): Uint8Array {
  const body = Uint8Array.of(unit, ...pdu);
  const check = rtuCheck(body);
  return Uint8Array.of(...body, check & 0xff, check >> 8);
}

/** Cuts bytes into pieces of 1 to 9. */
function pieces(bytes: Uint8Array, seed: number): Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0, n = seed; at < bytes.length; n = (n * 7 + 3) % 97) {
    const length = (n % 9) + 1;
    cut.push(bytes.subarray(at, at + length));
    at += length;
  }
  return cut;
}

const heardIn = (wire: Wire, parts: readonly Uint8Array[], nowMs = 1) =>
  parts.flatMap((part) => wire.heard(part, nowMs));
const kinds = (heard: readonly Heard[]) => heard.map(({ kind }) => kind);
const rtu = (echo: 'none' | 'expect' = 'none', forgottenAfterMs = 0) =>
  new RtuWire({ echo, owed: new OwedReplies(forgottenAfterMs) });

t.test('the check is that of the serial line: the example of the specification', async (t) => {
  // Modbus over Serial Line V1.02, 6.2.2: of the bytes 02 07 it is 0x1241.
  t.equal(rtuCheck(Uint8Array.of(2, 7)), 0x1241);
  t.equal(
    Buffer.from(requestFrame(1, { function: 3, address: 0, quantity: 10 })).toString('hex'),
    '01030000000ac5cd',
  );
});

t.test('requests are what the application protocol prints', async (t) => {
  const frames: readonly (readonly [ModbusRequest, string])[] = [
    [{ function: 1, address: 0x13, quantity: 0x13 }, '0100130013'],
    [{ function: 2, address: 0xc4, quantity: 0x16 }, '0200c40016'],
    [{ function: 3, address: 0x6b, quantity: 3 }, '03006b0003'],
    [{ function: 4, address: 8, quantity: 1 }, '0400080001'],
    [{ function: 5, address: 0xac, value: 0xff00 }, '0500acff00'],
    [{ function: 5, address: 0x0200, value: 7 }, '0502000007'],
    [{ function: 6, address: 1, value: 3 }, '0600010003'],
    [{ function: 16, address: 1, values: [0x000a, 0x0102] }, '100001000204000a0102'],
  ];
  for (const [request, pdu] of frames) {
    t.equal(Buffer.from(requestFrame(0x11, request)).subarray(0, -2).toString('hex'), `11${pdu}`);
  }
});

t.test(
  'every right answer is taken, in whatever pieces it comes, and read as what it is',
  async (t) => {
    fc.assert(
      fc.property(anyUnit, anyRequest, fc.nat(255), fc.nat(96), (unit, request, data, seed) => {
        const frame = rtuFrame(unit, answerPdu(request, data));
        if (replyLength(request) !== frame.length - 3) return false;
        for (const echo of ['none', 'expect'] as const) {
          const wire = rtu(echo);
          const asked = wire.ask({ unit, request }, 0);
          const bytes = echo === 'expect' ? Buffer.concat([asked, frame]) : frame;
          const heard = heardIn(wire, pieces(bytes, seed));
          if (kinds(heard).join() !== 'answer') return false;
        }
        const mbap = new MbapWire({ transactionIds: 'checked' });
        const message = mbap.ask({ unit, request }, 0);
        const pdu = answerPdu(request, data);
        const reply = Buffer.concat([
          message.subarray(0, 4),
          Uint8Array.of(0, pdu.length + 1, unit),
          pdu,
        ]);
        if (kinds(heardIn(mbap, pieces(reply, seed))).join() !== 'answer') return false;
        const answer = readReply(unit, request, frame);
        if (answer.kind !== 'reply') return false;
        if (answer.reply.kind === 'bits') {
          return answer.reply.bits.every((bit, i) => bit === ((data >> (i % 8)) & 1) > 0);
        }
        if (answer.reply.kind === 'words') {
          return answer.reply.words.every((each) => each === data * 257);
        }
        return !isRead(request);
      }),
      { numRuns: 500 },
    );
    t.pass();
  },
);

t.test('no damaged frame is an answer', async (t) => {
  fc.assert(
    fc.property(
      anyUnit,
      read,
      fc.nat(255),
      fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 3,
      }),
      (unit, request, data, damages) => {
        const wire = rtu();
        wire.ask({ unit, request }, 0);
        const frame = rtuFrame(unit, answerPdu(request, data));
        const damaged = frame.slice();
        for (const [at, bits] of damages) {
          const place = at % damaged.length;
          damaged[place] = (damaged[place] ?? 0) ^ bits;
        }
        fc.pre(Buffer.compare(damaged, frame) !== 0);
        const [first] = heardIn(wire, [damaged]).filter(({ kind }) => kind === 'answer');
        return first === undefined;
      },
    ),
    // Of 65,536 checks one is right by chance: a fixed seed keeps that chance out of the test.
    { numRuns: 2_000, seed: 7 },
  );
  t.pass();
});

t.test(
  'any bytes at all, in any order, crash nothing and are no answer without a right check',
  async (t) => {
    fc.assert(
      fc.property(
        anyUnit,
        anyRequest,
        fc.array(fc.uint8Array({ maxLength: 40 })),
        (unit, request, noise) => {
          for (const wire of [
            rtu(),
            rtu('expect'),
            new MbapWire({ transactionIds: 'checked' }),
            new MbapWire({ transactionIds: 'ignored', owed: new OwedReplies(0) }),
          ]) {
            wire.opened();
            wire.ask({ unit, request }, 0);
            if (noise.some((bytes) => kinds(wire.heard(bytes, 1)).includes('answer'))) return false;
            wire.giveUp();
            wire.settled();
          }
          const wire = rtu();
          wire.ask({ unit, request }, 0);
          for (const bytes of noise) wire.heard(bytes, 1);
          wire.giveUp();
          wire.settled();
          wire.ask({ unit, request }, 2);
          const frame = rtuFrame(unit, answerPdu(request, 0));
          if (kinds(wire.heard(frame, 3)).join() !== 'answer') return false;
          return readReply(unit, request, noise[0] ?? new Uint8Array(0)).kind !== 'reply';
        },
      ),
      { numRuns: 1_000, seed: 11 },
    );
    t.pass();
  },
);

t.test('the frame of another unit is no answer, whatever it says', async (t) => {
  fc.assert(
    fc.property(anyUnit, anyUnit, anyRequest, (unit, other, request) => {
      fc.pre(unit !== other);
      const wire = rtu();
      wire.ask({ unit, request }, 0);
      const heard = wire.heard(rtuFrame(other, answerPdu(request, 0)), 1);
      const mbap = new MbapWire({ transactionIds: 'checked' });
      const message = mbap.ask({ unit, request }, 0);
      const pdu = answerPdu(request, 0);
      const head = [...message.subarray(0, 4), 0, pdu.length + 1, other];
      const told = mbap.heard(Uint8Array.of(...head, ...pdu), 1);
      return kinds(heard).join() === 'foreign' && kinds(told).join() === 'unusable';
    }),
  );
  t.pass();
});

t.test(
  'a fence has another form than what it stands before, and so does every answer to it',
  async (t) => {
    fc.assert(
      fc.property(anyRequest, fc.nat(255), (request, data) => {
        const fence = fenceFor(request);
        const shapes = [fence, request].map((each) => shapeOf(answerPdu(each, data)));
        return (
          expectedShape(fence) !== expectedShape(request) &&
          shapes[0] === expectedShape(fence) &&
          shapes[1] === expectedShape(request) &&
          fence.quantity >= 1 &&
          fence.quantity <= (fence.function <= 2 ? 2_008 : 125)
        );
      }),
    );
    t.pass();
  },
);

const first: ModbusRequest = { function: 2, address: 5, quantity: 1 };
const second: ModbusRequest = { function: 2, address: 4, quantity: 1 };

t.test(
  'what is owed bars a request of its form until it has come, another was answered, or it is old',
  async (t) => {
    const [unit, other] = [1, 2];
    const given = (forgottenAfterMs = 5_000) => {
      const wire = rtu('expect', forgottenAfterMs);
      // It has answered once: nothing is owed to a daemon that ran before.
      for (const each of [unit, other]) {
        const fence = fenceFor(first);
        const asked = wire.ask({ unit: each, request: fence }, 0);
        wire.heard(Buffer.concat([asked, rtuFrame(each, answerPdu(fence, 0))]), 0);
      }
      wire.ask({ unit, request: first }, 10);
      wire.giveUp();
      wire.settled();
      return wire;
    };
    const isBarred = (wire: Wire, nowMs: number, request: ModbusRequest = second, of = unit) =>
      wire.fence({ unit: of, request }, nowMs) !== undefined;
    t.ok(isBarred(given(), 20));
    t.notOk(isBarred(given(), 20, second, other), 'another unit owes nothing');
    t.notOk(
      isBarred(given(), 20, { function: 5, address: 4, value: 0xff00 }),
      'another form is free',
    );
    t.notOk(isBarred(given(), 5_010), 'what has not come by then never will');

    const late = given();
    t.match(late.heard(rtuFrame(unit, answerPdu(first, 1)), 400), [{ kind: 'late', afterMs: 390 }]);
    t.notOk(isBarred(late, 401));

    const refused = given();
    t.match(refused.heard(rtuFrame(unit, Uint8Array.of(0x82, 4)), 400), [{ kind: 'late' }]);
    t.notOk(isBarred(refused, 401));

    const fenced = given();
    const fence = fenceFor(second);
    const echo = fenced.ask({ unit, request: fence }, 30);
    fenced.heard(Buffer.concat([echo, rtuFrame(unit, answerPdu(fence, 0))]), 40);
    t.notOk(isBarred(fenced, 41), 'a unit answers in the order it is asked');
  },
);

t.test(
  'an exception that may be that of an earlier request settles the earlier one only',
  async (t) => {
    const wire = rtu('expect', 5_000);
    const unit = 1;
    const ask = (request: ModbusRequest, answer: Uint8Array | undefined, nowMs: number) => {
      const echo = wire.ask({ unit, request }, nowMs);
      const heard = answer ? wire.heard(Buffer.concat([echo, rtuFrame(unit, answer)]), nowMs) : [];
      if (!answer) wire.giveUp();
      wire.settled();
      return kinds(heard).join();
    };
    const fence = fenceFor(first);
    t.equal(ask(fence, answerPdu(fence, 0), 0), 'answer');
    ask(first, undefined, 1);
    t.equal(ask(fence, Uint8Array.of(0x82, 3), 2), 'answer');
    t.equal(wire.fence({ unit, request: second }, 3), undefined, 'the first is settled either way');
    wire.ask({ unit, request: second }, 4);
    const late = rtuFrame(unit, answerPdu(fence, 0xff));
    wire.settled();
    t.equal(
      kinds(wire.heard(late, 5)).join(),
      'late',
      'and the answer to the fence may still come',
    );
  },
);

t.test('ids: late ones are known, unknown ones are told, and they go round', async (t) => {
  const wire = new MbapWire({ transactionIds: 'checked' });
  const reply = (id: Uint8Array, data: number) =>
    Buffer.concat([id.subarray(0, 4), Uint8Array.of(0, 4, 1), answerPdu(first, data)]);
  const asked = wire.ask({ unit: 1, request: first }, 0);
  wire.giveUp();
  const again = wire.ask({ unit: 1, request: second }, 10);
  t.match(wire.heard(reply(asked, 1), 20), [{ kind: 'late', unit: 1, afterMs: 20 }]);
  t.match(wire.heard(reply(again, 0), 30), [{ kind: 'answer' }]);
  wire.ask({ unit: 1, request: second }, 40);
  t.match(wire.heard(reply(Uint8Array.of(0x7f, 0xff, 0, 0), 0), 50), [
    { kind: 'unusable', code: 'modbus-foreign-reply', detail: /bears transaction 32767/ },
  ]);
  const ids = new Set<number>();
  for (let i = 0; i < 0x10000 + 5; i += 1) {
    const message = wire.ask({ unit: 1, request: first }, 0);
    ids.add((message[0] ?? 0) * 256 + (message[1] ?? 0));
  }
  t.equal(ids.size, 0xffff);
  t.notOk(ids.has(0), 'a gateway that answers 0 to everything is never right by chance');
});

t.test('a message that had begun before the request is not its answer', async (t) => {
  // Found by the fuzz of modbus/tcp, seed 20261201: half a message with an id that was given out next.
  const request = { function: 3, address: 0, quantity: 1 } as const;
  const answer = Buffer.from('0001000000050103020007', 'hex');
  for (const begun of [1, 6, 8, 10]) {
    for (const transactionIds of ['checked', 'ignored'] as const) {
      const wire = new MbapWire({ transactionIds });
      wire.opened();
      t.strictSame(wire.heard(answer.subarray(0, begun), 0), []);
      wire.ask({ unit: 1, request }, 1);
      t.match(wire.heard(answer.subarray(begun), 2), [{ kind: 'unusable' }], `${begun} bytes`);
    }
  }
  const wire = new MbapWire({ transactionIds: 'checked' });
  wire.ask({ unit: 1, request }, 1);
  t.match(wire.heard(answer, 2), [{ kind: 'answer' }], 'the same bytes after it are');
});
