/** Drives one truck through a lane: what its loops, its arm and its cameras tell, in their order. */
import type { Observation } from '../../core/observation.ts';
import type { PilotClock } from './pilot-clock.ts';
import type { PilotGate, PilotLane, PilotLaneId } from './pilot-gate.ts';

/** What the cameras of a lane read of a truck; a member that is absent was not read. */
export interface Readable {
  readonly plate?: string;
  readonly trailer?: string;
  readonly containers?: readonly string[];
}

export class PilotRoad {
  readonly #gate: PilotGate;
  readonly #clock: PilotClock;

  constructor(gate: PilotGate, clock: PilotClock) {
    this.#gate = gate;
    this.#clock = clock;
  }

  /** It stops, is judged, and drives out where the arm is opened for it. Whether it was. */
  pass(laneId: PilotLaneId, truck: Readable): boolean {
    const lane = this.#arrive(laneId, truck);
    const isOpened = lane.takeOrder();
    if (isOpened) this.#driveOut(lane);
    else this.#backOut(lane);
    return isOpened;
  }

  /** The system does not know it, and a person lets it out by hand at the barrier. */
  passByHand(laneId: PilotLaneId, truck: Readable): void {
    const lane = this.#arrive(laneId, truck);
    this.#clock.pass(4_000);
    if (lane.takeOrder()) throw new Error('the arm was opened for who cannot be known');
    this.#driveOut(lane);
  }

  /** The arm stands up by nobody's right, and it drives out below without a stop. */
  driveUnderHeldArm(laneId: PilotLaneId): void {
    const lane = this.#gate.lane(laneId);
    lane.tell({ kind: 'barrierPosition', position: 'open' });
    this.#clock.pass(30_000);
    this.#cross(lane);
    this.#clock.pass(30_000);
    this.#close(lane);
  }

  /** Close behind another, under the arm that was opened for him. */
  tailgate(laneId: PilotLaneId, first: Readable): boolean {
    const lane = this.#arrive(laneId, first);
    if (!lane.takeOrder()) {
      this.#backOut(lane);
      return false;
    }
    lane.tell({ kind: 'barrierPosition', position: 'open' });
    this.#exit(lane);
    this.#clock.pass(1_000);
    this.#cross(lane);
    this.#close(lane);
    return true;
  }

  #arrive(laneId: PilotLaneId, { plate, trailer, containers }: Readable): PilotLane {
    const lane = this.#gate.lane(laneId);
    lane.takeOrder();
    lane.tell(point('approach', 'occupied'));
    lane.tell(point('presence', 'occupied'));
    const read = { kind: 'plateRead', confidence: 0.98, replayed: false } as const;
    // The boxes last: with them the evidence is complete.
    if (plate !== undefined) lane.tell({ ...read, view: 'front', raw: plate });
    if (trailer !== undefined) lane.tell({ ...read, view: 'rear', raw: trailer });
    if (containers !== undefined) {
      lane.tell({
        kind: 'containerNumberRead',
        replayed: false,
        containers: containers.map((raw) => ({ position: 'single', raw, confidence: 0.97 })),
      });
    }
    return lane;
  }

  #driveOut(lane: PilotLane): void {
    lane.tell({ kind: 'barrierPosition', position: 'open' });
    this.#exit(lane);
    this.#close(lane);
  }

  #cross(lane: PilotLane): void {
    lane.tell(point('approach', 'occupied'));
    lane.tell(point('presence', 'occupied'));
    this.#exit(lane);
  }

  #exit(lane: PilotLane): void {
    lane.tell(point('exit', 'occupied'));
    lane.tell(point('approach', 'clear'));
    lane.tell(point('presence', 'clear'));
    this.#clock.pass(2_000);
    lane.tell(point('exit', 'clear'));
    this.#clock.pass(500);
  }

  #backOut(lane: PilotLane): void {
    lane.tell(point('presence', 'clear'));
    lane.tell(point('approach', 'clear'));
    this.#clock.pass(1_000);
  }

  #close(lane: PilotLane): void {
    lane.tell({ kind: 'barrierPosition', position: 'closed' });
    this.#clock.pass(1_000);
  }
}

function point(name: 'approach' | 'presence' | 'exit', state: 'occupied' | 'clear'): Observation {
  return { kind: 'inputChange', point: name, state };
}
