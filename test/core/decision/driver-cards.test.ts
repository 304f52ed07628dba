/** Who drives: the card that was read beside the register and the binding. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { driverMatchesBinding } from '../../../src/core/decision/checks/driver-matches-binding.ts';
import { driverRegistered } from '../../../src/core/decision/checks/driver-registered.ts';
import { decide } from '../../../src/core/decision/decide.ts';
import type { BindingFact, DriverFact, GatheredFacts } from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { cardReference } from '../../../src/core/identifiers/driver-card.ts';
import { consignment, noonMs, source } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released, tag } from '../../support/released.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const card = cardReference('04 A1 B2 C3', sha256);
const otherCard = cardReference('04FFFFFF', sha256);
const head = { source: 'customs', version: 1, asOfMs: noonMs - 1_000 };
const driver = (change: Partial<DriverFact> = {}): DriverFact => ({
  kind: 'driver',
  ...head,
  id: 'DRIVER',
  cards: [card],
  status: 'valid',
  ...change,
});
const bound = (driverId: string): Partial<GatheredFacts> => ({
  bindings: [
    {
      kind: 'binding',
      ...head,
      id: 'B1',
      state: 'bound',
      origin: 'premises',
      plate,
      driverId,
      containers: [box],
      consignments: [],
    } satisfies BindingFact,
  ],
});
const registers = {
  sources: [source(), source({ source: 'drivers', kinds: ['driver'] })],
};
const read = (...cards: (typeof card)[]): Partial<Identification> => ({ driver: { cards } });

interface Case {
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
  readonly isAsked?: boolean;
}

function told({ facts = {}, seen = {}, isAsked = false }: Case) {
  const checks = (['driver-registered', 'driver-matches-binding'] as const).map(
    (check) => ({ check, onFail: 'refer', onUnknown: 'hold' }) as const,
  );
  const inputs = atTheArm({
    identification: { ...readWell, ...seen },
    facts: released({ ...registers, ...facts }),
  });
  t.test('every reason of these checks has a row', async (t) => {
    const met = new Set<string>(rows.flatMap(([, , expected]) => expected));
    for (const { reasons } of [driverRegistered, driverMatchesBinding])
      for (const code of Object.keys(reasons)) t.ok(met.has(code), code);
  });

  const requirements = { ...inputs.requirements, ...(isAsked && { driver: true }) };
  const rules = [{ direction: 'out', transactionTypes: ['importLocal'], checks } as const];
  const { decision } = decide({ ...inputs, requirements }, { ...strictPolicy, rules });
  return decision.checks.map(({ code, outcome }) => code ?? outcome);
}

const drivers = [driver()];
const blocked = driver({ status: 'blocked' });
const rows = [
  ['no reader and no binding', {}, ['notApplicable', 'notApplicable']],
  ['no reader, bound', { facts: { drivers, ...bound('DRIVER') } }, ['pass', 'notApplicable']],
  [
    'no reader, and the bound driver is in no register',
    { facts: bound('DRIVER') },
    ['driver-unknown', 'notApplicable'],
  ],
  ['a reader and no card', { isAsked: true }, ['driver-card-unread', 'notApplicable']],
  [
    'a reader, no card, bound',
    { isAsked: true, facts: { drivers, ...bound('DRIVER') } },
    ['driver-card-unread', 'driver-unconfirmed'],
  ],
  ['his card', { seen: read(card), facts: { drivers } }, ['pass', 'notApplicable']],
  [
    'his card, bound',
    { seen: read(card), facts: { drivers, ...bound('DRIVER') } },
    ['pass', 'pass'],
  ],
  [
    "another driver's card",
    {
      seen: read(otherCard),
      facts: {
        drivers: [driver(), driver({ id: 'OTHER', cards: [otherCard] })],
        ...bound('DRIVER'),
      },
    },
    ['pass', 'driver-differs'],
  ],
  [
    'a card of nobody',
    { seen: read(otherCard), facts: { drivers, ...bound('DRIVER') } },
    ['driver-card-unknown', 'driver-unconfirmed'],
  ],
  [
    'a card of nobody, without a register of drivers',
    { seen: read(otherCard), facts: { sources: [source()] } },
    ['notApplicable', 'notApplicable'],
  ],
  [
    'a card of one who is blocked',
    { seen: read(card), facts: { drivers: [blocked] } },
    ['driver-not-valid', 'notApplicable'],
  ],
  [
    'a card of one who is blocked by another source',
    { seen: read(card), facts: { drivers: [driver(), { ...blocked, source: 'police' }] } },
    ['driver-not-valid', 'notApplicable'],
  ],
  [
    'a registration that ran out',
    { seen: read(card), facts: { drivers: [driver({ validUntilMs: noonMs - 1 })] } },
    ['driver-not-valid', 'notApplicable'],
  ],
  [
    'the bound driver is blocked, the card is of another',
    {
      seen: read(otherCard),
      facts: {
        drivers: [blocked, driver({ id: 'OTHER', cards: [otherCard] })],
        ...bound('DRIVER'),
      },
    },
    ['driver-not-valid', 'driver-differs'],
  ],
  [
    'two cards',
    { seen: read(card, otherCard), facts: { drivers, ...bound('DRIVER') } },
    ['driver-cards-differ', 'driver-unconfirmed'],
  ],
  [
    'his card, and that of the driver before',
    {
      seen: { driver: { cards: [card], stale: true } },
      facts: { drivers, ...bound('DRIVER') },
    },
    ['driver-card-stale', 'driver-unconfirmed'],
  ],
  [
    'a card that two drivers are registered with',
    {
      seen: read(card),
      facts: { drivers: [driver(), driver({ id: 'OTHER' })], ...bound('DRIVER') },
    },
    ['pass', 'driver-unconfirmed'],
  ],
] as const satisfies readonly (readonly [string, Case, readonly [string, string]])[];
for (const [title, given, expected] of rows) {
  t.test(title, async (t) => t.strictSame(told(given), expected));
}

const requirements = { plate: true, containers: true, tag: true, weight: false, driver: true };
const settings = { requirements };
const show = (lane: LaneStory, shown = card) =>
  lane.observe({ kind: 'driverCardRead', card: shown }, 'card-reader');
const facts = released({
  ...registers,
  drivers: [driver(), driver({ id: 'OTHER', cards: [otherCard] })],
  consignments: [consignment({ id: 'D1', containers: [box] })],
});
function standing(): LaneStory {
  const lane = new LaneStory(settings);
  lane.facts = facts;
  return lane.ready().arrive().plate(plate).tag(tag).boxes(box);
}

t.test('a lane that reads cards waits for one, and asks who has it', async (t) => {
  const lane = standing();
  t.equal(lane.state.passages[0]?.kind, 'capturing');
  show(lane);
  t.equal(lane.opens(), 1);
  t.strictSame(lane.state.passages[0]?.decidedOn?.cards, [card]);
  t.strictSame(lane.state.passages[0]?.identification?.tags, [tag], 'it is no tag of the vehicle');
  const entries = JSON.stringify(lane.events());
  t.notMatch(entries, card, 'no entry of the journal tells of it');

  const without = standing().pass(10_000);
  t.equal(without.opens(), 0);
  t.match(without.state.passages[0]?.reasons, ['driver-card-unread']);
});

t.test('a card alone is no witness of a vehicle', async (t) => {
  const lane = new LaneStory({ requirements: { ...requirements, tag: false, containers: false } });
  lane.facts = facts;
  lane.ready().arrive().plate(plate, 0.75);
  show(lane);
  t.equal(lane.opens(), 0);
  t.ok(lane.state.passages[0]?.reasons.includes('identity-single-witness'));
});

t.test('two cards are a conflict, and so is the card of the driver before', async (t) => {
  const two = new LaneStory(settings);
  two.facts = facts;
  two.ready().arrive();
  show(show(two), otherCard).plate(plate).tag(tag).boxes(box);
  t.equal(two.opens(), 0);
  t.match(two.state.passages[0]?.reasons, ['driver-cards-differ']);

  const lane = show(standing()).driveThrough().arm('closed');
  t.strictSame(lane.outcomes(), ['passed']);
  for (const _ of [1, 2, 3]) show(lane).pass(900);
  lane.arrive();
  show(lane).plate(plate).tag(tag).boxes(box);
  t.equal(lane.state.dropped['cardOfAnother'], 4, 'it lies on the reader');
  t.equal(lane.state.passages[0]?.kind, 'capturing', 'and is not what is waited for');
  show(lane, otherCard);
  t.equal(lane.opens(), 1);
  t.match(lane.state.passages[0]?.reasons, ['driver-card-stale']);
});

t.test('a card is anyone’s again once the reader has not heard it for a while', async (t) => {
  const lane = show(standing()).driveThrough().arm('closed').pass(2_100);
  lane.arrive().plate(plate);
  show(lane).boxes(box).tag(tag);
  t.equal(lane.opens(), 2);
});

t.test('cards are told apart by their numbers, however these are written', async (t) => {
  t.equal(cardReference('04a1b2c3', sha256), card);
  t.equal(cardReference('04:A1-B2 c3', sha256), card);
  t.not(otherCard, card);
  t.match(card, /^[0-9a-f]{32}$/);
});
