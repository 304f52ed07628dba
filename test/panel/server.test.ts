import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { createPanel, type PanelOptions } from '../../src/panel/server.ts';
import type { ChangeEvent, GateView, PanelSource } from '../../src/runtime/read-model.ts';
import { fixtureSource, gateView, laneFaulted, laneOut } from '../support/panel-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Logged {
  readonly message: string;
  readonly fields: object;
}

function logTo(lines: Logged[]) {
  const write = (fields: object, message: string) => lines.push({ message, fields });
  return { warn: write, error: write };
}

function pageFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>kakou</title>');
  writeFileSync(join(folder, 'assets', 'index-1a2b.js'), '"use strict";');
  return folder;
}

async function panelOf(over: Partial<PanelOptions> = {}) {
  const logged: Logged[] = [];
  const source = fixtureSource();
  const panel = await createPanel({
    source,
    host: '127.0.0.1',
    port: 0,
    webRoot: '/nonexistent',
    log: logTo(logged),
    ...over,
  });
  return { panel, source, logged };
}

interface StreamEvent {
  readonly name: string;
  readonly id?: number;
  readonly data: string;
}

/** A plain reader of the wire, so that what a browser would be given is what is tested. */
function openStream(address: string, headers: Record<string, string> = {}) {
  const events: StreamEvent[] = [];
  let raw = '';
  let rest = '';
  let ended = false;
  const waiting = new Set<() => void>();
  const opened = new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(new URL('api/stream', address), { headers }, resolve);
    sent.on('error', reject);
    sent.end();
  });
  const notify = () => {
    for (const check of [...waiting]) check();
  };
  const response = opened.then((message) => {
    message.setEncoding('utf8');
    message.on('data', (text: string) => {
      raw += text;
      rest += text;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      events.push(...blocks.map(parsed));
      notify();
    });
    const finish = () => {
      ended = true;
      notify();
    };
    message.on('close', finish);
    message.on('error', finish);
    return message;
  });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return {
    events,
    response,
    until,
    raw: () => raw,
    isEnded: () => ended,
    stop: async () => (await response).destroy(),
  };
}

function parsed(block: string): StreamEvent {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const id = field('id');
  return {
    name: field('event') ?? '',
    ...(id !== undefined && { id: Number(id) }),
    data: field('data') ?? '',
  };
}

t.test('the view of the gate is read as JSON, uncached, under strict headers', async (t) => {
  const { panel } = await panelOf();
  t.teardown(panel.close);

  const answer = await panel.app.inject('/api/gate');
  const health = await panel.app.inject('/healthz');

  t.equal(answer.statusCode, 200);
  t.same(answer.json(), gateView);
  t.equal(answer.headers['cache-control'], 'no-store');
  t.equal(answer.headers['x-content-type-options'], 'nosniff');
  t.equal(answer.headers['referrer-policy'], 'no-referrer');
  const policy = String(answer.headers['content-security-policy']);
  t.match(policy, "default-src 'none'");
  t.match(policy, "script-src 'self'");
  t.match(policy, "style-src 'self'");
  t.notMatch(policy, 'unsafe');
  t.same(health.json(), { status: 'up' });
});

t.test('whatever would change something is refused with what is allowed', async (t) => {
  const { panel } = await panelOf({ webRoot: pageFolder() });
  t.teardown(panel.close);

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    for (const url of ['/api/gate', '/', '/api/lanes/in-1/open']) {
      const answer = await panel.app.inject({ method, url, payload: '' });
      t.equal(answer.statusCode, 405, `${method} ${url}`);
      t.equal(answer.headers.allow, 'GET, HEAD');
      t.match(answer.headers['content-type'], 'application/problem+json');
    }
  }
  const head = await panel.app.inject({ method: 'HEAD', url: '/api/stream' });
  t.equal(head.statusCode, 405, 'a HEAD request cannot hold a stream open');
  t.equal(head.headers.allow, 'GET');
});

