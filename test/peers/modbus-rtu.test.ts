import { join } from 'node:path';
import * as jsmodbus from 'jsmodbus';
import { SerialPort } from 'serialport';
import t, { type Test } from 'tap';
import { freePort } from '../../scripts/main-job/programs.ts';
import type { ModbusLine } from '../../src/adapters/transport/modbus-line.ts';
import { modbusRtu, modbusRtuTcp } from '../../src/adapters/transport/modbus-rtu.ts';
import { modbusTcp } from '../../src/adapters/transport/modbus-tcp.ts';
import { ModbusRtuHost } from '../../src/simulation/modbus-rtu-host.ts';
import { clock, deviceOn } from '../support/device-under-test.ts';
import {
  buildOnLibmodbus,
  listens,
  missing,
  missingLibmodbus,
  missingPymodbus,
  pause,
  startPeer,
  until,
} from '../support/peers.ts';
import { repositoryFile } from '../support/repository.ts';
import { command, emulatedModules, poll } from '../support/rtu-line.ts';
import { bareLine, serialLine } from '../support/serial-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const socat = missing('socat');
const profile = 'io-module/waveshare-modbus-poe-eth-relay-b';
/** What the servers of the peers say of their eight inputs. */
const inputs = [false, false, false, true, true, false, false, false];
const habits = { replyTimeoutMs: 600, turnaroundMs: 5, echo: 'none', clock } as const;

const rtu = (path: string) =>
  modbusRtu({ path, baud: 9_600, dataBits: 8, parity: 'none', stopBits: 1, ...habits });

/** Asks a server of a peer everything our drivers ask, and something it has not. */
async function askedWhole(
  t: Test,
  line: ModbusLine,
  more: { readonly registers?: true; readonly hasNoBounds?: true } = {},
) {
  const closed: string[] = [];
  const exchange = await line.open(1, (code) => closed.push(code));
  t.teardown(() => exchange.close());
  const read = (quantity: number, address = 0) =>
    exchange.request({ function: 2, address, quantity }, poll);
  await until(async () => (await read(8)).kind === 'reply', 'the server answers');
  t.match(await read(8), { reply: { kind: 'bits', bits: inputs } });
  t.match(await read(3, 2), { reply: { kind: 'bits', bits: inputs.slice(2, 5) } });
  const coil = (value: number) => exchange.request({ function: 5, address: 2, value }, command);
  for (const [value, bit] of [
    [0xff00, true],
    [0, false],
  ] as const) {
    t.match(await coil(value), { reply: { kind: 'written' } });
    t.match(await exchange.request({ function: 1, address: 0, quantity: 8 }, poll), {
      reply: { bits: [false, false, bit, false, false, false, false, false] },
    });
  }
  if (!more.hasNoBounds) {
    t.match(await read(8, 5_000), { kind: 'failed', failure: 'exception', exceptionCode: 2 });
  }
  if (more.registers) {
    const registers = { function: 3, address: 2, quantity: 3 } as const;
    t.match(await exchange.request(registers, poll), {
      reply: { words: [0x1236, 0x1237, 0x1238] },
    });
    const one = { function: 6, address: 3, value: 0xabcd } as const;
    const two = { function: 16, address: 4, values: [1, 0xffff] } as const;
    t.match(await exchange.request(one, command), { reply: { kind: 'written' } });
    t.match(await exchange.request(two, command), { reply: { kind: 'written' } });
    t.match(await exchange.request({ function: 3, address: 3, quantity: 3 }, poll), {
      reply: { words: [0xabcd, 1, 0xffff] },
    });
  }
  t.match(await read(8), { kind: 'reply' });
  t.strictSame(closed, []);
}

t.test('pymodbus as RTU unit on a serial line', { skip: socat || missingPymodbus() }, async (t) => {
  const { ours, theirs } = await bareLine(t);
  const server = startPeer(t, 'python3', [repositoryFile('test/peers/modbus-server.py'), theirs]);
  await until(() => /ready/.test(server.output()), 'pymodbus runs');
  await askedWhole(t, rtu(ours));
  t.match(server.output(), /coil 3 /);
});

