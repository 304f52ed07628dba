/** What only shows when configuration, drivers, profiles and policies are looked at together. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { drivers } from '../../devices/index.ts';
import { type GateLoad, loadGate } from '../../src/config/load-gate.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const good = virtualConfig({
  directory: './data',
  panelPort: 8080,
  devicePushPort: 8081,
  brokerUrl: 'mqtt://127.0.0.1:1883',
  feedDirectory: './feed',
  policyFile: repositoryFile('config/policies/strict-import-export.json'),
  lanes: [
    { laneId: 'in-1', direction: 'in', ports: { ioModule: 1502, weighbridge: 4001, reader: 4002 } },
  ],
});

async function loaded(
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<GateLoad> {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const file = join(folder, 'gate.yaml');
  writeFileSync(file, text);
  return loadGate({ file, profilesDirectory: repositoryFile('firmware-profiles'), drivers });
}

/** `path: message` of everything that is wrong. */
async function mistakes(text: string, files: Readonly<Record<string, string>> = {}) {
  const load = await loaded(text, files);
  return load.kind === 'gate' ? [] : load.findings.map((f) => `${f.path}: ${f.message}`);
}

const profileText = (name: string) =>
  readFileSync(repositoryFile(`firmware-profiles/${name}.json`), 'utf8');

t.test('what is right together is taken', async (t) => {
  t.strictSame(await mistakes(good), []);
});

t.test('a lane that waits for what no device of it brings is refused', async (t) => {
  const found = await mistakes(good.replace(/ {2}- id: in-1-scale[\s\S]*?(?= {2}- id)/, ''));
  t.ok(
    found.some((f) => /lanes\/0\/requires\/3: lane "in-1" requires weight/.test(f)),
    `${found}`,
  );
});

t.test('cards of drivers are read by a reader, in a lane, and are no tags', async (t) => {
  const asked = good.replace('      - tag\n', '      - tag\n      - driver\n');
  t.match(await mistakes(asked), [
    /lanes\/0\/requires\/3: lane "in-1" requires driver, and has no device of kind rfidReader with "reads: driverCards"/,
  ]);
  const reading = (device: string) =>
    good.replace(`driver: ${device}\n`, `driver: ${device}\n    reads: driverCards\n`);
  t.match(await mistakes(reading('rfid-stream')), [/requires\/2: lane "in-1" requires tag/]);
  t.match(await mistakes(reading('weighbridge-stream')), [
    /lanes\/0\/requires\/3: lane "in-1" requires weight/,
    /devices\/1\/reads: a weighbridge reads no cards/,
  ]);
  const [reader = ''] = / {2}- id: in-1-rfid[\s\S]*?(?= {2}- id)/.exec(good) ?? [];
  const cards = reader
    .replace('in-1-rfid', 'in-1-cards')
    .replace('driver:', 'reads: driverCards\n    driver:')
    .replace('4002', '4003');
  const both = asked.replace(reader, reader + cards);
  t.strictSame(await mistakes(both), []);
  const station = 'stations:\n  - id: portal\n    lanes:\n      - in-1\n';
  const ahead = both.replace(cards, cards.replace('lane: in-1', 'lane: portal')) + station;
  const found = await mistakes(ahead);
  t.ok(
    found.some((f) => /not at a station/.test(f)),
    `${found}`,
  );
  t.ok(
    found.some((f) => /requires driver/.test(f)),
    'nor does it bring the card of a lane',
  );
});

t.test(
  'a link to the customs gate platform leads somewhere, and each lane has a number',
  async (t) => {
    const platform = 'customsPlatform: { premises: "5205000001", host: 192.0.2.50 }\n';
    const linked = good.replace(
      '    direction: in\n',
      '    direction: in\n    customsLane: "0000000012"\n',
    );
    t.not(linked, good);
    t.strictSame(await mistakes(`${linked}${platform}`), []);
    t.match(await mistakes(linked), [
      /lanes\/0\/customsLane: lane "in-1" is linked, and there is no/,
    ]);
    t.match(await mistakes(`${good}${platform}`), [/customsPlatform: no lane is linked/]);
    t.match(await mistakes(`${linked.replace('"0000000012"', '"12"')}${platform}`), [
      /customsLane/,
    ]);
    const mistaken = platform.replace('host', 'dialect: { headerBytes: 40 }, host');
    t.match(await mistakes(`${linked}${mistaken}`), [/headerBytes/]);
  },
);

t.test('a lane without an IO module, or with two, is refused', async (t) => {
  const none = await mistakes(good.replace(/ {2}- id: in-1-io[\s\S]*?(?= {2}- id)/, ''));
  t.ok(
    none.some((f) => /lanes\/0\/id: lane "in-1" has 0 IO modules/.test(f)),
    `${none}`,
  );
  const [io = ''] = / {2}- id: in-1-io[\s\S]*?(?= {2}- id)/.exec(good) ?? [];
  const second = io.replace('in-1-io', 'in-1-io2').replace('1502', '1503');
  const two = await mistakes(good.replace(io, io + second));
  t.ok(
    two.some((f) => /has 2 IO modules/.test(f)),
    `${two}`,
  );
});

