/** The `modbus` block of a firmware profile: where a module keeps its inputs and how it makes a pulse. */
import { type Static, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false };
const Address = Type.Integer({
  minimum: 0,
  maximum: 0xffff,
  description: '0-based, as on the wire (PDU)',
});

export const ModbusProfile = Type.Object(
  {
    unit: Type.Integer({ minimum: 0, maximum: 255 }),
    /** All digital inputs in one block: both limit switches always come from one reply. */
    inputs: Type.Object(
      {
        function: Type.Union([Type.Literal(1), Type.Literal(2)]),
        address: Address,
        count: Type.Integer({ minimum: 1, maximum: 64 }),
        everyMs: Type.Integer({ minimum: 10, maximum: 5_000 }),
        /** Address as printed in the manual. */
        doc: Type.String(),
      },
      closed,
    ),
    outputs: Type.Object(
      {
        count: Type.Integer({ minimum: 1, maximum: 64 }),
        /** A level is written to this address plus the channel. */
        levelAddress: Address,
        /** The module itself ends the pulse: no crash or lost link can leave the coil on. */
        pulse: Type.Object(
          {
            address: Address,
            value: Type.Union([
              Type.Object({ kind: Type.Literal('on') }, closed),
              Type.Object(
                {
                  kind: Type.Literal('duration'),
                  unitMs: Type.Integer({ minimum: 1, maximum: 1_000 }),
                },
                closed,
              ),
            ]),
            doc: Type.String(),
          },
          closed,
        ),
        doc: Type.String(),
      },
      closed,
    ),
    staleMs: Type.Integer({ minimum: 100, maximum: 10_000 }),
  },
  closed,
);
export type ModbusProfile = Static<typeof ModbusProfile>;
