/** What a gate is made of. */
import type { LaneContext } from '../core/lane/lane-types.ts';
import type { Clock } from '../ports/clock.ts';
import type { GatePlatform } from '../ports/gate-platform.ts';
import type { Ids } from '../ports/ids.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { PictureShelf, PictureStore } from '../ports/pictures.ts';
import type { RecordedAct } from '../ports/recording.ts';
import type { FollowedFacts, ReleaseFacts } from '../ports/release-facts.ts';
import type { Timers } from '../ports/timers.ts';
import type { Uplink, UplinkMessage } from '../ports/uplink.ts';
import type { DevicePorts, RunningDevice, StartFailureRule } from './device.ts';
import type { StationPlan } from './stations.ts';

export type GateLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  detail: Readonly<Record<string, unknown>>,
) => void;

export interface DevicePlan {
  readonly deviceId: string;
  /** Its lane, or the station that it belongs to. */
  readonly laneId: string;
  readonly onStartFailure: StartFailureRule;
  /** Makes the device; its observations and its log go to the ports it is given. */
  make(ports: DevicePorts): RunningDevice;
}

export interface GateOptions {
  readonly siteId: string;
  readonly gateId: string;
  readonly version: string;
  /** One context a lane, in the order of the configuration. */
  readonly lanes: readonly LaneContext[];
  /** Places ahead of the lanes where vehicles are read or weighed. */
  readonly stations?: readonly StationPlan[];
  readonly devices: readonly DevicePlan[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timers: Timers;
  readonly random: () => number;
  readonly ledger: Ledger;
  readonly facts: ReleaseFacts;
  /** What the yard follows of the feed; absent where there is no feed but that of decisions. */
  readonly followed?: FollowedFacts;
  readonly uplink: Uplink;
  /** A command of the centre has come; absent where nobody may command this gate. */
  readonly onCommand?: (message: UplinkMessage) => void;
  /** Absent where no lane is linked to the customs gate platform. */
  readonly platform?: GatePlatform;
  /** Absent where no pictures are kept. */
  readonly pictures?: PictureStore;
  /** What is known of pictures of before the start. */
  readonly shelf?: Pick<PictureShelf, 'ofPassage'>;
  /** A person does something about a vehicle, or orders something of a lane. */
  readonly acted?: (act: RecordedAct) => void;
  /** Days that bodies of entries are kept; for good where absent. */
  readonly journalDays?: number;
  readonly log: GateLog;
}

/** A key of the centre that may command this gate cannot be read. */
export class CommandKeyUnusable extends Error {}

/** A device whose rule is `exit` was absent at start. */
export class DeviceAbsent extends Error {
  readonly deviceId: string;

  constructor(deviceId: string, reason: string) {
    super(`device ${deviceId} is absent: ${reason}`);
    this.name = 'DeviceAbsent';
    this.deviceId = deviceId;
  }
}
