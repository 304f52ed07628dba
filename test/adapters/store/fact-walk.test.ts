/** From plate, tag and box to every kind of fact, each in the form in which the feed brings it. */
import { join } from 'node:path';
import t from 'tap';
import { cardOf } from '../../../src/adapters/store/fact-subjects.ts';
import { walkFacts } from '../../../src/adapters/store/fact-walk.ts';
import { FeedCache } from '../../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import { openForReading, openForWriting } from '../../../src/adapters/store/open-database.ts';
import { type FactsQuery, factKinds } from '../../../src/core/facts.ts';
import { parseFeedLine } from '../../../src/interchange/feed/parse-line.ts';
import { factBodies } from '../../../src/interchange/feed/record-schema.ts';
import { none } from '../../support/exactly.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const nowMs = Date.UTC(2026, 10, 23, 8, 0, 0);
const time = '2026-11-23T08:00:00Z';
const box = 'CSQU3054383';
const plate = '粤B12345';
const voyage = { vessel: 'Sea Star', voyage: '026W' };

/** One of each kind, tied to the truck by what it names alone. */
const bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  vehicle: {
    plates: [plate, 'WX1234'],
    tags: ['E2801170'],
    tareKg: 15_000,
    tareUncertaintyKg: 40,
    tareValidUntil: time,
    axles: 3,
    singleDriveAxle: false,
    carrierId: 'CARRIER',
    status: 'valid',
    validUntil: time,
  },
  trailer: { plate: '粤B6789挂', tags: [], axles: 3, status: 'valid' },
  driver: { cards: ['IC-1'], carrierId: 'CARRIER', status: 'valid' },
  carrier: { transferQualified: true, status: 'valid' },
  permit: {
    permitType: 'service',
    plates: [plate],
    lanes: ['in-1'],
    validFrom: time,
    hours: { fromMinute: 0, untilMinute: 1_440 },
    status: 'valid',
  },
  transaction: {
    direction: 'in',
    transactionType: 'exportLocal',
    move: 'receive',
    plate: 'WX1234',
    containers: [],
    consignments: ['DECLARATION'],
    verifiedGross: [{ container: box, weightKg: 24_000 }],
    boxTares: [{ container: box, tareKg: 2_200 }],
    windowFrom: time,
    windowUntil: time,
  },
  binding: {
    state: 'bound',
    origin: 'preArrival',
    plate,
    trailerPlate: '粤B6789挂',
    driverId: 'DRIVER',
    containers: [box],
    consignments: [],
    validUntil: time,
  },
  appointment: { direction: 'in', plate, containers: [], from: time, until: time },
  consignment: {
    consignmentType: 'customsDeclaration',
    transactionType: 'exportLocal',
    containers: [],
    cargo: [
      { container: box, packages: 3, grossWeightKg: 21_000, cargoKg: 18_800, seals: ['HK123456'] },
    ],
    bills: ['BILL'],
    dangerous: false,
    routeUntil: time,
  },
  bill: { ...voyage, containers: [], recognised: false, preManifest: 'accepted' },
  tally: { billId: 'BILL', containers: [], result: 'complete' },
  stuffing: {
    container: 'csqu 305438-3',
    consignments: [{ consignmentId: 'DECLARATION', packages: 3 }],
    seals: [],
  },
  calendar: { vessel: 'SEA STAR', voyage: '026w', cutOffAt: time },
  'pass-order': {
    bindingType: 1,
    state: 'approved',
    plate,
    containers: [],
    consignments: [],
    accountId: 'ACCOUNT',
  },
  account: { remainingPackages: 3, remainingKg: 12.5 },
  proof: {
    lineage: 'L1',
    proofType: 'transfer',
    state: 'granted',
    issuer: '5788',
    issuedAt: time,
    containers: [box],
    packages: 3,
    duties: ['escort'],
  },
  obligation: { duty: 'escort', lineage: 'L1', containers: [], dueAt: time, state: 'open' },
  'monitoring-device': {
    device: 'electronicSeal',
    number: 'ES-1',
    containers: [box],
    operation: 'attached',
    health: 'ok',
    reportedAt: time,
  },
  hold: {
    subject: { kind: 'consignment', consignmentId: 'DECLARATION' },
    moves: ['leave', 'yardMove'],
    instruction: 'stop',
    state: 'placed',
    authority: '5788',
    reason: '查验',
  },
  enterprise: { status: 'valid' },
  vessel: { names: ['Sea Star', '海星'], imo: '9321483' },
  'exit-registration': {
    registered: 'entry',
    visitId: 'v.1',
    plate,
    answer: 'rejected',
    reason: '重量不符',
  },
};
const ids: Readonly<Record<string, string>> = {
  driver: 'DRIVER',
  carrier: 'CARRIER',
  consignment: 'DECLARATION',
  bill: 'BILL',
  account: 'ACCOUNT',
};