t.test('what belongs to a reversible lane is refused in another', async (t) => {
  const lane = '    direction: in\n';
  t.ok(good.includes(lane));
  const camera = 'driver: plate-camera-http\n';
  t.ok(good.includes(camera));
  const serving = good.replace(camera, `${camera}    serves: out\n`);
  const reversible = (text: string) =>
    text.replace(lane, '    direction: reversible\n    builtFor: in\n');
  t.strictSame(await mistakes(reversible(serving)), []);
  const found = await mistakes(serving.replace(lane, `${lane}    builtFor: in\n`));
  t.match(found, [
    /lanes\/0\/builtFor: lane "in-1" is not reversible/,
    /devices\/\d\/serves: device/,
  ]);
});

t.test('a profile that its own tests contradict is refused', async (t) => {
  const io = profileText('io-module/waveshare-modbus-poe-eth-relay-b');
  const wrong = JSON.parse(io) as { modbus: { inputs: { bit: number }[] } };
  const [first, second] = wrong.modbus.inputs;
  if (first && second) [first.bit, second.bit] = [second.bit, first.bit];
  const text = good.replace(
    'profile: io-module/waveshare-modbus-poe-eth-relay-b',
    'profile: own.json',
  );
  t.strictSame(await mistakes(text, { 'own.json': io }), []);
  const found = await mistakes(text, { 'own.json': JSON.stringify(wrong) });
  t.ok(
    found.some((f) => /devices\/0\/profile: profile "own.json" modbus\.tests/.test(f)),
    `${found}`,
  );

  const camera = profileText('plate-camera/vzenith-r-series');
  const other = good.replace('profile: plate-camera/vzenith-r-series', 'profile: own.json');
  const swapped = camera.replace('PlateResult.license"', 'PlateResult.licence"');
  t.not(swapped, camera);
  t.ok((await mistakes(other, { 'own.json': swapped })).some((f) => /push\.tests/.test(f)));

  const scale = profileText('weighbridge/yaohua-xk3190-continuous');
  const third = good.replace('profile: weighbridge/yaohua-xk3190-continuous', 'profile: own.json');
  const bent = scale.replace('"negative": "2D"', '"negative": "2B"');
  t.not(bent, scale);
  t.ok((await mistakes(third, { 'own.json': bent })).length > 0);
  t.ok((await mistakes(third, { 'own.json': '{' })).some((f) => /no JSON/.test(f)));
});

t.test('an answer to a camera that would open the gate is refused', async (t) => {
  const camera = JSON.parse(profileText('plate-camera/vzenith-r-series')) as {
    push: { answer: Record<string, unknown> };
  };
  camera.push.answer = { Response_AlarmInfoPlate: { info: 'ok' } };
  const text = good.replace('profile: plate-camera/vzenith-r-series', 'profile: own.json');
  const found = await mistakes(text, { 'own.json': JSON.stringify(camera) });
  t.ok(
    found.some((f) => /push/.test(f)),
    `${found}`,
  );
});

t.test('a wiring that fails to the unsafe side is refused at its place', async (t) => {
  const wiring = {
    inputs: {
      presence: { channel: 1, active: 'high' },
      limitClosed: { channel: 2, active: 'high' },
      limitOpen: { channel: 2, active: 'high' },
    },
    outputs: {},
  };
  const text = good.replace(
    'port: 1502',
    `port: 1502\n    settings: ${JSON.stringify({ wiring })}`,
  );
  const found = await mistakes(text);
  t.ok(
    found.some((f) => /devices\/0\/settings\/wiring/.test(f)),
    `${found}`,
  );
});

t.test('a driver and a transport, or a profile, that do not fit are told apart', async (t) => {
  const wire = await mistakes(
    good.replace('kind: modbusTcp', 'kind: tcp').replace('driver: io-modbus', 'driver: io-modbus'),
  );
  t.ok(
    wire.some((f) => /driver "io-modbus" does not speak over tcp/.test(f)),
    `${wire}`,
  );
  const profile = await mistakes(
    good.replace(
      'io-module/waveshare-modbus-poe-eth-relay-b',
      'weighbridge/yaohua-xk3190-continuous',
    ),
  );
  t.ok(
    profile.some((f) => /is read by driver "weighbridge-stream"/.test(f)),
    `${profile}`,
  );
});

t.test('a mistake of form does not hide what is wrong with other devices', async (t) => {
  const text = good
    .replace('direction: in', 'direction: up')
    .replace('driver: io-modbus', 'driver: io-modbu')
    .replace('profile: plate-camera/vzenith-r-series', 'profile: plate-camera/nowhere');
  const found = await mistakes(text);
  const expected = [
    /lanes\/0\/direction/,
    /there is no driver "io-modbu"/,
    /nowhere.json: there is no such file/,
  ];
  for (const each of expected)
    t.ok(
      found.some((f) => each.test(f)),
      `${each}: ${found}`,
    );
  const broken = await mistakes(good.replace(/devices:[\s\S]*/, 'devices: 7\n'));
  t.ok(
    broken.some((f) => /devices/.test(f)),
    `${broken}`,
  );
  const holed = await mistakes(good.replace('devices:\n', 'devices:\n  - null\n  - 7\n'));
  t.ok(
    holed.some((f) => /devices\/0/.test(f)),
    `${holed}`,
  );
});

