import t from 'tap';
import type { ClockState } from '../../src/core/time.ts';
import type { PruneOrder, PruneResult } from '../../src/ports/ledger.ts';
import { JournalKeeper } from '../../src/runtime/journal-keeper.ts';
import { FakeTime } from '../support/fake-timers.ts';

const hourMs = 3_600_000;

function keeper(answers: (PruneResult | Error)[], journalDays?: number) {
  const time = new FakeTime();
  let state: ClockState = 'synced';
  const orders: PruneOrder[] = [];
  const told: string[] = [];
  const own = new JournalKeeper({
    ledger: {
      entriesSinceCheckpoint: () => 0,
      prune(order: PruneOrder) {
        orders.push(order);
        const answer = answers.shift() ?? { kind: 'finished' };
        if (answer instanceof Error) throw answer;
        return answer;
      },
    } as never,
    clock: { bootId: 'b', now: () => time.now(), state: () => state },
    timers: time,
    log: () => undefined,
    ...(journalDays !== undefined && { journalDays }),
    tell: (type, data) => told.push(`${type} ${data['code']} ${data['detail']}`),
  });
  own.start();
  const setState = (next: ClockState) => {
    state = next;
  };
  return { time, orders, told, setState };
}

t.test('without a retention nothing is ever pruned', async (t) => {
  const { time, orders } = keeper([]);
  await time.pass(3 * hourMs);
  t.strictSame(orders, []);
});

t.test('it prunes few at a time and far apart, then looks again in an hour', async (t) => {
  const few = { kind: 'pruned', count: 80 } as const;
  const { time, orders, told } = keeper([few, few, few], 30);
  await time.pass(60_001);
  t.equal(orders.length, 1);
  t.match(orders[0]?.reason, { reason: 'retention', journalDays: 30 });
  t.equal(orders[0]?.beforeMs, time.now().wallMs - 30 * 86_400_000 - 1);
  await time.pass(150);
  t.equal(orders.length, 1, 'nothing in between');
  await time.pass(1_000);
  t.equal(orders.length, 4);
  await time.pass(hourMs);
  t.equal(orders.length, 5);
  t.strictSame(told, []);
});

t.test('with a clock that nobody has set nothing is pruned, and that is told once', async (t) => {
  const { time, orders, told, setState } = keeper([], 30);
  setState('unsynced');
  await time.pass(3 * hourMs);
  t.strictSame(orders, []);
  t.strictSame(told, ['alarm.raised.v1 journal-not-pruned clock-unsynced']);
  setState('holdover');
  await time.pass(hourMs);
  t.equal(orders.length, 1);
  t.equal(told[1], 'alarm.ended.v1 journal-not-pruned clock-unsynced');
});

t.test('why it could not is told, each cause once, until it can', async (t) => {
  const failed = { kind: 'failed', code: 'ledger-full', detail: 'x' } as const;
  const waits = { kind: 'finished', waitsFor: 'acknowledgement' } as const;
  const { time, told } = keeper(
    [failed, failed, waits, new Error('broken'), { kind: 'finished' }],
    30,
  );
  await time.pass(6 * hourMs);
  t.strictSame(told, [
    'alarm.raised.v1 journal-not-pruned ledger-full',
    'alarm.ended.v1 journal-not-pruned ledger-full',
    'alarm.raised.v1 journal-not-pruned waits-for-acknowledgement',
    'alarm.ended.v1 journal-not-pruned waits-for-acknowledgement',
    'alarm.raised.v1 journal-not-pruned Error: broken',
    'alarm.ended.v1 journal-not-pruned Error: broken',
  ]);
});
