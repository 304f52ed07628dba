import { createServer, Socket } from 'node:net';
import t, { type Test } from 'tap';
import { IoModuleEmulator } from '../../../devices/io-modbus/emulator.ts';
import { modbusTcp } from '../../../src/adapters/transport/modbus-tcp.ts';
import type { OpenExchange } from '../../../src/ports/transport.ts';
import { listening } from '../../../src/simulation/byte-machine-host.ts';
import {
  type HostFault,
  type ModbusTcpHost,
  startModbusTcpHost,
} from '../../../src/simulation/modbus-tcp-host.ts';
import { clock, deviceOn } from '../../support/device-under-test.ts';
import { exactly } from '../../support/exactly.ts';
import { pause, until } from '../../support/peers.ts';

const replyTimeoutMs = 150;
const readInputs = { function: 2, address: 0, quantity: 8 } as const;
const poll = { priority: 'poll' } as const;

async function module_(t: Test): Promise<{ host: ModbusTcpHost; module: IoModuleEmulator }> {
  const module = new IoModuleEmulator({ module: 'waveshareRelayB' }, performance.now());
  const host = await startModbusTcpHost({ handle: (pdu, nowMs) => module.handle(pdu, nowMs) });
  t.teardown(() => host.close());
  return { host, module };
}

function transport(port: number) {
  return modbusTcp({ host: '127.0.0.1', port, connectTimeoutMs: 500, replyTimeoutMs, clock });
}

async function opened(
  t: Test,
  port: number,
): Promise<{ exchange: OpenExchange; closed: string[] }> {
  const closed: string[] = [];
  const exchange = await transport(port).open(1, (code) => closed.push(code));
  t.teardown(() => exchange.close());
  return { exchange, closed };
}

t.test(
  'inputs are read, a timed pulse is written with its value, exceptions leave the line whole',
  async (t) => {
    const { host, module } = await module_(t);
    const { exchange, closed } = await opened(t, host.port);
    t.match(await exchange.request(readInputs, poll), {
      kind: 'reply',
      reply: { kind: 'bits', bits: [false, false, false, true, true, false, false, false] },
    });
    t.match(
      await exchange.request({ function: 5, address: 0x0200, value: 5 }, { priority: 'command' }),
      {
        kind: 'reply',
        reply: { kind: 'written' },
      },
    );
    exactly(t, module.writes, [{ address: 0x0200, value: 5 }]);
    t.match(await exchange.request({ function: 2, address: 900, quantity: 8 }, poll), {
      kind: 'failed',
      failure: 'exception',
      exceptionCode: 2,
    });
    t.match(await exchange.request(readInputs, poll), { kind: 'reply' });
    t.strictSame(closed, []);
  },
);

const faults: readonly (readonly [HostFault, string])[] = [
  [{ kind: 'dropReply' }, 'timeout'],
  [{ kind: 'dropRequest' }, 'timeout'],
  [{ kind: 'delay', delayMs: 1_000 }, 'timeout'],
  [{ kind: 'foreignTransaction' }, 'timeout|foreignReply'],
  [{ kind: 'reset', acted: false }, 'disconnected'],
  [{ kind: 'reset', acted: true }, 'disconnected'],
];

for (const [fault, failure] of faults) {
  t.test(
    `after ${JSON.stringify(fault)} the connection is given up with everything that waits on it`,
    async (t) => {
      const { host } = await module_(t);
      const { exchange, closed } = await opened(t, host.port);
      host.inject({ fault, on: 'any', times: 1 });
      const [first, second] = await Promise.all([
        exchange.request(readInputs, poll),
        exchange.request(readInputs, poll),
      ]);
      t.equal(first.kind, 'failed');
      t.match(first.kind === 'failed' && first.failure, new RegExp(failure));
      t.equal(second.kind, 'failed', 'what waited behind it is not answered by a later reply');
      t.equal(closed.length, 1);
      t.match(await exchange.request(readInputs, poll), {
        kind: 'failed',
        failure: 'disconnected',
      });
    },
  );
}

