/** What the yard may have got wrong: marks at a crossing without a visit, late answers, clocks, mistakes of our own. */
import Database from 'better-sqlite3';
import t from 'tap';
import { YardStory } from '../../support/yard-story.ts';

const truck = '粤B10001';
const other = '粤B10002';
const trailer = '粤B9001挂';
const box = 'CSQU3054383';

t.test('a box that was seen leaving has left, also on a truck without a visit', async (t) => {
  const yard = new YardStory();
  yard.fact({ kind: 'tally', id: 'T-1', billId: 'B-1', containers: [box] } as never);
  t.strictSame(yard.states('box'), ['grounded']);
  yard.pass(2);
  const crossing = yard.leave({ plate: truck, containers: [box] });
  t.strictSame(yard.states('box'), ['left'], 'it was read over the exit line');
  yard.pass(24 * 60).look();
  t.strictSame(yard.causes('box'), [], 'and nothing says that it is inside');
  t.strictSame(yard.causes('crossing'), ['exit-not-joined']);
  t.ok(crossing);
});

t.test(
  'of a box that left on a misread truck nobody says that it was taken by another',
  async (t) => {
    const yard = new YardStory();
    const rig = { plate: truck, trailer, containers: [box], transactionTypes: ['importTransfer'] };
    const visitId = yard.enter(rig as never);
    yard.pass(1);
    const crossing = yard.leave({ plate: '粤B1OOO1', trailer, containers: [box] });
    yard.pass(24 * 60).look();
    t.strictSame(yard.causes('visit'), ['exit-not-joined']);
    t.strictSame(yard.causes('trip'), ['exit-not-joined']);
    t.equal(yard.act({ act: 'join', crossing, visit: visitId }), 'committed');
    t.strictSame(yard.states('box'), ['left']);
    t.strictSame(yard.states('trailer'), ['left']);
  },
);

t.test(
  'a lane that could not be read is a way out, and one of the other direction is none',
  async (t) => {
    const changed = (yard: YardStory, direction: 'in' | 'out', cause?: string) =>
      yard.event('lane.serviceModeChanged.v1', `${direction}-1`, {
        direction,
        ...(cause ? { to: 'faulted', cause } : { from: 'faulted', to: 'inService' }),
      });
    const unread = (direction: 'in' | 'out', forHours: number, cause = 'barrier-unknown') => {
      const yard = new YardStory();
      yard.enter({ plate: truck });
      changed(yard.pass(1), direction, cause);
      changed(yard.pass(forHours), direction);
      return yard.pass(48).look();
    };
    t.match(unread('out', 1).items('visit')[0]?.found, {
      cause: 'undetermined',
      candidates: ['still-inside', 'outage-gap'],
      evidence: { outages: [{ laneId: 'out-1' }] },
    });
    t.strictSame(unread('in', 1).causes('visit'), ['still-inside']);
    t.strictSame(unread('out', 0.001).causes('visit'), ['still-inside'], 'nobody gets out in 4 s');
    t.strictSame(unread('out', 1, 'ledger-failing').causes('visit'), ['still-inside']);
    const still = new YardStory();
    still.enter({ plate: truck });
    changed(still.pass(1), 'out', 'barrier-unknown');
    t.strictSame(still.pass(48).look().causes('visit'), ['undetermined'], 'it lasts');
  },
);

t.test('a late answer to an old visit says nothing about the visit of today', async (t) => {
  const yard = new YardStory();
  const old = yard.enter({ plate: truck });
  yard.pass(30);
  const now = yard.enter({ plate: truck });
  yard.pass(1).fact({
    ...{ kind: 'exit-registration', id: 'E-1', visitId: old, plate: truck },
    ...{ answer: 'accepted', containers: [] },
  } as never);
  yard.pass(48).look();
  t.match(
    yard.items('visit').filter(({ closedAtMs }) => closedAtMs === undefined),
    [{ itemId: now, found: { cause: 'still-inside' } }],
  );
});

t.test(
  'a start with a clock behind the last sign of life is a time that nobody watched',
  async (t) => {
    const yard = new YardStory();
    yard.enter({ plate: truck });
    yard.pass(2);
    yard.ledger.setYardCursor('alive', yard.nowMs);
    yard.pass(-1).event('gate.started.v1', 'gate-1').pass(1);
    yard.pass(48).look();
    t.match(yard.items('visit'), [{ found: { cause: 'undetermined' } }]);
  },
);

t.test(
  'an item that cannot be looked at is told of once and keeps nothing from being looked at',
  async (t) => {
    const yard = new YardStory();
    yard.enter({ plate: truck });
    yard.enter({ plate: other });
    const [broken] = yard.items('visit');
    const db = new Database(yard.file);
    db.prepare(`UPDATE yard_item SET body = '{}' WHERE item_id = ?`).run(broken?.itemId);
    db.close();
    yard.pass(48).look();
    t.strictSame(yard.causes('visit'), ['still-inside']);
    t.strictSame(yard.ledger.yardDue(yard.nowMs), [], 'it is looked at again later');
  },
);

t.test(
  'a trailer that was taken by another tractor is not dropped when its first one leaves',
  async (t) => {
    const yard = new YardStory();
    yard.enter({ plate: truck, trailer });
    yard.enter({ plate: other });
    yard.pass(1);
    t.equal(yard.act({ act: 'hitch', trailer, plate: other }), 'committed');
    yard.leave({ plate: truck, transactionTypes: ['bobtail'] });
    t.strictSame(yard.states('trailer'), ['hitched']);
    yard.leave({ plate: other, trailer });
    t.strictSame(yard.states('trailer'), ['left']);
  },
);

t.test('an entry that is named on a later day leaves no residual on either', async (t) => {
  const yard = new YardStory();
  const crossing = yard.crossUnread('in');
  yard.pass(24);
  t.equal(yard.act({ act: 'recordEntry', crossing, plate: truck }), 'committed');
  for (const date of ['2026-11-23', '2026-11-24']) {
    const ofSite = ['entries', 'exits', 'inside', 'visits'];
    const { balances } = yard.day(date);
    const off = balances.filter(({ of, residual }) => ofSite.includes(of) && residual !== 0);
    t.strictSame(off, [], date);
  }
});
