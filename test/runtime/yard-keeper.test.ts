import t from 'tap';
import { YardKeeper } from '../../src/runtime/yard-keeper.ts';
import { FakeTime } from '../support/fake-timers.ts';

const dayMs = 86_400_000;
const noon = Date.UTC(2026, 10, 23, 12);

/** A keeper over a ledger that only notes which days are closed. */
function keeper() {
  const now = { wallMs: noon, monotonicMs: 0 };
  const cursors = new Map<string, number>();
  const closed: string[] = [];
  const timers = new FakeTime();
  const clock = { bootId: 'boot', now: () => now, state: () => 'synced' as const };
  const kept = new YardKeeper({
    clock,
    timers,
    ledger: {
      setYardCursor: (name: string, value: number) => cursors.set(name, value),
      yardCursor: (name: string) => cursors.get(name),
      yardDue: () => [],
      hasQueuedRegistrations: () => false,
      acknowledgedThrough: () => 0,
    } as never,
    commit({ yard }) {
      if (yard?.kind !== 'dayClosed') throw new Error('a day');
      closed.push(yard.date);
      cursors.set('dayClosed', Math.floor(Date.parse(yard.date) / dayMs));
      return { kind: 'committed', lastSequence: 1 } as never;
    },
    onCommitted: () => undefined,
  });
  const at = (wallMs: number) => {
    now.wallMs = wallMs;
    kept.stop();
    kept.start();
    return closed.splice(0);
  };
  return { at };
}

t.test('a clock that was far ahead for a while stops no day from being closed', async (t) => {
  const { at } = keeper();
  t.strictSame(at(noon), []);
  t.strictSame(at(noon + dayMs), ['2026-11-23']);
  at(noon + 400 * dayMs);
  t.strictSame(at(noon + dayMs), [], 'set right again');
  t.strictSame(at(noon + 2 * dayMs), ['2026-11-24']);
});

t.test('a clock that goes back over midnight closes no day twice', async (t) => {
  const { at } = keeper();
  at(noon);
  const midnight = noon + dayMs / 2;
  t.strictSame(at(midnight + 1_000), ['2026-11-23']);
  t.strictSame(at(midnight - 1_000), []);
  t.strictSame(at(midnight + 2_000), []);
});
