/** Facts and ledger of a replay: look-ups answer what they answered, and commits end as they ended. */
import type { PlatformAsked, PlatformQuestion } from '../core/customs-platform/exchange.ts';
import { type FactsQuery, type GatheredFacts, noFacts } from '../core/facts.ts';
import type { EventDraft } from '../core/journal/events.ts';
import type { GatePlatform, PlatformHeard } from '../ports/gate-platform.ts';
import type { CommitResult, Ledger } from '../ports/ledger.ts';
import type { RecordedEntry } from '../ports/recording.ts';
import type { ReleaseFacts } from '../ports/release-facts.ts';

export interface StampedFacts {
  gather(query: FactsQuery): GatheredFacts;
  stamp(query: FactsQuery): string;
}

/** Look-ups by what they asked for; the last answer stands. */
export class ReplayedFacts implements ReleaseFacts {
  readonly #answers = new Map<string, { readonly facts: GatheredFacts[]; next: number }>();
  readonly #unknown: (query: FactsQuery) => GatheredFacts;
  readonly #stampOf: (query: FactsQuery) => string;

  constructor(
    entries: readonly RecordedEntry[],
    /** Answers what was not recorded, or throws. */
    unrecorded: StampedFacts,
  ) {
    this.#unknown = unrecorded.gather;
    this.#stampOf = unrecorded.stamp;
    for (const { event } of entries) {
      if (event.kind !== 'facts') continue;
      const key = JSON.stringify(event.facts.query);
      const answers = this.#answers.get(key) ?? { facts: [], next: 0 };
      answers.facts.push({ ...noFacts, ...event.facts });
      this.#answers.set(key, answers);
    }
  }

  gather(query: FactsQuery): GatheredFacts {
    const answers = this.#answers.get(JSON.stringify(query));
    const facts = answers?.facts[Math.min(answers.next, answers.facts.length - 1)];
    if (!answers || !facts) return this.#unknown(query);
    answers.next += 1;
    return facts;
  }

  /** What the last look-up was stamped with: nothing changes between it and its commit. */
  stamp(query: FactsQuery): string {
    const answers = this.#answers.get(JSON.stringify(query));
    if (!answers) return this.#stampOf(query);
    return answers.facts[Math.min(answers.next, answers.facts.length) - 1]?.stamp ?? '';
  }

  sources(): readonly [] {
    return [];
  }

  quarantined(): ReadonlyMap<string, number> {
    return new Map();
  }
}

/** The customs gate platform of the recording: questions get the numbers they had, and what came comes again. */
export class ReplayedPlatform implements GatePlatform {
  readonly #asked = new Map<string, PlatformAsked[]>();
  #hear: (heard: PlatformHeard) => void = () => undefined;

  constructor(entries: readonly RecordedEntry[]) {
    for (const { event } of entries) {
      if (event.kind !== 'platformAsked') continue;
      this.#asked.set(event.lane, [...(this.#asked.get(event.lane) ?? []), event.asked]);
    }
  }

  ask({ lane }: PlatformQuestion): PlatformAsked {
    return this.#asked.get(lane)?.shift() ?? { kind: 'failed', code: 'platform-not-linked' };
  }

  start(hear: (heard: PlatformHeard) => void): void {
    this.#hear = hear;
  }

  play(heard: PlatformHeard): void {
    this.#hear(heard);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

/** The throw-away ledger, with the recording's own results of decisions before it. */
export function replayedCommits(
  ledger: Ledger,
  entries: readonly RecordedEntry[],
  told: (events: readonly EventDraft[]) => void,
): Ledger['commit'] {
  const results = new Map<string, CommitResult['kind'][]>();
  const laneOf = (events: readonly EventDraft[]) => String(events[0]?.data['laneId']);
  for (const { event } of entries) {
    if (event.kind !== 'committed' || !event.isDecision) continue;
    const laneId = laneOf(event.events);
    results.set(laneId, [...(results.get(laneId) ?? []), event.result]);
  }
  return (change) => {
    if (change.decision) {
      const result = results.get(change.decision.laneId)?.shift();
      if (result === 'conflicted') return { kind: 'conflicted', reason: 'factsChanged' };
      if (result === 'failed')
        return { kind: 'failed', code: 'ledger-io', detail: 'as in the recording' };
    }
    const result = ledger.commit(change);
    if (result.kind === 'committed') told(change.events);
    return result;
  };
}
