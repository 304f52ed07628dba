import t, { type Test } from 'tap';
import type { ModbusLine } from '../../../src/adapters/transport/modbus-line.ts';
import type { ExchangeResult, OpenExchange } from '../../../src/ports/transport.ts';
import type { LineFault, RtuUnit } from '../../../src/simulation/modbus-rtu-host.ts';
import { clock, deviceOn } from '../../support/device-under-test.ts';
import { pause, until } from '../../support/peers.ts';
import {
  command,
  emulatedModules,
  poll,
  readInputs,
  replyTimeoutMs,
  rtuOverTcp,
} from '../../support/rtu-line.ts';

async function opened(t: Test, line: ModbusLine, unit: number) {
  const closed: string[] = [];
  const exchange = await line.open(unit, (code) => closed.push(code));
  t.teardown(() => exchange.close());
  return { exchange, closed };
}

function bits(result: ExchangeResult): readonly boolean[] | undefined {
  return result.kind === 'reply' && result.reply.kind === 'bits' ? result.reply.bits : undefined;
}

/** Reads until one is answered. */
async function readWell(exchange: OpenExchange): Promise<readonly boolean[]> {
  let read: readonly boolean[] | undefined;
  await until(async () => {
    read = bits(await exchange.request(readInputs, poll));
    return read !== undefined;
  }, 'an answered read');
  return read ?? [];
}

t.test(
  'inputs are read, pulses and registers written, exceptions leave the line whole',
  async (t) => {
    const modules = emulatedModules([3]);
    const registers: number[] = [];
    const { line } = await rtuOverTcp(
      t,
      new Map<number, RtuUnit>([
        ...modules,
        [
          9,
          {
            handle: (pdu) => {
              if (pdu[0] === 16) registers.push(...pdu.slice(6));
              return pdu[0] === 16
                ? { pdu: pdu.slice(0, 5), delayMs: 0 }
                : {
                    pdu: Uint8Array.of(3, 2 * (pdu[4] ?? 0), ...new Uint8Array(2 * (pdu[4] ?? 0))),
                    delayMs: 0,
                  };
            },
          },
        ],
      ]),
    );
    const { exchange, closed } = await opened(t, line, 3);
    t.strictSame(bits(await exchange.request(readInputs, poll)), [
      false,
      false,
      false,
      true,
      true,
      false,
      false,
      false,
    ]);
    const pulse = { function: 5, address: 0x0200, value: 5 } as const;
    t.match(await exchange.request(pulse, command), { kind: 'reply', reply: { kind: 'written' } });
    t.match(modules.get(3)?.writes, [{ address: 0x0200, value: 5 }]);
    t.match(await exchange.request({ function: 2, address: 900, quantity: 8 }, poll), {
      kind: 'failed',
      failure: 'exception',
      exceptionCode: 2,
    });
    t.ok(bits(await exchange.request(readInputs, poll)));
    const words = (await opened(t, line, 9)).exchange;
    t.match(await words.request({ function: 3, address: 4, quantity: 3 }, poll), {
      reply: { kind: 'words', words: [0, 0, 0] },
    });
    t.match(await words.request({ function: 16, address: 7, values: [0x1234, 5] }, command), {
      reply: { kind: 'written' },
    });
    t.strictSame(registers, [0x12, 0x34, 0, 5]);
    t.strictSame(closed, []);
  },
);

t.test('units of one line are asked one at a time, whoever asks', async (t) => {
  const units = [1, 2, 3, 4];
  let underWay = 0;
  let most = 0;
  const modules = emulatedModules(units);
  const { line, host } = await rtuOverTcp(
    t,
    new Map(
      [...modules].map(([unit, module]) => [
        unit,
        {
          handle(pdu: Uint8Array, nowMs: number) {
            underWay += 1;
            most = Math.max(most, underWay);
            setTimeout(() => {
              underWay -= 1;
            }, 10);
            const answer = module.handle(pdu, nowMs);
            return answer && { ...answer, delayMs: 15 };
          },
        },
      ]),
    ),
  );
  modules.get(4)?.setInput('presence', true, performance.now());
  const exchanges = await Promise.all(
    units.map(async (unit) => (await opened(t, line, unit)).exchange),
  );
  const answers = await Promise.all(
    exchanges.map((exchange) => exchange.request(readInputs, poll)),
  );
  t.strictSame(
    answers.map((answer) => bits(answer)?.[1]),
    [false, false, false, true],
  );
  t.equal(most, 1, 'never two at once');
  t.equal(host.requests, 8, 'each unit is asked once for its history and once for its inputs');
});

