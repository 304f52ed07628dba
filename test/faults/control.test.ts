/** Acts at the command line of a gate that runs, and a data directory that has its daemon. */
import { spawn } from 'node:child_process';
import t from 'tap';
import { node } from '../../scripts/main-job/programs.ts';
import { repositoryFile } from '../support/repository.ts';
import { VirtualSite } from '../support/virtual-site.ts';

function kakou(...args: string[]): Promise<{ status: number | null; said: string }> {
  const child = spawn(node.command, [
    ...node.args,
    repositoryFile('dist/src/cli/kakou.js'),
    ...args,
  ]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return new Promise((done) => child.once('close', (status) => done({ status, said })));
}

t.test('an act reaches the gate with the name of its person, or says why not', async (t) => {
  const site = await VirtualSite.start(t, { lanes: [{ laneId: 'in-1', direction: 'in' }] });
  const clear = (device: string, person: string) =>
    kakou('device', 'clear', '--config', site.configFile, '--device', device, '--person', person);
  const nobody = await clear('in-1-io', '王芳');
  t.equal(nobody.status, 1);
  t.match(nobody.said, /no gate answers in .*\n\s+hint: the gate must run on this machine/);

  await site.startDaemon();
  t.match(await clear('in-1-oi', '王芳'), { status: 1, said: /the gate has no device "in-1-oi"/ });
  t.match(await clear('in-1-io', ' '), { status: 1, said: /the person is missing/ });
  const ordered = () => site.heard('device.safeStateClearOrdered.v1');
  t.strictSame(ordered(), []);
  // The emulated module has no watchdog, so there is nothing to give back: the act is on record all the same.
  t.match(await clear('in-1-io', '王芳'), { status: 1, said: /the device did not take it/ });
  await site.until(() => ordered().length === 1, 'the act is at the centre');
  t.match(ordered(), [{ subject: 'in-1-io', data: { laneId: 'in-1', person: '王芳' } }]);

  const refused = await kakou('run', '--config', site.configFile);
  t.equal(refused.status, 1);
  t.match(refused.said, /data-directory-in-use/);

  await site.killDaemon();
  await site.startDaemon();
  t.match(await clear('in-1-oi', '王芳'), { said: /has no device/ }, 'and after a kill, too');
});

t.test(
  'a lane is ordered at the command line, and what was ordered stands over a kill',
  async (t) => {
    const site = await VirtualSite.start(t, { lanes: [{ laneId: 'in-1', direction: 'in' }] });
    const modes = () =>
      site.heard('lane.serviceModeChanged.v1').map(({ data }) => (data as { to: string }).to);
    await site.startDaemon();
    await site.until(() => modes().includes('inService'), 'the lane is in service');
    const { said, status } = await kakou(
      ...['lane', 'drain', '--config', site.configFile, '--lane', 'in-1', '--person', '王芳'],
    );
    t.match(said, /^in-1: takes nobody new/);
    t.equal(status, 0);
    t.match(site.heard('lane.actOrdered.v1'), [{ subject: 'in-1', data: { person: '王芳' } }]);
    await site.killDaemon();
    await site.startDaemon();
    await site.until(() => modes().length >= 5, 'it has come back');
    t.equal(modes().at(-1), 'outOfService');
  },
);

t.test('the signing key of a gate that runs is changed, and its log verifies', async (t) => {
  const site = await VirtualSite.start(t, { lanes: [{ laneId: 'in-1', direction: 'in' }] });
  await site.startDaemon();
  const rotate = () =>
    kakou('journal', 'rotate-key', '--config', site.configFile, '--person', '王芳');
  t.match(await rotate(), { status: 0, said: /announces the new key/ });
  t.match(await rotate(), { status: 0 });
  const rotated = () => site.heard('key.rotated.v1');
  await site.until(() => rotated().length === 2, 'both changes are at the centre');
  t.match(rotated(), [{ data: { person: '王芳' } }, {}]);
  await site.killDaemon();
  await site.startDaemon();
  t.match(await rotate(), { status: 0 }, 'and after a kill, too');
  const refused = await kakou(
    'journal',
    'begin-epoch',
    '--config',
    site.configFile,
    '--person',
    'x',
  );
  t.match(refused, { status: 1, said: /a daemon runs on it/ });
  await site.killDaemon();
  const { said } = await kakou('journal', 'verify', site.ledgerFile);
  t.match(JSON.parse(said), { ok: true });
});
