/**
 * A weighbridge indicator of any protocol family: it shows what it is told, sends it by itself or when asked, and
 * counts as moving for a while after its display has changed. How a family writes its frames is in `encoders.ts`.
 */
import { type Display, type Encoder, encoders, type IndicatorFamily } from './encoders.ts';

/**
 * `digit`: one digit comes out as another. `checksum`: the check is wrong; where the protocol has none, a digit.
 */
export type IndicatorFault = 'checksum' | 'truncated' | 'garbage' | 'digit' | 'silence';

export interface IndicatorOptions {
  /** Time between frames in milliseconds: 1200 baud moves twelve bytes in 100. */
  readonly everyMs?: number;
  /** Decimals of the display, 0 to 4. */
  readonly decimals?: number;
  /** How long it counts as moving after a change of its display, in milliseconds. */
  readonly settleMs?: number;
}

export class EmulatedIndicator {
  readonly #encoder: Encoder;
  readonly #everyMs: number;
  readonly #decimals: number;
  readonly #settleMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #shown: Display['shown'] | undefined = 0;
  #mode: Display['mode'] = 'gross';
  /** When the display changed; undefined: since the last call. */
  #changedMs: number | undefined = Number.NEGATIVE_INFINITY;
  #fault: IndicatorFault | undefined;
  #asked = '';

  constructor(family: IndicatorFamily, options: IndicatorOptions = {}) {
    this.#encoder = encoders[family];
    this.#everyMs = options.everyMs ?? 100;
    this.#decimals = options.decimals ?? 0;
    this.#settleMs = options.settleMs ?? 600;
  }

  /** The display in kg, or what it shows in its place; undefined: the line is silent. */
  show(shown: Display['shown'] | undefined): void {
    if (shown !== this.#shown) this.#changedMs = undefined;
    this.#shown = shown;
  }

  /** Gross or net, as its key switches it. */
  switchTo(mode: Display['mode']): void {
    this.#mode = mode;
  }

  /** The next frame comes out damaged. */
  damageNext(fault: IndicatorFault): void {
    this.#fault = fault;
  }

  received(bytes: Uint8Array, nowMs = 0): readonly Uint8Array[] {
    const { request } = this.#encoder;
    if (!request) return [];
    const wanted = String.fromCharCode(...request);
    this.#asked = (this.#asked + String.fromCharCode(...bytes)).slice(-64);
    const at = this.#asked.lastIndexOf(wanted);
    if (at < 0) return [];
    this.#asked = this.#asked.slice(at + wanted.length);
    return this.#sent(nowMs);
  }

  tick(nowMs: number): readonly Uint8Array[] {
    if (this.#encoder.request || nowMs - this.#lastMs < this.#everyMs) return [];
    this.#lastMs = nowMs;
    return this.#sent(nowMs);
  }

  #sent(nowMs: number): readonly Uint8Array[] {
    this.#changedMs ??= nowMs;
    if (this.#shown === undefined) return [];
    const frame = this.#encoder.frame({
      shown: this.#shown,
      mode: this.#mode,
      isMoving: nowMs - this.#changedMs < this.#settleMs,
      decimals: this.#decimals,
    });
    const fault = this.#fault;
    this.#fault = undefined;
    return fault ? damaged(frame, fault, this.#encoder.checkAt) : [frame];
  }
}

function damaged(
  frame: Uint8Array,
  fault: IndicatorFault,
  checkAt: number | undefined,
): readonly Uint8Array[] {
  switch (fault) {
    case 'silence':
      return [];
    case 'truncated':
      return [frame.subarray(0, Math.floor(frame.length / 2))];
    case 'garbage':
      return [Uint8Array.of(0xff, 0x02, 0x2b, 0x41), frame];
    case 'checksum':
      return [checkAt === undefined ? withOtherDigit(frame) : flipped(frame, -checkAt)];
    case 'digit':
      return [withOtherDigit(frame)];
  }
}

function flipped(frame: Uint8Array, at: number): Uint8Array {
  const other = Uint8Array.from(frame);
  other[frame.length + at] = (frame.at(at) ?? 0) ^ 0x01;
  return other;
}

/** The last digit that is followed by another one, turned into its neighbour. */
function withOtherDigit(frame: Uint8Array): Uint8Array {
  const isDigit = (byte = 0) => byte >= 0x30 && byte <= 0x39;
  const at = frame.findIndex((byte, i) => i > 1 && isDigit(byte) && isDigit(frame[i + 1]));
  return at < 0 ? frame : flipped(frame, at - frame.length);
}

/** A Yaohua XK3190 in continuous mode. */
export class YaohuaIndicator extends EmulatedIndicator {
  constructor(everyMs = 100, decimals = 0) {
    super('yaohuaContinuous', { everyMs, decimals });
  }
}