t.test('an unknown address and a failing view are problems in JSON', async (t) => {
  const failing: PanelSource = {
    snapshot: () => {
      throw new Error('ledger closed: /var/lib/kakou/ledger.db');
    },
    subscribe: () => () => undefined,
  };
  const { panel, logged } = await panelOf({ source: failing });
  t.teardown(panel.close);

  const unknown = await panel.app.inject('/api/gates');
  t.equal(unknown.statusCode, 404);
  t.match(unknown.headers['content-type'], 'application/problem+json');
  t.match(unknown.json(), { status: 404, title: 'Not found', detail: /\/api\/gate/ });

  for (const url of ['/api/gate', '/api/stream']) {
    const failed = await panel.app.inject(url);
    t.equal(failed.statusCode, 500, url);
    t.equal(failed.json().status, 500);
    t.notMatch(failed.body, 'ledger.db', 'the cause stays in the log');
  }
  t.equal(logged.length, 2);

  const broken = await panel.app.inject('/%E0%A4%A');
  t.equal(broken.statusCode, 400);
  t.match(broken.headers['content-type'], 'application/problem+json');
});

t.test('the page is served with its files, and never from outside its folder', async (t) => {
  const { panel } = await panelOf({ webRoot: pageFolder() });
  t.teardown(panel.close);

  const page = await panel.app.inject('/');
  const script = await panel.app.inject('/assets/index-1a2b.js');
  const outside = await panel.app.inject('/assets/..%2f..%2f..%2fetc/passwd');

  t.match(page.body, '<title>kakou</title>');
  t.equal(page.headers['cache-control'], 'no-cache');
  t.match(script.headers['cache-control'], 'immutable');
  t.match(script.headers['content-type'], 'javascript');
  t.match(script.headers['content-security-policy'], "script-src 'self'");
  t.ok([403, 404].includes(outside.statusCode), `answered ${outside.statusCode}`);
});

t.test('where the page is not built its place says how to build it', async (t) => {
  const { panel } = await panelOf();
  t.teardown(panel.close);

  const answer = await panel.app.inject('/');

  t.equal(answer.statusCode, 503);
  t.match(answer.json().detail, 'npm run build:web');
});

t.test('a screen gets the whole view, then what changed, in rising order', async (t) => {
  const { panel, source } = await panelOf();
  t.teardown(panel.close);
  const stream = openStream(await panel.listen());

  await stream.until(() => stream.events.length >= 1);
  const headers = (await stream.response).headers;
  source.change({ kind: 'lane', lane: laneFaulted });
  await stream.until(() => stream.events.length >= 2);

  t.match(headers['content-type'], 'text/event-stream');
  t.equal(headers['cache-control'], 'no-store');
  t.match(String(headers['content-security-policy']), "default-src 'none'");
  t.match(stream.raw(), /^retry: 1000\n/);
  const [first, second] = stream.events;
  t.equal(first?.name, 'snapshot');
  t.same(JSON.parse(first?.data ?? '') as GateView, gateView);
  t.equal(second?.name, 'change');
  t.ok((second?.id ?? 0) > (first?.id ?? 0));
  const change = JSON.parse(second?.data ?? '') as ChangeEvent;
  t.same(change.parts, [{ kind: 'lane', lane: laneFaulted }]);
  t.equal(change.sequence, second?.id);
});

t.test('a burst of changes reaches a screen as the newest of each part', async (t) => {
  const { panel, source } = await panelOf({ limits: { coalesceMs: 50 } });
  t.teardown(panel.close);
  const stream = openStream(await panel.listen());
  await stream.until(() => stream.events.length >= 1);

  for (let unacknowledged = 1; unacknowledged <= 500; unacknowledged++) {
    source.change({
      kind: 'uplink',
      uplink: { connected: true, unacknowledged, acknowledgedThrough: 1 },
    });
  }
  source.change({ kind: 'lane', lane: laneFaulted });
  await stream.until(() => stream.raw().includes('"unacknowledged":500'));

  t.equal(stream.events.length, 2, 'one event for the burst');
  const change = JSON.parse(stream.events[1]?.data ?? '') as ChangeEvent;
  t.same(change.parts, [
    { kind: 'uplink', uplink: { connected: true, unacknowledged: 500, acknowledgedThrough: 1 } },
    { kind: 'lane', lane: laneFaulted },
  ]);
});

