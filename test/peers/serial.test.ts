import { join } from 'node:path';
import t from 'tap';
import { UhfReader } from '../../devices/rfid-stream/emulator.ts';
import { YaohuaIndicator } from '../../devices/weighbridge-stream/emulator.ts';
import { serialStream } from '../../src/adapters/transport/serial-stream.ts';
import { tcpStream } from '../../src/adapters/transport/tcp-stream.ts';
import { type ByteMachine, hostByteMachine } from '../../src/simulation/byte-machine-host.ts';
import { clock, deviceOn } from '../support/device-under-test.ts';
import { missing, pause, until } from '../support/peers.ts';
import { serialLine } from '../support/serial-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const skip = missing('socat');

const port = (path: string) =>
  serialStream({ path, baud: 9_600, dataBits: 8, parity: 'none', stopBits: 1, clock });

t.test(
  'a weighbridge on a serial line is read, and damage costs its own frame',
  { skip },
  async (t) => {
    const indicator = new YaohuaIndicator(20);
    indicator.show(31_240);
    const { ours, put } = await serialLine(t, indicator);
    const scale = await deviceOn('weighbridge/yaohua-xk3190-continuous', { stream: port(ours) });
    t.teardown(() => scale.device.stop());
    await scale.device.start();
    await until(() => scale.of('weightReading').length > 10, 'readings');
    t.ok(scale.of('weightReading').every(({ weightKg }) => weightKg === 31_240));
    t.ok(scale.of('weightReading').every(({ stability }) => stability.source === 'inferred'));

    indicator.show(undefined);
    await pause(100);
    const before = scale.of('weightReading').length;
    const frame = Buffer.from('022b30303135363030313903', 'hex');
    put(Buffer.from('ff00ffee0202', 'hex'));
    put(frame.subarray(0, 5));
    await pause(30);
    put(frame.subarray(5));
    put(Buffer.concat([frame, frame]));
    put(Buffer.concat([frame.subarray(0, 10), Buffer.from([0x30]), frame.subarray(11)]));
    put(frame.subarray(0, 7));
    await pause(200);
    put(frame);
    await until(
      () => scale.of('weightReading').length >= before + 4,
      'garbage, split and joined frames are told apart',
    );
    await pause(100);
    t.equal(scale.of('weightReading').length, before + 4);
    t.match(scale.device.heart.standing(), { faults: { 'frame-checksum': Number } });
    t.ok(scale.device.heart.standing().droppedBytes > 0);
  },
);

t.test('a reader on a serial line answers our inventory', { skip }, async (t) => {
  const reader = new UhfReader();
  reader.field(['E280116060000205A1B2C3D4']);
  const { ours } = await serialLine(t, reader);
  const rfid = await deviceOn('rfid-reader/uhfreader288', { stream: port(ours) });
  t.teardown(() => rfid.device.stop());
  await rfid.device.start();
  await until(() => rfid.of('tagRead').length > 0, 'the tag');
  t.match(rfid.of('tagRead')[0], { tag: 'E280116060000205A1B2C3D4' });
  t.equal(rfid.device.heart.standing().state, 'up');
});

t.test(
  'a line that breaks is opened anew, and nothing stale is sent on it',
  { skip },
  async (t) => {
    const folder = temporaryFolder();
    const reader = new UhfReader();
    reader.field(['E280116060000205A1B2C3D4']);
    const first = await serialLine(t, reader, folder);
    const rfid = await deviceOn('rfid-reader/uhfreader288', { stream: port(first.ours) });
    t.teardown(() => rfid.device.stop());
    await rfid.device.start();
    await until(() => rfid.of('tagRead').length > 0, 'the first tag');
    await first.socat.kill();
    await until(() => rfid.device.heart.standing().state === 'down', 'the loss is noticed');
    t.match(rfid.of('deviceHealth').at(-1), { state: 'down', fault: /port-lost|port-absent/ });

    const heard: Buffer[] = [];
    const second = await serialLine(
      t,
      {
        received: (bytes) => {
          heard.push(Buffer.from(bytes));
          return reader.received(bytes);
        },
        tick: () => [],
      } as ByteMachine,
      folder,
    );
    t.equal(second.ours, first.ours);
    const before = rfid.of('tagRead').length;
    await until(() => rfid.of('tagRead').length > before, 'tags again', 20_000);
    t.ok(rfid.device.heart.standing().openings >= 2);
    const command = heard[0]?.subarray(0, (heard[0][0] ?? 0) + 1);
    t.equal(
      Buffer.concat(heard).length % (command?.length ?? 1),
      0,
      'whole commands only, one at a time',
    );
  },
);

t.test('a port that is not there is told by name, and taken when it comes', { skip }, async (t) => {
  const folder = temporaryFolder();
  const indicator = new YaohuaIndicator(20);
  indicator.show(15_600);
  const scale = await deviceOn('weighbridge/yaohua-xk3190-continuous', {
    stream: port(join(folder, 'ours')),
  });
  t.teardown(() => scale.device.stop());
  await t.rejects(scale.device.start(), { code: 'port-absent', message: /ours/ });
  await serialLine(t, indicator, folder);
  await until(() => scale.of('weightReading').length > 0, 'readings', 20_000);
});

t.test('a port that another program holds is told by name', { skip }, async (t) => {
  const { ours } = await serialLine(t, new YaohuaIndicator());
  const events = { received: () => undefined, closed: () => undefined };
  const held = await port(ours).open(events);
  await t.rejects(port(ours).open(events), { code: 'port-locked' });
  held.close();
});

t.test('the same line behind raw TCP is read, cut and read again', async (t) => {
  const indicator = new YaohuaIndicator(20);
  indicator.show(15_600);
  const host = await hostByteMachine(indicator);
  const timer = setInterval(() => host.tick(performance.now()), 10);
  t.teardown(async () => {
    clearInterval(timer);
    await host.close();
  });
  const scale = await deviceOn('weighbridge/yaohua-xk3190-continuous', {
    stream: tcpStream({ host: '127.0.0.1', port: host.port, connectTimeoutMs: 1_000, clock }),
  });
  t.teardown(() => scale.device.stop());
  await scale.device.start();
  await until(() => scale.of('weightReading').length > 5, 'readings');
  host.cut();
  await until(() => scale.device.heart.standing().state === 'down', 'the cut is noticed');
  const before = scale.of('weightReading').length;
  await until(() => scale.of('weightReading').length > before, 'readings again');
  await host.close();
  await until(
    () => scale.device.heart.standing().fault === 'connect-refused',
    'refused is told by name',
    20_000,
  );
});

t.test('a device that says nothing is silent, though its line stands', async (t) => {
  const indicator = new YaohuaIndicator(20);
  indicator.show(15_600);
  const host = await hostByteMachine(indicator);
  const timer = setInterval(() => host.tick(performance.now()), 10);
  t.teardown(async () => {
    clearInterval(timer);
    await host.close();
  });
  const scale = await deviceOn('weighbridge/yaohua-xk3190-continuous', {
    stream: tcpStream({ host: '127.0.0.1', port: host.port, connectTimeoutMs: 1_000, clock }),
  });
  t.teardown(() => scale.device.stop());
  await scale.device.start();
  await until(() => scale.device.heart.standing().state === 'up', 'up');
  indicator.show(undefined);
  await until(() => scale.device.heart.standing().state === 'silent', 'silent');
  t.match(scale.of('deviceHealth').at(-1), { state: 'silent', fault: 'device-silent' });
  indicator.show(20);
  await until(() => scale.device.heart.standing().state === 'up', 'up again');
});
