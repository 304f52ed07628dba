/**
 * An IO module with a barrier behind it: eight inputs, eight relays, pulses that the module ends itself, and
 * an arm that takes its time, reports its limits, and closes by its own controller only over clear loops.
 */
export interface BarrierTiming {
  readonly departMs: number;
  readonly travelMs: number;
  /** Loops must be clear this long before the controller closes by itself, ms. */
  readonly autoCloseMs: number;
}

export interface CoilWrite {
  readonly address: number;
  readonly value: number;
  readonly atMs: number;
}

/** Channels as the virtual gate is wired. */
export const emulatorWiring = {
  inputs: {
    limitClosed: { channel: 0, active: 'high' },
    limitOpen: { channel: 1, active: 'high' },
    approach: { channel: 2, active: 'high' },
    presence: { channel: 3, active: 'high' },
    exit: { channel: 4, active: 'high' },
    curtain: { channel: 5, active: 'low' },
  },
  outputs: { barrierOpen: 0, barrierClose: 1, lightRed: 2, lightGreen: 3 },
  pulseMs: 500,
} as const;

const flashOnBase = 0x0200;
const relays = 8;

export class IoModule {
  readonly writes: CoilWrite[] = [];
  readonly #timing: BarrierTiming;
  readonly #loops = { approach: false, presence: false, exit: false, curtain: false };
  readonly #coils = Array.from({ length: relays }, () => false);
  readonly #pulseEndsMs = Array.from({ length: relays }, () => Number.POSITIVE_INFINITY);
  /** 0 closed, 1 open. */
  #place = 0;
  #direction: 'up' | 'down' | 'still' = 'still';
  #movesFromMs = 0;
  #clearSinceMs = 0;
  #passed = false;
  #lastMs = 0;
  isStuck = false;

  constructor(timing: BarrierTiming = { departMs: 150, travelMs: 700, autoCloseMs: 600 }) {
    this.#timing = timing;
  }

  setLoop(point: 'approach' | 'presence' | 'exit' | 'curtain', occupied: boolean): void {
    this.#loops[point] = occupied;
  }

  armPosition(): 'closed' | 'open' | 'between' {
    if (this.#place <= 0) return 'closed';
    return this.#place >= 1 ? 'open' : 'between';
  }

  isLit(light: 'red' | 'green'): boolean {
    return (
      this.#coils[
        light === 'red' ? emulatorWiring.outputs.lightRed : emulatorWiring.outputs.lightGreen
      ] ?? false
    );
  }

  /** The eight inputs as a reply to FC2 from 0 holds them. */
  inputs(): readonly boolean[] {
    const { approach, presence, exit, curtain } = this.#loops;
    return [this.#place <= 0, this.#place >= 1, approach, presence, exit, !curtain, false, false];
  }

  coils(): readonly boolean[] {
    return this.#coils;
  }

  /** FC5. Plain levels at 0 to 7; at 0x0200 and up a pulse of `value` tenths of a second. */
  writeCoil(
    address: number,
    value: number,
    nowMs: number,
  ): 'written' | 'illegalAddress' | 'illegalValue' {
    const channel = address >= flashOnBase ? address - flashOnBase : address;
    if (channel >= relays) return 'illegalAddress';
    this.writes.push({ address, value, atMs: nowMs });
    if (address >= flashOnBase) {
      this.#coils[channel] = true;
      this.#pulseEndsMs[channel] = nowMs + value * 100;
    } else {
      if (value !== 0xff00 && value !== 0) return 'illegalValue';
      this.#coils[channel] = value === 0xff00;
      this.#pulseEndsMs[channel] = Number.POSITIVE_INFINITY;
    }
    if (this.#coils[channel]) this.#ordered(channel, nowMs);
    return 'written';
  }

  #ordered(channel: number, nowMs: number): void {
    if (this.isStuck) return;
    if (channel === emulatorWiring.outputs.barrierOpen) this.#move('up', nowMs);
    // The controller refuses to close over anything.
    if (channel === emulatorWiring.outputs.barrierClose && this.#isClearUnder())
      this.#move('down', nowMs);
  }

  #move(direction: 'up' | 'down', nowMs: number): void {
    if (direction === 'up' ? this.#place >= 1 : this.#place <= 0) return;
    this.#direction = direction;
    this.#movesFromMs = nowMs + this.#timing.departMs;
    if (direction === 'up') this.#passed = false;
  }

  #isClearUnder(): boolean {
    return !this.#loops.presence && !this.#loops.exit && !this.#loops.curtain;
  }

  tick(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - Math.max(this.#lastMs, this.#movesFromMs));
    this.#lastMs = nowMs;
    this.#pulseEndsMs.forEach((endsMs, channel) => {
      if (nowMs < endsMs) return;
      this.#coils[channel] = false;
      this.#pulseEndsMs[channel] = Number.POSITIVE_INFINITY;
    });
    if (this.#loops.exit) this.#passed = true;
    if (!this.#isClearUnder()) this.#clearSinceMs = nowMs;
    // A vehicle under a falling arm: the controller lifts at once.
    if (this.#direction === 'down' && !this.#isClearUnder()) this.#move('up', nowMs);
    this.#travel(elapsedMs);
    const mayClose =
      this.#place >= 1 && this.#passed && nowMs - this.#clearSinceMs >= this.#timing.autoCloseMs;
    if (mayClose) this.#move('down', nowMs);
  }

  #travel(elapsedMs: number): void {
    if (this.#direction === 'still' || elapsedMs === 0) return;
    const part = elapsedMs / this.#timing.travelMs;
    this.#place = Math.max(0, Math.min(1, this.#place + (this.#direction === 'up' ? part : -part)));
    if (this.#place === 0 || this.#place === 1) this.#direction = 'still';
  }
}
