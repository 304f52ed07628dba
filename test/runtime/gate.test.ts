import t from 'tap';
import { parseLaneId } from '../../src/core/identity.ts';
import { exactly } from '../support/exactly.ts';
import { hold, noonMs } from '../support/facts.ts';
import { empty, gateRig, input, laneIds, truck } from '../support/gate-rig.ts';
import { note } from '../support/open-ledger.ts';
import { box, tag } from '../support/released.ts';

t.test(
  'an order goes to the barrier of its own lane, with the limit the decision set',
  async (t) => {
    const { gate, tell, orders, stored } = await gateRig();
    await gate.start();
    for (const lane of laneIds) tell(lane, ...empty);
    tell('out-2', ...truck);
    const opens = orders.filter(({ order }) => order.kind === 'barrierOpen');
    exactly(t, opens, [{ lane: 'out-2' }]);
    const [open] = opens;
    t.equal((open?.notAfterMonotonicMs ?? 0) - (open?.atMs ?? 0), 1_500);
    exactly(t, stored.unendedPassages(), [{ laneId: 'out-2', disposition: 'admit' }]);
    await gate.stop();
  },
);

t.test('each lane takes over its own passages of before the restart, and no others', async (t) => {
  const { gate, tell, stored } = await gateRig();
  stored.commit({
    events: [note('p1')],
    passage: {
      passageId: 'p1' as never,
      laneId: parseLaneId('out-1'),
      direction: 'out',
      startedAtMs: noonMs,
      disposition: 'refer',
    },
  });
  await gate.start();
  const occupied = [...empty, input('presence', 'occupied')].filter(
    (o) => !(o.kind === 'inputChange' && o.point === 'presence' && o.state === 'clear'),
  );
  tell('out-2', ...occupied);
  t.notMatch(gate.snapshot().lanes[1]?.passages, [{ passageId: 'p1' }]);
  tell('out-1', ...occupied);
  exactly(t, gate.snapshot().lanes[0]?.passages, [{ passageId: 'p1', state: 'referred' }]);
  await gate.stop();
});

t.test(
  'what the gate itself tells waits for a ledger that fails, and is written in order',
  async (t) => {
    const { gate, time, disk, types } = await gateRig({ absent: 'out-2' });
    disk.failing = true;
    await gate.start();
    const report = { file: 'a', source: 'customs', mode: 'delta' as const, applied: 3 };
    const rest = { duplicates: 0, older: 0, quarantined: 0, gaps: [] };
    gate.feedReported({ kind: 'ingested', report: { ...report, ...rest } });
    gate.feedReported({ kind: 'failed', reason: 'the feed worker failed' });
    t.strictSame(types(), []);
    disk.failing = false;
    await time.pass(1_500);
    t.strictSame(
      types().map(({ type }) => type.replace('cn.kakou.', '')),
      ['gate.started.v1', 'lane.serviceModeChanged.v1', 'feed.applied.v1', 'alarm.raised.v1'],
    );
    await gate.stop();
  },
);

t.test(
  'a feed with more gaps than an entry has room for is told of in part, with their number',
  async (t) => {
    const { gate, types } = await gateRig();
    await gate.start();
    const gaps = Array.from({ length: 5_000 }, (_, i) => ({ first: 10 * i, last: 10 * i + 1 }));
    const report = { file: 'a', source: 'customs', mode: 'delta' as const, applied: 3 };
    gate.feedReported({
      kind: 'ingested',
      report: { ...report, duplicates: 0, older: 0, quarantined: 0, gaps },
    });
    gate.feedReported({ kind: 'rejected', file: 'b', code: 'c', reason: 'x'.repeat(100_000) });
    gate.feedReported({ kind: 'failed', reason: 'x'.repeat(100_000) });
    const [told] = types().filter(({ type }) => type === 'cn.kakou.feed.gap.v1');
    t.equal((told?.data['gaps'] as unknown[] | undefined)?.length, 50);
    t.equal(told?.data['gapsLeftOut'], 4_950);
    t.equal(types().filter(({ type }) => type.includes('quarantined')).length, 1);
    t.equal(types().filter(({ type }) => type.includes('alarm')).length, 1);
    await gate.stop();
  },
);

t.test('a tag that both lanes hear is taken from the lane that hears it faintly', async (t) => {
  const { gate, tell, types } = await gateRig();
  await gate.start();
  for (const lane of laneIds) tell(lane, ...empty);
  tell('out-2', ...truck.slice(0, 2), { kind: 'tagRead', tag: tag as never, rssiDbm: -80 });
  tell('out-1', ...truck.slice(0, 2), { kind: 'tagRead', tag: tag as never, rssiDbm: -40 });
  t.match(
    types().filter(({ type }) => type === 'cn.kakou.tag.settled.v1'),
    [{ data: { laneId: 'out-2', standing: 'lost', because: 'signal', winner: 'out-1' } }],
  );
  await gate.stop();
});

const oneApplied = {
  kind: 'ingested',
  report: {
    file: 'customs-1.ndjson',
    source: 'customs',
    mode: 'delta',
    applied: 1,
    duplicates: 0,
    older: 0,
    quarantined: 0,
    gaps: [],
  },
} as const;

t.test('a hold that comes with the feed stops who was let through', async (t) => {
  const { gate, world, orders, tell, types } = await gateRig();
  await gate.start();
  tell('out-1', ...empty, ...truck);
  t.equal(orders.filter(({ order }) => order.kind === 'barrierOpen').length, 1);
  const stopped = () => types().filter(({ type }) => type === 'cn.kakou.passage.stopped.v1');
  gate.feedReported(oneApplied);
  t.strictSame(stopped(), []);
  world.facts = { holds: [hold({ subject: { kind: 'container', container: box } })] };
  gate.feedReported(oneApplied);
  t.match(stopped(), [{ data: { laneId: 'out-1', reasons: ['container-held'] } }]);
  await gate.stop();
});

t.test('a gate with a retention prunes by itself, and no longer once it has stopped', async (t) => {
  for (const journalDays of [0, undefined]) {
    const { gate, time, stored } = await gateRig(journalDays === undefined ? {} : { journalDays });
    stored.commit({ events: [note('p1'), note('p2')] });
    stored.checkpoint();
    stored.acknowledge(4);
    await gate.start();
    t.equal(time.running().includes('gate/prune'), journalDays !== undefined);
    await time.pass(62_000);
    t.equal(stored.prunedThrough(), journalDays === undefined ? 0 : 3);
    await gate.stop();
    t.notOk(time.running().includes('gate/prune'));
  }
});
