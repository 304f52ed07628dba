/** Of a gate: the stations ahead of its lanes. What they read is kept here until a lane asks for it. */
import {
  type Capture,
  type CaptureLoss,
  emptyStation,
  identityOf,
  readAtStation,
  type StationInput,
  type StationSettings,
  type StationState,
  type StationStep,
  stationDeviceLost,
  stationTick,
  takeCapture,
  type VehicleIdentity,
  weighAtStation,
} from '../core/gate/station.ts';
import type { LaneId, StationId } from '../core/identity.ts';
import type { EventDraft } from '../core/journal/events.ts';
import type { FoundCapture } from '../core/lane/lane-types.ts';
import type { DeviceHealth, ObservedAt } from '../core/observation.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Timers } from '../ports/timers.ts';
import type { LaneRunner } from './lane-runner.ts';

export interface StationPlan {
  readonly settings: StationSettings;
  readonly lanes: readonly LaneId[];
}

interface StationPorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timers: Timers;
  lanes(): readonly LaneRunner[];
  tell(type: EventDraft['type'], data: EventDraft['data'], subject: string): void;
}

export class Stations {
  readonly #plans: ReadonlyMap<string, StationPlan>;
  readonly #states = new Map<string, StationState>();
  readonly #ports: StationPorts;

  constructor(plans: readonly StationPlan[], ports: StationPorts) {
    this.#plans = new Map(plans.map((plan) => [plan.settings.stationId, plan]));
    this.#ports = ports;
  }

  has(id: string): boolean {
    return this.#plans.has(id);
  }

  observe(stationId: string, observed: ObservedAt): void {
    const plan = this.#plans.get(stationId);
    if (!plan) return;
    const { observation } = observed;
    switch (observation.kind) {
      case 'plateRead':
      case 'containerNumberRead':
      case 'tagRead':
        return this.#after(
          plan,
          readAtStation(this.#state(plan), { ...observed, observation }, this.#input(plan)),
        );
      case 'weightReading':
        return this.#after(
          plan,
          weighAtStation(this.#state(plan), { ...observed, observation }, this.#input(plan)),
        );
      case 'deviceHealth':
        return this.#health(plan, { ...observed, observation });
      case 'deviceAlarm': {
        const type = observation.state === 'raised' ? 'alarm.raised.v1' : 'alarm.ended.v1';
        const { code, detail } = observation;
        const { deviceId } = observed;
        const data = { code, deviceId, ...(detail !== undefined && { detail }) };
        return this.#ports.tell(type, { stationId, ...data }, stationId);
      }
      default:
        return;
    }
  }

  /** The captures of a vehicle at these stations; each is handed out once. */
  seek(stations: readonly StationId[], vehicle: VehicleIdentity): readonly FoundCapture[] {
    return stations.flatMap((stationId): readonly FoundCapture[] => {
      const plan = this.#plans.get(stationId);
      if (!plan) return [];
      const ticked = stationTick(this.#state(plan), this.#input(plan));
      const { state, found, lost } = takeCapture(ticked.state, vehicle);
      this.#after(plan, { state, taken: ticked.taken, lost: [...ticked.lost, ...lost] });
      return found ? [{ stationId, ...found }] : [];
    });
  }

  stop(): void {
    for (const id of this.#plans.keys()) this.#ports.timers.cancel(timerOf(id));
  }

  #state({ settings }: StationPlan): StationState {
    return this.#states.get(settings.stationId) ?? emptyStation;
  }

  #input({ settings }: StationPlan): StationInput {
    return { id: this.#ports.ids.next(), now: this.#ports.clock.now(), settings };
  }

  #health(plan: StationPlan, { deviceId, observation }: ObservedAt<DeviceHealth>): void {
    const { stationId } = plan.settings;
    const { state, fault } = observation;
    if (state !== 'up') this.#states.set(stationId, stationDeviceLost(this.#state(plan), deviceId));
    const type = state === 'up' ? 'device.recovered.v1' : 'device.faulted.v1';
    const data = { stationId, state, ...(fault !== undefined && { code: fault }) };
    this.#ports.tell(type, data, deviceId);
  }

  /** A capture that is whole may be of a vehicle that stands in a lane already. */
  #after(plan: StationPlan, step: StationStep): void {
    this.#keep(plan, step);
    if (step.taken.length === 0) return;
    for (const lane of this.#ports.lanes()) {
      if (plan.lanes.includes(lane.id)) lane.captureTaken();
    }
  }

  #keep(plan: StationPlan, { state, taken, lost }: StationStep): void {
    const { stationId, quietMs } = plan.settings;
    this.#states.set(stationId, state);
    for (const capture of taken) {
      this.#ports.tell('capture.taken.v1', { stationId, ...told(capture) }, stationId);
    }
    for (const { capture, because } of lost) this.#lost(stationId, capture, because);
    const isBusy = state.open !== undefined || state.waiting.length > 0;
    if (!isBusy) return this.#ports.timers.cancel(timerOf(stationId));
    this.#ports.timers.start(timerOf(stationId), quietMs, () =>
      this.#after(plan, stationTick(this.#state(plan), this.#input(plan))),
    );
  }

  #lost(stationId: StationId, { captureId }: Capture, because: CaptureLoss): void {
    this.#ports.tell('capture.lost.v1', { stationId, captureId, because }, stationId);
  }
}

const timerOf = (stationId: string) => `station/${stationId}`;

function told(capture: Capture): EventDraft['data'] {
  const { evidence, captureId } = capture;
  const pictures = [...evidence.plates, ...evidence.containers].flatMap(
    ({ deviceId, observation }) =>
      (observation.pictures ?? []).map((picture) => ({ ...picture, deviceId })),
  );
  return {
    captureId,
    ...identityOf(capture),
    containers: evidence.containers.flatMap(({ observation }) =>
      observation.containers.map(({ position, raw }) => ({ position, raw })),
    ),
    ...(capture.wasOnPlatform && { weight: evidence.weighing.outcome }),
    ...(pictures.length > 0 && { pictures }),
  };
}
