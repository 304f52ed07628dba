/** Delays before the next try: doubling from `firstMs` to `lastMs`, each drawn between half of it and all of it. */
export class BackOff {
  readonly #firstMs: number;
  readonly #lastMs: number;
  readonly #random: () => number;
  #tries = 0;

  constructor(options: {
    readonly firstMs: number;
    readonly lastMs: number;
    readonly random: () => number;
  }) {
    this.#firstMs = options.firstMs;
    this.#lastMs = options.lastMs;
    this.#random = options.random;
  }

  nextMs(): number {
    const ceilingMs = Math.min(this.#lastMs, this.#firstMs * 2 ** this.#tries);
    this.#tries = Math.min(this.#tries + 1, 30);
    return ceilingMs * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#tries = 0;
  }
}
