/** Loose cargo that goes in parts: no truck takes more than is left, by pieces and by weight. */
import t from 'tap';
import { restOf, takesOf } from '../../../src/core/clearance/quantity.ts';
import { type DecisionInputs, decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { Policy } from '../../../src/core/decision/policy.ts';
import type { CargoLoad, GatheredFacts, ReleaseUse } from '../../../src/core/facts.ts';
import { consignment, noonMs, proof, transaction, vehicle } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, byHand, plate, readWell, released, tag } from '../../support/released.ts';

const planFor = (load?: Omit<CargoLoad, 'consignmentId'>, change: object = {}) =>
  transaction({
    direction: 'out',
    transactionType: 'importLocal',
    plate,
    containers: [],
    consignments: ['D1'],
    ...(load && { loads: [{ consignmentId: 'D1', ...load }] }),
    ...change,
  });
const grants = (quantity: object = {}) =>
  (['customs_declaration', 'terminal_release'] as const).map((proofType) =>
    proof({ id: proofType, proofType, containers: [], consignmentId: 'D1', ...quantity }),
  );
const usedBefore = (takes?: ReleaseUse['takes'], passageId = 'p-0'): ReleaseUse[] =>
  ['customs_declaration', 'terminal_release'].map((lineage) => ({
    lineage,
    container: 'loose:D1',
    state: 'consumed',
    passageId: passageId as never,
    ...(takes && { takes, atMs: noonMs }),
  }));

interface Case {
  readonly facts?: Partial<GatheredFacts>;
  readonly grossKg?: number;
  readonly order?: DecisionInputs['order'];
  readonly policy?: Policy;
}

function decided({ facts = {}, grossKg, order, policy = strictPolicy }: Case) {
  const inputs = atTheArm({
    ...(order && { order }),
    identification: { ...readWell, containers: [] },
    grossKg,
    facts: released({
      vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 10_000 })],
      transactions: [planFor({ packages: 40 })],
      consignments: [consignment({ id: 'D1', containers: [], packages: 100 })],
      proofs: grants({ packages: 100 }),
      ...facts,
    }),
  });
  return decide(inputs, policy).decision;
}
const reasons = (of: Case) => reasonsOf(decided(of));

t.test('a truck takes the part that its plan states, and reserves that', async (t) => {
  const decision = decided({});
  t.equal(decision.disposition, 'admit', `${reasonsOf(decision)}`);
  const part = { takes: { packages: 40 }, limit: { packages: 100 } };
  t.strictSame(decision.releases, [
    { lineage: 'customs_declaration', container: 'loose:D1', part },
    { lineage: 'terminal_release', container: 'loose:D1', part },
  ]);
});

t.test('the next truck takes of what is left, to the last piece and no further', async (t) => {
  t.strictSame(reasons({ facts: { uses: usedBefore({ packages: 60 }) } }), []);
  const over = decided({ facts: { uses: usedBefore({ packages: 61 }) } });
  t.equal(over.disposition, 'refuse');
  t.ok(reasonsOf(over).includes('quantity-packages-over'), `${reasonsOf(over)}`);
  t.match(
    over.checks.find(({ check }) => check === 'quantity-remaining'),
    { evidence: { container: 'loose:D1', wanted: 40, rest: 39 } },
  );
  t.strictSame(over.releases, []);
});

t.test(
  'what all earlier trucks took counts, and what this passage reserved does not',
  async (t) => {
    const several = [...usedBefore({ packages: 30 }), ...usedBefore({ packages: 31 }, 'p-9')];
    t.ok(reasons({ facts: { uses: several } }).includes('quantity-packages-over'));
    const own = [...usedBefore({ packages: 60 }), ...usedBefore({ packages: 40 }, 'p-1')];
    t.strictSame(reasons({ facts: { uses: own } }), []);
  },
);

t.test('weight is counted by itself', async (t) => {
  const of = (weightKg: number) => ({
    transactions: [planFor({ packages: 40, grossWeightKg: 8_000 })],
    proofs: grants({ packages: 100, grossWeightKg: 20_000 }),
    uses: usedBefore({ packages: 60, grossWeightKg: weightKg }),
  });
  t.strictSame(reasons({ facts: of(12_000) }), []);
  t.ok(reasons({ facts: of(12_001) }).includes('quantity-weight-over'));
});

