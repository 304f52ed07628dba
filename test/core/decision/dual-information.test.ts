/** Dual information: two requirements are met by two pieces of information, and a manifest is never the only one. */
import t from 'tap';
import { parsePolicy } from '../../../src/config/policy.ts';
import { decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { Policy } from '../../../src/core/decision/policy.ts';
import type { BillFact, GatheredFacts, ProofFact, StuffingFact } from '../../../src/core/facts.ts';
import { consignment, noonMs, proof, transaction } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, released } from '../../support/released.ts';

const head = { source: 'customs', version: 1, asOfMs: noonMs };

function decided(facts: Partial<GatheredFacts>, policy: Policy, direction: 'in' | 'out' = 'out') {
  const inputs = atTheArm({
    direction,
    facts: released(facts),
  });
  return decide(inputs, policy).decision;
}

type Required = Policy['requiredProofs'][number];

const requiring = (of: Partial<Required>): Policy => ({
  ...strictPolicy,
  requiredProofs: [{ direction: 'out', transactionType: 'importLocal', require: [], ...of }],
});
const reasons = (proofs: readonly ProofFact[], of: Partial<Required>) =>
  reasonsOf(decided({ proofs }, requiring(of)));
const grant = (proofType: ProofFact['proofType'], change: Partial<ProofFact> = {}) =>
  proof({ proofType, containers: [box], id: change.lineage ?? proofType, ...change });

const twice = {
  require: [{ anyOf: ['transfer'] }, { anyOf: ['transfer', 'lift_permit'] }],
} as const;

t.test('two copies of one statement are one piece of information', async (t) => {
  const copies = [grant('transfer', { lineage: 'A' }), grant('transfer', { lineage: 'B' })];
  t.strictSame(reasons(copies, twice), ['proof-missing']);
  const byTwoLinks = [copies[0], { ...copies[1], source: 'other-link' }] as ProofFact[];
  t.strictSame(reasons(byTwoLinks, twice), ['proof-missing'], 'whatever links they came over');
});

t.test('another issuer, another act or another kind of record makes two', async (t) => {
  const first = grant('transfer', { lineage: 'A', act: 'X1' });
  const other = (change: Partial<ProofFact>) => grant('transfer', { lineage: 'B', ...change });
  t.strictSame(reasons([first, other({ issuer: 'quarantine-5788' })], twice), []);
  t.strictSame(reasons([first, other({ act: 'X2' })], twice), []);
  t.strictSame(reasons([first, other({ act: 'X1' })], twice), ['proof-missing']);
  t.strictSame(reasons([first, other({})], twice), ['proof-missing'], 'an act that nobody names');
  t.strictSame(reasons([first, other({ medium: 'paper' })], twice), []);
  t.strictSame(reasons([first, grant('lift_permit')], twice), []);
});

t.test('the one proof that serves both is left to the requirement that has no other', async (t) => {
  const of = {
    require: [{ anyOf: ['transfer', 'lift_permit'] }, { anyOf: ['transfer'] }],
  } as const;
  t.strictSame(reasons([grant('transfer'), grant('lift_permit')], of), []);
  t.strictSame(reasons([grant('lift_permit'), grant('transfer')], of), []);
});

const readings: readonly (readonly [string, readonly ProofFact[], readonly ProofFact[]])[] = [
  [
    'transfer-and-premises',
    [grant('transfer'), grant('second_information', { issuer: 'premises' })],
    [grant('transfer'), grant('second_information')],
  ],
  [
    'electronic-and-paper',
    [grant('transfer', { lineage: 'A' }), grant('transfer', { lineage: 'B', medium: 'paper' })],
    [grant('transfer', { lineage: 'A' }), grant('customs_declaration', { lineage: 'B' })],
  ],
  [
    'customs-and-quarantine',
    [grant('customs_declaration'), grant('quarantine', { issuer: 'quarantine-5788' })],
    [grant('customs_declaration'), grant('quarantine')],
  ],
  [
    'manifest-and-declaration',
    [grant('manifest'), grant('customs_declaration')],
    [grant('manifest'), grant('manifest', { lineage: 'B', issuer: 'other' })],
  ],
  [
    'vehicle-and-cargo',
    [grant('transfer'), grant('second_information', { issuer: 'premises' })],
    [grant('transfer'), grant('second_information')],
  ],
];
for (const [reading, good, bad] of readings) {
  t.test(`the shipped reading ${reading}`, async (t) => {
    t.strictSame(reasons(good, { reading }), []);
    t.strictSame(reasons(bad, { reading }), ['proof-missing'], 'not independent');
    for (const each of good) t.strictSame(reasons([each], { reading }), ['proof-missing']);
    const policy = requiring({ reading });
    const decision = decided({ proofs: good }, policy);
    t.equal(decision.releases.length, 2, 'both are used');
  });
}

