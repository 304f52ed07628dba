/** Where a weight stands in a frame, and what goes with it. */
import { type Static, Type } from '@sinclair/typebox';
import { Basis, Condition, closed, Offset, place, Values } from './schema-parts.ts';

const Sign = Type.Object(
  {
    ...place,
    negative: Type.String({
      minLength: 1,
      description: 'The value that makes the weight negative; any other leaves it positive.',
    }),
  },
  { ...closed, description: 'Where the sign stands. Absent: the protocol has none.' },
);

const Digits = Type.Object(
  {
    at: Offset,
    length: Type.Integer({ minimum: 1, maximum: 12, description: 'Number of characters.' }),
  },
  {
    ...closed,
    description:
      'Digits without a decimal point, most significant first; leading spaces are allowed. Needs `decimals`.',
  },
);

const Text = Type.Object(
  {
    at: Type.Optional(Offset),
    length: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 16, description: 'Number of characters.' }),
    ),
    field: place.field,
    reversed: Type.Optional(
      Type.Boolean({ description: 'The least significant character comes first.' }),
    ),
  },
  {
    ...closed,
    description:
      'The value as text with its decimal point, in place of `digits`: `at` and `length`, or a `field`.',
  },
);

const Decimals = Type.Union(
  [
    Type.Object(
      {
        at: Offset,
        asciiDigit: Type.Literal(true, { description: 'The byte is 30 to 39.' }),
      },
      { ...closed, description: 'An ASCII digit in the frame.' },
    ),
    Type.Object(
      { fixed: Type.Integer({ minimum: -2, maximum: 6, description: 'Number of decimals.' }) },
      { ...closed, description: 'Always the same number.' },
    ),
    Type.Object(
      {
        at: Offset,
        mask: place.mask,
        places: Type.Record(
          Type.String({ pattern: '^[0-9A-Fa-f]{2}$' }),
          Type.Integer({ minimum: -2, maximum: 6 }),
          { description: 'Number of decimals by the masked byte; any other byte is no weight.' },
        ),
      },
      { ...closed, description: 'A code in the frame.' },
    ),
  ],
  { description: 'Number of decimals of `digits`; −1 multiplies by ten, −2 by a hundred.' },
);

const Unit = Type.Union(
  [
    Type.Literal('kg'),
    Type.Literal('t'),
    Type.Literal('g'),
    Type.Object(
      {
        ...place,
        kg: Type.Optional(Values('Values that mean kilograms.')),
        t: Type.Optional(Values('Values that mean tonnes.')),
        g: Type.Optional(Values('Values that mean grams.')),
      },
      { ...closed, description: 'The frame names its unit; any other value is no weight.' },
    ),
  ],
  { description: 'Unit of the value. Pounds are not taken.' },
);

const BasisOf = Type.Union(
  [
    Basis,
    Type.Object(
      {
        ...place,
        gross: Type.Optional(Values('Values that mean gross.')),
        net: Type.Optional(Values('Values that mean net.')),
        displayed: Type.Optional(Values('Values that tell neither.')),
      },
      { ...closed, description: 'The frame tells it; any other value is no weight.' },
    ),
  ],
  { description: 'Whether the value is gross or net.' },
);

const Stable = Type.Union(
  [
    Type.Object(
      {
        infer: Type.Object(
          {
            readings: Type.Integer({
              minimum: 2,
              maximum: 64,
              description: 'Readings in a row that must agree.',
            }),
            bandKg: Type.Number({
              minimum: 0,
              description:
                'Largest spread among them in kg. Used where the site does not set its scale division.',
            }),
            minMs: Type.Integer({
              minimum: 0,
              maximum: 60_000,
              description: 'Shortest time they must span, in milliseconds.',
            }),
          },
          { ...closed, description: 'Readings that must agree, and for how long.' },
        ),
      },
      { ...closed, description: 'The frame does not tell it: equal readings over some time do.' },
    ),
    Type.Object(
      {
        bit: Type.Object(
          {
            at: Offset,
            mask: Type.Integer({
              minimum: 1,
              maximum: 255,
              description: 'The bit, as a number: 8 is bit 3.',
            }),
            stableWhenSet: Type.Boolean({
              description: 'Clones turn this bit round: take it from a capture, not from a cousin.',
            }),
          },
          { ...closed, description: 'Which bit, and what it means.' },
        ),
      },
      { ...closed, description: 'One bit of the frame tells it.' },
    ),
    Type.Object(
      {
        ...place,
        stable: Values('Values that mean stable.'),
        moving: Values('Values that mean moving.'),
      },
      { ...closed, description: 'A value tells it; one that is in neither list is no weight.' },
    ),
  ],
  { description: 'How stable is told from moving.' },
);

export const Weight = Type.Object(
  {
    sign: Type.Optional(Sign),
    digits: Type.Optional(Digits),
    text: Type.Optional(Text),
    decimals: Type.Optional(Decimals),
    unit: Unit,
    basis: BasisOf,
    stable: Stable,
    stableAfterEqualFrames: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 8,
        description:
          'Frames in a row that must be equal byte for byte before a reading may be stable; until then it is told as moving. Demanded where a frame has no check: a lone frame proves nothing.',
      }),
    ),
    noWeightWhen: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ...place,
            is: Values('Values that say so.'),
            condition: Condition,
          },
          closed,
        ),
        {
          maxItems: 8,
          description:
            'Values by which the frame says that its weight is none; asked in order, before the weight is read.',
        },
      ),
    ),
  },
  { ...closed, description: 'The frame carries a weight.' },
);
export type WeightSchema = Static<typeof Weight>;

export const NoWeight = Type.Object(
  { condition: Condition, basis: Basis },
  { ...closed, description: 'The whole frame says that the indicator has no weight to show.' },
);
export type NoWeightSchema = Static<typeof NoWeight>;
