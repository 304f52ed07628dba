/** What a commit compares again: every change that a decision could have turned on gives another stamp. */
import { join } from 'node:path';
import t from 'tap';
import { FeedCache } from '../../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import { openForReading, openForWriting } from '../../../src/adapters/store/open-database.ts';
import type { FactsQuery } from '../../../src/core/facts.ts';
import { decisionFor, ledgerIn, note, settlement } from '../../support/open-ledger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const nowMs = Date.UTC(2026, 10, 23, 8, 0, 0);
const box = 'CSQU3054383';
const plate = '粤B12345';
const tag = 'E28068940000500A';
const query = {
  direction: 'out',
  plates: [plate],
  tags: [tag],
  containers: [box],
} as unknown as FactsQuery;

function site() {
  const folder = temporaryFolder();
  const file = join(folder, 'feed.db');
  const writer = new FeedWriter(
    openForWriting({ file, applicationId: feedApplicationId, migrations: feedMigrations }),
  );
  const ledger = ledgerIn(folder);
  const cache = new FeedCache({
    db: openForReading(file),
    sources: [
      { source: 'customs', kinds: ['proof', 'hold', 'consignment', 'vehicle', 'transaction'] },
    ],
    clockState: () => 'synced',
    ledger: () => ledger,
  });
  let sequence = 0;
  const put = (kind: string, id: string, body: Record<string, unknown>, version = 1) => {
    sequence += 1;
    const record = { sequence, asOfMs: nowMs, version, op: 'put' as const, kind, id, body };
    writer.inTransaction(() => writer.applyDelta('customs', record as never, nowMs));
  };
  const visit = (kind: 'opened' | 'closed', of: string) => {
    const passageId = 'p-in' as never;
    const visitId = `v.${of}` as never;
    ledger.commit({
      events: [note(of)],
      visits: [
        kind === 'opened'
          ? { kind, visitId, plate: of, passageId, containers: [], atMs: 1 }
          : { kind, visitId, passageId, cause: 'exitRecorded', atMs: 2 },
      ],
    });
  };
  const proof = (lineage: string, change: Record<string, unknown> = {}, version = 1) =>
    put(
      'proof',
      `${lineage}-${String(change['id'] ?? 1)}`,
      {
        lineage,
        proofType: 'customs_declaration',
        state: 'granted',
        issuer: '5788',
        issuedAt: '2026-11-22T08:00:00Z',
        containers: [box],
        ...change,
      },
      version,
    );
  proof('P-1');
  put('consignment', 'D-1', {
    consignmentType: 'customsDeclaration',
    transactionType: 'importLocal',
    containers: [box],
  });
  put('vehicle', 'V-1', { plates: [plate, '粤Z1234港'], tags: [tag], status: 'valid' });
  visit('opened', plate);
  return { writer, ledger, cache, put, proof, visit };
}

type Site = ReturnType<typeof site>;

const hold = (subject: Record<string, unknown>) => ({
  subject,
  moves: ['leave'],
  instruction: 'stop',
  state: 'placed',
  authority: '5788',
  reason: 'r',
});

const changes: readonly (readonly [string, (s: Site) => void])[] = [
  ['a proof of the box', (s) => s.proof('P-2')],
  ['a newer version of its proof', (s) => s.proof('P-1', { issuer: '5789' }, 2)],
  [
    'a revocation that names no box',
    (s) => s.proof('P-1', { id: 2, state: 'revoked', containers: [] }),
  ],
  ['a hold on the box', (s) => s.put('hold', 'H', hold({ kind: 'container', container: box }))],
  [
    'a hold on its consignment',
    (s) => s.put('hold', 'H', hold({ kind: 'consignment', consignmentId: 'D-1' })),
  ],
  ['a hold on the vehicle', (s) => s.put('hold', 'H', hold({ kind: 'vehicle', plate }))],
  [
    'a hold on its other plate',
    (s) => s.put('hold', 'H', hold({ kind: 'vehicle', plate: '粤Z1234港' })),
  ],
  [
    'planned work of the truck',
    (s) =>
      s.put('transaction', 'T', {
        direction: 'out',
        transactionType: 'importLocal',
        plate,
        containers: [box],
        consignments: [],
      }),
  ],
  [
    'another vehicle with its tag',
    (s) => s.put('vehicle', 'V-2', { plates: ['粤B99999'], tags: [tag], status: 'valid' }),
  ],
  [
    'a reservation of another lane',
    (s) => s.ledger.commit(decisionFor('p-9', [{ lineage: 'P-1', container: box }])),
  ],
  [
    'a gap in the source',
    (s) =>
      s.writer.inTransaction(() =>
        s.writer.watermark('customs', { through: 99, atMs: nowMs }, nowMs),
      ),
  ],
  ['a hold that could not be read', (s) => quarantined(s, box)],
  ['one that resembles the box', (s) => quarantined(s, box.slice(4, 10))],
  ['the visit closed', (s) => s.visit('closed', plate)],
];

