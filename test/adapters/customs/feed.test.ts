import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DirectoryDrop, type FeedReport } from '../../../src/adapters/customs/directory-drop.ts';
import { FeedCache, factsBySubject } from '../../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import { openForReading, openForWriting } from '../../../src/adapters/store/open-database.ts';
import type { FactsQuery } from '../../../src/core/facts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const nowMs = Date.UTC(2026, 10, 23, 8, 0, 0);
const at = '2026-11-23T07:59:00Z';
const box = 'CSQU3054383';

interface Line {
  sequence: number;
  kind: string;
  id: string;
  version?: number;
  op?: 'put' | 'delete';
  body?: unknown;
}

const proof = (sequence: number, state: 'granted' | 'revoked', version = 1): Line => ({
  sequence,
  kind: 'proof',
  id: 'P-1',
  version,
  body: {
    lineage: 'P-1',
    proofType: 'customs_declaration',
    state,
    issuer: '5788',
    issuedAt: at,
    containers: [box],
  },
});
const hold = (sequence: number, container = box): Line => ({
  sequence,
  kind: 'hold',
  id: `H-${sequence}`,
  body: {
    subject: { kind: 'container', container },
    moves: ['leave'],
    instruction: 'stop',
    state: 'placed',
    authority: '5788',
    reason: '查验',
  },
});

function fileText(
  records: readonly (Line | string)[],
  change: { mode?: string; through?: number; trailer?: boolean; source?: string; at?: string } = {},
): string {
  const last = records.findLast((record) => typeof record !== 'string') as Line | undefined;
  const lines = [
    JSON.stringify({
      kakouFeed: 1,
      source: change.source ?? 'customs',
      mode: change.mode ?? 'delta',
    }),
    ...records.map((record) =>
      typeof record === 'string'
        ? record
        : JSON.stringify({ asOf: at, version: 1, op: 'put', ...record }),
    ),
  ];
  const watermark = { through: change.through ?? last?.sequence ?? 0, at: change.at ?? at };
  if (change.trailer !== false) lines.push(JSON.stringify({ watermark, records: records.length }));
  return `${lines.join('\n')}\n`;
}

class Site {
  readonly folder = temporaryFolder();
  readonly drops = join(this.folder, 'feed');
  readonly reports: FeedReport[] = [];
  readonly db = openForWriting({
    file: join(this.folder, 'feed.db'),
    applicationId: feedApplicationId,
    migrations: feedMigrations,
  });
  nowMs = nowMs;
  readonly drop = new DirectoryDrop({
    directory: this.drops,
    sources: [{ source: 'customs', kinds: ['proof', 'hold', 'consignment', 'vehicle'] }],
    sink: new FeedWriter(this.db),
    incompleteAfterMs: 60_000,
    now: () => this.nowMs,
    onReport: (report) => this.reports.push(report),
  });
  readonly cache = new FeedCache({
    db: openForReading(join(this.folder, 'feed.db')),
    sources: [{ source: 'customs', kinds: ['proof', 'hold', 'consignment', 'vehicle'] }],
    clockState: () => 'synced',
    ledger: () => ({
      usesOf: () => [],
      openVisitsOf: () => [],
      head: () => ({ sequence: 0, hash: '' }),
    }),
  });

  write(name: string, text: string | Buffer): this {
    writeFileSync(join(this.drops, `${name}.ndjson`), text);
    return this;
  }

  async take(name: string, text: string | Buffer): Promise<FeedReport | undefined> {
    this.write(name, text);
    await this.drop.scan();
    return this.reports.at(-1);
  }

  ask(container = box) {
    const query = { direction: 'out', plates: [], tags: [], containers: [container] };
    return this.cache.gather(query as unknown as FactsQuery);
  }

  has(folder: string, name: string): boolean {
    return existsSync(join(this.drops, folder, name));
  }
}