t.test('a reading that the policy does not have covers nothing', async (t) => {
  t.ok(reasons([grant('transfer')], { reading: 'no-such' }).includes('requirement-none'));
  t.match(parsePolicy({ ...requiring({ reading: 'no-such' }), rules: strictPolicy.rules }), {
    kind: 'invalid',
  });
});

const bill = (change: Partial<BillFact> = {}): BillFact => ({
  kind: 'bill',
  id: 'B1',
  ...head,
  vessel: 'Sea Star',
  voyage: '026W',
  containers: [box],
  recognised: true,
  preManifest: 'none',
  ...change,
});
const water = {
  require: [{ anyOf: ['transfer'], leg: 'water' }, { anyOf: ['customs_declaration'] }],
} as const;
const declared = [grant('customs_declaration')];

t.test('a recognised manifest stands for the transfer of the leg by water', async (t) => {
  const of = (bills: readonly BillFact[], required: Partial<Required> = water) =>
    reasonsOf(decided({ proofs: declared, bills }, requiring(required)));
  t.strictSame(of([bill()]), []);
  t.strictSame(of([bill({ recognised: false })]), ['proof-missing']);
  t.strictSame(of([bill({ containers: ['CBHU3202732'] })]), ['proof-missing'], 'of another box');
  const byLand = {
    require: [{ anyOf: ['transfer'] }, { anyOf: ['customs_declaration'] }],
  } as const;
  t.strictSame(of([bill()], byLand), ['proof-missing'], 'and not for the leg by land');
  t.strictSame(of([bill(), bill({ id: 'B2', recognised: false })]), ['proof-missing'], 'in part');
});

t.test('on the way in it stands for nothing', async (t) => {
  const transactions = [
    transaction({ direction: 'in', transactionType: 'importTransfer', plate, containers: [box] }),
  ];
  const policy: Policy = {
    ...strictPolicy,
    requiredProofs: [
      {
        direction: 'in',
        transactionType: 'importTransfer',
        require: [{ anyOf: ['transfer'], leg: 'water' }],
      },
    ],
  };
  const facts = { transactions, proofs: [], bills: [bill()] };
  t.ok(reasonsOf(decided(facts, policy, 'in')).includes('proof-missing'));
});

t.test('no box leaves by land on manifests alone', async (t) => {
  const alone = { require: [{ anyOf: ['transfer'], leg: 'water' }] } as const;
  const decision = decided({ proofs: [], bills: [bill()] }, requiring(alone));
  t.strictSame(reasonsOf(decision), ['manifest-alone']);
  t.equal(decision.disposition, 'refuse');
  const both = { require: [...alone.require, { anyOf: ['manifest'] }] } as const;
  const proofs = [grant('manifest')];
  const twoManifests = decided({ proofs, bills: [bill()] }, requiring(both));
  t.strictSame(reasonsOf(twoManifests), ['manifest-alone']);
  for (const of of [alone, both, { require: [{ anyOf: ['manifest'] }] } as const]) {
    const parsed = parsePolicy({ ...strictPolicy, requiredProofs: requiring(of).requiredProofs });
    const findings = parsed.kind === 'invalid' ? parsed.findings : [];
    t.ok(findings.some(({ message }) => message.includes('on a manifest alone')));
  }
});

const stuffing = (asOfMs: number, ...ids: string[]): StuffingFact => ({
  kind: 'stuffing',
  id: `S${asOfMs}`,
  ...head,
  asOfMs,
  container: box,
  consignments: ids.map((consignmentId) => ({ consignmentId })),
  seals: [],
});

t.test('a box that was stuffed needs the proofs of all that is in it', async (t) => {
  const of = (proofs: readonly ProofFact[], ...stuffings: StuffingFact[]) =>
    reasonsOf(
      decided(
        { proofs, stuffings, consignments: [consignment({ id: 'D1', containers: [box] })] },
        requiring({ require: [{ anyOf: ['customs_declaration'] }] }),
      ),
    );
  const about = (consignmentId: string) =>
    grant('customs_declaration', { lineage: consignmentId, consignmentId });
  t.strictSame(of([about('D1')], stuffing(1, 'D1', 'D2')), ['proof-missing']);
  t.strictSame(of([about('D1'), about('D2')], stuffing(1, 'D1', 'D2')), []);
  t.strictSame(of([about('D1')], stuffing(1, 'D2'), stuffing(2, 'D1')), [], 'the last counts');
});
