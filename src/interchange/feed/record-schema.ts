/**
 * The canonical form of the customs feed, version 1: NDJSON. The first line names source and mode, each
 * record has its place in the source's gap-free sequence, the last line is the watermark.
 */
import { type Static, type TSchema, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false };
/** What names something; see `isName`. */
const text = (maxLength = 64) => Type.String({ minLength: 1, maxLength, format: 'name' });
const containers = Type.Array(text(16), { maxItems: 500 });
/** See `isInstant`. Whoever compiles these schemas gives the formats their meaning. */
const time = Type.String({ format: 'instant' });
/** Sixteen digits at most, and exact. */
const count = (minimum: number) => Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER });

function words<const T extends readonly string[]>(...values: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });
}

const direction = words('in', 'out');
const transactionType = words(
  'importLocal',
  'exportLocal',
  'importTransfer',
  'exportTransfer',
  'emptyContainer',
  'bobtail',
);

export const factBodies = {
  proof: Type.Object(
    {
      lineage: text(),
      proofType: words(
        'customs_declaration',
        'transfer',
        'manifest',
        'quarantine',
        'lift_permit',
        'second_information',
        'terminal_release',
      ),
      state: words('granted', 'revoked'),
      issuer: text(),
      issuedAt: time,
      validUntil: Type.Optional(time),
      consignmentId: Type.Optional(text()),
      containers,
    },
    closed,
  ),
  hold: Type.Object(
    {
      subject: Type.Union([
        Type.Object({ kind: Type.Literal('container'), container: text(16) }, closed),
        Type.Object({ kind: Type.Literal('consignment'), consignmentId: text() }, closed),
        Type.Object({ kind: Type.Literal('vehicle'), plate: text(16) }, closed),
      ]),
      moves: Type.Array(words('enter', 'leave'), { minItems: 1 }),
      instruction: words('stop', 'inspect', 'escort'),
      state: words('placed', 'lifted'),
      authority: text(),
      reason: Type.String({ minLength: 1, maxLength: 500 }),
    },
    closed,
  ),
  consignment: Type.Object(
    {
      consignmentType: words('transferDeclaration', 'customsDeclaration', 'manifestBill'),
      transactionType,
      containers,
      packages: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
      grossWeightKg: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000_000 })),
    },
    closed,
  ),
  vehicle: Type.Object(
    {
      plates: Type.Array(text(16), { minItems: 1, maxItems: 3 }),
      tags: Type.Array(text(124), { maxItems: 4 }),
      customsNumber: Type.Optional(text()),
      tareKg: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
      status: words('valid', 'expired', 'blocked'),
      validUntil: Type.Optional(time),
    },
    closed,
  ),
  transaction: Type.Object(
    {
      direction,
      transactionType,
      plate: Type.Optional(text(16)),
      containers,
      consignments: Type.Array(text(), { maxItems: 50 }),
    },
    closed,
  ),
} as const satisfies Record<string, TSchema>;

export type FeedKind = keyof typeof factBodies;

export const FeedHeader = Type.Object(
  { kakouFeed: Type.Literal(1), source: text(32), mode: words('snapshot', 'delta') },
  closed,
);
export type FeedHeader = Static<typeof FeedHeader>;

/** A record without its body, which is judged by its kind. */
export const RecordHead = Type.Object(
  {
    sequence: count(1),
    asOf: time,
    version: count(0),
    op: words('put', 'delete'),
    kind: text(32),
    id: text(),
    body: Type.Optional(Type.Unknown()),
  },
  closed,
);

export const FeedTrailer = Type.Object(
  {
    watermark: Type.Object({ through: count(0), at: time }, closed),
    records: count(0),
  },
  closed,
);
