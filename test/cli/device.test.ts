import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { UhfReader } from '../../devices/rfid-stream/emulator.ts';
import { EmulatedIndicator } from '../../devices/weighbridge-stream/emulator.ts';
import type { IndicatorFamily } from '../../devices/weighbridge-stream/encoders.ts';
import { freePort, node } from '../../scripts/main-job/programs.ts';
import { type ByteMachine, hostByteMachine } from '../../src/simulation/byte-machine-host.ts';
import { missing, startPeer, until } from '../support/peers.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

function start(...args: string[]) {
  const child = spawn(
    node.command,
    [...node.args, repositoryFile('dist/src/cli/kakou.js'), ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const run: Run = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.stderr += text;
  });
  const ended = once(child, 'close').then(([status]): Run => ({ ...run, status }));
  return { run, ended, interrupt: () => child.kill('SIGINT') };
}

const kakou = (...args: string[]): Promise<Run> => start(...args).ended;

/** A device behind raw TCP that ticks until the test is over; `heard` is all that was written to it. */
async function hosted(t: Test, machine: ByteMachine) {
  const heard: Uint8Array[] = [];
  const host = await hostByteMachine({
    received: (bytes, nowMs) => {
      heard.push(bytes);
      return machine.received(bytes, nowMs);
    },
    tick: (nowMs) => machine.tick(nowMs),
  });
  const timer = setInterval(() => host.tick(performance.now()), 10);
  t.teardown(async () => {
    clearInterval(timer);
    await host.close();
  });
  return { tcp: `127.0.0.1:${host.port}`, heard, host };
}

function indicator(family: IndicatorFamily, weightKg = 31_240): EmulatedIndicator {
  const machine = new EmulatedIndicator(family, { everyMs: 50, settleMs: 0 });
  machine.show(weightKg);
  return machine;
}

const yaohua = 'weighbridge/yaohua-xk3190-continuous';
const car = '02 2B 30 30 31 35 36 30 30 31 39 03';

t.test('bytes given on the command line are explained one by one', async (t) => {
  const good = await kakou('device', 'try', '--profile', yaohua, '--hex', ...car.split(' '));
  t.equal(good.status, 0, good.stderr);
  t.match(
    good.stdout,
    /weight {2}02 \[sign 2B\] \[digits 30 30 31 35 36 30 "001560"\] \[decimals 30 = 0\] \[check 31 39\] 03/,
  );
  t.match(good.stdout, /→ 1560 kg displayed, moving \(inferred\)/);
  t.match(good.stderr, /1 frames, 1 of them good; 0 bytes given up/);
  const wrong = await kakou('device', 'try', '--profile', yaohua, '--hex', car.replace('39', '38'));
  t.equal(wrong.status, 1);
  t.match(wrong.stdout, /frame-checksum: check of "weight" is 31 38, its bytes demand 31 39/);
  t.match(wrong.stderr, /0 frames, 0 of them good; 12 bytes given up/);
});

t.test('a file of bytes or of hexadecimal text is read, as JSON lines where asked', async (t) => {
  const folder = temporaryFolder();
  const text = join(folder, 'line.hex');
  writeFileSync(text, `# a car\n${car} # +1560\n`);
  const raw = join(folder, 'line.bin');
  writeFileSync(raw, Buffer.from(car.replaceAll(' ', ''), 'hex'));
  for (const file of [text, raw]) {
    const { status, stdout } = await kakou(
      'device',
      'try',
      '--json',
      '--profile',
      yaohua,
      '--file',
      file,
    );
    t.equal(status, 0);
    t.match(JSON.parse(stdout), {
      kind: 'frame',
      rule: 'weight',
      hex: car,
      fields: { digits: '001560' },
      observations: [{ kind: 'weightReading', weightKg: 1560 }],
    });
  }
});

t.test('a command that cannot be understood says what it lacks', async (t) => {
  for (const [args, message] of [
    [['--profile', yaohua], /give one of --hex, --file, --port, --tcp/],
    [['--profile', yaohua, '--hex', '02 2'], /whole and in hexadecimal/],
    [['--profile', yaohua, '--file', '/no/such/file'], /ENOENT/],
    [['--profile', 'plate-camera/vzenith-r-series', '--hex', '02'], /no stream block/],
    [['--profile', yaohua, '--tcp', '127.0.0.1:99999'], /takes host:port/],
    [['--profile', yaohua, '--hex', '02', '--address', 'x'], /--address is a whole number/],
    [['--hex', '02'], /--profile/],
  ] as const) {
    const { status, stderr } = await kakou('device', 'try', ...args);
    t.equal(status, 2, args.join(' '));
    t.match(stderr, message);
  }
  t.equal((await kakou('device', 'probe')).status, 2);
});

