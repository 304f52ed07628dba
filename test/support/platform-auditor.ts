/**
 * Watches a lane that is linked to the customs gate platform: nothing opens by the checks but on a release that answers the
 * newest question about that very passage. It reads words and numbers, and shares no code with the lane.
 */
import type { PlatformAnswer } from '../../src/core/customs-platform/exchange.ts';
import type { LaneEffect, LaneInput } from '../../src/core/lane/lane-types.ts';

/** The one form of a word that lets a vehicle go. */
const released = /^0{9}[01]{3}0{8}$/;
/** By which persons open without the platform. */
const byPerson = ['manualRelease', 'divert'];

interface Asked {
  readonly seqNo: string;
  readonly lane: string;
  readonly premises: string;
  readonly direction: string;
  isReleased: boolean;
}

export class PlatformAuditor {
  readonly #find: (finding: string) => void;
  /** The newest question of each passage. */
  readonly #asked = new Map<string, Asked>();
  readonly #questions = new Map<string, Pick<Asked, 'lane' | 'premises' | 'direction'>>();
  readonly #orderOf = new Map<string, string>();
  /** Decisions that opened on an answer. */
  opened = 0;

  constructor(find: (finding: string) => void) {
    this.#find = find;
  }

  /** A question of before is no question any more. */
  restarted(): void {
    this.#asked.clear();
    this.#questions.clear();
  }

  stepped(input: LaneInput, effects: readonly LaneEffect[]): void {
    if (input.kind === 'platformAsked' && input.asked.kind === 'asked') {
      const question = this.#questions.get(input.passageId);
      const { seqNo } = input.asked;
      if (question) this.#asked.set(input.passageId, { seqNo, ...question, isReleased: false });
    }
    if (input.kind === 'platformTold' && input.told.kind === 'answered') {
      this.#answered(input.told.answer);
    }
    for (const effect of effects) this.#carriedOut(effect);
  }

  #answered({ seqNo, premises, lane, direction, word }: PlatformAnswer): void {
    for (const asked of this.#asked.values()) {
      const isFor =
        asked.seqNo === seqNo &&
        asked.premises === premises &&
        asked.lane === lane &&
        asked.direction === direction;
      // A release after another answer counts for nothing, and the auditor is content with less.
      if (isFor && released.test(word)) asked.isReleased = true;
    }
  }

  #carriedOut(effect: LaneEffect): void {
    if (effect.kind === 'askPlatform') {
      const { passageId, ...question } = effect.question;
      this.#asked.delete(passageId);
      this.#questions.set(passageId, question);
    }
    if (effect.kind === 'commit' && effect.change.decision) {
      const { decisionId, inputs } = effect.change.decision;
      const { order } = JSON.parse(inputs) as { order?: { kind: string } };
      this.#orderOf.set(decisionId, order?.kind ?? 'none');
    }
    if (effect.kind !== 'order' || effect.purpose !== 'decision') return;
    const decisionId = effect.commandId.replace(/\.open$/, '');
    if (byPerson.includes(this.#orderOf.get(decisionId) ?? '')) return;
    const passageId = decisionId.replace(/\.d\d+$/, '');
    if (this.#asked.get(passageId)?.isReleased) this.opened += 1;
    else this.#find(`${passageId} is let go without a release of the platform for it`);
  }
}
