/**
 * What devices on one line must agree on: its settings, what is spoken on it, and whose each unit is. Two
 * modules with one unit answer at once, and what comes of it can look like the truth.
 */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ShapedManifest } from '../driver-kit/contract.ts';
import type { FirmwareProfile } from '../driver-kit/profile/schema.ts';
import type { DeviceConfig } from './config-schema.ts';
import type { Finding } from './finding.ts';
import type { Transport } from './transport-schema.ts';

type Mistake = Pick<Finding, 'path' | 'message' | 'hint'>;

/** Time of a lost reply beyond the wait for it: the line must become quiet, ms. */
const quietMs = 100;

/** Where a device hangs: what has one address is one line, whatever is spoken on it. */
function addressOf(transport: Transport | undefined): string | undefined {
  switch (transport?.kind) {
    case 'serial':
    case 'modbusRtu':
      return typeof transport.path === 'string' ? `port ${portName(transport.path)}` : undefined;
    case 'tcp':
    case 'modbusTcp':
    case 'modbusRtuTcp':
    case 'onvif':
    case 'isapi':
      return typeof transport.host === 'string'
        ? `address ${transport.host}:${transport.port}`.toLowerCase()
        : undefined;
    case 'httpPush':
      return `path ${transport.path}`;
    default:
      return undefined;
  }
}

/** A port under /dev/serial is another name for one of /dev. */
function portName(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Lines that several units may share. */
function isShareable(transport: Transport): boolean {
  if (transport.kind === 'modbusTcp') return transport.gateway === true;
  return transport.kind === 'modbusRtu' || transport.kind === 'modbusRtuTcp';
}

/** Devices on one line whose lines are not the same. Looks only at members that are there. */
export function lineMistakes(devices: readonly DeviceConfig[]): readonly Mistake[] {
  const firsts = new Map<string, number>();
  return devices.flatMap(({ transport }, index) => {
    const address = addressOf(transport);
    const first = address === undefined ? undefined : firsts.get(address);
    if (address !== undefined && first === undefined) firsts.set(address, index);
    const other = first === undefined ? undefined : devices[first]?.transport;
    if (address === undefined || first === undefined || !other) return [];
    return differences(transport, other, { index, first, address });
  });
}

interface Place {
  readonly index: number;
  readonly first: number;
  readonly address: string;
}

function differences(
  transport: Transport,
  other: Transport,
  { index, first, address }: Place,
): readonly Mistake[] {
  const [here, there] = [`/devices/${index}/transport`, `/devices/${first}/transport`];
  if (transport.kind !== other.kind) {
    return [
      {
        path: `${here}/kind`,
        message: `${address} is ${other.kind} at ${there}, and ${transport.kind} here`,
        hint: 'one line carries one protocol: correct one of the two',
      },
    ];
  }
  const isGateway = (way: Transport) => way.kind === 'modbusTcp' && way.gateway === true;
  if (!isShareable(transport) && !isGateway(other)) {
    const hint = `first at ${there}`;
    const more =
      transport.kind === 'modbusTcp'
        ? '; for units behind a gateway set gateway: true on each'
        : '';
    return [{ path: here, message: `${address} is there twice`, hint: hint + more }];
  }
  const keys = [...new Set([...Object.keys(transport), ...Object.keys(other)])];
  const settingOf = (way: Transport, key: string) =>
    (way as Readonly<Record<string, unknown>>)[key];
  return keys
    .filter((key) => key !== 'path' && key !== 'host')
    .filter((key) => settingOf(transport, key) !== settingOf(other, key))
    .map((key) => ({
      path: `${here}/${key}`,
      message: `${JSON.stringify(settingOf(transport, key))} here, ${JSON.stringify(settingOf(other, key))} at ${there}/${key}`,
      hint: `both are on ${address}: devices on one line have the same line settings`,
    }));
}

export interface DeviceOnLine {
  readonly config: DeviceConfig;
  readonly manifest: ShapedManifest;
  readonly profile: FirmwareProfile;
}

interface UnitOnLine extends DeviceOnLine {
  readonly index: number;
  readonly unit: number;
  readonly address: string;
}

function unitsOf(devices: readonly DeviceOnLine[]): readonly UnitOnLine[] {
  return devices.flatMap((device, index) => {
    const { config, manifest, profile } = device;
    const address = addressOf(config.transport);
    if (manifest.shape !== 'exchange' || !profile.modbus || address === undefined) return [];
    const { unit } = manifest.session({ profile, settings: config.settings });
    return [{ ...device, index, unit, address }];
  });
}

/** Units that are no units of their line, or that two devices claim. */
export function unitMistakes(devices: readonly DeviceOnLine[]): readonly Mistake[] {
  const units = unitsOf(devices);
  return units.flatMap(({ config, index, unit, address }) => {
    const path = `/devices/${index}/settings/unit`;
    const isSerial = config.transport.kind !== 'modbusTcp';
    if (isSerial && (unit < 1 || unit > 247)) {
      const why = unit === 0 ? 'is the broadcast, which nobody answers' : 'is reserved';
      const message = `unit ${unit} of a serial line ${why}`;
      return [{ path, message, hint: 'units of a serial line are 1 to 247' }];
    }
    const other = units.find((each) => each.address === address && each.unit === unit);
    if (!other || other.index === index) return [];
    const message = `unit ${unit} of ${address} is device "${other.config.id}" already`;
    const hint = 'give each module on a line a unit of its own, on the module and here';
    return [{ path, message, hint }];
  });
}

/** Devices that another unit of their line can make silent by not answering. */
export function lineWarnings(devices: readonly DeviceOnLine[]): readonly string[] {
  const units = unitsOf(devices);
  return units.flatMap(({ config, manifest, profile, address }) => {
    const { transport, settings, id } = config;
    const isAlone = units.filter((each) => each.address === address).length < 2;
    if (isAlone || !('replyTimeoutMs' in transport)) return [];
    const staleMs = manifest.staleAfterMs({ profile, settings });
    const lossMs = 2 * (transport.replyTimeoutMs + quietMs);
    return staleMs <= 0 || staleMs > lossMs
      ? []
      : [
          `device ${id}: silent after ${staleMs} ms, and a unit of ${address} that does not answer can hold its line for ${lossMs} ms: raise settings.staleAfterMs or lower replyTimeoutMs`,
        ];
  });
}
