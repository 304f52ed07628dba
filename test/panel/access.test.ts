/** Who reaches which route, held against what the server has really registered. */
import { connect } from 'node:net';
import type { InjectOptions } from 'fastify';
import t from 'tap';
import {
  actRoles,
  approvingRoles,
  laneActs,
  type Role,
  roles,
} from '../../src/core/persons/roles.ts';
import { personsPanel } from '../support/persons.ts';

const everyone: readonly Role[] = roles;
const people = everyone.filter((role) => role !== 'service');

interface Expected {
  /** `all`: to everyone, signed in or not. */
  readonly by: 'all' | readonly Role[];
  readonly body?: object;
}

const head = { actId: 'act-0001', seen: null };
const closing = { actId: 'act-0001', outcome: 'leftTheLane' };
const returning = { actId: 'act-0001', passageId: 'p1', reason: 'gone', reference: 'A-17' };

/** Written by hand, and not from the routes: a route that is not here makes the test fail. */
const expected: Readonly<Record<string, Expected>> = {
  'GET /healthz': { by: 'all' },
  'HEAD /healthz': { by: 'all' },
  'GET /': { by: 'all' },
  'HEAD /': { by: 'all' },
  'GET /api/gate': { by: everyone },
  'HEAD /api/gate': { by: everyone },
  'GET /api/stream': { by: everyone },
  'GET /api/recording': { by: everyone },
  'GET /api/pictures/:sha256': { by: everyone },
  'HEAD /api/pictures/:sha256': { by: everyone },
  'GET /api/pictures/:sha256/thumbnail': { by: everyone },
  'HEAD /api/pictures/:sha256/thumbnail': { by: everyone },
  'POST /api/session': { by: 'all', body: { name: 'nobody', password: 'x' } },
  'GET /api/session': { by: everyone },
  'DELETE /api/session': { by: everyone },
  'POST /api/set-up': { by: 'all', body: { code: 'X', name: 'a', password: 'b' } },
  'GET /api/cases': { by: people },
  'POST /api/lanes/:lane/passages/:passage/acts': {
    by: ['lane-guard', 'clerk', 'supervisor', 'customs-officer'],
    body: { act: 'confirm', ...head },
  },
  'POST /api/acts/:id/approval': { by: ['supervisor', 'customs-officer', 'remote-approver'] },
  'POST /api/cases/:id/close': { by: ['clerk', 'supervisor', 'customs-officer'], body: closing },
  'POST /api/reservations/return': { by: ['customs-officer'], body: returning },
};

/** Written by hand: what the lane lets a role do, whoever let the request in. */
const acts: Readonly<Record<string, readonly Role[]>> = {
  turnBack: ['lane-guard', 'clerk', 'supervisor', 'customs-officer'],
  correct: ['clerk', 'supervisor'],
  confirm: ['clerk', 'supervisor'],
  divert: ['clerk', 'supervisor', 'customs-officer'],
  manualRelease: ['clerk', 'supervisor', 'customs-officer'],
  repeatOpening: ['clerk', 'supervisor'],
  closeCase: ['clerk', 'supervisor', 'customs-officer'],
  returnReservation: ['customs-officer'],
};

/** Everything there can be at a panel, behind a session. */
async function everything() {
  const persons = await personsPanel({
    signInToSee: true,
    pictures: { look: () => undefined },
    recording: () => [],
    limits: { clientsMax: 0 },
  });
  for (const role of roles) await persons.add(role);
  return persons;
}

/** What the router answers to, read from its own tree. */
function routesOf(tree: string): readonly string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const found = /^((?:│ {3}| {4})*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line);
    if (!found) return [];
    const [, indent = '', part = '', methods = ''] = found;
    const depth = indent.length / 4;
    const url = (above[depth - 1] ?? '') + part;
    above[depth] = url;
    return methods === '' ? [] : methods.split(', ').map((method) => `${method} ${url}`);
  });
}

function requestOf(route: string): InjectOptions {
  const [method = '', path = ''] = route.split(' ');
  const url = path.replace(/:[a-zA-Z0-9]+/g, 'act-0001');
  const body = expected[route]?.body;
  return { method: method as 'GET', url, ...(body && { payload: body }) };
}

t.test('every route that is there is expected, by every role and by nobody', async (t) => {
  const { panel, as, own } = await everything();
  t.teardown(panel.close);
  const routes = routesOf(panel.app.printRoutes({ commonPrefix: false }));
  t.strictSame([...routes].sort(), Object.keys(expected).sort());
  for (const route of routes) {
    const by = expected[route]?.by ?? [];
    const nobody = await panel.app.inject({ ...requestOf(route), headers: own });
    if (by === 'all') {
      t.not(nobody.statusCode, 403, `${route} is open`);
      continue;
    }
    t.equal(nobody.statusCode, 401, `${route} by nobody`);
    for (const role of roles) {
      const answer = await panel.app.inject({ ...requestOf(route), headers: await as(role) });
      const isLet = ![401, 403, 405].includes(answer.statusCode);
      t.equal(isLet, by.includes(role), `${route} by ${role}: ${answer.statusCode}`);
    }
  }
});

t.test('what changes something is refused without the header of the page', async (t) => {
  const { panel, as, asked } = await everything();
  t.teardown(panel.close);
  const headers: Record<string, string> = await as('customs-officer');
  delete headers['x-kakou-request'];
  for (const route of Object.keys(expected)) {
    if (/^(GET|HEAD) /.test(route)) continue;
    const { statusCode } = await panel.app.inject({ ...requestOf(route), headers });
    t.equal(statusCode, 403, route);
  }
  t.strictSame(asked, []);
});

t.test('one address that is written in another way asks for the session too', async (t) => {
  const { panel } = await everything();
  t.teardown(panel.close);
  const address = await panel.listen();
  for (const path of Object.keys(expected).filter((route) => route.startsWith('GET /api/'))) {
    const { url = '' } = requestOf(path);
    const written = String(url).replace(/^\/api\/./, (text) =>
      text.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
    );
    t.equal(await rawStatus(address, written), 401, written);
    t.equal(await rawStatus(address, `http://elsewhere.example${String(url)}`), 401, String(url));
  }
});

/** As it stands, without what a client library would make of it. */
function rawStatus(address: string, target: string): Promise<number> {
  const { port, hostname } = new URL(address);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`),
    );
    socket.on('data', (bytes) => {
      text += bytes.toString();
      if (text.includes('\r\n')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(text.split(' ')[1])));
  });
}

t.test('what the lane lets a role do stands nowhere but where it is expected', async (t) => {
  t.strictSame(actRoles, acts);
  const ofLane = roles.filter((role) => laneActs.some((act) => acts[act]?.includes(role)));
  t.strictSame(ofLane, expected['POST /api/lanes/:lane/passages/:passage/acts']?.by);
  t.strictSame(approvingRoles, expected['POST /api/acts/:id/approval']?.by);
});

t.test('a stream ends with the session that it was opened in', async (t) => {
  const persons = await personsPanel({ signInToSee: true, limits: { keepAliveMs: 20 } });
  t.teardown(persons.panel.close);
  await persons.add('viewer');
  const address = await persons.panel.listen();
  const headers: Record<string, string> = await persons.as('viewer');
  const { status, body } = await fetch(`${address}api/stream`, { headers });
  t.equal(status, 200);
  const ended = (async () => {
    for await (const _ of body ?? []);
    return 'ended';
  })();
  persons.accounts.disable('viewer', { person: 'test', atMs: 0 });
  const late = new Promise((done) => setTimeout(done, 5_000, 'still open').unref());
  t.equal(await Promise.race([ended, late]), 'ended');
});
