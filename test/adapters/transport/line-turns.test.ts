import t from 'tap';
import { LineTurns, lostShareMax } from '../../../src/adapters/transport/line-turns.ts';
import type { ExchangeResult } from '../../../src/ports/transport.ts';

interface Asked {
  readonly unit: number;
  readonly address?: number;
  readonly priority?: 'poll' | 'command';
  readonly notAfterMonotonicMs?: number;
  readonly isWithdrawn?: () => boolean;
}

function turnsOf(units: readonly number[], burstMs = 100) {
  const turns = new LineTurns({ burstMs });
  for (const unit of units) turns.admit(unit);
  const answers: (readonly [string, string])[] = [];
  const add = ({ unit, address = 0, priority = 'poll', ...limits }: Asked) => {
    const name = `${unit}/${address}`;
    turns.add({
      unit,
      request: { function: 2, address, quantity: 8 },
      options: { priority, ...limits },
      answer: (result: ExchangeResult) =>
        answers.push([name, result.kind === 'failed' ? result.failure : 'reply']),
    });
  };
  const take = (nowMs = 0) => {
    const turn = turns.take(nowMs);
    return turn && `${turn.unit}/${turn.request.address}`;
  };
  const takeAll = (nowMs = 0) => {
    const taken: string[] = [];
    for (let turn = take(nowMs); turn !== undefined; turn = take(nowMs)) taken.push(turn);
    return taken;
  };
  return { turns, add, take, takeAll, answers };
}

t.test('units take turns, however many requests one of them has', async (t) => {
  const { add, takeAll } = turnsOf([1, 2, 3]);
  for (let address = 0; address < 4; address += 1) add({ unit: 1, address });
  add({ unit: 2 });
  add({ unit: 3 });
  add({ unit: 3, address: 1 });
  t.strictSame(takeAll(), ['1/0', '2/0', '3/0', '1/1', '3/1', '1/2', '1/3']);
});

t.test('commands go before all polls, each unit’s own in their order', async (t) => {
  const { add, takeAll } = turnsOf([1, 2]);
  add({ unit: 1 });
  add({ unit: 2, address: 7, priority: 'command' });
  add({ unit: 2, address: 8, priority: 'command' });
  add({ unit: 1, address: 9, priority: 'command' });
  t.strictSame(takeAll(), ['1/9', '2/7', '2/8', '1/0']);
});

t.test('what is too late is answered and not taken', async (t) => {
  const { add, takeAll, answers } = turnsOf([1]);
  add({ unit: 1, address: 1, priority: 'command', notAfterMonotonicMs: 50 });
  add({ unit: 1, address: 2, notAfterMonotonicMs: 49 });
  add({ unit: 1, address: 3, notAfterMonotonicMs: 51 });
  t.strictSame(takeAll(50), ['1/1', '1/3']);
  t.strictSame(answers, [['1/2', 'expired']]);
});

t.test('what was taken back while it waited is answered and not taken', async (t) => {
  const { add, takeAll, take, answers } = turnsOf([1]);
  let isWithdrawn = false;
  add({ unit: 1, address: 1, priority: 'command' });
  add({ unit: 1, address: 2, priority: 'command', isWithdrawn: () => isWithdrawn });
  add({ unit: 1, address: 3, priority: 'command', isWithdrawn: () => false });
  t.equal(take(), '1/1');
  isWithdrawn = true;
  t.strictSame(takeAll(), ['1/3']);
  t.strictSame(answers, [['1/2', 'expired']]);
});

t.test(
  'a newer poll for the same takes the place of the older; a command never does',
  async (t) => {
    const { add, takeAll, answers } = turnsOf([1]);
    add({ unit: 1, address: 4 });
    add({ unit: 1, address: 4 });
    add({ unit: 1, address: 4, priority: 'command' });
    add({ unit: 1, address: 4, priority: 'command' });
    t.strictSame(answers, [['1/4', 'expired']]);
    t.strictSame(takeAll(), ['1/4', '1/4', '1/4']);
  },
);

