import { join } from 'node:path';
import t from 'tap';
import { FeedCache } from '../../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import {
  openForReading,
  openForWriting,
  type SqliteDatabase,
} from '../../../src/adapters/store/open-database.ts';
import type { FactKind, FactsQuery, GatheredFacts } from '../../../src/core/facts.ts';
import type { FeedRecord } from '../../../src/interchange/feed/parse-line.ts';
import { decisionFor, ledgerIn } from '../../support/open-ledger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const nowMs = Date.UTC(2026, 10, 23, 8, 0, 0);
const box = 'CSQU3054383';
const plate = '粤B12345';
const query = { direction: 'out', plates: [plate], tags: [], containers: [box] };
const all: readonly FactKind[] = ['vehicle', 'transaction', 'consignment', 'proof', 'hold'];

type Said = Pick<FeedRecord, 'kind' | 'id' | 'op'> & { version?: number; body?: object };

class Cache {
  readonly db: SqliteDatabase;
  readonly #file = join(temporaryFolder(), 'feed.db');
  readonly #writer: FeedWriter;
  readonly #sequences = new Map<string, number>();

  constructor() {
    this.db = openForWriting({
      file: this.#file,
      applicationId: feedApplicationId,
      migrations: feedMigrations,
    });
    this.#writer = new FeedWriter(this.db);
  }

  say(records: readonly Said[], source = 'customs'): this {
    this.#writer.inTransaction(() => {
      let sequence = this.#sequences.get(source) ?? 0;
      for (const record of records) {
        sequence += 1;
        const said = { version: 1, ...record, sequence, asOfMs: nowMs };
        this.#writer.applyDelta(source, said as FeedRecord, nowMs);
      }
      this.#sequences.set(source, sequence);
      this.#writer.watermark(source, { through: sequence, atMs: nowMs }, nowMs);
    });
    return this;
  }

  gapsOf(source: string, count: number): this {
    this.#writer.inTransaction(() => {
      for (let i = 1; i <= count; i++) {
        const record = { ...hold(`H-${i}`, 'CBHU3202732'), version: 1, sequence: 2 * i };
        this.#writer.applyDelta(source, { ...record, asOfMs: nowMs } as FeedRecord, nowMs);
      }
    });
    return this;
  }

  /** Plates that the ledger was asked for visits of. */
  readonly askedVisits: string[][] = [];

  open(sources: readonly { source: string; kinds: readonly FactKind[] }[] = [customs]): FeedCache {
    return new FeedCache({
      db: openForReading(this.#file),
      sources,
      clockState: () => 'synced',
      ledger: () => ({
        usesOf: () => [],
        turnedBackOf: () => [],
        placedHoldsOf: () => [],
        openVisitsOf: (plates) => {
          this.askedVisits.push([...plates]);
          return [];
        },
        head: () => ({ sequence: 0, hash: '' }),
      }),
    });
  }
}

const customs = { source: 'customs', kinds: all };
const ask = (cache: FeedCache): GatheredFacts => cache.gather(query as unknown as FactsQuery);

function hold(id: string, container: string, state = 'placed'): Said {
  const subject = { kind: 'container', container };
  const rest = { moves: ['leave'], instruction: 'stop', authority: '5788', reason: '查验' };
  return { kind: 'hold', id, op: 'put', body: { subject, state, ...rest } };
}

function proof(id: string, change: object = {}): Said {
  const body = {
    lineage: id,
    proofType: 'customs_declaration',
    state: 'granted',
    issuer: '5788',
    issuedAt: '2026-11-22T08:00:00Z',
    containers: [box],
    ...change,
  };
  return { kind: 'proof', id, op: 'put', body };
}

function trip(id: string): Said {
  const body = { direction: 'out', transactionType: 'importLocal', plate, consignments: [] };
  return { kind: 'transaction', id, op: 'put', body: { ...body, containers: ['CBHU3202732'] } };
}

const many = (count: number, make: (n: number) => Said) =>
  Array.from({ length: count }, (_, i) => make(i));

t.test('a subject with very many facts is looked at whole or not at all', async (t) => {
  const cache = new Cache().say([...many(999, (n) => proof(`P-${n}`)), hold('Z-last', box)]);
  const opened = cache.open();
  t.match(ask(opened), { holds: [{ id: 'Z-last' }] }, 'as many as a decision can rest on');
  t.equal(ask(opened).proofs.length, 999);
  cache.say([proof('one-too-many')]);
  t.throws(() => ask(opened), /more than 1000 facts name c:CSQU3054383/);
  cache.say([{ kind: 'proof', id: 'P-7', op: 'delete', version: 2 }]);
  t.match(ask(opened), { holds: [{ id: 'Z-last' }] }, 'and it heals when the source deletes');
});

