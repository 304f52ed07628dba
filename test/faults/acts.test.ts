/** Persons at a whole gate: over HTTP on this side, over the devices' own protocols on the other. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import type { Role } from '../../src/core/persons/roles.ts';
import { PersonClient } from '../support/person-client.ts';
import { repositoryFile } from '../support/repository.ts';
import {
  patiently as configure,
  manner,
  password,
  personsOf,
  standing,
} from '../support/site-persons.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const outbound = [{ laneId: 'out-1', direction: 'out' }] as const;
const inbound = [{ laneId: 'in-1', direction: 'in' }] as const;
const box = 'CSQU3054383';

function kakou(args: readonly string[], input?: string) {
  const run = spawnSync(process.execPath, [repositoryFile('dist/src/cli/kakou.js'), ...args], {
    encoding: 'utf8',
    ...(input !== undefined && { input }),
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

/** By the command line, beside the running daemon. */
function addAccount(site: VirtualSite, name: string, role: Role): void {
  const { code, err } = kakou(
    [
      ...['account', 'add', name, '--role', role, '--person', 'engineer'],
      ...['--config', site.configFile, '--password-stdin'],
    ],
    password,
  );
  if (code !== 0) throw new Error(err);
}

function rerunSays(site: VirtualSite, passageId: string): string {
  const { out, err } = kakou(['decide', '--config', site.configFile, '--passage', passageId]);
  return out + err;
}

t.test('a clerk corrects a plate and confirms; the arm rises once', async (t) => {
  const site = await VirtualSite.start(t, { lanes: inbound, manner, configure });
  await site.startDaemon();
  addAccount(site, 'clerk-1', 'clerk');
  const clerk = new PersonClient(site.panelPort);
  t.equal((await clerk.signIn('clerk-1', password)).status, 200);
  const truck = planned({ number: 1, direction: 'in', containers: [box] });
  const { plate } = truck.truck;
  const misread = { ...truck, plateRead: { text: '粤BA7001', confidence: 98 } };
  const gone = site.pass('in-1', misread);
  const at = await standing(t, site, clerk);
  t.equal(site.contacts.length, 0);

  const corrected = await clerk.post(at.acts, {
    act: 'correct',
    actId: 'correct-0001',
    seen: at.seen,
    plate,
  });
  t.equal(corrected.status, 200, JSON.stringify(corrected.body));
  t.match(corrected.body, { state: 'referred', reasons: ['confirmation-awaited'] });
  t.equal(site.contacts.length, 0, 'it does not open by itself');

  const touch = { act: 'confirm', actId: 'confirm-0001', seen: corrected.body['decisionId'] };
  const confirmed = await clerk.post(at.acts, touch);
  t.match(confirmed, { status: 200, body: { state: 'admitted' } });
  const again = await clerk.post(at.acts, touch);
  t.match(again, { status: 200, body: { state: 'admitted', repeated: true } });
  t.match((await clerk.post(at.acts, { ...touch, actId: 'confirm-0002' })).status, 409);

  t.equal(await gone, 'crossed');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.strictSame(site.outcomes(), ['passed']);
  t.equal(site.contacts.length, 1, 'one rise of the arm');
  t.match(site.contacts, [{ witnessed: { kind: 'decided' } }]);
  t.match(
    site.heard('person.acted.v1').map(({ data }) => data['act']),
    ['correct', 'confirm'],
  );
  t.equal(site.heard('exception.closed.v1').length, 2);
  await site.until(() => site.heard('account.changed.v1').length === 1, 'the account is told of');
  t.equal(site.ledger('SELECT 1 FROM exception WHERE closed_at IS NULL').length, 0);
  const rerun = rerunSays(site, at.passageId);
  t.equal(rerun.match(/the same, byte by byte/g)?.length, 3, rerun);
});

