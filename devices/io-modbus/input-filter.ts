/**
 * One input over time: a level counts when it has stood long enough, and a level that will not stand is found.
 * The filter is asked at every reply of the module, so its grain is the poll interval.
 */
import type { InputWire } from 'kakou/driver-kit';

/** More changes than this in `chatterWindowMs` is no vehicle: a trailer's gaps make three or four. */
const chatterChanges = 12;
const chatterWindowMs = 10_000;
/** So long without chatter until it is over. */
const chatterOverMs = 60_000;

export class InputFilter {
  readonly #onDelayMs: number;
  readonly #offDelayMs: number;
  /** Level as it was last read. */
  #raw: boolean | undefined;
  #rawSinceMs = 0;
  #told: boolean | undefined;
  #changesMs: number[] = [];
  #chatteredMs: number | undefined;

  constructor({ onDelayMs = 0, offDelayMs = 0 }: Pick<InputWire, 'onDelayMs' | 'offDelayMs'>) {
    this.#onDelayMs = onDelayMs;
    this.#offDelayMs = offDelayMs;
  }

  /** Takes a level and gives the one that counts. After a silence the first level counts at once. */
  take(active: boolean, nowMs: number): boolean {
    if (this.#raw !== active) {
      if (this.#raw !== undefined) this.#noteChange(nowMs);
      this.#raw = active;
      this.#rawSinceMs = nowMs;
    }
    const delayMs = active ? this.#onDelayMs : this.#offDelayMs;
    if (this.#told === undefined || nowMs - this.#rawSinceMs >= delayMs) this.#told = active;
    return this.#told;
  }

  /** Known to be inactive, both as it counts and as it was last read. */
  get isClear(): boolean {
    return this.#told === false && this.#raw === false;
  }

  /** Nothing is known any more. */
  forget(): void {
    this.#raw = undefined;
    this.#told = undefined;
  }

  isChattering(nowMs: number): boolean {
    return this.#chatteredMs !== undefined && nowMs - this.#chatteredMs < chatterOverMs;
  }

  #noteChange(nowMs: number): void {
    this.#changesMs = [...this.#changesMs, nowMs].filter((at) => nowMs - at < chatterWindowMs);
    if (this.#changesMs.length > chatterChanges) this.#chatteredMs = nowMs;
  }
}
