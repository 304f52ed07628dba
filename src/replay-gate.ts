/**
 * Composition root of a replay: the daemon's own drivers, devices, lanes and a ledger that is thrown away, over the
 * transports of a recording and its time. Nothing is opened but that ledger's folder: no port, no line, no broker.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadRecording } from './adapters/recording/recording-lines.ts';
import type { FeedCache } from './adapters/store/feed-cache.ts';
import { openLedger } from './adapters/store/ledger.ts';
import { checkpointSigner, loadOrCreateSigningKey } from './adapters/system/signing-key.ts';
import type { LoadedGate } from './config/load-gate.ts';
import type { EventDraft } from './core/journal/events.ts';
import type { ClockState, Instant } from './core/time.ts';
import { type DeviceTransports, devicePlan, laneContext, stationPlans } from './gate-devices.ts';
import type { Ledger } from './ports/ledger.ts';
import { gateSource, type RecordedAct, type RecordedEvent } from './ports/recording.ts';
import {
  type Comparison,
  comparePassages,
  passagesOf,
  type ToldPassage,
  toldEvents,
} from './replay/passages.ts';
import type { OtherWrite } from './replay/recorded-exchanges.ts';
import { ReplayedFacts, ReplayedPlatform, replayedCommits } from './replay/replayed-ports.ts';
import {
  type ReplayedDevice,
  ReplayedExchange,
  ReplayedNotifications,
  ReplayedPush,
  ReplayedStream,
} from './replay/replayed-transports.ts';
import { SameVehicles } from './replay/same-vehicles.ts';
import { withHeadsOfNow } from './replay/shifted-dates.ts';
import { earlier, restMsOf, startOf, timelineOf } from './replay/timeline.ts';
import { VirtualTime } from './replay/virtual-time.ts';
import { type ReplayFeed, replayFeed } from './replay-feed.ts';
import { Gate } from './runtime/gate.ts';

export interface Replay {
  readonly recorded: readonly ToldPassage[];
  readonly replayed: readonly ToldPassage[];
  readonly comparison: Comparison;
  /** Of each device whose writes were not those of the recording, the first that was not. */
  readonly otherWrites: readonly OtherWrite[];
  /** What the replay could not know or do. */
  readonly notes: readonly string[];
}

/** What stands in the lane when the recording begins is not a vehicle that comes, ms. */
const warmUpMs = 3_000;
/** Timers of the end fall due, ms. */
const runOutMs = 1_000;

