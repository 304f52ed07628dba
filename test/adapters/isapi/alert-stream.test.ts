/** The stream of alerts on real sockets, against the emulated camera and against servers that mean harm. */
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { heartbeatPart, plateParts } from '../../../devices/plate-camera-isapi/emulator.ts';
import { manifest } from '../../../devices/plate-camera-isapi/manifest.ts';
import { alertStream } from '../../../src/adapters/isapi/alert-stream.ts';
import { systemClock, systemTimers } from '../../../src/adapters/system/system.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { TransportError } from '../../../src/ports/transport.ts';
import { DeviceHeart, type DevicePorts } from '../../../src/runtime/device.ts';
import { StreamDevice } from '../../../src/runtime/device-shapes.ts';
import {
  hostIsapiCamera,
  type IsapiCameraHost,
} from '../../../src/simulation/isapi-camera-host.ts';
import { isapiProfile } from '../../support/isapi-profile.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const clock = systemClock('synced');
const path = '/ISAPI/Event/notification/alertStream';
const profile = isapiProfile();

function streamTo(port: number, more: object = {}) {
  return alertStream({
    host: '127.0.0.1',
    port,
    tls: false,
    path,
    username: 'gate',
    password: 'secret',
    connectTimeoutMs: 500,
    replyTimeoutMs: 400,
    clock,
    ...more,
  });
}

interface Heard {
  readonly bytes: Buffer[];
  readonly closed: string[];
}

async function open(port: number, more: object = {}) {
  const heard: Heard = { bytes: [], closed: [] };
  const stream = await streamTo(port, more).open({
    received: (chunk) => heard.bytes.push(Buffer.from(chunk.bytes)),
    closed: (code) => heard.closed.push(code),
  });
  return { heard, stream };
}

async function failure(opening: Promise<unknown>): Promise<TransportError> {
  try {
    await opening;
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const untilMs = performance.now() + 8_000;
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(`not within 8 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A server that writes this to whoever connects. */
async function rawServer(serve: (socket: Socket) => void): Promise<{ port: number; end(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    end() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

t.test('each digest the camera may offer is answered, and alerts come', async (t) => {
  for (const schemes of [['MD5'], ['SHA-256'], ['MD5', 'SHA-256']] as const) {
    const host = await hostIsapiCamera();
    host.camera.signIn.schemes = schemes;
    const { heard, stream } = await open(host.port);
    t.equal(host.camera.signIn.refusals, 0, schemes.join());
    t.equal(host.camera.asked, 2, 'once without, once with the sign-in');
    host.heartbeat(Date.now());
    await until('a part', () => Buffer.concat(heard.bytes).includes('videoloss'));
    t.equal(Buffer.concat(heard.bytes).subarray(0, 10).toString(), '--boundary');
    stream.close();
    await until('no connection', () => host.connections === 0);
    t.strictSame(heard.closed, [], 'closed by our own will');
    await host.close();
  }
});

t.test('a camera without a sign-in is listened to', async (t) => {
  const host = await hostIsapiCamera();
  host.camera.signIn.isRequired = false;
  const { stream } = await open(host.port, { username: undefined, password: undefined });
  t.equal(host.listeners, 1);
  stream.close();
  await host.close();
});

t.test('over TLS with the certificate of the camera, and never with another', async (t) => {
  const tls = selfSigned('camera');
  const certificateFile = join(temporaryFolder(), 'camera.pem');
  writeFileSync(certificateFile, tls.cert);
  const host = await hostIsapiCamera({ tls });
  const { stream } = await open(host.port, { tls: true, certificateFile });
  t.equal(host.listeners, 1);
  stream.close();
  const refused = await failure(open(host.port, { tls: true }));
  t.equal(refused.code, 'isapi-certificate-refused');
  await host.close();
});

t.test(
  'a wrong password is tried three times in five minutes, and the account never locks',
  async (t) => {
    const host = await hostIsapiCamera({ password: 'another' });
    const transport = streamTo(host.port);
    const tries: TransportError[] = [];
    for (let i = 0; i < 8; i += 1) {
      tries.push(
        await failure(transport.open({ received: () => undefined, closed: () => undefined })),
      );
    }
    t.ok(tries.every(({ code }) => code === 'isapi-auth-refused'));
    t.equal(host.camera.signIn.refusals, 3);
    t.notOk(host.camera.signIn.isLocked(performance.now()));
    t.ok((tries[0]?.retryAfterMs ?? 0) >= 30_000, 'and each much later than a lost line');
    t.ok((tries[3]?.retryAfterMs ?? 0) > 290_000);
    t.notMatch(tries.map(({ message }) => message).join(), /secret/);
    await host.close();
  },
);

t.test('a sign-in that is asked for and not configured is told as that', async (t) => {
  const host = await hostIsapiCamera();
  const refused = await failure(open(host.port, { username: undefined, password: undefined }));
  t.match(refused, { code: 'isapi-auth-refused', message: /no user is configured/ });
  t.equal(host.camera.signIn.refusals, 0);
  await host.close();
});

t.test('redirects are not followed, and other answers are no stream', async (t) => {
  const elsewhere = await hostIsapiCamera();
  const host = await hostIsapiCamera();
  const cases: readonly (readonly [number, readonly string[], string])[] = [
    [302, [`Location: http://127.0.0.1:${elsewhere.port}${path}`], 'isapi-answer-refused'],
    [200, ['Content-Type: text/html'], 'isapi-answer-refused'],
    [200, ['Content-Type: multipart/mixed', 'Content-Encoding: gzip'], 'isapi-answer-refused'],
    [404, [], 'isapi-answer-refused'],
    [403, [], 'isapi-auth-refused'],
  ];
  for (const [status, headers, code] of cases) {
    host.camera.answersInstead = { status, headers };
    t.equal((await failure(open(host.port))).code, code, `${status} ${headers}`);
  }
  t.equal(elsewhere.camera.asked, 0);
  await Promise.all([host.close(), elsewhere.close()]);
});

