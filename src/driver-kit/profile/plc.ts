/**
 * The `plc` block of a profile: where in a PLC the command interface of docs/reference/plc-interface.md stands,
 * and what its state block must be read as.
 */
import { type Static, Type } from '@sinclair/typebox';
import { strict } from './modbus-atoms.ts';

const Word = Type.Integer({ minimum: 0, maximum: 0xffff });
const state = Type.Union(['occupied', 'clear', 'unknown'].map((name) => Type.Literal(name)));

const PlcTest = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    /** The state block as it is read. */
    words: Type.Array(Word, { minItems: 24, maxItems: 24 }),
    expect: Type.Object(
      {
        barrier: Type.Union(
          ['closed', 'open', 'between', 'contradictory', 'unknown'].map((name) =>
            Type.Literal(name),
          ),
        ),
        inputs: Type.Optional(Type.Record(Type.String(), state)),
      },
      strict,
    ),
    /** The registers that an order to open, with 1,000 ms left, becomes. */
    open: Type.Optional(Type.Array(Word, { minItems: 8, maxItems: 8 })),
  },
  strict,
);
export type PlcTest = Static<typeof PlcTest>;

export const PlcProfile = Type.Object(
  {
    unit: Type.Integer({ minimum: 0, maximum: 255 }),
    /** Holding register of offset 0, 0-based as on the wire. */
    base: Type.Integer({ minimum: 0, maximum: 0xffff - 63 }),
    everyMs: Type.Integer({ minimum: 10, maximum: 250 }),
    /** The PLC takes kakou for dead after 2,000 ms without a change. */
    beatEveryMs: Type.Integer({ minimum: 50, maximum: 500 }),
    /** After this time without progress of its clock, the program of the PLC counts as stalled. */
    clockStallMs: Type.Integer({ minimum: 200, maximum: 5_000 }),
    tests: Type.Array(PlcTest, { minItems: 1 }),
  },
  strict,
);
export type PlcProfile = Static<typeof PlcProfile>;
