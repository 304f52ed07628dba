/**
 * One run of the daemon: the production gate, devices, drivers, lanes, ledger, feed cache and outbox, put together as
 * `main.ts` does it, over the site's transports, time and disk. It ends by being halted: from then on nothing of it
 * reaches anything.
 */
import { createPrivateKey } from 'node:crypto';
import { FeedCache } from '../../adapters/store/feed-cache.ts';
import { followedFacts } from '../../adapters/store/followed-facts.ts';
import { openLedger } from '../../adapters/store/ledger.ts';
import type { SqliteDatabase } from '../../adapters/store/open-database.ts';
import { checkpointSigner } from '../../adapters/system/signing-key.ts';
import type { LoadedGate } from '../../config/load-gate.ts';
import type { FactsQuery } from '../../core/facts.ts';
import {
  type DeviceTransports,
  devicePlan,
  laneContext,
  stationPlans,
} from '../../gate-devices.ts';
import type { GatePlatform } from '../../ports/gate-platform.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { ReleaseFacts } from '../../ports/release-facts.ts';
import type { ExchangeTransport } from '../../ports/transport.ts';
import type { Uplink } from '../../ports/uplink.ts';
import { Gate } from '../../runtime/gate.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { BootClock } from './simulated-time.ts';

/**
 * Where a test breaks a rule to see the auditor find it: each port may be put in another's place. The daemon has
 * no part in it.
 */
export interface Tampering {
  ledger?(ledger: Ledger): Ledger;
  facts?(facts: ReleaseFacts): ReleaseFacts;
  stamp?(read: (query: FactsQuery) => string): (query: FactsQuery) => string;
  platform?(platform: GatePlatform): GatePlatform;
  uplink?(uplink: Uplink, ledger: Ledger): Uplink;
  exchange?(transport: ExchangeTransport, deviceId: string): ExchangeTransport;
}

export interface SimulatedGateParts {
  readonly loaded: LoadedGate;
  readonly boot: BootClock;
  /** Counts the runs of the daemon, from 1: ids differ between them. */
  readonly run: number;
  readonly ledgerFile: string;
  readonly feedDb: SqliteDatabase;
  readonly random: SeededRandom;
  readonly transports: DeviceTransports;
  readonly uplink: Uplink;
  /** Absent where no lane is linked. */
  readonly platform?: GatePlatform;
  readonly tampering: Tampering;
  /** Puts the disk between the gate and its ledger. */
  onDisk(ledger: Ledger): Ledger;
  log(level: string, message: string, detail: Readonly<Record<string, unknown>>): void;
}

export interface SimulatedGate {
  readonly gate: Gate;
  readonly boot: BootClock;
  /** Of the ledger's file; the run must have ended. */
  close(): void;
}

export function simulatedGate(parts: SimulatedGateParts): SimulatedGate {
  const { loaded, boot, tampering, feedDb, random } = parts;
  const { config } = loaded;
  const ids = countedIds(parts.run);
  const cache: FeedCache = new FeedCache({
    db: feedDb,
    sources: config.feed.sources,
    clockState: () => boot.state(),
    ledger: () => real,
  });
  const readStamp = (query: FactsQuery) => cache.stamp(query);
  const real: Ledger = openLedger({
    file: parts.ledgerFile,
    siteId: config.site,
    gateId: config.gate,
    clock: boot,
    ids,
    signer: checkpointSigner(simulatedKey()),
    readStamp: tampering.stamp?.(readStamp) ?? readStamp,
    newEpoch: () => '0123456789abcdef'.repeat(2),
  });
  const onDisk = parts.onDisk(real);
  const ledger = tampering.ledger?.(onDisk) ?? onDisk;
  const { transports } = parts;
  const tampered: DeviceTransports = {
    ...transports,
    exchange: (device) => {
      const transport = transports.exchange(device);
      return tampering.exchange?.(transport, device.config.id) ?? transport;
    },
  };
  const gate = new Gate({
    siteId: config.site,
    gateId: config.gate,
    version: 'simulated',
    lanes: config.lanes.map((lane) => laneContext(lane, loaded, boot.bootId)),
    stations: stationPlans(loaded),
    devices: loaded.devices.map((device) => devicePlan(device, tampered)),
    clock: boot,
    timers: boot,
    ids,
    random: () => random.next(),
    ledger,
    facts: tampering.facts?.(cache) ?? cache,
    followed: followedFacts(feedDb, config.feed.sources),
    ...(parts.platform && { platform: tampering.platform?.(parts.platform) ?? parts.platform }),
    uplink: tampering.uplink?.(parts.uplink, ledger) ?? parts.uplink,
    log: parts.log,
  });
  return { gate, boot, close: () => real.close() };
}

/** The same ids in each simulation of a seed. */
function countedIds(run: number) {
  let count = 0;
  const of = run.toString(16).padStart(3, '0');
  return {
    next() {
      count += 1;
      return `00000000-0000-7000-8${of}-${count.toString(16).padStart(12, '0')}`;
    },
  };
}

/** An Ed25519 key of thirty-two sevens (RFC 8410): a signature depends on nothing but the text. */
function simulatedKey() {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([head, Buffer.alloc(32, 7)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}
