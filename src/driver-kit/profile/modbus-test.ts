/** The proofs a `modbus` block carries: replies in, what must be known and what must be written out. */
import { type Static, Type } from '@sinclair/typebox';
import { Address, strict } from './modbus-atoms.ts';
import { Wiring } from './modbus-wiring.ts';

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
  Type.Object({ kind: Type.Literal('clearSafeState') }, strict),
]);

const Reply = {
  poll: Type.Optional(Type.String()),
  /** Bits of the reply, first bit first, as `1` and `0`; blanks are ignored. */
  bits: Type.Optional(Type.String({ pattern: '^[01 ]+$' })),
  words: Type.Optional(Type.Array(Address)),
};

/** A step on the wire: a write, a pause, or a read that must bear the order out. */
const Step = Type.Union([
  Type.Object(
    {
      function: Type.Union([Type.Literal(5), Type.Literal(6)]),
      address: Address,
      value: Address,
    },
    strict,
  ),
  Type.Object({ waitMs: Type.Integer({ minimum: 1 }) }, strict),
  Type.Object(
    {
      function: Type.Union([1, 2, 3, 4].map((code) => Type.Literal(code))),
      address: Address,
      quantity: Type.Integer({ minimum: 1 }),
    },
    strict,
  ),
]);

/** One proof of the profile, run with the suggested wiring unless it brings its own. */
export const ModbusTest = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    wiring: Type.Optional(Wiring),
    /** Replies that came before. */
    given: Type.Optional(Type.Array(Type.Object(Reply, strict), { minItems: 1, maxItems: 8 })),
    ...Reply,
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
          values: Type.Optional(Type.Record(Type.String(), Type.Integer())),
          /** Codes of the alarms that stand. */
          alarms: Type.Optional(Type.Array(Type.String())),
        },
        strict,
      ),
    ),
    order: Type.Optional(Order),
    /** What the order must become on the wire, after the replies if there are any, with its release at the end. */
    requests: Type.Optional(Type.Array(Step)),
    /** What must be written first on each connection. */
    resync: Type.Optional(Type.Array(Step)),
  },
  strict,
);
export type ModbusTest = Static<typeof ModbusTest>;
