/** `kakou feed` beside a stopped gate: what it takes in under the lock, and what it shows. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { node } from '../../scripts/main-job/programs.ts';
import { listenForControl } from '../../src/adapters/system/control-socket.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import { box, fileText, hold, proof } from '../support/feed-site.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function site() {
  const folder = temporaryFolder();
  const config = join(folder, 'gate.yaml');
  const ports = { ioModule: 1502, weighbridge: 4001, reader: 4002 };
  const given = virtualConfig({
    directory: './data',
    panelPort: 8080,
    devicePushPort: 8081,
    brokerUrl: 'mqtt://127.0.0.1:1883',
    feedDirectory: './feed',
    policyFile: repositoryFile('config/policies/strict-import-export.json'),
    lanes: [{ laneId: 'in-1', direction: 'in', ports }],
  });
  writeFileSync(config, typeof given === 'string' ? given : stringify(given));
  const feed = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(
      node.command,
      [...node.args, repositoryFile('dist/src/cli/kakou.js'), 'feed', ...args, '--config', config],
      { encoding: 'utf8', timeout: 60_000 },
    );
    return { status, stdout, stderr };
  };
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return { folder, feed, file };
}

t.test('files are taken in under the lock, and everything shows', async (t) => {
  const { folder, feed, file } = site();
  t.equal(feed('status').status, 2, 'the gate has never run');
  const bad = '{"sequence":3,"kind":"hold","note":"CBHU3202732"}';
  const at = new Date().toISOString();
  const lines = [proof(1, 'granted'), hold(2), bad, hold(9)];
  const taken = feed('import', file('a.ndjson', fileText(lines, { at })));
  t.match(taken, {
    status: 0,
    stdout: /3 applied, 0 duplicates, 0 older, 1 in quarantine, 1 gaps/,
  });
  t.equal(readdirSync(join(folder, 'feed', 'applied')).length, 1);

  const status = feed('status');
  t.equal(status.status, 1, 'a gap and a source that never spoke');
  t.match(status.stdout, /customs: complete up to 9 .* 3 facts, 1 gaps .* 1 lines in quarantine/);
  t.match(status.stdout, /STALE \(limit \d+ min, policy [^)]*\): .*hold/);
  t.match(status.stdout, /missing 4 to 8/);
  t.match(status.stdout, /terminal: has never said/);

  t.match(feed('find', box), { status: 0, stdout: /proof P-1 of customs[\s\S]*hold H-2/ });
  t.match(feed('find', 'CBHU3202732'), { status: 0, stdout: /TAINT of customs 3/ });
  t.match(feed('find', 'TEMU0000000'), { status: 1, stdout: /nothing names/ });
  t.match(feed('quarantine', 'list'), { status: 0, stdout: /1: customs, number 3, a\.import/ });
  t.match(feed('quarantine', 'show', '1'), { status: 0, stdout: /note":"CBHU/ });
  t.equal(feed('quarantine', 'show', '2').status, 1);
});

t.test('a file that cannot be taken says why', async (t) => {
  const { feed, file } = site();
  const refused = feed('import', file('a.ndjson', fileText([hold(1)], { source: 'nobody' })));
  t.match(refused, { status: 1, stderr: /feed-source-unknown[\s\S]*hint: it lies in rejected/ });
  t.match(feed('import', '/nowhere.ndjson'), { status: 1, stderr: /ENOENT[\s\S]*hint/ });
});

t.test('acts of persons need the gate, for they are entries of its journal', async (t) => {
  const { feed } = site();
  const who = ['--person', '王芳', '--reason', '已核实'];
  const redriven = feed('quarantine', 'redrive', '1', ...who);
  t.match(redriven, { status: 1, stderr: /no gate answers/ });
  t.equal(feed('quarantine', 'redrive', '1').status, 2, 'a person and a reason are asked for');
});

t.test('beside a running daemon the file is left to it', async (t) => {
  const { folder, feed, file } = site();
  mkdirSync(join(folder, 'data'), { recursive: true });
  const daemon = await listenForControl(join(folder, 'data'));
  t.teardown(() => daemon?.close());
  const waited = spawnLater(() =>
    feed('import', file('a.ndjson', fileText([hold(1)])), '--wait', '0.3'),
  );
  t.match(await waited, { status: 1, stderr: /not taken within 0\.3 s[\s\S]*waits in feed/ });
  t.equal(readdirSync(join(folder, 'feed')).filter((name) => name.endsWith('.ndjson')).length, 1);
  t.notOk(readdirSync(join(folder, 'data')).includes('feed.db'), 'and the database is not touched');
});

const spawnLater = <T>(run: () => T) => new Promise<T>((done) => setTimeout(() => done(run()), 0));
