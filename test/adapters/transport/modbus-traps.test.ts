/**
 * Traps of `modbus-serial` 8.0.25, each shown twice: what becomes of the plain use of the package, and that our
 * transports do not fall into it. Where a newer version of the package no longer has one, the first half fails
 * and says so.
 */
import { spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import modbusSerial from 'modbus-serial';
import t, { type Test } from 'tap';
import { freePort } from '../../../scripts/main-job/programs.ts';
import type { ModbusLine } from '../../../src/adapters/transport/modbus-line.ts';
import { modbusTcp } from '../../../src/adapters/transport/modbus-tcp.ts';
import type { ExchangeResult } from '../../../src/ports/transport.ts';
import { listening } from '../../../src/simulation/byte-machine-host.ts';
import { clock } from '../../support/device-under-test.ts';
import { naiveGateway } from '../../support/naive-gateway.ts';
import { pause, until } from '../../support/peers.ts';
import {
  command,
  emulatedModules,
  poll,
  readInputs,
  replyTimeoutMs,
  rtuOverTcp,
} from '../../support/rtu-line.ts';

const ModbusClient = modbusSerial.default;
type Client = InstanceType<typeof ModbusClient>;

/** Addresses of the limit switches on the emulated module. */
const closedLimit = 4;
const openLimit = 5;

function plainClient(t: Test, timeoutMs = replyTimeoutMs): Client {
  const client = new ModbusClient();
  client.on('error', () => undefined);
  client.setID(1);
  client.setTimeout(timeoutMs);
  t.teardown(() => client.close(() => undefined));
  return client;
}

/** What a promise has become within `withinMs`; 'pending' if nothing. Errors of the package are none of JavaScript's. */
async function outcome<T>(
  promise: Promise<T>,
  withinMs: number,
): Promise<T | { readonly error: string; readonly modbusCode?: number } | 'pending'> {
  return Promise.race([
    promise.catch((error: { message: string; modbusCode?: number }) => ({
      error: error.message,
      ...(error.modbusCode !== undefined && { modbusCode: error.modbusCode }),
    })),
    pause(withinMs).then(() => 'pending' as const),
  ]);
}

async function ours(t: Test, line: ModbusLine, unit = 1) {
  const closed: { code: string; detail: string }[] = [];
  const exchange = await line.open(unit, (code, detail) => closed.push({ code, detail }));
  t.teardown(() => exchange.close());
  return { exchange, closed };
}

function firstBit(result: ExchangeResult): boolean | undefined {
  return result.kind === 'reply' && result.reply.kind === 'bits' ? result.reply.bits[0] : undefined;
}

const tcp = (port: number, more: Partial<Parameters<typeof modbusTcp>[0]> = {}) =>
  modbusTcp({
    host: '127.0.0.1',
    port,
    connectTimeoutMs: 400,
    replyTimeoutMs,
    clock,
    ...more,
  });

/** A server that does `behave` with each request of each connection. */
async function server(t: Test, behave: (socket: Socket, request: Buffer) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (request: Buffer) => behave(socket, request));
  });
  const port = await listening(listener);
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return port;
}

/** The arm is up: open limit made, closed limit not. */
function armUp() {
  const modules = emulatedModules([1]);
  modules.get(1)?.setArmFault({ limitClosed: false, limitOpen: true });
  return modules;
}

t.test('RTU: the late answer about the open limit is not told as the closed limit', async (t) => {
  const late = { kind: 'delay', delayMs: replyTimeoutMs + 60 } as const;
  await t.test('plain: it is, and the arm counts as closed', async (t) => {
    const { host, port } = await rtuOverTcp(t, armUp());
    const client = plainClient(t);
    await client.connectTelnet('127.0.0.1', { port });
    host.inject({ fault: late, on: 'read', times: 1 });
    t.match(await outcome(client.readDiscreteInputs(openLimit, 1), 1_000), {
      error: 'Timed out',
    });
    const read = await outcome(client.readDiscreteInputs(closedLimit, 1), 1_000);
    t.match(read, { data: [true] }, 'the truth is false');
  });
  await t.test('ours: it is not', async (t) => {
    const { line, host } = await rtuOverTcp(t, armUp());
    const { exchange } = await ours(t, line);
    const read = (address: number) =>
      exchange.request({ function: 2, address, quantity: 1 }, poll).then(firstBit);
    await until(async () => (await read(openLimit)) === true, 'the line works');
    host.inject({ fault: late, on: 'read', times: 1 });
    t.equal(await read(openLimit), undefined);
    t.equal(await read(closedLimit), false);
    t.equal(line.standing().units.get(1)?.late, 1);
  });
});

