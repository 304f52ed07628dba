/**
 * One configured device: its transport is opened, kept and opened anew by one rule for all drivers, its
 * session is fed, and its health is the age of its last good message. An error inside a session costs that
 * session and nothing else.
 */
import type { DeviceId } from '../core/identity.ts';
import type { DeviceHealth, LatePictureReference, Observation } from '../core/observation.ts';
import type { Instant } from '../core/time.ts';
import type {
  DeviceOrder,
  DisplayNotice,
  FrameFault,
  Picture,
  SessionOptions,
  SessionOutput,
  ShapedManifest,
} from '../driver-kit/contract.ts';
import type { Clock } from '../ports/clock.ts';
import type { PictureOrigin, TakenPictures } from '../ports/pictures.ts';
import type { Timers } from '../ports/timers.ts';
import { BackOff } from './back-off.ts';

/** `expired`, `withdrawn`: nothing of it was written, because it was too late or had been taken back. */
export type OrderResult = 'accepted' | 'expired' | 'failed' | 'withdrawn';

/** What a device must do when it is absent at start. */
export type StartFailureRule = 'retry' | 'disable-lane' | 'exit';

export interface DevicePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  observe(deviceId: DeviceId, receivedAt: Instant, observation: Observation): void;
  /** Hashes pictures and hands them on to be stored; absent where none are kept, and then none is fetched. */
  keepPictures?(origin: PictureOrigin, pictures: readonly Picture[]): TakenPictures;
  /** A picture has come after its reading, and is being stored. */
  pictured?(late: LatePictureReference): void;
  log(
    level: 'info' | 'warn' | 'error',
    message: string,
    detail: Readonly<Record<string, unknown>>,
  ): void;
}

export interface DeviceSettings extends SessionOptions {
  readonly deviceId: DeviceId;
  readonly laneId: string;
  readonly manifest: ShapedManifest;
}

/** How a device stands, for the panel. */
export interface DeviceStanding {
  readonly deviceId: string;
  readonly laneId: string;
  readonly kind: string;
  readonly driver: string;
  readonly experimental: boolean;
  readonly state: DeviceHealth['state'];
  readonly fault?: string;
  /** Milliseconds since its last good message; absent while none came. */
  readonly lastGoodAgeMs?: number;
  readonly goodMessages: number;
  readonly droppedBytes: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly openings: number;
  /** Figures of the device itself, by the names its profile gives them. */
  readonly values: Readonly<Record<string, number>>;
}

const healthEveryMs = 250;
/** A device that says the same again and again must not fill the log. */
const faultLogEveryMs = 10_000;

export class DeviceHeart {
  readonly settings: DeviceSettings;
  readonly ports: DevicePorts;
  readonly #backOff: BackOff;
  readonly #faults: Record<string, number> = {};
  /** When a fault's detail was last logged, by its code. */
  readonly #loggedMs: Record<string, number> = {};
  #state: DeviceHealth['state'] = 'down';
  #fault: string | undefined = 'not-heard';
  #lastGood: Instant | undefined;
  #good = 0;
  #dropped = 0;
  #openings = 0;
  #values: Readonly<Record<string, number>> = {};
  #stopped = false;

