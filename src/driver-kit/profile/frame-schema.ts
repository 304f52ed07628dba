/** One frame rule of a stream profile: how a frame is known, how it is checked, and what it means. */
import { type Static, Type } from '@sinclair/typebox';
import { Containers } from './container-schema.ts';
import { closed, HexBytes, Offset } from './schema-parts.ts';
import { Tag, Tags } from './tag-schema.ts';
import { NoWeight, Weight } from './weight-schema.ts';

/** Longest frame a profile may describe, in bytes. */
export const frameBytesMax = 1_100;

const algorithms = ['xor8', 'sum8', 'neg8', 'neg7', 'crc16', 'crc16-thingmagic'] as const;
const encodings = ['raw', 'nibble-ascii', 'nibble-30', 'hex-ascii', 'le16', 'be16'] as const;

export const Check = Type.Object(
  {
    algo: Type.Union(
      algorithms.map((name) => Type.Literal(name)),
      {
        description:
          '`xor8`, `sum8`: over bytes. `neg8`: the sum, negated. `neg7`: the same in 7 bits (Toledo). `crc16`: by `crc`. `crc16-thingmagic`: the variant of ThingMagic readers.',
      },
    ),
    over: Type.Tuple([Offset, Offset], {
      description:
        'First byte and the byte after the last one; negative counts from the end, and 0 as the second is the end.',
    }),
    at: Type.Integer({
      minimum: -64,
      maximum: 255,
      description: 'Where the check stands; negative counts from the end.',
    }),
    enc: Type.Union(
      encodings.map((name) => Type.Literal(name)),
      {
        description:
          'How it is written. `nibble-ascii`, `hex-ascii`: hexadecimal characters. `nibble-30`: 30 + nibble, also above 9. `le16`, `be16`: two bytes.',
      },
    ),
    also: Type.Optional(
      Type.Array(Type.Literal('nibble-30'), {
        description: 'Further encodings seen in the field for the same value.',
      }),
    ),
    crc: Type.Optional(
      Type.Object(
        {
          poly: Type.Integer({
            minimum: 0,
            maximum: 0xffff,
            description: 'With `reflected` given reversed, as manuals print it: 33800 is 0x8408.',
          }),
          init: Type.Integer({
            minimum: 0,
            maximum: 0xffff,
            description: 'What the register holds before the first byte.',
          }),
          reflected: Type.Boolean({ description: 'Whether bits are taken lowest first.' }),
          xorOut: Type.Integer({
            minimum: 0,
            maximum: 0xffff,
            description: 'What the value is combined with in the end.',
          }),
        },
        { ...closed, description: 'Parameters of `crc16`; absent: 0x8408 from 0xFFFF.' },
      ),
    ),
  },
  closed,
);
export type CheckSchema = Static<typeof Check>;

const Guard = Type.Object(
  {
    at: Type.Union([Offset, Type.Tuple([Offset, Offset])], {
      description: 'One byte, or the first byte and the byte after the last one.',
    }),
    mask: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Fa-f]{2}$',
        description: 'Bits that are looked at, as a hexadecimal byte; absent: all.',
      }),
    ),
    in: Type.String({
      pattern: '^[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2})?( [0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2})?)*$',
      description: 'Allowed values: single bytes or ranges, `2B 2D` or `30-34`.',
    }),
  },
  closed,
);

const Length = Type.Union(
  [
    Type.Object(
      { fixed: Type.Integer({ minimum: 1, maximum: 255, description: 'Length in bytes.' }) },
      { ...closed, description: 'Always the same length in bytes.' },
    ),
    Type.Object(
      {
        at: Type.Integer({ minimum: 0, maximum: 16, description: 'Where the length stands.' }),
        size: Type.Optional(
          Type.Union([Type.Literal(1), Type.Literal(2)], {
            description: 'Bytes of the length; absent: 1.',
          }),
        ),
        endian: Type.Optional(
          Type.Union([Type.Literal('big'), Type.Literal('little')], {
            description: 'Order of two length bytes; absent: big.',
          }),
        ),
        plus: Type.Integer({
          minimum: 0,
          maximum: 16,
          description: 'What is added to make it the length of the whole frame.',
        }),
        min: Type.Integer({
          minimum: 1,
          maximum: frameBytesMax,
          description: 'Shortest whole frame, in bytes.',
        }),
        max: Type.Integer({
          minimum: 1,
          maximum: frameBytesMax,
          description: 'Longest whole frame, in bytes.',
        }),
      },
      { ...closed, description: 'The frame says its length; outside `min` to `max` it is none.' },
    ),
    Type.Object(
      {
        until: HexBytes('Last bytes of the frame.'),
        max: Type.Integer({
          minimum: 2,
          maximum: 255,
          description: 'Longest frame with its terminator, in bytes.',
        }),
      },
      { ...closed, description: 'The frame ends with the first such bytes.' },
    ),
  ],
  { description: 'How long the frame is. Two lengths of one protocol are two frame rules.' },
);

export const FrameSchema = Type.Object(
  {
    id: Type.String({ minLength: 1, description: 'Name of the rule, told with each frame.' }),
    start: Type.Optional(HexBytes('First bytes of the frame.')),
    end: Type.Optional(HexBytes('Last bytes of the frame; a check may stand before them.')),
    length: Length,
    check: Type.Optional(
      Type.Union([Check, Type.Array(Check, { minItems: 1, maxItems: 3 })], {
        description: 'The check of the frame, or several that must all be right.',
      }),
    ),
    guard: Type.Optional(
      Type.Array(Guard, { description: 'Bytes that can only have certain values.' }),
    ),
    pattern: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'What stands between `start` and the terminator (`until` or `end`), as a pattern that must match all of it: literals, `[classes]`, `.`, `(?:groups)`, `(?<named>fields)`, `|`, `? * + {n,m}`. It is matched in linear time; there are no back references and no look-around.',
      }),
    ),
    confirmedByNextStart: Type.Optional(
      Type.Boolean({
        description:
          'For frames without a check and without an end: accepted only when the next byte is the first of `start`, or when the line is silent.',
      }),
    ),
    addressAt: Type.Optional(
      Type.Integer({
        minimum: -64,
        maximum: 255,
        description:
          'Where the address of the sender stands; a frame of another address is not ours.',
      }),
    ),
    weight: Type.Optional(Weight),
    noWeight: Type.Optional(NoWeight),
    tags: Type.Optional(Tags),
    tag: Type.Optional(Tag),
    containers: Type.Optional(Containers),
    deviceError: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The frame reports a fault of the device itself: what it means.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'Rules are asked in order at each byte. A rule without weight, noWeight, tags, tag, containers and deviceError is a good message that tells nothing.',
  },
);
export type FrameSchema = Static<typeof FrameSchema>;
export type GuardSchema = Static<typeof Guard>;

export function checksOf({ check }: FrameSchema): readonly CheckSchema[] {
  return check === undefined ? [] : Array.isArray(check) ? check : [check];
}
