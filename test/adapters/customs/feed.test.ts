import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { factsBySubject } from '../../../src/adapters/store/feed-cache.ts';
import { none } from '../../support/exactly.ts';
import {
  at,
  box,
  FeedSite,
  fileText,
  hold,
  type Line,
  nowMs,
  proof,
} from '../../support/feed-site.ts';

t.test('a file is taken once it is whole, and waits until then', async (t) => {
  const site = new FeedSite();
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
    const site = new FeedSite();
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
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted'), hold(2)]));
  const before = site.ask();
  const report = await site.take('a-again', fileText([proof(1, 'granted'), hold(2)]));
  t.match(report, { report: { applied: 0, duplicates: 2, gaps: none } });
  t.strictSame(site.ask().stamp, before.stamp, 'a repeat is no change that a decision would see');
});

t.test('a revocation that comes before its release stands', async (t) => {
  const site = new FeedSite();
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
    const site = new FeedSite();
    await site.take('a', fileText([proof(1, order[0])]));
    await site.take('b', fileText([proof(2, order[1])]));
    t.match(site.ask().proofs, [{ state: 'revoked' }], order.join(' then '));
  }
});

t.test('what is missing is noticed, asked for, and mends when it comes', async (t) => {
  const site = new FeedSite();
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
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted')], { through: 3 }));
  t.match(site.cache.sources(), [{ gaps: [{ from: 2, to: 3 }] }]);
});

t.test('a bad record is quarantined with its reason while the good ones load', async (t) => {
  const site = new FeedSite();
  const bad = [
    '{"sequence":2,"asOf":"2026-11-23T07:59:00Z","version":1,"op":"put","kind":"proof","id":"P-2","body":{"lineage":"P-2"}}',
    '{"sequence":3,"asOf":"yesterday","version":1,"op":"put","kind":"proof","id":"P-3","body":{}}',
    '{"sequence":4,"kind":"spell","op":"put","version":1,"asOf":"2026-11-23T07:59:00Z","id":"X"}',
    'no json at all',
  ];
  const report = await site.take('a', fileText([proof(1, 'granted'), ...bad, hold(5)]));
  t.match(
    report,
    { report: { applied: 2, quarantined: 4, gaps: none } },
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
    const site = new FeedSite();
    await site.take('a', fileText([line], { through: 1 }));
    t.equal(site.ask(container).taints.length > 0, tainted, line);
  }
});

t.test('a source may not speak of what it is not entitled to', async (t) => {
  const site = new FeedSite();
  const transaction: Line = {
    sequence: 1,
    kind: 'transaction',
    id: 'T-1',
    body: { direction: 'out', transactionType: 'importLocal', containers: [box], consignments: [] },
  };
  const report = await site.take('a', fileText([transaction]));
  t.match(report, { report: { applied: 0, quarantined: 1, gaps: none } });
  t.strictSame(site.ask().transactions, []);
  t.match(site.db.prepare('SELECT reason FROM quarantine').all(), [
    { reason: 'source "customs" may not speak of transaction' },
  ]);
});

t.test('what is no file of the feed is set aside by name', async (t) => {
  const site = new FeedSite();
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
    const site = new FeedSite();
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
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted'), hold(2), hold(9)]));
  t.equal(site.cache.sources()[0]?.gaps.length, 1);
  const report = await site.take('b', fileText([proof(20, 'granted', 3)], { mode: 'snapshot' }));
  t.match(report, { report: { mode: 'snapshot', applied: 1, gaps: none } });
  t.match(site.ask(), { proofs: [{ version: 3 }] });
  t.strictSame(site.ask().holds, [], 'what it does not name is gone');
  t.match(site.cache.sources(), [{ appliedSequence: 20, watermarkSequence: 20 }]);
  t.strictSame(site.cache.sources()[0]?.gaps, []);
  t.match(await site.take('c', fileText([hold(21)])), { report: { applied: 1, gaps: none } });
});

t.test('a source whose clock runs a little ahead does not look current for longer', async (t) => {
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted')], { at: '2026-11-23T08:04:00Z' }));
  t.equal(site.cache.sources()[0]?.watermarkAtMs, nowMs);
});

t.test('an older watermark does not make a source look older', async (t) => {
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted'), hold(2)]));
  await site.take('b', fileText([proof(1, 'granted')], { at: '2026-11-01T00:00:00Z' }));
  t.equal(site.cache.sources()[0]?.watermarkAtMs, Date.parse(at));
});

