/** What is asked over the control socket is checked before a lane sees it, and answered in words. */
import t from 'tap';
import type { ServiceAct, ServiceActAnswer } from '../src/core/lane/lane-act.ts';
import { actOn } from '../src/gate-acts.ts';

function gate(answer: ServiceActAnswer | undefined) {
  const asked: [string, ServiceAct, string][] = [];
  return {
    asked,
    clearSafeState: () => Promise.resolve('accepted' as const),
    actInYard: () => ({ kind: 'refused' as const, reason: 'not asked here' }),
    actOnLane(laneId: string, act: ServiceAct, person: string) {
      asked.push([laneId, act, person]);
      return answer && Promise.resolve(answer);
    },
  };
}

const order = { act: 'lane', lane: 'in-1', person: ' 王芳 ' };

t.test('an order reaches its lane with the name of the person', async (t) => {
  const done = gate({ kind: 'done' });
  t.match(await actOn(done, { ...order, order: 'drain' }), { ok: true, result: /nobody new/ });
  t.match(await actOn(done, { ...order, order: 'turn', to: 'out' }), { ok: true });
  t.strictSame(done.asked, [
    ['in-1', { kind: 'drain' }, '王芳'],
    ['in-1', { kind: 'turn', to: 'out' }, '王芳'],
  ]);
});

t.test('what is no order, or has no person, reaches no lane', async (t) => {
  const done = gate({ kind: 'done' });
  for (const wrong of [
    { order: 'explode' },
    { order: 'turn' },
    { order: 'turn', to: 'up' },
    { order: 'drain', person: ' ' },
    { order: 'drain', lane: 7 },
  ]) {
    t.match(await actOn(done, { ...order, ...wrong }), { ok: false, message: /./, hint: /./ });
  }
  t.match(await actOn(done, { act: 'dance' }), { ok: false, message: /no act "dance"/ });
  t.strictSame(done.asked, []);
});

t.test('a refusal says why and what to do', async (t) => {
  const refused = (reason: Extract<ServiceActAnswer, { kind: 'refused' }>['reason']) =>
    actOn(gate({ kind: 'refused', reason }), { ...order, order: 'open' });
  t.match(await refused('notInMaintenance'), { ok: false, message: /only in maintenance/ });
  t.match(await refused('notEmpty'), { ok: false, hint: /loops on the page/ });
  const open = { ...order, order: 'open' };
  t.match(await actOn(gate({ kind: 'unrecorded' }), open), {
    ok: false,
    message: /not be recorded/,
  });
  t.match(await actOn(gate(undefined), open), { ok: false, message: /no lane "in-1"/ });
});

t.test(
  'an act upon the yard reaches it with person and id, and without an id not at all',
  async (t) => {
    const asked: unknown[] = [];
    const yard = (answer: { readonly kind: 'repeated' | 'committed' }) => ({
      clearSafeState: () => Promise.resolve('accepted' as const),
      actOnLane: () => undefined,
      actInYard: (by: object, act: object) => {
        asked.push([by, act]);
        return { firstSequence: 1, lastSequence: 1, ...answer } as never;
      },
    });
    const wish = { act: 'dropTrailer', trailer: '粤B1234挂' };
    const request = { act: 'yard', person: '王芳', actId: 'drop-0001', wish };
    t.match(await actOn(yard({ kind: 'committed' }), request), { ok: true, result: 'done' });
    t.match(await actOn(yard({ kind: 'repeated' }), request), { ok: true, result: /not again/ });
    t.strictSame(asked[0], [{ person: '王芳', actId: 'drop-0001' }, wish]);
    for (const actId of [undefined, 'short', 'a space in it', '-starts-so', 'x'.repeat(65), 7]) {
      const answer = await actOn(yard({ kind: 'committed' }), { ...request, actId });
      t.match(answer, { ok: false, message: /id of the act/, hint: /8 to 64/ }, String(actId));
    }
    t.equal(asked.length, 2);
  },
);
