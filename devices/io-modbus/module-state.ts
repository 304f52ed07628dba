/**
 * Whether the module obeys: its watchdog, its safe state, and the alarms that stand. Leaving the safe state is
 * never decided here; it is a person's order.
 */
import type {
  Beat,
  DeviceAlarm,
  ExchangeMishap,
  ModbusProfile,
  ModbusWrite,
} from 'kakou/driver-kit';
import { holds, type Reading } from './codec.ts';

type Watchdog = NonNullable<ModbusProfile['watchdog']>;
type Alarm = Pick<DeviceAlarm, 'code' | 'detail'>;

export class ModuleState {
  readonly beats: readonly Beat[];
  readonly #watchdog: Watchdog | undefined;
  readonly #standing = new Set<string>();
  #safe: boolean | undefined;
  #running: boolean | undefined;

  constructor(watchdog: Watchdog | undefined) {
    this.#watchdog = watchdog;
    this.beats = beatsOf(watchdog);
  }

  /** The module is known to be in its safe state: it does not obey. */
  get isSafe(): boolean {
    return this.#safe === true;
  }

  /** The watchdog would end what we began. Where the module tells it, it must have told it. */
  get watches(): boolean {
    return this.#watchdog !== undefined && (!this.#watchdog.running || this.#running === true);
  }

  forget(): void {
    this.#safe = undefined;
    this.#running = undefined;
  }

  read(reading: Reading): readonly DeviceAlarm[] {
    const watchdog = this.#watchdog;
    if (!watchdog) return [];
    // A module that answers with an exception while it is in its safe state is out of it when it answers well.
    const isSafe = watchdog.safe ? holds(watchdog.safe, reading) : false;
    const isRunning = watchdog.running && holds(watchdog.running, reading);
    this.#safe = isSafe ?? this.#safe;
    this.#running = isRunning ?? this.#running;
    return this.#alarms();
  }

  failed(pollId: string, { failure, exceptionCode }: ExchangeMishap): readonly DeviceAlarm[] {
    const watchdog = this.#watchdog;
    if (failure === 'exception' && watchdog?.safeException === exceptionCode) {
      if (exceptionCode !== undefined) this.#safe = true;
    } else {
      if (failure !== 'exception' || watchdog?.safe?.poll === pollId) this.#safe = undefined;
      if (failure !== 'exception' || watchdog?.running?.poll === pollId) this.#running = undefined;
    }
    return this.#alarms();
  }

  #alarms(): readonly DeviceAlarm[] {
    const safe = this.#safe === undefined ? [] : this.alarm(safeState, this.#safe);
    const idle =
      this.#running === undefined
        ? []
        : this.alarm({ code: 'watchdog-not-running' }, !this.#running);
    return [...safe, ...idle];
  }

  mismatch(relay: string, stands: boolean): readonly DeviceAlarm[] {
    return this.alarm({ code: 'output-mismatch', detail: relay }, stands);
  }

  /** Told once when it begins and once when it is over. */
  alarm({ code, detail }: Alarm, stands: boolean): readonly DeviceAlarm[] {
    const key = `${code} ${detail ?? ''}`;
    if (this.#standing.has(key) === stands) return [];
    if (stands) this.#standing.add(key);
    else this.#standing.delete(key);
    const state = stands ? 'raised' : 'over';
    return [{ kind: 'deviceAlarm', code, state, ...(detail !== undefined && { detail }) }];
  }
}

const safeState = { code: 'module-safe-state' };

function beatsOf(watchdog: Watchdog | undefined): readonly Beat[] {
  const beat = watchdog?.beat;
  if (!beat) return [];
  let count = 0;
  return [
    {
      id: 'watchdog',
      everyMs: beat.everyMs,
      next(): ModbusWrite | undefined {
        const value = beat.values[count % beat.values.length];
        count += 1;
        return value === undefined
          ? undefined
          : { function: beat.function, address: beat.address, value };
      },
    },
  ];
}
