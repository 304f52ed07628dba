import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { drivers } from '../../devices/index.ts';
import { findingText } from '../../src/config/finding.ts';
import { loadGate } from '../../src/config/load-gate.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import { repositoryFile } from '../support/repository.ts';
import { selfSigned } from '../support/self-signed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const password = 'S3cret-of-the-camera';
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
write('password', `${password}\n`);
write('empty', '\n');
write('two-lines', `${password}\nand more\n`);
write('camera.pem', selfSigned('camera').cert);

const signIn = { username: 'gate', passwordFile: 'password' };

/** The virtual gate with its plate camera asked by ONVIF. */
async function load(transport: object, device: object = {}) {
  const config = parse(
    virtualConfig({
      directory: './data',
      panelPort: 8080,
      devicePushPort: 8081,
      brokerUrl: 'mqtt://127.0.0.1:1883',
      feedDirectory: './feed',
      policyFile: repositoryFile('config/policies/strict-import-export.json'),
      lanes: [
        {
          laneId: 'in-1',
          direction: 'in',
          ports: { ioModule: 1502, weighbridge: 4001, reader: 4002 },
        },
      ],
    }),
  );
  const camera = {
    id: 'in-1-plate',
    lane: 'in-1',
    driver: 'plate-camera-onvif',
    profile: 'plate-camera/onvif-profile-m',
    transport: { kind: 'onvif', host: '192.0.2.10', ...transport },
    settings: { view: 'front' },
    ...device,
  };
  config.devices = config.devices.map((each: { id: string }) =>
    each.id === camera.id ? camera : each,
  );
  const file = join(folder, 'gate.yaml');
  writeFileSync(file, stringify(config));
  const loaded = await loadGate({
    file,
    profilesDirectory: repositoryFile('firmware-profiles'),
    drivers,
  });
  return {
    loaded,
    texts: loaded.kind === 'invalid' ? loaded.findings.map(findingText) : [],
  };
}

t.test('a camera by ONVIF is taken, with its files found from the configuration', async (t) => {
  const { loaded, texts } = await load({
    ...signIn,
    tls: true,
    port: 443,
    certificateFile: 'camera.pem',
  });
  t.same(texts, []);
  if (loaded.kind !== 'gate') return;
  const device = loaded.gate.devices.find(({ config }) => config.id === 'in-1-plate');
  t.match(device?.config.transport, {
    kind: 'onvif',
    port: 443,
    passwordFile: join(folder, 'password'),
    certificateFile: join(folder, 'camera.pem'),
    connectTimeoutMs: 3_000,
    replyTimeoutMs: 8_000,
  });
  t.match(device?.config.settings, { view: 'front', snapshots: true });
  t.match(loaded.gate.warnings.join('\n'), /onvif-profile-m is experimental/);
  t.same((await load({})).texts, [], 'a camera without a sign-in');
});

t.test('what contradicts itself is told with a hint', async (t) => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ username: 'gate' }, /transport\/username: has no passwordFile beside it/],
    [{ passwordFile: 'password' }, /transport\/passwordFile: has no username beside it/],
    [{ ...signIn, certificateFile: 'camera.pem' }, /certificateFile: no certificate is looked at/],
    [{ ...signIn, tls: true }, /transport\/port: port 80 is that of plain HTTP/],
    [{ ...signIn, passwordFile: 'nowhere' }, /passwordFile: there is no file .*nowhere/],
    [{ ...signIn, passwordFile: 'empty' }, /passwordFile: the file is empty/],
    [{ ...signIn, passwordFile: 'two-lines' }, /passwordFile: the file has more than one line/],
    [
      { ...signIn, tls: true, port: 443, certificateFile: 'password' },
      /certificateFile: the file holds no certificate/,
    ],
    [{ username: 'a<b>', passwordFile: 'password' }, /transport\/username: "a<b>"/],
    [{ host: '' }, /transport\/host/],
    [{ password }, /transport\/password: "password" is not known here/],
    [{ ...signIn, replyTimeoutMs: 1 }, /transport\/replyTimeoutMs/],
  ];
  for (const [transport, expected] of cases) {
    const { texts } = await load(transport);
    t.equal(texts.length, 1, texts.join('\n'));
    t.match(texts[0], expected);
    t.match(texts[0], /hint: \S/);
  }
});

t.test('a driver and a transport that do not fit are told', async (t) => {
  const http = { kind: 'httpPush', path: '/devices/in-1/plate' };
  const { texts } = await load({}, { transport: http });
  t.match(texts.join('\n'), /does not speak over httpPush\n\s+hint: it speaks over: onvif/);
  const wrong = await load({}, { profile: 'plate-camera/vzenith-r-series' });
  t.match(wrong.texts.join('\n'), /is read by driver "plate-camera-http"/);
});

t.test('no finding holds a password', async (t) => {
  for (const passwordFile of ['two-lines', 'password', 'empty']) {
    const { texts } = await load({ username: 'a b', passwordFile, certificateFile: 'password' });
    t.ok(texts.length > 0);
    t.notMatch(texts.join('\n'), password);
  }
});

t.test('a profile that does not prove itself is refused', async (t) => {
  const file = repositoryFile('firmware-profiles/plate-camera/onvif-profile-m.json');
  const good = JSON.parse(readFileSync(file, 'utf8'));
  good.onvif.tests[0].expect.observations[0].raw = '粤B54321';
  write('wrong.json', JSON.stringify(good));
  const { texts } = await load(signIn, { profile: join(folder, 'wrong.json') });
  t.match(
    texts.join('\n'),
    /onvif\.tests\.0\.expect: "a plate with certainty, colour and country"/,
  );
});
