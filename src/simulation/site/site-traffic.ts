/** Sends the trucks of a plan through a site, waits for the calm after them, and proves that every lane lives. */
import type { Entry } from '../audit/ledger-file.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { type PlannedPassage, Traffic } from '../traffic.ts';
import type { Faults } from './faults.ts';
import type { Departure, Visitor } from './lane-road.ts';
import type { SimulatedLane } from './simulated-lane.ts';
import type { Site } from './site.ts';
import { portalQuietMs, siteLane, siteLanes, sourceAgeMsMax } from './site-config.ts';
import { type Visit, VisitPlan } from './visit-plan.ts';

/** Between two vehicles, beyond what tells them apart, ms. */
const portalGapMs = 500;
const lookEveryMs = 100;
/** A truck comes whether the feed has spoken of it or not, after so long. */
const feedWaitedMs = 6_000;
const pauseMs = 500;
const underWayMax = 3;
/** Within which everything comes to rest once nothing goes wrong any more, ms. */
const calmWithinMs = 240_000;
/** So long that the word of a source is old before it speaks again. */
const silentMs = sourceAgeMsMax + 18_000;
/** Longer than a lane takes to be turned, if nothing is in its way. */
const turnTriesMax = 20;
const turnAgainMs = 700;
/** Every source of the feed has spoken once more by then, ms. */
const spokenWithinMs = 6_000;
/** Through the premises: what a reader still heard of a truck in one lane is old when it comes to another, ms. */
const driveMs = 10_000;
const probesFrom = 50_000;

export class SiteTraffic {
  vehicles = 0;
  readonly #site: Site;
  readonly #faults: Faults;
  readonly #random: SeededRandom;
  readonly #passages: number;
  readonly #gone = new Set<number>();
  /** By lane: whoever is sent next waits for those before. */
  readonly #queues = new Map<string, Promise<void>>();
  readonly #isTroubled: boolean;
  #underWay = 0;
  #atPortal: Promise<void> = Promise.resolve();

  constructor(
    site: Site,
    options: {
      readonly faults: Faults;
      readonly random: SeededRandom;
      readonly passages: number;
      /** Something may go wrong. */
      readonly isTroubled: boolean;
    },
  ) {
    this.#site = site;
    this.#faults = options.faults;
    this.#random = options.random;
    this.#passages = options.passages;
    this.#isTroubled = options.isTroubled;
  }

  async run(): Promise<void> {
    const plan = new VisitPlan({ random: this.#random, faults: this.#faults, lanes: siteLanes });
    for (let sent = 0; sent < this.#passages; sent += 1) {
      const visits = plan.next();
      for (const visit of visits) if (!visit.behind) this.#enqueue(visit, visits);
      await this.#until(() => this.#underWay < underWayMax, 600_000);
    }
    await this.#until(() => this.#underWay === 0, 600_000);
    await this.#calm();
    await this.#prove();
    await this.#stop();
  }

  #enqueue(visit: Visit, visits: readonly Visit[]): void {
    this.#underWay += 1;
    const before = this.#queues.get(visit.laneId) ?? Promise.resolve();
    const followers = visits.filter(({ behind }) => behind === visit);
    const ahead = this.#passPortal([visit, ...followers]);
    const road = before.then(async () => {
      await ahead;
      await this.#pass(visit, followers);
      this.#underWay -= 1;
    });
    this.#queues.set(visit.laneId, road);
  }

  async #pass(visit: Visit, followers: readonly Visit[]): Promise<void> {
    const { feed, time } = this.#site;
    const { passage } = visit.visitor;
    const { after } = passage;
    if (after !== undefined) {
      await this.#until(() => this.#gone.has(after), 60_000);
      await this.#wait(driveMs);
    }
    for (const each of [visit, ...followers]) feed.announce(each.feed);
    await this.#until(() => feed.hasTaken(visit.feed), feedWaitedMs);
    if (visit.afterSilence) {
      feed.silence('customs', silentMs);
      await this.#wait(silentMs - 15_000);
    }
    const lane = this.#lane(visit.laneId);
    await this.#until(() => lane.isAtRest, 120_000);
    if (!visit.unasked) await this.#turned(visit.laneId, passage.direction);
    await this.#wait(pauseMs);
    for (const { record, afterMs } of visit.later) {
      time.after(afterMs, () => feed.announce([record]));
    }
    await Promise.all([visit, ...followers].map(({ visitor }) => this.#through(lane, visitor)));
  }

  /** One after the other; who is late there has been overtaken by those who are ahead of him in the lane. */
  async #passPortal(visits: readonly Visit[]): Promise<void> {
    for (const { laneId, visitor } of visits) {
      if (!siteLane(laneId).hasPortal) return;
      if (this.#random.integer(3) === 0) await this.#wait(this.#random.integer(9_000));
      const before = this.#atPortal;
      this.#atPortal = before.then(async () => {
        this.#site.passesPortal(visitor);
        await this.#wait(portalQuietMs + portalGapMs);
      });
      await this.#atPortal;
    }
  }

