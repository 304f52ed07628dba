/** Persons order something of lanes, and turn the key at a barrier; each order is ended after a while, until it is done. */
import type { ServiceAct, ServiceActAnswer } from '../../core/lane/lane-act.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { SimulatedLane } from './simulated-lane.ts';
import type { SimulatedTime } from './simulated-time.ts';
import { siteLane } from './site-config.ts';

export interface OrderedSite {
  readonly time: SimulatedTime;
  readonly random: SeededRandom;
  /** Undefined where no daemon runs. */
  order(laneId: string, act: ServiceAct): Promise<ServiceActAnswer> | undefined;
  keyTurned(laneId: string, isTurned: boolean): void;
  note(text: string): void;
}

const againMs = 2_000;

export class LaneOrders {
  readonly #site: OrderedSite;
  /** Lanes of which something is ordered, or may be. */
  readonly #ordered = new Set<string>();

  constructor(site: OrderedSite) {
    this.#site = site;
  }

  befall(lane: SimulatedLane): void {
    const { random, time } = this.#site;
    const { laneId } = lane;
    if (this.#ordered.has(laneId)) return;
    const forMs = 5_000 + random.integer(40_000);
    if (random.integer(4) === 0) return this.#turnKey(lane, forMs);
    this.#ordered.add(laneId);
    const kind = random.pick(['drain', 'maintain', 'holdOpen', 'holdOpen', 'turn'] as const);
    if (kind !== 'turn') this.#ask(laneId, { kind });
    else if (siteLane(laneId).isReversible) this.#turnSomehow(laneId);
    if (kind === 'maintain') {
      time.after(forMs / 2, () => this.#ask(laneId, { kind: 'open' }));
    }
    time.after(forMs, () => this.#end(laneId));
  }

  #ask(
    laneId: string,
    act: ServiceAct,
    answered: (answer: ServiceActAnswer) => void = () => {},
  ): void {
    const { note, order } = this.#site;
    const told = (answer: ServiceActAnswer) => {
      const said = answer.kind === 'refused' ? answer.reason : answer.kind;
      note(`${laneId} ordered ${act.kind}: ${said}`);
      answered(answer);
    };
    order(laneId, act)?.then(told, () => undefined);
  }

  /** What is ordered of a daemon that ends, or of a failing ledger, comes to nothing: it is ordered again. */
  #end(laneId: string): void {
    if (!this.#ordered.has(laneId)) return;
    this.#ask(laneId, { kind: 'resume' }, (answer) => {
      const isOver = answer.kind === 'refused' && answer.reason === 'alreadySo';
      if (answer.kind === 'done' || isOver) this.#ordered.delete(laneId);
    });
    this.#site.time.after(againMs, () => this.#end(laneId));
  }

  /** Whoever is on his way there finds it turned against him. */
  #turnSomehow(laneId: string): void {
    const to = this.#site.random.pick(['in', 'out'] as const);
    this.#ask(laneId, { kind: 'turn', to });
  }

  /** Turns a lane for who is to come. It takes a while: to be asked again until it is so. */
  turn(laneId: string, to: 'in' | 'out', isSo: () => void): void {
    this.#ask(laneId, { kind: 'turn', to }, (answer) => {
      if (answer.kind === 'refused' && answer.reason === 'alreadySo') isSo();
    });
  }

  #turnKey(lane: SimulatedLane, forMs: number): void {
    const { time, note } = this.#site;
    const { laneId } = lane;
    note(`${laneId} key for ${forMs}`);
    this.#setKey(lane, true);
    time.after(1_000, () => lane.module.raiseByHand(time.nowMs));
    time.after(forMs, () => this.#setKey(lane, false));
  }

  #setKey(lane: SimulatedLane, isTurned: boolean): void {
    lane.module.setInput('localControl', isTurned, this.#site.time.nowMs);
    this.#site.keyTurned(lane.laneId, isTurned);
  }

  /** Whatever stands is over. */
  end(lanes: readonly SimulatedLane[]): void {
    for (const lane of lanes) {
      this.#setKey(lane, false);
      this.#end(lane.laneId);
    }
  }
}
