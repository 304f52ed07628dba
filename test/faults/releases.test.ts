import t from 'tap';
import { exactly } from '../support/exactly.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned, rig } from './planned.ts';

const boxes = ['CSQU3054383', 'CBHU3202732', 'HLXU2008419'] as const;

t.test('a released truck’s arm rises and an unreleased one’s does not', async (t) => {
  const site = await VirtualSite.start(t, { lanes: [{ laneId: 'in-1', direction: 'in' }] });
  await site.startDaemon();
  const released = planned({ number: 1, direction: 'in', containers: [boxes[0]] });
  t.equal(await site.pass('in-1', released), 'crossed');
  const other = planned({ number: 2, direction: 'in', containers: [boxes[1]] });
  const unreleased = { ...other, feed: other.feed.filter(({ kind }) => kind !== 'proof') };
  t.equal(await site.pass('in-1', unreleased), 'turnedBack');
  await site.until(() => site.outcomes().length === 2, 'both passages have ended');
  exactly(t, site.contacts, [{ witnessed: { kind: 'decided', disposition: 'admit' } }]);
  t.equal(site.contacts.length, 1);
  t.strictSame(site.outcomes(), ['passed', 'referred']);
  const reasons = site.heard('exception.opened.v1').map(({ data }) => data['cause']);
  t.strictSame(reasons, ['proof-missing']);
  await site.wholeAtCentre(t);
});

t.test('the same proof for the same box at two lanes at once opens one', async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [
      { laneId: 'in-1', direction: 'in' },
      { laneId: 'in-2', direction: 'in' },
    ],
  });
  await site.startDaemon();
  const [first, second] = [1, 2].map((number) => {
    const truck = planned({ number, direction: 'in', containers: [boxes[0]] });
    // Both trucks rest on one and the same release of the terminal.
    return {
      ...truck,
      feed: truck.feed.map((record) =>
        record.kind === 'proof'
          ? { ...record, id: 'R-shared', body: { ...record.body, lineage: 'R-shared' } }
          : record,
      ),
    };
  });
  if (!first || !second) throw new Error('two trucks');
  const departures = await Promise.all([site.pass('in-1', first), site.pass('in-2', second)]);
  await site.until(() => site.outcomes().length === 2, 'both passages have ended');
  t.equal(site.contacts.length, 1, 'one arm rose');
  t.strictSame([...departures].sort(), ['crossed', 'turnedBack']);
  t.equal(site.ledger(`SELECT 1 FROM reservation WHERE state <> 'returned'`).length, 1);
  await site.wholeAtCentre(t);
});

t.test('one declaration’s three boxes on three trucks open three times', async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [
      { laneId: 'in-1', direction: 'in' },
      { laneId: 'out-1', direction: 'out' },
    ],
  });
  await site.startDaemon();
  for (const number of [1, 2, 3]) {
    const box = boxes[number - 1] ?? boxes[0];
    await site.pass(
      'in-1',
      planned({
        number,
        direction: 'in',
        containers: [`MSKU${781545 + number}${[0, 4, 0, 5][number]}`],
      }),
    );
    const out = planned({
      number: number,
      direction: 'out',
      containers: [box],
      covered: boxes,
      lineage: 'P-three',
    });
    t.equal(await site.pass('out-1', { ...out, truck: rig(number) }), 'crossed');
  }
  await site.until(() => site.outcomes().length === 6, 'all passages have ended');
  t.equal(site.contacts.filter(({ laneId }) => laneId === 'out-1').length, 3);
  const uses = site.ledger(
    `SELECT container FROM reservation WHERE lineage = 'P-three' AND state = 'consumed'`,
  );
  t.equal(uses.length, 3);
  await site.wholeAtCentre(t);
});

t.test('a revocation that lands between look-up and commit prevents the opening', async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [
      { laneId: 'in-1', direction: 'in' },
      { laneId: 'out-1', direction: 'out' },
    ],
  });
  await site.startDaemon('dist/test/faults/daemon-with-faults.js', ['revoked-after-lookup']);
  await site.pass('in-1', planned({ number: 1, direction: 'in', containers: [boxes[1]] }));
  const out = planned({ number: 1, direction: 'out', containers: [boxes[0]] });
  t.equal(await site.pass('out-1', out), 'turnedBack');
  await site.until(() => site.outcomes().length === 2, 'both passages have ended');
  t.strictSame(
    site.contacts.map(({ laneId }) => laneId),
    ['in-1'],
    'the outbound arm stayed down',
  );
  t.strictSame(site.outcomes(), ['passed', 'refused']);
  await site.wholeAtCentre(t);
});
