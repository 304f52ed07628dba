/**
 * The whole site: lanes with their devices, feed, broker, centre, disk and time, and the runs of the daemon among
 * them, one after the other. It tells the auditor what an onlooker sees, and keeps a log of it.
 */
import { join } from 'node:path';
import type { SqliteDatabase } from '../../adapters/store/open-database.ts';
import type { LoadedGate } from '../../config/load-gate.ts';
import type { ServiceAct } from '../../core/lane/lane-act.ts';
import type { ModbusRequest } from '../../driver-kit/contract.ts';
import type { DeviceTransports } from '../../gate-devices.ts';
import { Auditor, type LaneTruth } from '../audit/auditor.ts';
import { SeededRandom } from '../seeded-random.ts';
import { postContainers, postPlate } from './camera-posts.ts';
import type { Faults } from './faults.ts';
import { LaneOrders } from './lane-orders.ts';
import type { Visitor } from './lane-road.ts';
import { nameOf, told } from './log-line.ts';
import { Races } from './races.ts';
import { SimulatedCentre } from './simulated-centre.ts';
import { SimulatedClerk } from './simulated-clerk.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedFeed } from './simulated-feed.ts';
import { type SimulatedGate, simulatedGate, type Tampering } from './simulated-gate.ts';
import { closeCoil, openCoil, SimulatedLane } from './simulated-lane.ts';
import { SimulatedPlatform } from './simulated-platform.ts';
import { SimulatedPush } from './simulated-push.ts';
import { BootClock, SimulatedTime } from './simulated-time.ts';
import {
  linkedLane,
  portalId,
  type SiteLane,
  siteLanes,
  siteTiming,
  sourceAgeMsMax,
} from './site-config.ts';
import { Troubles } from './troubles.ts';

export interface SiteOptions {
  readonly loaded: LoadedGate;
  readonly seed: number;
  readonly faults: Faults;
  readonly directory: string;
  readonly feedDb: SqliteDatabase;
  readonly feedReading: SqliteDatabase;
  readonly tampering: Tampering;
  /** The daemon ends at its n-th commit or write, and at no other. */
  readonly endsAt?: number;
}

/** Between two ends of the daemon there are so many commits and writes at most. */
const endsWithin = 220;
/** Of all lanes and devices together. */
const timersMax = 150;
/** The machine takes so long to boot, ms. */
const bootMs = 8_000;

export class Site {
  readonly time = new SimulatedTime();
  readonly auditor: Auditor;
  readonly lanes: readonly SimulatedLane[];
  readonly feed: SimulatedFeed;
  readonly centre: SimulatedCentre;
  readonly troubles: Troubles;
  readonly orders: LaneOrders;
  readonly log: string[] = [];
  readonly ledgerFile: string;
  /** Commits and writes that there were: places at which the daemon may end. */
  places = 0;
  gate: SimulatedGate | undefined;
  readonly #o: SiteOptions;
  readonly #random: SeededRandom;
  readonly #push: SimulatedPush;
  readonly #platform: SimulatedPlatform | undefined;
  readonly #disk: SimulatedDisk;
  readonly #over: SimulatedGate[] = [];
  #endsAtPlace = Number.POSITIVE_INFINITY;
  #run = 0;
  #boots = 1;
  #bootedAtMs = 0;
  #wallAheadMs = 0;
  #haltedAtMs = 0;
  #failingSinceMs: number | undefined;
  #told = 0;
  #seenWrites = -1;

  constructor(options: SiteOptions) {
    this.#o = options;
    const { seed, faults, directory, feedDb } = options;
    const random = (part: number) => new SeededRandom(seed * 1_000 + part);
    const { time } = this;
    this.ledgerFile = join(directory, 'ledger.db');
    this.#random = random(1);
    this.auditor = new Auditor({
      openWithinMs: siteTiming.openWithinMs,
      sourceAgeMsMax,
    });
    this.#push = new SimulatedPush({ time, faults, random: random(2) });
    this.centre = new SimulatedCentre({ time, faults, random: random(3) });
    const races = new Races({
      faults,
      random: this.#random,
      travels: (laneId) => this.#truth(laneId).travels,
      writeNow: (record) => this.feed.writeNow(record),
      note: (text) => this.note(text),
    });
    this.#disk = new SimulatedDisk({
      time,
      faults,
      random: random(4),
      mayEnd: (place) => this.#mayEnd(place),
      endSoon: (inMs) => time.after(inMs, () => this.#end('the disk is lost', true)),
      beforeCommit: (change) => races.before(change, this.places),
    });
    const isLinked = faults.names.includes('platform');
    if (isLinked) this.auditor.platform.lanes.add(linkedLane);
    this.#platform = isLinked
      ? new SimulatedPlatform({
          time,
          faults,
          random: random(9),
          note: (text) => this.note(text),
          released: (seqNo) => this.auditor.platform.released(seqNo),
        })
      : undefined;
    this.feed = new SimulatedFeed({
      time,
      faults,
      random: random(5),
      db: feedDb,
      sources: options.loaded.config.feed.sources,
      onFed: (fed) => {
        this.note(`fed ${fed.source} ${fed.sequences.join()}`);
        this.auditor.fed(fed);
      },
      onNote: (note) => this.gate?.gate.feedReported(note),
      boot: () => this.gate?.boot,
    });
    this.lanes = siteLanes.map((lane, index) => this.#lane(lane, 100 + index * 10));
    const clerk = new SimulatedClerk({
      random: random(7),
      acts: () => this.gate?.gate.persons,
      truckAt: (laneId) => this.#truth(laneId).atPresence[0],
      note: (text) => this.note(text),
    });
    this.orders = new LaneOrders({
      time,
      random: random(8),
      order: (laneId, act) => this.#order(laneId, act),
      keyTurned: (laneId, isTurned) => this.auditor.orders.keyTurned(laneId, isTurned, time.nowMs),
      note: (text) => this.note(text),
    });
    this.troubles = new Troubles({
      personActs: () => clerk.look(),
      orders: this.orders,
      time,
      faults,
      random: random(6),
      lanes: this.lanes,
      feed: this.feed,
      centre: this.centre,
      disk: this.#disk,
      stepClock: (aheadMs) => this.#stepClock(aheadMs),
      note: (text) => this.note(text),
    });
  }

