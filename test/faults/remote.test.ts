/** Commands of the centre to a whole gate: signed at the command line, over a broker, to a daemon of its own. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import t, { type Test } from 'tap';
import type { PersonClient } from '../support/person-client.ts';
import { repositoryFile } from '../support/repository.ts';
import { manner, patiently, personsOf, standing } from '../support/site-persons.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const box = 'CSQU3054383';

function keyIn(folder: string, name: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const files = { key: join(folder, `${name}.pem`), publicKey: join(folder, `${name}.pub`) };
  writeFileSync(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(files.publicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  return files;
}

async function commanded(t: Test, direction: 'in' | 'out') {
  const folder = temporaryFolder();
  const centre = keyIn(folder, 'centre');
  const stranger = keyIn(folder, 'stranger');
  let broker = '';
  let gate = '';
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: `${direction}-1`, direction }],
    manner,
    configure(config) {
      patiently(config);
      const uplink = config['uplink'] as Record<string, unknown>;
      uplink['commandKeys'] = [{ keyId: 'centre-1', publicKeyFile: centre.publicKey }];
      broker = String(uplink['url']);
      gate = `${config['site']}/${config['gate']}`;
    },
  });
  await site.startDaemon();
  await site.until(() => site.heard('gate.started.v1').length > 0, 'the gate is heard');
  const order = (
    words: readonly string[],
    { key = centre.key, print = false }: { key?: string; print?: boolean } = {},
  ) =>
    new Promise<{ code: number; out: string; err: string }>((done) => {
      const common = ['--broker', broker, '--gate', gate, '--key', key, '--key-id', 'centre-1'];
      const who = ['--person', 'Zhao', '--role', 'customs-officer'];
      const args = ['order', ...words, ...common, ...who, ...(print ? ['--print'] : [])];
      const file = repositoryFile('dist/src/cli/kakou.js');
      execFile(process.execPath, [file, ...args], (error, out, err) =>
        done({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  const publish = async (payload: string, retain = false) => {
    const client = await connectAsync(broker);
    await client.publishAsync(`kakou/v1/${gate}/command`, payload, { qos: 1, retain });
    await client.endAsync();
  };
  const refusals = () => site.heard('command.refused.v1').map(({ data }) => data['code']);
  return { site, order, publish, refusals, stranger };
}

t.test('the second person of an act is at the centre; the arm rises once', async (t) => {
  const { site, order, refusals } = await commanded(t, 'out');
  const [clerk] = (await personsOf(site, ['clerk'])) as [PersonClient];
  const truck = planned({ number: 2, direction: 'out', containers: [box] });
  const unreleased = truck.feed.filter(({ kind }) => kind !== 'proof');
  const gone = site.pass('out-1', { ...truck, feed: unreleased });
  const at = await standing(t, site, clerk);
  const proposed = await clerk.post(at.acts, {
    act: 'manualRelease',
    actId: 'release-0001',
    seen: at.seen,
    reason: 'documentsSeen',
    reference: 'HG-2026-0017',
  });
  t.equal(proposed.status, 202, JSON.stringify(proposed.body));
  t.equal(site.contacts.length, 0);
  const other = await order(['approve', 'release-0009']);
  t.equal(other.code, 1);
  t.match(other.out, /"code":"act-approval-unknown"/);
  const approved = await order(['approve', 'release-0001']);
  t.equal(approved.code, 0, approved.out + approved.err);
  t.match(approved.out, /"result":"done"/);
  t.equal(await gone, 'crossed');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.equal(site.contacts.length, 1);
  t.match(site.contacts, [{ witnessed: { kind: 'decided' } }]);
  t.match(site.heard('person.acted.v1').at(-1)?.data, {
    person: 'clerk-1',
    second: { name: 'Zhao', role: 'customs-officer' },
  });
  t.match(site.heard('command.taken.v1').at(-1)?.data, {
    person: 'Zhao',
    role: 'customs-officer',
    keyId: 'centre-1',
  });
  t.strictSame(refusals(), []);
});

t.test(
  'a hold of the centre stops a truck; what is retained, repeated or forged does nothing',
  async (t) => {
    const { site, order, publish, refusals, stranger } = await commanded(t, 'in');
    const truck = planned({ number: 1, direction: 'in', containers: [box] });
    const words = ['hold', '--container', box, '--reason', 'X-ray'];
    const printed = await order(words, { print: true });
    t.equal(printed.code, 0, printed.err);
    const forged = await order(words, { print: true, key: stranger.key });
    await publish(forged.out);
    await site.until(() => refusals().length === 1, 'the forged one is refused');
    await publish(printed.out);
    await site.until(() => site.heard('command.answered.v1').length === 1, 'the good one is done');
    await publish(printed.out);
    await publish(printed.out, true);
    await site.killDaemon();
    await site.startDaemon();
    await site.until(() => refusals().length === 2, 'the retained one is refused');
    t.strictSame(refusals(), ['remote-unsigned', 'remote-retained']);
    t.equal(site.heard('yard.acted.v1').length, 1);
    t.equal(site.heard('command.answered.v1').length, 1);

    const held = site.pass('in-1', truck);
    t.equal(await held, 'crossed', 'a held box is diverted in');
    await site.until(() => site.outcomes().length === 1, 'the passage has ended');
    t.strictSame(site.outcomes(), ['diverted']);
    const { plate } = truck.truck;
    const recalled = await order(['recall', '--vehicle', plate, '--reason', 'wrong papers']);
    t.equal(recalled.code, 0, recalled.err);
    t.match(recalled.out, /"isInside":true/);
    const nothing = await order(['lift', 'h.0', '--reason', 'x']);
    t.equal(nothing.code, 1);
    t.match(nothing.out, /"code":"remote-act-refused"/);
  },
);

t.test('an order that cannot be given is told with a hint', async (t) => {
  const folder = temporaryFolder();
  const { key } = keyIn(folder, 'k');
  const order = (...args: readonly string[]) =>
    new Promise<{ code: number; err: string }>((done) => {
      const file = repositoryFile('dist/src/cli/kakou.js');
      execFile(process.execPath, [file, 'order', ...args], (error, _out, err) =>
        done({ code: error ? Number(error.code) : 0, err }),
      );
    });
  const common = (gate: string, keyFile = key) => [
    ...['--broker', 'mqtt://127.0.0.1:1', '--gate', gate, '--key', keyFile, '--key-id', 'c'],
    ...['--person', 'Zhao', '--role', 'customs-officer'],
  ];
  const both = await order('hold', '--reason', 'r', ...common('S/g'));
  t.match(both, { code: 2, err: /--vehicle or --container/ });
  t.match(await order('approve', 'a', ...common('S-g')), { code: 2, err: /SITE\/GATE/ });
  t.match(await order('approve', 'a', ...common('S/g'), '--valid-s', '901'), { code: 2 });
  t.match(await order('approve', 'a', ...common('S/g', join(folder, 'none'))), {
    code: 2,
    err: /openssl genpkey/,
  });
  t.match(await order('policy', 'xyz', '--reason', 'r', ...common('S/g')), {
    code: 2,
    err: /no gate would take it/,
  });
  t.match(await order('approve', 'a', ...common('S/g')), { code: 1, err: /cannot be used/ });
});
