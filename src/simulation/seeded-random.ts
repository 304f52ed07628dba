/** Seeded pseudo-random numbers (mulberry32): the same seed gives the same traffic on every machine. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 inclusive to 1 exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.integer(list.length)] ?? list[0];
  }

  digits(count: number): string {
    return Array.from({ length: count }, () => String(this.integer(10))).join('');
  }
}
