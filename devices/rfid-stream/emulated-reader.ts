/** A UHF reader of any family of `protocols.ts`: it answers what it is asked with the tags in its field. */
import type { ReaderFault } from './emulator.ts';
import { protocols, type ReaderFamily, type ReaderProtocol } from './protocols.ts';

export class EmulatedReader {
  readonly #protocol: ReaderProtocol;
  readonly #told = new Set<string>();
  #epcs: readonly Uint8Array[] = [];
  #isAntennaBroken = false;
  #pending = new Uint8Array();
  #fault: ReaderFault | undefined;
  #spokeMs = 0;

  constructor(family: ReaderFamily) {
    this.#protocol = protocols[family];
  }

  /** EPCs now in the field, as hexadecimal. */
  field(epcs: readonly string[]): void {
    this.#epcs = epcs.map((epc) =>
      Uint8Array.from(epc.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    );
  }

  /** The cable is cut, or whole again. */
  breakAntenna(isBroken: boolean): void {
    this.#isAntennaBroken = isBroken;
  }

  /** Power is lost and comes back: what it was told is forgotten. */
  restart(): void {
    this.#told.clear();
    this.#pending = new Uint8Array();
  }

  /** The next answer comes out damaged, or not at all. */
  damageNext(fault: ReaderFault): void {
    this.#fault = fault;
  }

  received(bytes: Uint8Array): readonly Uint8Array[] {
    this.#pending = Uint8Array.of(...this.#pending, ...bytes);
    const answers: Uint8Array[] = [];
    for (;;) {
      if (this.#pending.length === 0) return this.#damaged(answers);
      const length = this.#protocol.requestLength(this.#pending);
      if (length === 'none') {
        this.#pending = this.#pending.slice(1);
        continue;
      }
      if (length === 'more' || this.#pending.length < length) return this.#damaged(answers);
      const request = this.#pending.slice(0, length);
      this.#pending = this.#pending.slice(length);
      answers.push(...this.#protocol.answer(request, this.#field()));
    }
  }

  tick(nowMs: number): readonly Uint8Array[] {
    const frames = this.#protocol.byItself?.(this.#field(), nowMs - this.#spokeMs) ?? [];
    if (frames.length > 0) this.#spokeMs = nowMs;
    return this.#damaged(frames);
  }

  #field() {
    return { epcs: this.#epcs, isAntennaBroken: this.#isAntennaBroken, told: this.#told };
  }

  #damaged(frames: readonly Uint8Array[]): readonly Uint8Array[] {
    const [first, ...others] = frames;
    const fault = this.#fault;
    if (!first || !fault) return frames;
    this.#fault = undefined;
    if (fault === 'silence') return [];
    if (fault === 'truncated') return [first.subarray(0, first.length - 3), ...others];
    const wrong = Uint8Array.from(first);
    const at = first.length - this.#protocol.checkAt;
    wrong[at] = (wrong[at] ?? 0) ^ 0xff;
    return [wrong, ...others];
  }
}