t.test('a truck whose load nobody stated takes all that is left', async (t) => {
  const facts = { transactions: [planFor()] };
  t.match(decided({ facts }).releases, [
    { part: { takes: { packages: 100 } } },
    { part: { takes: { packages: 100 } } },
  ]);
  const after = { ...facts, uses: usedBefore({ packages: 60 }) };
  t.match(decided({ facts: after }).releases[0], { part: { takes: { packages: 40 } } });
  const none = { ...facts, uses: usedBefore({ packages: 100 }) };
  t.ok(reasons({ facts: none }).includes('quantity-packages-over'));
});

t.test('a load of nothing takes nothing out', async (t) => {
  const facts = { transactions: [planFor({ packages: 0 })] };
  t.ok(reasons({ facts }).includes('quantity-packages-over'));
});

t.test('without a quantity in proof and plan a document goes once, whole', async (t) => {
  const whole = { proofs: grants(), transactions: [planFor()] };
  t.strictSame(decided({ facts: whole }).releases[0], {
    lineage: 'customs_declaration',
    container: 'loose:D1',
  });
  t.ok(reasons({ facts: { ...whole, uses: usedBefore() } }).includes('release-used'));
  const partly = { ...whole, uses: usedBefore({ packages: 1 }) };
  t.ok(reasons({ facts: partly }).includes('release-used'), 'a part of it has gone');
  t.ok(reasons({ facts: { uses: usedBefore() } }).includes('release-used'), 'all of it has gone');
});

t.test('where the plan states a load, the document says how much there is in all', async (t) => {
  const facts = { proofs: grants() };
  t.match(decided({ facts }).releases[0], { part: { limit: { packages: 100 } } });
  const over = { ...facts, uses: usedBefore({ packages: 61 }) };
  t.ok(reasons({ facts: over }).includes('quantity-packages-over'));
});

t.test('a re-sent record of the same lineage opens nothing more', async (t) => {
  const again = grants({ packages: 200 }).map((each) => ({
    ...each,
    id: `${each.id}-again`,
    lineage: each.id,
  }));
  const uses = usedBefore({ packages: 90 });
  const both = { proofs: [...again, ...grants({ packages: 100 })], uses };
  t.ok(reasons({ facts: both }).includes('quantity-packages-over'));
  t.strictSame(reasons({ facts: { proofs: grants({ packages: 200 }), uses } }), [], 'in its place');
});

t.test('two plans for one document take what both of them say', async (t) => {
  const facts = (second: object) => ({
    transactions: [planFor({ packages: 40 }), planFor({ packages: 20 }, { id: 't-2', ...second })],
  });
  t.match(decided({ facts: facts({}) }).releases, [
    { part: { takes: { packages: 60 } } },
    { part: { takes: { packages: 60 } } },
  ]);
  const unsaid = decided({ facts: facts({ loads: undefined }) }).releases;
  t.match(unsaid, [{ part: { takes: { packages: 100 } } }, {}], 'one that does not say: all');
});

t.test('what it weighs is not more than what it is said to take', async (t) => {
  const facts = {
    transactions: [planFor({ grossWeightKg: 8_000 })],
    proofs: grants({ grossWeightKg: 20_000 }),
  };
  t.strictSame(reasons({ facts, grossKg: 18_500 }), []);
  const over = decided({ facts, grossKg: 18_501 });
  t.strictSame(reasonsOf(over), ['quantity-over-weighed']);
  t.equal(over.disposition, 'refuse');
  t.strictSame(reasons({ facts, grossKg: 14_000 }), [], 'less may go');
  const noTare = { ...facts, vehicles: [vehicle({ plates: [plate], tags: [tag] })] };
  t.strictSame(reasons({ facts: noTare, grossKg: 18_000 }), ['quantity-not-weighed']);
  t.strictSame(reasons({ facts: noTare }), [], 'a lane without a platform counts pieces');
});

t.test('a load that states one dimension takes the same share of the other', async (t) => {
  const limit = { packages: 100, grossWeightKg: 20_000 };
  t.strictSame(takesOf({ packages: 33 }, { limit, rest: limit }), {
    packages: 33,
    grossWeightKg: 6_600,
  });
  t.strictSame(takesOf({ grossWeightKg: 250 }, { limit, rest: limit }), {
    packages: 1.25,
    grossWeightKg: 250,
  });
  t.strictSame(restOf({ packages: 5 }, [{ takes: { packages: 9 } }]), { packages: 0 });
});