t.test('a reply that comes late never answers a newer request', async (t) => {
  const { host, module } = await module_(t);
  const { exchange } = await opened(t, host.port);
  module.setInput('presence', true, performance.now());
  host.inject({ fault: { kind: 'delay', delayMs: replyTimeoutMs + 250 }, on: 'read', times: 1 });
  const late = exchange.request(readInputs, poll);
  await pause(50);
  module.setInput('presence', false, performance.now());
  t.match(await late, { kind: 'failed' });
  await pause(400);
  const again = await opened(t, host.port);
  const answer = await again.exchange.request(readInputs, poll);
  t.equal(answer.kind === 'reply' && answer.reply.kind === 'bits' && answer.reply.bits[1], false);
});

t.test('a reply in two pieces is one reply', async (t) => {
  const { host } = await module_(t);
  const { exchange } = await opened(t, host.port);
  host.inject({ fault: { kind: 'splitReply', delayMs: 40 }, on: 'any', times: 1 });
  t.match(await exchange.request(readInputs, poll), { kind: 'reply' });
});

t.test('commands go before polls that wait, and not at all after their time', async (t) => {
  const { host, module } = await module_(t);
  const { exchange } = await opened(t, host.port);
  host.inject({ fault: { kind: 'delay', delayMs: 60 }, on: 'read', times: 1 });
  const order: string[] = [];
  const note = (name: string) => () => order.push(name);
  const requests = [
    exchange.request(readInputs, poll).then(note('poll in flight')),
    exchange.request(readInputs, poll).then(note('poll that waits')),
    exchange
      .request({ function: 5, address: 2, value: 0xff00 }, { priority: 'command' })
      .then(note('command')),
  ];
  const late = exchange.request(
    { function: 5, address: 0x0200, value: 5 },
    { priority: 'command', notAfterMonotonicMs: clock.now().monotonicMs + 5 },
  );
  await Promise.all(requests);
  t.strictSame(order, ['poll in flight', 'command', 'poll that waits']);
  t.match(await late, { kind: 'failed', failure: 'expired' });
  t.strictSame(
    module.writes.map(({ address }) => address),
    [2],
    'the expired order was never written',
  );
});

t.test('polls beyond the queue are refused at once, commands never', async (t) => {
  const { host, module } = await module_(t);
  const { exchange } = await opened(t, host.port);
  host.inject({ fault: { kind: 'delay', delayMs: 60 }, on: 'read', times: 1 });
  const refused: number[] = [];
  // Each asks for something else: of two that ask for the same, the newer takes the older's place.
  const reads = Array.from({ length: 12 }, (_, i) => ({
    function: i < 8 ? (2 as const) : (1 as const),
    address: i % 8,
    quantity: 1,
  }));
  const polls = reads.map((read, i) =>
    exchange.request(read, poll).then((answer) => {
      if (answer.kind === 'failed') refused.push(i);
      return answer;
    }),
  );
  const commands = [2, 3].map((address) =>
    exchange.request({ function: 5, address, value: 0xff00 }, { priority: 'command' }),
  );
  await Promise.resolve();
  await Promise.resolve();
  t.strictSame(refused, [9, 10, 11], 'one is on the way and eight wait');
  for (const answer of await Promise.all(commands)) t.equal(answer.kind, 'reply');
  t.strictSame(
    module.writes.map(({ address }) => address),
    [2, 3],
    'and go in the order in which they were given',
  );
  t.equal((await Promise.all(polls)).filter(({ kind }) => kind === 'reply').length, 9);
});

t.test('an order on an idle line is on the socket in the turn of the call', async (t) => {
  const { host } = await module_(t);
  const { exchange } = await opened(t, host.port);
  await exchange.request(readInputs, poll);
  const writes: string[] = [];
  const { write } = Socket.prototype;
  t.teardown(() => {
    Socket.prototype.write = write;
  });
  Socket.prototype.write = function written(this: Socket, ...args: unknown[]) {
    writes.push(Buffer.from(args[0] as Uint8Array).toString('hex'));
    return Reflect.apply(write, this, args);
  } as typeof write;
  const ordered = exchange.request(
    { function: 5, address: 0x0200, value: 5 },
    { priority: 'command', notAfterMonotonicMs: clock.now().monotonicMs + 1_000 },
  );
  // Jobs of this turn may run; no timer, no other socket and nothing else of the event loop.
  for (let job = 0; job < 10; job += 1) await null;
  t.match(writes, [/0502000005$/], 'the whole request, in one write');
  t.match(await ordered, { kind: 'reply' });
});

