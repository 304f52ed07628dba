import t from 'tap';
import { type Role, roles } from '../../src/core/persons/roles.ts';
import { personRoutes } from '../../src/panel/persons/routes.ts';
import { goodPassword, personsPanel } from '../support/persons.ts';

const head = { actId: 'act-0001', seen: null };
const confirm = { act: 'confirm', ...head };
const actUrl = '/api/lanes/out-1/passages/p1/acts';

/** A request of its right form for each route. */
const samples: Readonly<Record<keyof typeof personRoutes, { url: string; payload?: object }>> = {
  signIn: { url: '/api/session', payload: { name: 'nobody', password: 'x' } },
  signOut: { url: '/api/session' },
  session: { url: '/api/session' },
  setUp: { url: '/api/set-up', payload: { code: 'X', name: 'a', password: 'b' } },
  act: { url: actUrl, payload: confirm },
  approve: { url: '/api/acts/act-0001/approval' },
  cases: { url: '/api/cases' },
  closeCase: {
    url: '/api/cases/x.1/close',
    payload: { actId: 'act-0001', outcome: 'leftTheLane' },
  },
  returnReservation: {
    url: '/api/reservations/return',
    payload: { actId: 'act-0001', passageId: 'p1', reason: 'gone', reference: 'A-17' },
  },
};

/** Who may, written out by hand: the table of the routes is held against it. */
const everyone: readonly string[] = roles;
const mayUse: Readonly<Record<keyof typeof personRoutes, readonly string[]>> = {
  signIn: everyone,
  signOut: everyone,
  session: everyone,
  setUp: everyone,
  act: ['lane-guard', 'clerk', 'supervisor', 'customs-officer'],
  approve: ['supervisor', 'customs-officer', 'remote-approver'],
  cases: everyone.filter((role) => role !== 'service'),
  closeCase: ['clerk', 'supervisor', 'customs-officer'],
  returnReservation: ['customs-officer'],
};

t.test('every route by every role, and by nobody', async (t) => {
  const persons = await personsPanel();
  t.teardown(persons.panel.close);
  for (const role of roles) await persons.add(role);
  for (const [name, route] of Object.entries(personRoutes)) {
    const key = name as keyof typeof personRoutes;
    const request = { method: route.method, ...samples[key] };
    const { statusCode } = await persons.panel.app.inject({ ...request, headers: persons.own });
    const isOpen = key === 'signIn' || key === 'setUp';
    if (isOpen) t.not(statusCode, 403, `${name} is open`);
    else t.equal(statusCode, 401, `${name} by nobody`);
    if (isOpen) continue;
    for (const role of roles) {
      const headers = await persons.as(role);
      const answer = await persons.panel.app.inject({ ...request, headers });
      const isAllowed = mayUse[key].includes(role);
      t.equal(answer.statusCode !== 403, isAllowed, `${name} by ${role}: ${answer.statusCode}`);
      if (!isAllowed) t.match(answer.json(), { code: 'act-role-forbidden' });
    }
  }
  t.equal(Object.keys(mayUse).length, Object.keys(personRoutes).length);
});

t.test('what changes something comes from the page of this gate', async (t) => {
  const persons = await personsPanel();
  t.teardown(persons.panel.close);
  await persons.add('clerk');
  const headers = await persons.as('clerk');
  const before = persons.asked.length;
  const post = (changed: Readonly<Record<string, string>>) =>
    persons.panel.app.inject({
      method: 'POST',
      url: actUrl,
      headers: { ...headers, ...changed },
      payload: confirm,
    });
  for (const changed of [
    { 'x-kakou-request': '' },
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ]) {
    const answer = await post(changed);
    t.equal(answer.statusCode, 403, JSON.stringify(changed));
    t.match(answer.json(), { code: 'request-foreign' });
  }
  t.equal(persons.asked.length, before, 'and nothing of it reached the lane');
  const own = await post({
    origin: 'http://localhost:80',
    host: 'localhost:80',
    'sec-fetch-site': 'same-origin',
  });
  t.equal(own.statusCode, 403, 'a port that a browser leaves out is another text');
  const right = await post({
    origin: 'http://localhost',
    host: 'localhost',
    'sec-fetch-site': 'same-origin',
  });
  t.equal(right.statusCode, 200);
});