t.test('what is done with does not count, however much of it there is', async (t) => {
  const until = (validUntil: string) => ({ validUntil });
  for (const [title, history] of [
    ['deleted', many(3_000, (n) => ({ ...trip(`T-${n}`), op: 'delete' as const }))],
    ['lifted', many(3_000, (n) => hold(`H-${n}`, box, 'lifted'))],
    ['expired', many(3_000, (n) => proof(`P-${n}`, until('2026-11-23T07:59:59Z')))],
  ] as const) {
    const cache = new Cache().say(history);
    cache.say([hold('placed', box), proof('granted', until('2026-11-23T08:00:00Z')), trip('now')]);
    const { holds, proofs, transactions } = ask(cache.open());
    t.match(holds, [{ id: 'placed' }], title);
    t.match(
      proofs.filter(({ id }) => id === 'granted'),
      [{ id: 'granted' }],
      title,
    );
    t.match(transactions, [{ id: 'now' }], title);
  }
  const deletedLater = new Cache().say(many(3_000, (n) => trip(`T-${n}`)));
  t.throws(() => ask(deletedLater.open()), /more than 1000 facts name p:粤B12345/);
  deletedLater.say(
    many(2_990, (n) => ({ kind: 'transaction', id: `T-${n}`, op: 'delete', version: 2 })),
  );
  t.equal(ask(deletedLater.open()).transactions.length, 10);
});

t.test('a revocation is never done with, and counts against the limit', async (t) => {
  const revoked = { state: 'revoked', validUntil: '2026-11-01T00:00:00Z' };
  const cache = new Cache().say(many(1_001, (n) => proof(`P-${n}`, revoked)));
  t.throws(() => ask(cache.open()), /more than 1000 facts/);
  const few = new Cache().say([
    ...many(2_000, (n) => proof(`P-${n}`, { validUntil: '2026-11-01T00:00:00Z' })),
    proof('R', revoked),
  ]);
  t.match(ask(few.open()).proofs, [{ id: 'R', state: 'revoked' }]);
});

t.test(
  'more history than can be gone through fails too, and is not taken for nothing',
  async (t) => {
    const cache = new Cache().say([
      ...many(20_001, (n) => proof(`P-${n}`, { validUntil: '2026-11-01T00:00:00Z' })),
      hold('Z-last', box),
    ]);
    t.throws(() => ask(cache.open()), /more than 1000 facts/);
  },
);

t.test('facts that become too many between look-up and commit are a conflict', async (t) => {
  const cache = new Cache().say(many(1_000, (n) => proof(`P-${n}`)));
  const opened = cache.open();
  const { stamp } = ask(opened);
  const asked = query as unknown as FactsQuery;
  const change = decisionFor('p1', []);
  const basis = { query: asked, stamp };
  const commit = (passage: string) => {
    const ledger = ledgerIn(temporaryFolder(), {
      get value() {
        return opened.stamp(asked);
      },
    });
    return ledger.commit({ ...decisionFor(passage, []), events: change.events, basis });
  };
  t.match(commit('p1'), { kind: 'committed' });
  cache.say([hold('H-1', box)]);
  t.strictSame(commit('p2'), { kind: 'conflicted', reason: 'factsChanged' });
});

t.test(
  'a time that does not exist, left by an older version, is no fact to decide on',
  async (t) => {
    const cache = new Cache().say([proof('P-1', { validUntil: '2025-13-45T00:00:00Z' })]);
    t.throws(() => ask(cache.open()), /proof P-1 of customs has a time that does not exist/);
  },
);

t.test('the gaps of one source hide those of no other', async (t) => {
  const cache = new Cache().gapsOf('aaa', 1_500).gapsOf('zzz', 1);
  const kinds = { kinds: all };
  const opened = cache.open([
    { source: 'aaa', ...kinds },
    { source: 'zzz', ...kinds },
  ]);
  t.match(
    opened.sources().map(({ gaps }) => gaps.length),
    [100, 1],
  );
  t.match(opened.sources()[1]?.gaps, [{ from: 1, to: 1 }]);
});

t.test(
  'holds and revocations count whoever made them, grants only of those entitled',
  async (t) => {
    const cache = new Cache().say(
      [hold('H-1', box), proof('R', { state: 'revoked' }), proof('G')],
      'formerly',
    );
    const { holds, proofs } = ask(cache.open([{ source: 'customs', kinds: all }]));
    t.match(holds, [{ source: 'formerly' }]);
    t.strictSame(
      proofs.map(({ id }) => id),
      ['R'],
    );
  },
);

t.test('a hold that is placed again after it was lifted is found again', async (t) => {
  const cache = new Cache();
  const opened = cache.open();
  const stamps = new Set<string>();
  for (const [version, state] of ['placed', 'lifted', 'placed', 'lifted'].entries()) {
    cache.say([{ ...hold('H-1', box, state), version }]);
    const gathered = ask(opened);
    stamps.add(gathered.stamp);
    t.equal(gathered.holds.length, state === 'placed' ? 1 : 0);
  }
  t.ok(stamps.size >= 3, 'and a decision under way sees each change');
});

t.test('visits are asked for by every plate that the vehicle has registered', async (t) => {
  const body = { plates: [plate, 'WX 1234'], tags: [], status: 'valid' };
  const cache = new Cache().say([{ kind: 'vehicle', id: 'V-1', op: 'put', body }]);
  ask(cache.open());
  t.strictSame(cache.askedVisits, [[plate, 'WX1234']]);
});

t.test('a hold is found by the number that it means, and lifted by it', async (t) => {
  for (const container of [box.slice(0, 10), `${box.slice(0, 10)}7`]) {
    const cache = new Cache().say([hold('H-1', container)]);
    const opened = cache.open();
    t.match(ask(opened).holds, [{ id: 'H-1' }], container);
    cache.say([{ ...hold('H-1', container, 'lifted'), version: 2 }]);
    t.strictSame(ask(opened).holds, []);
  }
});
