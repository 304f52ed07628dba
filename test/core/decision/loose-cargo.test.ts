/** Cargo that is in no box: it needs its proofs as a box does, by the document that it is declared in. */
import t from 'tap';
import { decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { GatheredFacts } from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { consignment, hold, noonMs, proof, transaction } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, plate, readWell, released } from '../../support/released.ts';

const noBox: Identification = { ...readWell, containers: [] };
const work = (change: object = {}) =>
  transaction({
    direction: 'out',
    transactionType: 'importLocal',
    plate,
    containers: [],
    consignments: ['D1'],
    ...change,
  });
const grants = (['customs_declaration', 'terminal_release'] as const).map((proofType) =>
  proof({ id: proofType, proofType, containers: [], consignmentId: 'D1' }),
);
const declared = {
  transactions: [work()],
  consignments: [consignment({ id: 'D1', containers: [] })],
  proofs: grants,
};

function decided(facts: Partial<GatheredFacts>) {
  const inputs = atTheArm({
    identification: noBox,
    facts: released({ ...declared, ...facts }),
  });
  return decide(inputs, strictPolicy).decision;
}
const reasons = (facts: Partial<GatheredFacts>) => reasonsOf(decided(facts));

t.test('all proofs name the document: it goes, and uses them', async (t) => {
  const decision = decided({});
  t.equal(decision.disposition, 'admit', `${reasonsOf(decision)}`);
  t.strictSame(decision.releases, [
    { lineage: 'customs_declaration', container: 'loose:D1' },
    { lineage: 'terminal_release', container: 'loose:D1' },
  ]);
});

t.test('nothing goes without its proofs', async (t) => {
  t.strictSame(reasons({ proofs: [] }), ['proof-missing']);
  t.strictSame(reasons({ proofs: grants.slice(0, 1) }), ['proof-missing']);
  const ofOther = grants.map((each) => ({ ...each, consignmentId: 'D2' }));
  t.strictSame(reasons({ proofs: ofOther }), ['proof-missing'], 'those of another document');
});

t.test('planned cargo that names no document is covered by nothing', async (t) => {
  t.ok(reasons({ transactions: [work({ consignments: [] })] }).includes('proof-missing'));
});

t.test('each document of the truck needs its own', async (t) => {
  const both = {
    transactions: [work({ consignments: ['D1', 'D2'] })],
    consignments: [
      consignment({ id: 'D1', containers: [] }),
      consignment({ id: 'D2', containers: [] }),
    ],
  };
  t.strictSame(reasons(both), ['proof-missing']);
  const second = grants.map((each) => ({
    ...each,
    id: `${each.id}-2`,
    lineage: `${each.lineage}-2`,
    consignmentId: 'D2',
  }));
  t.strictSame(reasons({ ...both, proofs: [...grants, ...second] }), []);
});

t.test('a hold on the document, a revocation and an earlier use count', async (t) => {
  const subject = { kind: 'consignment', consignmentId: 'D1' } as const;
  t.strictSame(reasons({ holds: [hold({ subject })] }), ['container-held']);
  const used = {
    lineage: 'customs_declaration',
    container: 'loose:D1',
    state: 'consumed',
    passageId: 'p-0' as never,
  } as const;
  t.ok(reasons({ uses: [used] }).includes('release-used'));
});

t.test('a truck that comes for nothing has no cargo to cover', async (t) => {
  const policy = {
    ...strictPolicy,
    rules: strictPolicy.rules.map((rule) => ({
      ...rule,
      transactionTypes: [...rule.transactionTypes, 'bobtail' as const],
    })),
  };
  const { decision } = decide(
    {
      passageId: 'p-1' as never,
      direction: 'out',
      nowWallMs: noonMs,
      requirements: { plate: true, containers: true, tag: true, weight: false },
      identification: noBox,
      weight: { kind: 'noWeight', reason: 'noReading' },
      facts: released({
        ...declared,
        transactions: [work({ transactionType: 'bobtail', consignments: [] })],
        proofs: [],
      }),
    },
    policy,
  );
  t.strictSame(decision.releases, []);
  t.notOk(reasonsOf(decision).includes('proof-missing'));
});