t.test('Basic alone is never answered: it would tell the password', async (t) => {
  const seen: string[] = [];
  const server = await rawServer((socket) => {
    socket.on('data', (bytes) => {
      seen.push(bytes.toString());
      socket.end(
        'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
      );
    });
  });
  t.equal((await failure(open(server.port))).code, 'isapi-auth-refused');
  t.notMatch(seen.join(), /authorization/i);
  server.end();
});

t.test('every wait has its limit', async (t) => {
  const mute = await hostIsapiCamera();
  mute.isMute = true;
  t.equal((await failure(open(mute.port))).code, 'connect-timeout');
  await until('no connection', () => mute.connections === 0);
  await mute.close();
  t.equal((await failure(open(mute.port))).code, 'connect-refused');
  const dripping = await rawServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write('x: y\r\n'), 20);
    socket.on('close', () => clearInterval(timer));
  });
  t.equal((await failure(open(dripping.port))).code, 'connect-timeout', 'a head without an end');
  dripping.end();
  const garbage = await rawServer((socket) => socket.end('220 mail ready\r\n\r\n'));
  t.equal((await failure(open(garbage.port))).code, 'port-lost');
  garbage.end();
});

t.test('a camera that pours is given up', async (t) => {
  const server = await rawServer((socket) => {
    const block = Buffer.alloc(65_536, 'x');
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n');
      const pour = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', pour);
      pour();
    });
  });
  const { heard } = await open(server.port);
  await until('given up', () => heard.closed.length > 0);
  t.strictSame(heard.closed, ['port-flooded']);
  t.ok(Buffer.concat(heard.bytes).length <= 8_388_608);
  server.end();
});

function deviceOn(
  host: { port: number },
  told: Observation[],
  more: object = {},
  ports: Partial<DevicePorts> = {},
) {
  const settings = { view: 'front' };
  const heart = new DeviceHeart(
    { deviceId: 'plate' as never, laneId: 'in-1', manifest, profile, settings },
    {
      clock,
      timers: systemTimers(),
      random: () => 0,
      observe: (_id, _at, observation) => told.push(observation),
      log: () => undefined,
      ...ports,
    },
  );
  if (manifest.shape !== 'stream') throw new TypeError('another shape');
  return new StreamDevice(heart, manifest, streamTo(host.port, more));
}

const plates = (told: readonly Observation[]) =>
  told.flatMap((each) => (each.kind === 'plateRead' ? [`${each.raw} ${each.replayed}`] : []));
