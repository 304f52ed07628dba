/** Closing a case and returning a reservation: by persons with sessions, over HTTP, on a ledger that is a file. */
import { join } from 'node:path';
import t from 'tap';
import { openForReading } from '../../src/adapters/store/open-database.ts';
import type { ActAnswer, PersonAct } from '../../src/core/lane/acts/person-act.ts';
import type { LedgerChange, ReleaseReservation } from '../../src/core/ledger-change.ts';
import type { Role } from '../../src/core/persons/roles.ts';
import type { LaneRunner } from '../../src/runtime/lane-runner.ts';
import { PersonActs } from '../../src/runtime/person-acts.ts';
import { noonMs } from '../support/facts.ts';
import { decisionFor, ledgerIn, note, settlement } from '../support/open-ledger.ts';
import { personsPanel } from '../support/persons.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const box = 'CSQU3054383';
const release = { lineage: 'P-1', container: box };
const whole: readonly ReleaseReservation[] = [release];

function passage(passageId: string, over: object = {}): NonNullable<LedgerChange['passage']> {
  const row = { passageId, laneId: 'out-1', direction: 'out', startedAtMs: 1, ...over };
  return row as never;
}

const exceptionOf = (passageId: string): NonNullable<LedgerChange['exception']> =>
  ({
    exceptionId: `x.${passageId}`,
    passageId,
    laneId: 'out-1',
    cause: 'release-unsettled',
    openedAtMs: 1,
  }) as never;

async function office(folder = temporaryFolder()) {
  const ledger = ledgerIn(folder);
  const standing: string[] = [];
  const carriedOut: PersonAct[] = [];
  const lane = {
    act(act: PersonAct): ActAnswer {
      carriedOut.push(act);
      return act.kind === 'manualRelease' && !act.second
        ? { kind: 'refused', code: 'second-person-missing' }
        : { kind: 'done', state: 'admitted', reasons: [] };
    },
    get state() {
      return {
        passages: standing.map((passageId) => ({ passageId, kind: 'referred', reasons: [] })),
      };
    },
  };
  const acts = new PersonActs({
    ledger,
    clock: {
      bootId: 'boot',
      now: () => ({ wallMs: noonMs, monotonicMs: 1 }),
      state: () => 'synced',
    },
    runnerOf: (laneId) => (laneId === 'out-1' ? (lane as unknown as LaneRunner) : undefined),
    commit: (change) => ledger.commit(change),
  });
  const persons = await personsPanel({ acts });
  const ask = async (role: Role, url: string, payload: object) => {
    const headers = await persons.as(role);
    const answer = await persons.panel.app.inject({ method: 'POST', url, headers, payload });
    return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
  };
  for (const role of ['clerk', 'supervisor', 'customs-officer', 'auditor'] as const)
    await persons.add(role);
  const rows = (sql: string): readonly unknown[] => {
    const db = openForReading(join(folder, 'ledger.db'));
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  };
  const close = async () => {
    await persons.panel.close();
    ledger.close();
  };
  return { folder, ledger, standing, ask, rows, close, carriedOut, acts, persons };
}

type Office = Awaited<ReturnType<typeof office>>;

/** Let through, and gone: nobody knows whether it crossed. */
function leftBehind(
  { ledger }: Office,
  passageId: string,
  releases: readonly ReleaseReservation[],
): void {
  ledger.commit(decisionFor(passageId, releases));
  ledger.commit({
    events: [note(passageId)],
    passage: passage(passageId, { endedAtMs: 2, outcome: 'withdrawn' }),
    exception: exceptionOf(passageId),
  });
}

const returning = (passageId: string, actId: string) => ({
  ...{ actId, passageId, reason: 'the truck is in the yard', reference: 'HG-2026-0017' },
});
const returnUrl = '/api/reservations/return';

