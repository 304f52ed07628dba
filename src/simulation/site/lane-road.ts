/**
 * A lane with several vehicles in it: who stands where, what that does to loops, curtain, platform and readers, and
 * how each driver behaves. It is the truth that everything else is measured by; it knows nothing of the daemon.
 */
import { behindLaneM, places, stopLineM, tagFieldM, truckLengthM } from '../lane-world.ts';
import type { PlannedPassage } from '../traffic.ts';

export type Manner =
  | 'orderly'
  /** Drives up close behind the one before, and stops at the line. */
  | 'close'
  /** Drives on behind the one before while the arm is up, whatever the light says. */
  | 'tailgates'
  /** Backs out once the arm has begun to rise, or while it waits. */
  | 'backsOut';

export interface Visitor {
  readonly passage: PlannedPassage;
  readonly manner: Manner;
  /** Plate, containers or weight that no device tells of. */
  readonly missing: readonly ('plate' | 'containers' | 'tag')[];
  /** Tags that the reader hears although they are in the neighbouring lane. */
  readonly strayTags: readonly string[];
  /** Metres to the tail of the one before. */
  readonly gapM: number;
}

export interface RoadHardware {
  setLoop(point: Point, occupied: boolean): void;
  /** Share of the way up, 0 to 1. */
  armHeight(): number;
  lightIsGreen(): boolean;
  setWeightKg(weightKg: number | undefined): void;
  setTagsInField(tags: readonly string[]): void;
  pushPlate(visitor: Visitor): void;
  pushContainers(visitor: Visitor): void;
}

export type Departure = 'crossed' | 'turnedBack';

export interface RoadEvents {
  /** Its front has cut the exit line. `behindM`: to the tail of the one before; undefined where there is none. */
  crossed(visitor: Visitor, behindM: number | undefined): void;
  gone(visitor: Visitor, departure: Departure): void;
}

export type Point = 'approach' | 'presence' | 'exit' | 'curtain';
const points = ['approach', 'presence', 'curtain', 'exit'] as const;

type Phase = 'entering' | 'waiting' | 'leaving' | 'reversing';

interface Driven {
  readonly visitor: Visitor;
  readonly gone?: (departure: Departure) => void;
  /** Came behind another. */
  readonly follows: boolean;
  noseM: number;
  phase: Phase;
  stoppedAtMs: number;
  platePushed: boolean;
  containersPushed: boolean;
  crossed: boolean;
}

const beforeLaneM = -6;
const patienceMs = 5_500;
const plateAfterMs = 200;
const containersAfterMs = 350;
const settlingMs = 500;
const armAtM = 13.4;

export class LaneRoad {
  readonly #hardware: RoadHardware;
  readonly #events: RoadEvents;
  readonly #speedMPerS: number;
  /** Who stood at the arm last, and may have left. */
  lastAtPresence: Visitor | undefined;
  #travels: 'in' | 'out' | undefined;
  /** Foremost first. */
  #vehicles: Driven[] = [];
  #lastMs = 0;

  constructor(hardware: RoadHardware, events: RoadEvents, speedMPerS = 6) {
    this.#hardware = hardware;
    this.#events = events;
    this.#speedMPerS = speedMPerS;
  }

  get isEmpty(): boolean {
    return this.#vehicles.length === 0;
  }

  /** Which way those in it drive, or who was there last; undefined before the first. */
  get travels(): 'in' | 'out' | undefined {
    return this.#travels;
  }

  /** Who covers the presence loop, foremost first. */
  atPresence(): readonly Visitor[] {
    return this.#vehicles.filter((each) => covers(each, places.presence)).map((v) => v.visitor);
  }

  isOccupied(point: Point): boolean {
    return this.#vehicles.some((vehicle) => covers(vehicle, places[point]));
  }

