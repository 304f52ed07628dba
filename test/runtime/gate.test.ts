import t from 'tap';
import { drivers } from '../../devices/index.ts';
import type { GatheredFacts } from '../../src/core/facts.ts';
import { parseDeviceId, parseLaneId } from '../../src/core/identity.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { DeviceOrder } from '../../src/driver-kit/contract.ts';
import type { CommitResult } from '../../src/ports/ledger.ts';
import { DeviceHeart, type DevicePorts, type RunningDevice } from '../../src/runtime/device.ts';
import { Gate } from '../../src/runtime/gate.ts';
import { exactly } from '../support/exactly.ts';
import { hold, noonMs } from '../support/facts.ts';
import { FakeTime } from '../support/fake-timers.ts';
import { LaneStory } from '../support/lane-story.ts';
import { ledgerIn, note } from '../support/open-ledger.ts';
import { box, plate, released, tag } from '../support/released.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const laneIds = ['out-1', 'out-2'] as const;
type Lane = (typeof laneIds)[number];

interface Ordered {
  readonly lane: Lane;
  readonly order: DeviceOrder;
  readonly notAfterMonotonicMs: number;
  readonly atMs: number;
}

async function site(options: { absent?: Lane } = {}) {
  const manifest = await drivers['io-modbus']?.();
  if (!manifest) throw new Error('no IO module');
  const time = new FakeTime();
  const stored = ledgerIn(temporaryFolder());
  const disk = { failing: false };
  const world: { facts: Partial<GatheredFacts> } = { facts: {} };
  const orders: Ordered[] = [];
  const ports = new Map<Lane, DevicePorts>();
  const barrier =
    (lane: Lane) =>
    (given: DevicePorts): RunningDevice => {
      ports.set(lane, given);
      const deviceId = parseDeviceId(`${lane}-io`);
      const profile = { experimental: false } as never;
      return {
        heart: new DeviceHeart({ deviceId, laneId: lane, manifest, profile, settings: {} }, given),
        start: async () => {
          if (lane === options.absent) throw new Error('connection refused');
        },
        order: async (order, notAfterMonotonicMs) => {
          orders.push({ lane, order, notAfterMonotonicMs, atMs: time.now().monotonicMs });
          return 'accepted';
        },
        stop: () => undefined,
      };
    };
  const clock = {
    bootId: time.bootId,
    now: () => ({ ...time.now(), wallMs: noonMs }),
    state: () => 'synced' as const,
  };
  const ledger = new Proxy(stored, {
    get(target, key) {
      if (key === 'commit')
        return (change: LedgerChange): CommitResult =>
          disk.failing
            ? { kind: 'failed', code: 'ledger-full', detail: 'disk' }
            : stored.commit(change);
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  let ids = 0;
  const gate = new Gate({
    siteId: 'CNSHK',
    gateId: 'gate-1',
    version: '0.0.0',
    lanes: laneIds.map((id) => new LaneStory({ laneId: parseLaneId(id) }).context),
    devices: laneIds.map((id) => ({
      deviceId: `${id}-io`,
      laneId: id,
      onStartFailure: 'disable-lane' as const,
      make: barrier(id),
    })),
    clock,
    ids: { next: () => `id-${++ids}` },
    timers: time,
    random: () => 0.5,
    ledger,
    facts: {
      gather: (query) => ({ ...released(world.facts), query, stamp: 'same' }),
      sources: () => [],
      quarantined: () => new Map(),
    },
    uplink: { connect: () => new Promise(() => undefined) },
    log: () => undefined,
  });
  const tell = (lane: Lane, ...observations: readonly Observation[]) => {
    for (const observation of observations)
      ports.get(lane)?.observe(parseDeviceId(`${lane}-any`), time.now(), observation);
  };
  const types = () =>
    stored
      .entriesAfter(1, 1_000)
      .map(({ entry }) => JSON.parse(entry) as { type: string; data: Record<string, unknown> });
  return { gate, time, stored, disk, world, orders, tell, types };
}

const input = (
  point: 'approach' | 'presence' | 'exit' | 'curtain',
  state: 'occupied' | 'clear',
): Observation => ({ kind: 'inputChange', point, state });

const empty: readonly Observation[] = [
  { kind: 'barrierPosition', position: 'closed' },
  input('approach', 'clear'),
  input('presence', 'clear'),
  input('exit', 'clear'),
  input('curtain', 'clear'),
];

const truck: readonly Observation[] = [
  input('approach', 'occupied'),
  input('presence', 'occupied'),
  { kind: 'plateRead', view: 'front', raw: plate, confidence: 0.97, replayed: false },
  { kind: 'tagRead', tag: tag as never },
  {
    kind: 'containerNumberRead',
    replayed: false,
    containers: [{ position: 'single', raw: box, confidence: 0.96 }],
  },
  {
    kind: 'weightReading',
    weightKg: 31_240,
    basis: 'displayed',
    stability: { state: 'stable', source: 'inferred' },
    condition: 'ok',
  },
];

t.test(
  'an order goes to the barrier of its own lane, with the limit the decision set',
  async (t) => {
    const { gate, tell, orders, stored } = await site();
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
  const { gate, tell, stored } = await site();
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
    const { gate, time, disk, types } = await site({ absent: 'out-2' });
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
    const { gate, types } = await site();
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
  const { gate, tell, types } = await site();
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
  const { gate, world, orders, tell, types } = await site();
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
