/** A box that a good proof covers, and that a revoked one of another lineage names too. */
import t from 'tap';
import { decide, layGroundwork, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { GatheredFacts, ProofFact, ReleaseUse } from '../../../src/core/facts.ts';
import { consignment, noonMs, proof, transaction } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released } from '../../support/released.ts';

const dayMs = 86_400_000;
const good = [
  proof({ id: 'good', proofType: 'customs_declaration', containers: [box] }),
  proof({ proofType: 'terminal_release', containers: [box] }),
];
const revoked = (change: Partial<ProofFact> = {}) =>
  proof({
    id: 'other',
    proofType: 'customs_declaration',
    containers: [box],
    state: 'revoked',
    ...change,
  });
const undocumented = { consignments: [], proofs: [...good, revoked()] };
const used = (state: ReleaseUse['state']): ReleaseUse => ({
  lineage: 'other',
  container: box,
  state,
  passageId: 'p-0' as never,
});

const decided = (facts: Partial<GatheredFacts>) =>
  decide(atTheArm({ facts: released({ ...undocumented, ...facts }) }), strictPolicy).decision;
const beside = (...proofs: readonly ProofFact[]) => ({ proofs: [...good, ...proofs] });

t.test('documents of the box are not known: it is referred, with the lineage', async (t) => {
  t.equal(decided({ proofs: good }).disposition, 'admit', 'nothing else is wrong with it');
  const decision = decided({});
  t.equal(decision.disposition, 'refer');
  t.match(
    decision.checks.find(({ check }) => check === 'not-revoked'),
    { code: 'proof-revoked-beside', evidence: { container: box, lineage: 'other' } },
  );
  t.strictSame(decision.releases, []);
});

t.test('what may be about this trip refers it', async (t) => {
  const rows: readonly (readonly [string, Partial<GatheredFacts>])[] = [
    ['of whatever document', beside(revoked({ consignmentId: 'D9' }))],
    [
      'a revocation of its lineage that names no box',
      beside(revoked({ state: 'granted' }), revoked({ id: 'r', lineage: 'other', containers: [] })),
    ],
    ['another type that is required', beside(revoked({ proofType: 'terminal_release' }))],
    ['one that only waits to be used', { uses: [used('reserved')] }],
    ['one that has run out lately', beside(revoked({ validUntilMs: noonMs - 6 * dayMs }))],
    [
      'one that was revoked weeks ago',
      beside(revoked({ consignmentId: 'D9', asOfMs: noonMs - 89 * dayMs })),
    ],
    [
      'whose place a grant of before has not taken',
      { proofs: [revoked(), ...good.map((each) => ({ ...each, issuedAtMs: noonMs - 2 * dayMs }))] },
    ],
    [
      'whose place a grant of another document has not taken',
      beside(
        revoked(),
        proof({
          id: 'new',
          proofType: 'customs_declaration',
          containers: [box],
          consignmentId: 'D2',
          issuedAtMs: noonMs,
        }),
      ),
    ],
    [
      'of a document that is known to be in the box',
      {
        consignments: [consignment({ id: 'D1', containers: [box] })],
        ...beside(revoked({ consignmentId: 'D1' })),
      },
    ],
    [
      'that names no document, where one is known',
      { consignments: [consignment({ id: 'D1', containers: [box] })] },
    ],
  ];
  for (const [what, facts] of rows)
    t.strictSame(reasonsOf(decided(facts)), ['proof-revoked-beside'], what);
});

t.test('what is of an earlier trip or of something else does not stand in the way', async (t) => {
  const rows: readonly (readonly [string, Partial<GatheredFacts>])[] = [
    ['used up', { uses: [used('consumed')] }],
    ['expired long ago', beside(revoked({ validUntilMs: noonMs - 8 * dayMs }))],
    ['revoked months ago', beside(revoked({ consignmentId: 'D9', asOfMs: noonMs - 91 * dayMs }))],
    [
      'granted anew since',
      beside(revoked(), {
        ...(good[0] as ProofFact),
        id: 'new',
        lineage: 'new',
        issuedAtMs: noonMs,
      }),
    ],
    ['of a type that nobody asks for', beside(revoked({ proofType: 'quarantine' }))],
    [
      'of another document than that of the box',
      {
        consignments: [consignment({ id: 'D1', containers: [box] })],
        ...beside(revoked({ consignmentId: 'D9' })),
      },
    ],
    ['of another box', beside(revoked({ containers: ['CBHU3202732'] }))],
  ];
  for (const [what, facts] of rows) {
    const decision = decided(facts);
    t.equal(decision.disposition, 'admit', `${what}: ${reasonsOf(decision)}`);
  }
});

t.test('loose cargo is looked at in the same way, by its document', async (t) => {
  const loose = (...proofs: readonly ProofFact[]) =>
    decide(
      atTheArm({
        identification: { ...readWell, containers: [] },
        facts: released({
          transactions: [
            transaction({
              direction: 'out',
              transactionType: 'importLocal',
              plate,
              containers: [],
              consignments: ['D1'],
            }),
          ],
          consignments: [consignment({ id: 'D1', containers: [] })],
          proofs: [
            ...good.map((each) => ({ ...each, containers: [], consignmentId: 'D1' })),
            ...proofs,
          ],
        }),
      }),
      strictPolicy,
    ).decision;
  t.equal(loose().disposition, 'admit');
  const ofIt = revoked({ containers: [], consignmentId: 'D1' });
  t.strictSame(reasonsOf(loose(ofIt)), ['proof-revoked-beside']);
  t.equal(loose({ ...ofIt, consignmentId: 'D2' }).disposition, 'admit');
});

t.test('a decision that was prepared before a revocation was over is not kept', async (t) => {
  for (const over of [
    { consignmentId: 'D9', asOfMs: noonMs - 90 * dayMs },
    { validUntilMs: noonMs - 7 * dayMs },
  ]) {
    const facts = released({ ...undocumented, ...beside(revoked(over)) });
    const ahead = layGroundwork(atTheArm({ facts }), strictPolicy);
    t.equal(decide(atTheArm({ facts }), strictPolicy, ahead).decision.disposition, 'refer');
    const later = atTheArm({ facts, nowWallMs: noonMs + 1 });
    t.equal(decide(later, strictPolicy, ahead).decision.disposition, 'admit');
  }
});