t.test(
  'an IO module on pymodbus over RTU: hangs, is unknown, comes back',
  { skip: socat || missingPymodbus() },
  async (t) => {
    const { ours, theirs } = await bareLine(t);
    const server = startPeer(t, 'python3', [repositoryFile('test/peers/modbus-server.py'), theirs]);
    await until(() => /ready/.test(server.output()), 'pymodbus runs');
    const io = await deviceOn(profile, { exchange: rtu(ours) }, { unit: 1 });
    t.teardown(() => io.device.stop());
    await io.device.start();
    const position = () => io.of('barrierPosition').at(-1)?.position;
    await until(() => position() === 'closed', 'the arm is known');
    server.process.kill('SIGSTOP');
    await until(() => position() === 'unknown', 'unknown without the module');
    t.not(
      await io.device.order({ kind: 'barrierOpen' }, clock.now().monotonicMs + 100),
      'accepted',
    );
    server.process.kill('SIGCONT');
    await until(() => position() === 'closed', 'known again', 30_000);
  },
);

t.test(
  'libmodbus as RTU unit and as Modbus TCP server',
  { skip: missingLibmodbus() },
  async (t) => {
    const program = buildOnLibmodbus(
      repositoryFile('test/peers/modbus-server.c'),
      join(temporaryFolder(), 'modbus-server'),
    );
    await t.test('RTU', { skip: socat }, async (t) => {
      const { ours, theirs } = await bareLine(t);
      const server = startPeer(t, program, [theirs]);
      await until(() => /ready/.test(server.output()), 'libmodbus runs');
      await askedWhole(t, rtu(ours), { registers: true });
    });
    for (const gateway of [false, true]) {
      await t.test(gateway ? 'Modbus TCP as a gateway' : 'Modbus TCP', async (t) => {
        const port = await freePort();
        const server = startPeer(t, program, [String(port)]);
        await until(() => /ready/.test(server.output()), 'libmodbus runs');
        const way = { host: '127.0.0.1', port, connectTimeoutMs: 500, replyTimeoutMs: 600, clock };
        await askedWhole(t, modbusTcp({ ...way, gateway }), { registers: true });
      });
    }
  },
);

/** Tables of jsmodbus: packed bits, words with the high byte first. */
function tables() {
  const holding = Buffer.alloc(128);
  for (let i = 0; i < 16; i += 1) holding.writeUInt16BE(0x1234 + i, 2 * i);
  return {
    coils: Buffer.alloc(128),
    discrete: Buffer.from([0b0001_1000, ...new Uint8Array(127)]),
    holding,
    input: Buffer.alloc(128),
  };
}

t.test('jsmodbus as RTU unit', { skip: socat }, async (t) => {
  const { ours, theirs } = await bareLine(t);
  const serial = new SerialPort({ path: theirs, baudRate: 9_600 });
  t.teardown(() => new Promise<void>((done) => serial.close(() => done())));
  await new Promise((done) => serial.once('open', done));
  const server = new jsmodbus.server.RTU(serial as never, tables());
  t.ok(server);
  await askedWhole(t, rtu(ours), { registers: true, hasNoBounds: true });
});

t.test('our emulated units asked by mbpoll', { skip: socat || missing('mbpoll') }, async (t) => {
  const modules = emulatedModules([1, 17]);
  modules.get(17)?.setInput('presence', true, performance.now());
  const { ours } = await serialLine(t, new ModbusRtuHost({ units: modules }));
  const mbpoll = async (unit: number, ...args: string[]) => {
    const line = ['-m', 'rtu', '-b', '9600', '-P', 'none', '-0', '-1', '-a', String(unit)];
    const asking = startPeer(t, 'mbpoll', [...line, ...args]);
    await until(() => asking.process.exitCode !== null, 'mbpoll has polled');
    await pause(50);
    return asking.output();
  };
  const bitsOf = (output: string) =>
    [...output.matchAll(/^\[\d+\]:\s+(\d)/gm)].map(([, bit]) => bit).join('');
  t.equal(bitsOf(await mbpoll(1, '-t', '1', '-r', '0', '-c', '8', ours)), '00011000');
  t.equal(bitsOf(await mbpoll(17, '-t', '1', '-r', '0', '-c', '8', ours)), '01011000');
  t.match(await mbpoll(17, '-t', '0', '-r', '2', ours, '1'), /Written 1 references/);
  t.match(modules.get(17)?.writes, [{ address: 2, value: 0xff00 }]);
  t.strictSame(modules.get(1)?.writes, []);
  t.equal(bitsOf(await mbpoll(17, '-t', '0', '-r', '0', '-c', '8', ours)), '00100000');
  t.match(await mbpoll(1, '-t', '1', '-r', '900', '-c', '8', ours), /Illegal data address/);
  t.match(await mbpoll(5, '-t', '1', '-r', '0', '-c', '8', '-o', '0.3', ours), /timed out/);
});

