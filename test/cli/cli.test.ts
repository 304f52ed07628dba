import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { node } from '../../scripts/main-job/programs.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function kakou(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    node.command,
    [...node.args, repositoryFile('dist/src/cli/kakou.js'), ...args],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return { status, stdout, stderr };
}

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

function configFile(text: string): string {
  const file = join(temporaryFolder(), 'gate.yaml');
  writeFileSync(file, text);
  return file;
}

t.test(
  'a container number is parsed to JSON, and a wrong one is refused with its reason',
  async (t) => {
    const valid = kakou('parse', 'container', 'csqu 305438-3');
    t.equal(valid.status, 0);
    t.match(JSON.parse(valid.stdout), { kind: 'valid', number: 'CSQU3054383' });
    const wrong = kakou('parse', 'container', 'CSQU3054384');
    t.equal(wrong.status, 1);
    t.match(JSON.parse(wrong.stdout), { kind: 'nonconforming', checkDigitExpected: 3 });
    t.match(wrong.stderr, /check digit is 4; by ISO 6346 it would be 3/);
    t.equal(kakou('parse', 'container', '').status, 1);
    const misread = JSON.parse(kakou('parse', 'container', 'CSQU3O54383').stdout);
    t.match(misread, { kind: 'malformed', mayBe: [{ number: 'CSQU3054383', rule: 'position' }] });
  },
);

t.test('a size and type code and a seal are parsed to JSON', async (t) => {
  const code = kakou('parse', 'size-type', '45R1');
  t.match(JSON.parse(code.stdout), { lengthMm: 12_192, group: 'reefer' });
  t.match(JSON.parse(kakou('parse', 'seal', 'hk 123456').stdout), { number: 'HK123456' });
  t.match(kakou('parse', 'size-type', 'x').stderr, /four characters/);
});

t.test('a plate is parsed to JSON, and what is none is refused with its reason', async (t) => {
  const valid = kakou('parse', 'plate', '粤B·12345');
  t.equal(valid.status, 0);
  t.match(JSON.parse(valid.stdout), { kind: 'plate', text: '粤B12345' });
  const wrong = kakou('parse', 'plate', 'hello');
  t.equal(wrong.status, 1);
  t.ok(wrong.stderr.trim().length > 0);
});

t.test('a frame is explained by its profile, and its faults are named', async (t) => {
  const profile = ['--profile', 'weighbridge/yaohua-xk3190-continuous'];
  const frame = '02 2B 30 30 31 35 36 30 30 31 39 03';
  const valid = kakou('parse', 'frame', ...profile, frame);
  t.equal(valid.status, 0, valid.stderr);
  t.match(JSON.parse(valid.stdout), { frames: [{ observations: [{ kind: 'weightReading' }] }] });
  const damaged = kakou('parse', 'frame', ...profile, frame.replace('36', '37'));
  t.equal(damaged.status, 1);
  t.match(damaged.stderr, /frame-checksum/);
  t.match(kakou('parse', 'frame', ...profile, '02 2').stderr, /whole bytes in hexadecimal/);
  for (const [name, expected] of [
    ['no/such', /no profile no\/such\n\s+hint: name it as kind\/name/],
    ['weighbridge/smaa', /hint: did you mean "weighbridge\/sma"\?/],
    ['rice-lake-stream', /hint: did you mean "weighbridge\/rice-lake-stream"\?/],
    ['display/unheard-of', /hint: there are: display\/generic-frame, display\/generic-text/],
    ['/no/such.json', /no profile \/no\/such\.json\n\s+hint: give the path/],
    ['plate-camera/vzenith-r-series', /no stream block[\s\S]*hint: configure a lane/],
  ] as const) {
    const { status, stderr } = kakou('parse', 'frame', '--profile', name, '02');
    t.equal(status, 1, name);
    t.match(stderr, expected);
  }
});

t.test('a right configuration is told so', async (t) => {
  const { status, stdout, stderr } = kakou('check', '--config', configFile(good));
  t.equal(status, 0, stderr);
  t.match(stdout, /1 lanes, 5 devices, no mistakes/);
  t.match(stderr, /warning: .*experimental/, 'an unsourced profile is worth a word');
});