const line = (kind: string, sequence: number, body: unknown = bodies[kind], op = 'put') =>
  JSON.stringify({
    sequence,
    asOf: time,
    version: 1,
    op,
    kind,
    id: ids[kind] ?? `${kind}-1`,
    body,
  });

function cacheOf(lines: readonly string[]) {
  const file = join(temporaryFolder(), 'feed.db');
  const db = openForWriting({ file, applicationId: feedApplicationId, migrations: feedMigrations });
  const writer = new FeedWriter(db);
  writer.inTransaction(() => {
    for (const each of lines) {
      const parsed = parseFeedLine(each);
      if (parsed.kind !== 'record') throw new Error(`${each}: ${JSON.stringify(parsed)}`);
      writer.applyDelta('customs', parsed.record, nowMs);
    }
  });
  const asked: string[] = [];
  const countFrom: (readonly [string, number])[] = [];
  const cache = new FeedCache({
    db: openForReading(file),
    sources: [{ source: 'customs', kinds: factKinds }],
    clockState: () => 'synced',
    ledger: () => ({
      usesOf: (keys, countFromMs) => {
        asked.push(...keys);
        countFrom.push(...(countFromMs ?? []));
        return [];
      },
      turnedBackOf: () => [],
      openVisitsOf: () => [],
      placedHoldsOf: () => [],
      head: () => ({ sequence: 0, hash: '' }),
    }),
  });
  return { cache, writer, asked, countFrom, db };
}

const query = {
  direction: 'in',
  plates: [plate, '粤B6789挂'],
  tags: [],
  containers: [box],
} as unknown as FactsQuery;

t.test('every kind of the feed is known to configuration, schema and this test', async (t) => {
  t.strictSame(Object.keys(factBodies).sort(), [...factKinds].sort());
  t.strictSame(Object.keys(bodies).sort(), [...factKinds].sort());
});

t.test('one of each kind is found from the plates and the box', async (t) => {
  const { cache } = cacheOf(factKinds.map((kind, at) => line(kind, at + 1)));
  const facts = cache.gather(query);
  const met = (name: keyof typeof facts) =>
    (facts[name] as readonly { readonly kind: string }[]).map(({ kind }) => kind);
  for (const [name, kind] of [
    ['vehicles', 'vehicle'],
    ['trailers', 'trailer'],
    ['drivers', 'driver'],
    ['carriers', 'carrier'],
    ['permits', 'permit'],
    ['transactions', 'transaction'],
    ['bindings', 'binding'],
    ['appointments', 'appointment'],
    ['consignments', 'consignment'],
    ['bills', 'bill'],
    ['tallies', 'tally'],
    ['stuffings', 'stuffing'],
    ['calendars', 'calendar'],
    ['passOrders', 'pass-order'],
    ['accounts', 'account'],
    ['proofs', 'proof'],
    ['obligations', 'obligation'],
    ['monitoringDevices', 'monitoring-device'],
    ['holds', 'hold'],
  ] as const)
    t.strictSame(met(name), [kind], name);
  t.match(facts.vehicles, [{ validUntilMs: nowMs, tareValidUntilMs: nowMs }]);
  t.match(facts.transactions, [{ windowFromMs: nowMs, windowUntilMs: nowMs }]);
  t.match(facts.appointments, [{ fromMs: nowMs, untilMs: nowMs }]);
  t.match(facts.calendars, [{ cutOffAtMs: nowMs }]);
  t.match(facts.obligations, [{ dueAtMs: nowMs }]);
  t.match(facts.consignments, [{ routeUntilMs: nowMs }]);
});

