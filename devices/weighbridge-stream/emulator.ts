/**
 * A Yaohua XK3190 indicator in continuous mode, written from its frame table: twelve bytes back to back,
 * 0x02, sign, six digits, decimals, XOR of bytes 1 to 8 as two characters, 0x03.
 */
export type IndicatorFault = 'checksum' | 'truncated' | 'garbage';

export class YaohuaIndicator {
  readonly #everyMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #weightKg: number | undefined = 0;
  #fault: IndicatorFault | undefined;

  /** 1200 baud moves a frame in 100 ms. */
  constructor(everyMs = 100) {
    this.#everyMs = everyMs;
  }

  /** The display; undefined: the line is silent. */
  show(weightKg: number | undefined): void {
    this.#weightKg = weightKg;
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
    if (this.#weightKg === undefined || nowMs - this.#lastMs < this.#everyMs) return [];
    this.#lastMs = nowMs;
    const frame = yaohuaFrame(this.#weightKg);
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

function yaohuaFrame(weightKg: number): Uint8Array {
  const sign = weightKg < 0 ? '-' : '+';
  const body = `${sign}${String(Math.abs(Math.round(weightKg)))
    .padStart(6, '0')
    .slice(-6)}0`;
  let xor = 0;
  for (const character of body) xor ^= character.charCodeAt(0);
  const check = xor.toString(16).toUpperCase().padStart(2, '0');
  return Uint8Array.from(`\x02${body}${check}\x03`, (character) => character.charCodeAt(0));
}