t.test('registers are written together and the echo must be theirs', async (t) => {
  const echoes = [
    [16, 0, 64, 0, 3],
    [16, 0, 64, 0, 2],
    [16, 0, 65, 0, 3],
  ] as const;
  for (const [index, echo] of echoes.entries()) {
    const asked: string[] = [];
    const host = await startModbusTcpHost({
      handle(pdu) {
        asked.push(Buffer.from(pdu).toString('hex'));
        return { pdu: Uint8Array.from(echo), delayMs: 0 };
      },
    });
    t.teardown(() => host.close());
    const { exchange } = await opened(t, host.port);
    const answer = await exchange.request(
      { function: 16, address: 64, values: [1, 0xffff, 7] },
      { priority: 'command' },
    );
    t.strictSame(asked, ['1000400003060001ffff0007']);
    t.match(answer, index === 0 ? { kind: 'reply' } : { kind: 'failed', failure: 'foreignReply' });
  }
});

t.test('polls beyond the queue are refused at once, and closing answers everybody', async (t) => {
  const { host } = await module_(t);
  const { exchange } = await opened(t, host.port);
  host.inject({ fault: { kind: 'dropReply' }, on: 'any' });
  const requests = Array.from({ length: 30 }, () => exchange.request(readInputs, poll));
  exchange.close();
  for (const answer of await Promise.all(requests)) t.equal(answer.kind, 'failed');
});

t.test('who is not there, and who never answers, is told by name', async (t) => {
  const { host } = await module_(t);
  const { port } = host;
  await host.close();
  await t.rejects(
    transport(port).open(1, () => undefined),
    { code: 'connect-refused' },
  );
  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket));
  const mutePort = await listening(mute);
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
  const { exchange, closed } = await opened(t, mutePort);
  t.match(await exchange.request(readInputs, poll), { kind: 'failed', failure: 'timeout' });
  t.strictSame(closed, ['modbus-timeout']);
});

t.test('a server that talks nonsense costs the connection and nothing else', async (t) => {
  for (const nonsense of [
    '',
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    '\x00\x01\x00\x00\x00\x03\x01\x82',
    '\xff'.repeat(300),
  ]) {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(Buffer.from(nonsense, 'latin1')));
    });
    const port = await listening(server);
    const { exchange } = await opened(t, port);
    t.match(
      await exchange.request(readInputs, poll),
      { kind: 'failed' },
      JSON.stringify(nonsense.slice(0, 12)),
    );
    exchange.close();
    await new Promise((done) => server.close(done));
  }
});

t.test(
  'an IO module: inputs are unknown from the first failure until it answers again',
  async (t) => {
    const { host, module } = await module_(t);
    const io = await deviceOn('io-module/waveshare-modbus-poe-eth-relay-b', {
      exchange: transport(host.port),
    });
    t.teardown(() => io.device.stop());
    await io.device.start();
    await until(() => io.of('barrierPosition').at(-1)?.position === 'closed', 'the arm is known');
    host.inject({ fault: { kind: 'exception', code: 4 }, on: 'read' });
    await until(() => io.of('barrierPosition').at(-1)?.position === 'unknown', 'unknown');
    t.equal(io.of('inputChange').findLast(({ point }) => point === 'presence')?.state, 'unknown');
    host.inject(undefined);
    await until(() => io.of('barrierPosition').at(-1)?.position === 'closed', 'known again');
    module.setInput('presence', true, performance.now());
    await until(
      () =>
        io.of('inputChange').findLast(({ point }) => point === 'presence')?.state === 'occupied',
      'presence',
    );
    host.resetConnections();
    await until(
      () => io.of('barrierPosition').at(-1)?.position === 'unknown',
      'unknown after a reset',
    );
    await until(() => io.of('barrierPosition').at(-1)?.position === 'closed', 'opened anew');
    t.equal(
      await io.device.order({ kind: 'barrierOpen' }, clock.now().monotonicMs + 1_000),
      'accepted',
    );
    await until(() => io.of('barrierPosition').at(-1)?.position === 'open', 'the arm is up');
    t.equal(await io.device.order({ kind: 'barrierOpen' }, clock.now().monotonicMs - 1), 'expired');
  },
);