t.test('a line that cannot be opened is told with its code and what to do', async (t) => {
  const nobody = await kakou(
    'device',
    'try',
    '--profile',
    yaohua,
    '--tcp',
    `127.0.0.1:${await freePort()}`,
  );
  t.equal(nobody.status, 1);
  t.match(nobody.stderr, /connect-refused: .*\n {4}hint: check host and port/);
  const absent = await kakou('device', 'try', '--profile', yaohua, '--port', '/dev/no-such-port');
  t.equal(absent.status, 1);
  t.match(absent.stderr, /port-absent: .*\n {4}hint: /);
});

t.test('a line is read until Ctrl-C, damage included', async (t) => {
  const machine = indicator('yaohuaContinuous');
  const { tcp, heard } = await hosted(t, machine);
  const { run, ended, interrupt } = start('device', 'try', '--profile', yaohua, '--tcp', tcp);
  await until(() => /31240 kg displayed/.test(run.stdout), 'the first reading');
  machine.damageNext('checksum');
  await until(() => /frame-checksum/.test(run.stdout), 'the damaged frame');
  await until(() => /stable \(inferred\)/.test(run.stdout), 'a stable reading');
  interrupt();
  const { status, stderr } = await ended;
  t.equal(status, 0, stderr);
  t.match(stderr, /\d+ frames, \d+ of them good; 12 bytes given up/);
  t.strictSame(heard, [], 'nothing is written to a device that speaks by itself');
});

t.test('a device that is asked is asked, unless only listening is wanted', async (t) => {
  const reader = new UhfReader();
  reader.field(['E2806894000050000000001A']);
  const { tcp, heard } = await hosted(t, reader);
  const profile = 'rfid-reader/uhfreader288';
  const asked = await kakou(
    'device',
    'try',
    '--json',
    '--seconds',
    '1',
    '--profile',
    profile,
    '--tcp',
    tcp,
  );
  t.equal(asked.status, 0, asked.stderr);
  const events = asked.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(events[0], { kind: 'sent', hex: '04 00 01 DB 4B' });
  t.match(
    events.find(({ kind }) => kind === 'frame'),
    { observations: [{ tag: 'E2806894000050000000001A', antenna: 1 }] },
  );
  heard.length = 0;
  const listened = await kakou(
    'device',
    'try',
    '--no-send',
    '--seconds',
    '1',
    '--profile',
    profile,
    '--tcp',
    tcp,
  );
  t.equal(listened.status, 1, 'nothing good was heard');
  t.strictSame(heard, []);
});

t.test('a line that is lost ends the trial with its reason', async (t) => {
  const { tcp, host } = await hosted(t, indicator('yaohuaContinuous'));
  const { run, ended } = start('device', 'try', '--profile', yaohua, '--tcp', tcp);
  await until(() => /31240 kg/.test(run.stdout), 'the first reading');
  host.cut();
  const { status, stdout } = await ended;
  t.equal(status, 1);
  // A line that is hung up at once has a code of its own.
  t.match(stdout, /(port-lost|connect-dropped): /);
});

t.test('probing ranks the profile that reads the line first, and writes nothing', async (t) => {
  for (const [family, profile, share] of [
    ['toledoWithChecksum', 'weighbridge/mettler-toledo-continuous-checksum', 'checkedShare'],
    ['csvLine', 'weighbridge/generic-csv-line', 'share'],
  ] as const) {
    const { tcp, heard } = await hosted(t, indicator(family));
    const { status, stdout } = await kakou(
      'device',
      'probe',
      '--json',
      '--seconds',
      '1',
      '--tcp',
      tcp,
    );
    t.equal(status, 0);
    const [best] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    t.match(best, { profile, last: { weightKg: 31_240 } }, family);
    t.ok(best[share] > 0.8, family);
    t.strictSame(heard, [], 'nothing is written to the line');
  }
});

t.test('two formats that look alike are told as doubtful', async (t) => {
  const { tcp } = await hosted(t, indicator('equalsReversed', 22));
  const { stdout, stderr } = await kakou('device', 'probe', '--seconds', '1', '--tcp', tcp);
  t.match(stdout, /no check .*equals-reversed/);
  t.match(stdout, /no check .*equals-forward/);
  t.match(stderr, /with a known weight/);
});

