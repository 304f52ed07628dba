/** A device on a stream: what its session answers is sent, and a stream it gives up is opened anew. */
import t from 'tap';
import { drivers } from '../../devices/index.ts';
import type { DeviceHealth } from '../../src/core/observation.ts';
import type { SessionOutput, StreamSession } from '../../src/driver-kit/contract.ts';
import type { OpenStream, StreamEvents } from '../../src/ports/transport.ts';
import { DeviceHeart, type DeviceSettings } from '../../src/runtime/device.ts';
import { StreamDevice } from '../../src/runtime/device-shapes.ts';
import { FakeTime } from '../support/fake-timers.ts';

const quiet: SessionOutput = { observations: [], faults: [], send: [] };

/** A session that says what each first byte stands for. */
function scripted(said: Readonly<Record<number, SessionOutput>>): StreamSession {
  return {
    tickMs: 100,
    opened: () => ({ ...quiet, send: [Uint8Array.of(0xaa)] }),
    received: ({ bytes }) => said[bytes[0] ?? 0] ?? quiet,
    tick: () => quiet,
    closing: () => [Uint8Array.of(0xcc)],
  };
}

async function rig(session: () => StreamSession) {
  const time = new FakeTime();
  const health: DeviceHealth[] = [];
  const logged: object[] = [];
  const streams: { events: StreamEvents; written: number[]; isClosed: boolean }[] = [];
  const uhfreader = await drivers['rfid-stream']?.();
  if (uhfreader?.shape !== 'stream') throw new Error('no stream driver');
  const manifest = { ...uhfreader, staleAfterMs: () => 1_000, session };
  const settings = {
    deviceId: 'tag' as never,
    laneId: 'lane',
    manifest,
    profile: {},
    settings: {},
  };
  const heart = new DeviceHeart(settings as unknown as DeviceSettings, {
    clock: time,
    timers: time,
    random: () => 0,
    observe: (_id, _at, observation) => {
      if (observation.kind === 'deviceHealth') health.push(observation);
    },
    log: (level, message, detail) => logged.push({ level, message, ...detail }),
  });
  const device = new StreamDevice(heart, manifest, {
    open: async (events): Promise<OpenStream> => {
      const stream = { events, written: [] as number[], isClosed: false };
      streams.push(stream);
      return {
        nonce: streams.length,
        write: (bytes) => stream.written.push(...bytes),
        // A socket that is closed tells its end like any other.
        close: () => {
          stream.isClosed = true;
          events.closed('port-lost', 'closed');
        },
      };
    },
  });
  await device.start();
  const say = (byte: number, stream = streams.at(-1)) =>
    stream?.events.received({ bytes: Uint8Array.of(byte), receivedAt: time.now() });
  return { time, device, health, logged, streams, say };
}

const good = { ...quiet, goodMessages: 1 };
const hangUp = { code: 'reader-occupied', detail: 'a client-initiated connection exists' } as const;

t.test('what a session answers to bytes is written, in order', async (t) => {
  const answer = { ...good, send: [Uint8Array.of(1, 2), Uint8Array.of(3)] };
  const { streams, say } = await rig(() => scripted({ 7: answer }));
  say(7);
  t.strictSame(streams[0]?.written, [0xaa, 1, 2, 3]);
});

t.test('a stream that is given up is closed, told by its code, and opened anew', async (t) => {
  const last = { ...quiet, send: [Uint8Array.of(9)], hangUp };
  const { time, device, streams, say, health, logged } = await rig(() =>
    scripted({ 1: good, 7: last }),
  );
  say(1);
  say(7);
  t.strictSame(streams[0], { ...streams[0], written: [0xaa, 9], isClosed: true });
  t.match(health.at(-1), { state: 'down', fault: 'reader-occupied' });
  t.match(logged.at(-1), { message: 'device lost', ...hangUp });
  const { faults } = device.heart.standing();
  t.strictSame(faults, { 'reader-occupied': 1 }, 'the end of the stream is not counted as well');
  say(1, streams[0]);
  t.match(device.heart.standing(), { state: 'down', goodMessages: 1 }, 'its rest is nobody’s');

  await time.pass(600);
  t.equal(streams.length, 2);
  say(1);
  t.equal(device.heart.standing().state, 'up');
});

t.test('giving up again and again is done ever more slowly', async (t) => {
  const { time, streams, say } = await rig(() => scripted({ 7: { ...quiet, hangUp } }));
  const delays: number[] = [];
  for (let n = 0; n < 6; n++) {
    say(7);
    const delayMs = time.delayOf('device/tag/retry') ?? 0;
    delays.push(delayMs);
    await time.pass(delayMs);
    t.equal(streams.length, n + 2);
  }
  t.strictSame(delays, [250, 500, 1_000, 2_000, 2_500, 2_500]);
});

t.test('what a device says of its fault is logged, and not with every message', async (t) => {
  const fault = { code: 'device-error', droppedBytes: 0, detail: 'RF overload' } as const;
  const { time, logged, say, device } = await rig(() =>
    scripted({ 7: { ...quiet, faults: [fault] } }),
  );
  for (let n = 0; n < 25; n++) {
    say(7);
    await time.pass(1_000);
  }
  const told = logged.filter((each) => 'message' in each && each.message === 'device fault');
  t.equal(told.length, 3);
  t.match(told[0], { level: 'warn', deviceId: 'tag', code: 'device-error', detail: 'RF overload' });
  t.match(device.heart.standing().faults, { 'device-error': 25 });
});

t.test('a device that is stopped says its last words and is not opened again', async (t) => {
  const { time, device, streams } = await rig(() => scripted({}));
  device.stop();
  t.strictSame(streams[0], { ...streams[0], written: [0xaa, 0xcc], isClosed: true });
  await time.pass(60_000);
  t.equal(streams.length, 1);
});

t.test('a session that fails on its opening keeps its stream', async (t) => {
  const broken = () => ({
    ...scripted({ 1: good }),
    opened: () => {
      throw new Error('opening');
    },
  });
  const { device, streams, say } = await rig(broken);
  say(1);
  t.match(device.heart.standing(), { state: 'up', faults: { 'driver-crashed': 1 } });
  t.equal(streams.length, 1);
});
