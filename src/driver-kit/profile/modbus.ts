/**
 * The `modbus` block of a profile: the map of an IO module. It says where input and relay n of the module
 * stand on the wire and how a pulse is made. Which point of a lane is wired to which terminal is the site's
 * business; `wiring` here is only the suggestion used when a site says nothing.
 *
 * Addresses are 0-based as on the wire; `doc` is the number the manual prints, so that a reader can check
 * one against the other.
 */
import { type Static, Type } from '@sinclair/typebox';

const strict = { additionalProperties: false };
const Address = Type.Integer({ minimum: 0, maximum: 0xffff });
const Channel = Type.Integer({ minimum: 1, maximum: 256 });
const Level = Type.Union([Type.Literal('high'), Type.Literal('low')]);

/** Points that are told as they are; the two limit switches are told only together, as the arm's position. */
export const lanePoints = [
  'approach',
  'presence',
  'exit',
  'curtain',
  'localControl',
  'barrierFault',
] as const;
export type LanePoint = (typeof lanePoints)[number];

/** `active` is the level at which the point counts as occupied, made or asserted. */
const InputWire = Type.Object({ channel: Channel, active: Level }, strict);
const PulseWire = Type.Object(
  {
    channel: Channel,
    /** Length of the contact in milliseconds, timed by the module; left out where the module fixes it. */
    pulseMs: Type.Optional(Type.Integer({ minimum: 50, maximum: 10_000 })),
  },
  strict,
);
const LevelWire = Type.Object({ channel: Channel }, strict);

const Input = Type.Optional(InputWire);

/** Lane points by terminal. Points left out are not wired and are never reported. */
export const Wiring = Type.Object(
  {
    inputs: Type.Object(
      {
        approach: Input,
        presence: Input,
        exit: Input,
        curtain: Input,
        localControl: Input,
        barrierFault: Input,
        limitClosed: Input,
        limitOpen: Input,
      },
      strict,
    ),
    outputs: Type.Object(
      {
        barrierOpen: Type.Optional(PulseWire),
        barrierClose: Type.Optional(PulseWire),
        lightRed: Type.Optional(LevelWire),
        lightGreen: Type.Optional(LevelWire),
      },
      strict,
    ),
  },
  strict,
);
export type Wiring = Static<typeof Wiring>;
export type WiredInput = keyof Wiring['inputs'];
export type WiredOutput = keyof Wiring['outputs'];

const Poll = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 32 }),
    function: Type.Union([1, 2, 3, 4].map((code) => Type.Literal(code as 1 | 2 | 3 | 4))),
    address: Address,
    /** Bits for functions 1 and 2, words for 3 and 4. */
    quantity: Type.Integer({ minimum: 1, maximum: 2000 }),
    everyMs: Type.Integer({ minimum: 10, maximum: 60_000, default: 50 }),
    doc: Type.String({ minLength: 1 }),
  },
  strict,
);

const Terminal = Type.Object(
  {
    channel: Channel,
    poll: Type.String({ minLength: 1 }),
    /** Place in the poll's reply, from 0; words count 16 bits each, lowest bit first. */
    bit: Type.Integer({ minimum: 0, maximum: 1999 }),
    doc: Type.String({ minLength: 1 }),
  },
  strict,
);

/** How the module itself times a contact, so that a dead daemon leaves no coil on. */
const Pulse = Type.Union([
  /** The time stands in the value of the write. */
  Type.Object(
    {
      kind: Type.Literal('timeInValue'),
      address: Address,
      /** Milliseconds per count of the value. */
      unitMs: Type.Integer({ minimum: 1, maximum: 1000 }),
      valueMax: Type.Integer({ minimum: 1, maximum: 0xffff }),
      doc: Type.String({ minLength: 1 }),
    },
    strict,
  ),
  /** A coil that starts a pulse whose width is set on the module. */
  Type.Object(
    {
      kind: Type.Literal('widthOnModule'),
      address: Address,
      value: Type.Integer({ minimum: 0, maximum: 0xffff }),
      doc: Type.String({ minLength: 1 }),
    },
    strict,
  ),
]);

const Relay = Type.Object(
  {
    channel: Channel,
    level: Type.Optional(
      Type.Object({ address: Address, doc: Type.String({ minLength: 1 }) }, strict),
    ),
    pulse: Type.Optional(Pulse),
  },
  strict,
);

const state = Type.Union(['occupied', 'clear', 'unknown'].map((name) => Type.Literal(name)));
const Order = Type.Union([
  Type.Object({ kind: Type.Literal('barrierOpen') }, strict),
  Type.Object({ kind: Type.Literal('barrierClose') }, strict),
  Type.Object(
    {
      kind: Type.Literal('light'),
      colour: Type.Union([Type.Literal('red'), Type.Literal('green')]),
    },
    strict,
  ),
]);

/** One proof of the profile, run with the suggested wiring unless it brings its own. */
const ModbusTest = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    wiring: Type.Optional(Wiring),
    poll: Type.Optional(Type.String()),
    /** Bits of the reply, first bit first, as `1` and `0`; blanks are ignored. */
    bits: Type.Optional(Type.String({ pattern: '^[01 ]+$' })),
    words: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 0xffff }))),
    /** What must be known after the reply. */
    expect: Type.Optional(
      Type.Object(
        {
          barrier: Type.Optional(
            Type.Union(
              ['closed', 'open', 'between', 'contradictory', 'unknown'].map((name) =>
                Type.Literal(name),
              ),
            ),
          ),
          inputs: Type.Optional(Type.Record(Type.String(), state)),
        },
        strict,
      ),
    ),
    order: Type.Optional(Order),
    /** What the order must become on the wire, after the reply if there is one. */
    requests: Type.Optional(
      Type.Array(
        Type.Object(
          {
            function: Type.Union([Type.Literal(5), Type.Literal(6)]),
            address: Address,
            value: Address,
          },
          strict,
        ),
      ),
    ),
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
