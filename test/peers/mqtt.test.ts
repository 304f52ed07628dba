import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import t, { type Test } from 'tap';
import { freePort } from '../../scripts/main-job/programs.ts';
import { systemTimers } from '../../src/adapters/system/system.ts';
import { mqttUplink } from '../../src/adapters/uplink/mqtt-uplink.ts';
import { Receiver } from '../../src/centre/receiver.ts';
import { type CentreStore, openCentreStore } from '../../src/centre/store.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { Outbox } from '../../src/runtime/outbox.ts';
import { clock } from '../support/device-under-test.ts';
import { ledgerIn, note } from '../support/open-ledger.ts';
import { listens, missing, type Peer, pause, startPeer, until } from '../support/peers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const skip = missing('mosquitto');

async function broker(t: Test, port: number, settings: readonly string[] = []): Promise<Peer> {
  const file = join(temporaryFolder(), 'mosquitto.conf');
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false', ...settings];
  if (!settings.some((line) => line.startsWith('allow_anonymous')))
    lines.push('allow_anonymous true');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const peer = startPeer(t, 'mosquitto', ['-c', file]);
  await until(() => listens(port), 'mosquitto listens');
  return peer;
}

function gate(t: Test, port: number, protocol: 'auto' | '5' | '3.1.1' = '5') {
  const ledger = ledgerIn(temporaryFolder());
  const log: string[] = [];
  const timers = systemTimers();
  const outbox = new Outbox({
    siteId: 'CNSHK',
    gateId: 'gate-1',
    ledger,
    uplink: mqttUplink({ url: `mqtt://127.0.0.1:${port}`, clientId: `gate-${port}`, protocol }),
    clock,
    timers,
    random: () => 0.2,
    session: 'session-1',
    log: (_level, message) => log.push(message),
  });
  t.teardown(async () => {
    await outbox.stop(300);
    timers.stopAll();
  });
  outbox.start();
  const write = (n: number) => {
    for (let i = 0; i < n; i++) {
      ledger.commit({ events: [note(`n${i}`)] });
      outbox.appended();
    }
  };
  return { ledger, outbox, log, write };
}

function centre(t: Test, port: number, file = join(temporaryFolder(), 'centre.db')) {
  const store = openCentreStore(file);
  const log: string[] = [];
  const receiver = new Receiver({
    store,
    uplink: mqttUplink({
      url: `mqtt://127.0.0.1:${port}`,
      clientId: `centre-${port}`,
      protocol: 'auto',
    }),
    onEntry: () => undefined,
    log: (message) => log.push(message),
  });
  receiver.start();
  let isOver = false;
  const stop = () => {
    if (isOver) return;
    isOver = true;
    receiver.stop();
    store.close();
  };
  t.teardown(stop);
  return { store, stop, file, log };
}

const key = (ledger: Ledger) => ({ site: 'CNSHK', gate: 'gate-1', epoch: ledger.epoch });

async function delivered(
  t: Test,
  ledger: Ledger,
  store: CentreStore,
  withinMs = 20_000,
): Promise<void> {
  await until(
    () => ledger.acknowledgedThrough() === ledger.head().sequence,
    'all acknowledged',
    withinMs,
  );
  t.equal(store.completeThrough(key(ledger)).head, ledger.head().hash);
  for (const { sequence, hash } of ledger.entriesAfter(0, 10_000)) {
    if (store.at(key(ledger), sequence)?.hash !== hash) t.fail(`entry ${sequence} differs`);
  }
  t.strictSame(store.alarms(), []);
}

t.test(
  'MQTT 5: every entry reaches the centre in its bytes and is acknowledged',
  { skip },
  async (t) => {
    const port = await freePort();
    await broker(t, port);
    const { store } = centre(t, port);
    const { ledger, write } = gate(t, port);
    write(1_000);
    await delivered(t, ledger, store);
  },
);

t.test('the broker killed in the middle loses nothing', { skip }, async (t) => {
  const port = await freePort();
  let mosquitto = await broker(t, port);
  const { store } = centre(t, port);
  const { ledger, outbox, write } = gate(t, port);
  write(200);
  for (let i = 0; i < 3; i++) {
    await until(() => outbox.standing().connected, 'connected', 20_000);
    write(300);
    await pause(30);
    await mosquitto.kill();
    write(100);
    mosquitto = await broker(t, port);
  }
  await delivered(t, ledger, store, 40_000);
});

t.test('a broker that is absent at start is waited for', { skip }, async (t) => {
  const port = await freePort();
  const { ledger, write, log } = gate(t, port);
  write(50);
  await until(() => log.includes('uplink lost'), 'refused');
  await broker(t, port);
  const { store } = centre(t, port);
  await delivered(t, ledger, store);
});

