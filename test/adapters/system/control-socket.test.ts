import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  askControl,
  controlPath,
  DirectoryInUse,
  listenForControl,
} from '../../../src/adapters/system/control-socket.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function listening(t: Test, folder = temporaryFolder()) {
  const control = await listenForControl(folder);
  if (!control) throw new Error('the path is short enough');
  t.teardown(() => control.close());
  return { folder, control };
}

/** What comes back for bytes that no client of ours sends. */
function told(folder: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(controlPath(folder), () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.on('error', () => undefined).once('close', () => resolve(text));
  });
}

t.test('one line is asked, one answered', async (t) => {
  const { folder, control } = await listening(t);
  t.match(await askControl(folder, { act: 'x' }), { ok: false, message: 'the gate is starting' });
  control.serve(async (request) => ({ ok: true, result: JSON.stringify(request) }));
  t.strictSame(await askControl(folder, { act: 'x', person: '王' }), {
    ok: true,
    result: '{"act":"x","person":"王"}',
  });
  control.serve(async () => Promise.reject(new Error('broken')));
  t.match(await askControl(folder, {}), { ok: false, message: 'Error: broken' });
});

t.test('only the user of the daemon may ask', async (t) => {
  const { folder } = await listening(t);
  t.equal(statSync(controlPath(folder)).mode & 0o777, 0o600);
});

t.test('what is no request is answered with that', async (t) => {
  const { folder, control } = await listening(t);
  let asked = 0;
  control.serve(async () => {
    asked += 1;
    return { ok: true, result: '' };
  });
  for (const bytes of ['{\n', '[]\n', 'null\n', '7\n', '\n', `${'x'.repeat(5_000)}`]) {
    t.match(await told(folder, bytes), /no line of JSON/, bytes.slice(0, 8));
  }
  t.equal(asked, 0);
  await told(folder, '{}\n{}\n{}\n');
  t.equal(asked, 1, 'a connection asks once');
});

t.test('a second daemon on the directory is refused, and a dead one is no daemon', async (t) => {
  const { folder, control } = await listening(t);
  const refused = await listenForControl(folder).catch((error: unknown) => error);
  t.ok(refused instanceof DirectoryInUse, String(refused));
  await control.close();
  t.strictSame(readdirSync(folder), [], 'nothing is left');
  writeFileSync(controlPath(folder), 'what a killed one left');
  await listening(t, folder);
});

t.test('nobody there', async (t) => {
  await t.rejects(askControl(temporaryFolder(), {}), { code: 'ENOENT' });
  const deep = join(temporaryFolder(), 'a'.repeat(100));
  mkdirSync(deep);
  t.equal(await listenForControl(deep), undefined, 'a path that is too long for a socket');
});
