/** The recording is given to programs of this machine, one at a time, and to nobody else. */
import { get } from 'node:http';
import t from 'tap';
import { createPanel } from '../../src/panel/server.ts';
import { fixtureSource } from '../support/panel-fixture.ts';

const lines = ['{"format":"kakou-recording"}\n', `${'x'.repeat(200_000)}\n`, '{"k":"end"}\n'];

async function panelWith(recording?: () => Iterable<string>) {
  const log = { warn: () => undefined, error: () => undefined };
  const place = { host: '127.0.0.1', port: 0, webRoot: '/nonexistent' };
  return createPanel({ source: fixtureSource(), ...place, log, ...(recording && { recording }) });
}

const url = '/api/recording';

t.test('a program of this machine gets the lines as they are', async (t) => {
  const { app } = await panelWith(() => lines);
  for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.8.8.8']) {
    const answer = await app.inject({ url, remoteAddress });
    t.equal(answer.statusCode, 200);
    t.equal(answer.body, lines.join(''));
    t.equal(answer.headers['cache-control'], 'no-store');
  }
  await app.close();
});

t.test('another host does not, nor whoever a proxy speaks for', async (t) => {
  const { app } = await panelWith(() => {
    throw new Error('nobody may look');
  });
  const refused = [
    { remoteAddress: '192.0.2.7' },
    { remoteAddress: '::ffff:10.1.2.3' },
    { remoteAddress: '1127.0.0.1' },
    ...['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'].map((name) => ({
      remoteAddress: '127.0.0.1',
      headers: { [name]: '192.0.2.7' },
    })),
  ];
  for (const from of refused) {
    const answer = await app.inject({ url, ...from });
    t.equal(answer.statusCode, 403, JSON.stringify(from));
    t.match(answer.json(), { detail: /this machine/ });
  }
  t.equal((await app.inject({ url, method: 'POST' })).statusCode, 405);
  t.equal((await app.inject({ url, method: 'HEAD' })).statusCode, 404);
  await app.close();
});

t.test('one at a time, and the next after one that was given up', async (t) => {
  function* endless() {
    for (;;) yield `${'x'.repeat(70_000)}\n`;
  }
  const panel = await panelWith(endless);
  const address = await panel.listen();
  t.teardown(() => panel.close());
  const ask = () =>
    new Promise<{ status: number; end(): void }>((resolve) => {
      const request = get(new URL(url, address), (answer) =>
        resolve({ status: answer.statusCode ?? 0, end: () => answer.destroy() }),
      );
      request.on('error', () => undefined);
    });
  const first = await ask();
  t.equal(first.status, 200);
  t.equal((await ask()).status, 503);
  first.end();
  await new Promise((done) => setTimeout(done, 100));
  const next = await ask();
  t.equal(next.status, 200);
  next.end();
});

t.test('a panel without a recorder has no such address', async (t) => {
  const { app } = await panelWith();
  t.equal((await app.inject({ url })).statusCode, 404);
  await app.close();
});