t.test('RTU: requests made together do not cost each other their answers', async (t) => {
  const addresses = [0, 1, 2, 3];
  await t.test('plain: they do', async (t) => {
    const { port } = await rtuOverTcp(t, emulatedModules([1]));
    const client = plainClient(t);
    await client.connectTelnet('127.0.0.1', { port });
    const reads = addresses.map((at) => outcome(client.readDiscreteInputs(at, 4), 1_000));
    const failed = (await Promise.all(reads)).filter(
      (read) => typeof read === 'object' && 'error' in read,
    );
    t.ok(failed.length >= 3, `${failed.length} of 4 failed`);
  });
  await t.test('ours: they do not', async (t) => {
    const { line } = await rtuOverTcp(t, emulatedModules([1]));
    const { exchange } = await ours(t, line);
    const reads = addresses.map((address) =>
      exchange.request({ function: 2, address, quantity: 4 }, poll),
    );
    t.ok((await Promise.all(reads)).every(({ kind }) => kind === 'reply'));
  });
});

t.test('RTU: the echo of a coil write is not its answer', async (t) => {
  const dead = new Map();
  await t.test('plain: it is, with no unit on the line at all', async (t) => {
    const { port } = await rtuOverTcp(t, dead, { echoes: true });
    const client = plainClient(t);
    await client.connectTelnet('127.0.0.1', { port });
    t.match(await outcome(client.writeCoil(0, true), 1_000), { address: 0, state: true });
  });
  await t.test('ours: it is not', async (t) => {
    const { line } = await rtuOverTcp(t, dead, { echoes: true });
    const { exchange, closed } = await ours(t, line);
    const write = { function: 5, address: 0, value: 0xff00 } as const;
    t.match(await exchange.request(write, command), { kind: 'failed' });
    t.match(closed, [{ code: 'line-echo' }]);
  });
});

t.test('RTU over TCP is RTU', async (t) => {
  await t.test('plain: what the package calls so has the header of Modbus TCP', async (t) => {
    const heard: Buffer[] = [];
    const port = await server(t, (_socket, request) => heard.push(request));
    const client = plainClient(t);
    await client.connectTcpRTUBuffered('127.0.0.1', { port });
    await outcome(client.readDiscreteInputs(0, 8), 300);
    t.equal(Buffer.concat(heard).toString('hex'), '000100000006010200000008');
  });
  await t.test('ours: unit, function and check', async (t) => {
    const { line } = await rtuOverTcp(t, emulatedModules([1]));
    const { exchange } = await ours(t, line);
    t.equal((await exchange.request(readInputs, poll)).kind, 'reply');
  });
});

t.test('TCP: a reset is the end of the connection and of all that waits on it', async (t) => {
  const reset = (socket: Socket) => socket.resetAndDestroy();
  await t.test('plain: no close is told, and the request waits for its own time', async (t) => {
    const port = await server(t, reset);
    const client = plainClient(t, 600);
    const told: string[] = [];
    client.on('close', () => told.push('close'));
    await client.connectTCP('127.0.0.1', { port });
    const startedAtMs = performance.now();
    t.match(await outcome(client.readCoils(0, 8), 2_000), { error: 'Timed out' });
    t.ok(performance.now() - startedAtMs > 550);
    t.notOk(client.isOpen);
    t.strictSame(told, []);
  });
  await t.test('ours: both are told at once', async (t) => {
    const port = await server(t, reset);
    const { exchange, closed } = await ours(t, tcp(port, { replyTimeoutMs: 5_000 }));
    const answer = await outcome(exchange.request(readInputs, poll), 1_000);
    t.match(answer, { kind: 'failed', failure: 'disconnected' });
    await until(() => closed.length > 0, 'the end is told');
  });
});