t.test(
  'a release that was left behind is usable again once, when an officer returns it',
  async (t) => {
    const desk = await office();
    const { ask, ledger } = desk;
    leftBehind(desk, 'p1', whole);
    t.match(ledger.commit(decisionFor('p2', whole)), { kind: 'conflict' }, 'it is taken');

    for (const role of ['clerk', 'supervisor', 'auditor'] as const) {
      const answer = await ask(role, returnUrl, returning('p1', 'return-0001'));
      t.match(answer, { status: 403, body: { code: 'act-role-forbidden' } }, role);
    }
    t.match(ledger.commit(decisionFor('p2', whole)), { kind: 'conflict' }, 'and is still');

    const done = await ask('customs-officer', returnUrl, returning('p1', 'return-0001'));
    t.match(done, { status: 200, body: { kind: 'done', actId: 'return-0001' } });
    t.equal(done.body['repeated'], undefined);
    t.match(ledger.commit(decisionFor('p2', whole)), { kind: 'committed' }, 'it is free');

    const again = await ask('customs-officer', returnUrl, returning('p1', 'return-0001'));
    t.match(again, { status: 200, body: { repeated: true } });
    const anew = await ask('customs-officer', returnUrl, returning('p1', 'return-0002'));
    t.match(
      anew,
      { status: 409, body: { code: 'reservation-none' } },
      'another passage has it now',
    );
    t.match(ledger.commit(decisionFor('p3', whole)), { kind: 'conflict' }, 'and keeps it');
    t.strictSame(desk.rows('SELECT passage_id AS by, state FROM reservation'), [
      { by: 'p2', state: 'reserved' },
    ]);
    t.strictSame(
      desk.rows(`SELECT json_extract(entry, '$.data.person') AS person,
      json_extract(entry, '$.data.reference') AS reference FROM journal
      WHERE json_extract(entry, '$.type') LIKE '%person.acted.v1'`),
      [{ person: 'customs-officer', reference: 'HG-2026-0017' }],
      'one act, with the name',
    );
    await desk.close();

    const restarted = await office(desk.folder);
    t.teardown(restarted.close);
    const late = await restarted.ask('customs-officer', returnUrl, returning('p1', 'return-0001'));
    t.match(late, { status: 200, body: { repeated: true } }, 'also after a restart');
    t.equal(restarted.rows(`SELECT 1 FROM reservation WHERE passage_id = 'p2'`).length, 1);
  },
);

t.test('what is used, in use, unknown or of another passage is not returned', async (t) => {
  const desk = await office();
  t.teardown(desk.close);
  const { ask, ledger } = desk;
  const refuses = async (passageId: string, code: string) => {
    const wish = returning(passageId, `return-${passageId}-${code}`);
    t.match((await ask('customs-officer', returnUrl, wish)).body, { code }, `${passageId} ${code}`);
  };
  leftBehind(desk, 'p1', whole);
  const other = { lineage: 'P-2', container: 'CBHU3202732' };
  leftBehind(desk, 'p2', [other]);
  await refuses('p9', 'act-passage-unknown');
  desk.standing.push('p1');
  await refuses('p1', 'reservation-in-use');
  desk.standing.pop();
  ledger.commit(settlement('p1', whole, 'consumed'));
  await refuses('p1', 'reservation-none');
  t.equal(desk.rows(`SELECT 1 FROM reservation WHERE state = 'consumed'`).length, 1);

  ledger.commit(decisionFor('p3', [{ lineage: 'P-3', container: 'HLXU2008419' }]));
  await refuses('p3', 'reservation-in-use');
  const done = await ask('customs-officer', returnUrl, returning('p2', 'return-p2-0001'));
  t.equal(done.status, 200);
  t.equal(desk.rows(`SELECT 1 FROM reservation WHERE passage_id = 'p3'`).length, 1, 'of p2 alone');
  const reused = await ask('customs-officer', returnUrl, returning('p3', 'return-p2-0001'));
  t.match(reused, { status: 409, body: { code: 'act-id-reused' } });
});