const spoilt: readonly (readonly [LineFault, RegExp])[] = [
  [{ kind: 'dropReply' }, /timeout/],
  [{ kind: 'dropRequest' }, /timeout/],
  [{ kind: 'disturb' }, /corrupt/],
  [{ kind: 'foreignUnit' }, /foreignReply/],
  [{ kind: 'exception', code: 4 }, /exception/],
];

for (const [fault, failure] of spoilt) {
  t.test(`after ${JSON.stringify(fault)} the line is used again when it is quiet`, async (t) => {
    const { line, host } = await rtuOverTcp(t, emulatedModules([1, 2]));
    const { exchange, closed } = await opened(t, line, 1);
    const other = await opened(t, line, 2);
    await readWell(exchange);
    await readWell(other.exchange);
    host.inject({ fault, on: 'any', unit: 1, times: 1 });
    const [first, second] = await Promise.all([
      exchange.request(readInputs, poll),
      other.exchange.request(readInputs, poll),
    ]);
    t.match(first.kind === 'failed' && first.failure, failure);
    t.ok(bits(second), 'the other unit is answered all the same');
    t.ok(bits(await exchange.request(readInputs, poll)), 'and so is the first, the next time');
    t.strictSame([...closed, ...other.closed], []);
  });
}

t.test('bytes an adapter makes when it turns round are passed over', async (t) => {
  const { line, host } = await rtuOverTcp(t, emulatedModules([1]));
  const { exchange } = await opened(t, line, 1);
  for (const bytes of [[0], [0xff], [0, 0xff, 0xfe]]) {
    host.inject({ fault: { kind: 'prefix', bytes }, on: 'any', times: 1 });
    t.ok(bits(await exchange.request(readInputs, poll)), `${bytes}`);
  }
});

for (const lateMs of [20, 100, 300, 1_000]) {
  t.test(`a reply ${lateMs} ms too late serves no newer request of its unit`, async (t) => {
    const modules = emulatedModules([1, 2]);
    const { line, host } = await rtuOverTcp(t, modules);
    const { exchange } = await opened(t, line, 1);
    const other = await opened(t, line, 2);
    await readWell(exchange);
    await readWell(other.exchange);
    const module = modules.get(1);
    module?.setInput('presence', true, performance.now());
    const delayMs = replyTimeoutMs + lateMs;
    host.inject({ fault: { kind: 'delay', delayMs }, on: 'read', unit: 1, times: 1 });
    t.match(await exchange.request(readInputs, poll), { kind: 'failed', failure: 'timeout' });
    module?.setInput('presence', false, performance.now());
    const readings: (boolean | undefined)[] = [];
    const others: ExchangeResult[] = [];
    const untilMs = performance.now() + lateMs + 600;
    while (performance.now() < untilMs) {
      const [one, two] = await Promise.all([
        exchange.request(readInputs, poll),
        other.exchange.request(readInputs, poll),
      ]);
      readings.push(bits(one)?.[1]);
      others.push(two);
    }
    t.notOk(readings.includes(true), 'what stood there before is never told as standing there now');
    t.ok(readings.includes(false), 'and the unit is read again');
    t.ok(others.some((one) => bits(one)?.[1] === false));
    t.ok(line.standing().units.get(1)?.late, 'the late reply came and was known as late');
  });
}

t.test('a reply that came late tells how long the line must be quiet from then on', async (t) => {
  const { line, host } = await rtuOverTcp(t, emulatedModules([1]));
  const { exchange } = await opened(t, line, 1);
  await readWell(exchange);
  t.ok(line.standing().slowestReplyMs < replyTimeoutMs);
  const delayMs = replyTimeoutMs + 40;
  host.inject({ fault: { kind: 'delay', delayMs }, on: 'read', times: 1 });
  await exchange.request(readInputs, poll);
  await readWell(exchange);
  t.ok(line.standing().slowestReplyMs >= delayMs);
});

t.test('what a unit owes is owed across a new connection', async (t) => {
  const modules = emulatedModules([1]);
  const { line, host, cut } = await rtuOverTcp(t, modules);
  const first = await opened(t, line, 1);
  await readWell(first.exchange);
  modules.get(1)?.setInput('presence', true, performance.now());
  host.inject({ fault: { kind: 'delay', delayMs: 600 }, on: 'read', times: 1 });
  const lost = first.exchange.request(readInputs, poll);
  await pause(30);
  cut();
  t.match(await lost, { kind: 'failed', failure: 'disconnected' });
  t.strictSame(first.closed, ['connect-dropped']);
  modules.get(1)?.setInput('presence', false, performance.now());
  const again = await opened(t, line, 1);
  const untilMs = performance.now() + 1_200;
  const readings: (boolean | undefined)[] = [];
  while (performance.now() < untilMs) {
    readings.push(bits(await again.exchange.request(readInputs, poll))?.[1]);
  }
  t.notOk(readings.includes(true));
  t.ok(readings.includes(false));
});

