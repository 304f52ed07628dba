/** What a portal or a shared weighbridge has read of a truck, at the lane that it comes to. */
import t from 'tap';
import { parseLaneId } from '../../src/core/identity.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { StationPlan } from '../../src/runtime/stations.ts';
import { none } from '../support/exactly.ts';
import { empty, gateRig, type Lane, truck } from '../support/gate-rig.ts';
import { box, plate, tag } from '../support/released.ts';

const plan: StationPlan = {
  settings: {
    stationId: 'portal-1' as never,
    quietMs: 3_000,
    ageMsMax: 600_000,
    weighs: true,
    vehicleWeightKgMin: 1_000,
  },
  lanes: [parseLaneId('out-1'), parseLaneId('out-2')],
};

const isOfPortal = ({ kind }: Observation) =>
  kind === 'containerNumberRead' || kind === 'weightReading';
const atLane = truck.filter((each) => !isOfPortal(each));
const atPortal: readonly Observation[] = [
  { kind: 'plateRead', view: 'front', raw: plate, confidence: 0.97, replayed: false },
  ...truck.filter(isOfPortal),
];
const offPlatform: Observation = {
  kind: 'weightReading',
  weightKg: 0,
  basis: 'displayed',
  stability: { state: 'stable', source: 'indicator' },
  condition: 'ok',
};

async function site() {
  const rig = await gateRig({
    stations: [plan],
    settings: { stations: [plan.settings.stationId] },
  });
  await rig.gate.start();
  rig.tell('out-1', ...empty);
  rig.tell('out-2', ...empty);
  const decided = (lane: Lane) =>
    rig.types().findLast(({ type, data }) => type.endsWith('decided.v1') && data['laneId'] === lane)
      ?.data;
  return { ...rig, decided };
}

const codesOf = (data: Record<string, unknown> | undefined) =>
  ((data?.['checks'] ?? []) as { code?: string }[]).flatMap(({ code }) => code ?? []);

t.test('boxes and weight of the portal are those of the truck that has its plate', async (t) => {
  const { gate, orders, tell, types, decided } = await site();
  tell('portal-1', ...atPortal, offPlatform);
  tell('out-2', ...atLane);
  t.match(decided('out-2'), {
    disposition: 'admit',
    containers: [{ number: box }],
    weight: { kind: 'weighed', weightKg: 31_240 },
  });
  t.strictSame(
    orders.filter(({ order }) => order.kind === 'barrierOpen').map(({ lane }) => lane),
    ['out-2'],
  );
  const told = types().map(({ type }) => type.replace('cn.kakou.', ''));
  t.ok(told.indexOf('capture.taken.v1') < told.indexOf('capture.joined.v1'));
  t.ok(told.indexOf('capture.joined.v1') < told.indexOf('passage.decided.v1'));
  await gate.stop();
});

t.test('another truck is not given them, and waits in vain', async (t) => {
  const { gate, time, orders, tell, decided } = await site();
  tell('portal-1', ...atPortal, offPlatform);
  const other = atLane.map((each) =>
    each.kind === 'plateRead'
      ? { ...each, raw: '粤B67890' }
      : each.kind === 'tagRead'
        ? { ...each, tag: `${tag.slice(0, -1)}7` as never }
        : each,
  );
  tell('out-1', ...other);
  t.equal(decided('out-1'), undefined, 'it is waited for');
  await time.pass(60_000);
  t.match(decided('out-1'), { disposition: 'refer', containers: none });
  t.ok(codesOf(decided('out-1')).includes('portal-not-joined'));
  tell('out-2', ...atLane);
  t.match(decided('out-2'), { disposition: 'admit' }, 'they wait for the right one');
  t.equal(orders.filter(({ order }) => order.kind === 'barrierOpen').length, 1);
  await gate.stop();
});

t.test('a capture that becomes whole while the truck waits in the lane is taken', async (t) => {
  const { gate, tell, decided } = await site();
  tell('portal-1', ...atPortal);
  tell('out-1', ...atLane);
  t.equal(decided('out-1'), undefined);
  tell('portal-1', offPlatform);
  t.match(decided('out-1'), { disposition: 'admit' });
  await gate.stop();
});

t.test('one capture serves one passage', async (t) => {
  const { gate, time, tell, decided } = await site();
  tell('portal-1', ...atPortal, offPlatform);
  tell('out-1', ...atLane);
  t.match(decided('out-1'), { disposition: 'admit' });
  tell('out-2', ...atLane);
  await time.pass(60_000);
  t.ok(codesOf(decided('out-2')).includes('portal-not-joined'));
  await gate.stop();
});

t.test('what the lane reads itself speaks against a portal that erred', async (t) => {
  const { gate, time, tell, decided } = await site();
  const wrong = atPortal.map((each) =>
    each.kind === 'containerNumberRead'
      ? {
          ...each,
          containers: [{ position: 'single' as const, raw: 'CBHU3202732', confidence: 0.96 }],
        }
      : each,
  );
  tell('portal-1', ...wrong, offPlatform);
  const own = truck.filter(({ kind }) => kind === 'containerNumberRead');
  tell('out-1', ...atLane.slice(0, 2), ...own, ...atLane.slice(2));
  await time.pass(60_000);
  t.not(decided('out-1')?.['disposition'], 'admit');
  await gate.stop();
});

t.test('devices of a station tell how they are', async (t) => {
  const { gate, tell, types } = await site();
  tell('portal-1', { kind: 'deviceHealth', state: 'down', fault: 'connection-refused' });
  tell('portal-1', { kind: 'deviceAlarm', code: 'watchdog-fired', state: 'raised' });
  const told = types().map(({ type, data }) => [type.replace('cn.kakou.', ''), data['stationId']]);
  t.strictSame(
    told.filter(([, station]) => station === 'portal-1'),
    [
      ['device.faulted.v1', 'portal-1'],
      ['alarm.raised.v1', 'portal-1'],
    ],
  );
  t.ok(gate.snapshot().devices.some(({ laneId }) => laneId === 'portal-1'));
  await gate.stop();
});
