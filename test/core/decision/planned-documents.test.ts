/** Documents that a plan or a binding ties to a box: each needs its own proofs (拼柜), though neither it nor a proof names the box. */
import t from 'tap';
import { decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { BindingFact, GatheredFacts, ProofFact } from '../../../src/core/facts.ts';
import { consignment, hold, noonMs, proof, transaction } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released } from '../../support/released.ts';

const second = 'CBHU3202732';
const planFor = (containers: readonly string[], consignments: readonly string[]) =>
  transaction({
    direction: 'out',
    transactionType: 'importLocal',
    plate,
    containers,
    consignments,
  });
const proofsOf = (id: string, ...containers: string[]) =>
  (['customs_declaration', 'terminal_release'] as const).map((proofType) =>
    proof({ id: `${proofType}-${id}`, proofType, containers, consignmentId: id }),
  );
const unboxed = (id: string) => consignment({ id, containers: [] });

function decided(facts: Partial<GatheredFacts>, ...boxes: readonly string[]) {
  const containers = [box, ...boxes].map((number, i) => ({
    position:
      boxes.length === 0 ? ('single' as const) : i === 0 ? ('front' as const) : ('rear' as const),
    raw: number,
    number: number as never,
    confidence: 0.95,
  }));
  return decide(
    atTheArm({ identification: { ...readWell, containers }, facts: released(facts) }),
    strictPolicy,
  ).decision;
}

t.test('a box that is planned under two documents needs the proofs of both', async (t) => {
  const facts = {
    transactions: [planFor([box], ['D1', 'D2'])],
    consignments: [unboxed('D1'), unboxed('D2')],
  };
  const lacking = decided({ ...facts, proofs: proofsOf('D1', box) });
  t.equal(lacking.disposition, 'refuse');
  t.strictSame(reasonsOf(lacking), ['proof-missing']);
  const both = decided({ ...facts, proofs: [...proofsOf('D1', box), ...proofsOf('D2', box)] });
  t.equal(both.disposition, 'admit', `${reasonsOf(both)}`);
  t.equal(both.releases.length, 4, 'and uses those of both');
  const ofBox = proofsOf('D1', box).map(({ consignmentId: _, ...each }) => each);
  t.equal(
    decided({ ...facts, proofs: ofBox }).disposition,
    'admit',
    'a proof of the box as such is of all',
  );
});

t.test('a proof of the second document that names another box only is none', async (t) => {
  const decision = decided({
    transactions: [planFor([box], ['D1', 'D2'])],
    consignments: [unboxed('D1'), unboxed('D2')],
    proofs: [...proofsOf('D1', box), ...proofsOf('D2', 'HLXU2008419')],
  });
  t.strictSame(reasonsOf(decision), ['proof-missing']);
});

t.test('a document that names the other box of the plan is of that one', async (t) => {
  const plan = { transactions: [planFor([box, second], ['D1', 'D2'])] };
  const each: ProofFact[] = [...proofsOf('D1', box), ...proofsOf('D2', second)];
  const told = {
    consignments: [
      consignment({ id: 'D1', containers: [box] }),
      consignment({ id: 'D2', containers: [second] }),
    ],
  };
  const untold = { consignments: [unboxed('D1'), unboxed('D2')] };
  for (const documents of [told, untold]) {
    const decision = decided({ ...plan, ...documents, proofs: each }, second);
    t.equal(decision.disposition, 'admit', `${reasonsOf(decision)}`);
  }
  const unproven = decided(
    { ...plan, ...untold, proofs: [...proofsOf('D1', box), ...proofsOf('D1', second)] },
    second,
  );
  t.strictSame(reasonsOf(unproven), ['proof-missing'], 'whose nobody says it is is both of theirs');
  const [declared] = proofsOf('D2', box, second) as [ProofFact, ProofFact];
  const [, release] = proofsOf('D2', second) as [ProofFact, ProofFact];
  const half = decided(
    { ...plan, ...untold, proofs: [...proofsOf('D1', box), declared, release] },
    second,
  );
  t.strictSame(
    reasonsOf(half),
    ['proof-missing'],
    'one of both that is proven in full for one is not for the other',
  );
});

t.test('a document that the binding alone ties to a box needs its proofs too', async (t) => {
  const bound: BindingFact = {
    kind: 'binding',
    id: 'B1',
    source: 'terminal',
    version: 1,
    asOfMs: noonMs - 60_000,
    state: 'bound',
    origin: 'premises',
    plate,
    containers: [box],
    consignments: ['D1', 'D2'],
  };
  const facts = {
    bindings: [bound],
    consignments: [unboxed('D1'), unboxed('D2')],
    proofs: proofsOf('D1', box),
  };
  t.strictSame(reasonsOf(decided(facts)), ['proof-missing']);
  t.equal(
    decided({ ...facts, bindings: [{ ...bound, consignments: ['D1'] }] }).disposition,
    'admit',
  );
  const ofOther = { ...bound, containers: [second], consignments: ['D1', 'D2'] };
  t.notOk(reasonsOf(decided({ ...facts, bindings: [ofOther] })).includes('proof-missing'));
  const held = hold({ subject: { kind: 'consignment', consignmentId: 'D2' } });
  t.ok(
    reasonsOf(decided({ ...facts, holds: [held] })).includes('container-held'),
    'and is held by its holds',
  );
});