t.test('a share of loose cargo that was left behind is returned too', async (t) => {
  const desk = await office();
  t.teardown(desk.close);
  const share = (packages: number) => ({
    ...{ lineage: 'P-1', container: 'd:D-1' },
    part: { takes: { packages }, limit: { packages: 10 } },
  });
  leftBehind(desk, 'p1', [share(8)]);
  t.match(desk.ledger.commit(decisionFor('p2', [share(8)])), { kind: 'conflict' });
  const done = await desk.ask('customs-officer', returnUrl, returning('p1', 'return-0001'));
  t.match(done, { status: 200 }, JSON.stringify(done.body));
  t.match(desk.ledger.commit(decisionFor('p2', [share(8)])), { kind: 'committed' });
  const again = await desk.ask('customs-officer', returnUrl, returning('p1', 'return-0002'));
  t.match(again, { status: 409, body: { code: 'reservation-none' } });
  t.match(desk.ledger.commit(decisionFor('p3', [share(8)])), { kind: 'conflict' });
});

t.test('a case is closed once, by who may, and never while its vehicle stands there', async (t) => {
  const desk = await office();
  const { ask } = desk;
  leftBehind(desk, 'p1', whole);
  leftBehind(desk, 'p2', [{ lineage: 'P-2', container: 'CBHU3202732' }]);
  const url = '/api/cases/x.p1/close';
  const closing = { actId: 'closing-0001', outcome: 'crossingVerified', note: 'seen on video' };
  const open = () => desk.rows('SELECT exception_id AS id FROM exception WHERE closed_at IS NULL');

  t.match(await ask('auditor', url, closing), { status: 403 });
  t.match(await ask('clerk', '/api/cases/x.p9/close', closing), { status: 404 });
  desk.standing.push('p1');
  t.match((await ask('clerk', url, closing)).body, { code: 'case-vehicle-present' });
  desk.standing.pop();
  t.equal(open().length, 2);

  t.match(await ask('clerk', url, closing), { status: 200, body: { kind: 'done' } });
  t.strictSame(open(), [{ id: 'x.p2' }]);
  t.match(await ask('clerk', url, closing), { status: 200, body: { repeated: true } });
  const byAnother = await ask('supervisor', url, closing);
  t.match(byAnother, { status: 409, body: { code: 'act-id-reused' } });
  const elsewhere = await ask('clerk', '/api/cases/x.p2/close', closing);
  t.match(elsewhere, { status: 409, body: { code: 'act-id-reused' } });
  const otherwise = await ask('clerk', url, { ...closing, outcome: 'falseAlarm' });
  t.match(otherwise, { status: 409, body: { code: 'act-id-reused' } }, 'another word, same id');
  const anew = await ask('supervisor', url, { ...closing, actId: 'closing-0002' });
  t.match(anew, { status: 409, body: { code: 'case-closed-already' } });
  t.strictSame(open(), [{ id: 'x.p2' }]);
  t.strictSame(
    desk.rows(`SELECT json_extract(entry, '$.data.person') AS person FROM journal
      WHERE json_extract(entry, '$.type') LIKE '%exception.closed.v1'`),
    [{ person: 'clerk' }],
  );
  const states = desk.rows('SELECT passage_id AS of, state FROM reservation ORDER BY passage_id');
  const settled = [
    { of: 'p1', state: 'consumed' },
    { of: 'p2', state: 'reserved' },
  ];
  t.strictSame(states, settled, 'who has verifiably crossed has used his release');
  await desk.close();

  const restarted = await office(desk.folder);
  t.teardown(restarted.close);
  t.match(await restarted.ask('clerk', url, closing), { status: 200, body: { repeated: true } });
});

