/**
 * Traps of `serialport` 13.0.0 and of serial lines, over pseudo-terminals of socat: what becomes of the plain use
 * of the package, and that our port does not fall into it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SerialPort, SerialPortMock } from 'serialport';
import t, { type Test } from 'tap';
import { modbusRtu } from '../../src/adapters/transport/modbus-rtu.ts';
import {
  type SerialStreamOptions,
  serialStream,
} from '../../src/adapters/transport/serial-stream.ts';
import { ModbusRtuHost } from '../../src/simulation/modbus-rtu-host.ts';
import { clock, deviceOn } from '../support/device-under-test.ts';
import { missing, pause, startPeer, until } from '../support/peers.ts';
import { repositoryFile } from '../support/repository.ts';
import { command, emulatedModules, poll, readInputs } from '../support/rtu-line.ts';
import { bareLine, serialLine } from '../support/serial-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const skip = missing('socat');
const settings = { baud: 9_600, dataBits: 8, parity: 'none', stopBits: 1, clock } as const;

const port = (path: string, more: Partial<SerialStreamOptions> = {}) =>
  serialStream({ path, ...settings, ...more });

function heardBy() {
  const received: Buffer[] = [];
  const closed: { code: string; detail: string }[] = [];
  return {
    received,
    closed,
    events: {
      received: ({ bytes }: { bytes: Uint8Array }) => received.push(Buffer.from(bytes)),
      closed: (code: string, detail: string) => closed.push({ code, detail }),
    },
  };
}

/** What arrives at the far end of a line. */
function farEnd(t: Test, path: string) {
  const heard: Buffer[] = [];
  const input = createReadStream('', { fd: openSync(path, 'r') });
  input.on('data', (bytes) => heard.push(bytes as Buffer));
  input.on('error', () => undefined);
  t.teardown(() => input.destroy());
  return { text: () => Buffer.concat(heard).toString('latin1') };
}

t.test('what was written while the port was gone', { skip }, async (t) => {
  await t.test('plain: is sent when the same port object is opened again', async (t) => {
    const folder = temporaryFolder();
    const first = await bareLine(t, folder);
    const serial = new SerialPort({ path: first.ours, baudRate: 9_600, autoOpen: false });
    t.teardown(() => serial.isOpen && serial.close());
    serial.on('error', () => undefined);
    serial.on('data', () => undefined);
    const open = () =>
      new Promise<void>((done, fail) => serial.open((e) => (e ? fail(e) : done())));
    await open();
    // The package does not notice a loss before it waits for bytes.
    await pause(200);
    const gone = new Promise((done) => serial.once('close', done));
    await first.socat.kill();
    await gone;
    serial.write('OPEN THE ARM');
    const second = await bareLine(t, folder);
    const { text } = farEnd(t, second.theirs);
    await open();
    await until(() => text() === 'OPEN THE ARM', 'the stale write arrives');
  });
  await t.test('ours: is never sent', async (t) => {
    const folder = temporaryFolder();
    const first = await bareLine(t, folder);
    const before = heardBy();
    const stream = await port(first.ours).open(before.events);
    await first.socat.kill();
    await until(() => before.closed.length > 0, 'the loss is noticed');
    t.match(before.closed, [{ code: 'port-lost' }]);
    stream.write(Buffer.from('OPEN THE ARM'));
    const second = await bareLine(t, folder);
    const { text } = farEnd(t, second.theirs);
    const again = await port(second.ours).open(heardBy().events);
    t.teardown(() => again.close());
    again.write(Buffer.from('hello'));
    await until(() => text().includes('hello'), 'what is written now arrives');
    t.equal(text(), 'hello');
  });
});

t.test('a port that is gone before a reading has begun to wait', { skip }, async (t) => {
  await t.test('plain: reads no bytes again and again, and never tells', async (t) => {
    const { ours, socat } = await bareLine(t);
    const serial = new SerialPort({ path: ours, baudRate: 9_600, autoOpen: false });
    const told: string[] = [];
    for (const event of ['close', 'error', 'end']) serial.on(event, () => told.push(event));
    await new Promise<void>((done, fail) => serial.open((e) => (e ? fail(e) : done())));
    t.teardown(() => new Promise<void>((done) => serial.close(() => done())));
    await socat.kill();
    serial.on('data', () => undefined);
    const cpu = process.cpuUsage();
    await pause(500);
    const { user, system } = process.cpuUsage(cpu);
    t.strictSame(told, []);
    t.ok(user + system > 100_000, `${(user + system) / 1_000} ms of work in 500 ms`);
  });
  await t.test('ours: is told as lost', async (t) => {
    const { ours, socat } = await bareLine(t);
    class GoneAtOnce extends SerialPort {
      override set(...[levels, done]: Parameters<SerialPort['set']>): void {
        super.set(levels, (error) => {
          void socat.kill().then(() => done?.(error));
        });
      }
    }
    const { events, closed } = heardBy();
    const makePort = (options: { path: string; baudRate: number }) => new GoneAtOnce(options);
    const stream = await port(ours, { makePort }).open(events);
    t.teardown(() => stream.close());
    await until(() => closed.length > 0, 'the loss is noticed');
    t.match(closed, [{ code: 'port-lost', detail: /hung up/ }]);
  });
});

