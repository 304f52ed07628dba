import t from 'tap';
import { IoModuleEmulator } from '../../devices/io-modbus/emulator.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { CommitResult } from '../../src/ports/ledger.ts';
import type { OrderResult } from '../../src/runtime/device.ts';
import type { LaneOrder } from '../../src/runtime/lane-ports.ts';
import { LaneRunner } from '../../src/runtime/lane-runner.ts';
import { pendingRecordsMax } from '../../src/runtime/record-keeper.ts';
import { exchangeRig } from '../support/exchange-rig.ts';
import { noonMs, proof } from '../support/facts.ts';
import { FakeTime } from '../support/fake-timers.ts';
import { LaneStory } from '../support/lane-story.ts';
import { box, plate, released, tag } from '../support/released.ts';

function lane(
  options: {
    commit?: (change: LedgerChange) => CommitResult;
    gather?: () => ReturnType<typeof released>;
    settings?: ConstructorParameters<typeof LaneStory>[0];
    onStep?: () => void;
    order?: (order: LaneOrder) => Promise<OrderResult>;
    time?: FakeTime;
  } = {},
) {
  const { time = new FakeTime() } = options;
  const log: string[] = [];
  let sequence = 0;
  const committed: LedgerChange[] = [];
  const orders: { commandId: string; withinMs: number }[] = [];
  const runner = new LaneRunner(new LaneStory(options.settings).context, {
    clock: {
      ...time,
      bootId: 'boot-1',
      now: () => ({ ...time.now(), wallMs: noonMs }),
      state: () => 'synced' as const,
    },
    ids: {
      next: () => {
        sequence += 1;
        return `id-${sequence}`;
      },
    },
    timers: time,
    facts: {
      gather: (query) => {
        log.push('gather');
        return { ...(options.gather ?? released)(), query };
      },
    },
    ledger: {
      commit(change) {
        const result = options.commit?.(change) ?? {
          kind: 'committed' as const,
          firstSequence: 1,
          lastSequence: 1,
        };
        log.push(`commit ${change.events.map(({ type }) => type).join(' ')} ${result.kind}`);
        if (result.kind === 'committed') committed.push(change);
        return result;
      },
    },
    order: (order) => {
      const { kind, commandId, notAfterMonotonicMs } = order;
      log.push(`order ${kind}`);
      orders.push({ commandId, withinMs: notAfterMonotonicMs - time.now().monotonicMs });
      return options.order?.(order) ?? Promise.resolve('accepted');
    },
    light: (colour) => log.push(`light ${colour}`),
    onStep: () => {
      log.push('step');
      options.onStep?.();
    },
    onCommitted: () => undefined,
    log: (_level, message) => log.push(`log ${message}`),
  });
  const tell = (observation: Observation, deviceId = 'device') =>
    runner.observe({ deviceId: deviceId as never, receivedAt: time.now(), observation });
  const arrive = () => {
    tell({ kind: 'barrierPosition', position: 'closed' });
    for (const point of ['approach', 'presence', 'exit', 'curtain'] as const)
      tell({ kind: 'inputChange', point, state: 'clear' });
    tell({ kind: 'inputChange', point: 'approach', state: 'occupied' });
    tell({ kind: 'inputChange', point: 'presence', state: 'occupied' });
  };
  const evidence = () => {
    tell(
      { kind: 'plateRead', view: 'front', raw: plate, confidence: 0.97, replayed: false },
      'camera',
    );
    tell({ kind: 'tagRead', tag: tag as never }, 'reader');
    tell(
      {
        kind: 'containerNumberRead',
        replayed: false,
        containers: [{ position: 'single', raw: box, confidence: 0.96 }],
      },
      'portal',
    );
    tell(
      {
        kind: 'weightReading',
        weightKg: 31_240,
        basis: 'displayed',
        stability: { state: 'stable', source: 'inferred' },
        condition: 'ok',
      },
      'scale',
    );
  };
  return { time, log, runner, committed, orders, tell, arrive, evidence };
}

t.test('commit before command: the order follows its commit with nothing in between', async (t) => {
  const l = lane();
  l.arrive();
  l.evidence();
  const decided = l.log.findIndex((line) => line.startsWith('commit passage.decided.v1'));
  t.ok(decided > 0);
  t.match(l.log.slice(decided - 1, decided + 2), [
    'gather',
    /^commit passage\.decided.* committed$/,
    'order barrierOpen',
  ]);
});

const devices = {
  'a pulse the module times': {
    profile: 'io-module/waveshare-modbus-poe-eth-relay-b',
    module: 'waveshareRelayB',
    contact: { function: 5, address: 0x0200, value: 5 },
  },
  'a contact the daemon times': {
    profile: 'io-module/advantech-adam-6050',
    module: 'adam6050',
    contact: { function: 5, address: 16, value: 0xff00 },
  },
} as const;