t.test(
  'more than a few requests of a unit do not wait, and a unit that is gone has none',
  async (t) => {
    const { turns, add, takeAll, answers } = turnsOf([1, 2]);
    for (let address = 0; address < 10; address += 1) add({ unit: 1, address });
    for (let i = 0; i < 18; i += 1) add({ unit: 2, priority: 'command' });
    t.equal(answers.filter(([, what]) => what === 'overloaded').length, 2 + 2);
    turns.dismiss(1, 'disconnected', 'closed');
    t.equal(answers.filter(([, what]) => what === 'disconnected').length, 8);
    t.equal(takeAll().length, 16);
    add({ unit: 1 });
    t.strictSame(answers.at(-1), ['1/0', 'disconnected']);
  },
);

t.test('a dead unit is asked again within its share, and the living one always', async (t) => {
  const lossMs = 400;
  const { turns, add, take } = turnsOf([1, 2], 2 * lossMs);
  let nowMs = 0;
  let lostMs = 0;
  let living = 0;
  const runMs = 120_000;
  while (nowMs < runMs) {
    add({ unit: 1 });
    add({ unit: 2 });
    const turn = take(nowMs);
    if (turn === '2/0') {
      nowMs += lossMs;
      lostMs += lossMs;
      turns.lost(2, lossMs, nowMs);
    } else {
      living += 1;
      turns.answered(1);
      nowMs += 20;
    }
  }
  t.ok(lostMs <= lostShareMax * runMs + 3 * lossMs, `${lostMs} ms of ${runMs} are lost`);
  t.ok(lostMs >= lostShareMax * runMs * 0.8, 'and its share is used to look for it');
  t.ok(living > (0.9 * runMs) / 20);
});

t.test('ten dead units together lose no more than one', async (t) => {
  const lossMs = 400;
  const units = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  const { turns, add, take } = turnsOf(units, 2 * lossMs);
  const asked = new Map<string, number>();
  let nowMs = 0;
  let lostMs = 0;
  const runMs = 300_000;
  while (nowMs < runMs) {
    for (const unit of units) add({ unit });
    const turn = take(nowMs) ?? '';
    asked.set(turn, (asked.get(turn) ?? 0) + 1);
    if (turn === '1/0') {
      turns.answered(1);
      nowMs += 20;
    } else {
      nowMs += lossMs;
      lostMs += lossMs;
      turns.lost(Number(turn.split('/')[0]), lossMs, nowMs);
    }
  }
  // Each unit is taken for living until it has not answered once.
  t.ok(lostMs <= lostShareMax * runMs + 12 * lossMs, `${lostMs} ms of ${runMs} are lost`);
  t.equal(asked.size, 11, 'none is forgotten');
  const tries = [...asked].filter(([turn]) => turn !== '1/0').map(([, times]) => times);
  t.ok(Math.max(...tries) - Math.min(...tries) <= 2, `they are looked for alike: ${tries}`);
});

t.test('a dead unit is held back only where there is a living one to be spared', async (t) => {
  const { turns, add, take } = turnsOf([1, 2]);
  turns.lost(1, 5_000, 0);
  add({ unit: 1 });
  t.equal(take(1), undefined, 'the other may be living');
  t.ok((turns.heldForMs(1) ?? 0) > 1_000, 'and it is told how long that lasts');
  turns.lost(2, 5_000, 2);
  t.equal(take(3), '1/0', 'nobody is left to be spared');
  const alone = turnsOf([1]);
  alone.turns.lost(1, 5_000, 0);
  alone.add({ unit: 1 });
  t.equal(alone.take(1), '1/0');
});

t.test(
  'a command to a dead unit is not held back, nor does it put off finding it for long',
  async (t) => {
    const { turns, add, take } = turnsOf([1, 2], 100);
    for (let i = 0; i < 50; i += 1) turns.lost(1, 1_000, 0);
    add({ unit: 1 });
    add({ unit: 1, address: 9, priority: 'command' });
    t.equal(take(1), '1/9');
    t.equal(take(1), undefined);
    t.ok((turns.heldForMs(1) ?? 0) <= 200 / lostShareMax + 1);
    t.equal(take(1 + 200 / lostShareMax + 1), '1/0');
    turns.answered(1);
    add({ unit: 1 });
    t.equal(take(1 + 200 / lostShareMax + 1), '1/0', 'an answer ends it');
  },
);