t.test('a reply to the daemon that ran before serves none of this one', async (t) => {
  const modules = emulatedModules([1]);
  const { host, port } = await rtuOverTcp(t, modules);
  const lineOf = () => rtuOverTcp(t, modules, { line: { port } }).then(({ line }) => line);
  modules.get(1)?.setInput('presence', true, performance.now());
  const before = await lineOf();
  const old = await before.open(1, () => undefined);
  await readWell(old);
  // The host puts every answer on every connection, as a device server does that keeps its serial line.
  host.inject({ fault: { kind: 'delay', delayMs: 300 }, on: 'read', times: 1 });
  const unanswered = old.request(readInputs, poll);
  await pause(30);
  old.close();
  await unanswered;
  modules.get(1)?.setInput('presence', false, performance.now());
  const { exchange } = await opened(t, await lineOf(), 1);
  const untilMs = performance.now() + 900;
  const readings: (boolean | undefined)[] = [];
  while (performance.now() < untilMs) {
    readings.push(bits(await exchange.request(readInputs, poll))?.[1]);
  }
  t.notOk(readings.includes(true));
  t.ok(readings.includes(false));
});

t.test('a unit that answers nothing but its own reads comes back after a silence', async (t) => {
  const module = emulatedModules([1]).get(1);
  const { line, host } = await rtuOverTcp(
    t,
    new Map([
      [
        1,
        {
          handle: (pdu: Uint8Array, nowMs: number) =>
            pdu[0] === 2 && pdu[4] === 8 ? module?.handle(pdu, nowMs) : undefined,
        },
      ],
    ]),
  );
  const startedAtMs = performance.now();
  const closed: string[] = [];
  let answered: ExchangeResult | undefined;
  await until(async () => {
    const exchange = await line.open(1, (code) => closed.push(code)).catch(() => undefined);
    answered = await exchange?.request(readInputs, poll);
    exchange?.close();
    return answered?.kind === 'reply';
  }, 'it is read without a fence');
  t.ok(performance.now() - startedAtMs > 4_000, 'its silence is waited for');
  t.ok(host.requests > 3);
});

t.test('commands go before polls that wait, and not at all after their time', async (t) => {
  const modules = emulatedModules([1, 2]);
  const { line, host } = await rtuOverTcp(t, modules);
  const { exchange } = await opened(t, line, 1);
  const other = await opened(t, line, 2);
  await readWell(exchange);
  await readWell(other.exchange);
  await pause(20);
  host.inject({ fault: { kind: 'delay', delayMs: 60 }, on: 'read', times: 1 });
  const order: string[] = [];
  const note = (name: string) => () => order.push(name);
  const requests = [
    exchange.request(readInputs, poll).then(note('poll in flight')),
    exchange.request({ ...readInputs, quantity: 6 }, poll).then(note('poll that waits')),
    other.exchange.request(readInputs, poll).then(note('poll of another')),
    other.exchange
      .request({ function: 5, address: 2, value: 0xff00 }, command)
      .then(note('command of another')),
  ];
  const late = exchange.request(
    { function: 5, address: 0x0200, value: 5 },
    { ...command, notAfterMonotonicMs: clock.now().monotonicMs + 5 },
  );
  await Promise.all(requests);
  t.strictSame(order.slice(0, 2), ['poll in flight', 'command of another']);
  t.match(await late, { kind: 'failed', failure: 'expired' });
  t.strictSame(modules.get(1)?.writes, [], 'the expired order was never written');
});

t.test('an echoing adapter: told by name where none is expected, borne where it is', async (t) => {
  const modules = emulatedModules([1]);
  const deaf = await rtuOverTcp(t, modules, { echoes: true });
  const unexpected = await opened(t, deaf.line, 1);
  const pulse = { function: 5, address: 0x0200, value: 5 } as const;
  t.match(await unexpected.exchange.request(pulse, command), { kind: 'failed' });
  t.strictSame(unexpected.closed, ['line-echo']);
  t.strictSame(modules.get(1)?.writes, [], 'no echo was taken for the answer to a write');

  const heard = await rtuOverTcp(t, modules, { echoes: true, line: { echo: 'expect' } });
  const expected = await opened(t, heard.line, 1);
  t.ok(bits(await expected.exchange.request(readInputs, poll)));
  t.match(await expected.exchange.request(pulse, command), { kind: 'reply' });
  t.match(modules.get(1)?.writes, [{ value: 5 }]);
  heard.host.inject({ fault: { kind: 'dropReply' }, on: 'write', times: 1 });
  t.match(
    await expected.exchange.request(pulse, command),
    { kind: 'failed', failure: 'timeout' },
    'its echo alone is no answer',
  );

  const silent = await rtuOverTcp(t, modules, { line: { echo: 'expect' } });
  const missing = await opened(t, silent.line, 1);
  t.match(await missing.exchange.request(readInputs, poll), { kind: 'failed' });
  t.strictSame(missing.closed, ['line-echo-missing']);
});

