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
  'bonded',
  'distribution',
  'bondedEmptyTruck',
);

const registryStatus = words('valid', 'expired', 'blocked');
const registration = { status: registryStatus, validUntil: Type.Optional(time) };
const kilograms = (maximum: number) => Type.Optional(Type.Number({ minimum: 0, maximum }));
const packages = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 }));
const cargoKg = kilograms(1_000_000_000);
const axles = Type.Optional(Type.Integer({ minimum: 1, maximum: 12 }));
const tare = {
  tareKg: kilograms(100_000),
  tareUncertaintyKg: kilograms(10_000),
  tareValidUntil: Type.Optional(time),
};
const plates = Type.Array(text(16), { minItems: 1, maxItems: 3 });
const tags = Type.Array(text(124), { maxItems: 4 });
const consignments = Type.Array(text(), { maxItems: 50 });
const seals = Type.Array(text(32), { maxItems: 8 });
const duty = words('inspectAtDestination', 'escort', 'arriveBy');
const voyage = { vessel: text(), voyage: text(32) };
const minuteOfDay = Type.Integer({ minimum: 0, maximum: 1_440 });

/** Who may come at all. */
const registryBodies = {
  vehicle: Type.Object(
    {
      plates,
      tags,
      customsNumber: Type.Optional(text()),
      ...tare,
      axles,
      singleDriveAxle: Type.Optional(Type.Boolean()),
      carrierId: Type.Optional(text()),
      ...registration,
    },
    closed,
  ),
  trailer: Type.Object({ plate: text(16), tags, ...tare, axles, ...registration }, closed),
  driver: Type.Object(
    {
      cards: Type.Array(text(64), { minItems: 1, maxItems: 8 }),
      carrierId: Type.Optional(text()),
      ...registration,
    },
    closed,
  ),
  carrier: Type.Object({ transferQualified: Type.Boolean(), ...registration }, closed),
  enterprise: Type.Object({ ...registration }, closed),
  permit: Type.Object(
    {
      permitType: words('staff', 'service', 'test', 'customs', 'emergency'),
      plates: Type.Array(text(16), { minItems: 1, maxItems: 200 }),
      lanes: Type.Optional(Type.Array(text(64), { minItems: 1, maxItems: 64 })),
      validFrom: Type.Optional(time),
      hours: Type.Optional(
        Type.Object({ fromMinute: minuteOfDay, untilMinute: minuteOfDay }, closed),
      ),
      ...registration,
    },
    closed,
  ),
  vessel: Type.Object(
    {
      names: Type.Array(text(), { minItems: 1, maxItems: 8 }),
      callSign: Type.Optional(text(16)),
      imo: Type.Optional(Type.String({ pattern: '^\\d{7}$' })),
    },
    closed,
  ),
} as const satisfies Record<string, TSchema>;

/** Who comes when, with what. */
const workBodies = {
  transaction: Type.Object(
    {
      direction,
      transactionType,
      move: Type.Optional(words('receive', 'deliver', 'passThrough')),
      plate: Type.Optional(text(16)),
      containers,
      consignments,
      loads: Type.Optional(
        Type.Array(
          Type.Object({ consignmentId: text(), packages, grossWeightKg: cargoKg }, closed),
          { minItems: 1, maxItems: 50 },
        ),
      ),
      verifiedGross: Type.Optional(
        Type.Array(
          Type.Object(
            { container: text(16), weightKg: Type.Number({ minimum: 0, maximum: 100_000 }) },
            closed,
          ),
          { maxItems: 500 },
        ),
      ),
      boxTares: Type.Optional(
        Type.Array(
          Type.Object(
            { container: text(16), tareKg: Type.Number({ minimum: 500, maximum: 20_000 }) },
            closed,
          ),
          { maxItems: 500 },
        ),
      ),
      windowFrom: Type.Optional(time),
      windowUntil: Type.Optional(time),
    },
    closed,
  ),
  binding: Type.Object(
    {
      state: words('bound', 'unbound'),
      origin: words('preArrival', 'premises'),
      plate: text(16),
      trailerPlate: Type.Optional(text(16)),
      driverId: Type.Optional(text()),
      containers,
      consignments,
      validFrom: Type.Optional(time),
      validUntil: Type.Optional(time),
    },
    closed,
  ),
  appointment: Type.Object(
    {
      direction,
      plate: Type.Optional(text(16)),
      containers,
      from: time,
      until: time,
      yardPosition: Type.Optional(text(32)),
    },
    closed,
  ),
  calendar: Type.Object(
    { ...voyage, opensAt: Type.Optional(time), cutOffAt: Type.Optional(time) },
    closed,
  ),
  'exit-registration': Type.Object(
    {
      registered: Type.Optional(words('entry', 'exit')),
      visitId: text(),
      plate: text(16),
      answer: words('accepted', 'rejected'),
      reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    },
    closed,
  ),
} as const satisfies Record<string, TSchema>;

