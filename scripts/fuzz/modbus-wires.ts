/**
 * Replies of Modbus units by TCP and RTU, in any order and damage: nothing throws; an answer is taken at most once for
 * each request, is framed as its standard says, and bears the request's unit and function; its values are those of its
 * bytes; and once the line is quiet, or opened anew, the next request is answered.
 */
import fc from 'fast-check';
import { MbapWire } from '../../src/adapters/transport/mbap-wire.ts';
import { readReply, requestFrame } from '../../src/adapters/transport/modbus-codec.ts';
import type { Asked, Heard, Wire } from '../../src/adapters/transport/modbus-wire.ts';
import { isRead, OwedReplies } from '../../src/adapters/transport/reply-shape.ts';
import { RtuWire } from '../../src/adapters/transport/rtu-wire.ts';
import type { ModbusRequest } from '../../src/driver-kit/contract.ts';
import { cutInto, cuts, damaged } from './damage.ts';
import { demand, type FuzzFamily, familyOf } from './family.ts';

const requests: readonly ModbusRequest[] = [
  { function: 1, address: 0, quantity: 8 },
  { function: 2, address: 0, quantity: 12 },
  { function: 3, address: 16, quantity: 3 },
  { function: 4, address: 0, quantity: 24 },
  { function: 5, address: 2, value: 0xff00 },
  { function: 6, address: 512, value: 7 },
  { function: 16, address: 48, values: [1, 2] },
];
const forgottenAfterMs = 5_000;

/** How a framing is put around unit and PDU, and taken off again. */
interface Framing {
  readonly framed: (unitAndPdu: Uint8Array, transaction: number) => Uint8Array;
  readonly make: () => Wire;
  readonly transactionOf: (asked: Uint8Array) => number;
  /** What is written comes back before the reply. */
  readonly echoes: boolean;
  /** A reply may bear any transaction. */
  readonly ignoresTransactions: boolean;
}

const owed = () => new OwedReplies(forgottenAfterMs);
const rtu: Omit<Framing, 'make'> = {
  framed: withCheck,
  transactionOf: () => 0,
  echoes: false,
  ignoresTransactions: false,
};
const tcp: Omit<Framing, 'make'> = {
  framed: (unitAndPdu, transaction) => {
    const head = Buffer.alloc(6);
    head.writeUInt16BE(transaction & 0xffff, 0);
    head.writeUInt16BE(unitAndPdu.length, 4);
    return Buffer.concat([head, unitAndPdu]);
  },
  transactionOf: (asked) => Buffer.from(asked).readUInt16BE(0),
  echoes: false,
  ignoresTransactions: false,
};

export function modbusFamilies(): readonly FuzzFamily[] {
  const framings: Readonly<Record<string, Framing>> = {
    'modbus/rtu': { ...rtu, make: () => new RtuWire({ echo: 'none', owed: owed() }) },
    'modbus/rtu-echo': {
      ...rtu,
      echoes: true,
      make: () => new RtuWire({ echo: 'expect', owed: owed() }),
    },
    'modbus/tcp': { ...tcp, make: () => new MbapWire({ transactionIds: 'checked' }) },
    'modbus/tcp-gateway': {
      ...tcp,
      make: () => new MbapWire({ transactionIds: 'checked', owed: owed() }),
    },
    'modbus/tcp-ignored-ids': {
      ...tcp,
      ignoresTransactions: true,
      make: () => new MbapWire({ transactionIds: 'ignored', owed: owed() }),
    },
  };
  return Object.entries(framings).map(([name, framing]) => familyWith(name, framing));
}

type Event =
  | { readonly kind: 'ask'; readonly unit: number; readonly which: number }
  /** The right reply, damaged or not, its check or its length mended or not. */
  | { readonly kind: 'reply'; readonly damage: readonly number[]; readonly mends: boolean }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'giveUp' | 'settled' | 'opened' };

