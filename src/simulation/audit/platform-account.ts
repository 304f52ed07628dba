/**
 * What the customs gate platform has really sent, and what it was asked about by the journal's own word: in a linked lane
 * nothing opens by the checks but on a release that bears the newest number of that very passage.
 */
export class PlatformAccount {
  /** Lanes that are linked. */
  readonly lanes = new Set<string>();
  /** Decisions that had a release of their own. */
  paid = 0;
  readonly #numbers = new Map<string, string>();
  readonly #released = new Set<string>();

  /** The journal tells that it was asked about a passage. */
  asked(passageId: string, seqNo: string): void {
    this.#numbers.set(passageId, seqNo);
  }

  /** It has sent a release for the question of this number, addressed as the question was. */
  released(seqNo: string): void {
    this.#released.add(seqNo);
  }

  /** What is wrong with an opening of this passage; undefined where nothing is. */
  doubt(laneId: string, passageId: string): string | undefined {
    if (!this.lanes.has(laneId)) return undefined;
    const seqNo = this.#numbers.get(passageId);
    if (seqNo !== undefined && this.#released.has(seqNo)) {
      this.paid += 1;
      return undefined;
    }
    return `${passageId} is let through, and the platform has released ${seqNo ?? 'nothing'} for it`;
  }
}
