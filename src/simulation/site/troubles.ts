/** What befalls a site from time to time, by chance: each fault that lasts is over by itself. */
import type { SeededRandom } from '../seeded-random.ts';
import type { Faults } from './faults.ts';
import type { LaneOrders } from './lane-orders.ts';
import type { SimulatedCentre } from './simulated-centre.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { SimulatedFeed } from './simulated-feed.ts';
import type { SimulatedLane } from './simulated-lane.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface TroubledSite {
  readonly time: SimulatedTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly lanes: readonly SimulatedLane[];
  readonly feed: SimulatedFeed;
  readonly centre: SimulatedCentre;
  readonly disk: SimulatedDisk;
  readonly orders: LaneOrders;
  /** Steps the wall clock so far from the truth, ms. */
  stepClock(aheadMs: number): void;
  personActs(): void;
  note(text: string): void;
}

export class Troubles {
  readonly #site: TroubledSite;

  constructor(site: TroubledSite) {
    this.#site = site;
    this.#next();
  }

  #next(): void {
    const { time, random } = this.#site;
    time.after(500 + random.integer(3_500), () => {
      this.#befall();
      this.#next();
    });
  }

  #befall(): void {
    const { faults, random } = this.#site;
    const r = random.next();
    if (faults.has('devices') && r < 0.5) this.#device();
    if (faults.has('broker') && random.next() < 0.25) this.#broker();
    if (faults.has('feed') && random.next() < 0.06) this.#silence();
    if (faults.has('disk') && random.next() < 0.05) this.#disk();
    if (faults.has('clock') && random.next() < 0.1) this.#clock();
    if (faults.has('driving') && random.next() < 0.05) this.#hand();
    if (faults.has('persons')) this.#site.personActs();
    if (faults.has('orders') && random.next() < 0.15) this.#order();
  }

  #lane(): SimulatedLane {
    const { lanes, random } = this.#site;
    const lane = lanes[random.integer(lanes.length)];
    if (!lane) throw new RangeError('a site has lanes');
    return lane;
  }

  #device(): void {
    const { random, time, note } = this.#site;
    const lane = this.#lane();
    const forMs = 500 + random.integer(6_000);
    const kind = random.integer(5);
    note(`${lane.laneId} trouble ${kind} for ${forMs}`);
    if (kind === 0) return lane.line.cut();
    if (kind === 1) {
      lane.module.fault = { kind: 'noAnswer' };
      time.after(forMs, () => {
        lane.module.fault = undefined;
      });
      return;
    }
    if (kind === 4) {
      lane.module.setArmFault({ stuck: true });
      time.after(forMs, () => lane.module.setArmFault({}));
      return;
    }
    const stream = random.integer(2) === 0 ? lane.streams.reader : lane.streams.weighbridge;
    const way = kind === 2 ? lane.line : stream;
    way.refuses = true;
    way.cut();
    time.after(forMs, () => {
      way.refuses = false;
    });
  }

  #broker(): void {
    const { random, time, centre, note } = this.#site;
    const forMs = random.integer(12_000);
    note(`broker away for ${forMs}`);
    centre.isAway = true;
    centre.cut();
    time.after(forMs, () => {
      centre.isAway = false;
    });
  }

  #silence(): void {
    const { random, feed, note } = this.#site;
    const source = random.pick(['customs', 'terminal'] as const);
    const forMs = 10_000 + random.integer(35_000);
    note(`${source} silent for ${forMs}`);
    feed.silence(source, forMs);
  }

  #disk(): void {
    const { random, disk, note } = this.#site;
    const forMs = 500 + random.integer(8_000);
    note(`disk fails for ${forMs}`);
    disk.fail(forMs);
  }

  #clock(): void {
    const { random, time, stepClock } = this.#site;
    const far = random.integer(3) === 0 ? 7_200_000 : 60_000;
    stepClock(random.integer(2 * far) - far);
    time.after(3_000 + random.integer(15_000), () => stepClock(0));
  }

  #hand(): void {
    const { time, note } = this.#site;
    const lane = this.#lane();
    if (!lane.isAtRest) return;
    note(`${lane.laneId} raised by hand`);
    lane.module.raiseByHand(time.nowMs);
  }

  /** Rather where a truck is: over an empty lane little comes of it. */
  #order(): void {
    const { lanes, orders, random } = this.#site;
    const busy = lanes.find(({ road }) => !road.isEmpty);
    orders.befall(busy && random.next() < 0.7 ? busy : this.#lane());
  }

  /** Whatever lasts is over. */
  end(): void {
    const { lanes, centre, disk, feed, orders, stepClock } = this.#site;
    for (const lane of lanes) {
      lane.module.fault = undefined;
      lane.module.setArmFault({});
      for (const way of [lane.line, lane.streams.reader, lane.streams.weighbridge]) {
        way.refuses = false;
      }
    }
    centre.isAway = false;
    disk.heal();
    orders.end(lanes);
    feed.endSilence();
    stepClock(0);
  }
}