t.test('a deleted fact is gone, and a look-up sees that something changed', async (t) => {
  const site = new FeedSite();
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
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted')]));
  const load = site.db.prepare('SELECT load FROM load').pluck().get() as number;
  const plan = site.db.prepare(`EXPLAIN QUERY PLAN ${factsBySubject(load, 10)}`).all('c:X') as {
    detail: string;
  }[];
  t.ok(plan.length > 0);
  for (const { detail } of plan)
    t.match(detail, /^SEARCH .* USING (PRIMARY KEY|INTEGER PRIMARY KEY)/);
});

t.test('files that vanish or are no files do not stop the others', async (t) => {
  const site = new FeedSite();
  mkdirSync(join(site.drops, 'a-folder.ndjson'));
  site.write('b', fileText([proof(1, 'granted')]));
  await site.drop.scan();
  t.match(site.ask().proofs, [{ lineage: 'P-1' }], 'the good file was taken');
});

t.test(
  'a record with a time that does not exist is laid aside, and the file goes on',
  async (t) => {
    const site = new FeedSite();
    const never = '2026-02-30T00:00:00Z';
    const placed = { ...hold(2), asOf: '2025-13-45T00:00:00Z' };
    const granted = proof(3, 'granted');
    const body = { ...(granted.body as object), validUntil: never };
    const report = await site.take(
      'a',
      fileText([proof(1, 'granted'), placed, { ...granted, body }]),
    );
    t.match(report, { report: { applied: 1, quarantined: 2, gaps: none } });
    t.match(site.db.prepare('SELECT sequence, reason FROM quarantine ORDER BY sequence').all(), [
      { sequence: 2, reason: /asOf is no time that exists/ },
      { sequence: 3, reason: /validUntil is no time that exists/ },
    ]);
    t.ok(site.has('applied', 'a.ndjson'));
    t.strictSame(site.ask().holds, []);
    t.match(site.ask().taints, [{ resembles: box }], 'the hold taints, the grant does not');
  },
);

t.test('a hold nobody could read is found by plate, lineage and proof too', async (t) => {
  const never = '2026-02-30T00:00:00Z';
  const subject = { kind: 'vehicle', plate: '粤B12345' };
  const onVehicle = { ...hold(2), body: { ...(hold(2).body as object), subject }, asOf: never };
  const revoked = { ...(proof(2, 'revoked').body as object), containers: [], issuedAt: never };
  const deleted: Line & { asOf: string } = { ...proof(2, 'granted'), op: 'delete', asOf: never };
  for (const [line, resembles] of [
    [onVehicle, 'plate:粤B12345'],
    [{ ...proof(2, 'revoked', 2), body: revoked }, 'lineage:P-1'],
    [deleted, 'proof:P-1'],
  ] as const) {
    const site = new FeedSite();
    await site.take('a', fileText([proof(1, 'granted'), line]));
    const taints = site.ask(box, ['粤B12345']).taints.map((taint) => taint.resembles);
    t.ok(taints.includes(resembles), `${resembles} in ${taints}`);
    t.strictSame(site.ask('CBHU3202732', ['湘A00001']).taints, [], 'and nothing else');
  }
});

t.test('a watermark whose time does not exist sets its file aside at once', async (t) => {
  const site = new FeedSite();
  for (const [name, mode] of [
    ['a', 'delta'],
    ['b', 'snapshot'],
  ] as const) {
    const text = fileText([proof(1, 'granted')], { mode, at: '2026-02-30T00:00:00Z' });
    const report = await site.take(name, text);
    t.match(report, { kind: 'rejected', code: 'feed-watermark-unreadable' });
    t.match(site.reason(`${name}.ndjson`), { reason: /at is no time that exists/ });
  }
  await site.drop.scan();
  t.equal(site.reports.length, 2, 'and it is not tried again');
  t.strictSame(site.ask().proofs, []);
  t.match(site.cache.sources(), [{ watermarkAtMs: undefined, appliedSequence: 0 }]);
});

