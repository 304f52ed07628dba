/**
 * A vehicle of the recording bears another id in the replay. What persons did about it then, and what was looked up that
 * names it, is meant of the one that came when it did. Its decisions are numbered as they were.
 */
import type { GatheredFacts } from '../core/facts.ts';
import type { DecisionId, PassageId } from '../core/identity.ts';
import type { EventDraft } from '../core/journal/events.ts';
import type { PersonAct } from '../core/lane/acts/person-act.ts';
import { isSameVehicle, passagesOf, type ToldPassage } from './passages.ts';

export class SameVehicles {
  readonly #recorded: readonly ToldPassage[];
  /** What the replay has told so far. */
  readonly #replayed: readonly EventDraft[];

  constructor(recorded: readonly ToldPassage[], replayed: readonly EventDraft[]) {
    this.#recorded = recorded;
    this.#replayed = replayed;
  }

  /** Undefined where none came when that of then did. */
  act(act: PersonAct): PersonAct | undefined {
    const { passageId, seen } = act;
    const now = this.#pairs().find(({ recorded }) => recorded === passageId)?.now;
    if (now === undefined) return undefined;
    const seenNow = seen && (seen.replace(passageId, now) as DecisionId);
    return { ...act, passageId: now, seen: seenNow };
  }

  facts(facts: GatheredFacts): GatheredFacts {
    const { turnedBack = [], uses } = facts;
    if (turnedBack.length + uses.length === 0) return facts;
    let text = JSON.stringify({ turnedBack, uses });
    for (const { recorded, now } of this.#pairs()) text = text.replaceAll(recorded, now);
    return { ...facts, ...(JSON.parse(text) as Pick<GatheredFacts, 'turnedBack' | 'uses'>) };
  }

  #pairs(): readonly { readonly recorded: PassageId; readonly now: PassageId }[] {
    const replayed = passagesOf(this.#replayed);
    return this.#recorded.flatMap((then) => {
      const now = replayed.find((passage) => isSameVehicle(passage, then));
      return now ? [{ recorded: then.passageId, now: now.passageId }] : [];
    });
  }
}