t.test('of another truck nothing of it is found', async (t) => {
  const { cache } = cacheOf(factKinds.map((kind, at) => line(kind, at + 1)));
  const other = {
    ...query,
    plates: ['粤B99999'],
    containers: ['CBHU3202732'],
  } as unknown as FactsQuery;
  const facts = cache.gather(other);
  for (const [name, value] of Object.entries(facts)) {
    if (Array.isArray(value) && name !== 'sources') t.strictSame(value, [], name);
  }
});

t.test('a change of any fact on the way is another stamp', async (t) => {
  const { cache, writer } = cacheOf(factKinds.map((kind, at) => line(kind, at + 1)));
  const before = cache.stamp(query);
  const stamps = new Set([before]);
  let sequence = factKinds.length;
  const seen = factKinds.filter((k) => !['enterprise', 'vessel', 'exit-registration'].includes(k));
  for (const kind of seen) {
    sequence += 1;
    const parsed = parseFeedLine(line(kind, sequence).replace('"version":1', '"version":2'));
    if (parsed.kind !== 'record') throw new Error(kind);
    writer.inTransaction(() => writer.applyDelta('customs', parsed.record, nowMs));
    const after = cache.stamp({ ...query });
    t.notOk(stamps.has(after), kind);
    stamps.add(after);
  }
});

t.test('loose cargo: a proof that names its document and no box', async (t) => {
  const { cache, asked } = cacheOf([
    line('transaction', 1),
    line('consignment', 2),
    line('proof', 3, { ...bodies['proof'], consignmentId: 'DECLARATION', containers: [] }),
    line('vehicle', 4),
  ]);
  t.match(cache.gather({ ...query, containers: [] }).proofs, [{ lineage: 'L1' }]);
  t.strictSame(
    asked,
    ['loose:DECLARATION', box],
    'and the ledger is asked whether it was used, loose or with the box of its document',
  );
});

t.test('a planned document that names no box: its proofs tell which box it is about', async (t) => {
  const { consignmentType, transactionType } = bodies['consignment'] ?? {};
  const { cache } = cacheOf([
    line('transaction', 1, { ...bodies['transaction'], containers: [box] }),
    line('consignment', 2, { consignmentType, transactionType, containers: [] }),
    line('proof', 3, {
      ...bodies['proof'],
      consignmentId: 'DECLARATION',
      containers: ['CBHU3202732'],
    }),
    line('vehicle', 4),
  ]);
  t.match(cache.gather(query).proofs, [{ lineage: 'L1' }]);
});

t.test('the same fact of another source is another stamp', async (t) => {
  const versions = (source: string) =>
    walkFacts(query, () => [
      {
        kind: 'hold',
        source,
        id: 'H1',
        version: 1,
        asOfMs: nowMs,
        revision: 5,
        deleted: 0,
        body: JSON.stringify(bodies['hold']),
      },
    ]).versions;
  t.notSame(versions('customs'), versions('yard'), 'each source counts its revisions itself');
});

t.test('a hold on a document that the cache does not have', async (t) => {
  const ofProof = { ...bodies['proof'], consignmentId: 'DECLARATION' };
  const { cache } = cacheOf([line('proof', 1, ofProof), line('hold', 2)]);
  t.match(cache.gather(query).holds, [{ id: 'hold-1' }], 'named by a proof');
  const planned = cacheOf([line('transaction', 1), line('vehicle', 2), line('hold', 3)]);
  t.match(planned.cache.gather(query).holds, [{ id: 'hold-1' }], 'named by the plan');
});

