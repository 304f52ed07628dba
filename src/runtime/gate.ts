/**
 * One gate: its lanes, their devices, the ledger behind them and the way to the centre, put together from
 * ports. It starts by reading the lanes' devices, never by moving an arm, and it is the view that screens
 * subscribe to.
 */
import type { EventDraft } from '../core/journal/events.ts';
import type { ServiceAct, ServiceActAnswer } from '../core/lane/lane-act.ts';
import type { LaneContext, LaneState } from '../core/lane/lane-types.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { ObservedAt } from '../core/observation.ts';
import type { PersonAct as YardPersonAct } from '../core/yard/yard-change.ts';
import type { CommitResult } from '../ports/ledger.ts';
import type { RunningDevice } from './device.ts';
import { type FeedNote, feedEvents } from './feed-note.ts';
import { DeviceAbsent, type DevicePlan, type GateOptions } from './gate-options.ts';
import { pictureEvents, tellBelonging } from './gate-pictures.ts';
import { deviceView, disabledView, feedSourceViews, uplinkView } from './gate-view.ts';
import { hearPlatform } from './hear-platform.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { type ClearResult, clearSafeState, laneNotices, laneOrders } from './lane-orders.ts';
import { LaneRunner } from './lane-runner.ts';
import { LaneWatch } from './lane-view.ts';
import { Outbox } from './outbox.ts';
import { PersonActs } from './person-acts.ts';
import type {
  FeedSourceView,
  GateView,
  LaneView,
  PanelSource,
  ViewChange,
  ViewPart,
} from './read-model.ts';
import { RecordKeeper } from './record-keeper.ts';
import { restoredPassages } from './restored-passages.ts';
import { isTagRead, SharedTags } from './shared-tags.ts';
import { Stations } from './stations.ts';
import { ViewChanges } from './view-changes.ts';
import { type YardActBy, YardKeeper } from './yard-keeper.ts';

const agesEveryMs = 2_000;
const exceptionsRead = 500;
const goodbyeMs = 1_500;

interface GateLane {
  readonly context: LaneContext;
  readonly runner: LaneRunner;
  readonly watch: LaneWatch;
  readonly devices: RunningDevice[];
  /** Set where a device that the lane cannot do without was absent at start. */
  disabledBy?: string;
}

export class Gate implements PanelSource {
  readonly #o: GateOptions;
  readonly #lanes: readonly GateLane[];
  readonly #stations: Stations;
  readonly #stationDevices: RunningDevice[] = [];
  readonly #tags = new SharedTags(() => this.#lanes.map(({ runner }) => runner));
  readonly #outbox: Outbox;
  /** What the gate itself tells: kept, as the lanes' records are, while the ledger fails. */
  readonly #records: RecordKeeper;
  readonly #views: ViewChanges;
  readonly #journal: JournalKeeper;
  /** What was told of the feed and lasts. */
  readonly #feedTold = new Map<string, string>();
  /** Pictures that are truncated or damaged. */
  readonly #broken = new Set<string>();
  readonly #yard: YardKeeper;
  readonly #startedAtMs: number;
  readonly persons: PersonActs;
  #appendedDue = false;
  #started = false;
  #stopped = false;