t.test('the cookie of a session is strict, and its token is not in the database', async (t) => {
  const persons = await personsPanel();
  t.teardown(persons.panel.close);
  await persons.add('clerk');
  const answer = await persons.panel.app.inject({
    method: 'POST',
    url: '/api/session',
    headers: persons.own,
    payload: { name: 'clerk', password: goodPassword },
  });
  const cookie = String(answer.headers['set-cookie']);
  t.match(cookie, /HttpOnly/);
  t.match(cookie, /SameSite=Strict/);
  t.match(cookie, /Path=\//);
  t.match(answer.json(), { name: 'clerk', role: 'clerk' });
  t.notMatch(answer.body, /token/);
  t.match(persons.told, [{ type: 'session.opened.v1', data: { person: 'clerk' } }]);
  t.notMatch(JSON.stringify(persons.told), answer.cookies[0]?.value);
});

t.test('a session ends by itself, by its person, and with its account', async (t) => {
  const persons = await personsPanel();
  t.teardown(persons.panel.close);
  await persons.add('clerk');
  const status = async (headers: Record<string, string>) =>
    (await persons.panel.app.inject({ url: '/api/session', headers })).statusCode;

  const idle = await persons.as('clerk');
  persons.now.wallMs += 1_799_000;
  t.equal(await status(idle), 200);
  persons.now.wallMs += 1_801_000;
  t.equal(await status(idle), 401, 'thirty minutes without use');

  const long = await persons.as('clerk');
  for (let minutes = 0; minutes < 715; minutes += 20) {
    persons.now.wallMs += 1_200_000;
    const isOver = minutes + 20 > 720;
    t.equal(await status(long), isOver ? 401 : 200);
  }
  persons.now.wallMs += 1_200_000;
  t.equal(await status(long), 401, 'twelve hours');

  const left = await persons.as('clerk');
  await persons.panel.app.inject({ method: 'DELETE', url: '/api/session', headers: left });
  t.equal(await status(left), 401);

  const disabled = await persons.as('clerk');
  persons.accounts.disable('clerk', { person: 'test', atMs: 0 });
  t.equal(await status(disabled), 401);
});

t.test('failed attempts wait longer and longer, and nobody learns which names exist', async (t) => {
  const persons = await personsPanel();
  t.teardown(persons.panel.close);
  await persons.add('clerk');
  const attempt = (name: string, password: string) =>
    persons.panel.app.inject({
      method: 'POST',
      url: '/api/session',
      headers: persons.own,
      payload: { name, password },
    });
  const wrong = await attempt('clerk', 'wrong');
  const unknown = await attempt('nobody', 'wrong');
  t.equal(wrong.statusCode, 401);
  t.equal(wrong.body, unknown.body);

  await attempt('clerk', 'wrong');
  await attempt('clerk', 'wrong');
  const delayed = await attempt('clerk', goodPassword);
  t.equal(delayed.statusCode, 429, 'the right password does not help during a wait');
  t.equal(delayed.headers['retry-after'], '1');
  persons.now.monotonicMs += 1_000;
  t.equal((await attempt('clerk', 'wrong')).statusCode, 401);
  t.equal((await attempt('clerk', 'wrong')).headers['retry-after'], '2');
  persons.now.monotonicMs += 2_000;
  t.equal((await attempt('clerk', goodPassword)).statusCode, 200);
  for (let i = 0; i < 30; i++) await attempt(`name-${i}`, 'wrong');
  t.equal((await attempt('another', 'wrong')).statusCode, 429, 'an address has its limit too');
});

t.test('the first account is made by the code of the first start, once', async (t) => {
  const persons = await personsPanel();
  t.teardown(persons.panel.close);
  const setUp = (payload: object) =>
    persons.panel.app.inject({
      method: 'POST',
      url: '/api/set-up',
      headers: persons.own,
      payload,
    });
  const right = { code: 'SETUPCODE234', name: 'boss', password: goodPassword };
  t.equal((await setUp(right)).statusCode, 401, 'no code has been made');
  t.equal(persons.signIn.newSetUpCode(), 'SETUPCODE234');
  t.match((await setUp({ ...right, code: 'OTHER' })).json(), { code: 'set-up-code-wrong' });
  persons.now.monotonicMs += 900_001;
  t.match((await setUp({ ...right, password: 'short' })).json(), { code: 'password-weak' });
  t.match((await setUp({ ...right, name: 'Boss!' })).json(), { code: 'account-name-malformed' });
  persons.now.monotonicMs += 900_001;
  t.match((await setUp(right)).json(), { name: 'boss', role: 'supervisor' });
  persons.now.monotonicMs += 900_001;
  t.match((await setUp({ ...right, name: 'second' })).json(), { code: 'set-up-done' });
  t.equal(persons.signIn.newSetUpCode(), undefined);
  persons.signIn.tellChanges();
  persons.signIn.tellChanges();
  const changes = persons.told.filter(({ type }) => type === 'account.changed.v1');
  t.match(changes, [{ data: { change: 'added', account: 'boss', person: 'boss' } }]);
  t.equal(changes.length, 1);
});

t.test(
  'a request that does not have its form is told what is wrong, and goes nowhere',
  async (t) => {
    const persons = await personsPanel();
    t.teardown(persons.panel.close);
    await persons.add('supervisor');
    const headers = await persons.as('supervisor');
    const post = (payload: object | string, url = actUrl) =>
      persons.panel.app.inject({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': 'application/json' },
        payload,
      });
    for (const [payload, text] of [
      [{}, 'act'],
      [{ act: 'open', ...head }, 'act'],
      [{ act: 'confirm', seen: null }, 'actId'],
      [{ ...confirm, actId: 'short' }, 'actId'],
      [{ ...confirm, extra: 1 }, 'extra'],
      [{ act: 'divert', ...head, place: 'inspection', withinMinutes: '5' }, 'withinMinutes'],
      [{ act: 'correct', ...head, plate: 7 }, 'plate'],
      [{ act: 'manualRelease', ...head, reason: 'x', second: { name: 'me' } }, 'second'],
      [{ ...confirm, note: 'x'.repeat(501) }, 'note'],
    ] as const) {
      const answer = await post(payload);
      t.equal(answer.statusCode, 422, JSON.stringify(payload));
      t.equal(answer.json().code, 'request-malformed');
      t.match(String(answer.json().detail), text);
    }
    t.equal((await post('{"act":')).statusCode, 400);
    t.equal((await post({ ...confirm, note: 'x'.repeat(5_000) })).statusCode, 413);
    t.equal(persons.asked.length, 0);

    await post({ act: 'correct', ...head, plate: '粤B12345', note: 'seen' });
    t.match(persons.asked, [
      [
        { person: { name: 'supervisor', role: 'supervisor' } },
        { laneId: 'out-1', passageId: 'p1', actId: 'act-0001' },
        { kind: 'correct', seen: null, note: 'seen', correction: { plate: '粤B12345' } },
      ],
    ]);
  },
);

t.test('a refusal says what it is and what to do, and nothing of the inside', async (t) => {
  const persons = await personsPanel();
  t.teardown(persons.panel.close);
  await persons.add('clerk');
  const headers = await persons.as('clerk');
  const refusal = { kind: 'refused', text: { zh: '无', en: 'none' }, hint: 'look again' } as const;
  for (const [code, status] of [
    ['act-passage-unknown', 404],
    ['act-view-stale', 409],
    ['release-barred', 403],
    ['act-not-recorded', 503],
  ] as const) {
    persons.answerWith({ ...refusal, code });
    const answer = await persons.panel.app.inject({
      method: 'POST',
      url: actUrl,
      headers,
      payload: confirm,
    });
    t.equal(answer.statusCode, status);
    t.match(answer.headers['content-type'], 'application/problem+json');
    t.match(answer.json(), { code, title: 'none', detail: 'look again.', text: { zh: '无' } });
  }
  persons.answerWith({ kind: 'proposed', actId: 'act-0001', expiresAtMs: 5 });
  const proposed = await persons.panel.app.inject({
    method: 'POST',
    url: actUrl,
    headers,
    payload: confirm,
  });
  t.equal(proposed.statusCode, 202);
});

t.test('who only looks needs no session, unless the gate says so', async (t) => {
  const open = await personsPanel();
  t.teardown(open.panel.close);
  t.equal((await open.panel.app.inject('/api/gate')).statusCode, 200);
  t.equal((await open.panel.app.inject({ method: 'POST', url: '/api/gate' })).statusCode, 405);
  t.equal((await open.panel.app.inject({ method: 'PUT', url: actUrl })).statusCode, 405);

  const closed = await personsPanel({ signInToSee: true });
  t.teardown(closed.panel.close);
  await closed.add('viewer');
  for (const url of [
    '/api/gate',
    '/api/stream',
    '/api/pictures/00',
    '/api/recording',
    '/api/gate?x=1',
  ]) {
    t.equal((await closed.panel.app.inject(url)).statusCode, 401, url);
  }
  t.equal((await closed.panel.app.inject('/healthz')).statusCode, 200);
  const headers = await closed.as('viewer');
  t.equal((await closed.panel.app.inject({ url: '/api/gate', headers })).statusCode, 200);
});

t.test('a panel without persons has none of it', async (t) => {
  const { panel } = await personsPanel({ persons: undefined as never });
  t.teardown(panel.close);
  t.equal((await panel.app.inject({ method: 'POST', url: '/api/session' })).statusCode, 405);
  t.equal((await panel.app.inject('/api/cases')).statusCode, 404);
});

t.test('the routes name roles that there are', async (t) => {
  for (const { access } of Object.values(personRoutes)) {
    if (typeof access === 'string') continue;
    for (const role of access as readonly Role[]) t.ok(roles.includes(role));
  }
});
