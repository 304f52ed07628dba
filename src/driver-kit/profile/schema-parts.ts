/** Small schemas that several blocks of a stream profile share. */
import { type Static, Type } from '@sinclair/typebox';

export const closed = { additionalProperties: false };

/** Bytes in hexadecimal. */
export const HexBytes = (what: string) =>
  Type.String({
    pattern: '^[0-9A-Fa-f]{2}( ?[0-9A-Fa-f]{2})*$',
    description: `${what} Hexadecimal, as in \`02 2B 30\`.`,
  });

export const HexByte = Type.String({
  pattern: '^[0-9A-Fa-f]{2}$',
  description: 'One byte in hexadecimal.',
});

export const Offset = Type.Integer({
  minimum: -64,
  maximum: 255,
  description: 'Byte of the frame, counted from 0; a negative number counts from its end.',
});

export const Basis = Type.Union(
  [Type.Literal('gross'), Type.Literal('net'), Type.Literal('displayed')],
  { description: 'What the weight is. `displayed`: the frame does not tell gross from net.' },
);
export type Basis = Static<typeof Basis>;

export const Condition = Type.Union(
  [Type.Literal('overload'), Type.Literal('underload'), Type.Literal('error')],
  { description: 'Why there is no weight.' },
);

/** A byte (or bytes) at a place, or a named field of the frame's pattern: one of the two. */
export const place = {
  at: Type.Optional(Offset),
  mask: Type.Optional(
    Type.String({
      pattern: '^[0-9A-Fa-f]{2}$',
      description: 'Bits of the byte at `at` that count, as a hexadecimal byte; absent: all.',
    }),
  ),
  field: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9]{0,15}$',
      description: 'Named field of the `pattern` of the frame, in place of `at`.',
    }),
  ),
};
export interface Place {
  readonly at?: number;
  readonly mask?: string;
  readonly field?: string;
}

/** Values at a place: hexadecimal bytes for `at`, text for `field`. All of one place are of one length. */
export const Values = (what: string) =>
  Type.Array(Type.String({ maxLength: 24 }), {
    maxItems: 32,
    description: `${what} Hexadecimal bytes where the place is \`at\`, text where it is \`field\`.`,
  });
