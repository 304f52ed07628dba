/** What a line has seen since the daemon started: who answered, who did not, and what that cost. */

export interface UnitCounts {
  replies: number;
  exceptions: number;
  timeouts: number;
  corrupt: number;
  foreign: number;
  /** Replies that came after their request had been given up. */
  late: number;
}

export interface LineStanding {
  readonly units: ReadonlyMap<number, Readonly<UnitCounts>>;
  /** Time in which the line was of no use because a unit did not answer as it should, ms. */
  readonly lostMs: number;
  /** The slowest reply so far, late ones too, ms from the request. */
  readonly slowestReplyMs: number;
}

export class LineCounts implements LineStanding {
  readonly units = new Map<number, UnitCounts>();
  lostMs = 0;
  slowestReplyMs = 0;

  count(unit: number, what: keyof UnitCounts): void {
    const counts = this.units.get(unit) ?? {
      replies: 0,
      exceptions: 0,
      timeouts: 0,
      corrupt: 0,
      foreign: 0,
      late: 0,
    };
    counts[what] += 1;
    this.units.set(unit, counts);
  }

  took(replyMs: number): void {
    this.slowestReplyMs = Math.max(this.slowestReplyMs, replyMs);
  }
}
