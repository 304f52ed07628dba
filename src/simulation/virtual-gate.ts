/**
 * A whole gate that is not there: one inbound and one outbound lane with emulated devices, the customs
 * platform that writes the feed, and seeded traffic through them. It knows the daemon only by its wires.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FeedWriter } from './feed-writer.ts';
import { witnessOpening } from './ledger-witness.ts';
import { SeededRandom } from './seeded-random.ts';
import { type FeedRecord, type PlannedPassage, sourceOf, Traffic } from './traffic.ts';
import { startVirtualLane, type VirtualLane } from './virtual-lane.ts';

export const virtualLanes = [
  { laneId: 'in-1', direction: 'in' },
  { laneId: 'out-1', direction: 'out' },
] as const;

export type VirtualGateNote =
  | { readonly note: 'sent'; readonly laneId: string; readonly planned: PlannedPassage }
  | {
      readonly note: 'gone';
      readonly laneId: string;
      readonly number: number;
      readonly departure: string;
    }
  | {
      readonly note: 'opened';
      readonly laneId: string;
      readonly decided: boolean;
      readonly detail: string;
    }
  | {
      readonly note: 'pushRefused';
      readonly laneId: string;
      readonly path: string;
      readonly status: number;
    }
  | { readonly note: 'finished'; readonly passages: number };

export interface VirtualGateOptions {
  readonly pushUrl: string;
  readonly feedDirectory: string;
  readonly ledgerFile: string;
  readonly seed: number;
  /** Undefined: until it is stopped. */
  readonly passages?: number;
  readonly tell: (note: VirtualGateNote) => void;
}

const tickMs = 10;
const heartbeatMs = 30_000;
/** Between two trucks of a lane, so that loops and arm come to rest, ms. */
const pauseMs = 400;
const feedTakenWithinMs = 20_000;
/** Trucks that are planned and have not left yet: a run without end plans no further. */
const plannedAhead = 4;

export class VirtualGate {
  readonly lanes: readonly VirtualLane[];
  readonly #options: VirtualGateOptions;
  readonly #feeds: Readonly<Record<'customs' | 'terminal', FeedWriter>>;
  readonly #gone = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #stopped = false;

  private constructor(lanes: readonly VirtualLane[], options: VirtualGateOptions) {
    this.lanes = lanes;
    this.#options = options;
    this.#feeds = {
      customs: new FeedWriter(options.feedDirectory, 'customs'),
      terminal: new FeedWriter(options.feedDirectory, 'terminal'),
    };
  }

  static async start(options: VirtualGateOptions): Promise<VirtualGate> {
    const lanes = await Promise.all(
      virtualLanes.map(({ laneId }) =>
        startVirtualLane({
          laneId,
          pushUrl: options.pushUrl,
          pictures: true,
          onOpenContact: () => {
            const seen = witnessOpening(options.ledgerFile, laneId);
            const decided = seen.kind === 'decided';
            options.tell({
              note: 'opened',
              laneId,
              decided,
              detail: seen.kind === 'decided' ? seen.decisionId : seen.detail,
            });
          },
          onPushAnswered: (_lane, path, status) => {
            if (status !== 200) options.tell({ note: 'pushRefused', laneId, path, status });
          },
        }),
      ),
    );
    const gate = new VirtualGate(lanes, options);
    gate.#timer = setInterval(() => {
      for (const lane of lanes) lane.tick(performance.now());
    }, tickMs);
    return gate;
  }

  /** Sends the trucks; resolves when the last of them has left its lane. */
  async run(): Promise<void> {
    const { seed, passages = Number.POSITIVE_INFINITY, tell } = this.#options;
    for (const feed of Object.values(this.#feeds)) feed.drop('snapshot', []);
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    const traffic = new Traffic(new SeededRandom(seed));
    const roads = new Map(this.lanes.map(({ laneId }) => [laneId, Promise.resolve()]));
    let sent = 0;
    let underWay = 0;
    while (sent < passages && !this.#stopped) {
      const planned = traffic.next();
      sent += 1;
      underWay += 1;
      const lane = virtualLanes.find(({ direction }) => direction === planned.direction);
      const laneId = (lane ?? virtualLanes[0]).laneId;
      const road = (roads.get(laneId) ?? Promise.resolve()).then(async () => {
        await this.#pass(laneId, planned);
        underWay -= 1;
      });
      roads.set(laneId, road);
      await this.#until(() => underWay < plannedAhead);
    }
    await Promise.all(roads.values());
    tell({ note: 'finished', passages: sent });
  }

  async #pass(laneId: string, planned: PlannedPassage): Promise<void> {
    const lane = this.lanes.find((each) => each.laneId === laneId);
    if (!lane || this.#stopped) return;
    const { after } = planned;
    await this.#until(() => after === undefined || this.#gone.has(after));
    await this.#announce(planned.feed);
    await this.#until(() => lane.world.isFree);
    await wait(pauseMs);
    this.#options.tell({ note: 'sent', laneId, planned });
    const departure = await lane.world.send(planned);
    this.#gone.add(planned.number);
    this.#options.tell({ note: 'gone', laneId, number: planned.number, departure });
  }

  /** Writes what the platforms say about the truck, and waits until the gate has taken it. */
  async #announce(records: readonly FeedRecord[]): Promise<void> {
    const { feedDirectory } = this.#options;
    const files = (['customs', 'terminal'] as const)
      .map((source) => ({ source, own: records.filter((record) => sourceOf(record) === source) }))
      .filter(({ own }) => own.length > 0)
      .map(({ source, own }) => basename(this.#feeds[source].drop('delta', own)));
    const deadlineMs = performance.now() + feedTakenWithinMs;
    const taken = () => files.every((file) => existsSync(join(feedDirectory, 'applied', file)));
    await this.#until(() => taken() || performance.now() > deadlineMs);
  }

  #beat(): void {
    for (const feed of Object.values(this.#feeds)) feed.drop('delta', []);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#stopped) await wait(tickMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearInterval(this.#heartbeat);
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