  #lane({ laneId, direction, hasPortal }: SiteLane, part: number): SimulatedLane {
    const { time } = this;
    return new SimulatedLane({
      laneId,
      builtFor: direction,
      hasPortal,
      seed: this.#o.seed * 1_000 + part,
      time,
      faults: this.#o.faults,
      push: this.#push,
      events: {
        crossed: (visitor, behindM) => {
          this.note(`${laneId} ${nameOf(visitor)} crosses`);
          this.auditor.crossed(laneId, truckOf(visitor), behindM);
        },
        gone: (visitor, departure) => this.note(`${laneId} ${nameOf(visitor)} ${departure}`),
      },
      onWrite: (_lane, request) => this.#written(laneId, request),
      onArm: (_lane, { kind, atMs }) => {
        this.note(`${laneId} arm ${kind} ${atMs}`);
        this.auditor.armDid(laneId, kind);
      },
    });
  }

  /** It drives through the portal. */
  passesPortal(visitor: Visitor): void {
    const seen = { placeId: portalId, push: this.#push, nowMs: this.time.nowMs };
    this.note(`${portalId} ${nameOf(visitor)}`);
    if (!visitor.missing.includes('plate')) postPlate(visitor, seen);
    if (!visitor.missing.includes('containers')) postContainers(visitor, seen);
  }

  #order(laneId: string, act: ServiceAct) {
    const { gate } = this;
    if (!gate || gate.boot.isHalted) return undefined;
    return gate.gate.actOnLane(laneId, act, 'simulated');
  }

  get runs(): number {
    return this.#run;
  }

  note(text: string): void {
    this.log.push(`${this.time.nowMs} ${text}`);
  }

  /** One thing happens, and the auditor looks. False where nothing is due until then. */
  async step(untilMs: number): Promise<boolean> {
    let hasMore = false;
    try {
      hasMore = await this.time.step(untilMs);
    } catch (error) {
      this.crashed(error);
    }
    this.look();
    return hasMore;
  }

  /** Nothing catches it: the daemon would have ended. */
  crashed(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.auditor.find(11, `an error that nobody takes would end the daemon: ${text}`);
  }

  look(): void {
    const { auditor, time, centre } = this;
    // Asking SQLite after every step whether anything was written would take most of the time.
    if (this.#seenWrites !== this.#disk.writes) auditor.look(time.nowMs, centre.through);
    else auditor.passes(time.nowMs);
    this.#seenWrites = this.#disk.writes;
    for (; this.#told < auditor.entries.length; this.#told += 1) {
      const entry = auditor.entries[this.#told];
      if (entry) this.note(`entry ${entry.sequence} ${told(entry)} ${entry.hash.slice(0, 16)}`);
    }
    for (const alarm of centre.alarms.splice(0)) auditor.find(6, `the centre: ${alarm}`);
    const timers = this.gate?.boot.timers ?? 0;
    if (timers > timersMax) auditor.find(10, `${timers} timers run`);
    for (const { laneId, line } of this.lanes) if (!line.isOpen) this.#blind(laneId);
    if (!this.#disk.isFailing) this.#failingSinceMs = undefined;
    else this.#failingSinceMs ??= time.nowMs;
  }

  /** The lane is not seen now. */
  #blind(laneId: string): void {
    const { blind } = this.auditor;
    const { nowMs } = this.time;
    const index = blind.findLastIndex((b) => b.laneId === laneId);
    const last = blind[index];
    if (last && nowMs - last.toMs < 1_000) blind[index] = { ...last, toMs: nowMs };
    else blind.push({ laneId, fromMs: nowMs, toMs: nowMs });
  }

  start(): void {
    const { time } = this;
    this.#run += 1;
    const boot = new BootClock(time, {
      bootId: `boot-${this.#boots}`,
      bootedAtMs: this.#bootedAtMs,
      wallAheadMs: () => this.#wallAheadMs,
    });
    this.#drawEnd();
    this.#disk.renew();
    this.note(`run ${this.#run} of ${boot.bootId}`);
    const gate = simulatedGate({
      loaded: this.#o.loaded,
      boot,
      run: this.#run,
      ledgerFile: this.ledgerFile,
      feedDb: this.#o.feedReading,
      random: new SeededRandom(this.#o.seed * 1_000 + 500 + this.#run),
      transports: this.#transports(boot),
      uplink: this.centre.uplink(boot),
      ...(this.#platform && { platform: this.#platform.port(boot) }),
      tampering: this.#o.tampering,
      onDisk: (ledger) => this.#disk.ledger(ledger, boot),
      log: (level, message, detail) => {
        if (level === 'error') this.note(`log ${message} ${JSON.stringify(detail)}`);
      },
    });
    this.gate = gate;
    this.auditor.started({ run: this.#run, bootedAtMs: this.#bootedAtMs }, this.ledgerFile);
    this.auditor.blind.push({ fromMs: this.#haltedAtMs, toMs: time.nowMs });
    gate.gate.start().catch(() => undefined);
  }

  #transports(boot: BootClock): DeviceTransports {
    const listener = this.#push.listener(boot);
    const laneOf = (id: string) => {
      const lane = this.lanes.find(({ laneId }) => laneId === id);
      if (!lane) throw new RangeError(`there is no lane ${id}`);
      return lane;
    };
    return {
      exchange: ({ config }) => laneOf(config.lane).line.transport(boot),
      stream: (device) => laneOf(device.config.lane).streamOf(device).transport(boot),
      push: () => listener,
      notifications: () => {
        throw new TypeError('no device of this site is asked for notifications');
      },
    };
  }

  #drawEnd(): void {
    const { faults } = this.#o;
    if (!faults.has('crash') && !faults.has('power')) return;
    this.#endsAtPlace = this.places + 1 + this.#random.integer(endsWithin);
  }

  #mayEnd(place: string): boolean {
    this.places += 1;
    const { faults, endsAt } = this.#o;
    const byCrash = faults.has('crash');
    const byPower = faults.has('power');
    if (this.places === endsAt) {
      // With the machine at every second place, without it at the others.
      this.#end(place, this.places % 2 === 0);
      return true;
    }
    if (this.places < this.#endsAtPlace || !(byCrash || byPower)) return false;
    this.#end(place, byPower && (!byCrash || this.#random.integer(2) === 0));
    return true;
  }

  /** From this moment on nothing of the run reaches anything; another begins soon. */
  #end(place: string, byPower: boolean): void {
    const { time, gate } = this;
    if (!gate || gate.boot.isHalted) return;
    gate.boot.halt();
    this.#over.push(gate);
    this.gate = undefined;
    this.#endsAtPlace = Number.POSITIVE_INFINITY;
    this.#haltedAtMs = Math.min(time.nowMs, this.#failingSinceMs ?? time.nowMs);
    this.note(`run ${this.#run} ends at ${place}${byPower ? ' with the machine' : ''}`);
    const awayMs = 300 + this.#random.integer(4_000) + (byPower ? bootMs : 0);
    time.after(awayMs, () => {
      if (byPower) {
        this.#boots += 1;
        this.#bootedAtMs = time.nowMs - bootMs;
      }
      this.start();
    });
  }

  #written(laneId: string, request: ModbusRequest): boolean {
    if (request.function !== 5) return true;
    if (this.#mayEnd('write')) return false;
    const { address, value } = request;
    const { nowMs } = this.time;
    if (value > 0) this.note(`${laneId} write ${address}=${value}`);
    if (address === openCoil && value > 0)
      this.auditor.openOrdered(laneId, this.#truth(laneId), nowMs);
    if (address === closeCoil && value > 0)
      this.auditor.closeOrdered(laneId, this.#truth(laneId), nowMs);
    return true;
  }

  #truth(laneId: string): LaneTruth {
    const lane = this.lanes.find((each) => each.laneId === laneId);
    const occupiedSinceMs = lane?.occupiedSinceMs;
    const last = lane?.road.lastAtPresence;
    const travels = lane?.road.travels;
    return {
      ...(travels && { travels }),
      ...(last && { lastAtPresence: truckOf(last) }),
      atPresence: lane?.road.atPresence().map(truckOf) ?? [],
      armHeight: lane?.module.arm.height ?? 0,
      ...(occupiedSinceMs !== undefined && { occupiedSinceMs }),
    };
  }

  #stepClock(aheadMs: number): void {
    if (aheadMs !== this.#wallAheadMs) this.note(`clock ${aheadMs} ms ahead`);
    this.#wallAheadMs = aheadMs;
  }

  close(): void {
    for (const gate of [...this.#over, ...(this.gate ? [this.gate] : [])]) gate.close();
    this.auditor.ledger?.close();
  }
}

const truckOf = ({ passage }: Visitor) => ({
  plate: passage.truck.plate,
  containers: passage.containers,
});
