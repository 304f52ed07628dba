/** Holds by whatever names what is held: a bill, a pass order, a document of any plan, a number as somebody wrote it. */
import t from 'tap';
import { decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { BillFact, GatheredFacts, PassOrderFact } from '../../../src/core/facts.ts';
import { consignment, hold, noonMs, source, transaction } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, released } from '../../support/released.ts';

const head = { source: 'customs', version: 1, asOfMs: noonMs - 3_600_000 };
const bill: BillFact = {
  kind: 'bill',
  id: 'BL-1',
  ...head,
  vessel: 'Sea Star',
  voyage: '026W',
  containers: [box],
  recognised: false,
  preManifest: 'accepted',
};
const order: PassOrderFact = {
  kind: 'pass-order',
  id: 'O1',
  ...head,
  bindingType: 2,
  state: 'approved',
  plate,
  containers: [box],
  consignments: ['D1'],
};

function reasons(facts: Partial<GatheredFacts>, consignmentId?: string): readonly string[] {
  const holds =
    consignmentId === undefined
      ? facts.holds
      : [hold({ subject: { kind: 'consignment', consignmentId } })];
  const inputs = atTheArm({ facts: released({ ...facts, ...(holds && { holds }) }) });
  return reasonsOf(decide(inputs, strictPolicy).decision);
}

t.test('a hold on the bill holds the boxes under it', async (t) => {
  t.strictSame(reasons({ bills: [bill] }), []);
  t.strictSame(reasons({ bills: [bill] }, 'BL-1'), ['container-held'], 'that names the box');
  const byDocument = {
    bills: [{ ...bill, containers: [] }],
    consignments: [consignment({ id: 'D1', containers: [box], bills: ['BL-1'] })],
  };
  t.strictSame(reasons(byDocument, 'BL-1'), ['container-held'], 'that a document names');
  t.strictSame(reasons({ ...byDocument, bills: [] }, 'BL-1'), ['container-held'], 'not told yet');
  const ofOther = { bills: [{ ...bill, containers: ['CBHU3202732'] }] };
  t.strictSame(reasons(ofOther, 'BL-1'), [], 'of other boxes');
});

t.test('a hold on the pass order holds what goes under it', async (t) => {
  const ordered = { transactions: [], proofs: [], passOrders: [order] };
  t.strictSame(reasons(ordered), []);
  t.strictSame(reasons(ordered, 'O1'), ['container-held']);
});

t.test('a hold on a document that any plan of the box names holds it', async (t) => {
  const plan = (id: string, consignments: readonly string[]) =>
    transaction({
      id,
      direction: 'out',
      transactionType: 'importLocal',
      plate,
      containers: [box],
      consignments,
    });
  const facts = { transactions: [plan('t-1', ['D1']), plan('t-2', ['D2'])] };
  t.ok(reasons(facts, 'D2').includes('container-held'));
});

t.test('a hold on a number without its check digit, or with another, holds the box', async (t) => {
  for (const container of [box.slice(0, 10), `${box.slice(0, 10)}7`, 'csqu 305438-3']) {
    const holds = [hold({ subject: { kind: 'container', container } })];
    t.strictSame(reasons({ holds }), ['container-held'], container);
  }
  const holds = [hold({ subject: { kind: 'container', container: 'CSQU3054397' } })];
  t.strictSame(reasons({ holds }), [], 'of its neighbour');
});

t.test('where no source speaks of holds, that nothing is held is not known', async (t) => {
  const sources = [source({ kinds: ['consignment', 'proof', 'vehicle', 'transaction'] })];
  t.strictSame(reasons({ sources }), ['hold-source-none']);
  t.strictSame(reasons({ sources: [] }), ['hold-source-none']);
  const another = [...sources, source({ source: 'police', kinds: ['hold'] })];
  t.strictSame(reasons({ sources: another }), []);
});