t.test('a Modbus line that is unplugged and plugged in again', { skip }, async (t) => {
  const folder = temporaryFolder();
  const modules = emulatedModules([1, 2]);
  const first = await serialLine(t, new ModbusRtuHost({ units: modules }), folder);
  const line = modbusRtu({
    path: first.ours,
    ...settings,
    replyTimeoutMs: 200,
    turnaroundMs: 2,
    echo: 'none',
  });
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
  const positions = () => [one, two].map((io) => io.of('barrierPosition').at(-1)?.position);
  await until(() => positions().every((at) => at === 'closed'), 'both arms are known');
  await first.socat.kill();
  await until(() => positions().every((at) => at === 'unknown'), 'both are unknown');
  t.equal(await one.device.order({ kind: 'barrierOpen' }, clock.now().monotonicMs + 50), 'failed');
  await until(() => one.device.heart.standing().fault === 'port-absent', 'the port is gone');
  await serialLine(t, new ModbusRtuHost({ units: modules }), folder);
  await until(() => positions().every((at) => at === 'closed'), 'known again', 20_000);
  /** Pulses of the open contact, 5 tenths of a second; the rest is the resync of each connection and the lamp. */
  const pulses = (unit: number) => modules.get(unit)?.writes.filter(({ value }) => value === 5);
  t.strictSame(pulses(1), [], 'the order of before was never written');
  t.equal(
    await two.device.order({ kind: 'barrierOpen' }, clock.now().monotonicMs + 2_000),
    'accepted',
  );
  t.equal(pulses(2)?.length, 1);
});