t.test('a broker that refuses us is told of, and nothing is lost', { skip }, async (t) => {
  const port = await freePort();
  const strict = await broker(t, port, ['allow_anonymous false']);
  const { ledger, outbox, write, log } = gate(t, port);
  write(20);
  await until(() => log.includes('uplink lost'), 'refused');
  t.equal(outbox.standing().connected, false);
  await strict.kill();
  await broker(t, port);
  const { store } = centre(t, port);
  await delivered(t, ledger, store);
});

t.test('a broker that takes one message at a time gets one at a time', { skip }, async (t) => {
  const port = await freePort();
  await broker(t, port, ['max_inflight_messages 1', 'max_queued_messages 1000']);
  const { store } = centre(t, port);
  const { ledger, write } = gate(t, port);
  write(200);
  await delivered(t, ledger, store);
});

t.test(
  'the centre gone and back with its store, and gone and back without it',
  { skip },
  async (t) => {
    const port = await freePort();
    await broker(t, port);
    const first = centre(t, port);
    const { ledger, write } = gate(t, port);
    write(100);
    await delivered(t, ledger, first.store);
    first.stop();
    write(100);
    const second = centre(t, port, first.file);
    await delivered(t, ledger, second.store, 40_000);
    second.stop();

    // A centre that has lost its store asks for all of it from the first entry.
    const third = centre(t, port);
    write(1);
    await until(
      () => third.store.completeThrough(key(ledger)).through === ledger.head().sequence,
      'everything is there again',
      40_000,
    );
  },
);

t.test(
  'a hole is asked for and filled, a fork is called out and replaces nothing',
  { skip },
  async (t) => {
    const port = await freePort();
    await broker(t, port);
    const { store } = centre(t, port);
    const { ledger, write } = gate(t, port);
    write(5);
    await delivered(t, ledger, store);

    const other = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
    t.teardown(() => other.endAsync(true));
    const topic = 'kakou/v1/CNSHK/gate-1/event';
    const [third] = ledger.entriesAfter(2, 1);
    await other.publishAsync(topic, (third?.entry ?? '').replace('arm-stuck', 'arm-stack'), {
      qos: 1,
    });
    await until(() => store.alarms().some(({ kind }) => kind === 'fork'), 'the fork is called out');
    t.equal(store.at(key(ledger), 3)?.hash, third?.hash, 'the first bytes stand');

    for (const payload of [
      '',
      'null',
      '[]',
      '{"specversion":"1.0"}',
      '\xff\xfe',
      JSON.stringify({ specversion: '1.0', source: 'urn:kakou:OTHER:gate' }),
    ]) {
      await other.publishAsync(topic, Buffer.from(payload, 'latin1'), { qos: 1 });
    }
    write(3);
    await until(
      () => ledger.acknowledgedThrough() === ledger.head().sequence,
      'the stream goes on',
    );
  },
);

t.test('a retained acknowledgement of another log moves nothing', { skip }, async (t) => {
  const port = await freePort();
  await broker(t, port);
  const other = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
  const stale = JSON.stringify({ epoch: 'f'.repeat(32), through: 500, head: 'f'.repeat(64) });
  await other.publishAsync('kakou/v1/CNSHK/gate-1/ack', stale, { qos: 1, retain: true });
  await other.endAsync();
  const { ledger, outbox, write } = gate(t, port);
  write(10);
  await until(() => outbox.standing().connected, 'connected');
  await pause(300);
  t.equal(ledger.acknowledgedThrough(), 0);
  const { store } = centre(t, port);
  await delivered(t, ledger, store);
});

t.test('when a gate dies its status says so', { skip }, async (t) => {
  const port = await freePort();
  await broker(t, port);
  const uplink = mqttUplink({ url: `mqtt://127.0.0.1:${port}`, clientId: 'gate', protocol: '5' });
  const will = { topic: 'kakou/v1/CNSHK/gate-1/status', payload: '{"state":"offline"}' };
  const connection = await uplink.connect(
    { timeoutMs: 2_000, subscriptions: [], will },
    { message: () => undefined, closed: () => undefined },
  );
  connection.discard();
  const other = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
  t.teardown(() => other.endAsync(true));
  let heard = '';
  other.on('message', (_topic, payload) => {
    heard = payload.toString();
  });
  await other.subscribeAsync(will.topic);
  await until(() => heard !== '', 'the retained status');
  t.match(JSON.parse(heard), { state: 'offline' });
});

t.test('a broker of 3.1.1 alone is served with 3.1.1', async (t) => {
  const port = await freePort();
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', () => done()));
  t.teardown(() => {
    aedes.close();
    server.close();
  });
  const { store } = centre(t, port);
  const { ledger, write } = gate(t, port, 'auto');
  write(300);
  await delivered(t, ledger, store);
});
