import t from 'tap';
import { freePort } from '../../scripts/main-job/programs.ts';
import { modbusTcp } from '../../src/adapters/transport/modbus-tcp.ts';
import { clock, deviceOn } from '../support/device-under-test.ts';
import { listens, missing, missingPymodbus, pause, startPeer, until } from '../support/peers.ts';
import { repositoryFile } from '../support/repository.ts';

const profile = 'io-module/waveshare-modbus-poe-eth-relay-b';
const transport = (port: number) =>
  modbusTcp({ host: '127.0.0.1', port, connectTimeoutMs: 500, replyTimeoutMs: 500, clock });

t.test(
  'pymodbus as the module: inputs are read, coils arrive, its loss and return are seen',
  { skip: missingPymodbus() },
  async (t) => {
    const port = await freePort();
    const start = async () => {
      const server = startPeer(t, 'python3', [
        repositoryFile('test/peers/modbus-server.py'),
        String(port),
      ]);
      await until(() => listens(port), 'pymodbus listens').catch((error) => {
        throw new Error(`${error.message}: ${server.output()}`);
      });
      return server;
    };
    const server = await start();
    const io = await deviceOn(profile, { exchange: transport(port) });
    t.teardown(() => io.device.stop());
    await io.device.start();
    await until(() => io.of('barrierPosition').at(-1)?.position === 'closed', 'the arm is closed');
    const states = Object.fromEntries(
      io.of('inputChange').map(({ point, state }) => [point, state]),
    );
    t.match(states, { approach: 'clear', presence: 'clear', exit: 'clear', curtain: 'clear' });

    t.equal(
      await io.device.order({ kind: 'light', colour: 'green' }, clock.now().monotonicMs + 1_000),
      'accepted',
    );
    await until(
      () => /coil 4 \[True\]/.test(server.output()),
      'the green lamp arrives at pymodbus',
    );
    t.match(
      server.output(),
      /coil 1 \[False\]/,
      'and before it the open relay was brought to rest',
    );

    // It hangs, as a module does whose network cable is pulled, and comes back.
    server.process.kill('SIGSTOP');
    await until(
      () => io.of('barrierPosition').at(-1)?.position === 'unknown',
      'unknown without the module',
    );
    t.not(
      await io.device.order({ kind: 'barrierOpen' }, clock.now().monotonicMs + 100),
      'accepted',
    );
    server.process.kill('SIGCONT');
    await until(
      () => io.of('barrierPosition').at(-1)?.position === 'closed',
      'known again',
      20_000,
    );
  },
);

t.test(
  'mbpoll and our client drive the same pymodbus module alike',
  { skip: missing('mbpoll') || missingPymodbus() },
  async (t) => {
    const port = await freePort();
    const server = startPeer(t, 'python3', [
      repositoryFile('test/peers/modbus-server.py'),
      String(port),
    ]);
    await until(() => listens(port), 'pymodbus listens');
    const poll = startPeer(t, 'mbpoll', [
      '-m',
      'tcp',
      '-p',
      String(port),
      '-a',
      '1',
      '-t',
      '1',
      '-0',
      '-r',
      '0',
      '-c',
      '8',
      '-1',
      '127.0.0.1',
    ]);
    await until(() => poll.process.exitCode !== null, 'mbpoll has polled');
    const seen = [...poll.output().matchAll(/^\[(\d+)\]:\s+(\d)/gm)].map(
      ([, , value]) => value === '1',
    );
    const exchange = await transport(port).open(1, () => undefined);
    t.teardown(() => exchange.close());
    const answer = await exchange.request(
      { function: 2, address: 0, quantity: 8 },
      { priority: 'poll' },
    );
    t.match(answer, { kind: 'reply', reply: { kind: 'bits', bits: seen } });
    t.equal(seen.length, 8);
    t.match(
      await exchange.request({ function: 5, address: 2, value: 0xff00 }, { priority: 'command' }),
      { kind: 'reply' },
    );
    await pause(50);
    const coil = startPeer(t, 'mbpoll', [
      '-m',
      'tcp',
      '-p',
      String(port),
      '-a',
      '1',
      '-t',
      '0',
      '-0',
      '-r',
      '2',
      '-c',
      '1',
      '-1',
      '127.0.0.1',
    ]);
    await until(() => coil.process.exitCode !== null, 'mbpoll has polled');
    t.match(coil.output(), /^\[2\]:\s+1/m, `mbpoll sees the coil we wrote: ${server.output()}`);
  },
);

t.test(
  'registers written together arrive at pymodbus as mbpoll reads them',
  { skip: missing('mbpoll') || missingPymodbus() },
  async (t) => {
    const port = await freePort();
    startPeer(t, 'python3', [repositoryFile('test/peers/modbus-server.py'), String(port)]);
    await until(() => listens(port), 'pymodbus listens');
    const exchange = await transport(port).open(1, () => undefined);
    t.teardown(() => exchange.close());
    const values = [0, 42, 1, 1_400, 1, 15_804, 7, 65_535];
    t.match(
      await exchange.request({ function: 16, address: 32, values }, { priority: 'command' }),
      { kind: 'reply', reply: { kind: 'written' } },
    );
    const words = { function: 3, address: 32, quantity: 8 } as const;
    t.match(await exchange.request(words, { priority: 'command' }), {
      reply: { kind: 'words', words: values },
    });
    const where = ['-t', '4', '-0', '-r', '32', '-c', '8', '-1', '127.0.0.1'];
    const poll = startPeer(t, 'mbpoll', ['-m', 'tcp', '-p', String(port), '-a', '1', ...where]);
    await until(() => poll.process.exitCode !== null, 'mbpoll has polled');
    const seen = [...poll.output().matchAll(/^\[(\d+)\]:\s+(-?\d+)/gm)].map(([, at, value]) => [
      Number(at),
      Number(value) & 0xffff,
    ]);
    t.strictSame(
      seen,
      values.map((value, index) => [32 + index, value]),
    );
  },
);