t.test('ten mistakes are told at once, each with its line, its path and a hint', async (t) => {
  const text = good
    .replace('gate: gate-1', 'gate: "gate 1"')
    .replace('trust: synced', 'trust: sinced')
    .replace('url: mqtt://127.0.0.1:1883', 'url: mqtt://user:secret@127.0.0.1:1883')
    .replace('port: 8081', 'port: 99999')
    .replace('direction: in', 'direction: inn')
    .replace('captureTimeoutMs: 3000', 'captureTimeoutMs: soon')
    .replace('driver: io-modbus', 'drivr: io-modbus')
    .replace('kind: modbusTcp', 'kind: modbusAscii')
    .replace('id: in-1-rfid', 'id: in-1-scale')
    .replace(/lane: in-1\n(\s+driver: plate)/, 'lane: in-9\n$1');
  const { status, stderr } = kakou('check', '--config', configFile(text));
  t.equal(status, 2);
  for (const expected of [
    /gate\.yaml:\d+ \/gate: "gate 1"/,
    /\/clock\/trust: "sinced" is not allowed\n\s+hint: did you mean "synced"/,
    /\/uplink\/url: .*\n\s+hint: .*without user and password/,
    /\/devicePush\/port: 99999/,
    /\/lanes\/0\/direction: "inn"/,
    /\/lanes\/0\/timing\/captureTimeoutMs: "soon"/,
    /\/devices\/0\/drivr: "drivr" is not known here\n\s+hint: did you mean "driver"/,
    /\/devices\/0\/driver: is missing/,
    /\/devices\/0\/transport\/kind: "modbusAscii" is no kind of this\n\s+hint: one of: serial, tcp, modbusTcp/,
    /\/devices\/2\/id: device "in-1-scale" is there twice/,
    /\/devices\/3\/lane: there is no lane "in-9"/,
  ])
    t.match(stderr, expected);
  t.match(stderr, /11 mistakes in /);
  t.match(stderr, /gate\.yaml:2 \/gate/, 'with the line it stands in');
});

t.test('what the files it names lack is told as well', async (t) => {
  const text = good
    .replace('policy: strict-import-export', 'policy: strict-import')
    .replace('weighbridge/yaohua-xk3190-continuous', 'weighbridge/yaohua')
    .replace('driver: rfid-stream', 'driver: rfid-strem')
    .replace('view: front', 'view: left')
    .replace(/path: \/devices\/in-1\/containers/, 'path: /devices/in-1/plate');
  const { status, stderr } = kakou('check', '--config', configFile(text));
  t.equal(status, 2);
  t.match(
    stderr,
    /path \/devices\/in-1\/plate is there twice\n\s+hint: first at \/devices\/3\/transport/,
  );
  const rest = kakou(
    'check',
    '--config',
    configFile(text.replace(/plate\n(\s+)?$/, 'containers\n')),
  );
  t.match(rest.stderr, /no policy "strict-import"\n\s+hint: did you mean "strict-import-export"/);
  t.match(rest.stderr, /weighbridge\/yaohua\.json: there is no such file/);
  t.match(rest.stderr, /no driver "rfid-strem"\n\s+hint: did you mean "rfid-stream"/);
  t.match(rest.stderr, /\/devices\/3\/settings\/view: "left"/);
});

t.test('YAML that is none, no file, an empty file: one clear finding each', async (t) => {
  const broken = kakou('check', '--config', configFile('site: [\n  a\ngate: x'));
  t.equal(broken.status, 2);
  t.match(broken.stderr, /gate\.yaml:\d+ .*\n\s+hint: YAML/);
  t.match(kakou('check', '--config', '/no/such/file').stderr, /there is no such file/);
  const empty = kakou('check', '--config', configFile(''));
  t.equal(empty.status, 2);
  t.equal(kakou('run', '--config', configFile('')).status, 2, 'and nothing is started on it');
});

t.test('a command line that is none says what there is', async (t) => {
  t.equal(kakou('check').status, 2);
  t.equal(kakou('fly').status, 2);
  t.equal(kakou('--help').status, 0);
  t.match(kakou('--version').stdout, /^\d+\.\d+\.\d+\n$/);
  t.match(kakou('journal', 'verify', '/no/such/file').stdout, /"ok":false/);
  t.equal(kakou('journal', 'verify', '/no/such/file').status, 1);
});

t.test('the example configuration is right', async (t) => {
  const file = repositoryFile('config/examples/two-lanes.yaml');
  const { status, stdout, stderr } = kakou('check', '--config', file);
  t.equal(status, 0, stderr);
  t.match(stdout, /2 lanes, 10 devices, no mistakes/);
});

t.test('a centre that cannot be reached or cannot store says so and ends', async (t) => {
  const folder = temporaryFolder();
  const store = join(folder, 'centre.db');
  for (const [args, expected] of [
    [
      ['--broker', '127.0.0.1:1883', '--store', store],
      /--broker is no URL[\s\S]*hint: as in mqtt:/,
    ],
    [
      ['--broker', 'mqtt://127.0.0.1:1', '--store', folder],
      /cannot be opened: [\s\S]*hint: give a file/,
    ],
  ] as const) {
    const { status, stderr } = kakou('centre', ...args);
    t.equal(status, 2);
    t.match(stderr, expected);
    t.notMatch(stderr, /at \w+ \(/);
  }
});