t.test('a held truck is released by nobody; a truck without papers by two', async (t) => {
  const site = await VirtualSite.start(t, { lanes: outbound, manner, configure });
  await site.startDaemon();
  const [clerk, supervisor, officer, auditor] = (await personsOf(site, [
    'clerk',
    'supervisor',
    'customs-officer',
    'auditor',
  ])) as [PersonClient, PersonClient, PersonClient, PersonClient];
  const truck = planned({ number: 2, direction: 'out', containers: [box] });
  const hold = {
    kind: 'hold',
    id: 'H-1',
    version: 1,
    op: 'put' as const,
    body: {
      subject: { kind: 'container', container: box },
      moves: ['leave'],
      instruction: 'stop',
      authority: 'customs',
      reason: 'inspection',
      state: 'placed',
    },
  };
  const held = site.pass('out-1', { ...truck, feed: [...truck.feed, hold] });
  const at = await standing(t, site, clerk);
  const byHand = {
    act: 'manualRelease',
    actId: 'release-0001',
    seen: at.seen,
    reason: 'documentsSeen',
    reference: 'HG-2026-0017',
  };
  for (const [who, actId] of [
    [clerk, 'release-0001'],
    [officer, 'release-0002'],
  ] as const) {
    const answer = await who.post(at.acts, { ...byHand, actId });
    t.match(answer, { status: 403, body: { code: 'release-barred' } });
  }
  t.equal((await auditor.post(at.acts, byHand)).status, 403);
  t.equal((await new PersonClient(site.panelPort).post(at.acts, byHand)).status, 401);
  t.equal(site.contacts.length, 0);

  // The hold is lifted, and with it goes the proof: no check lets it by, and none bars it.
  await site.announce([
    { ...hold, version: 2, body: { ...hold.body, state: 'lifted' } },
    { kind: 'proof', id: 'P-2', version: 2, op: 'delete', body: {} },
  ] as never);
  const unseen = await clerk.post(at.acts, {
    ...byHand,
    actId: 'release-0003',
    reference: undefined,
  });
  t.match(unseen, { status: 422, body: { code: 'release-reference-missing' } });
  const proposed = await clerk.post(at.acts, { ...byHand, actId: 'release-0004' });
  t.equal(proposed.status, 202, JSON.stringify(proposed.body));
  t.equal(site.contacts.length, 0, 'one person opens nothing');
  const own = await clerk.post('/api/acts/release-0004/approval');
  t.equal(own.status, 403);
  t.equal(site.contacts.length, 0);
  const approved = await supervisor.post('/api/acts/release-0004/approval');
  t.match(approved, { status: 200, body: { state: 'admitted' } }, JSON.stringify(approved.body));
  const again = await supervisor.post('/api/acts/release-0004/approval');
  t.match(again, { status: 200, body: { repeated: true } });
  t.equal(await held, 'crossed');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.equal(site.contacts.length, 1);
  t.match(site.heard('person.acted.v1').at(-1)?.data, {
    person: 'clerk-1',
    second: { name: 'supervisor-1', role: 'supervisor' },
    reference: 'HG-2026-0017',
  });
  t.equal(site.heard('person.refused.v1').length, 3);
  t.equal(site.heard('act.proposed.v1').length, 1);
  t.notMatch(rerunSays(site, at.passageId), /DIFFERS/);
});

t.test('killed between the commit of an act and its order: nothing opens later', async (t) => {
  const site = await VirtualSite.start(t, { lanes: inbound, manner, configure });
  await site.startDaemon('dist/test/faults/daemon-with-faults.js', ['dies-after-decision']);
  const [clerk] = (await personsOf(site, ['clerk'])) as [PersonClient];
  const truck = planned({ number: 3, direction: 'in', containers: [box] });
  const { plate } = truck.truck;
  void site.pass('in-1', { ...truck, plateRead: { text: '粤BA7003', confidence: 98 } });
  const at = await standing(t, site, clerk);
  const { body } = await clerk.post(at.acts, {
    act: 'correct',
    actId: 'correct-0003',
    seen: at.seen,
    plate,
  });
  const touch = { act: 'confirm', actId: 'confirm-0003', seen: body['decisionId'] };
  await clerk.post(at.acts, touch).catch(() => undefined);
  await site.until(() => site.daemon?.exited !== undefined, 'the daemon has killed itself');
  t.equal(site.contacts.length, 0);

  await site.startDaemon();
  const back = new PersonClient(site.panelPort);
  t.equal((await back.signIn('clerk-1', password)).status, 200);
  const after = await standing(t, site, back);
  t.equal(after.cause, 'passage-interrupted');
  const repeated = await back.post(at.acts, touch);
  t.match(repeated, { status: 200, body: { repeated: true } }, 'it was decided, and is not again');
  t.equal(site.contacts.length, 0);
  const stale = await back.post(at.acts, { ...touch, actId: 'confirm-0004' });
  t.equal(stale.status, 409);
  const fresh = await back.post(at.acts, { ...touch, actId: 'confirm-0005', seen: after.seen });
  t.match(fresh.body, { code: 'act-not-cleared' }, 'nobody has seen this vehicle since the start');
  t.equal(site.contacts.length, 0);
  const turned = await back.post(at.acts, {
    act: 'turnBack',
    actId: 'turn-0003',
    seen: fresh.body['decisionId'],
    reason: 'start again',
  });
  t.equal(turned.status, 200, JSON.stringify(turned.body));
  t.match(site.ledger('SELECT disposition FROM passage'), [{ disposition: 'refuse' }]);
  t.equal(site.contacts.length, 0);
  t.notMatch(rerunSays(site, at.passageId), /DIFFERS/);
});