t.test(
  'an adapter that echoes from a new connection on is found out before anything is written',
  async (t) => {
    const modules = emulatedModules([1]);
    const { line, host, cut } = await rtuOverTcp(t, modules);
    const before = await opened(t, line, 1);
    await readWell(before.exchange);
    cut();
    await until(() => before.closed.length > 0, 'the connection is lost');
    host.echoes = true;
    host.inject({ fault: { kind: 'dropRequest' }, on: 'write' });
    const after = await opened(t, line, 1);
    const pulse = { function: 5, address: 0x0200, value: 5 } as const;
    t.match(await after.exchange.request(pulse, command), { kind: 'failed' });
    t.strictSame(after.closed, ['line-echo']);
  },
);

t.test('a dead unit costs the line its share, and its living neighbour is read on', async (t) => {
  const { line } = await rtuOverTcp(t, emulatedModules([1]));
  const living = await opened(t, line, 1);
  const dead = await opened(t, line, 2);
  await readWell(living.exchange);
  const runMs = 6_000;
  const startedAtMs = performance.now();
  let isOver = false;
  const askDead = async () => {
    while (!isOver) {
      await dead.exchange.request(readInputs, poll);
    }
  };
  const asking = askDead();
  let reads = 0;
  while (performance.now() - startedAtMs < runMs) {
    if (bits(await living.exchange.request(readInputs, poll))) reads += 1;
    await pause(20);
  }
  const elapsedMs = performance.now() - startedAtMs;
  const { lostMs, units } = line.standing();
  isOver = true;
  dead.exchange.close();
  await asking;
  const burstMs = 2 * (replyTimeoutMs + 50);
  const oneLossMs = replyTimeoutMs + 150;
  t.ok(
    lostMs <= 0.05 * elapsedMs + burstMs + oneLossMs,
    `${lostMs.toFixed(0)} ms of ${elapsedMs.toFixed(0)} were lost`,
  );
  t.ok((units.get(2)?.timeouts ?? 0) >= 2, 'it was tried again');
  t.ok(reads > 100, `${reads} reads`);
  t.strictSame(living.closed, []);
});

t.test(
  'a unit that comes back is found, and a command to a dead one is not held back',
  async (t) => {
    const modules = emulatedModules([1, 2]);
    const { line, host } = await rtuOverTcp(t, modules);
    const one = await opened(t, line, 1);
    const two = await opened(t, line, 2);
    await readWell(one.exchange);
    await readWell(two.exchange);
    host.inject({ fault: { kind: 'dropRequest' }, on: 'any', unit: 2 });
    for (let i = 0; i < 3; i += 1) {
      void two.exchange.request({ ...readInputs, quantity: 8 - i }, poll);
      await one.exchange.request(readInputs, poll);
    }
    const startedAtMs = performance.now();
    const order = two.exchange.request({ function: 5, address: 2, value: 0xff00 }, command);
    t.match(await order, { kind: 'failed', failure: 'timeout' });
    t.ok(performance.now() - startedAtMs < 3 * replyTimeoutMs + 3_000);
    host.inject(undefined);
    t.ok(await readWell(two.exchange));
  },
);

t.test(
  'a line whose every unit is silent is opened anew, and all its units are told',
  async (t) => {
    const { line } = await rtuOverTcp(t, new Map());
    const one = await opened(t, line, 1);
    const two = await opened(t, line, 2);
    const ask = async ({ exchange, closed }: typeof one) => {
      while (closed.length === 0) await exchange.request(readInputs, poll);
    };
    await Promise.all([ask(one), ask(two)]);
    t.strictSame([...one.closed, ...two.closed], ['modbus-timeout', 'modbus-timeout']);
    t.match(await one.exchange.request(readInputs, poll), {
      kind: 'failed',
      failure: 'disconnected',
    });
  },
);

