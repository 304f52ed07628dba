import t from 'tap';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const inbound = [{ laneId: 'in-1', direction: 'in' }] as const;

t.test('killed between decision and command: after the restart the arm stays down', async (t) => {
  const site = await VirtualSite.start(t, { lanes: inbound, manner: { patienceMs: 15_000 } });
  await site.startDaemon('dist/test/faults/daemon-with-faults.js', ['dies-after-decision']);
  const truck = site.pass(
    'in-1',
    planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] }),
  );
  await site.until(() => site.daemon?.exited !== undefined, 'the daemon has killed itself');
  t.equal(site.daemon?.exited, 'SIGKILL');
  t.match(site.ledger('SELECT disposition FROM decision'), [{ disposition: 'admit' }]);
  t.strictSame(site.contacts, [], 'nothing reached the wire');

  await site.startDaemon();
  t.equal(await truck, 'turnedBack');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.strictSame(site.contacts, [], 'no order of before the restart is given again');
  t.strictSame(site.outcomes(), ['referred']);
  t.match(site.heard('exception.opened.v1'), [{ data: { cause: 'passage-interrupted' } }]);
  t.match(site.ledger('SELECT state FROM reservation'), [{ state: 'reserved' }]);
  await site.wholeAtCentre(t);
});

t.test('killed between command and confirmation: one opening, and the truck goes on', async (t) => {
  let kill = true;
  const site: VirtualSite = await VirtualSite.start(t, {
    lanes: inbound,
    manner: { patienceMs: 20_000 },
    onOpenContact: () => {
      if (kill) site.daemon?.kill('SIGKILL');
      kill = false;
    },
  });
  await site.startDaemon();
  const truck = site.pass(
    'in-1',
    planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] }),
  );
  await site.until(() => site.daemon?.exited !== undefined, 'the daemon is gone');
  t.match(
    site.contacts,
    [{ witnessed: { kind: 'decided' } }],
    'the decision was there before the contact',
  );

  await site.startDaemon();
  t.equal(await truck, 'crossed');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.equal(site.contacts.length, 1, 'no second opening');
  t.strictSame(site.outcomes(), ['passed']);
  t.match(site.ledger('SELECT state FROM reservation'), [{ state: 'consumed' }]);
  t.match(site.ledger('SELECT opening_used AS used FROM decision'), [{ used: 1 }]);
  await site.wholeAtCentre(t);
});

t.test('killed at any moment of a passage: nothing is lost and nothing opens twice', async (t) => {
  const site = await VirtualSite.start(t, { lanes: inbound, manner: { patienceMs: 6_000 } });
  await site.startDaemon();
  const truck = site.pass(
    'in-1',
    planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] }),
  );
  for (const afterMs of [900, 1_300, 700]) {
    await new Promise((done) => setTimeout(done, afterMs));
    await site.killDaemon();
    await site.startDaemon();
  }
  await truck;
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.ok(site.contacts.length <= 1);
  t.ok(site.contacts.every(({ witnessed }) => witnessed.kind === 'decided'));
  await site.wholeAtCentre(t);
});
