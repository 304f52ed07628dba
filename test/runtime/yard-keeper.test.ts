import t from 'tap';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { PersonAct } from '../../src/core/yard/yard-change.ts';
import { YardKeeper } from '../../src/runtime/yard-keeper.ts';
import { FakeTime } from '../support/fake-timers.ts';
import { ledgerIn } from '../support/open-ledger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const dayMs = 86_400_000;
const noon = Date.UTC(2026, 10, 23, 12);

const holdOn = (name: string): PersonAct => ({
  act: 'placeHold',
  subject: { kind: 'container', name },
  instruction: 'stop',
  reason: 'seal broken',
});
const box = 'CSQU3054383';

/** A keeper over a ledger that is a file. */
function keeping(folder: string) {
  const ledger = ledgerIn(folder);
  const clock = {
    bootId: 'boot',
    now: () => ({ wallMs: noon, monotonicMs: 0 }),
    state: () => 'synced' as const,
  };
  const commit = (change: LedgerChange) => ledger.commit(change);
  const kept = new YardKeeper({
    clock,
    timers: new FakeTime(),
    ledger,
    commit,
    onCommitted: () => undefined,
  });
  const held = () => ledger.placedHoldsOf({ plates: [], containers: [box] }).length;
  return { ledger, kept, held };
}

t.test('an act upon the yard that is asked for twice under one id is done once', async (t) => {
  const folder = temporaryFolder();
  const { ledger, kept, held } = keeping(folder);
  const by = { person: '王芳', actId: 'hold-0001' };
  t.match(kept.act(by, holdOn(box)), { kind: 'committed' });
  t.strictSame(kept.act(by, holdOn(box)), { kind: 'repeated' });
  t.equal(held(), 1, 'and is lifted once');
  const entries = ledger.head().sequence;
  for (const [other, act] of [
    [by, holdOn('CBHU3202732')],
    [by, { ...holdOn(box), reason: 'another' }],
    [{ ...by, person: '李伟' }, holdOn(box)],
    [by, { act: 'settle', item: box, reason: 'seal broken' }],
  ] as const) {
    t.match(kept.act(other, act as PersonAct), { kind: 'refused', reason: /hold-0001 was used/ });
  }
  t.equal(ledger.head().sequence, entries, 'nothing is written for it');

  const wrong = { person: '王芳', actId: 'lift-0001' };
  const lift = (hold: string): PersonAct => ({ act: 'liftHold', hold, reason: 'new seal' });
  t.match(kept.act(wrong, lift('h.none')), { kind: 'refused', reason: /not on record/ });
  const [{ id = '' } = {}] = ledger.placedHoldsOf({ plates: [], containers: [box] });
  t.match(kept.act(wrong, lift(id)), { kind: 'committed' }, 'what was refused may be tried again');
  t.equal(held(), 0);
  ledger.close();

  const restarted = keeping(folder);
  t.teardown(() => restarted.ledger.close());
  t.strictSame(restarted.kept.act(by, holdOn(box)), { kind: 'repeated' }, 'also after a restart');
  t.equal(restarted.held(), 0);
  t.match(restarted.kept.act({ ...by, actId: 'hold-0002' }, holdOn(box)), { kind: 'committed' });
  t.equal(restarted.held(), 1);
});

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