t.test('a file is taken once it is whole, and waits until then', async (t) => {
  const site = new Site();
  const text = fileText([proof(1, 'granted')]);
  const half = Math.floor(text.length / 2);
  site.write('a', text.slice(0, half));
  await site.drop.scan();
  t.strictSame(site.ask().proofs, []);
  t.strictSame(site.reports, []);
  appendFileSync(join(site.drops, 'a.ndjson'), text.slice(half));
  await site.drop.scan();
  t.match(site.reports, [{ kind: 'ingested', report: { applied: 1 } }]);
  t.match(site.ask().proofs, [{ lineage: 'P-1', containers: [box] }]);
  t.ok(site.has('applied', 'a.ndjson'));
});

t.test(
  'a file that stops growing without its end is set aside, with the reason beside it',
  async (t) => {
    const site = new Site();
    site.write('a', fileText([proof(1, 'granted')], { trailer: false }));
    await site.drop.scan();
    site.nowMs += 59_000;
    await site.drop.scan();
    t.notOk(site.has('rejected', 'a.ndjson'));
    site.nowMs += 2_000;
    await site.drop.scan();
    t.ok(site.has('rejected', 'a.ndjson'));
    t.match(
      JSON.parse(readFileSync(join(site.drops, 'rejected', 'a.ndjson.reason.json'), 'utf8')),
      {
        code: 'feed-file-incomplete',
      },
    );
    t.strictSame(site.ask().proofs, [], 'and nothing of it counts');
  },
);

t.test('the same file again changes nothing and is counted', async (t) => {
  const site = new Site();
  await site.take('a', fileText([proof(1, 'granted'), hold(2)]));
  const before = site.ask();
  const report = await site.take('a-again', fileText([proof(1, 'granted'), hold(2)]));
  t.match(report, { report: { applied: 0, duplicates: 2, gaps: [] } });
  t.strictSame(site.ask().stamp, before.stamp, 'a repeat is no change that a decision would see');
});

t.test('a revocation that comes before its release stands', async (t) => {
  const site = new Site();
  await site.take('a', fileText([proof(1, 'revoked', 2)]));
  const report = await site.take('b', fileText([proof(2, 'granted', 1)]));
  t.match(report, { report: { older: 1 } });
  t.match(site.ask().proofs, [{ state: 'revoked', version: 2 }]);
});

t.test('of two equal versions the one that restricts stands, whatever came first', async (t) => {
  for (const order of [
    ['granted', 'revoked'],
    ['revoked', 'granted'],
  ] as const) {
    const site = new Site();
    await site.take('a', fileText([proof(1, order[0])]));
    await site.take('b', fileText([proof(2, order[1])]));
    t.match(site.ask().proofs, [{ state: 'revoked' }], order.join(' then '));
  }
});

t.test('what is missing is noticed, asked for, and mends when it comes', async (t) => {
  const site = new Site();
  await site.take('a', fileText([proof(1, 'granted')]));
  const before = site.ask().stamp;
  const report = await site.take('c', fileText([hold(5, 'CBHU3202732')]));
  t.match(report, { report: { gaps: [{ first: 2, last: 4 }] } });
  t.match(site.cache.sources(), [{ gaps: [{ from: 2, to: 4 }], appliedSequence: 5 }]);
  t.not(site.ask().stamp, before, 'a decision made before it sees that something changed');
  t.match(JSON.parse(readFileSync(join(site.drops, 'requests', 'customs-2-4.json'), 'utf8')), {
    source: 'customs',
    from: 2,
    through: 4,
  });
  await site.take('b', fileText([hold(3), hold(2, 'HLXU2008419')], { through: 3 }));
  t.match(site.cache.sources(), [{ gaps: [{ from: 4, to: 4 }] }]);
  await site.take('b2', fileText([proof(4, 'granted', 1)], { through: 4 }));
  t.match(site.cache.sources(), [{ watermarkSequence: 5 }]);
  t.strictSame(site.cache.sources()[0]?.gaps, [], 'the hole is filled');
  t.match(site.ask().holds, [{ id: 'H-3' }]);
});

