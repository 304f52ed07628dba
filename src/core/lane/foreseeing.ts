/** What can be worked out about a decision before its last evidence has come. */
import { corrected, inQuestion } from '../decision/corrected.ts';
import { layGroundwork } from '../decision/decide.ts';
import type { GatheredFacts } from '../facts.ts';
import { identify, platesOf } from '../identification/identify.ts';
import { numbersInQuestion } from '../identification/reconcile.ts';
import type { PassageId } from '../identity.ts';
import type { Foresight, Passage } from './passage.ts';
import { passageById, put, type Turn } from './turn.ts';

/** While the weight is awaited, everything that hangs on the readings alone is made ready. */
export function lookAhead(turn: Turn, passage: Passage): void {
  const foresight = foresee(turn, passage);
  if (foresight === passage.foresight) return;
  put(turn, { ...passage, foresight });
  turn.effects.push({ kind: 'lookAhead', passageId: passage.passageId, query: foresight.query });
}

export function onFactsForeseen(turn: Turn, passageId: PassageId, facts: GatheredFacts): void {
  const passage = passageById(turn, passageId);
  const { foresight } = passage ?? {};
  if (!passage || foresight?.query !== facts.query) return;
  const { settings, policy } = turn.context;
  const { identification } = foresight;
  const groundwork = layGroundwork(
    {
      passageId,
      laneId: settings.laneId,
      direction: passage.direction,
      nowWallMs: turn.now.wallMs,
      requirements: settings.requirements,
      identification,
      facts,
    },
    policy,
  );
  put(turn, { ...passage, foresight: { ...foresight, groundwork } });
}

export function foresee(turn: Turn, { evidence, foresight, acts, direction }: Passage): Foresight {
  const { correction } = acts ?? {};
  const { plates, containers, tags, suspectTags, driverCards, staleDriverCard, stations } =
    evidence;
  const before = foresight?.readings;
  if (
    foresight &&
    foresight.correction === correction &&
    before?.plates === plates &&
    before.containers === containers &&
    before.tags === tags &&
    before.suspectTags === suspectTags &&
    before.driverCards === driverCards &&
    before.staleDriverCard === staleDriverCard &&
    before.stations === stations
  ) {
    return foresight;
  }
  const identification = identify(evidence, turn.context.policy.confidence);
  // What was read stays in question beside what a person has made of it.
  const asked = correction
    ? [inQuestion(identification), corrected(identification, correction)]
    : [identification];
  return {
    readings: {
      plates,
      containers,
      tags,
      suspectTags,
      driverCards,
      ...(staleDriverCard && { staleDriverCard }),
      ...(stations && { stations }),
    },
    identification,
    ...(correction && { correction }),
    query: {
      direction,
      plates: distinct(
        asked.flatMap((each) => [...platesOf(each), ...(each.trailer ? [each.trailer.text] : [])]),
      ),
      tags: identification.tags,
      ...(identification.driver && { cards: identification.driver.cards }),
      containers: distinct(
        asked.flatMap((each) => numbersInQuestion(each, turn.context.policy.repair)),
      ),
    },
  };
}

function distinct<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Set(items)];
}
