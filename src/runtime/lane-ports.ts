/** What a running lane needs of what is around it. */
import type { PlatformAsked, PlatformQuestion } from '../core/customs-platform/exchange.ts';
import type { VehicleIdentity } from '../core/gate/station.ts';
import type { CommandId, StationId } from '../core/identity.ts';
import type { DriverNotice, FoundCapture, LaneState } from '../core/lane/lane-types.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { CommitResult } from '../ports/ledger.ts';
import type { RecordedAct } from '../ports/recording.ts';
import type { ReleaseFacts } from '../ports/release-facts.ts';
import type { Timers } from '../ports/timers.ts';
import type { OrderResult } from './device.ts';

export interface LaneOrder {
  readonly kind: 'barrierOpen' | 'barrierClose';
  readonly purpose: 'decision' | 'safetyRaise' | 'close' | 'act';
  readonly commandId: CommandId;
  readonly notAfterMonotonicMs: number;
  readonly withdrawn: AbortSignal;
}

export type LaneLog = (
  level: 'warn' | 'error',
  message: string,
  detail: Readonly<Record<string, unknown>>,
) => void;

export interface LaneRunnerPorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timers: Timers;
  readonly facts: Pick<ReleaseFacts, 'gather'>;
  readonly ledger: { commit(change: LedgerChange): CommitResult };
  /** Stations ahead of the lane; absent where there is none. */
  readonly stations?: {
    seek(stations: readonly StationId[], vehicle: VehicleIdentity): readonly FoundCapture[];
  };
  /** Asks the customs gate platform, with a number that is written; absent where no lane is linked to one. */
  readonly platform?: { ask(question: PlatformQuestion): PlatformAsked };
  /** Starts the write at once; resolves with what became of it. */
  order(order: LaneOrder): Promise<OrderResult>;
  light(colour: 'red' | 'green'): void;
  /** Returns at once and is never waited for; absent where there is no display. */
  notice?(notice: DriverNotice): void;
  /** After every input, with the state as it then is. */
  onStep(state: LaneState): void;
  /** Entries were committed. */
  onCommitted(): void;
  /** A person has acted; told before anything comes of it. */
  acted?(act: RecordedAct): void;
  readonly log: LaneLog;
}