  constructor(options: GateOptions) {
    this.#o = options;
    this.#startedAtMs = options.clock.now().wallMs;
    this.#journal = new JournalKeeper({ ...options, tell: (...told) => this.tell(...told) });
    this.#views = new ViewChanges({
      timers: options.timers,
      part: (key) => this.#part(key),
      told: (part) => {
        if (part.kind === 'lane') this.#outbox.publishLive(part.lane.laneId, part.lane);
      },
    });
    this.#outbox = new Outbox({
      ...options,
      session: options.ids.next(),
      onChange: () => this.#changed('uplink'),
    });
    this.#records = new RecordKeeper({
      timers: options.timers,
      timerId: 'gate/records',
      commit: (change) => this.#commit(change),
      onCommitted: () => undefined,
      onHealth: () => undefined,
      onLost: ({ events }) => options.log('error', 'records of the gate were lost', { events }),
    });
    this.#stations = new Stations(options.stations ?? [], {
      ...options,
      lanes: () => this.#lanes.map(({ runner }) => runner),
      tell: (...told) => this.tell(...told),
    });
    this.#yard = new YardKeeper({
      ...options,
      commit: (change) => this.#commit(change),
      onCommitted: () => this.#appendedSoon(),
    });
    this.#lanes = options.lanes.map((context) => this.#makeLane(context));
    for (const plan of options.devices) this.#makeDevice(plan);
    this.persons = new PersonActs({
      ...options,
      runnerOf: (id) => this.#lanes.find(({ runner }) => runner.laneId === id)?.runner,
      commit: (change) => this.#commit(change),
    });
  }

  #makeLane(context: LaneContext): GateLane {
    const { clock, ids, timers, facts, log, acted, platform } = this.#o;
    const { laneId } = context.settings;
    const watch = new LaneWatch(context, {
      caseOf: (exceptionId) => this.#o.ledger.caseOf(exceptionId),
      picturesOf: (passageId) => this.#o.shelf?.ofPassage(passageId) ?? [],
      isBroken: (sha256) => this.#broken.has(sha256),
    });
    const devices: RunningDevice[] = [];
    const runner = new LaneRunner(context, {
      clock,
      ids,
      timers,
      facts,
      ledger: { commit: (change) => this.#commit(change, watch) },
      stations: this.#stations,
      ...laneOrders(devices, clock),
      ...laneNotices(devices, { timers, laneId }),
      onStep: (state) => this.#stepped(laneId, watch, state),
      onCommitted: () => this.#appendedSoon(),
      ...(acted && { acted }),
      ...(platform && { platform }),
      log,
    });
    return { context, runner, watch, devices };
  }

  #makeDevice(plan: DevicePlan): void {
    const lane = this.#lanes.find(({ runner }) => runner.laneId === plan.laneId);
    if (!lane && !this.#stations.has(plan.laneId)) {
      const { deviceId, laneId } = plan;
      throw new RangeError(`device ${deviceId}: there is no lane and no station ${laneId}`);
    }
    const { clock, timers, random, log, pictures } = this.#o;
    const device = plan.make({
      clock,
      timers,
      random,
      log,
      observe: (deviceId, receivedAt, observation) => {
        const observed = { deviceId, receivedAt, observation };
        this.#observed(plan.laneId, observed, lane);
        if (observation.kind === 'deviceHealth') this.#changed(`device:${plan.deviceId}`);
      },
      ...(pictures && {
        keepPictures: (origin, given) => pictures.take(origin, given),
        // That of a station goes to whoever was given its reading.
        pictured: (late) => {
          for (const { runner } of lane ? [lane] : this.#lanes) runner.pictured(late);
        },
      }),
    });
    (lane?.devices ?? this.#stationDevices).push(device);
  }

  /** A lane without a device that had to be there takes nothing until the next start. */
  #observed(place: string, observed: ObservedAt, lane?: GateLane): void {
    if (!lane) return this.#stations.observe(place, observed);
    if (lane.disabledBy !== undefined) return;
    if (isTagRead(observed)) this.#tags.heard(lane.runner, observed);
    lane.runner.observe(observed);
  }

  /** Reads the lanes' devices and connects to the centre. Rejects where a device that must be there is not. */
  async start(): Promise<void> {
    const { ledger, version, clock } = this.#o;
    this.#started = true;
    this.tell('gate.started.v1', { version, bootId: clock.bootId });
    this.#journal.start();
    this.#startPictures();
    const unended = ledger.unendedPassages();
    for (const { runner } of this.#lanes) {
      runner.restore(restoredPassages(unended, runner.laneId), ledger.laneStanding(runner.laneId));
    }
    this.#o.platform?.start(hearPlatform(this.#lanes, this.#tellOwn));
    this.#outbox.start();
    this.#yard.start();
    this.#tick();
    this.#refreshAges();
    await Promise.all(this.#o.devices.map((plan) => this.#startDevice(plan)));
  }

  readonly #tellOwn = (type: EventDraft['type'], data: EventDraft['data']) => this.tell(type, data);

  #startPictures(): void {
    const { log, pictures } = this.#o;
    const tell = this.#tellOwn;
    const heartOf = (deviceId: string) => this.#deviceOf(deviceId)?.heart;
    const changed = (key: string) => this.#changed(key);
    pictures?.start(pictureEvents({ tell, log, heartOf, broken: this.#broken, changed }));
  }

  async #startDevice(plan: DevicePlan): Promise<void> {
    const lane = this.#lanes.find(({ runner }) => runner.laneId === plan.laneId);
    const device = this.#deviceOf(plan.deviceId);
    try {
      await device?.start();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (plan.onStartFailure === 'exit') throw new DeviceAbsent(plan.deviceId, reason);
      if (plan.onStartFailure === 'disable-lane' && lane)
        this.#disable(lane, plan.deviceId, reason);
    }
  }

  /** The lane stays as it is at start, which opens nothing, until the daemon is started anew. */
  #disable(lane: GateLane, deviceId: string, reason: string): void {
    if (lane.disabledBy !== undefined) return;
    lane.disabledBy = deviceId;
    lane.runner.stop();
    const { laneId } = lane.runner;
    this.#o.log('error', 'a lane is out of service until the next start', {
      laneId,
      deviceId,
      reason,
    });
    const cause = 'device-absent-at-start';
    const data = { from: 'powerRestoring', to: 'outOfService', cause, deviceId };
    this.tell('lane.serviceModeChanged.v1', data, laneId);
    this.#changed(`lane:${laneId}`);
  }

  /** Gives the outputs of a device back after its own watchdog took them: the recorded act of a person. */
  clearSafeState(deviceId: string, person: string): Promise<ClearResult> {
    const device = this.#deviceOf(deviceId);
    const commit = (type: EventDraft['type'], data: EventDraft['data']) =>
      this.#commit({
        events: [{ type, subject: deviceId, timeMs: this.#o.clock.now().wallMs, data }],
      });
    return clearSafeState(device, { person, commit, clock: this.#o.clock });
  }

  /** A person orders something of a lane; undefined where there is no such lane. */
  actOnLane(
    laneId: string,
    act: ServiceAct,
    person: string,
  ): Promise<ServiceActAnswer> | undefined {
    return this.#lanes
      .find(({ runner }) => runner.laneId === laneId)
      ?.runner.serviceAct(act, person);
  }

  /** A person acts upon the premises. Whoever was let through is looked at again: it may be a hold on him. */
  readonly actInYard = (by: YardActBy, act: YardPersonAct) => {
    const result = this.#yard.act(by, act);
    if (result.kind === 'committed') for (const { runner } of this.#lanes) runner.feedChanged();
    return result;
  };

  /** What the feed's worker has done; empty files are not worth an entry. */
  feedReported(note: FeedNote): void {
    this.#changed('feed');
    for (const { runner } of this.#lanes) runner.feedChanged();
    this.#yard.soon();
    for (const { type, data } of feedEvents(note, this.#feedTold)) this.tell(type, data);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (!this.#started) return;
    const { timers } = this.#o;
    for (const id of ['gate/tick', 'gate/ages', 'gate/appended', 'gate/prune']) timers.cancel(id);
    this.#views.stop();
    const stopping = this.#devices().map(async (device) => device.stop());
    for (const { runner } of this.#lanes) runner.stop();
    this.#stations.stop();
    await Promise.all([...stopping, this.#o.platform?.stop()]);
    this.#yard.stop();
    this.tell('gate.stopped.v1', {});
    this.#records.stop();
    this.#o.ledger.checkpoint();
    this.#outbox.appended();
    await this.#outbox.stop(goodbyeMs);
  }

  /** What is not of a lane: kept until it is written. */
  tell(type: EventDraft['type'], data: EventDraft['data'], subject = this.#o.gateId): void {
    this.#records.write({ events: [{ type, subject, timeMs: this.#o.clock.now().wallMs, data }] });
  }

  #commit(change: LedgerChange, watch?: LaneWatch): CommitResult {
    const result = this.#o.ledger.commit(change);
    if (result.kind === 'committed') {
      watch?.committed(change, result.lastSequence);
      tellBelonging(this.#o.pictures, change);
      this.#appendedSoon();
    }
    return result;
  }

  /** After the turn that committed: neither sending nor a checkpoint stands between a commit and its order. */
  #appendedSoon(): void {
    if (this.#appendedDue || this.#stopped) return;
    this.#appendedDue = true;
    this.#o.timers.start('gate/appended', 0, () => {
      this.#appendedDue = false;
      this.#journal.ifDue();
      this.#outbox.appended();
    });
  }

  #tick(): void {
    this.#journal.ifDue();
    this.#outbox.appended();
    this.#o.timers.start('gate/tick', 1_000, () => this.#tick());
  }

  #stepped(laneId: string, watch: LaneWatch, state: LaneState): void {
    watch.see(state, this.#o.clock.now().wallMs);
    this.#changed(`lane:${laneId}`);
  }

  /** A device that lives renews its age without any other change. */
  #refreshAges(): void {
    for (const plan of this.#o.devices) this.#changed(`device:${plan.deviceId}`);
    this.#changed('clock');
    this.#changed('feed');
    this.#changed('uplink');
    this.#o.timers.start('gate/ages', agesEveryMs, () => this.#refreshAges());
  }

  #changed(key: string): void {
    this.#views.changed(key);
  }

  #part(key: string): ViewPart | undefined {
    if (key === 'clock') return { kind: 'clock', clock: { state: this.#o.clock.state() } };
    if (key === 'uplink') return { kind: 'uplink', uplink: uplinkView(this.#outbox.standing()) };
    if (key === 'feed') return { kind: 'feed', feed: this.#feedView() };
    const [kind, id] = key.split(':');
    if (kind === 'lane') {
      const lane = this.#lanes.find(({ runner }) => runner.laneId === id);
      return lane && { kind: 'lane', lane: this.#laneView(lane) };
    }
    const device = this.#deviceOf(id ?? '');
    return device && { kind: 'device', device: deviceView(device.heart) };
  }

  snapshot(): GateView {
    const { siteId, gateId, clock } = this.#o;
    return {
      sequence: this.#views.sequence,
      site: siteId,
      gate: gateId,
      startedAtMs: this.#startedAtMs,
      clock: { state: clock.state() },
      uplink: uplinkView(this.#outbox.standing()),
      feed: this.#feedView(),
      lanes: this.#lanes.map((lane) => this.#laneView(lane)),
      devices: this.#devices().map(({ heart }) => deviceView(heart)),
    };
  }

  subscribe(listener: (change: ViewChange) => void): () => void {
    return this.#views.subscribe(listener);
  }

  #devices(): readonly RunningDevice[] {
    return [...this.#lanes.flatMap(({ devices }) => devices), ...this.#stationDevices];
  }

  #deviceOf(deviceId: string): RunningDevice | undefined {
    return this.#devices().find(({ heart }) => heart.settings.deviceId === deviceId);
  }

  #laneView({ runner, watch, disabledBy }: GateLane): LaneView {
    const exceptions = this.#o.ledger
      .openExceptions(exceptionsRead)
      .filter(({ laneId }) => laneId === runner.laneId);
    const { monotonicMs } = this.#o.clock.now();
    const view = watch.view(runner.state, monotonicMs, exceptions);
    return disabledBy === undefined ? view : disabledView(view);
  }

  #feedView(): readonly FeedSourceView[] {
    const { facts, clock, lanes } = this.#o;
    const staleAfterMs = Math.min(...lanes.map(({ policy }) => policy.sourceAgeMsMax));
    return feedSourceViews(facts, { nowWallMs: clock.now().wallMs, staleAfterMs });
  }
}