t.test('a body with a member too many, or without one it needs, is bad', async (t) => {
  for (const kind of factKinds) {
    t.match(parseFeedLine(line(kind, 1, { ...bodies[kind], surprise: 1 })), { kind: 'bad' }, kind);
    const [member = ''] = Object.keys(bodies[kind] ?? {}).filter((key) => {
      const { [key]: _, ...rest } = bodies[kind] ?? {};
      return parseFeedLine(line(kind, 1, rest)).kind === 'bad';
    });
    if (kind !== 'account') t.ok(member, `${kind} has a member that must be there`);
  }
});

t.test('what binds or forbids and cannot be read taints what it names', async (t) => {
  for (const kind of ['binding', 'stuffing', 'obligation', 'pass-order', 'exit-registration']) {
    const parsed = parseFeedLine(line(kind, 1, { ...bodies[kind], surprise: 1 }));
    t.ok(parsed.kind === 'bad' && (parsed.taints.length > 0 || kind === 'obligation'), kind);
  }
  const blocked = { ...bodies['driver'], status: 'blocked', surprise: 'CSQU3054383' };
  t.match(parseFeedLine(line('driver', 1, blocked)), { taints: /CSQU305438/ });
  t.match(parseFeedLine(line('permit', 1, { ...bodies['permit'], surprise: 1 })), { taints: none });
});

t.test('of two equal versions the one that restricts stands, in either order', async (t) => {
  for (const [kind, member, free, restricting] of [
    ['binding', 'state', 'bound', 'unbound'],
    ['pass-order', 'state', 'approved', 'cancelled'],
    ['pass-order', 'state', 'approved', 'used'],
    ['vehicle', 'status', 'valid', 'blocked'],
    ['trailer', 'status', 'valid', 'expired'],
  ] as const) {
    for (const order of [
      [free, restricting],
      [restricting, free],
    ]) {
      const { cache } = cacheOf(
        order.map((value, at) => line(kind, at + 1, { ...bodies[kind], [member]: value })),
      );
      const facts = cache.gather(query);
      const [fact] = [
        ...facts.bindings,
        ...facts.passOrders,
        ...facts.vehicles,
        ...facts.trailers,
      ] as unknown as readonly Record<string, unknown>[];
      t.equal(fact?.[member], restricting, `${kind}: ${order}`);
    }
  }
});

t.test('a hold on a bill or a pass order is found from the box', async (t) => {
  for (const consignmentId of ['BILL', 'pass-order-1']) {
    const subject = { kind: 'consignment', consignmentId };
    const told = ['transaction', 'consignment', 'bill', 'pass-order'].map((kind, at) =>
      line(kind, at + 1),
    );
    const { cache } = cacheOf([...told, line('hold', 5, { ...bodies['hold'], subject })]);
    const { holds } = cache.gather(query);
    t.strictSame(
      holds.map(({ id }) => id),
      ['hold-1'],
      consignmentId,
    );
  }
});

t.test('a document that names the box by its cargo alone is found from it', async (t) => {
  const { cache } = cacheOf([line('consignment', 1)]);
  t.strictSame(
    cache.gather(query).consignments.map(({ id }) => id),
    ['DECLARATION'],
  );
});

t.test('of an account only what was drawn since it was told is looked up', async (t) => {
  const { cache, countFrom } = cacheOf([line('pass-order', 1), line('account', 2)]);
  cache.gather(query);
  t.strictSame(countFrom, [['account:ACCOUNT', nowMs - 900_000]]);
});

t.test('a driver is found by his card, whose number leaves the cache for nobody', async (t) => {
  const { cache } = cacheOf([line('driver', 1)]);
  const cards = [cardOf('ic 1')];
  const asked = { direction: 'in', plates: [], tags: [], containers: [] } as const;
  t.match(cache.gather({ ...asked, cards }).drivers, [{ id: 'DRIVER', cards }]);
  t.strictSame(cache.gather({ ...asked, cards: [cardOf('IC-2')] }).drivers, []);
  t.strictSame(cache.gather(asked).drivers, []);
  t.equal(cardOf(`ref:${cards[0]}`), cards[0], 'a source may tell the reference itself');
});
