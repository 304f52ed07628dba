import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const boxes = ['CSQU3054383', 'CBHU3202732', 'HLXU2008419'] as const;

/** A file of a third source, which may only place holds. */
function drop(site: VirtualSite, name: string, lines: readonly object[]): void {
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  writeFileSync(join(site.feedDirectory, `.${name}.part`), `${text}\n`);
  renameSync(join(site.feedDirectory, `.${name}.part`), join(site.feedDirectory, `${name}.ndjson`));
}

const header = (mode: 'snapshot' | 'delta') => ({ kakouFeed: 1, source: 'port', mode });
const trailer = (through: number, records: number, at = new Date().toISOString()) => ({
  watermark: { through, at },
  records,
});
const hold = (sequence: number) => ({
  sequence,
  asOf: new Date().toISOString(),
  version: 1,
  op: 'put',
  kind: 'hold',
  id: `H-${sequence}`,
  body: {
    subject: { kind: 'container', container: 'MSKU7815460' },
    moves: ['leave'],
    instruction: 'stop',
    state: 'placed',
    authority: 'port',
    reason: '查验',
  },
});

t.test('whatever comes as a file, the gate tells it and goes on', async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    configure: (config) => {
      const { sources } = config['feed'] as { sources: object[] };
      sources.push({ source: 'port', kinds: ['hold'] });
    },
  });
  await site.startDaemon();
  const told = (type: string, member: string) =>
    site
      .heard(type)
      .map(({ data }) => data[member])
      .filter((value) => value !== undefined);

  const holes = Array.from({ length: 3_000 }, (_, i) => hold(2 * i + 2));
  drop(site, 'a-holes', [header('delta'), ...holes, trailer(6_000, 3_000)]);
  await site.until(() => told('feed.gap.v1', 'gapsLeftOut').includes(2_950), 'the gaps are told');
  const first = planned({ number: 1, direction: 'in', containers: [boxes[0]] });
  t.equal(await site.pass('in-1', first), 'turnedBack', 'a source with gaps may hide a hold');

  mkdirSync(join(site.feedDirectory, 'b-folder.ndjson'));
  drop(site, 'c-never', [header('delta'), trailer(6_000, 0, '2026-02-30T00:00:00Z')]);
  drop(site, 'd-older', [header('snapshot'), hold(10), trailer(10, 1)]);
  drop(site, 'e-count', [header('snapshot'), hold(6_000), trailer(6_000, 2)]);
  drop(site, 'f-two', [header('delta'), trailer(6_000, 0), header('delta'), trailer(6_000, 0)]);
  drop(site, 'g-ahead', [header('delta'), trailer(6_000, 0, '2126-01-01T00:00:00Z')]);
  drop(site, 'h-late', [header('delta'), hold(6_000), trailer(6_000, 9)]);
  const codes = [
    'feed-file-irregular',
    'feed-watermark-unreadable',
    'feed-snapshot-older',
    'feed-count-differs',
    'feed-file-mixed',
  ];
  await site.until(() => told('feed.quarantined.v1', 'code').length === 5, 'each is told');
  t.strictSame(told('feed.quarantined.v1', 'code'), codes);
  await site.until(() => told('alarm.raised.v1', 'code').length === 2, 'and what is doubtful');
  t.strictSame(told('alarm.raised.v1', 'code'), [
    'feed-watermark-implausible',
    'feed-count-differs',
  ]);

  drop(site, 'i-whole', [header('snapshot'), hold(6_000), trailer(6_000, 1)]);
  await site.until(() => site.heard('feed.gap.v1').length === 2, 'the snapshot mends the gaps');
  const second = planned({ number: 2, direction: 'in', containers: [boxes[1]] });
  t.equal(await site.pass('in-1', second), 'crossed');

  const third = planned({ number: 3, direction: 'in', containers: [boxes[2]] });
  const [proof] = third.feed.filter(({ kind }) => kind === 'proof');
  if (!proof) throw new Error('a truck with a proof');
  const copies = Array.from({ length: 1_001 }, (_, i) => ({ ...proof, id: `R-${i}` }));
  t.equal(await site.pass('in-1', { ...third, feed: [...third.feed, ...copies] }), 'turnedBack');
  await site.until(() => site.outcomes().length === 3, 'all passages have ended');
  t.strictSame(site.outcomes(), ['referred', 'passed', 'referred']);
  const causes = site.heard('exception.opened.v1').map(({ data }) => data['cause']);
  t.strictSame(causes, ['hold-source-silent', 'facts-unavailable']);
  const detail = site.heard('exception.opened.v1').at(-1)?.data['detail'];
  t.match(detail, /more than 1000 facts name c:/, 'and the entry names the subject');
  await site.wholeAtCentre(t);
});