/** `feed`: folder of feed files, for look-ups that were not recorded. */
export async function replayRecording(
  recording: ReadRecording,
  loaded: LoadedGate,
  { feed }: { readonly feed?: string } = {},
): Promise<Replay> {
  const { entries, header } = recording;
  const start = startOf(entries);
  const headsOver = earlier(start, restMsOf(loaded.config.lanes));
  const time = new VirtualTime(timelineOf(entries, headsOver)[0]?.playAt ?? start, {
    bootId: header.bootId,
    state: header.clockState as ClockState,
  });
  const directory = mkdtempSync(join(tmpdir(), 'kakou-replay-'));
  let facts: ReplayFeed | undefined;
  try {
    if (feed !== undefined) {
      const { sources } = loaded.config.feed;
      facts = await replayFeed({ from: feed, directory, sources, nowMs: header.savedAtMs });
    }
    const played = new ReplayedGate(recording, loaded, { time, directory, feed: facts });
    await played.run(start, headsOver);
    return played.outcome(start);
  } finally {
    facts?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

class ReplayedGate {
  readonly #recording: ReadRecording;
  readonly #recorded: readonly ToldPassage[];
  readonly #same: SameVehicles;
  readonly #time: VirtualTime;
  readonly #devices = new Map<string, ReplayedDevice>();
  readonly #exchanges = new Map<string, ReplayedExchange>();
  readonly #events: EventDraft[] = [];
  readonly #notes = new Set<string>();
  readonly #gate: Gate;
  readonly #platform: ReplayedPlatform;
  readonly #close: () => void;
  /** Cameras whose messages are judged by the dates in them. */
  readonly #alerts: ReadonlySet<string>;

  constructor(
    recording: ReadRecording,
    loaded: LoadedGate,
    place: {
      readonly time: VirtualTime;
      readonly directory: string;
      readonly feed: ReplayFeed | undefined;
    },
  ) {
    const { entries } = recording;
    const { time, directory, feed } = place;
    this.#recording = recording;
    this.#recorded = passagesOf(toldEvents(entries));
    this.#same = new SameVehicles(this.#recorded, this.#events);
    this.#time = time;
    const alerts = loaded.devices.filter(({ config }) => config.transport.kind === 'isapi');
    this.#alerts = new Set(alerts.map(({ config }) => config.id));
    for (const refused of feed?.refused ?? []) this.#notes.add(`feed: ${refused}`);
    const cache = feed && (() => (made ??= feed.cache(ledger, () => time.state())));
    let made: FeedCache | undefined;
    const facts = new ReplayedFacts(entries, {
      gather: (query) => {
        const asked = JSON.stringify(query);
        this.#notes.add(`not recorded${cache ? ', and taken from the feed' : ''}: ${asked}`);
        if (cache) return cache().gather(query);
        // Not "there are none": nobody knows, and the truck is referred.
        throw new Error('the recording has no facts about this');
      },
      stamp: (query) => cache?.().stamp(query) ?? '',
    });
    const ids = countedIds();
    const { site, gate } = loaded.config;
    const ledger: Ledger = openLedger({
      file: join(directory, 'ledger.db'),
      siteId: site,
      gateId: gate,
      clock: time,
      ids,
      signer: checkpointSigner(loadOrCreateSigningKey(join(directory, 'signing-key.pem'))),
      readStamp: (query) => facts.stamp(query),
    });
    this.#close = () => ledger.close();
    const commit = replayedCommits(ledger, entries, (events) => this.#events.push(...events));
    const transports = this.#transports();
    this.#platform = new ReplayedPlatform(entries);
    this.#gate = new Gate({
      siteId: site,
      gateId: gate,
      version: recording.header.kakou,
      lanes: loaded.config.lanes.map((lane) => laneContext(lane, loaded, time.bootId)),
      stations: stationPlans(loaded),
      // A device that was away when the recording begins is waited for, whatever the site wants at a start.
      devices: loaded.devices.map((device) => ({
        ...devicePlan(device, transports),
        onStartFailure: 'retry' as const,
      })),
      clock: time,
      timers: time,
      ids,
      // The shortest of the random delays: a device is never later than in the recording.
      random: () => 0,
      ledger: new Proxy(ledger, {
        get(target, key) {
          if (key === 'commit') return commit;
          const member: unknown = Reflect.get(target, key, target);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      }),
      facts: {
        gather: (query) => this.#same.facts(facts.gather(query)),
        sources: () => facts.sources(),
        quarantined: () => facts.quarantined(),
      },
      uplink: { connect: () => new Promise(() => undefined) },
      platform: this.#platform,
      log: (level, message, detail) => {
        if (level === 'error') this.#notes.add(`${message} ${JSON.stringify(detail)}`);
      },
    });
  }

  #transports(): DeviceTransports {
    const made = <T extends ReplayedDevice>(deviceId: string, device: T): T => {
      this.#devices.set(deviceId, device);
      return device;
    };
    return {
      stream: ({ config }) => made(config.id, new ReplayedStream()),
      exchange: ({ config }) => {
        const own = this.#recording.entries.filter(({ source }) => source === config.id);
        const exchange = made(config.id, new ReplayedExchange(config.id, own, this.#time));
        this.#exchanges.set(config.id, exchange);
        return exchange;
      },
      push: ({ config }) => made(config.id, new ReplayedPush()),
      notifications: ({ config }) => made(config.id, new ReplayedNotifications()),
    };
  }

  async run(start: Instant, headsOver: Instant): Promise<void> {
    const { entries } = this.#recording;

    this.#gate.start().catch((error: unknown) => this.#notes.add(String(error)));
    let last = start;
    for (const { entry, playAt } of timelineOf(
      withHeadsOfNow(entries, { headsOver, sources: this.#alerts }),
      headsOver,
    )) {
      const { source, event } = entry;
      const isHeard = event.kind === 'platformHeard';
      if (source === gateSource && !isAct(event) && !isHeard) continue;
      await this.#time.until(playAt);
      if (isHeard) {
        this.#platform.play(event.heard);
        continue;
      }
      if (isAct(event)) {
        this.#act(event);
        continue;
      }
      const device = this.#devices.get(source);
      if (device) device.play(event, playAt);
      else this.#notes.add(`there is no device ${source} in this configuration`);
      last = playAt;
    }
    const end = entries.at(-1)?.at ?? last;
    await this.#time.until({
      wallMs: end.wallMs + runOutMs,
      monotonicMs: end.monotonicMs + runOutMs,
    });
  }

  #act(recorded: RecordedAct): void {
    const { laneId } = recorded;
    if (recorded.kind === 'ordered') {
      const { act, person } = recorded;
      if (!this.#gate.actOnLane(laneId, act, person)) this.#notes.add(noLane(laneId));
      return;
    }
    const act = this.#same.act(recorded.act);
    if (!act) {
      const { kind, by } = recorded.act;
      this.#notes.add(`${kind} by ${by.name}: the vehicle did not begin in this recording`);
    } else if (!this.#gate.persons.again(laneId, act)) this.#notes.add(noLane(laneId));
  }

  outcome(start: Instant): Replay {
    const endMs = this.#recording.entries.at(-1)?.at.monotonicMs ?? start.monotonicMs;
    const recorded = this.#recorded;
    const replayed = passagesOf(this.#events);
    this.#close();
    return {
      recorded,
      replayed,
      comparison: comparePassages(recorded, replayed, start.wallMs + warmUpMs),
      otherWrites: [...this.#exchanges.values()].flatMap(
        ({ exchanges }) =>
          exchanges.otherWrite(start.monotonicMs + warmUpMs, endMs - runOutMs) ?? [],
      ),
      notes: [...this.#notes],
    };
  }
}

function isAct(event: RecordedEvent): event is RecordedAct {
  return event.kind === 'acted' || event.kind === 'ordered';
}

const noLane = (laneId: string) => `there is no lane ${laneId} in this configuration`;

/** The same ids in each replay of a recording. */
function countedIds() {
  let count = 0;
  return {
    next() {
      count += 1;
      return `00000000-0000-7000-8000-${count.toString(16).padStart(12, '0')}`;
    },
  };
}