for (const [what, { profile, module, contact }] of Object.entries(devices)) {
  t.test(`${what} is written in the turn in which the commit returned`, async (t) => {
    const time = new FakeTime();
    const { device, line } = await exchangeRig({
      profile,
      makeModule: (nowMs) => new IoModuleEmulator({ module }, nowMs),
      time,
    });
    await time.pass(200);
    let writtenAtCommit = -1;
    const l = lane({
      time,
      order: (order) => device.order({ kind: order.kind }, order.notAfterMonotonicMs),
      commit: (change) => {
        if (change.decision) writtenAtCommit = line.notes.length;
        return { kind: 'committed', firstSequence: 1, lastSequence: 1 };
      },
    });
    l.arrive();
    const before = line.notes.length;
    l.evidence();
    // Nothing has been awaited since the last evidence was told.
    t.equal(writtenAtCommit, before, 'nothing before the commit');
    t.strictSame(line.notes[before]?.request, contact, 'and the contact in the same turn after it');
    await device.stop();
    l.runner.stop();
  });
}

for (const result of [
  { kind: 'failed', code: 'ledger-full', detail: 'disk' },
  { kind: 'conflicted', reason: 'factsChanged' },
] as const) {
  t.test(`a decision that is ${result.kind} orders nothing`, async (t) => {
    const l = lane({
      commit: (change) =>
        change.decision ? result : { kind: 'committed', firstSequence: 1, lastSequence: 1 },
    });
    l.arrive();
    l.evidence();
    t.ok(l.log.some((line) => line.startsWith('commit passage.decided')));
    t.notOk(l.log.some((line) => line.startsWith('order barrierOpen')));
    t.match(l.runner.state.passages, [{ kind: 'referred' }]);
  });
}

t.test('the order is the one its decision allows, with its limit', async (t) => {
  const l = lane();
  l.arrive();
  l.evidence();
  const opening = l.committed.find(({ decision }) => decision?.opening)?.decision?.opening;
  t.strictSame(l.orders, [{ commandId: opening?.commandId, withinMs: 1_500 }]);
});

t.test('a decision does not overtake a record that could not be written just before', async (t) => {
  const requirements = { plate: true, containers: true, tag: true, weight: false };
  let refused = 0;
  const l = lane({
    settings: { requirements },
    commit: ({ events }) => {
      if (refused > 0 || events[0]?.type !== 'passage.started.v1')
        return { kind: 'committed', firstSequence: 1, lastSequence: 1 };
      refused += 1;
      return { kind: 'failed', code: 'ledger-io', detail: 'EIO' };
    },
  });
  l.tell({ kind: 'barrierPosition', position: 'closed' });
  for (const point of ['approach', 'presence', 'exit', 'curtain'] as const)
    l.tell({ kind: 'inputChange', point, state: 'clear' });
  l.tell({ kind: 'inputChange', point: 'approach', state: 'occupied' });
  l.evidence();
  // All was read on approach: the passage begins and is judged in one turn.
  l.tell({ kind: 'inputChange', point: 'presence', state: 'occupied' });
  t.equal(refused, 1);
  t.strictSame(l.orders, []);
  t.strictSame(
    l.committed.filter((change) => change.decision),
    [],
    'the ledger would have taken it',
  );
  t.match(l.runner.state.passages, [{ kind: 'referred', reasons: ['decision-not-stored'] }]);
});

t.test('facts that cannot be read refer the truck', async (t) => {
  const l = lane({
    gather: () => {
      throw new Error('feed.db is locked');
    },
  });
  l.arrive();
  l.evidence();
  t.match(l.runner.state.passages, [{ kind: 'referred', reasons: ['facts-unavailable'] }]);
  t.ok(l.log.includes('log release facts could not be read'));
});

t.test('facts that no decision can be made of refer the truck, and the lane goes on', async (t) => {
  const l = lane({
    gather: () =>
      released({
        proofs: [
          proof({ proofType: 'terminal_release', containers: [box], validUntilMs: Number.NaN }),
        ],
      }),
  });
  l.arrive();
  l.evidence();
  t.match(l.runner.state.passages, [{ kind: 'referred', reasons: ['facts-unavailable'] }]);
  t.notOk(l.log.some((line) => line.startsWith('order barrierOpen')));
  l.tell({ kind: 'inputChange', point: 'presence', state: 'clear' });
  l.tell({ kind: 'inputChange', point: 'approach', state: 'clear' });
  await l.time.pass(2_000);
  t.strictSame(l.runner.state.passages, []);
});

