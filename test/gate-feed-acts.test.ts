/** What is asked of the feed over the control socket is checked and on record before anything is done. */
import t from 'tap';
import type { FeedActAnswer } from '../src/feed-acts.ts';
import { actOnFeedByPerson } from '../src/gate-feed-acts.ts';

function doors(answer: FeedActAnswer, isWritten = true) {
  const happened: unknown[] = [];
  return {
    happened,
    newId: () => 'a-1',
    nowMs: () => 5,
    record(data: object) {
      if (isWritten) happened.push(data);
      return isWritten;
    },
    feed: {
      act(...given: readonly unknown[]) {
        happened.push(given);
        return Promise.resolve(answer);
      },
    },
  };
}

const wish = { act: 'acknowledgeGap', source: 'customs', first: 2, last: 9 };
const request = { act: 'feed', person: ' 王芳 ', reason: '已核实', wish };

t.test('an act is on record with person and reason, and then done', async (t) => {
  const done = doors({ ok: true, result: 'done' });
  t.match(await actOnFeedByPerson(done, request), { ok: true, result: 'done' });
  t.strictSame(done.happened, [
    {
      actId: 'a-1',
      act: 'acknowledgeGap',
      person: '王芳',
      reason: '已核实',
      source: 'customs',
      first: 2,
      last: 9,
    },
    [wish, { actId: 'a-1', person: '王芳', reason: '已核实', atMs: 5 }],
  ]);
});

t.test('what cannot be recorded is not done', async (t) => {
  const full = doors({ ok: true, result: 'done' }, false);
  t.match(await actOnFeedByPerson(full, request), { ok: false, message: /not be recorded/ });
  t.strictSame(full.happened, []);
});

t.test('an act that is refused stays on record as that', async (t) => {
  const refused = doors({ ok: false, message: 'no such gap' });
  t.match(await actOnFeedByPerson(refused, request), { ok: false, message: 'no such gap' });
  t.match(refused.happened[2], { actId: 'a-1', refused: 'no such gap' });
});

t.test('without a person, a reason or a known wish nothing happens', async (t) => {
  const done = doors({ ok: true, result: 'done' });
  for (const wrong of [
    { person: ' ' },
    { person: undefined },
    { reason: '' },
    { reason: undefined },
    { wish: { act: 'redrive' } },
    { wish: { act: 'redrive', line: 0 } },
    { wish: { act: 'redrive', line: 1, more: 1 } },
    { wish: { act: 'forget', line: 1 } },
    { wish: { ...wish, first: '2' } },
  ]) {
    const asked = JSON.parse(JSON.stringify({ ...request, ...wrong })) as Record<string, unknown>;
    t.match(await actOnFeedByPerson(done, asked), { ok: false, hint: /./ });
  }
  t.strictSame(done.happened, []);
});
