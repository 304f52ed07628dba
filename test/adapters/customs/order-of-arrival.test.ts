import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { FeedCache } from '../../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import { openForReading, openForWriting } from '../../../src/adapters/store/open-database.ts';
import { bind } from '../../../src/core/binding/bind.ts';
import { type Clearance, clear } from '../../../src/core/clearance/clear.ts';
import type { FactsQuery, GatheredFacts } from '../../../src/core/facts.ts';
import type { FeedRecord } from '../../../src/interchange/feed/parse-line.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const nowMs = Date.UTC(2026, 10, 23, 8, 0, 0);
const box = 'CSQU3054383';
const plate = '粤B12345';
const kinds = ['proof', 'hold', 'transaction'] as const;

/** One cache, emptied before each order. */
class Arrivals {
  readonly #db;
  readonly #writer;
  readonly #cache;
  #hasFacts = false;

  constructor() {
    const file = join(temporaryFolder(), 'feed.db');
    this.#db = openForWriting({
      file,
      applicationId: feedApplicationId,
      migrations: feedMigrations,
    });
    // Thousands of orders: what a power cut would leave of them is not the question here.
    this.#db.pragma('synchronous = OFF');
    this.#writer = new FeedWriter(this.#db);
    this.#cache = new FeedCache({
      db: openForReading(file),
      sources: [{ source: 'customs', kinds }],
      clockState: () => 'synced',
      ledger: () => ({
        usesOf: () => [],
        turnedBackOf: () => [],
        openVisitsOf: () => [],
        placedHoldsOf: () => [],
        head: () => ({ sequence: 0, hash: '' }),
      }),
    });
  }

  after(records: readonly FeedRecord[]): GatheredFacts {
    const tables = this.#hasFacts ? ['fact_1', 'subject_1', 'gap', 'source'] : [];
    this.#hasFacts = true;
    for (const table of tables) this.#db.exec(`DELETE FROM ${table}`);
    this.#writer.inTransaction(() => {
      for (const record of records) this.#writer.applyDelta('customs', record, nowMs);
      const mark = { through: records.length, atMs: nowMs };
      this.#writer.watermark('customs', mark, nowMs);
    });
    const query = { direction: 'out', plates: [plate], tags: [], containers: [box] };
    return this.#cache.gather(query as unknown as FactsQuery);
  }
}

function verdict(facts: GatheredFacts): Clearance {
  const identification = {
    tractor: { text: plate },
    otherPlates: [],
    tags: [],
    containers: [{ position: 'single', raw: box, number: box }],
  } as unknown as Parameters<typeof bind>[0];
  return clear(bind(identification, facts, 'out'), facts, {
    passageId: 'p-1' as never,
    direction: 'out',
    nowWallMs: nowMs,
    requiredProofs: [
      {
        direction: 'out',
        transactionType: 'importLocal',
        require: [{ anyOf: ['customs_declaration'] }],
      },
    ],
    sourceAgeMsMax: 900_000,
  });
}

const planned: Pick<FeedRecord, 'kind' | 'id' | 'version' | 'op' | 'body'> = {
  kind: 'transaction',
  id: 'T-1',
  version: 1,
  op: 'put',
  body: {
    direction: 'out',
    transactionType: 'importLocal',
    plate,
    containers: [box],
    consignments: [],
  },
};

const proofBody = fc.record({
  lineage: fc.constantFrom('L-1', 'L-2'),
  proofType: fc.constant('customs_declaration'),
  state: fc.constantFrom('granted', 'granted', 'revoked'),
  issuer: fc.constant('5788'),
  issuedAt: fc.constant('2026-11-22T08:00:00Z'),
  containers: fc.constantFrom([box], [box], []),
});
const holdBody = fc.record({
  subject: fc.constantFrom(
    { kind: 'container', container: box },
    { kind: 'vehicle', plate },
    { kind: 'container', container: 'CBHU3202732' },
  ),
  moves: fc.constant(['leave']),
  instruction: fc.constant('stop'),
  state: fc.constantFrom('placed', 'lifted'),
  authority: fc.constant('5788'),
  reason: fc.constant('查验'),
});
const version = fc.integer({ min: 1, max: 3 });
const op = fc.constantFrom('put' as const, 'put' as const, 'put' as const, 'delete' as const);
const anyRecord = fc.oneof(
  { weight: 3, arbitrary: anyOf('proof', ['P-1', 'P-2', 'P-3'], proofBody) },
  { weight: 1, arbitrary: anyOf('hold', ['H-1', 'H-2'], holdBody) },
);

function anyOf(kind: 'proof' | 'hold', ids: readonly string[], body: fc.Arbitrary<object>) {
  return fc
    .record({ id: fc.constantFrom(...ids), version, op, body })
    .map(({ body: said, ...record }) => ({
      kind,
      ...record,
      ...(record.op === 'put' && { body: said as Record<string, unknown> }),
    }));
}

