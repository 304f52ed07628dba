/** Pictures by their hash over the panel's HTTP interface: what is served, and what is said of the others. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createPanel } from '../../src/panel/server.ts';
import type { PictureShelf, PictureStanding } from '../../src/ports/pictures.ts';
import { fixtureSource } from '../support/panel-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Shelf = Pick<PictureShelf, 'look'>;

const hash = (digit: string) => digit.repeat(64);

async function panelWith(t: Test, shelf: Shelf) {
  const errors: object[] = [];
  const panel = await createPanel({
    source: fixtureSource(),
    host: '127.0.0.1',
    port: 0,
    webRoot: '/nonexistent',
    pictures: shelf,
    log: { warn: () => undefined, error: (fields) => errors.push(fields) },
  });
  t.teardown(panel.close);
  return { errors, get: (path: string) => panel.app.inject(`/api/pictures/${path}`), panel };
}

function shelfOf(known: Readonly<Record<string, Partial<PictureStanding>>>) {
  const folder = temporaryFolder();
  const asked: string[] = [];
  mkdirSync(join(folder, 'files'));
  const file = (name: string, text: string) => {
    const path = join(folder, 'files', name);
    writeFileSync(path, text);
    return path;
  };
  const shelf: Shelf = {
    look(sha256) {
      asked.push(sha256);
      const picture = known[sha256];
      if (!picture) return undefined;
      const original = file(sha256, 'original');
      return { state: 'stored', bytes: 8, mediaType: 'image/png', file: original, ...picture };
    },
  };
  return { shelf, asked, file };
}

t.test('an original is served as what it is, and nothing else can be made of it', async (t) => {
  for (const state of ['stored', 'truncated', 'damaged'] as const) {
    const { shelf } = shelfOf({ [hash('a')]: { state } });
    const { get } = await panelWith(t, shelf);
    const answer = await get(hash('a'));
    t.equal(answer.statusCode, 200);
    t.equal(answer.body, 'original');
    t.match(answer.headers, {
      'content-type': 'image/png',
      'content-length': '8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=3600, immutable',
      'content-security-policy': /default-src 'none'/,
      'cross-origin-resource-policy': 'same-origin',
    });
  }
});

t.test('a thumbnail is a JPEG; without one the original stands in and is not kept', async (t) => {
  const { shelf, file } = shelfOf({});
  const thumbnail = file('small', 'small');
  const original = file('large', 'original');
  const picture: PictureStanding = {
    state: 'stored',
    bytes: 8,
    mediaType: 'image/png',
    file: original,
    thumbnail,
  };
  const { get } = await panelWith(t, { ...shelf, look: () => picture });
  const answer = await get(`${hash('b')}/thumbnail`);
  t.equal(answer.body, 'small');
  t.match(answer.headers, { 'content-type': 'image/jpeg', 'cache-control': /immutable/ });
  t.equal((await get(hash('b'))).body, 'original');
  rmSync(thumbnail);
  const instead = await get(`${hash('b')}/thumbnail`);
  t.equal(instead.body, 'original');
  t.match(instead.headers, { 'content-type': 'image/png', 'cache-control': 'no-store' });
});

t.test('why a picture is not to be had stands in the answer', async (t) => {
  const { shelf } = shelfOf({
    [hash('1')]: { state: 'purged', purgedAtMs: Date.parse('2026-01-02T03:04:05Z') },
    [hash('2')]: { state: 'refused', reason: 'picture-too-large' },
    [hash('3')]: { state: 'storing' },
    [hash('4')]: { file: join(temporaryFolder(), 'gone') },
  });
  const { get } = await panelWith(t, shelf);
  for (const [path, status, detail] of [
    [hash('0'), 404, /No picture with this hash/],
    [hash('1'), 410, /removed at 2026-01-02T03:04:05.000Z/],
    [hash('2'), 404, /picture-too-large/],
    [hash('3'), 404, /Ask again/],
    [hash('4'), 404, /file is not there/],
  ] as const) {
    for (const end of ['', '/thumbnail']) {
      const answer = await get(path + end);
      t.equal(answer.statusCode, status);
      t.match(answer.json(), { status, detail });
      t.match(answer.headers, {
        'content-type': /problem\+json/,
        'cache-control': 'no-store',
      });
    }
  }
});

t.test('an address that is no hash reaches neither the records nor the disk', async (t) => {
  const { shelf, asked } = shelfOf({ [hash('a')]: {} });
  const { get, panel } = await panelWith(t, shelf);
  for (const path of [
    '../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    hash('A'),
    `${hash('a')}.jpg`,
    `${hash('a')}%00`,
    `${hash('a')}%0a`,
    hash('a').slice(1),
    `${hash('a')}a`,
    `${hash('a')}/other`,
    '',
  ]) {
    const answer = await get(path);
    t.equal(answer.statusCode, 404, path);
    t.notMatch(answer.body, /original|root:/);
  }
  t.strictSame(asked, []);
  const posted = await panel.app.inject({ method: 'DELETE', url: `/api/pictures/${hash('a')}` });
  t.equal(posted.statusCode, 405, 'it only reads');
  const head = await panel.app.inject({ method: 'HEAD', url: `/api/pictures/${hash('a')}` });
  t.equal(head.statusCode, 200);
  t.equal(head.body, '');
});

t.test('records that cannot be read cost the pictures and not the panel', async (t) => {
  const { get, errors, panel } = await panelWith(t, {
    look: () => {
      throw new Error('database disk image is malformed');
    },
  });
  const answer = await get(hash('a'));
  t.equal(answer.statusCode, 503);
  t.notMatch(answer.body, /malformed/);
  t.match(errors, [{ err: { message: /malformed/ } }]);
  t.equal((await panel.app.inject('/api/gate')).statusCode, 200);
});
