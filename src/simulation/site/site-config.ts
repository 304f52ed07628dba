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
  /** Its boxes are read at the portal ahead of it, not in the lane. */
  readonly hasPortal: boolean;
}

export const siteLanes: readonly SiteLane[] = [
  siteLaneOf({ laneId: 'in-1', direction: 'in' }),
  siteLaneOf({ laneId: 'out-1', direction: 'out', hasPortal: true }),
  siteLaneOf({ laneId: 'turn-1', direction: 'out', isReversible: true, closing: 'requested' }),
];

function siteLaneOf(given: Partial<SiteLane> & Pick<SiteLane, 'laneId' | 'direction'>): SiteLane {
  return { isReversible: false, closing: 'byController', hasPortal: false, ...given };
}

export const portalId = 'portal-1';
/** Vehicles are so far apart at the portal that it tells one from the next, ms. */
export const portalQuietMs = 1_500;

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

/** The lane that is linked to the customs gate platform, where its fault is among those of a run. */
export const linkedLane = 'in-1';

/** The same site with its link. */
export function withLink(loaded: LoadedGate): LoadedGate {
  const { config } = loaded;
  const lanes = config.lanes.map((lane) =>
    lane.id === linkedLane ? { ...lane, customsLane: '0000000012' } : lane,
  );
  // Of the rest nothing is looked at: the platform is not reached by a socket.
  const customsPlatform = { premises: '5205000001', answerWithinMs: 1_500 };
  return { ...loaded, config: { ...config, lanes, customsPlatform } as LoadedGate['config'] };
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
    stations: [
      {
        id: portalId,
        lanes: siteLanes.filter(({ hasPortal }) => hasPortal).map(({ laneId }) => laneId),
        quietMs: portalQuietMs,
      },
    ],
    devices: config.devices.flatMap((device) => sited(device)),
  });
}

/** A device as it is wired here; what stands at the portal for a lane has a plate camera of its own beside it. */
function sited(device: DeviceText): readonly DeviceText[] {
  if (device.driver === 'io-modbus') return [{ ...device, settings: { everyMs: 100, wiring } }];
  const isAtPortal = device.driver === 'container-camera-http' && siteLane(device.lane).hasPortal;
  if (!isAtPortal) return [device];
  const at = (what: string) => ({
    id: `${portalId}-${what}`,
    lane: portalId,
    transport: { kind: 'httpPush', path: `/devices/${portalId}/${what}` },
  });
  return [
    { ...device, ...at('containers') },
    {
      ...at('plate'),
      driver: 'plate-camera-http',
      profile: 'plate-camera/vzenith-r-series',
      settings: { view: 'front' },
    },
  ];
}
