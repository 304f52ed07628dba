/**
 * The `modbus` block of a profile: the map of an IO module. It says where input and relay n of the module
 * stand on the wire and how a contact is made. Which point of a lane is wired to which terminal is the site's
 * business; `wiring` here is only the suggestion used when a site says nothing.
 *
 * Addresses are 0-based as on the wire; `doc` is the number the manual prints, so that a reader can check
 * one against the other.
 */
import { type Static, Type } from '@sinclair/typebox';
import { Address, Channel, Doc, strict } from './modbus-atoms.ts';
import { ModbusTest } from './modbus-test.ts';
import { Watchdog } from './modbus-watchdog.ts';
import { lanePoints, Wiring } from './modbus-wiring.ts';

const readFunction = Type.Union([1, 2, 3, 4].map((code) => Type.Literal(code as 1 | 2 | 3 | 4)));
const PollId = Type.String({ minLength: 1, maxLength: 32 });

const Poll = Type.Object(
  {
    id: PollId,
    function: readFunction,
    address: Address,
    /** Bits for functions 1 and 2, words for 3 and 4. */
    quantity: Type.Integer({ minimum: 1, maximum: 2000 }),
    everyMs: Type.Integer({ minimum: 10, maximum: 60_000, default: 50 }),
    doc: Doc,
  },
  strict,
);

const Terminal = Type.Object(
  {
    channel: Channel,
    poll: PollId,
    /** Place in the poll's reply, from 0; words count 16 bits each, lowest bit first. */
    bit: Type.Integer({ minimum: 0, maximum: 1999 }),
    doc: Doc,
  },
  strict,
);

/** A write that ends a contact at once, whatever made it. */
const Off = Type.Optional(
  Type.Object({ function: Type.Literal(5), address: Address, value: Address, doc: Doc }, strict),
);

/** How a contact is made for a while. */
const Pulse = Type.Union([
  /** The module times it; the time stands in the value of the write. */
  Type.Object(
    {
      kind: Type.Literal('timeInValue'),
      address: Address,
      /** Milliseconds per count of the value. */
      unitMs: Type.Integer({ minimum: 1, maximum: 1000 }),
      valueMax: Type.Integer({ minimum: 1, maximum: 0xffff }),
      doc: Doc,
      off: Off,
    },
    strict,
  ),
  /** The module times it: a coil starts a pulse whose width is set on the module. */
  Type.Object(
    {
      kind: Type.Literal('widthOnModule'),
      address: Address,
      value: Type.Integer({ minimum: 0, maximum: 0xffff }),
      doc: Doc,
      off: Off,
    },
    strict,
  ),
  /**
   * The daemon times it: on, a pause, off. If the daemon dies in the pause the coil stays on until the module's
   * watchdog takes it off, so it needs one that does.
   */
  Type.Object({ kind: Type.Literal('hostTimed') }, strict),
  /**
   * The contact holds the arm up and is taken off by the close order. It needs the module's watchdog too. It is
   * not taken off at a connection, because that would lower the arm on whatever is under it.
   */
  Type.Object({ kind: Type.Literal('latched') }, strict),
]);

/** Where the state of a relay is read after it was written. */
const ReadBack = Type.Object(
  {
    function: readFunction,
    address: Address,
    /** Bit of the word for functions 3 and 4, lowest first. */
    bit: Type.Optional(Type.Integer({ minimum: 0, maximum: 15 })),
    doc: Doc,
  },
  strict,
);
export type ReadBack = Static<typeof ReadBack>;

const Relay = Type.Object(
  {
    channel: Channel,
    level: Type.Optional(
      Type.Object({ address: Address, doc: Doc, readBack: Type.Optional(ReadBack) }, strict),
    ),
    pulse: Type.Optional(Pulse),
  },
  strict,
);

const StateValues = Type.Array(Address, { maxItems: 16 });

/** The arm as the barrier's own controller tells it in a register, where there are no limit switches to read. */
const BarrierRegister = Type.Object(
  {
    poll: PollId,
    /** Word of the poll's reply that holds the state, from 0. A value that is not named below is unknown. */
    word: Type.Integer({ minimum: 0, maximum: 124 }),
    closed: Type.Array(Address, { minItems: 1, maxItems: 16 }),
    open: Type.Array(Address, { minItems: 1, maxItems: 16 }),
    between: StateValues,
    doc: Doc,
    /** A second register that must agree: a state that it contradicts is contradictory. */
    position: Type.Optional(
      Type.Object(
        {
          word: Type.Integer({ minimum: 0, maximum: 124 }),
          closed: Address,
          open: Address,
          /** Values that say nothing. */
          unknown: StateValues,
          doc: Doc,
        },
        strict,
      ),
    ),
  },
  strict,
);

/** A figure of the device, shown with its counters. */
const Value = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,31}$' }),
    poll: PollId,
    word: Type.Integer({ minimum: 0, maximum: 124 }),
    words: Type.Union([Type.Literal(1), Type.Literal(2)]),
    /** Of two words. */
    order: Type.Optional(Type.Union([Type.Literal('highWordFirst'), Type.Literal('lowWordFirst')])),
    signed: Type.Optional(Type.Boolean()),
    doc: Doc,
  },
  strict,
);

export const ModbusProfile = Type.Object(
  {
    unit: Type.Integer({ minimum: 0, maximum: 255 }),
    /** One block read of every input is best: two switches from two reads may never have stood so together. */
    polls: Type.Array(Poll, { minItems: 1, maxItems: 8 }),
    inputs: Type.Array(Terminal, { maxItems: 256 }),
    outputs: Type.Array(Relay, { maxItems: 256 }),
    barrier: Type.Optional(BarrierRegister),
    values: Type.Optional(Type.Array(Value, { maxItems: 16 })),
    watchdog: Type.Optional(Watchdog),
    wiring: Wiring,
    /** An order is withheld unless each named point is known to be clear. */
    interlocks: Type.Array(
      Type.Object(
        {
          order: Type.Literal('barrierClose'),
          clear: Type.Array(Type.Union(lanePoints.map((name) => Type.Literal(name))), {
            minItems: 1,
          }),
        },
        strict,
      ),
      { maxItems: 8 },
    ),
    tests: Type.Array(ModbusTest, { minItems: 1 }),
  },
  strict,
);
export type ModbusProfile = Static<typeof ModbusProfile>;
