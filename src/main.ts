/** Composition root of the daemon: adapters are made here and nowhere else, and handed to the gate. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import pino, { type Logger } from 'pino';
import { cameraWorkers, onvifTransport } from './adapters/onvif/camera-supervisor.ts';
import { FeedCache } from './adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from './adapters/store/feed-schema.ts';
import { openLedger } from './adapters/store/ledger.ts';
import { openForReading, openForWriting } from './adapters/store/open-database.ts';
import { listenForControl } from './adapters/system/control-socket.ts';
import { KeptWorker } from './adapters/system/kept-worker.ts';
import { checkpointSigner, loadOrCreateSigningKey } from './adapters/system/signing-key.ts';
import { systemClock, systemTimers, uuidIds } from './adapters/system/system.ts';
import { type HttpPushServer, httpPushServer } from './adapters/transport/http-push.ts';
import { ModbusLines } from './adapters/transport/modbus-lines.ts';
import { serialStream } from './adapters/transport/serial-stream.ts';
import { tcpStream } from './adapters/transport/tcp-stream.ts';
import { mqttUplink } from './adapters/uplink/mqtt-uplink.ts';
import type { GateConfig, LaneConfig } from './config/config-schema.ts';
import type { LoadedDevice, LoadedGate } from './config/load-gate.ts';
import type { Transport } from './config/transport-schema.ts';
import { parseDeviceId, parseLaneId } from './core/identity.ts';
import type { LaneContext } from './core/lane/lane-types.ts';
import type { FirmwareProfile } from './driver-kit/profile/schema.ts';
import type { FeedWorkerData } from './feed-worker.ts';
import { actOn } from './gate-acts.ts';
import { packageFile } from './package-file.ts';
import { createPanel } from './panel/server.ts';
import { type PictureParts, pictureParts } from './picture-parts.ts';
import type { Clock } from './ports/clock.ts';
import type { Ledger } from './ports/ledger.ts';
import type { PictureStore } from './ports/pictures.ts';
import type { ReleaseFacts } from './ports/release-facts.ts';
import type { Timers } from './ports/timers.ts';
import type {
  ExchangeTransport,
  NotificationTransport,
  StreamTransport,
} from './ports/transport.ts';
import type { Uplink } from './ports/uplink.ts';
import { BackOff } from './runtime/back-off.ts';
import { DeviceHeart, type DevicePorts, type RunningDevice } from './runtime/device.ts';
import { PushDevice, StreamDevice } from './runtime/device-shapes.ts';
import { ExchangeDevice } from './runtime/exchange-device.ts';
import type { FeedNote } from './runtime/feed-note.ts';
import { Gate } from './runtime/gate.ts';
import type { DevicePlan } from './runtime/gate-options.ts';
import { NotificationDevice } from './runtime/notification-device.ts';

export interface RunningGate {
  readonly gate: Gate;
  /** Where the panel is open, and where devices post to. */
  readonly panelAddress: string;
  readonly devicePushPort: number;
  stop(): Promise<void>;
}

/** Of the workers' files, as they lie beside this one. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

const sha256 = (text: string) => hash('sha256', text, 'hex');

export function makeLog(level: GateConfig['log']['level']): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}

/** What a gate is made of, ready to be handed to it. */
export interface GateParts {
  readonly clock: Clock;
  readonly timers: Timers & { stopAll(): void };
  readonly facts: ReleaseFacts;
  readonly ledger: Ledger;
  readonly uplink: Uplink;
  readonly push: HttpPushServer;
  readonly pictures: PictureStore;
  readonly shelf: PictureParts['shelf'];
  /** Closes the databases. */
  close(): void;
}