/** Runs a module in the repository's folder on a machine that has no programs at all. */
async function withoutPrograms(script: string) {
  const empty = join(temporaryFolder(), 'no-programs');
  mkdirSync(empty);
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: repositoryFile('.'),
    env: { ...process.env, PATH: empty, NODE_V8_COVERAGE: '' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const status = await new Promise((done) => child.once('close', done));
  return { status, output };
}

t.test('a machine without udevadm', { skip }, async (t) => {
  await t.test(
    'plain: listing the ports ends a process that does not expect it to fail',
    async (t) => {
      // Version 13.0.0 rejects; earlier ones ended the process whatever was done about it.
      const { status, output } = await withoutPrograms(`
      import { SerialPort } from 'serialport';
      setTimeout(() => console.log('alive'), 500);
      SerialPort.list();
    `);
      t.not(status, 0);
      t.match(output, /spawn udevadm ENOENT/);
      t.notMatch(output, /alive/);
    },
  );
  await t.test('ours: a port is opened, read and asked there', async (t) => {
    const { ours } = await serialLine(t, new ModbusRtuHost({ units: emulatedModules([1]) }));
    const { status, output } = await withoutPrograms(`
      import { serialStream } from './dist/src/adapters/transport/serial-stream.js';
      import { modbusRtu } from './dist/src/adapters/transport/modbus-rtu.js';
      const clock = { now: () => ({ wallMs: 0, monotonicMs: performance.now() }) };
      const path = ${JSON.stringify(ours)};
      const settings = { path, baud: 9600, dataBits: 8, parity: 'none', stopBits: 1, clock };
      await new Promise((done) => serialStream(settings).open({
        received: ({ bytes }) => done(console.log('heard', bytes.length)),
        closed: console.log,
      }).then((stream) => {
        stream.write(Uint8Array.of(1, 2, 0, 0, 0, 8, 0x79, 0xcc));
        setTimeout(() => stream.close(), 500);
      }));
      await new Promise((done) => setTimeout(done, 700));
      const line = modbusRtu({ ...settings, replyTimeoutMs: 500, turnaroundMs: 1, echo: 'none' });
      const unit = await line.open(1, console.log);
      console.log((await unit.request({ function: 2, address: 0, quantity: 8 }, { priority: 'poll' })).kind);
      process.exit(0);
    `);
    t.equal(status, 0, output);
    t.match(output, /heard \d\nreply/);
  });
});

t.test(
  'a port that another program holds is told by name, and nothing is read from it',
  { skip },
  async (t) => {
    const { ours } = await bareLine(t);
    const holder = startPeer(t, 'flock', ['--no-fork', ours, 'sleep', '60']);
    await until(
      () => spawnSync('flock', ['-n', ours, 'true']).status !== 0,
      'the other program holds it',
    );
    await t.rejects(port(ours).open(heardBy().events), {
      code: 'port-locked',
      message: new RegExp(ours),
    });
    await holder.kill();
    await until(() => spawnSync('flock', ['-n', ours, 'true']).status === 0, 'it is free');
    const stream = await port(ours).open(heardBy().events);
    stream.close();
  },
);

t.test('a path that is no serial port is told as what it is', async (t) => {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const pipe = join(folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const paths: readonly (readonly [string, RegExp])[] = [
    [folder, /is a directory/],
    [pipe, /is a named pipe/],
    [file, /is a file/],
    ['/dev/null', /ioctl/],
  ];
  for (const [path, message] of paths) {
    await t.rejects(port(path).open(heardBy().events), { code: 'port-not-serial', message }, path);
  }
  await t.rejects(port(join(folder, 'nothing')).open(heardBy().events), { code: 'port-absent' });
});

t.test(
  'a port that pours out bytes is given up before it costs anybody time',
  { skip },
  async (t) => {
    const { ours, theirs } = await bareLine(t);
    const { events, closed, received } = heardBy();
    const stream = await port(ours).open(events);
    t.teardown(() => stream.close());
    const flood = spawn('dd', ['if=/dev/zero', `of=${theirs}`, 'bs=4k'], { stdio: 'ignore' });
    const ended = new Promise((done) => flood.once('exit', done));
    t.teardown(async () => {
      flood.kill('SIGKILL');
      await ended;
    });
    await until(() => closed.length > 0, 'it is given up');
    t.match(closed, [{ code: 'port-flooded', detail: /9600 bit\/s/ }]);
    t.ok(Buffer.concat(received).length <= 70_000, 'and little of it was taken');
  },
);

t.test('a port that takes nothing', { skip }, async (t) => {
  const words = Buffer.alloc(500, 0x55);
  await t.test('plain: gathers all that is written, to send it whenever', async (t) => {
    const { ours, socat } = await bareLine(t);
    socat.process.kill('SIGSTOP');
    const serial = new SerialPort({ path: ours, baudRate: 9_600, autoOpen: false });
    serial.on('error', () => undefined);
    await new Promise<void>((done, fail) => serial.open((e) => (e ? fail(e) : done())));
    t.teardown(() => new Promise<void>((done) => serial.close(() => done())));
    for (let i = 0; i < 400; i += 1) serial.write(words);
    await pause(200);
    t.ok(serial.writableLength > 100_000, `${serial.writableLength} bytes wait`);
  });
  await t.test('ours: is given up with what waits, and nothing of it is sent later', async (t) => {
    const { ours, theirs, socat } = await bareLine(t);
    const { text } = farEnd(t, theirs);
    socat.process.kill('SIGSTOP');
    const { events, closed } = heardBy();
    const stream = await port(ours).open(events);
    await until(() => {
      stream.write(words);
      return closed.length > 0;
    }, 'it is given up');
    t.match(closed, [{ code: 'port-write-blocked' }]);
    socat.process.kill('SIGCONT');
    await pause(500);
    t.ok(text().length < 64_000, `${text().length} bytes that the system had taken already`);
  });
});

t.test('DTR and RTS are low from the opening on, unless a converter is fed by them', async (t) => {
  const levels: unknown[] = [];
  class Port extends SerialPortMock {
    override set(to: { dtr?: boolean; rts?: boolean }, done: (error: Error | null) => void): void {
      levels.push([this.isOpen, to.dtr, to.rts]);
      super.set(to, done);
    }
  }
  const path = '/dev/null';
  SerialPortMock.binding.createPort(path);
  const makePort = (options: { path: string; baudRate: number }) => new Port(options);
  for (const more of [{}, { dtr: 'high' }, { rts: 'high' }] as const) {
    const stream = await port(path, { ...more, makePort }).open(heardBy().events);
    stream.close();
    await pause(10);
  }
  t.strictSame(levels, [
    [true, false, false],
    [true, true, false],
    [true, false, true],
  ]);
});

t.test(
  'a line of pseudo-terminals has no modem lines, and is as good without',
  { skip },
  async (t) => {
    const modules = emulatedModules([1]);
    const { ours } = await serialLine(t, new ModbusRtuHost({ units: modules }));
    const line = modbusRtu({
      path: ours,
      ...settings,
      rts: 'high',
      replyTimeoutMs: 200,
      turnaroundMs: 2,
      echo: 'none',
    });
    const exchange = await line.open(1, () => undefined);
    t.teardown(() => exchange.close());
    t.match(await exchange.request(readInputs, poll), { kind: 'reply' });
    const write = { function: 5, address: 3, value: 0xff00 } as const;
    t.match(await exchange.request(write, command), { kind: 'reply' });
  },
);
