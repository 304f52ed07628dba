/** Of the composition root: lanes and devices of a loaded gate, over whatever transports they are given. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { alertStream } from './adapters/isapi/alert-stream.ts';
import { cameraWorkers, onvifTransport } from './adapters/onvif/camera-supervisor.ts';
import type { HttpPushServer } from './adapters/transport/http-push.ts';
import { ModbusLines } from './adapters/transport/modbus-lines.ts';
import { serialStream } from './adapters/transport/serial-stream.ts';
import { tcpStream } from './adapters/transport/tcp-stream.ts';
import type { LaneConfig } from './config/config-schema.ts';
import type { LoadedDevice, LoadedGate } from './config/load-gate.ts';
import type { Transport } from './config/transport-schema.ts';
import { cardReference } from './core/identifiers/driver-card.ts';
import { parseDeviceId, parseLaneId, parseStationId } from './core/identity.ts';
import type { LaneContext, LaneSettings, LaneSource } from './core/lane/lane-types.ts';
import type { DeviceKind } from './driver-kit/contract.ts';
import type { Clock } from './ports/clock.ts';
import type {
  ExchangeTransport,
  NotificationTransport,
  PushListener,
  StreamTransport,
} from './ports/transport.ts';
import { BackOff } from './runtime/back-off.ts';
import { DeviceHeart, type DevicePorts, type RunningDevice } from './runtime/device.ts';
import { PushDevice, StreamDevice } from './runtime/device-shapes.ts';
import { ExchangeDevice } from './runtime/exchange-device.ts';
import type { DevicePlan } from './runtime/gate-options.ts';
import { NotificationDevice } from './runtime/notification-device.ts';
import type { StationPlan } from './runtime/stations.ts';

/** Of the workers' files, as they lie beside this one. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

export const sha256 = (text: string) => hash('sha256', text, 'hex');

/** Makes the transport of a device, by the shape its driver talks in. */
export interface DeviceTransports {
  stream(device: LoadedDevice): StreamTransport;
  exchange(device: LoadedDevice): ExchangeTransport;
  push(device: LoadedDevice): PushListener;
  notifications(device: LoadedDevice): NotificationTransport;
}

export function stationPlans({ config, devices }: LoadedGate): readonly StationPlan[] {
  return config.stations.map(({ id, lanes, ...settings }) => ({
    settings: {
      ...settings,
      stationId: parseStationId(id),
      weighs: devices.some((d) => d.config.lane === id && d.manifest.kind === 'weighbridge'),
    },
    lanes: lanes.map(parseLaneId),
  }));
}

export function laneContext(lane: LaneConfig, loaded: LoadedGate, bootId: string): LaneContext {
  const policy = loaded.policies.get(lane.policy);
  if (!policy) throw new RangeError(`policy ${lane.policy} was not loaded`);
  const requires = (evidence: LaneConfig['requires'][number]) => lane.requires.includes(evidence);
  return {
    settings: {
      laneId: parseLaneId(lane.id),
      ...laneDirection(lane),
      requirements: {
        plate: requires('plate'),
        containers: requires('containers'),
        tag: requires('tag'),
        weight: requires('weight'),
        ...(requires('driver') && { driver: true }),
      },
      timing: lane.timing,
      closing: lane.closing,
      vehicleWeightKgMin: lane.vehicleWeightKgMin,
      sources: laneSources(lane, loaded.devices),
      ...stationsOf(lane, loaded),
      ...linkOf(lane, loaded),
      blindAfterVehicles: lane.blindAfterVehicles,
      hasDisplay: loaded.devices.some(
        ({ config, manifest }) =>
          config.lane === lane.id && manifest.capabilities.includes('TextDisplay'),
      ),
    },
    policy: policy.policy,
    policyDigest: sha256(policy.text),
    bootId,
    digest: sha256,
  };
}

function stationsOf({ id }: LaneConfig, { config }: LoadedGate): Pick<LaneSettings, 'stations'> {
  const stations = config.stations.filter(({ lanes }) => lanes.includes(id));
  return stations.length === 0 ? {} : { stations: stations.map((s) => parseStationId(s.id)) };
}

function linkOf(
  { customsLane: lane }: LaneConfig,
  { config: { customsPlatform } }: LoadedGate,
): Pick<LaneSettings, 'platform'> {
  if (lane === undefined || !customsPlatform) return {};
  const { premises, answerWithinMs } = customsPlatform;
  return { platform: { premises, lane, answerWithinMs } };
}

function laneDirection({ direction, builtFor = 'in' }: LaneConfig) {
  return direction === 'reversible'
    ? ({ direction: builtFor, isReversible: true } as const)
    : { direction };
}