t.test('a watermark beyond the last record is a gap', async (t) => {
  const site = new Site();
  await site.take('a', fileText([proof(1, 'granted')], { through: 3 }));
  t.match(site.cache.sources(), [{ gaps: [{ from: 2, to: 3 }] }]);
});

t.test('a bad record is quarantined with its reason while the good ones load', async (t) => {
  const site = new Site();
  const bad = [
    '{"sequence":2,"asOf":"2026-11-23T07:59:00Z","version":1,"op":"put","kind":"proof","id":"P-2","body":{"lineage":"P-2"}}',
    '{"sequence":3,"asOf":"yesterday","version":1,"op":"put","kind":"proof","id":"P-3","body":{}}',
    '{"sequence":4,"kind":"spell","op":"put","version":1,"asOf":"2026-11-23T07:59:00Z","id":"X"}',
    'no json at all',
  ];
  const report = await site.take('a', fileText([proof(1, 'granted'), ...bad, hold(5)]));
  t.match(
    report,
    { report: { applied: 2, quarantined: 4, gaps: [] } },
    'a bad record with a number is no gap',
  );
  const rows = site.db
    .prepare('SELECT line_number AS line, reason FROM quarantine ORDER BY line_number')
    .all();
  t.match(rows, [
    { line: 3, reason: /proof: .*required property/ },
    { line: 4, reason: /asOf/ },
    { line: 5, reason: /unknown kind "spell"/ },
    { line: 6, reason: /no JSON/ },
  ]);
  t.equal(site.cache.quarantined().get('customs'), 4);
  t.match(site.ask(), { proofs: [{}], holds: [{ id: 'H-5' }] });
});

t.test('a hold nobody could read taints whatever it resembles', async (t) => {
  for (const [line, container, tainted] of [
    ['{"sequence":1,"kind":"hold","op":"put","body":{"subject":"CSQU3054383"}}', box, true],
    ['{"sequence":1,"kind":"hold","op":"put","body":{"box":"csqu 305438"}}', box, true],
    ['hold 305438 at once', box, true],
    ['布控 CSQU305438', box, true],
    ['{"sequence":1,"kind":"proof","op":"delete","id":"CSQU3054383"', box, true],
    ['{"sequence":1,"kind":"hold","op":"put","body":{"subject":"CBHU3202732"}}', box, false],
    ['{"sequence":1,"kind":"vehicle","op":"put","body":{"plates":"CSQU3054383"}}', box, false],
  ] as const) {
    const site = new Site();
    await site.take('a', fileText([line], { through: 1 }));
    t.equal(site.ask(container).taints.length > 0, tainted, line);
  }
});

t.test('a source may not speak of what it is not entitled to', async (t) => {
  const site = new Site();
  const transaction: Line = {
    sequence: 1,
    kind: 'transaction',
    id: 'T-1',
    body: { direction: 'out', transactionType: 'importLocal', containers: [box], consignments: [] },
  };
  const report = await site.take('a', fileText([transaction]));
  t.match(report, { report: { applied: 0, quarantined: 1, gaps: [] } });
  t.strictSame(site.ask().transactions, []);
  t.match(site.db.prepare('SELECT reason FROM quarantine').all(), [
    { reason: 'source "customs" may not speak of transaction' },
  ]);
});

t.test('what is no file of the feed is set aside by name', async (t) => {
  const site = new Site();
  const cases: readonly (readonly [string, string | Buffer, string])[] = [
    ['stranger', fileText([proof(1, 'granted')], { source: 'someone' }), 'feed-source-unknown'],
    [
      'headless',
      fileText([proof(1, 'granted')])
        .split('\n')
        .slice(1)
        .join('\n'),
      'feed-file-headless',
    ],
  ];
  for (const [name, text, code] of cases) {
    const report = await site.take(name, text);
    t.match(report, { kind: 'rejected', code }, name);
    t.ok(site.has('rejected', `${name}.ndjson`));
  }
  for (const [name, bytes] of [
    ['empty', Buffer.alloc(0)],
    ['garbage', Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 37) % 256))],
  ] as const) {
    site.write(name, bytes);
    await site.drop.scan();
    site.nowMs += 61_000;
    await site.drop.scan();
    t.ok(site.has('rejected', `${name}.ndjson`), name);
  }
  t.strictSame(site.ask().proofs, []);
  t.strictSame(
    readdirSync(site.drops).filter((name) => name.endsWith('.ndjson')),
    [],
  );
});

