import t from 'tap';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import { pendingRecordsMax, RecordKeeper } from '../../src/runtime/record-keeper.ts';
import { FakeTime } from '../support/fake-timers.ts';
import { note } from '../support/open-ledger.ts';

function keeper() {
  const time = new FakeTime();
  const site = {
    time,
    failing: false,
    written: [] as string[],
    lost: [] as string[],
    health: [] as boolean[],
    commits: 0,
  };
  const subject = ({ events }: LedgerChange) => events[0]?.subject ?? '';
  const records = new RecordKeeper({
    timers: time,
    timerId: 'records',
    commit(change) {
      site.commits += 1;
      if (site.failing) return { kind: 'failed', code: 'ledger-io', detail: 'EIO' };
      site.written.push(subject(change));
      return { kind: 'committed', firstSequence: 1, lastSequence: 1 };
    },
    onCommitted: () => undefined,
    onHealth: (failing) => site.health.push(failing),
    onLost: (change) => site.lost.push(subject(change)),
  });
  const write = (...subjects: string[]) => {
    for (const each of subjects) records.write({ events: [note(each)] });
  };
  return { ...site, site, records, write };
}

t.test('what waited is written once each, in order, before anything that came later', async (t) => {
  const { site, records, write, time } = keeper();
  write('a');
  site.failing = true;
  write('b', 'c');
  t.equal(records.waiting, 2);
  t.strictSame(site.health, [true], 'told once');
  site.failing = false;
  write('d');
  t.strictSame(site.written, ['a'], 'nothing overtakes what waits');
  await time.pass(1_500);
  write('e');
  t.strictSame(site.written, ['a', 'b', 'c', 'd', 'e']);
  t.equal(records.waiting, 0);
  t.strictSame(site.health, [true, false]);
  t.strictSame(time.running(), []);
});

t.test('a ledger that fails for long is tried again until it works', async (t) => {
  const { site, records, write, time } = keeper();
  site.failing = true;
  write('a', 'b');
  await time.pass(10_000);
  t.ok(site.commits >= 9, `${site.commits} tries`);
  t.strictSame(site.health, [true], 'and it is not called healthy meanwhile');
  t.equal(records.waiting, 2);
  site.failing = false;
  await time.pass(1_500);
  t.strictSame(site.written, ['a', 'b']);
});

t.test('what waits is bounded, and the newest is lost first, by name', async (t) => {
  const { site, records, write } = keeper();
  site.failing = true;
  for (let i = 0; i < pendingRecordsMax + 2; i++) write(`r${i}`);
  t.equal(records.waiting, pendingRecordsMax);
  t.strictSame(site.lost, [`r${pendingRecordsMax}`, `r${pendingRecordsMax + 1}`]);
});

t.test('a stop writes what waits, and says what it could not', async (t) => {
  const healed = keeper();
  healed.site.failing = true;
  healed.write('a', 'b');
  healed.site.failing = false;
  healed.records.stop();
  t.strictSame(healed.site.written, ['a', 'b']);
  t.strictSame(healed.site.lost, []);
  t.strictSame(healed.time.running(), []);

  const broken = keeper();
  broken.site.failing = true;
  broken.write('a', 'b');
  broken.records.stop();
  t.strictSame(broken.site.lost, ['a', 'b']);
  t.strictSame(broken.time.running(), []);
});