  /** Who is not waited for comes to a lane that is turned against him. */
  async #turned(laneId: string, to: 'in' | 'out'): Promise<void> {
    if (!siteLane(laneId).isReversible) return;
    let isSo = false;
    for (let tries = 0; tries < turnTriesMax && !isSo; tries += 1) {
      this.#site.orders.turn(laneId, to, () => {
        isSo = true;
      });
      await this.#wait(turnAgainMs);
    }
  }

  #through(lane: SimulatedLane, visitor: Visitor): Promise<Departure> {
    this.vehicles += 1;
    const { number, truck, scenario } = visitor.passage;
    this.#site.note(
      `${lane.laneId} #${number} ${truck.plate} comes: ${scenario} ${visitor.manner}`,
    );
    return new Promise((resolve) => {
      lane.road.send(visitor, (departure) => {
        this.#gone.add(number);
        this.#judge(visitor, departure);
        resolve(departure);
      });
    });
  }

  /** Where nothing goes wrong every truck ends as it was meant to. */
  #judge({ passage: { number, scenario, intended } }: Visitor, departure: Departure): void {
    const { auditor } = this.#site;
    const goes = intended === 'passed' || intended === 'diverted';
    if (this.#isTroubled || goes === (departure === 'crossed')) return;
    auditor.find(
      11,
      `#${number}, ${scenario}, is meant to end as ${intended} and has ${departure}`,
    );
  }

  #lane(id: string): SimulatedLane {
    const lane = this.#site.lanes.find(({ laneId }) => laneId === id);
    if (!lane) throw new RangeError(`there is no lane ${id}`);
    return lane;
  }

  /** Nothing goes wrong any more, and everything that waits is done. */
  async #calm(): Promise<void> {
    const site = this.#site;
    site.note('calm');
    this.#faults.isCalm = true;
    site.troubles.end();
    await this.#wait(spokenWithinMs);
    const rests = await this.#until(() => this.#isAtRest(), calmWithinMs);
    if (!rests) site.auditor.find(11, `not at rest ${calmWithinMs} ms after the calm`);
  }

  #isAtRest(): boolean {
    const { auditor, centre, lanes, feed, gate } = this.#site;
    const isDelivered = centre.through === auditor.entries.length;
    return (
      gate !== undefined &&
      isDelivered &&
      feed.isQuiet &&
      lanes.every((lane) => lane.isAtRest) &&
      !isSomebodyOnFarSide(auditor.entries)
    );
  }

  /** Every lane lets a plain truck through. What the daemon ended amid of proves nothing, and is tried anew. */
  async #prove(): Promise<void> {
    const site = this.#site;
    const traffic = new Traffic(this.#random, ['in', 'out'], probesFrom);
    for (;;) {
      const { runs } = site;
      const shut = await this.#probeAll(traffic);
      await this.#until(() => this.#isAtRest(), calmWithinMs);
      if (shut === undefined) return;
      if (site.runs > runs) continue;
      return site.auditor.find(11, `${shut} lets no plain truck through once everything is calm`);
    }
  }

  /** The lane that turned a truck back; undefined where none did. */
  async #probeAll(traffic: Traffic): Promise<string | undefined> {
    const [first, second] = [traffic.released('in'), traffic.released('in')];
    const rounds = [
      { 'in-1': first, 'turn-1': second },
      {
        'out-1': traffic.released('out', first.truck),
        'turn-1': traffic.released('out', second.truck),
      },
    ];
    for (const round of rounds) {
      const shut = Object.entries(round).map(async ([laneId, passage]) =>
        (await this.#probe(laneId, passage)) ? [] : [laneId],
      );
      const [found] = (await Promise.all(shut)).flat();
      if (found !== undefined) return found;
      await this.#wait(driveMs);
    }
    return undefined;
  }

  async #probe(laneId: string, passage: PlannedPassage): Promise<boolean> {
    const { feed } = this.#site;
    feed.announce(passage.feed);
    await this.#until(() => feed.hasTaken(passage.feed), feedWaitedMs);
    await this.#turned(laneId, passage.direction);
    const visitor = { passage, manner: 'orderly', missing: [], strayTags: [], gapM: 12 } as const;
    if (siteLane(laneId).hasPortal) this.#site.passesPortal(visitor);
    await this.#wait(pauseMs);
    return (await this.#through(this.#lane(laneId), visitor)) === 'crossed';
  }

  /** In order; a run that ends amid its stop is followed by another, which is stopped. */
  async #stop(): Promise<void> {
    const site = this.#site;
    const { gate } = site;
    let isStopped = false;
    gate?.gate.stop().then(
      () => {
        isStopped = true;
      },
      (error: unknown) => site.crashed(error),
    );
    await this.#until(() => isStopped || gate?.boot.isHalted !== false, 30_000);
    await this.#until(() => this.#isDelivered(), 30_000);
    if (isStopped) return;
    const rests = await this.#until(() => this.#isAtRest(), calmWithinMs);
    if (rests) return this.#stop();
    site.auditor.find(11, 'the daemon does not stop');
  }

  #isDelivered(): boolean {
    const { centre, auditor } = this.#site;
    return centre.through === auditor.entries.length;
  }

  /** Whether it came to hold within that time. */
  async #until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const { time } = this.#site;
    const deadlineMs = time.nowMs + withinMs;
    for (;;) {
      if (holds()) return true;
      if (time.nowMs >= deadlineMs) return false;
      await this.#wait(lookEveryMs);
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((done) => {
      this.#site.time.after(ms, done);
    });
  }
}

/** A car is out of sight between two loops for a moment; as long nobody is let through towards it. */
function isSomebodyOnFarSide(entries: readonly Entry[]): boolean {
  const told = new Set<string>();
  for (const { type, subject, data } of entries.toReversed()) {
    if (type === 'gate.started.v1') return false;
    if (data['code'] !== 'vehicle-on-far-side' || told.has(subject)) continue;
    if (type === 'alarm.raised.v1') return true;
    told.add(subject);
  }
  return false;
}
