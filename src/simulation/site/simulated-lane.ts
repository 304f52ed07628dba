/** One lane: its road, its emulated devices, the ways to them, and what an onlooker sees of it. */
import type { ArmEvent } from '../../../devices/io-modbus/barrier-arm.ts';
import { IoModuleEmulator } from '../../../devices/io-modbus/emulator.ts';
import { UhfReader } from '../../../devices/rfid-stream/emulator.ts';
import { YaohuaIndicator } from '../../../devices/weighbridge-stream/emulator.ts';
import type { LoadedDevice } from '../../config/load-gate.ts';
import type { ModbusRequest } from '../../driver-kit/contract.ts';
import { SeededRandom } from '../seeded-random.ts';
import { postContainers, postPlate } from './camera-posts.ts';
import type { Faults } from './faults.ts';
import { LaneRoad, type Point, type RoadEvents } from './lane-road.ts';
import { SimulatedLine } from './simulated-line.ts';
import type { SimulatedPush } from './simulated-push.ts';
import { SimulatedStream } from './simulated-stream.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface SimulatedLaneOptions {
  readonly laneId: string;
  /** That it is wired for: who drives the other way touches its loops in the other order. */
  readonly builtFor: 'in' | 'out';
  /** Its boxes are read at the portal ahead of it. */
  readonly hasPortal: boolean;
  readonly seed: number;
  readonly time: SimulatedTime;
  readonly faults: Faults;
  readonly push: SimulatedPush;
  readonly events: RoadEvents;
  /** The daemon writes to the module; false: it ends in this moment. */
  onWrite(laneId: string, request: ModbusRequest): boolean;
  onArm(laneId: string, event: ArmEvent): void;
}

/** What the contacts of the module are made by. */
export const openCoil = 0x0200;
export const closeCoil = 0x0201;

const arm = { travelMs: 700, leaveMs: 80, autoCloseMs: 700 };
const tickMs = 50;
const idleTickMs = 500;
/** By whoever drives against the direction that a lane is wired for. */
const mirrored = {
  approach: 'exit',
  presence: 'presence',
  curtain: 'curtain',
  exit: 'approach',
} as const;
const underArm = ['presence', 'curtain', 'exit'] as const;

export class SimulatedLane {
  readonly laneId: string;
  readonly road: LaneRoad;
  readonly module: IoModuleEmulator;
  readonly line: SimulatedLine;
  readonly streams: Readonly<Record<'weighbridge' | 'reader', SimulatedStream>>;
  readonly #o: SimulatedLaneOptions;
  readonly #occupied = new Map<Point, boolean>();
  #occupiedSinceMs: number | undefined;

  constructor(options: SimulatedLaneOptions) {
    this.#o = options;
    const { laneId, time, faults, seed } = options;
    this.laneId = laneId;
    this.module = new IoModuleEmulator({ module: 'waveshareRelayB', arm }, time.nowMs);
    const indicator = new YaohuaIndicator(200);
    const reader = new UhfReader();
    this.line = new SimulatedLine({
      time,
      faults,
      module: this.module,
      random: new SeededRandom(seed + 1),
      onWrite: (request) => options.onWrite(laneId, request),
    });
    const parts = { time, faults };
    this.streams = {
      weighbridge: new SimulatedStream({
        ...parts,
        machine: indicator,
        random: new SeededRandom(seed + 2),
        answerMs: 5,
        speaksEveryMs: 200,
      }),
      reader: new SimulatedStream({
        ...parts,
        machine: reader,
        random: new SeededRandom(seed + 3),
        answerMs: 120,
      }),
    };
    this.road = new LaneRoad(
      {
        setLoop: (point, occupied) => this.#setLoop(point, occupied),
        armHeight: () => this.module.arm.height,
        lightIsGreen: () => this.module.light('green'),
        setWeightKg: (weightKg) => indicator.show(weightKg),
        setTagsInField: (tags) => reader.field(tags),
        pushPlate: (visitor) => postPlate(visitor, this.#seen()),
        pushContainers: (visitor) => {
          if (!options.hasPortal) postContainers(visitor, this.#seen());
        },
      },
      options.events,
    );
    this.#tick();
  }

  /** The transport of a device of this lane, by what it is. */
  streamOf({ manifest }: LoadedDevice): SimulatedStream {
    return manifest.kind === 'weighbridge' ? this.streams.weighbridge : this.streams.reader;
  }

  /** Since when something has been under the arm, ms; absent where nothing is. */
  get occupiedSinceMs(): number | undefined {
    return this.#occupiedSinceMs;
  }

  get isAtRest(): boolean {
    return this.road.isEmpty && this.module.arm.height === 0;
  }

  #seen() {
    const { laneId, push, time } = this.#o;
    return { placeId: laneId, push, nowMs: time.nowMs };
  }

  #tick(): void {
    const { time, laneId, onArm } = this.#o;
    this.module.tick(time.nowMs);
    this.road.tick(time.nowMs);
    for (const event of this.module.arm.events.splice(0)) onArm(laneId, event);
    const isIdle = this.isAtRest && this.module.arm.motion === 'rest';
    time.after(isIdle ? idleTickMs : tickMs, () => this.#tick());
  }

  #setLoop(point: Point, occupied: boolean): void {
    const { nowMs } = this.#o.time;
    if (this.#occupied.get(point) === occupied) return;
    this.#occupied.set(point, occupied);
    const isAgainst = this.road.travels !== this.#o.builtFor;
    this.module.setInput(isAgainst ? mirrored[point] : point, occupied, nowMs);
    const isUnderArm = underArm.some((each) => this.#occupied.get(each));
    if (!isUnderArm) this.#occupiedSinceMs = undefined;
    else this.#occupiedSinceMs ??= nowMs;
  }
}