t.test('no case is closed while a release of its passage is still reserved', async (t) => {
  const desk = await office();
  t.teardown(desk.close);
  const { ask, ledger } = desk;
  const share = {
    ...{ lineage: 'P-2', container: 'loose:D1' },
    part: { takes: { packages: 8 }, limit: { packages: 10 } },
  };
  leftBehind(desk, 'p1', [release, share]);
  const close = (outcome: string, actId: string) =>
    ask('supervisor', '/api/cases/x.p1/close', { actId, outcome });
  const outcomes = [
    'leftTheLane',
    'returnVerified',
    'handedToCustoms',
    'deviceRepaired',
    'falseAlarm',
  ];
  for (const outcome of outcomes) {
    const answer = await close(outcome, `closing-${outcome}`);
    t.match(answer, { status: 409, body: { code: 'case-release-reserved' } }, outcome);
    const { en } = answer.body['text'] as { en: string };
    t.match(en, 'passage p1 still has P-1 (CSQU3054383), P-2 (loose:D1) reserved');
    t.match(answer.body['detail'], /customs officer returns the reservation/);
  }
  t.equal(
    desk.rows('SELECT 1 FROM exception WHERE closed_at IS NULL').length,
    1,
    'it stays listed',
  );

  t.equal((await ask('customs-officer', returnUrl, returning('p1', 'return-0001'))).status, 200);
  t.equal((await close('returnVerified', 'closing-0002')).status, 200);

  leftBehind(desk, 'p2', [release, share]);
  const crossed = { actId: 'closing-0003', outcome: 'crossingVerified' };
  t.equal((await ask('clerk', '/api/cases/x.p2/close', crossed)).status, 200);
  t.match(ledger.usesOf([box, 'loose:D1']), [{ state: 'consumed' }, { state: 'consumed' }]);
  const told = desk.rows(`SELECT json_extract(entry, '$.data.person') AS person FROM journal
    WHERE json_extract(entry, '$.type') LIKE '%release.consumed.v1'`);
  t.strictSame(told, [{ person: 'clerk' }]);
  const late = await ask('customs-officer', returnUrl, returning('p2', 'return-0002'));
  t.match(late.body, { code: 'reservation-none' }, 'and what was used is not returned');
});

t.test(
  'what waits for a second person is one act of one wish, approved once by another',
  async (t) => {
    const desk = await office();
    t.teardown(desk.close);
    const { ask, acts, carriedOut, persons } = desk;
    acts.isOpen = (sessionId) => persons.signIn.isOpen(sessionId);
    const url = '/api/lanes/out-1/passages/p1/acts';
    const wish = {
      ...{ act: 'manualRelease', actId: 'release-0001', seen: null },
      ...{ reason: 'deviceFault', reference: 'HG-1' },
    };
    const approval = (actId: string) => `/api/acts/${actId}/approval`;
    t.equal((await ask('supervisor', url, wish)).status, 202);
    t.equal((await ask('supervisor', url, wish)).status, 202, 'asked again it still waits');
    for (const other of [{ reason: 'documentsSeen' }, { reference: 'HG-2' }, { seen: 'p1.d2' }]) {
      const answer = await ask('supervisor', url, { ...wish, ...other });
      t.match(answer, { status: 409, body: { code: 'act-id-reused' } }, JSON.stringify(other));
    }
    const { actId, seen } = wish;
    const confirm = await ask('supervisor', url, { act: 'confirm', actId, seen });
    t.match(confirm, { status: 409, body: { code: 'act-id-reused' } }, 'another act');
    const own = await ask('supervisor', approval(actId), {});
    t.match(own, { status: 403, body: { code: 'act-approval-same' } }, 'in another session of his');
    t.match(await ask('clerk', approval(actId), {}), { status: 403 });
    t.equal(carriedOut.filter(({ kind }) => kind === 'confirm').length, 0);

    t.match(await ask('customs-officer', approval(actId), {}), { status: 200 });
    const seconds = carriedOut.map((act) => (act.kind === 'manualRelease' ? act.second?.name : ''));
    t.strictSame(seconds, [undefined, 'customs-officer']);
    const again = await ask('customs-officer', approval(actId), {});
    t.match(again, { status: 404, body: { code: 'act-approval-unknown' } }, 'it is taken once');

    t.equal((await ask('supervisor', url, { ...wish, actId: 'release-0002' })).status, 202);
    persons.accounts.disable('supervisor', { person: 'test', atMs: noonMs });
    const late = await ask('customs-officer', approval('release-0002'), {});
    t.match(late, { status: 404 }, 'who is out of his account proposes nothing');
  },
);

t.test('nobody approves an act that waited for nobody', async (t) => {
  const desk = await office();
  t.teardown(desk.close);
  leftBehind(desk, 'p1', whole);
  const closing = { actId: 'closing-0001', outcome: 'crossingVerified' };
  t.equal((await desk.ask('clerk', '/api/cases/x.p1/close', closing)).status, 200);
  const answer = await desk.ask('supervisor', '/api/acts/closing-0001/approval', {});
  t.match(answer, { status: 404, body: { code: 'act-approval-unknown' } });
});
