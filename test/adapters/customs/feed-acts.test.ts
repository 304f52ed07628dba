/** What a person takes upon himself of the feed: it counts from then on, it shows, and nothing else changes with it. */
import { join } from 'node:path';
import t from 'tap';
import {
  findByKey,
  laidAsideLines,
  listedGaps,
  sourceCounts,
} from '../../../src/adapters/store/feed-reader.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import { openForReading } from '../../../src/adapters/store/open-database.ts';
import { staleSources } from '../../../src/core/clearance/freshness.ts';
import { actOnFeed, type FeedAct } from '../../../src/feed-acts.ts';
import { box, FeedSite, fileText, hold, type Line, nowMs, proof } from '../../support/feed-site.ts';

const note = { actId: 'a-1', person: '王芳', reason: '已电话核实', atMs: nowMs };
const other = 'CBHU3202732';

const entitled = [{ source: 'customs', kinds: ['proof', 'hold', 'consignment', 'vehicle'] }];

function acting(site: FeedSite, sources = entitled) {
  const writer = new FeedWriter(site.db);
  return (act: FeedAct) => actOnFeed({ db: site.db, writer, sources }, act, note);
}

const isStale = (site: FeedSite) =>
  staleSources(site.cache.sources(), ['hold'], { sourceAgeMsMax: 900_000, nowWallMs: nowMs })
    .length > 0;

t.test('a gap that a person acknowledges degrades nothing more, and is on show', async (t) => {
  const site = new FeedSite();
  await site.take('a', fileText([hold(1), hold(10)]));
  t.ok(isStale(site));
  const { stamp } = site.ask();
  const act = acting(site);
  const gap = { act: 'acknowledgeGap', source: 'customs', first: 2, last: 9 } as const;
  t.match(act({ ...gap, last: 8 }), { ok: false, message: /no gap from 2 to 8/ });
  t.ok(isStale(site), 'another range acknowledges nothing');
  t.match(act(gap), { ok: true });
  t.notOk(isStale(site));
  const facts = site.ask();
  t.match(facts.sources, [{ gaps: [], acknowledgedGaps: [{ from: 2, to: 9 }] }]);
  t.not(facts.stamp, stamp, 'a decision under way sees it');
  t.match(act(gap), { ok: false }, 'once');
  t.match(listedGaps(site.db, 10), [{ first: 2, acknowledged: /王芳.*已电话核实/ }]);
});

t.test('a record of an acknowledged gap is taken, and its rest stays acknowledged', async (t) => {
  const site = new FeedSite();
  await site.take('a', fileText([hold(1), hold(10)]));
  acting(site)({ act: 'acknowledgeGap', source: 'customs', first: 2, last: 9 });
  const report = await site.take('b', fileText([hold(5, other)], { through: 10 }));
  t.match(report, { report: { applied: 1, gaps: [] } });
  t.equal(site.ask(other).holds.length, 1);
  t.match(site.ask().sources, [
    {
      gaps: [],
      acknowledgedGaps: [
        { from: 2, to: 4 },
        { from: 6, to: 9 },
      ],
    },
  ]);
  await site.take('c', fileText([hold(20)]));
  t.ok(isStale(site), 'a new gap is another one');
});

t.test('a taint that a person has disposed of holds up nothing, and is on record', async (t) => {
  const site = new FeedSite();
  const bad = (what: string) => `{"sequence":2,"kind":"hold","note":"${what}"}`;
  await site.take('a', fileText([proof(1, 'granted'), bad(box), 'no JSON about CBHU3202732']));
  t.ok(site.ask().taints.length > 0);
  t.ok(site.ask(other).taints.length > 0);
  const { stamp } = site.ask();
  const act = acting(site);
  const [unreadable, readable] = laidAsideLines(site.db, { limit: 10 });
  t.match(act({ act: 'disposeTaint', line: readable?.id ?? 0 }), { ok: true });
  const facts = site.ask();
  t.strictSame(facts.taints, []);
  t.match(facts.disposedTaints, [{ resembles: box }, { resembles: box.slice(4, 10) }]);
  t.not(facts.stamp, stamp);
  t.ok(site.ask(other).taints.length > 0, 'that of another line stays');
  t.match(act({ act: 'disposeTaint', line: readable?.id ?? 0 }), { ok: false }, 'once');
  t.match(act({ act: 'disposeTaint', line: unreadable?.id ?? 0 }), { ok: true });
  t.strictSame(site.ask(other).taints, []);
  t.match(act({ act: 'disposeTaint', line: 99 }), { ok: false });
  await site.take('b', fileText([bad(box)], { through: 2 }));
  t.ok(site.ask().taints.length > 0, 'sent again it taints again');
});

