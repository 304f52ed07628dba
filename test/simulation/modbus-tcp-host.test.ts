import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { IoModuleEmulator } from '../../devices/io-modbus/emulator.ts';
import {
  type CoilWriteSeen,
  type ModbusTcpHost,
  type ModbusTcpHostOptions,
  startModbusTcpHost,
} from '../../src/simulation/modbus-tcp-host.ts';

const run = promisify(execFile);

/** A module whose clock stands where the test puts it. */
async function hosted(
  t: Test,
  options: Partial<ModbusTcpHostOptions> = {},
): Promise<{
  host: ModbusTcpHost;
  module: IoModuleEmulator;
  clock: { ms: number };
  order: string[];
}> {
  const clock = { ms: 0 };
  const order: string[] = [];
  const module = new IoModuleEmulator({ module: 'waveshareRelayB' }, 0);
  const host = await startModbusTcpHost({
    nowMs: () => clock.ms,
    handle: (pdu, nowMs) => {
      order.push(`act ${pdu[0]}`);
      return module.handle(pdu, nowMs);
    },
    ...options,
  });
  t.teardown(() => host.close());
  return { host, module, clock, order };
}

/** A client that knows bytes only. */
class Wire {
  received: Buffer = Buffer.alloc(0);
  ended = false;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
    });
  }

  static async open(t: Test, port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1');
    t.teardown(() => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Wire(socket);
  }

  send(hex: string): void {
    this.#socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }

  async until(done: () => boolean): Promise<void> {
    for (let tries = 0; !done() && tries < 400; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async answer(bytes: number): Promise<string> {
    await this.until(() => this.received.length >= bytes || this.ended);
    const hex = this.received.toString('hex');
    this.received = Buffer.alloc(0);
    return hex;
  }
}

const readInputs = '0001 0000 0006 01 02 0000 0008';
const inputsReply = '000100000004010201' + '18';
const openPulse = '0002 0000 0006 01 05 0200 0005';
const openReply = openPulse.replaceAll(' ', '');

t.test('requests are answered under their own transaction, joined or in pieces', async (t) => {
  const { host } = await hosted(t);
  const wire = await Wire.open(t, host.port);
  wire.send(readInputs);
  t.equal(await wire.answer(10), inputsReply);
  wire.send(`${readInputs}${openPulse}`);
  t.equal(await wire.answer(22), inputsReply + openReply);
  wire.send('0003 0000 00');
  await new Promise((resolve) => setTimeout(resolve, 10));
  wire.send('06 01 01 0000 0008');
  t.equal(await wire.answer(10), '00030000000401010101', 'the relay makes contact');
  t.equal(host.requests, 4);
});

t.test('a coil write is told before the module acts and before the reply leaves', async (t) => {
  const seen: CoilWriteSeen[] = [];
  const order: string[] = [];
  let wire: Wire | undefined;
  const { host } = await hosted(t, {
    handle: (pdu) => {
      order.push('act');
      return { pdu, delayMs: 0 };
    },
    onCoilWrite: (write) => {
      order.push(`told, ${wire?.received.length} bytes answered`);
      seen.push(write);
    },
  });
  wire = await Wire.open(t, host.port);
  wire.send(openPulse);
  t.equal(await wire.answer(12), openReply);
  t.same(seen, [{ unit: 1, address: 0x200, value: 5, atMs: 0 }]);
  t.same(order, ['told, 0 bytes answered', 'act']);
  wire.send('0004 0000 0008 01 0f 0002 0002 01 01');
  await wire.answer(1);
  t.same(
    seen.slice(1).map((each) => [each.address, each.value]),
    [
      [2, 0xff00],
      [3, 0],
    ],
  );
  wire.send(readInputs);
  await wire.answer(1);
  t.equal(seen.length, 3, 'a read is no write');
});

t.test('a stream that is no Modbus TCP is cut, and others go on', async (t) => {
  const { host } = await hosted(t);
  for (const junk of [
    '474554202f20485454502f312e31',
    '0001 0000 00ff 01 02',
    '0001 0000 0001 01',
  ]) {
    const wire = await Wire.open(t, host.port);
    wire.send(junk);
    await wire.until(() => wire.ended);
    t.ok(wire.ended, junk);
  }
  const wire = await Wire.open(t, host.port);
  wire.send(readInputs);
  t.equal(await wire.answer(10), inputsReply);
});

t.test('a unit that is not there is met with silence', async (t) => {
  const { host } = await hosted(t, { units: [7] });
  const wire = await Wire.open(t, host.port);
  wire.send(`${readInputs}${readInputs.replace(' 01 02', ' 07 02')}`);
  t.equal(await wire.answer(10), inputsReply.replace('000401', '000407'));
  t.equal(host.requests, 1);
});

t.test('faults hit the requests they name and then end', async (t) => {
  const { host, module, order } = await hosted(t);
  const wire = await Wire.open(t, host.port);

  host.inject({ fault: { kind: 'exception', code: 6 }, on: 'write', times: 1 });
  wire.send(`${readInputs}${openPulse}`);
  t.equal(await wire.answer(19), `${inputsReply}000200000003018506`);
  t.same(module.writes, [], 'an exception carries nothing out');

  host.inject({ fault: { kind: 'dropReply' }, on: 'write', times: 1 });
  wire.send(`${openPulse}${readInputs}`);
  t.equal(await wire.answer(10), inputsReply);
  t.equal(module.writes.length, 1, 'carried out and not confirmed');

  host.inject({ fault: { kind: 'dropRequest' }, on: 'any', times: 1 });
  wire.send(`${openPulse}${readInputs}`);
  t.equal(await wire.answer(10), inputsReply);
  t.equal(module.writes.length, 1, 'lost on the way');

  host.inject({ fault: { kind: 'foreignTransaction' }, on: 'read', times: 1 });
  wire.send(readInputs);
  const foreign = await wire.answer(10);
  t.equal(foreign.slice(4), inputsReply.slice(4));
  t.not(foreign.slice(0, 4), '0001');

  host.inject({ fault: { kind: 'splitReply', delayMs: 10 }, on: 'read', times: 1 });
  wire.send(readInputs);
  t.equal(await wire.answer(10), inputsReply);

  host.inject({ fault: { kind: 'delay', delayMs: 30 }, on: 'read', times: 1 });
  wire.send(`${readInputs}0009 0000 0006 01 02 0000 0008`);
  const late = await wire.answer(20);
  t.ok(late.startsWith('0009') && late.endsWith(inputsReply), 'the delayed one came last');
  t.equal(order.filter((each) => each === 'act 5').length, 1);
});

t.test('a reset can fall before or after the module acted', async (t) => {
  const { host, module } = await hosted(t);
  for (const [acted, writes] of [
    [false, 0],
    [true, 1],
  ] as const) {
    host.inject({ fault: { kind: 'reset', acted }, on: 'write', times: 1 });
    const wire = await Wire.open(t, host.port);
    wire.send(openPulse);
    await wire.until(() => wire.ended);
    t.ok(wire.ended);
    t.equal(wire.received.length, 0);
    t.equal(module.writes.length, writes);
  }
  const wire = await Wire.open(t, host.port);
  host.resetConnections();
  await wire.until(() => wire.ended);
  t.ok(wire.ended);
  t.equal(host.connections, 0);
});

t.test('a port in use is an error, not a hang', async (t) => {
  const { host } = await hosted(t);
  await t.rejects(startModbusTcpHost({ port: host.port, handle: () => undefined }), {
    code: 'EADDRINUSE',
  });
});

async function mbpollMissing(): Promise<string | false> {
  try {
    await run('mbpoll', ['-h']);
    return false;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return missing ? 'mbpoll is not installed: apt-get install mbpoll' : false;
  }
}

t.test(
  'mbpoll reads the inputs and pulses the arm open',
  { skip: await mbpollMissing() },
  async (t) => {
    const seen: CoilWriteSeen[] = [];
    const clock = { ms: 0 };
    const module = new IoModuleEmulator({ module: 'moxaE1212', pulseWidthMs: 500 }, 0);
    const host = await startModbusTcpHost({
      nowMs: () => clock.ms,
      handle: (pdu, nowMs) => module.handle(pdu, nowMs),
      onCoilWrite: (write) => seen.push(write),
    });
    t.teardown(() => host.close());
    const mbpoll = async (type: string, reference: number, rest: readonly string[]) => {
      const port = String(host.port);
      const where = [
        '-m',
        'tcp',
        '-p',
        port,
        '-a',
        '1',
        '-t',
        type,
        '-r',
        String(reference),
        '-1',
        '-q',
      ];
      return (await run('mbpoll', [...where, ...rest])).stdout;
    };
    const levels = (text: string) =>
      [...text.matchAll(/\[\d+\]:\s+(\d)/g)].map((each) => each[1]).join('');

    const inputs = ['-c', '8', '127.0.0.1'];
    t.equal(levels(await mbpoll('1', 1, inputs)), '00011000', 'curtain clear, arm down');
    module.setInput('presence', true, 0);
    t.equal(levels(await mbpoll('1', 1, inputs)), '01011000', 'a truck on the presence loop');
    await mbpoll('0', 17, ['127.0.0.1', '1']);
    t.same(seen, [{ unit: 1, address: 0x10, value: 0xff00, atMs: 0 }]);
    t.equal(levels(await mbpoll('0', 1, inputs)), '10000000', 'the relay makes contact');
    clock.ms = 600;
    t.equal(levels(await mbpoll('0', 1, inputs)), '00000000', 'and let go by its own clock');
    clock.ms = 1500;
    t.equal(levels(await mbpoll('1', 1, inputs)), '01010100', 'the arm stands on its open limit');
  },
);