function familyWith(name: string, framing: Framing): FuzzFamily {
  const good = requests.flatMap((request) => [
    framing.framed(replyTo(1, request, 5), 1),
    framing.framed(Uint8Array.of(1, request.function | 0x80, 2), 1),
    framing.framed(requestFrame(1, request).subarray(0, -2), 1),
  ]);
  const pieces = ['0183', '0000', '00000000', '010302', 'ffff', '00fe', '0105'].map((hex) =>
    Buffer.from(hex, 'hex'),
  );
  const event: fc.Arbitrary<Event> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('ask' as const),
        unit: fc.constantFrom(1, 1, 1, 2, 247),
        which: fc.nat(requests.length - 1),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('reply' as const),
        damage: fc.array(fc.nat(65_535), { maxLength: 3 }),
        mends: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('bytes' as const),
        bytes: damaged({ good, pieces }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('giveUp' as const, 'settled' as const, 'opened' as const),
      }),
    },
  );
  const cases = fc.record({ events: fc.array(event, { maxLength: 8 }), sizes: cuts });
  return familyOf(name, cases, ({ events, sizes }) => {
    const line = new Line(framing, sizes);
    for (const each of events) line.take(each);
    line.judgeRecovery();
  });
}

/** A line with one request in flight at most, as `open-line.ts` uses a wire. */
class Line {
  readonly #framing: Framing;
  readonly #wire: Wire;
  readonly #sizes: readonly number[];
  #nowMs = 10_000;
  #asked: (Asked & { readonly bytes: Uint8Array }) | undefined;
  /** Bytes since the request, which an answer must be among. */
  #since = Buffer.alloc(0);

  constructor(framing: Framing, sizes: readonly number[]) {
    this.#framing = framing;
    this.#sizes = sizes;
    this.#wire = framing.make();
    this.#wire.opened();
  }

  take(event: Event): void {
    this.#nowMs += 10;
    switch (event.kind) {
      case 'ask': {
        const request = requests[event.which];
        if (request) this.#ask({ unit: event.unit, request });
        return;
      }
      case 'reply':
        if (this.#asked)
          this.#hear(Buffer.concat([this.#echo(), this.#reply(event.damage, event.mends)]));
        return;
      case 'bytes':
        this.#hear(event.bytes);
        return;
      case 'giveUp':
        this.#wire.giveUp();
        this.#asked = undefined;
        return;
      case 'settled':
        this.#wire.settled();
        return;
      case 'opened':
        this.#open();
    }
  }

  #open(): void {
    this.#wire.giveUp();
    this.#wire.opened();
    this.#asked = undefined;
  }

  #ask(wanted: Asked): void {
    if (this.#asked) this.take({ kind: 'giveUp' });
    const fence = this.#wire.fence(wanted, this.#nowMs);
    const asked = fence ? { ...wanted, request: fence } : wanted;
    const bytes = this.#wire.ask(asked, this.#nowMs);
    this.#asked = { ...asked, bytes };
    this.#since = Buffer.alloc(0);
  }

  #echo(): Uint8Array {
    return (this.#framing.echoes && this.#asked?.bytes) || new Uint8Array();
  }

  #reply(damage: readonly number[], mends: boolean): Uint8Array {
    const { unit = 1, request, bytes = new Uint8Array() } = this.#asked ?? {};
    if (!request) return new Uint8Array();
    const transaction = this.#framing.transactionOf(bytes);
    const inner = Buffer.from(replyTo(unit, request, damage.length));
    const whole = Buffer.from(this.#framing.framed(inner, transaction));
    const target = mends ? inner : whole;
    for (const value of damage) {
      const at = (value >> 8) % target.length;
      target[at] = (target[at] ?? 0) ^ (value & 0xff);
    }
    return mends ? this.#framing.framed(inner, transaction) : whole;
  }

