/**
 * The `display` block of a profile: how lines of text are put into frames for a driver's display. Bytes are written
 * in hexadecimal; a place in the head is counted from 0.
 */
import { type Static, Type } from '@sinclair/typebox';
import { Check } from './frame-schema.ts';
import { HexBytes } from './schema-parts.ts';

const strict = { additionalProperties: false };
const words = <const T extends readonly string[]>(values: T) =>
  Type.Union(values.map((value) => Type.Literal(value as T[number])));
const HeadPlace = Type.Integer({ minimum: 0, maximum: 63 });

/** What a row shows: the first of these that there is. */
export const RowContents = Type.Array(words(['zh', 'en', 'reasonZh', 'reasonEn']), {
  maxItems: 4,
});
export type RowContents = Static<typeof RowContents>;

const Frame = Type.Object(
  {
    /** `row`: a frame for each row. `all`: one frame with all rows. */
    per: words(['row', 'all']),
    head: HexBytes('What stands before the text.'),
    tail: Type.Optional(HexBytes('What stands behind it, with 00 where a check is written.')),
    /** Between two rows of one frame. */
    separator: Type.Optional(HexBytes('Between two rows.')),
    /** Byte of the head that names the row; the first row is `from`. */
    row: Type.Optional(
      Type.Object({ at: HeadPlace, from: Type.Integer({ minimum: 0, maximum: 247 }) }, strict),
    ),
    /** Bytes of the head that tell the length of the text, and `plus`. */
    length: Type.Optional(
      Type.Object(
        {
          at: HeadPlace,
          size: Type.Union([Type.Literal(1), Type.Literal(2)]),
          endian: words(['big', 'little']),
          plus: Type.Integer({ minimum: 0, maximum: 64 }),
        },
        strict,
      ),
    ),
    /** Byte of the head that the site's address replaces. */
    addressAt: Type.Optional(HeadPlace),
    check: Type.Optional(Check),
  },
  strict,
);

const DisplayTest = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    zh: Type.String(),
    en: Type.String(),
    reasonZh: Type.Optional(Type.String()),
    reasonEn: Type.Optional(Type.String()),
    address: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    /** The frames that are written, in order. */
    frames: Type.Array(HexBytes('One frame.'), { minItems: 1, maxItems: 8 }),
  },
  strict,
);

export const DisplayProfile = Type.Object(
  {
    encoding: words(['ascii', 'gb2312', 'gbk', 'utf-8']),
    /** Half-width cells of a row; a Chinese character takes two. Longer text is cut. */
    columns: Type.Integer({ minimum: 4, maximum: 128 }),
    /** Contents of the rows, as many as the display has; a site may choose others. */
    rows: Type.Array(RowContents, { minItems: 1, maxItems: 8 }),
    /** Rows are filled with blanks, for displays that leave old text behind new. */
    pad: Type.Boolean(),
    frame: Frame,
    /** What the display answers to a frame. Without it nobody knows whether it is there. */
    ack: Type.Optional(
      Type.Object(
        {
          begins: HexBytes('First bytes of the answer.'),
          withinMs: Type.Integer({ minimum: 50, maximum: 10_000 }),
        },
        strict,
      ),
    ),
    /** Two texts are at least so far apart, ms; of those between only the newest is shown. */
    minIntervalMs: Type.Integer({ minimum: 0, maximum: 5_000 }),
    /** The text is written again after so long, ms: a display that was switched off has forgotten it. 0: never. */
    repeatMs: Type.Integer({ minimum: 0, maximum: 600_000 }),
    tests: Type.Array(DisplayTest, { minItems: 1 }),
  },
  strict,
);
export type DisplayProfile = Static<typeof DisplayProfile>;