t.test('a line on which somebody speaks is not given up for the unit that is silent', async (t) => {
  const oneSize: RtuUnit = { handle: () => ({ pdu: Uint8Array.of(2, 1, 0), delayMs: 0 }) };
  const { line } = await rtuOverTcp(t, new Map([[1, oneSize]]));
  const one = await opened(t, line, 1);
  const two = await opened(t, line, 2);
  for (let tries = 0; tries < 4; tries += 1) {
    // To the read that goes before each, the first answers with what is no answer to it.
    await Promise.all([one, two].map(({ exchange }) => exchange.request(readInputs, poll)));
  }
  t.ok((line.standing().units.get(2)?.timeouts ?? 0) >= 3);
  t.strictSame([...one.closed, ...two.closed], []);
});

t.test('an order whose time passes while the way to it is cleared is not written', async (t) => {
  const modules = emulatedModules([1]);
  const { line, host } = await rtuOverTcp(t, modules);
  const { exchange } = await opened(t, line, 1);
  host.inject({ fault: { kind: 'delay', delayMs: 100 }, on: 'read', times: 1 });
  const order = exchange.request(
    { function: 5, address: 0x0200, value: 5 },
    { ...command, notAfterMonotonicMs: clock.now().monotonicMs + 120 },
  );
  t.match(await order, { kind: 'failed', failure: 'expired' });
  t.equal(host.requests, 1, 'the read before it was answered');
  t.strictSame(modules.get(1)?.writes, []);
});

t.test('no unit twice, no broadcast, nothing reserved', async (t) => {
  const { line } = await rtuOverTcp(t, emulatedModules([1]));
  await opened(t, line, 1);
  const nobody = () => undefined;
  await t.rejects(line.open(1, nobody), { code: 'unit-taken' });
  await t.rejects(line.open(0, nobody), { code: 'unit-not-serial', message: /broadcast/ });
  await t.rejects(line.open(248, nobody), { code: 'unit-not-serial' });
});

t.test('a line that talks without end is given up', async (t) => {
  const { line, host } = await rtuOverTcp(t, emulatedModules([1]));
  const { closed } = await opened(t, line, 1);
  const noise = Uint8Array.of(0x55, 0xaa, 0x55);
  host.tick = () => [noise];
  await until(() => closed.length > 0, 'it is given up');
  t.strictSame(closed, ['line-noisy']);
});

t.test('closing answers everybody, and the others go on', async (t) => {
  const { line, host } = await rtuOverTcp(t, emulatedModules([1, 2]));
  const one = await opened(t, line, 1);
  const two = await opened(t, line, 2);
  await readWell(one.exchange);
  await readWell(two.exchange);
  host.inject({ fault: { kind: 'dropReply' }, on: 'any', unit: 1, times: 1 });
  const requests = Array.from({ length: 30 }, (_, i) =>
    one.exchange.request({ ...readInputs, address: i }, poll),
  );
  one.exchange.close();
  const answers = await Promise.all(requests);
  t.ok(answers.every(({ kind }) => kind === 'failed'));
  t.ok(answers.some((one_) => one_.kind === 'failed' && one_.failure === 'overloaded'));
  t.ok(await readWell(two.exchange));
  t.strictSame([...one.closed, ...two.closed], []);
});

t.test(
  'two IO modules on one line: the one that fails is unknown, the other is known',
  async (t) => {
    const modules = emulatedModules([1, 2]);
    const { line, host } = await rtuOverTcp(t, modules);
    const profile = 'io-module/waveshare-modbus-poe-eth-relay-b';
    const [one, two] = [
      await deviceOn(profile, { exchange: line }, { unit: 1 }),
      await deviceOn(profile, { exchange: line }, { unit: 2 }),
    ];
    t.teardown(async () => {
      await one.device.stop();
      await two.device.stop();
    });
    await Promise.all([one.device.start(), two.device.start()]);
    const position = (io: typeof one) => io.of('barrierPosition').at(-1)?.position;
    await until(() => position(one) === 'closed' && position(two) === 'closed', 'both are known');
    host.inject({ fault: { kind: 'dropReply' }, on: 'any', unit: 1 });
    await until(() => position(one) === 'unknown', 'the first is unknown');
    const toldBefore = two.of('barrierPosition').length;
    await pause(1_000);
    t.equal(position(two), 'closed');
    t.equal(two.of('barrierPosition').length, toldBefore, 'the second was never unknown meanwhile');
    host.inject(undefined);
    await until(() => position(one) === 'closed', 'known again', 20_000);
    t.equal(
      await one.device.order({ kind: 'barrierOpen' }, clock.now().monotonicMs + 1_000),
      'accepted',
    );
    await until(() => position(one) === 'open', 'the arm is up');
    t.equal(position(two), 'closed', 'and the other arm is where it was');
  },
);
