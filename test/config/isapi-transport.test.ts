import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { drivers } from '../../devices/index.ts';
import { findingText } from '../../src/config/finding.ts';
import { lintProfile } from '../../src/config/lint-profile.ts';
import { loadGate } from '../../src/config/load-gate.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
writeFileSync(join(folder, 'password'), 'S3cret\n');
const signIn = { username: 'gate', passwordFile: 'password' };
const post = { kind: 'httpPush', path: '/devices/in-1/plate' };

/** The virtual gate with its plate camera by ISAPI. */
async function load(device: object) {
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
    driver: 'plate-camera-isapi',
    profile: 'plate-camera/hikvision-anpr-isapi',
    transport: { kind: 'isapi', host: '192.0.2.20' },
    settings: { view: 'front' },
    ...device,
  };
  config.devices = config.devices.map((each: { id: string }) =>
    each.id === camera.id ? camera : each,
  );
  const file = join(folder, 'gate.yaml');
  writeFileSync(file, stringify(config));
  const profilesDirectory = repositoryFile('firmware-profiles');
  const loaded = await loadGate({ file, profilesDirectory, drivers });
  const texts = loaded.kind === 'invalid' ? loaded.findings.map(findingText) : [];
  const devices = loaded.kind === 'gate' ? loaded.gate.devices : [];
  return { texts, device: devices.find(({ config }) => config.id === camera.id) };
}

t.test('one profile serves both ways; the transport decides the shape', async (t) => {
  const asked = await load({ transport: { kind: 'isapi', host: '192.0.2.20', ...signIn } });
  t.strictSame(asked.texts, []);
  t.equal(asked.device?.manifest.shape, 'stream');
  t.match(asked.device?.config.transport, {
    port: 80,
    tls: false,
    passwordFile: join(folder, 'password'),
  });
  const posted = await load({ transport: post });
  t.strictSame(posted.texts, []);
  t.equal(posted.device?.manifest.shape, 'push');
});

t.test('what contradicts itself is told with a hint', async (t) => {
  const isapi = { kind: 'isapi', host: '192.0.2.20' };
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ transport: { ...isapi, username: 'gate' } }, /username: has no passwordFile beside it/],
    [{ transport: { ...isapi, ...signIn, passwordFile: 'no' } }, /there is no file .*no/],
    [{ transport: { ...isapi, tls: true } }, /port: port 80 is that of plain HTTP/],
    [
      { transport: { kind: 'tcp', host: 'a', port: 1 } },
      /does not speak over tcp\n\s+hint: it speaks over: isapi, httpPush/,
    ],
    [{ settings: { view: 'front', lines: [1] } }, /settings\/lines/],
    [{ settings: { view: 'front', directions: ['left'] } }, /settings\/directions/],
    [{ settings: {} }, /settings.*view/],
    [{ profile: 'plate-camera/vzenith-r-series' }, /is read by driver "plate-camera-http"/],
  ];
  for (const [device, expected] of cases) {
    const { texts } = await load(device);
    t.ok(texts.length >= 1, JSON.stringify(device));
    t.match(texts.join('\n'), expected);
  }
});

t.test('the lint runs the tests of the profile for both ways', async (t) => {
  const file = repositoryFile('firmware-profiles/plate-camera/hikvision-anpr-isapi.json');
  t.equal((await lintProfile(file, drivers)).kind, 'profile');
});
