/** The `stream` block of a firmware profile: framing, fields and meaning of a serial protocol, as data. */
import { type Static, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false };
const HexBytes = Type.String({ pattern: '^[0-9A-Fa-f]{2}( ?[0-9A-Fa-f]{2})*$' });
const Offset = Type.Integer({
  minimum: -64,
  maximum: 255,
  description: 'Byte offset; negative counts from the end',
});

const Check = Type.Object(
  {
    algo: Type.Union(['xor8', 'sum8', 'neg8', 'neg7', 'crc16'].map((a) => Type.Literal(a))),
    /** First byte and the byte after the last one, half open; negative counts from the end. */
    over: Type.Tuple([Offset, Offset]),
    at: Offset,
    enc: Type.Union(
      ['raw', 'nibble-ascii', 'nibble-30', 'hex-ascii', 'le16', 'be16'].map((e) => Type.Literal(e)),
    ),
    /** Further encodings seen in the field for the same value. */
    also: Type.Optional(Type.Array(Type.Literal('nibble-30'))),
    crc: Type.Optional(
      Type.Object(
        {
          poly: Type.Integer({ minimum: 0, maximum: 0xffff }),
          init: Type.Integer({ minimum: 0, maximum: 0xffff }),
          reflected: Type.Boolean(),
          xorOut: Type.Integer({ minimum: 0, maximum: 0xffff }),
        },
        closed,
      ),
    ),
  },
  closed,
);

const Guard = Type.Object(
  {
    at: Type.Union([Offset, Type.Tuple([Offset, Offset])]),
    /** Allowed byte values: single bytes or ranges, `2B 2D` or `30-34`. */
    in: Type.String({
      pattern: '^[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2})?( [0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2})?)*$',
    }),
  },
  closed,
);

const Weight = Type.Object(
  {
    sign: Type.Optional(Type.Object({ at: Offset, negative: HexBytes }, closed)),
    digits: Type.Object({ at: Offset, length: Type.Integer({ minimum: 1, maximum: 12 }) }, closed),
    /** Number of decimals: a byte of the frame, or fixed. */
    decimals: Type.Union([
      Type.Object({ at: Offset, asciiDigit: Type.Literal(true) }, closed),
      Type.Object({ fixed: Type.Integer({ minimum: 0, maximum: 6 }) }, closed),
    ]),
    unit: Type.Union([Type.Literal('kg'), Type.Literal('t')]),
    basis: Type.Union([Type.Literal('gross'), Type.Literal('net'), Type.Literal('displayed')]),
    stable: Type.Union([
      Type.Object(
        {
          infer: Type.Object(
            {
              readings: Type.Integer({ minimum: 2, maximum: 64 }),
              /** Used where the site does not set its scale division. */
              bandKg: Type.Number({ minimum: 0 }),
              minMs: Type.Integer({ minimum: 0, maximum: 60_000 }),
            },
            closed,
          ),
        },
        closed,
      ),
      Type.Object(
        {
          bit: Type.Object(
            {
              at: Offset,
              mask: Type.Integer({ minimum: 1, maximum: 255 }),
              stableWhenSet: Type.Boolean(),
            },
            closed,
          ),
        },
        closed,
      ),
    ]),
  },
  closed,
);

const Tags = Type.Object(
  {
    /** Statuses (byte at `statusAt`) of replies that carry tags. */
    statusAt: Offset,
    statuses: Type.Array(HexBytes, { minItems: 1 }),
    /** `mask`: bit 0 is antenna 1; more than one bit set names no single antenna and is left out. */
    antenna: Type.Optional(
      Type.Object(
        { at: Offset, coding: Type.Union([Type.Literal('number'), Type.Literal('mask')]) },
        closed,
      ),
    ),
    countAt: Offset,
    firstAt: Offset,
    /** Each item: one length byte, the EPC, then `rssiBytes` bytes. */
    rssiBytes: Type.Integer({ minimum: 0, maximum: 1 }),
    /** Statuses that end an inventory without a tag: a good answer that tells nothing. */
    emptyStatuses: Type.Array(HexBytes),
    /** Statuses after which more replies to the same poll follow. */
    moreStatuses: Type.Optional(Type.Array(HexBytes)),
    /** Statuses by which the device reports a fault of its own: never a sign of health. */
    errorStatuses: Type.Optional(
      Type.Array(Type.Object({ status: HexBytes, meaning: Type.String({ minLength: 1 }) }, closed)),
    ),
  },
  closed,
);

