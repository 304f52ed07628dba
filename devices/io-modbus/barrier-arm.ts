/**
 * The virtual barrier behind the emulated IO module: an arm that takes its time, limit switches that can
 * lie, and a controller that keeps the safety, as the real one does: it closes by itself when everything
 * under the arm has been clear for a while, refuses to close on anything, and rises again at once when
 * something comes under the falling arm (GB/T 24973-2010, 5.4.3).
 */

export interface BarrierArmOptions {
  /** From one limit to the other. */
  readonly travelMs: number;
  /** From the start of the movement until the limit switch it stood on drops; less than `travelMs`. */
  readonly leaveMs: number;
  /** How long everything under the arm must have been clear before it closes by itself; absent: never. */
  readonly autoCloseMs?: number;
}

export interface BarrierArmFault {
  /** The arm does not move whatever it is told. */
  readonly stuck?: boolean;
  /** Level a limit switch shows instead of the truth. */
  readonly limitClosed?: boolean;
  readonly limitOpen?: boolean;
}

export type ArmMotion = 'rest' | 'rising' | 'falling';

export interface ArmEvent {
  readonly atMs: number;
  readonly kind:
    | 'openAsked'
    | 'closeAsked'
    | 'closeRefused'
    | 'leftClosed'
    | 'reachedOpen'
    | 'leftOpen'
    | 'reachedClosed'
    | 'closedByItself'
    | 'reversed';
}

/** Steps of simulated time in milliseconds while something can change by itself. */
const stepMs = 5;
const eventsMax = 10_000;

export class BarrierArm {
  /** Newest last, bounded. */
  readonly events: ArmEvent[] = [];
  fault: BarrierArmFault = {};
  readonly #options: BarrierArmOptions;
  #nowMs: number;
  /** 0 is down on the closed limit, 1 is up on the open one. */
  #height = 0;
  #motion: ArmMotion = 'rest';
  #blocked = false;
  #clearSinceMs: number;

  constructor(options: BarrierArmOptions, nowMs: number) {
    this.#options = options;
    this.#nowMs = nowMs;
    this.#clearSinceMs = nowMs;
  }

  get motion(): ArmMotion {
    return this.#motion;
  }

  /** Share of the way up, 0 to 1: the truth, whatever the switches say. */
  get height(): number {
    return this.#height;
  }

  get limitClosed(): boolean {
    return this.fault.limitClosed ?? this.#onClosedLimit();
  }

  get limitOpen(): boolean {
    return this.fault.limitOpen ?? this.#onOpenLimit();
  }

  /** Something stands, or may stand, under the arm. */
  setBlocked(blocked: boolean, nowMs: number): void {
    this.advance(nowMs);
    if (blocked && !this.#blocked && this.#motion === 'falling') {
      this.#motion = 'rising';
      this.#note('reversed');
    }
    if (!blocked && this.#blocked) {
      this.#clearSinceMs = nowMs;
    }
    this.#blocked = blocked;
  }

  /** Open contact made, or raised by hand. Obeyed at once, also while falling. */
  open(nowMs: number): void {
    this.advance(nowMs);
    this.#note('openAsked');
    this.#motion = 'rising';
    // The time to close by itself counts from the order, else an arm raised over a clear lane falls at once.
    this.#clearSinceMs = nowMs;
  }

  /** Close contact made. A request: refused while anything is under the arm. */
  close(nowMs: number): void {
    this.advance(nowMs);
    this.#note('closeAsked');
    if (this.#blocked) {
      this.#note('closeRefused');
    } else if (this.#height > 0) {
      this.#motion = 'falling';
    }
  }

  advance(nowMs: number): void {
    while (this.#nowMs < nowMs) {
      if (this.#motion === 'rest' && this.#fallsAtMs() === undefined) {
        this.#nowMs = nowMs;
        return;
      }
      const elapsedMs = Math.min(stepMs, nowMs - this.#nowMs);
      this.#nowMs += elapsedMs;
      this.#move(elapsedMs);
      const fallsAtMs = this.#fallsAtMs();
      if (fallsAtMs !== undefined && this.#nowMs >= fallsAtMs) {
        this.#motion = 'falling';
        this.#note('closedByItself');
      }
    }
  }

  #fallsAtMs(): number | undefined {
    const { autoCloseMs } = this.#options;
    const waits = this.#motion === 'rest' && this.#height === 1 && !this.#blocked;
    return waits && autoCloseMs !== undefined ? this.#clearSinceMs + autoCloseMs : undefined;
  }

  #onClosedLimit(): boolean {
    return this.#height < this.#options.leaveMs / this.#options.travelMs;
  }

  #onOpenLimit(): boolean {
    return this.#height > 1 - this.#options.leaveMs / this.#options.travelMs;
  }

  #move(elapsedMs: number): void {
    if (this.#motion === 'rest' || this.fault.stuck) {
      return;
    }
    const closed = this.#onClosedLimit();
    const open = this.#onOpenLimit();
    const way = elapsedMs / this.#options.travelMs;
    const height = this.#motion === 'rising' ? this.#height + way : this.#height - way;
    this.#height = Math.min(1, Math.max(0, height));
    if (this.#height === 0 || this.#height === 1) {
      this.#motion = 'rest';
    }
    this.#noteLimits(closed, open);
  }

  #noteLimits(wasClosed: boolean, wasOpen: boolean): void {
    const closed = this.#onClosedLimit();
    const open = this.#onOpenLimit();
    if (closed !== wasClosed) {
      this.#note(closed ? 'reachedClosed' : 'leftClosed');
    }
    if (open !== wasOpen) {
      this.#note(open ? 'reachedOpen' : 'leftOpen');
    }
  }

  #note(kind: ArmEvent['kind']): void {
    this.events.push({ atMs: this.#nowMs, kind });
    if (this.events.length > eventsMax) {
      this.events.shift();
    }
  }
}
