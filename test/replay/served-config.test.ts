/** The configuration of a recording becomes one that runs on this machine alone, and keeps all that decides. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseConfig } from '../../src/config/parse-config.ts';
import { devicesOf, servedConfig } from '../../src/replay/served-config.ts';
import { repositoryFile } from '../support/repository.ts';

const policy = readFileSync(repositoryFile('config/policies/strict-import-export.json'), 'utf8');
const device = (id: string, transport: object, more: object = {}) => ({
  id,
  lane: 'in-1',
  driver: 'a-driver',
  profile: 'kind/name',
  transport,
  settings: { unit: 7 },
  ...more,
});
const config = {
  site: 'S',
  gate: 'a-gate-with-a-name-of-32-letters',
  data: { directory: '/var/lib/kakou' },
  clock: { trust: 'synced' },
  panel: { host: '0.0.0.0', port: 80 },
  devicePush: { host: '0.0.0.0', port: 81 },
  uplink: {
    url: 'mqtts://customs.example:8883',
    protocol: '5',
    username: '***',
    passwordFile: '/etc/kakou/broker-password',
  },
  feed: {
    directory: '/srv/feed',
    scanEveryMs: 500,
    sources: [{ source: 'customs', kinds: ['proof'] }],
  },
  policies: ['/etc/kakou/policy.json'],
  customsPlatform: { premises: '5205000001', host: '10.0.0.9' },
  lanes: [
    {
      id: 'in-1',
      direction: 'in',
      policy: 'strict-import-export',
      requires: ['plate'],
      customsLane: '0000000012',
    },
  ],
  devices: [
    device('scale', { kind: 'serial', path: '/dev/ttyS0', baud: 9_600 }),
    device('rfid', { kind: 'tcp', host: '10.0.0.3', port: 5084 }, { onStartFailure: 'exit' }),
    device('io', { kind: 'modbusTcp', host: '10.0.0.4', port: 502, replyTimeoutMs: 250 }),
    device('io-line', { kind: 'modbusRtu', path: '/dev/ttyS1', baud: 9_600, echo: 'expect' }),
    device('alerts', {
      kind: 'isapi',
      host: '10.0.0.5',
      port: 443,
      tls: true,
      username: '***',
      passwordFile: '/etc/kakou/camera-password',
      certificateFile: '/etc/kakou/camera.pem',
    }),
    device('followed', { kind: 'onvif', host: '10.0.0.6', port: 80, passwordFile: '/etc/p' }),
    device(
      'posting',
      { kind: 'httpPush', path: '/devices/in-1/plate' },
      { profile: '/a/b c.json' },
    ),
  ],
};
const recorded = {
  config,
  policies: [policy],
  profiles: { 'kind/name': { profile: { a: 1 } }, '/a/b c.json': { profile: { b: 2 } } },
};
const places = {
  panelPort: 20_001,
  devicePushPort: 20_002,
  brokerUrl: 'mqtt://127.0.0.1:9',
  ports: new Map(
    ['scale', 'rfid', 'io', 'io-line', 'alerts', 'followed'].map((id, i) => [id, 21_000 + i]),
  ),
};

t.test('nothing of it reaches beyond this machine, and nobody signs in', async (t) => {
  const served = servedConfig(recorded, places);
  const text = JSON.stringify(served.config);
  for (const word of ['10.0.0', '0.0.0.0', 'customs.example', '/dev/', '/etc/', '/var/', '/srv/'])
    t.notMatch(text, word, word);
  t.notMatch(text, /password|username|tls|certificate/i);
});

t.test('the daemon that is served never speaks for the gate of the recording', async (t) => {
  const { gate } = servedConfig(recorded, places).config;
  t.equal(gate, 'a-gate-with-a-name-of-32--replay');
});

t.test('each device is where its host is, and keeps lane, settings and timing', async (t) => {
  const served = servedConfig(recorded, places);
  const devices = served.config['devices'] as Record<string, unknown>[];
  const host = '127.0.0.1';
  t.strictSame(
    devices.map(({ transport }) => transport),
    [
      { kind: 'tcp', host, port: 21_000 },
      { kind: 'tcp', host, port: 21_001 },
      { kind: 'modbusTcp', host, port: 21_002, replyTimeoutMs: 250 },
      { kind: 'modbusTcp', host, port: 21_003, gateway: true },
      { kind: 'isapi', host, port: 21_004 },
      { kind: 'onvif', host, port: 21_005 },
      { kind: 'httpPush', path: '/devices/in-1/plate' },
    ],
  );
  for (const each of devices) t.match(each, { settings: { unit: 7 }, onStartFailure: 'retry' });
  const files = new Map(served.files.map(({ path, text }) => [path, text]));
  t.equal(files.get('policies/1.json'), policy);
  t.strictSame(JSON.parse(files.get(String(devices[0]?.['profile'])) ?? ''), { a: 1 });
  t.strictSame(JSON.parse(files.get(String(devices[6]?.['profile'])) ?? ''), { b: 2 });
  for (const path of files.keys()) t.match(path, /^(policies|profiles)\/[\w.-]+\.json$/);
});

t.test('what comes out is a configuration of kakou', async (t) => {
  const parsed = parseConfig(JSON.stringify(servedConfig(recorded, places).config), 'gate.yaml');
  t.equal(parsed.kind, 'config', JSON.stringify(parsed));
});

t.test('one that was changed by hand is refused with what is missing', async (t) => {
  t.throws(() => devicesOf({ devices: 7 }), { message: 'devices of the recording are not whole' });
  t.throws(() => devicesOf('x'), { message: 'the configuration of the recording is not whole' });
  t.throws(() => servedConfig({ ...recorded, profiles: {} }, places), {
    message: 'the recording has no profile of scale',
  });
});