t.test('a device that only answers is found when it may be asked', async (t) => {
  const { tcp, heard } = await hosted(t, indicator('sma'));
  const silent = await kakou('device', 'probe', '--seconds', '1', '--tcp', tcp);
  t.equal(silent.status, 1);
  t.match(silent.stderr, /nothing was heard: .*needs --poll/);
  t.strictSame(heard, []);
  const asked = await kakou('device', 'probe', '--poll', '--seconds', '1', '--tcp', tcp);
  t.equal(asked.status, 0, asked.stderr);
  t.match(asked.stdout, /weighbridge\/sma \(polled\) +31240 kg gross/);
  t.notOk(
    Buffer.concat(heard).includes(Buffer.from('FF032F0000025E86', 'hex')),
    'no start dialogue is said',
  );
});

t.test(
  'of two profiles with the same frames the one that tells something comes first',
  async (t) => {
    const reader = new UhfReader();
    reader.field(['E2801160600002054CC4AAAA']);
    const { tcp } = await hosted(t, reader);
    const { stdout, stderr } = await kakou(
      'device',
      'probe',
      '--poll',
      '--seconds',
      '1',
      '--tcp',
      tcp,
    );
    t.match(
      stdout,
      /^read .*\n.*rfid-reader\/uhfreader288 \(polled\) +tag E2801160600002054CC4AAAA/,
    );
    t.match(stderr, /^more than one profile fits: try each/);
    t.notMatch(stderr, /Warning/);
  },
);

t.test('Ctrl-C ends a probe as a whole, not the question it is at', async (t) => {
  const { tcp, heard } = await hosted(t, indicator('toledoWithChecksum'));
  const probe = start('device', 'probe', '--poll', '--seconds', '1', '--tcp', tcp);
  await until(() => heard.length > 0, 'the first question');
  probe.interrupt();
  const { status, stdout } = await probe.ended;
  t.equal(status, 0);
  t.match(stdout, /mettler-toledo-continuous-checksum/, 'what was heard is judged');
  t.ok(heard.length < 16, `${heard.length} of 32 questions were asked`);
});

t.test('a recording that is there already is refused before anything is heard', async (t) => {
  const file = join(temporaryFolder(), 'line.bin');
  writeFileSync(file, 'kept');
  const args = ['--record', file, '--tcp', '127.0.0.1:1'];
  const { status, stderr } = await kakou('device', 'probe', ...args);
  t.equal(status, 2);
  t.match(stderr, /line\.bin is there already\n\s+hint: choose another name/);
  t.equal(readFileSync(file, 'utf8'), 'kept');
});

t.test('what no profile reads is shown for the one who will write it', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const timer = setInterval(() => socket.write('%%42|7%%'), 50);
    socket.on('close', () => clearInterval(timer));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const file = join(temporaryFolder(), 'line.bin');
  const { status, stderr } = await kakou(
    'device',
    'probe',
    '--seconds',
    '1',
    '--record',
    file,
    '--tcp',
    `127.0.0.1:${port}`,
  );
  t.equal(status, 1);
  t.match(readFileSync(file, 'latin1'), /^(%%42\|7%%)+$/, 'and kept as it came');
  t.match(stderr, /no shipped profile reads what was heard: 25 25 34 32 7C 37 25 25/);
});

t.test('a serial port is tried and probed', { skip: missing('socat') }, async (t) => {
  const { host } = await hosted(t, indicator('yaohuaContinuous'));
  const link = join(temporaryFolder(), 'line');
  startPeer(t, 'socat', [`pty,raw,echo=0,link=${link}`, `tcp:127.0.0.1:${host.port}`]);
  await until(() => existsSync(link), 'the port');
  const tried = await kakou(
    'device',
    'try',
    '--seconds',
    '1',
    '--profile',
    yaohua,
    '--port',
    link,
    '--baud',
    '9600',
  );
  t.equal(tried.status, 0, tried.stderr);
  t.match(tried.stdout, /31240 kg/);
  const probed = await kakou('device', 'probe', '--seconds', '1', '--baud', '9600', '--port', link);
  t.equal(probed.status, 0, probed.stderr);
  t.match(probed.stdout, /yaohua-xk3190-continuous at 9600/);
});