t.test('a profile that its driver cannot read at all is a finding', async (t) => {
  const onvif = JSON.parse(profileText('plate-camera/onvif-profile-m'));
  const weighbridge = JSON.parse(profileText('weighbridge/yaohua-xk3190-continuous'));
  const plate = 'plate-camera/vzenith-r-series';
  const cases = [
    [plate, { ...onvif, driver: 'plate-camera-http' }, /the profile has no push block/],
    [plate, { ...weighbridge, driver: 'plate-camera-http' }, /devices of kind plateCamera/],
    [
      'io-module/waveshare-modbus-poe-eth-relay-b',
      { ...weighbridge, driver: 'io-modbus' },
      /the profile has no modbus block/,
    ],
  ] as const;
  for (const [name, profile, expected] of cases) {
    const own = JSON.stringify(profile);
    const found = await mistakes(good.replace(`profile: ${name}`, 'profile: ./own.json'), {
      'own.json': own,
    });
    t.ok(
      found.some((f) => /^\/devices\/\d\/profile: /.test(f) && expected.test(f)),
      `${name}: ${found}`,
    );
  }
});

t.test('a policy that cannot be read, or that judges another direction, is refused', async (t) => {
  const policy = readFileSync(repositoryFile('config/policies/strict-import-export.json'), 'utf8');
  const text = good.replace(/policies:\n {2}- .*\n/, 'policies:\n  - own.json\n');
  t.strictSame(await mistakes(text, { 'own.json': policy }), []);
  t.ok((await mistakes(text, { 'own.json': '{' })).some((f) => /is no JSON/.test(f)));
  t.ok((await mistakes(text)).some((f) => /there is no such file/.test(f)));
  const outOnly = JSON.parse(policy) as { rules: { direction: string }[] };
  outOnly.rules = outOnly.rules.filter(({ direction }) => direction === 'out');
  const found = await mistakes(text, { 'own.json': JSON.stringify(outOnly) });
  t.ok(
    found.some((f) => /has no rule for direction "in"/.test(f)),
    `${found}`,
  );
});

t.test('a profile that there is not is told with the one that was probably meant', async (t) => {
  for (const [name, hint] of [
    ['weighbridge/no-such-maker', /^there are: .*weighbridge\/sma/],
    ['yaohua-xk3190-continuous', 'did you mean "weighbridge/yaohua-xk3190-continuous"?'],
    ['./mine.json', 'paths count from the configuration file'],
  ] as const) {
    const load = await loaded(good.replace('weighbridge/yaohua-xk3190-continuous', name));
    if (load.kind === 'gate') throw new Error(`${name} was found`);
    t.match(load.findings, [{ path: '/devices/1/profile', message: /no such file/, hint }]);
  }
});

/** The configuration with a station, to which devices are moved. */
const withStation = (lanes: string, ...moved: readonly string[]) =>
  moved.reduce(
    (text, id) => text.replace(`id: ${id}\n    lane: in-1`, `id: ${id}\n    lane: portal`),
    `${good}stations:\n  - id: portal\n    lanes: [${lanes}]\n`,
  );

t.test('a station that reads plates serves a lane that reads tags', async (t) => {
  t.strictSame(await mistakes(withStation('in-1', 'in-1-plate', 'in-1-boxes')), []);
});

t.test('what makes no station is told', async (t) => {
  t.match(await mistakes(withStation('in-1', 'in-1-boxes')), [
    '/stations/0/id: station "portal" reads neither plates nor tags',
  ]);
  t.match(await mistakes(withStation('in-1', 'in-1-plate', 'in-1-rfid')), [
    '/stations/0/lanes/0: lane "in-1" reads neither plates nor tags, so nothing of the station is joined there',
  ]);
  const barrier = await mistakes(withStation('in-1', 'in-1-plate', 'in-1-io'));
  t.ok(
    barrier.includes('/devices/0/lane: a ioModule belongs to a lane, not to a station'),
    `${barrier}`,
  );
  t.match(await mistakes(withStation('in-2', 'in-1-plate')), [
    '/stations/0/lanes/0: there is no lane "in-2"',
  ]);
  const twice = `${good}stations:\n  - id: in-1\n    lanes: [in-1]\n`;
  t.match(await mistakes(twice), ['/stations/0/id: lane or station "in-1" is there twice']);
  const disabling = withStation('in-1', 'in-1-plate').replace(
    'id: in-1-plate',
    'id: in-1-plate\n    onStartFailure: disable-lane',
  );
  const found = await mistakes(
    disabling.replace('disable-lane\n    lane: in-1', 'disable-lane\n    lane: portal'),
  );
  t.ok(
    found.includes('/devices/3/onStartFailure: disable-lane is said of a device of a station'),
    `${found}`,
  );
});
