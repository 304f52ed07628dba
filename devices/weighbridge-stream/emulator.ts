/**
 * A Yaohua XK3190 indicator in continuous mode, written from its frame table: twelve bytes back to back,
 * 0x02, sign, six digits, decimals, XOR of bytes 1 to 8 as two characters, 0x03. What it shows on overload is
 * not documented: dashes here.
 */
export type IndicatorFault = 'checksum' | 'truncated' | 'garbage';

const digits = 6;

export class YaohuaIndicator {
  readonly #everyMs: number;
  readonly #decimals: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #shown: number | 'overload' | undefined = 0;
  #fault: IndicatorFault | undefined;

  /** 1200 baud moves a frame in 100 ms. `decimals` of the display: 0 to 4. */
  constructor(everyMs = 100, decimals = 0) {
    this.#everyMs = everyMs;
    this.#decimals = decimals;
  }

  /** The display in kg; undefined: the line is silent. */
  show(weightKg: number | 'overload' | undefined): void {
    this.#shown = weightKg;
  }

  /** The next frame comes out damaged. */
  damageNext(fault: IndicatorFault): void {
    this.#fault = fault;
  }

  /** The indicator sends by itself and listens to nothing in this mode. */
  received(): readonly Uint8Array[] {
    return [];
  }

  tick(nowMs: number): readonly Uint8Array[] {
    if (this.#shown === undefined || nowMs - this.#lastMs < this.#everyMs) return [];
    this.#lastMs = nowMs;
    const frame = yaohuaFrame(this.#shown, this.#decimals);
    const fault = this.#fault;
    this.#fault = undefined;
    switch (fault) {
      case 'checksum':
        frame[10] = frame[10] === 0x30 ? 0x31 : 0x30;
        return [frame];
      case 'truncated':
        return [frame.subarray(0, 7)];
      case 'garbage':
        return [Uint8Array.of(0xff, 0x02, 0x2b, 0x41), frame];
      default:
        return [frame];
    }
  }
}

function yaohuaFrame(shown: number | 'overload', decimals: number): Uint8Array {
  const count = shown === 'overload' ? 0 : Math.round(shown * 10 ** decimals);
  const text = String(Math.abs(count)).padStart(digits, '0');
  const isOver = shown === 'overload' || text.length > digits;
  const body = `${count < 0 ? '-' : '+'}${isOver ? '-'.repeat(digits) : text}${decimals}`;
  let xor = 0;
  for (const character of body) xor ^= character.charCodeAt(0);
  const check = xor.toString(16).toUpperCase().padStart(2, '0');
  return Uint8Array.from(`\x02${body}${check}\x03`, (character) => character.charCodeAt(0));
}