/** A frame by which the indicator says that it has no weight to show. */
const NoWeight = Type.Object(
  {
    condition: Type.Union([
      Type.Literal('overload'),
      Type.Literal('underload'),
      Type.Literal('error'),
    ]),
    basis: Type.Union([Type.Literal('gross'), Type.Literal('net'), Type.Literal('displayed')]),
  },
  closed,
);

const FrameSchema = Type.Object(
  {
    id: Type.String({ minLength: 1 }),
    start: Type.Optional(HexBytes),
    end: Type.Optional(HexBytes),
    length: Type.Union([
      Type.Object({ fixed: Type.Integer({ minimum: 1, maximum: 255 }) }, closed),
      Type.Object(
        {
          at: Type.Integer({ minimum: 0, maximum: 16 }),
          plus: Type.Integer({ minimum: 0, maximum: 16 }),
          min: Type.Integer({ minimum: 1 }),
          max: Type.Integer({ maximum: 255 }),
        },
        closed,
      ),
    ]),
    check: Type.Optional(Check),
    guard: Type.Optional(Type.Array(Guard)),
    /** Where the sender's address stands; a frame of another address is not ours. */
    addressAt: Type.Optional(Offset),
    weight: Type.Optional(Weight),
    noWeight: Type.Optional(NoWeight),
    tags: Type.Optional(Tags),
  },
  closed,
);
export type FrameSchema = Static<typeof FrameSchema>;
export type CheckSchema = Static<typeof Check>;
export type WeightSchema = Static<typeof Weight>;
export type TagsSchema = Static<typeof Tags>;
export type NoWeightSchema = Static<typeof NoWeight>;

export const StreamProfile = Type.Object(
  {
    link: Type.Object(
      {
        baud: Type.Array(Type.Integer({ minimum: 300, maximum: 921_600 }), { minItems: 1 }),
        dataBits: Type.Union([Type.Literal(7), Type.Literal(8)]),
        parity: Type.Union([Type.Literal('none'), Type.Literal('even'), Type.Literal('odd')]),
        stopBits: Type.Union([Type.Literal(1), Type.Literal(2)]),
      },
      closed,
    ),
    flow: Type.Object(
      {
        staleMs: Type.Integer({ minimum: 100, maximum: 60_000 }),
        idleResetMs: Type.Integer({ minimum: 5, maximum: 5_000 }),
      },
      closed,
    ),
    frames: Type.Array(FrameSchema, { minItems: 1 }),
    /** Sent when its time has come and the last one is answered or given up. */
    poll: Type.Optional(
      Type.Object(
        {
          send: HexBytes,
          everyMs: Type.Integer({ minimum: 20, maximum: 60_000 }),
          /** How long the device may take to answer; then the poll is given up. */
          replyMs: Type.Integer({ minimum: 20, maximum: 60_000 }),
          /** Which byte of `send` the site's device address replaces. */
          addressAt: Type.Optional(Type.Integer({ minimum: 0, maximum: 63 })),
          /** The check of the first frame rule is appended. */
          appendCheck: Type.Boolean(),
        },
        closed,
      ),
    ),
    tests: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1 }),
          hex: HexBytes,
          /** Weights in kg, as text so that no digit is lost, or the condition that stands in their place. */
          weightsKg: Type.Optional(Type.Array(Type.String())),
          tags: Type.Optional(Type.Array(Type.String())),
          /** The fault it must raise, and then it must tell nothing. */
          reject: Type.Optional(Type.String()),
          provenance: Type.Union([
            Type.Literal('capture'),
            Type.Literal('manual'),
            Type.Literal('computed'),
          ]),
        },
        closed,
      ),
      { minItems: 3 },
    ),
  },
  closed,
);
export type StreamProfile = Static<typeof StreamProfile>;