t.test('shares come out even: as many trucks go as the stated dimension allows', async (t) => {
  const thirds = {
    transactions: [planFor({ packages: 1 })],
    proofs: grants({ packages: 3, grossWeightKg: 1_000 }),
  };
  const first = decided({ facts: thirds }).releases[0]?.part?.takes;
  const gone = [...usedBefore(first, 'p-8'), ...usedBefore(first, 'p-9')];
  t.strictSame(reasons({ facts: { ...thirds, uses: gone } }), [], 'the third of three pieces');
  const bulk = {
    transactions: [planFor({ grossWeightKg: 30_000 })],
    proofs: grants({ packages: 1, grossWeightKg: 1_000_000 }),
  };
  const part = decided({ facts: bulk }).releases[0]?.part?.takes;
  t.strictSame(reasons({ facts: { ...bulk, uses: usedBefore(part) } }), [], 'bulk is one piece');
});

t.test('a release that is told anew by another quantity is not whole again', async (t) => {
  const byWeight = { proofs: grants({ grossWeightKg: 5_000 }), transactions: [planFor()] };
  const all = { ...byWeight, uses: usedBefore({ packages: 100 }) };
  t.ok(reasons({ facts: all }).includes('quantity-weight-over'));
  const both = { ...all, proofs: grants({ packages: 100, grossWeightKg: 5_000 }) };
  t.ok(reasons({ facts: both }).includes('quantity-packages-over'));
  const limit = { packages: 100, grossWeightKg: 20_000 };
  t.strictSame(restOf(limit, [{ takes: { packages: 90 } }]), {
    packages: 10,
    grossWeightKg: 2_000,
  });
});

t.test('two plans of which each leaves another quantity open take all that is left', async (t) => {
  const facts = {
    proofs: grants({ packages: 100, grossWeightKg: 20_000 }),
    transactions: [planFor({ packages: 40 }), planFor({ grossWeightKg: 12_000 }, { id: 't-2' })],
  };
  const [release] = decided({ facts }).releases;
  t.strictSame(release?.part?.takes, { packages: 100, grossWeightKg: 20_000 });
});

t.test('no officer releases more by hand than is left', async (t) => {
  const over = { uses: usedBefore({ packages: 70 }) };
  t.ok(reasons({ facts: over }).includes('quantity-packages-over'));
  const decision = decided({ facts: over, order: byHand });
  t.equal(decision.disposition, 'refuse');
  t.match(
    decision.checks.find(({ check }) => check === 'person'),
    { code: 'release-barred', evidence: { check: 'quantity-remaining' } },
  );
  t.equal(decided({ facts: { vehicles: [] }, order: byHand }).disposition, 'admit', 'else he may');
});

t.test(
  'what cannot be told does not bar a release by hand, also where the policy warns',
  async (t) => {
    const byWeight = {
      proofs: grants({ grossWeightKg: 20_000 }),
      transactions: [planFor({ grossWeightKg: 5_000 })],
    };
    const unweighed = { vehicles: [vehicle({ plates: [plate], tags: [tag] })] };
    const facts = { ...byWeight, ...unweighed, clockState: 'unsynced' as const };
    const warning = (onFail: 'warn' | 'refuse'): Policy => ({
      ...strictPolicy,
      rules: strictPolicy.rules.map((rule) => ({
        ...rule,
        checks: rule.checks.map((each) =>
          each.check === 'quantity-remaining' ? { ...each, onFail, onUnknown: 'warn' } : each,
        ),
      })),
    });
    const asked = { facts, grossKg: 15_000, order: byHand };
    const told = decided({ ...asked, policy: warning('refuse') });
    t.match(
      told.checks.find(({ check }) => check === 'quantity-remaining'),
      { outcome: 'warn', code: 'quantity-not-weighed' },
    );
    t.equal(told.disposition, 'admit', `${reasonsOf(told)}`);
    const barred = decided({ ...asked, policy: warning('warn') });
    t.not(barred.disposition, 'admit', 'a warning that may stand for a failure bars it');
  },
);