t.test('a line is taken once it can be read, and what it tainted is known', async (t) => {
  const site = new FeedSite();
  const placed = { ...hold(2), kind: 'obligation' } satisfies Line;
  await site.take('a', fileText([proof(1, 'granted'), hold(3, other)]));
  await site.take('b', fileText([{ ...placed, kind: 'hold' }], { through: 3 }));
  // A hold that its source was not entitled to speak of in an older configuration.
  const narrow = [{ source: 'customs', kinds: ['proof'] }];
  const refusedHere = new FeedSite();
  refusedHere.write('a', fileText([hold(1)]));
  const writer = new FeedWriter(refusedHere.db);
  writer.quarantine(
    {
      source: 'customs',
      sequence: 1,
      file: 'a',
      lineNumber: 2,
      line: JSON.stringify({ asOf: '2026-11-23T07:59:00Z', version: 1, op: 'put', ...hold(1) }),
      reason: 'source "customs" may not speak of hold',
      taints: [box],
    },
    nowMs,
  );
  const [line] = laidAsideLines(refusedHere.db, { limit: 10 });
  const redrive = { act: 'redrive', line: line?.id ?? 0 } as const;
  t.match(acting(refusedHere, narrow)(redrive), { ok: false, message: /may not speak of hold/ });
  t.ok(refusedHere.ask().taints.length > 0);
  t.match(acting(refusedHere)(redrive), { ok: true, result: /hold H-1 of customs was taken/ });
  t.match(refusedHere.ask(), { holds: [{ id: 'H-1' }], taints: [] });
  t.match(acting(refusedHere)(redrive), { ok: false, message: /taken already/ });
  t.strictSame(laidAsideLines(refusedHere.db, { limit: 10 }), []);
  t.match(sourceCounts(refusedHere.db), [{ source: 'customs', facts: 1, quarantined: 0 }]);
});

t.test('a line never takes back what came after it', async (t) => {
  const site = new FeedSite();
  const line = (record: Line) =>
    JSON.stringify({ asOf: '2026-11-23T07:59:00Z', version: 1, op: 'put', ...record });
  const aside = (record: Line, lineNumber: number) =>
    new FeedWriter(site.db).quarantine(
      {
        source: 'customs',
        sequence: record.sequence,
        file: 'q',
        lineNumber,
        line: line(record),
        reason: 'r',
        taints: [],
      },
      nowMs,
    );
  aside(proof(1, 'granted'), 1);
  await site.take('a', fileText([proof(2, 'revoked', 2)]));
  const [granted] = laidAsideLines(site.db, { limit: 1 });
  t.match(acting(site)({ act: 'redrive', line: granted?.id ?? 0 }), { result: /newer version/ });
  t.match(site.ask().proofs, [], 'the revocation names no more boxes than the grant did');
  t.match(findByKey(site.db, 'P-1').facts, [{ version: 2, body: { state: 'revoked' } }]);

  aside(proof(3, 'granted', 3), 2);
  await site.take('b', fileText([hold(4, other)], { mode: 'snapshot' }));
  const [gone] = laidAsideLines(site.db, { limit: 1 });
  t.match(acting(site)({ act: 'redrive', line: gone?.id ?? 0 }), {
    ok: false,
    message: /a snapshot of customs has come since/,
  });
  t.strictSame(site.ask().proofs, [], 'what a snapshot left out stays gone');
});

t.test('a line is not taken while a snapshot of its source is under way', async (t) => {
  const site = new FeedSite();
  await site.take('a', fileText([proof(1, 'granted'), '{"sequence":2,"kind":"x"}']));
  const writer = new FeedWriter(site.db);
  const staged = writer.stage('customs');
  const [line] = laidAsideLines(site.db, { limit: 1 });
  const redrive = { act: 'redrive', line: line?.id ?? 0 } as const;
  const ask = () => actOnFeed({ db: site.db, writer, sources: entitled }, redrive, note);
  t.match(ask(), { ok: false, message: /a snapshot of customs is being taken/ });
  staged.abandon();
  t.match(ask(), { ok: false, message: /still cannot be read/ });
});

t.test('a key finds facts and taints by whatever it is', async (t) => {
  const site = new FeedSite();
  const vehicle = { plates: ['粤B12345'], tags: ['E280'], status: 'valid' };
  await site.take(
    'a',
    fileText([
      proof(1, 'granted'),
      hold(2, 'CSQU 305438-3'),
      { sequence: 3, kind: 'vehicle', id: 'V-1', body: vehicle },
      `{"sequence":4,"kind":"hold","note":"${other}"}`,
    ]),
  );
  const db = openForReading(join(site.folder, 'feed.db'));
  const kinds = (key: string) =>
    findByKey(db, key)
      .facts.map(({ kind }) => kind)
      .sort();
  t.strictSame(kinds('csqu 305438-3'), ['hold', 'proof']);
  t.strictSame(kinds('粤B·12345'), ['vehicle']);
  t.strictSame(kinds('e280'), ['vehicle']);
  t.strictSame(kinds('P-1'), ['proof']);
  t.strictSame(kinds('nothing'), []);
  t.match(findByKey(db, other), { facts: [], taints: [{ resembles: other, disposed: null }] });
});