t.test('a screen that comes back gets the whole view as it is now', async (t) => {
  const { panel, source } = await panelOf();
  t.teardown(panel.close);
  const address = await panel.listen();
  const before = openStream(address);
  await before.until(() => before.events.length >= 1);
  await before.stop();
  source.change({ kind: 'lane', lane: { ...laneOut, light: 'red' } });

  const after = openStream(address, { 'last-event-id': '1' });
  await after.until(() => after.events.length >= 1);

  t.equal(after.events[0]?.name, 'snapshot');
  t.equal(after.events[0]?.id, 2);
  const view = JSON.parse(after.events[0]?.data ?? '') as GateView;
  t.equal(view.lanes[1]?.light, 'red');
});

t.test('a quiet gate shows signs of life', async (t) => {
  const { panel } = await panelOf({ limits: { keepAliveMs: 20 } });
  t.teardown(panel.close);
  const stream = openStream(await panel.listen());

  await stream.until(() => stream.raw().includes('event: alive'));

  t.match(stream.raw(), ': keep-alive\n');
});

t.test('stopping the panel ends every stream at once and leaves no listener', async (t) => {
  const { panel, source } = await panelOf();
  const address = await panel.listen();
  const streams = [openStream(address), openStream(address), openStream(address)];
  for (const stream of streams) await stream.until(() => stream.events.length >= 1);
  t.equal(source.listeners(), 1);

  const beganMs = performance.now();
  await panel.close();
  await Promise.all(streams.map((stream) => stream.until(stream.isEnded)));

  t.ok(performance.now() - beganMs < 10_000, 'did not wait for the screens');
  t.equal(source.listeners(), 0);
  source.change({ kind: 'lane', lane: laneFaulted });
});

t.test('a screen that does not read is dropped, the others stay', async (t) => {
  const { panel, source, logged } = await panelOf({
    limits: { coalesceMs: 1, bufferedBytesMax: 64 * 1024 },
  });
  t.teardown(panel.close);
  const address = await panel.listen();
  const slow = openStream(address);
  const quick = openStream(address);
  await slow.until(() => slow.events.length >= 1);
  await quick.until(() => quick.events.length >= 1);
  (await slow.response).pause();

  const [camera] = gateView.devices;
  if (!camera) throw new Error('the fixture has no device');
  const longText = 'x'.repeat(256 * 1024);
  for (let round = 1; logged.length === 0 && round <= 200; round++) {
    const seen = quick.events.length;
    source.change({
      kind: 'device',
      device: { ...camera, fault: { code: longText, text: { zh: '', en: '' } } },
    });
    await quick.until(() => quick.events.length > seen || quick.isEnded());
  }

  t.match(logged[0]?.message, 'too slow');
  t.notOk(quick.isEnded());
  source.change({
    kind: 'uplink',
    uplink: { connected: false, unacknowledged: 77, acknowledgedThrough: 1 },
  });
  await quick.until(() => quick.raw().includes('"unacknowledged":77'));
});

t.test('one screen too many is turned away with a reason', async (t) => {
  const { panel } = await panelOf({ limits: { clientsMax: 1 } });
  t.teardown(panel.close);
  const address = await panel.listen();
  const first = openStream(address);
  await first.until(() => first.events.length >= 1);

  const refused = await fetch(new URL('api/stream', address));

  t.equal(refused.status, 503);
  t.equal(refused.headers.get('retry-after'), '10');
  t.match(refused.headers.get('content-type'), 'application/problem+json');
  await first.stop();
});
