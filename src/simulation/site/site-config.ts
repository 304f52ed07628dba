/** The gate that is simulated: the shipped policy and profiles, with short times, so that a run sees much in little. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { drivers } from '../../../devices/index.ts';
import { findingText } from '../../config/finding.ts';
import { type LoadedGate, loadGate } from '../../config/load-gate.ts';
import { packageFile } from '../../package-file.ts';
import { virtualConfig } from '../virtual-config.ts';

export interface SiteLane {
  readonly laneId: string;
  /** That it is built for, and begins in. */
  readonly direction: 'in' | 'out';
  readonly isReversible: boolean;
  readonly closing: 'byController' | 'requested';
}

export const siteLanes: readonly SiteLane[] = [
  { laneId: 'in-1', direction: 'in', isReversible: false, closing: 'byController' },
  { laneId: 'out-1', direction: 'out', isReversible: false, closing: 'byController' },
  { laneId: 'turn-1', direction: 'out', isReversible: true, closing: 'requested' },
];

export function siteLane(id: string): SiteLane {
  const lane = siteLanes.find(({ laneId }) => laneId === id);
  if (!lane) throw new RangeError(`there is no lane ${id}`);
  return lane;
}

/** How old the word of a source may be, ms. */
export const sourceAgeMsMax = 20_000;

export const siteTiming = {
  captureTimeoutMs: 3_000,
  openWithinMs: 1_500,
  departWithinMs: 3_000,
  clearMs: 300,
  closeAfterMs: 2_000,
  armTravelMs: 800,
  armUpMsMax: 60_000,
  turnAfterMs: 1_500,
};

const siteId = 'CN-SIMULATED';
const gateId = 'gate-1';

const wires = (names: readonly string[]) =>
  Object.fromEntries(
    names.map((name, index) => [
      name,
      { channel: index + 1, active: name === 'curtain' ? 'low' : 'high' },
    ]),
  );

/** As the emulated module is wired. */
const wiring = {
  inputs: wires([
    'approach',
    'presence',
    'exit',
    'curtain',
    'limitClosed',
    'limitOpen',
    'localControl',
    'barrierFault',
  ]),
  outputs: {
    barrierOpen: { channel: 1, pulseMs: 500 },
    barrierClose: { channel: 2, pulseMs: 500 },
    lightRed: { channel: 3 },
    lightGreen: { channel: 4 },
  },
};

interface DeviceText {
  readonly driver: string;
  readonly lane: string;
  readonly [member: string]: unknown;
}

export async function loadSite(): Promise<LoadedGate> {
  const directory = mkdtempSync(join(tmpdir(), 'kakou-site-'));
  try {
    const policyFile = join(directory, 'policy.json');
    const shipped = readFileSync(packageFile('config/policies/strict-import-export.json'), 'utf8');
    const policy = { ...(JSON.parse(shipped) as object), sourceAgeMsMax };
    writeFileSync(policyFile, JSON.stringify(policy));
    const file = join(directory, 'gate.yaml');
    writeFileSync(file, configText(directory, policyFile));
    const loaded = await loadGate({
      file,
      profilesDirectory: packageFile('firmware-profiles'),
      drivers,
    });
    if (loaded.kind === 'gate') return loaded.gate;
    throw new Error(loaded.findings.map(findingText).join('\n'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of the virtual gate; nothing is opened at the ports it names. */
function configText(directory: string, policyFile: string): string {
  const config = parse(
    virtualConfig({
      directory,
      panelPort: 1,
      devicePushPort: 2,
      brokerUrl: 'mqtt://127.0.0.1:1883',
      feedDirectory: directory,
      policyFile,
      lanes: siteLanes.map(({ laneId, direction }, index) => ({
        laneId,
        direction,
        ports: { ioModule: 100 + index, weighbridge: 200 + index, reader: 300 + index },
      })),
    }),
  ) as { lanes: { id: string }[]; devices: DeviceText[]; [member: string]: unknown };
  return stringify({
    ...config,
    site: siteId,
    gate: gateId,
    lanes: config.lanes.map((lane) => {
      const { direction, isReversible, closing } = siteLane(lane.id);
      const turns = { direction: 'reversible', builtFor: direction };
      return { ...lane, ...(isReversible && turns), closing, timing: siteTiming };
    }),
    devices: config.devices.map((device) =>
      device.driver === 'io-modbus' ? { ...device, settings: { everyMs: 100, wiring } } : device,
    ),
  });
}
