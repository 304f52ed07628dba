import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { drivers } from '../../../devices/index.ts';
import { platePost, reactionTo } from '../../../devices/plate-camera-http/emulator.ts';
import { systemTimers } from '../../../src/adapters/system/system.ts';
import { httpPushServer } from '../../../src/adapters/transport/http-push.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { parseProfile } from '../../../src/driver-kit/profile/lint.ts';
import { DeviceHeart } from '../../../src/runtime/device.ts';
import { PushDevice } from '../../../src/runtime/device-shapes.ts';
import { clock } from '../../support/device-under-test.ts';
import { exactly } from '../../support/exactly.ts';
import { pause } from '../../support/peers.ts';
import { repositoryFile } from '../../support/repository.ts';

const path = '/devices/in-1/plate';

async function camera(t: Test) {
  const file = repositoryFile('firmware-profiles/plate-camera/vzenith-r-series.json');
  const parsed = parseProfile(JSON.parse(readFileSync(file, 'utf8')));
  const manifest = await drivers['plate-camera-http']?.();
  if (parsed.kind !== 'profile' || manifest?.shape !== 'push') throw new Error('no camera');
  const told: Observation[] = [];
  const refused: unknown[] = [];
  const server = httpPushServer({
    host: '127.0.0.1',
    port: 0,
    clock,
    log: (message, detail) => refused.push({ message, ...detail }),
  });
  const timers = systemTimers();
  const heart = new DeviceHeart(
    {
      deviceId: 'camera' as never,
      laneId: 'in-1',
      manifest,
      profile: parsed.profile,
      settings: { view: 'front' },
    },
    {
      clock,
      timers,
      random: Math.random,
      observe: (_id, _at, o) => told.push(o),
      log: () => undefined,
    },
  );
  const device = new PushDevice(heart, manifest, { listener: server, path });
  await device.start();
  const port = await server.listen();
  t.teardown(async () => {
    device.stop();
    timers.stopAll();
    await server.close();
  });
  const post = (body: string | Uint8Array, contentType = 'application/json', to = path) =>
    fetch(`http://127.0.0.1:${port}${to}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: typeof body === 'string' ? body : Buffer.from(body),
    });
  const limit = manifest.session({
    profile: parsed.profile,
    settings: { view: 'front' },
  }).bodyBytesMax;
  return { told, refused, port, post, server, limit };
}

const reading = platePost({
  serialNumber: 'c1',
  plateId: 1,
  text: '粤B12345',
  confidence: 97,
  capturedAtMs: 1,
});

t.test('a reading is taken, and the answer lets the camera open nothing', async (t) => {
  const { told, post } = await camera(t);
  const answer = await post(reading.body);
  t.equal(answer.status, 200);
  t.strictSame(reactionTo(200, await answer.text()), { firesRelay: false, delivered: true });
  exactly(t, told, [
    { kind: 'deviceHealth', state: 'up' },
    { kind: 'plateRead', raw: '粤B12345', confidence: 0.97 },
  ]);
});

t.test('what is refused says why', async (t) => {
  const { told, post, port, limit } = await camera(t);
  const cases: readonly (readonly [Promise<Response>, number, RegExp])[] = [
    [post('{"AlarmInfoPlate":'), 400, /JSON/],
    [post(''), 400, /./],
    [post(new Uint8Array([0xff, 0xfe, 0x00])), 400, /./],
    [post(reading.body, 'application/xml'), 415, /application\/xml.*accepted/],
    [post(Buffer.alloc(limit + 1, 0x20)), 413, /larger/],
    [
      post(reading.body, 'application/json', '/devices/in-9/plate'),
      404,
      /no device is configured at \/devices\/in-9\/plate/,
    ],
    [fetch(`http://127.0.0.1:${port}${path}`), 405, /post/],
    [fetch(`http://127.0.0.1:${port}${path}`, { method: 'DELETE' }), 405, /post/],
  ];
  for (const [asked, status, reason] of cases) {
    const answer = await asked;
    const text = await answer.text();
    t.equal(answer.status, status, `${status} ${reason}`);
    t.match(answer.headers.get('content-type'), /problem\+json/);
    t.match(JSON.parse(text), { status, title: reason });
    t.notMatch(text, /node_modules|at \w+ \(/, 'without the inside of the program');
  }
  t.strictSame(
    told.filter(({ kind }) => kind === 'plateRead'),
    [],
  );
});

t.test('a push to a path of nobody is logged once, and not without end', async (t) => {
  const { post, refused } = await camera(t);
  const strange = () => refused.filter((each) => (each as { status?: number }).status === 404);
  await post(reading.body, 'application/json', '/devices/in-1/plates?x=1');
  await post(reading.body, 'application/json', '/devices/in-1/plates');
  t.match(strange(), [{ path: '/devices/in-1/plates', from: '127.0.0.1' }]);
  t.equal(strange().length, 1);
  for (let n = 0; n < 60; n++) await post('{}', 'application/json', `/guess/${n}`);
  t.equal(strange().length, 50);
});

t.test('a body that never ends is cut off, and others are served meanwhile', async (t) => {
  const { port, post } = await camera(t);
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"a`,
  );
  for (let i = 0; i < 20; i++) t.equal((await post(reading.body)).status, 200);
  await closed;
  t.match(heard, /^(HTTP\/1\.1 408|$)/);
});

t.test('a body in chunks, and one larger than it says, are measured as they come', async (t) => {
  const { port, limit } = await camera(t);
  const big = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.alloc(262_144, 0x20));
    },
  });
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: big,
    duplex: 'half',
  };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, init as RequestInit).catch(
    (error: unknown) => error,
  );
  t.ok(limit > 0);
  if (answer instanceof Response) t.equal(answer.status, 413);
  else t.ok(answer, 'the line was cut while it still sent');
});

t.test('closing does not wait for whoever is connected', async (t) => {
  const { port, server } = await camera(t);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((done) => socket.once('connect', () => done()));
  const startedAt = performance.now();
  await server.close();
  t.ok(performance.now() - startedAt < 15_000);
  socket.destroy();
  await pause(10);
});

t.test('a media type is known with its parameters and in any case', async (t) => {
  const { post } = await camera(t);
  for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset=UTF-8'])
    t.equal((await post(reading.body, type)).status, 200, type);
});

t.test('who asks in another way is told how to', async (t) => {
  const { port } = await camera(t);
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    t.equal(answer.status, 405, method);
    t.equal(answer.headers.get('allow'), 'POST');
  }
});

t.test('a defect of ours is answered without its inside, and lets nothing open', async (t) => {
  const server = httpPushServer({ host: '127.0.0.1', port: 0, clock, log: () => undefined });
  t.teardown(() => server.close());
  server.register('/x', { bodyBytesMax: 100, contentTypes: ['application/json'] }, () => {
    throw new Error('inside of the program');
  });
  const port = await server.listen();
  const answer = await fetch(`http://127.0.0.1:${port}/x`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const text = await answer.text();
  t.equal(answer.status, 500);
  t.match(answer.headers.get('content-type'), /problem\+json/);
  t.notMatch(text, /inside of the program/);
  t.strictSame(reactionTo(500, text), { firesRelay: false, delivered: false });
});