  send(visitor: Visitor, gone?: (departure: Departure) => void): void {
    const ahead = this.#vehicles.at(-1);
    this.#travels = visitor.passage.direction;
    const noseM = ahead ? Math.min(-5, ahead.noseM - truckLengthM - visitor.gapM) : -5;
    this.#vehicles.push({
      visitor,
      ...(gone && { gone }),
      follows: ahead !== undefined,
      noseM,
      phase: 'entering',
      stoppedAtMs: 0,
      platePushed: false,
      containersPushed: false,
      crossed: false,
    });
  }

  tick(nowMs: number): void {
    const elapsedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (this.isEmpty) return;
    const stepM = (this.#speedMPerS * elapsedMs) / 1_000;
    this.#vehicles.forEach((vehicle, index) => {
      this.#drive(vehicle, this.#vehicles[index - 1], { nowMs, stepM });
    });
    this.#vehicles.forEach((vehicle, index) => {
      this.#noteCrossing(vehicle, this.#vehicles[index - 1]);
    });
    this.#touch(nowMs);
    this.#letGo();
  }

  #drive(
    vehicle: Driven,
    ahead: Driven | undefined,
    { nowMs, stepM }: { nowMs: number; stepM: number },
  ): void {
    const { visitor } = vehicle;
    const limitM = ahead ? ahead.noseM - truckLengthM - visitor.gapM : Number.POSITIVE_INFINITY;
    switch (vehicle.phase) {
      case 'entering': {
        if (ahead?.phase === 'reversing' && vehicle.noseM > beforeLaneM) {
          vehicle.phase = 'reversing';
          return;
        }
        const tailgates = visitor.manner === 'tailgates' && vehicle.follows;
        const stopM = tailgates ? armAtM - 0.4 : stopLineM;
        const mayPass = tailgates && this.#hardware.armHeight() > 0.6;
        const towardsM = Math.min(vehicle.noseM + stepM, Math.max(limitM, vehicle.noseM));
        vehicle.noseM = mayPass ? towardsM : Math.min(towardsM, Math.max(stopM, vehicle.noseM));
        this.#push(vehicle, vehicle.noseM >= 10 ? Number.POSITIVE_INFINITY : 0);
        if (vehicle.noseM > armAtM) vehicle.phase = 'leaving';
        else if (vehicle.noseM >= stopM && !mayPass) {
          vehicle.phase = 'waiting';
          vehicle.stoppedAtMs = nowMs;
        }
        return;
      }
      case 'waiting':
        this.#wait(vehicle, nowMs);
        return;
      case 'leaving':
        vehicle.noseM = Math.max(vehicle.noseM, Math.min(vehicle.noseM + stepM, limitM));
        return;
      case 'reversing':
        vehicle.noseM -= stepM;
    }
  }

  #wait(vehicle: Driven, nowMs: number): void {
    const waitedMs = nowMs - vehicle.stoppedAtMs;
    const height = this.#hardware.armHeight();
    this.#push(vehicle, waitedMs);
    const { manner } = vehicle.visitor;
    if (manner === 'backsOut' && (height > 0.3 || waitedMs > patienceMs / 2)) {
      vehicle.phase = 'reversing';
    } else if (height > 0.95 && this.#hardware.lightIsGreen()) {
      vehicle.phase = 'leaving';
    } else if (waitedMs > patienceMs * (height === 0 ? 1 : 3)) {
      vehicle.phase = 'reversing';
    }
  }

  #push(vehicle: Driven, waitedMs: number): void {
    const { visitor } = vehicle;
    if (!vehicle.platePushed && waitedMs >= plateAfterMs) {
      vehicle.platePushed = true;
      if (!visitor.missing.includes('plate')) this.#hardware.pushPlate(visitor);
    }
    if (!vehicle.containersPushed && waitedMs >= containersAfterMs) {
      vehicle.containersPushed = true;
      if (!visitor.missing.includes('containers')) this.#hardware.pushContainers(visitor);
    }
  }

  #noteCrossing(vehicle: Driven, ahead: Driven | undefined): void {
    if (vehicle.crossed || vehicle.noseM < places.exit[0]) return;
    vehicle.crossed = true;
    const behindM = ahead && ahead.noseM - truckLengthM - vehicle.noseM;
    this.#events.crossed(vehicle.visitor, behindM);
  }

  #touch(nowMs: number): void {
    for (const point of points) this.#hardware.setLoop(point, this.isOccupied(point));
    this.lastAtPresence = this.atPresence()[0] ?? this.lastAtPresence;
    const tags = this.#vehicles
      .filter(({ noseM }) => noseM >= tagFieldM[0] && noseM - truckLengthM <= tagFieldM[1])
      .flatMap(({ visitor }) => [
        ...(visitor.missing.includes('tag') ? [] : [visitor.passage.tagInCab]),
        ...visitor.strayTags,
      ]);
    this.#hardware.setTagsInField(tags);
    this.#hardware.setWeightKg(this.#weightKg(nowMs));
  }

  /** Axles roll on and off; at rest the display swings once before it stands. */
  #weightKg(nowMs: number): number | undefined {
    if (this.#vehicles.some(({ visitor }) => visitor.passage.weightMissing)) return undefined;
    let sumKg = 0;
    for (const { visitor, phase, noseM, stoppedAtMs } of this.#vehicles) {
      const { passage } = visitor;
      const restKg = passage.truck.tareKg + passage.cargoKg;
      const share = Math.max(0, Math.min(1, 1 - Math.abs(noseM - stopLineM) / truckLengthM));
      const swingKg = nowMs - stoppedAtMs < settlingMs ? (nowMs % 200 < 100 ? 60 : -40) : 0;
      sumKg += phase === 'waiting' ? restKg + swingKg : Math.round((restKg * share) / 20) * 20;
    }
    return sumKg;
  }

  #letGo(): void {
    const leaving = this.#vehicles.filter(
      ({ noseM, phase }) =>
        noseM - truckLengthM > behindLaneM || (phase === 'reversing' && noseM < beforeLaneM),
    );
    if (leaving.length === 0) return;
    this.#vehicles = this.#vehicles.filter((vehicle) => !leaving.includes(vehicle));
    if (this.isEmpty) {
      for (const point of points) this.#hardware.setLoop(point, false);
      this.#hardware.setTagsInField([]);
      this.#hardware.setWeightKg(0);
    }
    for (const { visitor, noseM, gone } of leaving) {
      const departure = noseM > stopLineM ? 'crossed' : 'turnedBack';
      this.#events.gone(visitor, departure);
      gone?.(departure);
    }
  }
}

function covers({ noseM }: Driven, [from, to]: readonly [number, number]): boolean {
  return noseM >= from && noseM - truckLengthM <= to;
}
