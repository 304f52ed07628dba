/** Where tags stand in a reader's frame. */
import { type Static, Type } from '@sinclair/typebox';
import { closed, HexByte, Offset } from './schema-parts.ts';

const AntennaCoding = Type.Union(
  [Type.Literal('number'), Type.Literal('numberFrom0'), Type.Literal('mask')],
  {
    description:
      '`number`: 1 is antenna 1. `numberFrom0`: 0 is antenna 1. `mask`: bit 0 is antenna 1; more than one bit set names no single antenna, and none is told.',
  },
);

const Antenna = Type.Object(
  {
    at: Offset,
    bits: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Fa-f]{2}$',
        description: 'Low bits of the byte that count, as a hexadecimal mask; absent: all.',
      }),
    ),
    coding: AntennaCoding,
  },
  { ...closed, description: 'Where the antenna stands.' },
);

const ItemPart = Type.Union(
  ['epcLength', 'itemLength', 'epc', 'antenna', 'rssiDbm', 'other'].map((part) =>
    Type.Literal(part as 'epcLength' | 'itemLength' | 'epc' | 'antenna' | 'rssiDbm' | 'other'),
  ),
  {
    description:
      '`epcLength`: one byte, length of the EPC. `itemLength`: one byte, length of all that follows it in the item. `epc`: the tag id. `antenna`: one byte, 1 is antenna 1. `rssiDbm`: one byte, signed, dBm. `other`: one byte that is not told.',
  },
);

export const Tags = Type.Object(
  {
    statusAt: Offset,
    statuses: Type.Array(HexByte, {
      minItems: 1,
      description: 'Statuses of replies that carry tags.',
    }),
    emptyStatuses: Type.Array(HexByte, {
      description:
        'Statuses that end an inventory without a tag: a good answer that tells nothing.',
    }),
    moreStatuses: Type.Optional(
      Type.Array(HexByte, {
        description: 'Statuses after which more replies to the same poll follow.',
      }),
    ),
    errorStatuses: Type.Optional(
      Type.Array(
        Type.Object(
          {
            status: HexByte,
            meaning: Type.String({ minLength: 1, description: 'Told with the fault.' }),
          },
          closed,
        ),
        {
          description:
            'Statuses by which the device reports a fault of its own: never a sign of health.',
        },
      ),
    ),
    antenna: Type.Optional(Antenna),
    countAt: Type.Integer({
      minimum: 0,
      maximum: 255,
      description: 'Where the number of tags stands.',
    }),
    firstAt: Type.Integer({
      minimum: 0,
      maximum: 255,
      description: 'Where the list begins. It ends where the first check of the frame stands.',
    }),
    item: Type.Array(ItemPart, {
      minItems: 2,
      maxItems: 12,
      description:
        'Parts of one tag, in order: one length, one `epc`, and what stands around them.',
    }),
  },
  { ...closed, description: 'The frame carries a list of tags.' },
);
export type TagsSchema = Static<typeof Tags>;

export const Tag = Type.Object(
  {
    epcAt: Offset,
    epcEnd: Type.Integer({
      minimum: -64,
      maximum: -1,
      description: 'Byte after the EPC, counted from the end of the frame.',
    }),
    pcAt: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 255,
        description:
          'Where the protocol control word of the tag stands: the EPC must be as long as it says, or the frame is not decoded.',
      }),
    ),
    rssiDbmAt: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 255,
        description: 'Where the signal stands: one byte, signed, dBm.',
      }),
    ),
    antenna: Type.Optional(Antenna),
  },
  { ...closed, description: 'The frame carries one tag.' },
);
export type TagSchema = Static<typeof Tag>;
