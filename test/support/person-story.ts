/** A lane's story in which persons act on the vehicle at the arm. */
import type { ActAnswer, PersonAct } from '../../src/core/lane/acts/person-act.ts';
import type { Passage } from '../../src/core/lane/passage.ts';
import type { Person } from '../../src/core/persons/roles.ts';
import { LaneStory } from './lane-story.ts';

export const clerk: Person = { name: 'clerk-1', role: 'clerk' };
export const supervisor: Person = { name: 'supervisor-1', role: 'supervisor' };
export const officer: Person = { name: 'officer-1', role: 'customs-officer' };
export const guard: Person = { name: 'guard-1', role: 'lane-guard' };

type Wish<Act> = Act extends unknown ? Omit<Act, 'by' | 'passageId' | 'seen'> : never;
export type ActWish = Wish<PersonAct> & Partial<Pick<PersonAct, 'passageId' | 'seen'>>;

export class PersonStory extends LaneStory {
  #acts = 0;

  passage(): Passage | undefined {
    return this.state.passages[0];
  }

  /** On the passage and the decision that are there now, unless the wish says otherwise. */
  act(person: Person, wish: ActWish, actId = `act-${++this.#acts}`): this {
    const passage = this.passage();
    const cases = this.changes.flatMap(({ exception }) => exception?.exceptionId ?? []);
    const closed = this.changes.flatMap(({ closedCases = [] }) => closedCases);
    const act = {
      by: { ...person, actId },
      passageId: passage?.passageId ?? 'none',
      seen: passage?.decisionId ?? null,
      ...wish,
    } as PersonAct;
    const openCases = cases.filter((id) => !closed.some(({ exceptionId }) => exceptionId === id));
    return this.tell({ kind: 'personAct', act, openCases });
  }

  lastAnswer(): ActAnswer | undefined {
    return this.answers.at(-1);
  }
}
