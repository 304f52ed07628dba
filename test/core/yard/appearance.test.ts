/** A diverted vehicle has to appear: what nobody has seen there is open, with a cause. */
import t from 'tap';
import { YardStory } from '../../support/yard-story.ts';

const hour = 3_600_000;
const plate = '粤B12345';

function diverted(): { readonly yard: YardStory; readonly itemId: string } {
  const yard = new YardStory();
  const appear = { place: 'inspection', byMs: yard.nowMs + hour };
  yard.enter({ plate }, { diverted: true, appear });
  return { yard, itemId: yard.items('appearance')[0]?.itemId ?? '' };
}

const found = (yard: YardStory) => yard.items('appearance')[0]?.found;

t.test('nobody has seen it there in time: it is open, and says where and when', async (t) => {
  const { yard, itemId } = diverted();
  t.strictSame(yard.states('appearance'), ['due']);
  t.strictSame(yard.pass(0.9).look().causes('appearance'), [], 'there is time yet');
  t.match(yard.act({ act: 'settle', item: itemId, reason: 'x' }), /no cause yet/);
  t.strictSame(yard.pass(0.2).look().causes('appearance'), ['appearance-overdue']);
  t.match(found(yard)?.evidence, { place: 'inspection', dueAtMs: yard.nowMs - 0.1 * hour });
  t.ok(yard.events().includes('yard.causeFound.v1'));
  t.strictSame(yard.pass(30).look().causes('appearance'), ['appearance-overdue']);
  t.equal(yard.act({ act: 'settle', item: itemId, reason: 'sent home' }), 'committed');
  t.strictSame(yard.causes('appearance'), []);
});

t.test('a person has seen it there, or has not', async (t) => {
  const inTime = diverted();
  const looked = { act: 'yardCheck', item: inTime.itemId } as const;
  t.equal(inTime.yard.act({ ...looked, found: true }), 'committed');
  t.strictSame(inTime.yard.states('appearance'), ['appeared']);
  t.strictSame(inTime.yard.pass(30).look().causes('appearance'), []);
  t.match(inTime.yard.act({ ...looked, found: false }), /is closed/);

  const missing = diverted();
  missing.yard.act({ act: 'yardCheck', item: missing.itemId, found: false });
  t.strictSame(missing.yard.look().causes('appearance'), ['appearance-overdue'], 'at once');
  t.match(found(missing.yard)?.evidence, { check: { person: 'Li', found: false } });
});

t.test('who leaves, or comes again, without having been seen there still owes it', async (t) => {
  const left = diverted().yard;
  const exit = left.pass(0.5).leave({ plate });
  t.strictSame(left.look().causes('appearance'), ['appearance-overdue'], 'before its time');
  t.match(found(left)?.evidence, { leftAt: exit.slice(2) });

  const again = diverted().yard;
  again.pass(0.5).enter({ plate });
  t.strictSame(again.look().causes('appearance'), ['appearance-overdue']);
  const evidence = found(again)?.evidence;
  again.pass(0.5).leave({ plate });
  t.strictSame(found(again.pass(30).look())?.evidence, evidence, 'the later visit owes nothing');

  const another = diverted().yard;
  another.pass(0.5).enter({ plate: '粤B77777' });
  another.leave({ plate: '粤B77777' });
  t.strictSame(another.look().causes('appearance'), [], 'another vehicle says nothing of it');
});

t.test('who is released, or crosses without a right, owes nothing', async (t) => {
  const yard = new YardStory();
  yard.enter({ plate });
  yard.crossUnread('in', { plate: '粤B77777' });
  t.strictSame(yard.items('appearance'), []);
});