function quarantined({ writer }: Site, text: string): void {
  const line = {
    source: 'customs',
    file: 'f',
    lineNumber: 1,
    line: '{',
    reason: 'r',
    taints: [text],
  };
  writer.inTransaction(() => writer.quarantine(line, nowMs));
}

for (const [what, change] of changes) {
  t.test(`${what} between look-up and commit is noticed`, async (t) => {
    const s = site();
    const { stamp } = s.cache.gather(query);
    t.equal(s.cache.stamp(query), stamp, 'nothing has changed');
    change(s);
    t.not(s.cache.stamp(query), stamp);
    t.not(s.cache.gather(query).stamp, stamp);
  });
}

t.test('what becomes of a reservation is noticed', async (t) => {
  for (const as of ['consumed', 'returned'] as const) {
    const s = site();
    s.ledger.commit(decisionFor('p-9', [{ lineage: 'P-1', container: box }]));
    const { stamp } = s.cache.gather(query);
    s.ledger.commit(settlement('p-9', [{ lineage: 'P-1', container: box }], as));
    t.not(s.cache.stamp(query), stamp, as);
  }
});

t.test('what others are told and do changes nothing', async (t) => {
  const s = site();
  const { stamp } = s.cache.gather(query);
  s.proof('P-7', { containers: ['CBHU3202732'] });
  s.put('vehicle', 'V-7', { plates: ['粤B77777'], tags: ['E28000'], status: 'valid' });
  s.put('hold', 'H-7', hold({ kind: 'container', container: 'CBHU3202732' }));
  s.ledger.commit({ events: [note('x')] });
  s.ledger.commit(decisionFor('p-7', [{ lineage: 'P-7', container: 'CBHU3202732' }]));
  s.visit('opened', '粤B77777');
  quarantined(s, 'HLXU2008419');
  t.equal(s.cache.stamp(query), stamp);
  t.equal(s.cache.gather(query).stamp, stamp);
});

t.test('the stamp of one look-up is never given for another', async (t) => {
  const s = site();
  const other = { ...query, containers: ['CBHU3202732'] } as unknown as FactsQuery;
  const { stamp } = s.cache.gather(query);
  t.not(s.cache.stamp(other), stamp);
  s.cache.gather(other);
  t.equal(s.cache.stamp(query), stamp, 'and the first is right again');
});

t.test(
  'a document that goes loose in one lane is another document for its box in another',
  async (t) => {
    const { cache, ledger, proof, put } = site();
    proof('P-1', { consignmentId: 'D-2', containers: [box, 'CBHU3202732'] }, 2);
    const asBox = { ...query };
    const before = cache.stamp(asBox);
    ledger.commit(decisionFor('p1', [{ lineage: 'P-1', container: 'CBHU3202732' }]));
    t.equal(cache.stamp(asBox), before, 'another box of it stands in no way');
    ledger.commit(decisionFor('p2', [{ lineage: 'P-1', container: 'loose:D-2' }]));
    t.not(cache.stamp(asBox), before);
    const uses = cache.gather(asBox).uses.map(({ container }) => container);
    t.strictSame(uses, ['loose:D-2', 'CBHU3202732'], 'and what other boxes took is asked for');

    put('transaction', 'T-1', {
      direction: 'out',
      transactionType: 'importLocal',
      plate: '粤B77777',
      containers: [],
      consignments: ['D-2'],
    });
    const asLoose = {
      ...query,
      plates: ['粤B77777'],
      tags: [],
      containers: [],
    } as unknown as FactsQuery;
    const loose = cache.stamp(asLoose);
    ledger.commit(decisionFor('p3', [{ lineage: 'P-1', container: box }]));
    t.not(cache.stamp(asLoose), loose, 'and a box that goes is one for its loose cargo');
  },
);
