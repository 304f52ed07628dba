/**
 * The lane as it is built: loops, curtain, arm, platform, and one truck at a time that drives by the light
 * and the arm as a driver would. Pure machine on its own clock; what devices it moves is handed in.
 */
import type { PlannedPassage } from './traffic.ts';

/** What the truck's place does to the devices around it. */
export interface LaneHardware {
  setLoop(point: 'approach' | 'presence' | 'exit' | 'curtain', occupied: boolean): void;
  armPosition(): 'closed' | 'open' | 'between';
  lightIsGreen(): boolean;
  /** Kilograms on the platform; undefined where the indicator has fallen silent. */
  setWeightKg(weightKg: number | undefined): void;
  setTagsInField(tags: readonly string[]): void;
  /** The driver holds his card to the reader beside the arm; absent where there is none. */
  showCard?(card: string | undefined): void;
  pushPlate(passage: PlannedPassage): void;
  pushContainers(passage: PlannedPassage): void;
}

/** Metres along the lane, from where a vehicle first touches the approach loop. */
export const places = {
  approach: [0, 2],
  presence: [9, 11.5],
  curtain: [13.8, 14.2],
  exit: [16, 18],
} as const;
export const stopLineM = 12;
export const truckLengthM = 16.5;
export const behindLaneM = 19;
export const tagFieldM = [5, 13] as const;

export interface DrivingManner {
  readonly speedMPerS: number;
  /** How long a driver waits before a red light until he is turned back, ms. */
  readonly patienceMs: number;
}

const calm: DrivingManner = { speedMPerS: 8, patienceMs: 6_000 };
const plateAfterMs = 200;
const containersAfterMs = 350;
const settlingMs = 500;

type Phase = 'entering' | 'waiting' | 'leaving' | 'reversing';

export type Departure = 'crossed' | 'turnedBack';

interface Visitor {
  readonly passage: PlannedPassage;
  readonly gone: (departure: Departure) => void;
  noseM: number;
  phase: Phase;
  stoppedAtMs: number;
  platePushed: boolean;
  containersPushed: boolean;
}

export class LaneWorld {
  readonly #hardware: LaneHardware;
  readonly #manner: DrivingManner;
  #visitor: Visitor | undefined;
  #lastMs: number | undefined;

  constructor(hardware: LaneHardware, manner: Partial<DrivingManner> = {}) {
    this.#hardware = hardware;
    this.#manner = { ...calm, ...manner };
  }

  /** The arm is down and nobody is in the lane: the next truck may drive up. */
  get isFree(): boolean {
    return this.#visitor === undefined && this.#hardware.armPosition() === 'closed';
  }

  send(passage: PlannedPassage): Promise<Departure> {
    return new Promise((gone) => {
      this.#visitor = {
        passage,
        gone,
        noseM: -5,
        phase: 'entering',
        stoppedAtMs: 0,
        platePushed: false,
        containersPushed: false,
      };
    });
  }

  tick(nowMs: number): void {
    const elapsedMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    const visitor = this.#visitor;
    if (!visitor) return;
    this.#drive(visitor, nowMs, elapsedMs);
    this.#touch(visitor, nowMs);
    const crossed = visitor.noseM - truckLengthM > behindLaneM;
    if (!crossed && visitor.noseM > -6) return;
    this.#visitor = undefined;
    visitor.gone(crossed ? 'crossed' : 'turnedBack');
  }

  #drive(visitor: Visitor, nowMs: number, elapsedMs: number): void {
    const stepM = (this.#manner.speedMPerS * elapsedMs) / 1_000;
    switch (visitor.phase) {
      case 'entering':
        visitor.noseM = Math.min(visitor.noseM + stepM, stopLineM);
        if (visitor.noseM === stopLineM) {
          visitor.phase = 'waiting';
          visitor.stoppedAtMs = nowMs;
        }
        return;
      case 'waiting':
        this.#wait(visitor, nowMs);
        return;
      case 'leaving':
        visitor.noseM += stepM;
        return;
      case 'reversing':
        visitor.noseM -= stepM;
    }
  }

  #wait(visitor: Visitor, nowMs: number): void {
    const waitedMs = nowMs - visitor.stoppedAtMs;
    if (!visitor.platePushed && waitedMs >= plateAfterMs) {
      visitor.platePushed = true;
      this.#hardware.pushPlate(visitor.passage);
    }
    if (!visitor.containersPushed && waitedMs >= containersAfterMs) {
      visitor.containersPushed = true;
      this.#hardware.pushContainers(visitor.passage);
    }
    if (this.#hardware.armPosition() === 'open' && this.#hardware.lightIsGreen()) {
      visitor.phase = 'leaving';
    } else if (waitedMs > this.#manner.patienceMs && this.#hardware.armPosition() === 'closed') {
      visitor.phase = 'reversing';
    }
  }

  #touch(visitor: Visitor, nowMs: number): void {
    const tailM = visitor.noseM - truckLengthM;
    const covers = ([from, to]: readonly [number, number]) => visitor.noseM >= from && tailM <= to;
    for (const point of ['approach', 'presence', 'curtain', 'exit'] as const) {
      this.#hardware.setLoop(point, covers(places[point]));
    }
    const inField = visitor.noseM >= tagFieldM[0] && tailM <= tagFieldM[1];
    this.#hardware.setTagsInField(inField ? [visitor.passage.tagInCab] : []);
    this.#hardware.showCard?.(visitor.phase === 'waiting' ? visitor.passage.card : undefined);
    this.#hardware.setWeightKg(this.#weightKg(visitor, nowMs));
  }

  /** Axles roll on and off; at rest the display swings once before it stands. */
  #weightKg(visitor: Visitor, nowMs: number): number | undefined {
    const { passage, phase, noseM } = visitor;
    if (passage.weightMissing) return undefined;
    const restKg = passage.truck.tareKg + passage.cargoKg;
    if (phase === 'waiting') {
      const restMs = nowMs - visitor.stoppedAtMs;
      return restMs < settlingMs ? restKg + (restMs % 200 < 100 ? 60 : -40) : restKg;
    }
    const share = Math.max(0, Math.min(1, 1 - Math.abs(noseM - stopLineM) / truckLengthM));
    return Math.round((restKg * share) / 20) * 20;
  }
}