t.test('facts that cannot be judged after the decision do not stop the lane', async (t) => {
  let validUntilMs = noonMs + 3_600_000;
  const grant = (proofType: 'customs_declaration' | 'terminal_release') =>
    proof({ proofType, containers: [box], validUntilMs });
  const l = lane({
    gather: () => released({ proofs: [grant('customs_declaration'), grant('terminal_release')] }),
  });
  l.arrive();
  l.evidence();
  t.match(l.runner.state.passages, [{ kind: 'admitted' }]);
  validUntilMs = Number.NaN;
  l.runner.feedChanged();
  t.match(l.runner.state.passages, [{ kind: 'admitted' }]);
  t.ok(l.log.includes('log release facts could not be looked at again'));
  l.tell({ kind: 'barrierPosition', position: 'between' });
  t.match(l.runner.state.passages, [{ kind: 'opening' }], 'and it goes on');
});

t.test('a decision that the ledger cannot take in its form opens nothing', async (t) => {
  const l = lane({
    commit: (change) => {
      if (change.decision) throw new RangeError('an entry of 70000 bytes');
      return { kind: 'committed', firstSequence: 1, lastSequence: 1 };
    },
  });
  l.arrive();
  l.evidence();
  t.match(l.runner.state.passages, [{ kind: 'referred', reasons: ['decision-not-stored'] }]);
  t.notOk(l.log.some((line) => line.startsWith('order barrierOpen')));
  t.ok(l.log.includes('log the ledger refused a decision'));
});

t.test(
  'what happened is kept while the ledger fails, written in order, and nothing opens meanwhile',
  async (t) => {
    let failing = false;
    const l = lane({
      commit: () =>
        failing
          ? { kind: 'failed', code: 'ledger-io', detail: 'EIO' }
          : { kind: 'committed', firstSequence: 1, lastSequence: 1 },
    });
    l.tell({ kind: 'barrierPosition', position: 'closed' });
    failing = true;
    l.arrive();
    l.evidence();
    t.ok(l.runner.pendingRecords > 0);
    t.notOk(l.log.some((line) => line.startsWith('order barrierOpen')));
    t.equal(l.runner.state.service.kind, 'faulted');
    const before = l.committed.length;
    failing = false;
    await l.time.pass(5_000);
    t.equal(l.runner.pendingRecords, 0);
    const types = l.committed.slice(before).flatMap(({ events }) => events.map(({ type }) => type));
    t.ok(types.indexOf('passage.started.v1') >= 0, 'the passage is on record');
    t.equal(l.runner.state.service.kind, 'inService');
  },
);

t.test('a ledger that fails for ever costs the oldest records, and says so', async (t) => {
  const l = lane({ commit: () => ({ kind: 'failed', code: 'ledger-io', detail: 'EIO' }) });
  l.tell({ kind: 'barrierPosition', position: 'closed' });
  for (let i = 0; i < pendingRecordsMax + 50; i++) {
    l.tell({
      kind: 'deviceHealth',
      state: i % 2 === 0 ? 'down' : 'up',
      ...(i % 2 === 0 && { fault: 'port-lost' }),
    });
  }
  t.ok(l.runner.pendingRecords <= pendingRecordsMax);
  t.ok(l.log.some((line) => line.startsWith('log records lost')));
});

t.test('nothing is taken any more after the stop', async (t) => {
  const l = lane();
  l.runner.stop();
  const steps = l.log.length;
  l.arrive();
  t.equal(l.log.length, steps);
  t.strictSame(l.time.running(), []);
});

t.test('a queue that is full sheds what repeats itself, and never an edge', async (t) => {
  let burst: (() => void) | undefined;
  const l = lane({
    onStep: () => {
      const once = burst;
      burst = undefined;
      once?.();
    },
  });
  l.tell({ kind: 'barrierPosition', position: 'closed' });
  burst = () => {
    l.tell({ kind: 'inputChange', point: 'exit', state: 'occupied' });
    for (let i = 0; i < 2_000; i++) l.tell({ kind: 'tagRead', tag: `E2${i}` as never });
    l.tell({ kind: 'inputChange', point: 'presence', state: 'occupied' });
  };
  const before = l.log.length;
  l.tell({ kind: 'inputChange', point: 'approach', state: 'occupied' });
  t.match(l.runner.state.inputs, {
    approach: 'occupied',
    exit: 'occupied',
    presence: 'occupied',
  });
  t.equal(l.runner.shedReadings, 2_002 - 512);
  t.ok(l.log.slice(before).filter((line) => line === 'step').length <= 514);
  t.ok(l.log.includes('log lane queue full: readings dropped'));
});