t.test(
  'line ends and marks of other systems are read, and an endless line costs itself',
  async (t) => {
    const site = new Site();
    t.match(await site.take('crlf', fileText([proof(1, 'granted')]).replaceAll('\n', '\r\n')), {
      report: { applied: 1 },
    });
    t.match(await site.take('bom', `\uFEFF${fileText([hold(2)])}`), { report: { applied: 1 } });
    const long = JSON.stringify({
      ...hold(3),
      asOf: at,
      version: 1,
      op: 'put',
      filler: 'x'.repeat(2_000_000),
    });
    t.match(await site.take('long', fileText([long, hold(4)])), {
      report: { applied: 1, quarantined: 1 },
    });
  },
);

t.test('a snapshot replaces everything of its source, all at once', async (t) => {
  const site = new Site();
  await site.take('a', fileText([proof(1, 'granted'), hold(2), hold(9)]));
  t.equal(site.cache.sources()[0]?.gaps.length, 1);
  const report = await site.take('b', fileText([proof(20, 'granted', 3)], { mode: 'snapshot' }));
  t.match(report, { report: { mode: 'snapshot', applied: 1, gaps: [] } });
  t.match(site.ask(), { proofs: [{ version: 3 }] });
  t.strictSame(site.ask().holds, [], 'what it does not name is gone');
  t.match(site.cache.sources(), [{ appliedSequence: 20, watermarkSequence: 20 }]);
  t.strictSame(site.cache.sources()[0]?.gaps, []);
  t.match(await site.take('c', fileText([hold(21)])), { report: { applied: 1, gaps: [] } });
});

t.test('a source whose clock runs ahead does not look current for longer', async (t) => {
  const site = new Site();
  await site.take('a', fileText([proof(1, 'granted')], { at: '2027-01-01T00:00:00Z' }));
  t.equal(site.cache.sources()[0]?.watermarkAtMs, nowMs);
});

t.test('an older watermark does not make a source look older', async (t) => {
  const site = new Site();
  await site.take('a', fileText([proof(1, 'granted'), hold(2)]));
  await site.take('b', fileText([proof(1, 'granted')], { at: '2026-11-01T00:00:00Z' }));
  t.equal(site.cache.sources()[0]?.watermarkAtMs, Date.parse(at));
});

t.test('a deleted fact is gone, and a look-up sees that something changed', async (t) => {
  const site = new Site();
  await site.take('a', fileText([hold(1)]));
  const before = site.ask();
  await site.take(
    'b',
    fileText([{ sequence: 2, kind: 'hold', id: 'H-1', version: 2, op: 'delete' }]),
  );
  const after = site.ask();
  t.equal(before.holds.length, 1);
  t.strictSame(after.holds, []);
  t.not(before.stamp, after.stamp);
});

t.test('a look-up walks by its index and never through the table', async (t) => {
  const site = new Site();
  const plan = site.db.prepare(`EXPLAIN QUERY PLAN ${factsBySubject}`).all('c:X') as {
    detail: string;
  }[];
  t.ok(plan.length > 0);
  for (const { detail } of plan)
    t.match(detail, /^SEARCH .* USING (COVERING INDEX|INDEX|PRIMARY KEY)/);
});

t.test('files that vanish or are no files do not stop the others', async (t) => {
  const site = new Site();
  mkdirSync(join(site.drops, 'a-folder.ndjson'));
  site.write('b', fileText([proof(1, 'granted')]));
  await site.drop.scan();
  t.match(site.ask().proofs, [{ lineage: 'P-1' }], 'the good file was taken');
});
