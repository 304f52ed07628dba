/**
 * The watchdog of an emulated module. The Moxa and the ADAM count every request as a sign of life; the WAGO
 * counts the function codes of its mask and changes of its trigger register, and once it has expired answers
 * everything but the registers that stop it with exception 4 (WAGO 750, MODBUS functions, 6.5.1.1).
 */
import type { EmulatedModule } from './module-maps.ts';

const slaveDeviceFailure = 4;
const register = {
  time: 0x1000,
  mask: 0x1001,
  trigger: 0x1003,
  state: 0x1006,
  simpleStop: 0x1008,
} as const;

export class ModuleWatchdog {
  readonly #module: EmulatedModule;
  #timeoutMs: number;
  #mask = 0;
  #trigger = 0;
  #running: boolean;
  #expired = false;
  #fedMs: number;

  /** `timeoutMs` as set on the module; undefined: off, as delivered. */
  constructor(module: EmulatedModule, timeoutMs: number | undefined, nowMs: number) {
    this.#module = module;
    this.#timeoutMs = timeoutMs ?? 0;
    this.#running = timeoutMs !== undefined && module !== 'wago750';
    this.#fedMs = nowMs;
  }

  get isExpired(): boolean {
    return this.#expired;
  }

  get isRunning(): boolean {
    return this.#running && !this.#expired;
  }

  /** True in the moment in which it expires. */
  tick(nowMs: number): boolean {
    const due = this.isRunning && nowMs - this.#fedMs > this.#timeoutMs;
    if (due) this.#expired = true;
    return due;
  }

  /** A request has come. */
  hear(code: number, nowMs: number): void {
    const counts = this.#module !== 'wago750' || ((this.#mask >> (code - 1)) & 1) === 1;
    // The ADAM holds its fail-safe values until the next request; the others until they are cleared.
    if (this.#module === 'adam6050') this.#expired = false;
    if (this.isRunning && counts) this.#fedMs = nowMs;
  }

  /** The exception with which a module in its safe state answers, if it does. */
  refusal(code: number, address: number): number | undefined {
    if (!this.#expired || this.#module !== 'wago750') return undefined;
    return code === 6 && address === register.simpleStop ? undefined : slaveDeviceFailure;
  }

  clear(nowMs: number): void {
    this.#expired = false;
    this.#fedMs = nowMs;
    // The WAGO's is stopped, and starts with the next trigger.
    if (this.#module === 'wago750') this.#running = false;
  }

  /** A word of the register area; undefined where there is none. */
  read(address: number): number | undefined {
    if (this.#module !== 'wago750') return undefined;
    switch (address) {
      case register.time:
        return this.#timeoutMs / 100;
      case register.mask:
        return this.#mask;
      case register.trigger:
        return this.#trigger;
      case register.state:
        return this.#expired ? 2 : this.#running ? 1 : 0;
      default:
        return undefined;
    }
  }

  /** False where the register does not take the value now. */
  write(address: number, value: number, nowMs: number): boolean {
    if (this.#module !== 'wago750') return false;
    const isSetting = address === register.time || address === register.mask;
    if (isSetting && this.#running) return false;
    switch (address) {
      case register.time:
        this.#timeoutMs = value * 100;
        return true;
      case register.mask:
        this.#mask = value;
        return true;
      case register.trigger:
        return this.#pull(value, nowMs);
      case register.simpleStop:
        if (value === 0x55aa || value === 0xaa55) this.clear(nowMs);
        return true;
      default:
        return false;
    }
  }

  #pull(value: number, nowMs: number): boolean {
    if (value === this.#trigger || this.#timeoutMs === 0) return true;
    this.#trigger = value;
    this.#running = value !== 0 || this.#running;
    this.#fedMs = nowMs;
    return true;
  }
}