/** What is in boxes, what allows them to move and what stops them. */
const cargoBodies = {
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
        'dangerous_goods_permit',
      ),
      state: words('granted', 'revoked'),
      issuer: text(),
      act: Type.Optional(text()),
      medium: Type.Optional(words('electronic', 'paper')),
      issuedAt: time,
      validUntil: Type.Optional(time),
      consignmentId: Type.Optional(text()),
      containers,
      packages,
      grossWeightKg: cargoKg,
      duties: Type.Optional(Type.Array(duty, { maxItems: 3, uniqueItems: true })),
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
      moves: Type.Array(words('enter', 'leave', 'load', 'yardMove'), { minItems: 1 }),
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
      packages,
      grossWeightKg: cargoKg,
      cargo: Type.Optional(
        Type.Array(
          Type.Object(
            {
              container: text(16),
              packages,
              grossWeightKg: cargoKg,
              cargoKg,
              seals: Type.Optional(seals),
            },
            closed,
          ),
          { maxItems: 500 },
        ),
      ),
      bills: Type.Optional(Type.Array(text(), { maxItems: 50 })),
      carrierId: Type.Optional(text()),
      dangerous: Type.Optional(Type.Boolean()),
      originCustoms: Type.Optional(text(16)),
      destinationCustoms: Type.Optional(text(16)),
      routeUntil: Type.Optional(time),
      validUntil: Type.Optional(time),
    },
    closed,
  ),
  bill: Type.Object(
    {
      ...voyage,
      containers,
      packages,
      grossWeightKg: cargoKg,
      recognised: Type.Boolean(),
      preManifest: words('none', 'pending', 'accepted', 'rejected'),
    },
    closed,
  ),
  tally: Type.Object(
    { billId: text(), containers, result: words('complete', 'short', 'over', 'damaged') },
    closed,
  ),
  'pass-order': Type.Object(
    {
      bindingType: Type.Unsafe<1 | 2 | 3>({ type: 'integer', enum: [1, 2, 3] }),
      orderType: Type.Optional(words('goods', 'distribution', 'emptyTruck')),
      direction: Type.Optional(direction),
      state: words('approved', 'used', 'cancelled'),
      plate: text(16),
      containers,
      consignments,
      accountId: Type.Optional(text()),
      packages,
      grossWeightKg: cargoKg,
      tareKg: kilograms(100_000),
      last: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
  account: Type.Object({ remainingPackages: packages, remainingKg: cargoKg }, closed),
  stuffing: Type.Object(
    {
      container: text(16),
      consignments: Type.Array(
        Type.Object({ consignmentId: text(), packages, grossWeightKg: cargoKg }, closed),
        { maxItems: 50 },
      ),
      seals,
    },
    closed,
  ),
  obligation: Type.Object(
    {
      duty,
      lineage: Type.Optional(text()),
      containers,
      dueAt: Type.Optional(time),
      state: words('open', 'discharged'),
    },
    closed,
  ),
  'monitoring-device': Type.Object(
    {
      device: words('electronicSeal', 'tracker'),
      number: text(),
      containers,
      operation: words('attached', 'detached'),
      health: words('ok', 'tampered', 'faulty', 'unknown'),
      reportedAt: time,
    },
    closed,
  ),
} as const satisfies Record<string, TSchema>;

export const factBodies = { ...registryBodies, ...workBodies, ...cargoBodies } as const;

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
