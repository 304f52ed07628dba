/**
 * A driver's display as pure bytes: it takes frames of the generic layout, checks them, shows their rows and
 * answers. Written from that layout, not from the driver.
 *
 * A frame: AA 55, address, row from 1, length of the text in two bytes with the low one first, text in GBK, sum of
 * all bytes before it, 0D. The answer: AA 56, address, 00.
 */

export type DisplayTrouble = 'mute' | 'none';

const gbk = new TextDecoder('gbk');
const rowsMax = 4;
const textMax = 128;
const headLength = 6;
const tailLength = 2;

export class LedDisplay {
  readonly rows: string[] = Array.from({ length: rowsMax }, () => '');
  /** Frames that were taken. */
  taken = 0;
  /** Bytes that belonged to no frame. */
  garbage = 0;
  trouble: DisplayTrouble = 'none';
  readonly #address: number;
  #waiting: number[] = [];

  constructor(address = 1) {
    this.#address = address;
  }

  received(bytes: Uint8Array): readonly Uint8Array[] {
    this.#waiting.push(...bytes);
    const answers: Uint8Array[] = [];
    for (;;) {
      const length = this.#frameLength();
      if (length === 'more') return this.trouble === 'mute' ? [] : answers;
      if (length === 'none') {
        this.#waiting.shift();
        this.garbage += 1;
        continue;
      }
      const frame = this.#waiting.splice(0, length);
      if (frame[2] !== this.#address) continue;
      this.taken += 1;
      const row = (frame[3] ?? 1) - 1;
      const text = frame.slice(headLength, length - tailLength);
      this.rows[row] = gbk.decode(Uint8Array.from(text)).trimEnd();
      answers.push(Uint8Array.of(0xaa, 0x56, this.#address, 0));
    }
  }

  #frameLength(): number | 'more' | 'none' {
    const [first, second, , row, low, high] = this.#waiting;
    if (first === undefined) return 'more';
    if (first !== 0xaa) return 'none';
    if (second === undefined) return 'more';
    if (second !== 0x55) return 'none';
    if (row === undefined || low === undefined || high === undefined) return 'more';
    const textLength = low + 256 * high;
    if (row < 1 || row > rowsMax || textLength > textMax) return 'none';
    const length = headLength + textLength + tailLength;
    if (this.#waiting.length < length) return 'more';
    const sum = this.#waiting.slice(0, length - tailLength).reduce((all, byte) => all + byte, 0);
    const isRight =
      this.#waiting[length - tailLength] === sum % 256 && this.#waiting[length - 1] === 0x0d;
    return isRight ? length : 'none';
  }

  tick(): readonly Uint8Array[] {
    return [];
  }
}