const health = (told: readonly Observation[]) =>
  told.flatMap((each) => (each.kind === 'deviceHealth' ? [each.state] : []));

const alertAt = (uuid: string, plate: string) => ({ uuid, plate, atMs: Date.now() });

t.test('a stream that breaks is asked for anew, and readings go on', async (t) => {
  const host: IsapiCameraHost = await hostIsapiCamera();
  const told: Observation[] = [];
  const device = deviceOn(host, told);
  await device.start();
  host.heartbeat(Date.now());
  host.passes(alertAt('1', '粤B12345'));
  await until('a plate', () => plates(told).length === 1);
  t.equal(health(told).at(-1), 'up');
  const half = plateParts(alertAt('2', '粤B22222'));
  host.write(half.subarray(0, half.length - 40));
  await new Promise((resolve) => setTimeout(resolve, 50));
  host.cut();
  await until('down', () => health(told).at(-1) === 'down');
  await until('asked for anew', () => host.listeners === 1);
  host.heartbeat(Date.now());
  host.passes(alertAt('3', '001234'));
  await until('a plate', () => plates(told).length === 2);
  t.strictSame(plates(told), ['粤B12345 false', '001234 false'], 'half an alert is none');
  host.write(Buffer.from('\r\n--boundary--\r\n'));
  await until('ended', () => (device.heart.standing().faults['alert-stream-ended'] ?? 0) === 1);
  await until('asked for anew', () => host.listeners === 1);
  device.stop();
  await until('no connection', () => host.connections === 0);
  await host.close();
});

t.test('pictures of the stream follow their reading and bear its id', async (t) => {
  const host = await hostIsapiCamera();
  const told: Observation[] = [];
  const kept: string[] = [];
  const pictured: string[] = [];
  const device = deviceOn(
    host,
    told,
    {},
    {
      keepPictures({ deviceEventId }, pictures) {
        kept.push(
          ...pictures.map(({ bytes }) => `${plates(told).length} ${deviceEventId} ${bytes.length}`),
        );
        const references = pictures.map(({ role, bytes, mediaType }) => ({
          role,
          sha256: 'of the picture',
          bytes: bytes.length,
          mediaType,
        }));
        return { references, refusals: [] };
      },
      pictured: (late) =>
        pictured.push(`${late.deviceId} ${late.deviceEventId} ${late.picture.bytes}`),
    },
  );
  await device.start();
  host.heartbeat(Date.now());
  const scene = Uint8Array.of(0xff, 0xd8, 0xff, 1, 2, 3, 4);
  host.passes({ ...alertAt('7', '粤B12345'), scene });
  await until('a picture', () => pictured.length === 1);
  t.strictSame(kept, ['1 7 7'], 'the reading was told before');
  t.strictSame(pictured, ['plate 7 7']);
  device.stop();
  await host.close();
});

t.test('a camera that means harm costs its own readings and no other', async (t) => {
  const good = await hostIsapiCamera();
  const bad = await rawServer((socket) => {
    const flood = Buffer.concat(
      Array.from({ length: 400 }, (_, i) => plateParts(alertAt(`h${i}`, `H${i}`))),
    );
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=boundary\r\n\r\n');
      const pour = () => {
        while (!socket.destroyed && socket.write(flood));
      };
      socket.on('drain', pour);
      pour();
    });
  });
  const dead = await hostIsapiCamera({ password: 'another' });
  const told: Observation[] = [];
  const others: Observation[] = [];
  const devices = [deviceOn(good, told), deviceOn(bad, others), deviceOn(dead, [])];
  await Promise.allSettled(devices.map((device) => device.start()));
  for (let i = 0; i < 20; i += 1) {
    good.write(heartbeatPart(Date.now()));
    good.passes(alertAt(`g${i}`, `G${i}`));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await until('all plates', () => plates(told).length === 20);
  t.ok((devices[1]?.heart.standing().faults['alert-stream-flooded'] ?? 0) >= 1);
  t.ok(plates(others).length < 400, 'a flood is cut short');
  t.equal(devices[2]?.heart.standing().fault, 'isapi-auth-refused');
  t.equal(dead.camera.signIn.refusals, 1, 'the next try waits');
  for (const device of devices) device.stop();
  bad.end();
  await Promise.all([good.close(), dead.close()]);
});