t.test('our emulated units asked by pymodbus', { skip: socat || missingPymodbus() }, async (t) => {
  const modules = emulatedModules([9]);
  const { ours } = await serialLine(t, new ModbusRtuHost({ units: modules }));
  const client = startPeer(t, 'python3', [
    repositoryFile('test/peers/modbus-client.py'),
    ours,
    '9',
  ]);
  await until(() => client.process.exitCode !== null, 'pymodbus has asked');
  t.equal(client.process.exitCode, 0, client.output());
  const lastLine = client.output().trim().split('\n').at(-1) ?? '';
  t.strictSame(JSON.parse(lastLine), {
    inputs,
    coils: [false, false, true, false, false, false, false, false],
    exception: 2,
  });
});

t.test('our emulated units asked by jsmodbus', { skip: socat }, async (t) => {
  const modules = emulatedModules([9]);
  const { ours } = await serialLine(t, new ModbusRtuHost({ units: modules }));
  const serial = new SerialPort({ path: ours, baudRate: 9_600, autoOpen: false });
  t.teardown(() => new Promise<void>((done) => serial.close(() => done())));
  const client = new jsmodbus.client.RTU(serial as never, 9, 1_000);
  await new Promise<void>((done, fail) => serial.open((error) => (error ? fail(error) : done())));
  const read = await client.readDiscreteInputs(0, 8);
  t.strictSame(read.response.body.valuesAsArray.slice(0, 8), inputs.map(Number));
  await client.writeSingleCoil(2, true);
  t.match(modules.get(9)?.writes, [{ address: 2, value: 0xff00 }]);
});

/** A device server that puts a serial line on a TCP port, for one user at a time. */
async function deviceServer(t: Test, path: string) {
  const port = await freePort();
  const server = startPeer(t, 'ser2net', [
    '-n',
    '-d',
    '-Y',
    `connection: &line\n  accepter: tcp,127.0.0.1,${port}\n  connector: serialdev,${path},9600n81,local\n`,
  ]);
  await until(() => listens(port), 'ser2net listens').catch((error) => {
    throw new Error(`${error.message}: ${server.output()}`);
  });
  // The look whether it listens was a user of it.
  await pause(300);
  return { port, server };
}

t.test('ser2net as device server', { skip: socat || missing('ser2net') }, async (t) => {
  const way = { host: '127.0.0.1', connectTimeoutMs: 500, ...habits };
  await t.test('units behind it are asked, cut off, and asked again', async (t) => {
    const { ours } = await serialLine(t, new ModbusRtuHost({ units: emulatedModules([1, 2]) }));
    const { port, server } = await deviceServer(t, ours);
    const io = await deviceOn(profile, { exchange: modbusRtuTcp({ ...way, port }) }, { unit: 2 });
    t.teardown(() => io.device.stop());
    await io.device.start();
    const position = () => io.of('barrierPosition').at(-1)?.position;
    await until(() => position() === 'closed', 'the arm is known');
    t.equal(
      await io.device.order({ kind: 'barrierOpen' }, clock.now().monotonicMs + 1_000),
      'accepted',
    );
    await until(() => position() === 'open', 'the arm is up');
    await server.kill();
    await until(() => position() === 'unknown', 'unknown without the device server');
    await until(() => io.device.heart.standing().fault === 'connect-refused', 'told by name');
  });
  await t.test('a second user is refused, and told what it is', async (t) => {
    const { ours } = await serialLine(t, new ModbusRtuHost({ units: emulatedModules([1]) }));
    const { port } = await deviceServer(t, ours);
    const first = await modbusRtuTcp({ ...way, port }).open(1, () => undefined);
    t.teardown(() => first.close());
    const asked = { function: 2, address: 0, quantity: 8 } as const;
    await until(async () => (await first.request(asked, poll)).kind === 'reply', 'the first asks');
    const closed: string[] = [];
    const second = await modbusRtuTcp({ ...way, port }).open(1, (code) => closed.push(code));
    t.teardown(() => second.close());
    await until(() => closed.length > 0, 'the second is refused');
    t.strictSame(closed, ['connect-dropped']);
    t.match(await first.request(asked, poll), { kind: 'reply' }, 'the first goes on');
  });
});
