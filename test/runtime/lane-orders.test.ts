import t from 'tap';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { DeviceOrder } from '../../src/driver-kit/contract.ts';
import type { CommitResult } from '../../src/ports/ledger.ts';
import type { RunningDevice } from '../../src/runtime/device.ts';
import { Gate } from '../../src/runtime/gate.ts';
import type { GateOptions } from '../../src/runtime/gate-options.ts';
import { laneOrders } from '../../src/runtime/lane-orders.ts';
import { FakeTime } from '../support/fake-timers.ts';
import { LaneStory } from '../support/lane-story.ts';

function device(deviceId: string, capabilities: readonly string[], orders: unknown[]) {
  return {
    heart: { settings: { deviceId, laneId: 'out-1', manifest: { capabilities } } },
    start: async () => undefined,
    async order(order: DeviceOrder, notAfterMonotonicMs: number) {
      orders.push([deviceId, order, notAfterMonotonicMs]);
      return 'accepted';
    },
    stop: () => undefined,
  } as unknown as RunningDevice;
}

t.test('orders go to the barrier, and only a safety raise says that it is one', async (t) => {
  const time = new FakeTime();
  const orders: unknown[] = [];
  const devices = [device('scale', ['WeightSource'], orders), device('io', ['Barrier'], orders)];
  const lane = laneOrders(devices, time);
  const { signal: withdrawn } = new AbortController();
  const order = (
    kind: 'barrierOpen' | 'barrierClose',
    purpose: 'decision' | 'safetyRaise' | 'close',
  ) => lane.order({ kind, purpose, commandId: 'c' as never, notAfterMonotonicMs: 7, withdrawn });
  t.equal(await order('barrierOpen', 'decision'), 'accepted');
  await order('barrierOpen', 'safetyRaise');
  await order('barrierClose', 'close');
  lane.light('green');
  t.strictSame(orders, [
    ['io', { kind: 'barrierOpen' }, 7],
    ['io', { kind: 'barrierOpen', safety: true }, 7],
    ['io', { kind: 'barrierClose' }, 7],
    ['io', { kind: 'light', colour: 'green' }, time.now().monotonicMs + 2_000],
  ]);
  const none = laneOrders([], time);
  const open = { kind: 'barrierOpen', purpose: 'decision', withdrawn } as const;
  t.equal(await none.order({ ...open, commandId: 'c' as never, notAfterMonotonicMs: 7 }), 'failed');
});

t.test('outputs are given back only by a person whose act is in the journal first', async (t) => {
  const time = new FakeTime();
  const orders: unknown[] = [];
  const changes: LedgerChange[] = [];
  let result: CommitResult = { kind: 'committed', firstSequence: 1, lastSequence: 1 };
  const gate = new Gate({
    siteId: 'site',
    gateId: 'gate',
    version: '0',
    lanes: [new LaneStory().context],
    devices: [
      {
        deviceId: 'io',
        laneId: 'out-1',
        onStartFailure: 'retry',
        make: () => device('io', ['Barrier'], orders),
      },
    ],
    clock: time,
    timers: time,
    ids: { next: () => 'id' },
    random: () => 0,
    ledger: {
      commit(change: LedgerChange) {
        changes.push(change);
        t.strictSame(orders, [], 'nothing is written before');
        return result;
      },
      acknowledgedThrough: () => 0,
      head: () => ({ sequence: 0 }),
    },
    facts: {},
    uplink: { connect: () => undefined },
    log: () => undefined,
  } as unknown as GateOptions);

  t.equal(await gate.clearSafeState('io', ''), 'failed', 'nobody');
  t.equal(await gate.clearSafeState('other', 'Wang'), 'unknownDevice');
  t.strictSame(changes, []);
  result = { kind: 'failed', code: 'ledger-full', detail: 'disk' };
  t.equal(await gate.clearSafeState('io', 'Wang'), 'unrecorded');
  t.strictSame(orders, []);
  result = { kind: 'committed', firstSequence: 1, lastSequence: 1 };
  t.equal(await gate.clearSafeState('io', 'Wang'), 'accepted');
  t.match(changes.at(-1)?.events, [
    {
      type: 'device.safeStateClearOrdered.v1',
      subject: 'io',
      data: { laneId: 'out-1', person: 'Wang' },
    },
  ]);
  t.match(orders, [['io', { kind: 'clearSafeState' }]]);
});