t.test('TCP: a request is answered whatever becomes of the client', async (t) => {
  const mute = () => undefined;
  await t.test('plain: after destroy its promise never settles', async (t) => {
    const port = await server(t, mute);
    const client = plainClient(t, 200);
    await client.connectTCP('127.0.0.1', { port });
    const reading = client.readCoils(0, 8);
    await pause(20);
    client.destroy(() => undefined);
    t.equal(await outcome(reading, 1_000), 'pending');
  });
  await t.test('ours: closing answers it', async (t) => {
    const port = await server(t, mute);
    const { exchange } = await ours(t, tcp(port));
    const reading = exchange.request(readInputs, poll);
    await pause(20);
    exchange.close();
    t.match(await outcome(reading, 100), { kind: 'failed', failure: 'disconnected' });
  });
});

/** A port whose listener accepts nobody and whose queue is full: the system answers no more connections. */
async function unansweringPort(t: Test): Promise<number> {
  const port = await freePort();
  const script = `require('node:net').createServer().listen(
    { port: ${port}, host: '127.0.0.1', backlog: 1 }, () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const fillers: Socket[] = [];
  t.teardown(async () => {
    for (const socket of fillers) socket.destroy();
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  });
  await new Promise((done) => child.stdout.once('data', done));
  child.kill('SIGSTOP');
  for (let accepted = true; accepted; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    fillers.push(socket);
    accepted = await Promise.race([
      new Promise<boolean>((done) => socket.once('connect', () => done(true))),
      pause(300).then(() => false),
    ]);
  }
  return port;
}

t.test('TCP: a connection that nobody answers is given up', async (t) => {
  const port = await unansweringPort(t);
  await t.test('plain: without a time of its own it hangs', async (t) => {
    const client = new ModbusClient();
    client.on('error', () => undefined);
    const connecting = client.connectTCP('127.0.0.1', { port });
    t.equal(await outcome(connecting, 2_000), 'pending');
    client.destroy(() => undefined);
  });
  await t.test('ours: it is, by name', async (t) => {
    const startedAtMs = performance.now();
    const line = tcp(port);
    await t.rejects(
      line.open(1, () => undefined),
      { code: 'connect-timeout' },
    );
    const tookMs = performance.now() - startedAtMs;
    t.ok(tookMs > 350 && tookMs < 10_000, `${tookMs.toFixed(0)} ms`);
  });
});

for (const ids of ['zero', 'next'] as const) {
  t.test(
    `TCP: a gateway that answers with ${ids === 'zero' ? 'id 0' : 'the next id'}`,
    async (t) => {
      const gateway = (t: Test) =>
        naiveGateway(t, { units: emulatedModules([1]), timeoutMs: 1_000, ids });
      await t.test('plain: is never understood, and looks like a dead one', async (t) => {
        const { port } = await gateway(t);
        const client = plainClient(t);
        await client.connectTCP('127.0.0.1', { port });
        for (let tries = 0; tries < 2; tries += 1) {
          const read = await outcome(client.readDiscreteInputs(0, 8), 1_000);
          t.match(read, { error: 'Timed out' });
        }
      });
      await t.test('ours: is told by name at once, with what to set', async (t) => {
        const { port } = await gateway(t);
        const { exchange, closed } = await ours(t, tcp(port, { replyTimeoutMs: 3_000 }));
        const answer = await outcome(exchange.request(readInputs, poll), 1_000);
        t.match(answer, { kind: 'failed', failure: 'foreignReply' });
        t.match(closed, [
          { code: 'modbus-foreign-reply', detail: /set transactionIds to ignored/ },
        ]);
      });
      await t.test(
        'ours: is understood once its ids are ignored, late answers apart',
        async (t) => {
          const units = armUp();
          const { port, line } = await naiveGateway(t, { units, timeoutMs: 1_000, ids });
          const way = tcp(port, { transactionIds: 'ignored' });
          const { exchange } = await ours(t, way);
          const read = (address: number) =>
            exchange.request({ function: 2, address, quantity: 1 }, poll).then(firstBit);
          t.equal(await read(openLimit), true);
          const delayMs = replyTimeoutMs + 80;
          line.inject({ fault: { kind: 'delay', delayMs }, on: 'read', times: 1 });
          t.equal(await read(openLimit), undefined);
          const again = (await ours(t, way)).exchange;
          const closedLimits: unknown[] = [];
          const untilMs = performance.now() + 800;
          while (performance.now() < untilMs) {
            const answer = await again.request(
              { function: 2, address: closedLimit, quantity: 1 },
              poll,
            );
            closedLimits.push(firstBit(answer));
            if (answer.kind === 'failed' && answer.failure === 'disconnected') break;
          }
          t.notOk(closedLimits.includes(true));
        },
      );
    },
  );
}

t.test('a gateway that hands a late answer to the next request', async (t) => {
  const timeoutMs = 100;
  const late = { kind: 'delay', delayMs: timeoutMs + 60 } as const;
  await t.test('plain: the open limit is told as the closed one, with the right id', async (t) => {
    const { port, line } = await naiveGateway(t, { units: armUp(), timeoutMs });
    const client = plainClient(t, 1_000);
    await client.connectTCP('127.0.0.1', { port });
    line.inject({ fault: late, on: 'read', times: 1 });
    t.match(await outcome(client.readDiscreteInputs(openLimit, 1), 2_000), { modbusCode: 11 });
    const read = await outcome(client.readDiscreteInputs(closedLimit, 1), 2_000);
    t.match(read, { data: [true] }, 'the truth is false');
  });
  await t.test('ours, as a gateway: it is not', async (t) => {
    const { port, line } = await naiveGateway(t, { units: armUp(), timeoutMs });
    const way = tcp(port, { gateway: true, replyTimeoutMs: 1_000 });
    const { exchange, closed } = await ours(t, way);
    const read = (address: number) =>
      exchange.request({ function: 2, address, quantity: 1 }, poll).then(firstBit);
    await until(async () => (await read(openLimit)) === true, 'the line works');
    line.inject({ fault: late, on: 'read', times: 1 });
    t.equal(await read(openLimit), undefined);
    const closedLimits: unknown[] = [];
    await until(async () => {
      closedLimits.push(await read(closedLimit));
      return closedLimits.includes(false);
    }, 'the closed limit is read');
    t.notOk(closedLimits.includes(true));
    t.strictSame(closed, []);
  });
});

t.test('units behind one gateway share one connection and one queue', async (t) => {
  const units = [1, 2, 3];
  const slow = () =>
    new Map(
      [...emulatedModules(units)].map(([unit, module]) => [
        unit,
        {
          handle(pdu: Uint8Array, nowMs: number) {
            const answer = module.handle(pdu, nowMs);
            return answer && { ...answer, delayMs: 10 };
          },
        },
      ]),
    );
  await t.test('plain: ten requests are under way at once', async (t) => {
    const { port, most } = await naiveGateway(t, { units: slow(), timeoutMs: 500 });
    const client = plainClient(t, 3_000);
    await client.connectTCP('127.0.0.1', { port });
    await Promise.all(Array.from({ length: 10 }, () => client.readDiscreteInputs(0, 8)));
    t.ok(most() >= 8, `${most()} at once`);
  });
  await t.test('ours: one, whoever asks, and a dead unit costs only its time', async (t) => {
    const { port, most, connections } = await naiveGateway(t, {
      units: slow(),
      timeoutMs: 100,
    });
    const way = tcp(port, { gateway: true, replyTimeoutMs: 500 });
    const members = await Promise.all([...units, 4].map((unit) => ours(t, way, unit)));
    const answers = await Promise.all(
      members.flatMap(({ exchange }) =>
        [8, 7, 6].map((quantity) => exchange.request({ function: 2, address: 0, quantity }, poll)),
      ),
    );
    const living = answers.slice(0, 9);
    t.ok(living.every(({ kind }) => kind === 'reply'));
    t.ok(answers.slice(9).every((one) => one.kind === 'failed' && one.exceptionCode === 11));
    t.equal(most(), 1);
    t.equal(connections(), 1);
    t.strictSame(
      members.flatMap(({ closed }) => closed),
      [],
    );
  });
});
