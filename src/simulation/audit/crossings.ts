/** Who has truly cut the exit lines, and whether the journal has told of it. */

/** A truck as it is, whatever was read of it. */
export interface TrueTruck {
  readonly plate: string;
  readonly containers: readonly string[];
}

export interface TrueCrossing {
  readonly laneId: string;
  readonly truck: TrueTruck;
  readonly atMs: number;
  /** Metres to the tail of the one before; absent where there is none. */
  readonly behindM?: number;
  /** An entry has told of it. */
  told: boolean;
}

/** What an entry has told of before it was seen. */
interface Early {
  readonly subject: string;
  readonly laneId: string;
  readonly atMs: number;
}

/** Against the direction of its lane the arm comes before the line that counts: it is told so much before, ms. */
const earlyMs = 2_000;

export class Crossings {
  readonly seen: TrueCrossing[] = [];
  readonly #early: Early[] = [];

  crossed(crossing: Omit<TrueCrossing, 'told'>): void {
    const early = this.#early.findIndex(({ laneId }) => laneId === crossing.laneId);
    if (early >= 0) this.#early.splice(early, 1);
    this.seen.push({ ...crossing, told: early >= 0 });
  }

  /** Whether such a crossing was seen that nothing had told of. */
  told(laneId: string, isIt: (crossing: TrueCrossing) => boolean): boolean {
    // The newest: one before it may have left no gap to be told by.
    const crossing = this.seen.findLast((c) => !c.told && c.laneId === laneId && isIt(c));
    if (crossing) crossing.told = true;
    return crossing !== undefined;
  }

  toldEarly(early: Early): void {
    this.#early.push(early);
  }

  /** Whom an entry has told of for too long, without being seen. */
  neverSeen(nowMs: number): Early | undefined {
    const late = this.#early[0];
    return late && nowMs - late.atMs > earlyMs ? this.#early.shift() : undefined;
  }
}
