/** A cache that an older kakou filled keeps what it says, under whatever it is found by now. */
import { join } from 'node:path';
import t from 'tap';
import { cardOf } from '../../../src/adapters/store/fact-subjects.ts';
import { FeedCache } from '../../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import { followedFacts } from '../../../src/adapters/store/followed-facts.ts';
import { openForReading, openForWriting } from '../../../src/adapters/store/open-database.ts';
import type { FactsQuery } from '../../../src/core/facts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const atMs = Date.UTC(2026, 10, 23, 8, 0, 0);
const box = 'CSQU3054383';
const other = 'CBHU3202732';

const hold = (container: string, state: string) => ({
  subject: { kind: 'container', container },
  moves: ['leave'],
  instruction: 'stop',
  state,
  authority: '5788',
  reason: '查验',
});
const proof = {
  lineage: 'P-1',
  proofType: 'customs_declaration',
  state: 'granted',
  issuer: '5788',
  issuedAt: '2026-11-22T08:00:00Z',
  containers: [box],
};

type Old = readonly [kind: string, source: string, id: string, body: object, deleted?: number];

function migrated(rows: readonly Old[]) {
  const file = join(temporaryFolder(), 'feed.db');
  const options = { file, applicationId: feedApplicationId };
  const old = openForWriting({ ...options, migrations: feedMigrations.slice(0, 2) });
  const add = old.prepare('INSERT INTO fact VALUES (?, ?, ?, 2, ?, ?, ?, ?, ?)');
  for (const [i, [kind, source, id, body, deleted = 0]] of rows.entries())
    add.run(kind, source, id, atMs, i + 1, i + 1, deleted, JSON.stringify(body));
  for (const source of new Set(rows.map(([, name]) => name)))
    old
      .prepare('INSERT INTO source VALUES (?, ?, ?, ?, ?)')
      .run(source, rows.length, rows.length, atMs, rows.length);
  old.exec(`INSERT INTO taint VALUES ('${other}', 'customs', 9, 'no JSON')`);
  old.close();
  const db = openForWriting({ ...options, migrations: feedMigrations });
  const sources = ['customs', 'terminal'].map((source) => ({
    source,
    kinds: ['proof', 'hold', 'driver'] as const,
  }));
  const reading = openForReading(file);
  const cache = new FeedCache({
    db: reading,
    sources,
    clockState: () => 'synced',
    ledger: () => ({
      usesOf: () => [],
      turnedBackOf: () => [],
      openVisitsOf: () => [],
      placedHoldsOf: () => [],
      head: () => ({ sequence: 0, hash: '' }),
    }),
  });
  const ask = (containers: readonly string[], cards: readonly string[] = []) =>
    cache.gather({
      direction: 'out',
      plates: [],
      tags: [],
      containers,
      cards: cards.map(cardOf),
    } as unknown as FactsQuery);
  return { db, ask, followed: followedFacts(reading, sources), cache };
}

t.test('facts, holds, taints, gaps and ages are there after an upgrade', async (t) => {
  const { ask, cache, followed } = migrated([
    ['proof', 'customs', 'P-1', proof],
    ['hold', 'customs', 'H-1', hold(box, 'placed')],
    ['hold', 'terminal', 'H-1', hold(other, 'placed')],
    ['hold', 'customs', 'H-2', hold(box, 'lifted')],
    ['proof', 'terminal', 'P-2', { ...proof, lineage: 'P-2' }, 1],
  ]);
  const facts = ask([box]);
  t.match(facts.proofs, [{ id: 'P-1', source: 'customs', version: 2, asOfMs: atMs }]);
  t.equal(facts.proofs.length, 1, 'what was deleted is gone');
  t.match(facts.holds, [{ id: 'H-1', source: 'customs' }]);
  t.equal(facts.holds.length, 1);
  t.match(ask([other]), { holds: [{ source: 'terminal' }], taints: [{ reason: 'no JSON' }] });
  t.match(cache.sources(), [
    { source: 'customs', watermarkAtMs: atMs, appliedSequence: 5, gaps: [] },
    { source: 'terminal', watermarkAtMs: atMs },
  ]);
  t.match(followed.after('customs', 0, 10), [
    { revision: 2, fact: { id: 'H-1' } },
    { revision: 4, fact: { id: 'H-2' } },
  ]);
  t.match(followed.after('terminal', 0, 10), [{ revision: 3 }]);
});

t.test('a driver whom it named by his id alone is found by his card', async (t) => {
  const { ask } = migrated([['driver', 'customs', 'D-1', { cards: ['IC 1'], status: 'valid' }]]);
  t.match(ask([], ['ic-1']).drivers, [{ id: 'D-1' }]);
});

t.test('an older version of what it knew changes nothing, a newer one does', async (t) => {
  const { db, ask } = migrated([['hold', 'customs', 'H-1', hold(box, 'placed')]]);
  const writer = new FeedWriter(db);
  const lifted = (version: number, sequence: number) =>
    writer.applyDelta(
      'customs',
      {
        sequence,
        asOfMs: atMs,
        version,
        op: 'put',
        kind: 'hold',
        id: 'H-1',
        body: hold(box, 'lifted'),
      },
      atMs,
    );
  t.equal(lifted(1, 2), 'older');
  t.equal(ask([box]).holds.length, 1);
  t.equal(lifted(3, 3), 'applied');
  t.equal(ask([box]).holds.length, 0);
});