  constructor(settings: DeviceSettings, ports: DevicePorts) {
    this.settings = settings;
    this.ports = ports;
    this.#backOff = new BackOff({ firstMs: 500, lastMs: 5_000, random: ports.random });
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  timerId(what: string): string {
    return `device/${this.settings.deviceId}/${what}`;
  }

  start(): void {
    this.#watch();
  }

  stop(): void {
    this.#stopped = true;
    for (const what of ['health', 'retry', 'tick']) this.ports.timers.cancel(this.timerId(what));
  }

  opened(): void {
    this.#openings += 1;
  }

  /** The transport failed or was lost; `again` opens it anew after a jittered delay, never before `notBeforeMs`. */
  failed(code: string, detail: string, again: () => void, notBeforeMs = 0): void {
    if (this.#stopped) return;
    const delayMs = Math.max(this.#backOff.nextMs(), notBeforeMs);
    this.lost(code, detail, delayMs);
    this.ports.timers.start(this.timerId('retry'), delayMs, again);
  }

  /** The device is out of reach; somebody tries again after `retryMs`. */
  lost(code: string, detail: string, retryMs: number): void {
    if (this.#stopped) return;
    this.count(code);
    // A device that stays away is told once, not at every try; its counters go on.
    if (this.#state !== 'down' || this.#fault !== code) {
      this.ports.log('warn', 'device lost', {
        deviceId: this.settings.deviceId,
        code,
        detail,
        retryMs: Math.round(retryMs),
      });
    }
    this.#become('down', code);
  }

  count(code: string): void {
    this.#faults[code] = (this.#faults[code] ?? 0) + 1;
  }

  /** Something about the device that a code of the table names; its detail is logged now and then. */
  faulted(code: string, detail: string): void {
    this.count(code);
    this.#logDetail(code, detail);
  }

  /** Takes what a session answered; `good` says whether the device has proven that it is alive. */
  take(output: SessionOutput, receivedAt: Instant, good: boolean): void {
    for (const fault of output.faults) this.#countFault(fault);
    if (good) this.#alive(receivedAt);
    if (output.values) this.#values = { ...this.#values, ...output.values };
    for (const observation of output.observations) {
      this.ports.observe(this.settings.deviceId, receivedAt, observation);
    }
  }

  #countFault(fault: FrameFault): void {
    this.count(fault.code);
    this.#dropped += fault.droppedBytes;
    if (fault.detail !== undefined) this.#logDetail(fault.code, fault.detail);
  }

  /** What a device says of itself stands nowhere else. */
  #logDetail(code: string, detail: string): void {
    const nowMs = this.ports.clock.now().monotonicMs;
    const sinceMs = nowMs - (this.#loggedMs[code] ?? Number.NEGATIVE_INFINITY);
    if (sinceMs < faultLogEveryMs) return;
    this.#loggedMs[code] = nowMs;
    const { deviceId } = this.settings;
    this.ports.log('warn', 'device fault', { deviceId, code, detail });
  }

  #alive(at: Instant): void {
    this.#good += 1;
    this.#lastGood = at;
    this.#backOff.reset();
    this.#become('up', undefined);
  }

  /** Runs session code: whatever it throws is counted as this device's fault. */
  guarded<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.count('driver-crashed');
      const { deviceId } = this.settings;
      this.ports.log('error', 'a driver failed', {
        deviceId,
        error: error instanceof Error ? error.stack : String(error),
      });
      return undefined;
    }
  }

  #watch(): void {
    if (this.#stopped) return;
    const staleMs = this.settings.manifest.staleAfterMs(this.settings);
    const age = this.#ageMs();
    if (staleMs > 0 && this.#state === 'up' && age !== undefined && age > staleMs)
      this.#become('silent', 'device-silent');
    this.ports.timers.start(this.timerId('health'), healthEveryMs, () => this.#watch());
  }

  #become(state: DeviceHealth['state'], fault: string | undefined): void {
    if (this.#state === state && this.#fault === fault) return;
    this.#state = state;
    this.#fault = fault;
    this.ports.observe(this.settings.deviceId, this.ports.clock.now(), {
      kind: 'deviceHealth',
      state,
      ...(fault !== undefined && { fault }),
    });
  }

  #ageMs(): number | undefined {
    return this.#lastGood && this.ports.clock.now().monotonicMs - this.#lastGood.monotonicMs;
  }

  standing(): DeviceStanding {
    const { deviceId, laneId, manifest, profile } = this.settings;
    const age = this.#ageMs();
    return {
      deviceId,
      laneId,
      kind: manifest.kind,
      driver: manifest.name,
      experimental: profile.experimental,
      state: this.#state,
      ...(this.#fault !== undefined && { fault: this.#fault }),
      ...(age !== undefined && { lastGoodAgeMs: Math.round(age) }),
      goodMessages: this.#good,
      droppedBytes: this.#dropped,
      faults: { ...this.#faults },
      openings: this.#openings,
      values: this.#values,
    };
  }
}

/** A running device of any shape. */
export interface RunningDevice {
  readonly heart: DeviceHeart;
  /** First opening: rejects with the reason where the device is absent. */
  start(): Promise<void>;
  /** `withdrawn`: from its abort on nothing more of the order is written but what releases its contacts. */
  order(
    order: DeviceOrder,
    notAfterMonotonicMs: number,
    withdrawn?: AbortSignal,
  ): Promise<OrderResult>;
  /** Of a display: shown as soon as it can be, and dropped when a newer one comes before. */
  show?(notice: DisplayNotice): void;
  /** Resolves when whatever the device must be left with has been written. */
  stop(): void | Promise<void>;
}