const broughtBy: Partial<Record<DeviceKind, LaneSource['brings']>> = {
  plateCamera: 'plate',
  containerCamera: 'containers',
  rfidReader: 'tag',
  weighbridge: 'weight',
};

function laneSources({ id }: LaneConfig, devices: readonly LoadedDevice[]): readonly LaneSource[] {
  return devices.flatMap(({ config, manifest }) => {
    const brings = readsCards(config) ? 'driver' : broughtBy[manifest.kind];
    if (config.lane !== id || !brings) return [];
    const { serves } = config;
    return [{ deviceId: parseDeviceId(config.id), brings, ...(serves && { serves }) }];
  });
}

export function devicePlan(device: LoadedDevice, transports: DeviceTransports): DevicePlan {
  const { config } = device;
  return {
    deviceId: config.id,
    laneId: config.lane,
    onStartFailure: config.onStartFailure,
    make: (ports) => makeDevice(device, ports, transports),
  };
}

const readsCards = ({ reads }: LoadedDevice['config']) => reads === 'driverCards';

/** What such a reader hears is a driver's credential from here on; the number of the card goes no further. */
function asDriverCards(ports: DevicePorts): DevicePorts {
  return {
    ...ports,
    observe: (deviceId, receivedAt, observation) =>
      ports.observe(
        deviceId,
        receivedAt,
        observation.kind === 'tagRead'
          ? { kind: 'driverCardRead', card: cardReference(observation.tag, sha256) }
          : observation,
      ),
  };
}

function makeDevice(
  device: LoadedDevice,
  given: DevicePorts,
  transports: DeviceTransports,
): RunningDevice {
  const { config, manifest, profile } = device;
  const ports = readsCards(config) ? asDriverCards(given) : given;
  const heart = new DeviceHeart(
    {
      deviceId: parseDeviceId(config.id),
      laneId: config.lane,
      manifest,
      profile,
      settings: config.settings,
    },
    ports,
  );
  const { transport } = config;
  switch (manifest.shape) {
    case 'stream':
      return new StreamDevice(heart, manifest, transports.stream(device));
    case 'exchange':
      return new ExchangeDevice(heart, manifest, transports.exchange(device));
    case 'push': {
      if (transport.kind !== 'httpPush') throw wrongTransport(transport);
      const { path } = transport;
      return new PushDevice(heart, manifest, { listener: transports.push(device), path });
    }
    case 'notification':
      return new NotificationDevice(heart, manifest, transports.notifications(device));
  }
}

/** The real lines, ports and cameras. */
export function fieldTransports(options: {
  readonly clock: Clock;
  readonly push: HttpPushServer;
}): DeviceTransports {
  const { clock, push } = options;
  const modbus = new ModbusLines();
  return {
    stream: (device) => streamTransport(device, clock),
    exchange({ config: { transport } }) {
      switch (transport.kind) {
        case 'modbusTcp':
        case 'modbusRtu':
        case 'modbusRtuTcp':
          return modbus.line({ ...transport, clock });
        default:
          throw wrongTransport(transport);
      }
    },
    push: () => push,
    notifications: (device) => notifications(device, clock),
  };
}

function streamTransport(
  { config: { transport }, profile: { isapi } }: LoadedDevice,
  clock: Clock,
): StreamTransport {
  if (transport.kind === 'serial') return serialStream({ ...transport, clock });
  if (transport.kind === 'tcp') return tcpStream({ ...transport, clock });
  if (transport.kind !== 'isapi' || !isapi) throw wrongTransport(transport);
  return alertStream({ ...withPassword(transport), path: isapi.stream.path, clock });
}

type AskedCamera = Extract<Transport, { kind: 'onvif' | 'isapi' }>;

function withPassword({ kind: _, passwordFile, ...address }: AskedCamera) {
  const password =
    passwordFile === undefined ? undefined : readFileSync(passwordFile, 'utf8').trimEnd();
  return { ...address, ...(password !== undefined && { password }) };
}

function notifications(
  { config: { transport }, profile: { onvif } }: LoadedDevice,
  clock: Clock,
): NotificationTransport {
  if (transport.kind !== 'onvif' || !onvif) throw wrongTransport(transport);
  return onvifTransport({
    ...withPassword(transport),
    profile: onvif,
    clock,
    backOff: new BackOff({ firstMs: 1_000, lastMs: 60_000, random: Math.random }),
    startWorker: cameraWorkers(new URL(`./onvif-worker.${extension}`, import.meta.url)),
  });
}

/** Validation has refused such a configuration before. */
function wrongTransport({ kind }: Transport): Error {
  return new TypeError(`no such shape over ${kind}`);
}