t.test('a watermark that cannot be right moves no age, and its records count', async (t) => {
  for (const [when, doubt] of [
    ['2026-11-23T08:05:01Z', 'in-the-future'],
    ['2126-11-23T07:59:00Z', 'in-the-future'],
    ['1999-12-31T23:59:59Z', 'before-2000'],
    ['1970-01-01T00:00:00Z', 'before-2000'],
  ] as const) {
    for (const mode of ['delta', 'snapshot']) {
      const site = new FeedSite();
      await site.take('a', fileText([proof(1, 'granted')]));
      const before = site.cache.sources()[0]?.watermarkAtMs;
      const report = await site.take('b', fileText([hold(2)], { mode, at: when, through: 3 }));
      t.match(report, { kind: 'ingested', report: { applied: 1, watermarkTime: doubt } });
      t.match(site.ask().holds, [{ id: 'H-2' }], 'a hold counts whatever the clock said');
      const [source] = site.cache.sources();
      t.equal(source?.watermarkAtMs, before, `${mode} ${when}`);
      t.equal(source?.appliedSequence, 3);
      t.equal(source?.gaps.length, mode === 'delta' ? 1 : 0);
    }
  }
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted')], { at: '2126-11-23T07:59:00Z' }));
  t.equal(site.cache.sources()[0]?.watermarkAtMs, undefined, 'and a source without age has none');
});

t.test(
  'the same watermark written anew with an older time does not make a source older',
  async (t) => {
    const site = new FeedSite();
    await site.take('a', fileText([proof(1, 'granted')]));
    await site.take('b', fileText([proof(1, 'granted')], { at: '2026-11-23T06:00:00Z' }));
    t.equal(site.cache.sources()[0]?.watermarkAtMs, Date.parse(at));
    await site.take('c', fileText([], { through: 1, at: '2026-11-23T07:59:30Z' }));
    t.equal(site.cache.sources()[0]?.watermarkAtMs, Date.parse('2026-11-23T07:59:30Z'));
  },
);

t.test('a snapshot older than what was taken is set aside and puts nothing back', async (t) => {
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted'), hold(2)]));
  const before = site.ask();
  const report = await site.take('b', fileText([proof(1, 'granted')], { mode: 'snapshot' }));
  t.match(report, {
    kind: 'rejected',
    code: 'feed-snapshot-older',
    reason: 'the snapshot goes to 1, and 2 has been taken already',
  });
  t.strictSame(site.ask(), before, 'the hold that came later stands');
  const same = await site.take('c', fileText([hold(2)], { mode: 'snapshot' }));
  t.match(same, { kind: 'ingested' }, 'one that goes as far is taken');
  t.match(site.ask(), { proofs: none, holds: [{ id: 'H-2' }] });
});

t.test('a snapshot with another number of records than it says is set aside', async (t) => {
  for (const records of [1, 3]) {
    const site = new FeedSite();
    await site.take('a', fileText([proof(1, 'granted'), hold(2)]));
    const before = site.ask();
    const text = fileText([proof(3, 'granted', 2), hold(4)], { mode: 'snapshot', records });
    t.match(await site.take('b', text), {
      kind: 'rejected',
      code: 'feed-count-differs',
      reason: `the last line speaks of ${records} records, and 2 came`,
    });
    t.strictSame(site.ask(), before);
    t.match(site.cache.sources(), [{ appliedSequence: 2, watermarkSequence: 2 }]);
  }
});

t.test('a delta with another number of records than it says is taken, and says so', async (t) => {
  const site = new FeedSite();
  const bad = 'no json at all';
  const text = fileText([proof(1, 'granted'), hold(2), bad], { records: 5 });
  const report = await site.take('a', text);
  t.match(report, { report: { applied: 2, count: { announced: 5, came: 3 } } });
  t.match(site.ask().holds, [{ id: 'H-2' }]);
  t.match(site.cache.sources(), [{ watermarkAtMs: Date.parse(at) }]);
  const right = await site.take('b', fileText([hold(3), bad]));
  t.notOk(right?.kind === 'ingested' && right.report.count, 'bad lines are counted too');
});

t.test('of very many gaps the first are told and asked for, and the rest is counted', async (t) => {
  const site = new FeedSite();
  const records = Array.from({ length: 3_000 }, (_, i) => hold(2 * i + 2, 'CBHU3202732'));
  const report = await site.take('a', fileText(records));
  t.match(report, { report: { applied: 3_000, gapsLeftOut: 2_950 } });
  t.equal(report?.kind === 'ingested' && report.report.gaps.length, 50);
  t.equal(readdirSync(join(site.drops, 'requests')).length, 50);
  t.equal(site.cache.sources()[0]?.gaps.length, 100);
  const odd = Array.from({ length: 3_000 }, (_, i) => hold(2 * i + 1, 'CBHU3202732'));
  t.match(await site.take('b', fileText(odd, { through: 6_000 })), {
    report: { applied: 3_000, gaps: none },
  });
  t.strictSame(site.cache.sources()[0]?.gaps, []);
});
