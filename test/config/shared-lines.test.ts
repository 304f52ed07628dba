import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { drivers } from '../../devices/index.ts';
import { loadGate } from '../../src/config/load-gate.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Json = Record<string, unknown>;

const lanes = ['in-1', 'in-2', 'out-1'] as const;

/** Three lanes whose IO modules are reached by the given transports, with the given settings. */
function config(
  transports: readonly Json[],
  settings: readonly Json[] = [],
  directory = temporaryFolder(),
): string {
  const text = virtualConfig({
    directory,
    panelPort: 8080,
    devicePushPort: 8081,
    brokerUrl: 'mqtt://127.0.0.1:1883',
    feedDirectory: join(directory, 'feed'),
    policyFile: repositoryFile('config/policies/strict-import-export.json'),
    lanes: lanes.map((laneId, i) => ({
      laneId,
      direction: laneId.startsWith('in') ? 'in' : 'out',
      ports: { ioModule: 1502 + i, weighbridge: 4001 + i, reader: 4101 + i },
    })),
  });
  const json = parse(text) as { devices: Json[] };
  const modules = json.devices.filter(({ driver }) => driver === 'io-modbus');
  for (const [i, module] of modules.entries()) {
    if (transports[i]) module['transport'] = transports[i];
    module['settings'] = settings[i] ?? { unit: i + 1 };
  }
  return stringify(json);
}

function mistakes(transports: readonly Json[]) {
  const parsed = parseConfig(config(transports), 'gate.yaml');
  return parsed.kind === 'invalid' ? parsed.findings : [];
}

async function load(transports: readonly Json[], settings: readonly Json[]) {
  const directory = temporaryFolder();
  const file = join(directory, 'gate.yaml');
  writeFileSync(file, config(transports, settings, directory));
  return loadGate({ file, profilesDirectory: repositoryFile('firmware-profiles'), drivers });
}

const rtu = (more: Json = {}) => ({ kind: 'modbusRtu', path: '/dev/ttyS9', ...more });
const rtuTcp = (more: Json = {}) => ({
  kind: 'modbusRtuTcp',
  host: '192.0.2.7',
  port: 4001,
  ...more,
});
const gateway = (more: Json = {}) => ({
  kind: 'modbusTcp',
  host: '192.0.2.8',
  gateway: true,
  ...more,
});

t.test('several units on one line are one line', async (t) => {
  t.strictSame(mistakes([rtu(), rtu(), rtu()]), []);
  t.strictSame(mistakes([rtuTcp(), rtuTcp(), rtuTcp()]), []);
  t.strictSame(mistakes([gateway(), gateway(), gateway()]), []);
});

t.test('what is not alike on one line is told for each setting, with both places', async (t) => {
  const found = mistakes([
    rtu(),
    rtu({ baud: 19_200, parity: 'even' }),
    rtu({ path: '/dev/../dev/ttyS9', echo: 'expect' }),
  ]);
  t.match(found, [
    {
      path: '/devices/5/transport/baud',
      message: '19200 here, 9600 at /devices/0/transport/baud',
      hint: /port \/dev\/ttyS9.*same line settings/,
    },
    { path: '/devices/5/transport/parity', message: /"even" here, "none" at/ },
    { path: '/devices/10/transport/echo', message: /"expect" here, "none" at/ },
  ]);
  t.equal(found.length, 3);
  t.ok(found.every(({ line }) => line !== undefined));
  t.match(mistakes([gateway(), gateway({ gateway: false })]), [
    { path: '/devices/5/transport/gateway', message: /false here, true at/ },
  ]);
  t.match(mistakes([gateway({ gateway: false }), gateway()]), [
    { path: '/devices/5/transport/gateway', message: /true here, false at/ },
  ]);
});

t.test('one line carries one protocol', async (t) => {
  t.match(mistakes([rtu(), { kind: 'serial', path: '/dev/ttyS9' }]), [
    {
      path: '/devices/5/transport/kind',
      message: 'port /dev/ttyS9 is modbusRtu at /devices/0/transport, and serial here',
    },
  ]);
  t.match(mistakes([rtuTcp(), { kind: 'modbusTcp', host: '192.0.2.7', port: 4001 }]), [
    { path: '/devices/5/transport/kind', message: /is modbusRtuTcp at .* modbusTcp here/ },
  ]);
});

t.test('a connection that is not shared on purpose is there once', async (t) => {
  const module = { kind: 'modbusTcp', host: '192.0.2.8', port: 502 };
  t.match(mistakes([module, module]), [
    {
      path: '/devices/5/transport',
      message: 'address 192.0.2.8:502 is there twice',
      hint: /first at \/devices\/0\/transport; for units behind a gateway set gateway: true/,
    },
  ]);
});

t.test('a port by another of its names is the same port', async (t) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'by-path'));
  writeFileSync(join(folder, 'ttyUSB0'), '');
  symlinkSync(join(folder, 'ttyUSB0'), join(folder, 'by-path', 'usb-0:1.2'));
  const [plain, byPath] = ['ttyUSB0', 'by-path/usb-0:1.2'].map((name) => join(folder, name));
  t.match(mistakes([rtu({ path: plain }), rtu({ path: byPath, baud: 19_200 })]), [
    { path: '/devices/5/transport/baud' },
  ]);
});

t.test('two devices cannot be the same unit of a line, on different lines they can', async (t) => {
  for (const transport of [rtu(), rtuTcp(), gateway()]) {
    const loaded = await load([transport, transport], [{ unit: 3 }, { unit: 3 }]);
    t.match(loaded, {
      kind: 'invalid',
      findings: [
        {
          path: '/devices/5/settings/unit',
          message: /unit 3 of (port|address) .* is device "in-1-io" already/,
          hint: /a unit of its own/,
        },
      ],
    });
  }
  const apart = await load([rtu(), rtu({ path: '/dev/ttyS8' })], [{ unit: 3 }, { unit: 3 }]);
  t.equal(apart.kind, 'gate');
});

t.test('the unit a profile suggests counts as well', async (t) => {
  const loaded = await load([rtu(), rtu()], [{}, {}]);
  t.match(loaded, { kind: 'invalid', findings: [{ path: '/devices/5/settings/unit' }] });
});

t.test(
  'broadcast and reserved units are refused on a serial line, not on Modbus TCP',
  async (t) => {
    const serial = await load([rtu(), rtuTcp()], [{ unit: 0 }, { unit: 248 }]);
    t.match(serial, {
      kind: 'invalid',
      findings: [
        { path: '/devices/0/settings/unit', message: /unit 0 .* is the broadcast/ },
        { path: '/devices/5/settings/unit', message: /unit 248 .* is reserved/ },
      ],
    });
    const tcp = await load([], [{ unit: 0 }, { unit: 255 }, { unit: 1 }]);
    t.equal(tcp.kind, 'gate');
  },
);

t.test('a unit that another can make silent is worth a word', async (t) => {
  const slow = rtu({ replyTimeoutMs: 1_000 });
  const loaded = await load([slow, slow], [{ unit: 1 }, { unit: 2, staleAfterMs: 5_000 }]);
  const told = loaded.kind === 'gate' ? loaded.gate.warnings : [];
  t.ok(
    told.some((text) => /device in-1-io: silent after 500 ms.*2200 ms/.test(text)),
    `${told}`,
  );
  t.notOk(told.some((text) => /device in-2-io: silent/.test(text)));
});

t.test('characters of seven bits are none for Modbus RTU', async (t) => {
  t.match(mistakes([rtu({ dataBits: 7 })]), [
    { path: '/devices/0/transport/dataBits', hint: /One of: 8$/ },
  ]);
});