t.test('any order of arrival of the same records gives the same verdict', async (t) => {
  const arrivals = new Arrivals();
  const seen = { revoked: 0, held: 0, cleared: 0, missing: 0 };
  fc.assert(
    fc.property(
      fc.array(anyRecord, { minLength: 2, maxLength: 9 }).chain((drawn) => {
        const records: FeedRecord[] = [planned, ...drawn].map((record, i) => ({
          ...record,
          sequence: i + 1,
          asOfMs: nowMs,
        }));
        const orders = fc.shuffledSubarray(records, {
          minLength: records.length,
          maxLength: records.length,
        });
        return fc.tuple(fc.constant(records), orders);
      }),
      ([records, shuffled]) => {
        const { stamp: _one, ...facts } = arrivals.after(records);
        const { stamp: _other, ...factsShuffled } = arrivals.after(shuffled);
        const { boxes, vehicleHolds } = verdict(facts as GatheredFacts);
        const isHeld = vehicleHolds.length > 0 || (boxes[0]?.holds.length ?? 0) > 0;
        if (isHeld) seen.held += 1;
        if (boxes[0]?.objections.some(({ objection }) => objection === 'revoked'))
          seen.revoked += 1;
        if ((boxes[0]?.missing.length ?? 0) > 0) seen.missing += 1;
        else if (!isHeld) seen.cleared += 1;
        return (
          JSON.stringify(facts) === JSON.stringify(factsShuffled) &&
          JSON.stringify(verdict(facts as GatheredFacts)) ===
            JSON.stringify(verdict(factsShuffled as GatheredFacts))
        );
      },
    ),
    { numRuns: 1_500, seed: 5 },
  );
  for (const [what, times] of Object.entries(seen)) t.ok(times > 30, `${what}: ${times}`);
});

t.test('while a revocation of a lineage is current, no grant of it clears a box', async (t) => {
  const arrivals = new Arrivals();
  let revoked = 0;
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 9 }), (drawn) => {
      const records: FeedRecord[] = [planned, ...drawn].map((record, i) => ({
        ...record,
        sequence: i + 1,
        asOfMs: nowMs,
      }));
      const gathered = arrivals.after(records);
      const lineages = currentRevocations(records);
      revoked += lineages.size;
      const [clearance] = verdict(gathered).boxes;
      return (clearance?.proofs ?? []).every(({ lineage }) => !lineages.has(lineage));
    }),
    { numRuns: 1_500, seed: 6 },
  );
  t.ok(revoked > 200, `the property is not empty: ${revoked} revocations`);
});

/** Written out apart from the code under test: the newest word on each proof, and what it revokes. */
function currentRevocations(records: readonly FeedRecord[]): Set<unknown> {
  const weight = ({ op: of, body }: FeedRecord) =>
    of === 'delete' ? 1 : body?.['state'] === 'revoked' ? 2 : 0;
  const newest = new Map<string, FeedRecord>();
  for (const record of records.filter(({ kind }) => kind === 'proof')) {
    const known = newest.get(record.id);
    const isNewer =
      !known ||
      record.version > known.version ||
      (record.version === known.version && weight(record) >= weight(known));
    if (isNewer) newest.set(record.id, record);
  }
  return new Set(
    [...newest.values()]
      .filter(({ op: of, body }) => of === 'put' && body?.['state'] === 'revoked')
      .map(({ body }) => body?.['lineage']),
  );
}

t.test('only its own record takes a revocation back', async (t) => {
  const arrivals = new Arrivals();
  const body = {
    lineage: 'L-1',
    proofType: 'customs_declaration',
    issuer: '5788',
    issuedAt: '2026-11-22T08:00:00Z',
    containers: [box],
  };
  const said = (id: string, state: string, of: number) => ({
    kind: 'proof' as const,
    id,
    version: of,
    op: 'put' as const,
    body: { ...body, state },
  });
  const gone = (id: string, of: number) => ({
    kind: 'proof' as const,
    id,
    version: of,
    op: 'delete' as const,
  });
  const cases: readonly (readonly [string, readonly object[], boolean])[] = [
    ['another fact of a higher version', [said('P', 'revoked', 1), said('Q', 'granted', 9)], false],
    [
      'the same fact of the same version',
      [said('P', 'revoked', 2), said('P', 'granted', 2)],
      false,
    ],
    ['the same fact of a lower version', [said('P', 'revoked', 2), said('P', 'granted', 1)], false],
    ['deleted with the same version', [said('P', 'revoked', 2), gone('P', 2)], false],
    ['the same fact of a higher version', [said('P', 'revoked', 1), said('P', 'granted', 2)], true],
    [
      'deleted, another grant stands',
      [said('P', 'revoked', 1), gone('P', 2), said('Q', 'granted', 1)],
      true,
    ],
    [
      'a grant again in the version that was deleted',
      [gone('P', 1), said('P', 'granted', 1)],
      false,
    ],
    ['a grant again in a higher version', [gone('P', 1), said('P', 'granted', 2)], true],
    [
      'revoked twice, one taken back',
      [said('P', 'revoked', 1), said('Q', 'revoked', 1), said('Q', 'granted', 2)],
      false,
    ],
  ];
  for (const [title, drawn, isCleared] of cases) {
    for (const order of [drawn, [...drawn].reverse()]) {
      const records = [planned, ...order].map((record) => ({
        ...record,
        sequence: record === planned ? 1 : drawn.indexOf(record) + 2,
        asOfMs: nowMs,
      }));
      const [clearance] = verdict(arrivals.after(records as FeedRecord[])).boxes;
      t.equal(clearance?.missing.length === 0, isCleared, title);
    }
  }
});