export async function startGate(loaded: LoadedGate, log: Logger): Promise<RunningGate> {
  const { directory } = loaded.config.data;
  // Before any database is opened: it tells whether another daemon has them open.
  const control = await listenForControl(directory);
  if (!control) log.warn({ directory }, 'its path is too long for acts at the command line');
  try {
    const running = await runGate(loaded, makeParts(loaded.config, log), log);
    control?.serve((request) => actOn(running.gate, request));
    const stop = async () => {
      await control?.close();
      await running.stop();
    };
    return { ...running, stop };
  } catch (error) {
    await control?.close();
    throw error;
  }
}

export function makeParts(config: GateConfig, log: Logger): GateParts {
  const clock = systemClock(config.clock.trust);
  return {
    clock,
    timers: systemTimers(),
    ...openStores(config, clock),
    uplink: mqttUplink(uplinkOptions(config)),
    ...pictureParts(config),
    push: httpPushServer({
      ...config.devicePush,
      clock,
      log: (message, detail) => log.warn(detail, message),
    }),
  };
}

export async function runGate(
  loaded: LoadedGate,
  parts: GateParts,
  log: Logger,
): Promise<RunningGate> {
  const { config } = loaded;
  const { clock, timers, push } = parts;
  const modbus = new ModbusLines();
  const gate = new Gate({
    ...parts,
    siteId: config.site,
    gateId: config.gate,
    version: versionOfPackage(),
    lanes: config.lanes.map((lane) => laneContext(lane, loaded, clock.bootId)),
    devices: loaded.devices.map((device) => devicePlan(device, { clock, push, modbus })),
    ids: uuidIds,
    random: Math.random,
    log: (level, message, detail) => log[level](detail, message),
  });
  const panel = await createPanel({
    source: gate,
    ...config.panel,
    webRoot: packageFile('dist/web'),
    pictures: parts.shelf,
    log,
  });
  let feedWorker: KeptWorker | undefined;
  const stop = async () => {
    await gate.stop();
    await Promise.all([panel.close(), push.close(), parts.pictures.stop(), feedWorker?.stop()]);
    parts.shelf.close();
    timers.stopAll();
    parts.close();
  };
  try {
    const panelAddress = await panel.listen();
    feedWorker = keepFeedWorker(config, { gate, log });
    // `start` makes the routes of posting devices before it waits for absent ones: they may post at once.
    const [, devicePushPort] = await Promise.all([gate.start(), push.listen()]);
    return { gate, panelAddress, devicePushPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function versionOfPackage(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

function openStores(
  config: GateConfig,
  clock: Clock,
): Pick<GateParts, 'facts' | 'ledger' | 'close'> {
  const { directory } = config.data;
  const key = loadOrCreateSigningKey(join(directory, 'signing-key.pem'));
  const feedFile = join(directory, 'feed.db');
  // Made, or brought to the newest schema, before anyone reads it.
  openForWriting({
    file: feedFile,
    applicationId: feedApplicationId,
    migrations: feedMigrations,
  }).close();
  const feedDb = openForReading(feedFile);
  const facts: FeedCache = new FeedCache({
    db: feedDb,
    sources: config.feed.sources,
    clockState: () => clock.state(),
    ledger: () => ledger,
  });
  const ledger = openLedger({
    file: join(directory, 'ledger.db'),
    siteId: config.site,
    gateId: config.gate,
    clock,
    ids: uuidIds,
    signer: checkpointSigner(key),
    readStamp: (query) => facts.stamp(query),
  });
  return {
    facts,
    ledger,
    close() {
      ledger.close();
      feedDb.close();
    },
  };
}

function laneContext(lane: LaneConfig, loaded: LoadedGate, bootId: string): LaneContext {
  const policy = loaded.policies.get(lane.policy);
  if (!policy) throw new RangeError(`policy ${lane.policy} was not loaded`);
  const requires = (evidence: LaneConfig['requires'][number]) => lane.requires.includes(evidence);
  return {
    settings: {
      laneId: parseLaneId(lane.id),
      direction: lane.direction,
      requirements: {
        plate: requires('plate'),
        containers: requires('containers'),
        tag: requires('tag'),
        weight: requires('weight'),
      },
      timing: lane.timing,
      closing: lane.closing,
      vehicleWeightKgMin: lane.vehicleWeightKgMin,
    },
    policy: policy.policy,
    policyDigest: sha256(policy.text),
    bootId,
    digest: sha256,
  };
}

interface Wiring {
  readonly clock: Clock;
  readonly push: HttpPushServer;
  readonly modbus: ModbusLines;
}

function devicePlan(device: LoadedDevice, wiring: Wiring): DevicePlan {
  const { config } = device;
  return {
    deviceId: config.id,
    laneId: config.lane,
    onStartFailure: config.onStartFailure,
    make: (ports) => makeDevice(device, ports, wiring),
  };
}

function makeDevice(
  { config, manifest, profile }: LoadedDevice,
  ports: DevicePorts,
  wiring: Wiring,
): RunningDevice {
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
      return new StreamDevice(heart, manifest, streamTransport(transport, wiring));
    case 'exchange':
      return new ExchangeDevice(heart, manifest, exchangeTransport(transport, wiring));
    case 'push': {
      if (transport.kind !== 'httpPush') throw wrongTransport(transport);
      return new PushDevice(heart, manifest, { listener: wiring.push, path: transport.path });
    }
    case 'notification':
      return new NotificationDevice(heart, manifest, notifications(transport, profile, wiring));
  }
}

function streamTransport(transport: Transport, { clock }: Wiring): StreamTransport {
  if (transport.kind === 'serial') return serialStream({ ...transport, clock });
  if (transport.kind === 'tcp') return tcpStream({ ...transport, clock });
  throw wrongTransport(transport);
}

function exchangeTransport(transport: Transport, { clock, modbus }: Wiring): ExchangeTransport {
  switch (transport.kind) {
    case 'modbusTcp':
    case 'modbusRtu':
    case 'modbusRtuTcp':
      return modbus.line({ ...transport, clock });
    default:
      throw wrongTransport(transport);
  }
}

function notifications(
  transport: Transport,
  { onvif }: FirmwareProfile,
  { clock }: Wiring,
): NotificationTransport {
  if (transport.kind !== 'onvif' || !onvif) throw wrongTransport(transport);
  const { kind: _, passwordFile, ...address } = transport;
  return onvifTransport({
    ...address,
    ...(passwordFile !== undefined && { password: readFileSync(passwordFile, 'utf8').trimEnd() }),
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

function uplinkOptions({ uplink, site, gate }: GateConfig) {
  const { url, protocol, username, passwordFile } = uplink;
  return {
    url,
    protocol,
    clientId: `kakou-${site}-${gate}`,
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { password: readFileSync(passwordFile, 'utf8').trim() }),
  };
}

/** Without it the gate goes on: its sources grow stale, which every decision sees. */
function keepFeedWorker(config: GateConfig, { gate, log }: { gate: Gate; log: Logger }) {
  const { directory, sources, scanEveryMs, incompleteAfterMs } = config.feed;
  const workerData: FeedWorkerData = {
    file: join(config.data.directory, 'feed.db'),
    directory,
    sources,
    scanEveryMs,
    incompleteAfterMs,
  };
  const url = new URL(`./feed-worker.${extension}`, import.meta.url);
  return new KeptWorker({
    start: () => new Worker(url, { workerData }),
    backOff: new BackOff({ firstMs: 1_000, lastMs: 60_000, random: Math.random }),
    heard(message) {
      const note = message as FeedNote;
      if (note.kind !== 'ingested') log.warn(note, 'the customs feed could not be taken in');
      gate.feedReported(note);
    },
    failed(error, againInMs) {
      log.error({ err: error, againInMs }, 'the feed worker failed and is started again');
      gate.feedReported({ kind: 'failed', reason: error.message });
    },
  });
}
