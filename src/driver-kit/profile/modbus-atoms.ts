/** Small schemas that the parts of a `modbus` block share. Addresses are 0-based as on the wire. */
import { type Static, Type } from '@sinclair/typebox';

export const strict = { additionalProperties: false };
export const Address = Type.Integer({ minimum: 0, maximum: 0xffff });
export const Channel = Type.Integer({ minimum: 1, maximum: 256 });
/** What the manual prints, so that a reader can check it against the address. */
export const Doc = Type.String({ minLength: 1 });

/** A write of one coil or register. */
export const Write = Type.Object(
  {
    function: Type.Union([Type.Literal(5), Type.Literal(6)]),
    address: Address,
    value: Address,
    doc: Doc,
  },
  strict,
);
export type Write = Static<typeof Write>;

/** What the reply to a poll says: one bit of it is 1, or one word of it has one of these values. */
export const Condition = Type.Union([
  Type.Object({ poll: Type.String({ minLength: 1 }), bit: Type.Integer({ minimum: 0 }) }, strict),
  Type.Object(
    {
      poll: Type.String({ minLength: 1 }),
      word: Type.Integer({ minimum: 0 }),
      values: Type.Array(Address, { minItems: 1, maxItems: 16 }),
    },
    strict,
  ),
]);
export type Condition = Static<typeof Condition>;