  #hear(bytes: Uint8Array): readonly Heard[] {
    this.#since = Buffer.concat([this.#since, bytes]);
    const all: Heard[] = [];
    for (const piece of cutInto(bytes, this.#sizes)) {
      const heard = this.#wire.heard(piece, this.#nowMs);
      for (const each of heard) this.#judge(each);
      all.push(...heard);
      // The line is closed and opened anew.
      if (heard.some(({ kind }) => kind === 'unusable')) {
        this.#open();
        break;
      }
    }
    return all;
  }

  #judge(heard: Heard): void {
    if (heard.kind !== 'answer') {
      const detail = 'detail' in heard ? heard.detail : '';
      demand(detail.length <= 400, 'more is said than anybody reads');
      return;
    }
    const asked = this.#asked;
    demand(asked !== undefined, 'an answer to nothing');
    this.#asked = undefined;
    const frame = Buffer.from(heard.frame);
    const unitAndPdu = frame.subarray(0, -2);
    demand(frame.equals(withCheck(unitAndPdu)), 'an answer with a wrong check');
    const isOfUnit = frame[0] === asked.unit;
    demand(isOfUnit && ((frame[1] ?? 0) & 0x7f) === asked.request.function, 'an answer of another');
    const transaction = this.#framing.transactionOf(asked.bytes);
    const { framed, ignoresTransactions } = this.#framing;
    const came = ignoresTransactions ? unitAndPdu : framed(unitAndPdu, transaction);
    demand(this.#since.includes(Buffer.from(came)), 'an answer that did not come');
    judgeValues(asked, frame);
  }

  /** The next request after the line is opened anew, and after what a unit may still owe is forgotten. */
  judgeRecovery(): void {
    this.#open();
    this.#nowMs += 2 * forgottenAfterMs;
    const wanted = { unit: 1, request: { function: 3, address: 16, quantity: 3 } } as const;
    for (let tries = 0; tries < 2; tries += 1) {
      this.#ask(wanted);
      const { request } = this.#asked ?? {};
      const heard = this.#hear(Buffer.concat([this.#echo(), this.#reply([], false)]));
      demand(heard.at(-1)?.kind === 'answer', `the next request got ${JSON.stringify(heard)}`);
      if (request?.function === 3 && request.quantity === 3) return;
    }
    throw new Error('a fence was asked twice');
  }
}

function judgeValues({ unit, request }: Asked, frame: Uint8Array): void {
  const read = readReply(unit, request, frame);
  if (read.kind !== 'reply') return;
  const { reply } = read;
  const data = Buffer.from(frame).subarray(3, -2);
  if (reply.kind === 'words') {
    const words = Array.from({ length: data.length / 2 }, (_, i) => data.readUInt16BE(2 * i));
    demand(words.join() === reply.words.join(), 'other words than those that came');
  } else if (reply.kind === 'bits') {
    const bits = reply.bits.map((bit, i) => bit === (((data[i >> 3] ?? 0) >> (i & 7)) & 1) > 0);
    demand(!bits.includes(false), 'other bits than those that came');
  } else demand(!isRead(request), 'a read that was written');
}

/** Unit and PDU of a reply, with values of this seed. */
function replyTo(unit: number, request: ModbusRequest, seed: number): Uint8Array {
  if (isRead(request)) {
    const { function: code, quantity } = request;
    const count = code <= 2 ? Math.ceil(quantity / 8) : 2 * quantity;
    return Uint8Array.of(
      unit,
      code,
      count,
      ...Array.from({ length: count }, (_, i) => (i * 37 + seed) & 0xff),
    );
  }
  // Address, and the value or the number of registers.
  return requestFrame(unit, request).subarray(0, 6);
}

/** Check of a serial line bit by bit, with nothing shared with the wire: X^16 + X^15 + X^2 + 1, reflected. */
function withCheck(bytes: Uint8Array): Buffer {
  let register = 0xffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit += 1) {
      const carries = (register & 1) !== ((byte >> bit) & 1);
      register = (register >> 1) ^ (carries ? 0xa001 : 0);
    }
  }
  return Buffer.concat([bytes, Buffer.of(register & 0xff, register >> 8)]);
}
