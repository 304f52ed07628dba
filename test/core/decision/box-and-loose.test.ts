/** One document, by its boxes and as loose cargo: what has gone in one way is not there for the other. */
import t from 'tap';
import { decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { GatheredFacts, PassOrderFact, ReleaseUse } from '../../../src/core/facts.ts';
import { consignment, noonMs, proof, transaction } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released } from '../../support/released.ts';

const second = 'CBHU3202732';
const lineages = ['customs_declaration', 'terminal_release'] as const;
const proofs = lineages.map((proofType) =>
  proof({ id: proofType, proofType, containers: [box, second], consignmentId: 'D1' }),
);
const plan = (containers: readonly string[], change: object = {}) =>
  transaction({
    direction: 'out',
    transactionType: 'importLocal',
    plate,
    containers,
    consignments: ['D1'],
    ...change,
  });
/** 60 of the 100 pieces are in the first box, 40 in the second. */
const stated = consignment({
  id: 'D1',
  containers: [box, second],
  packages: 100,
  cargo: [
    { container: box, packages: 60 },
    { container: second, packages: 40 },
  ],
});
const unstated = consignment({ id: 'D1', containers: [box, second] });
const used = (container: string, takes?: ReleaseUse['takes'], passageId = 'p-0'): ReleaseUse[] =>
  lineages.map((lineage) => ({
    lineage,
    container,
    state: 'consumed',
    passageId: passageId as never,
    ...(takes && { takes, atMs: noonMs }),
  }));

const decided = (facts: Partial<GatheredFacts>, containers = readWell.containers) =>
  decide(
    atTheArm({
      identification: { ...readWell, containers },
      facts: released({ consignments: [stated], proofs, ...facts }),
    }),
    strictPolicy,
  ).decision;
const byBox = (facts: Partial<GatheredFacts>) =>
  reasonsOf(decided({ transactions: [plan([box])], ...facts }));
/** What a lineage that has been used is told as. */
const gone = ['release-used', 'proof-missing'];
const load = (packages: number) => ({ loads: [{ consignmentId: 'D1', packages }] });
const asLoose = (facts: Partial<GatheredFacts>) =>
  reasonsOf(decided({ transactions: [plan([], load(40))], ...facts }, []));

t.test('each way goes by itself', async (t) => {
  t.strictSame(byBox({}), []);
  t.strictSame(asLoose({}), []);
});

t.test('where quantities are not stated, one way closes the other', async (t) => {
  const consignments = [unstated];
  const whole = { transactions: [plan([])], consignments };
  t.strictSame(asLoose(whole), []);
  t.strictSame(asLoose({ ...whole, uses: used(box) }), gone);
  t.strictSame(byBox({ consignments, uses: used('loose:D1') }), gone);
  const inPart = used('loose:D1', { packages: 1 });
  t.strictSame(byBox({ consignments, uses: inPart }), gone);
  t.strictSame(byBox({ consignments, uses: used(second) }), [], 'a box stands in no other’s way');
});

t.test('loose cargo takes what the boxes that went have left', async (t) => {
  t.strictSame(asLoose({ uses: used(box) }), [], '60 went in the box, 40 are left');
  const more = { transactions: [plan([], load(41))], uses: used(box) };
  t.ok(asLoose(more).includes('quantity-packages-over'));
  t.ok(asLoose({ uses: [...used(box), ...used(second)] }).includes('quantity-packages-over'));
  const rest = decided(
    {
      transactions: [plan([])],
      uses: used(box),
      proofs: proofs.map((each) => ({ ...each, packages: 100 })),
    },
    [],
  );
  t.strictSame(
    rest.releases[0]?.part?.takes,
    { packages: 40 },
    'who states no load takes the rest',
  );
});

t.test('a box goes where as much is left as is in it', async (t) => {
  t.strictSame(byBox({ uses: used('loose:D1', { packages: 40 }) }), []);
  const over = used('loose:D1', { packages: 41 });
  t.strictSame(byBox({ uses: over }), gone);
  const other = [...used('loose:D1', { packages: 1 }), ...used(second)];
  t.strictSame(byBox({ uses: other }), gone, 'with what other boxes took');
});

t.test('a truck that is planned both ways does not take twice', async (t) => {
  const both = [plan([box]), plan([], { id: 't-2', ...load(40) })];
  const decision = decided({ transactions: both });
  t.equal(decision.disposition, 'admit', `${reasonsOf(decision)}`);
  const over = [plan([box]), plan([], { id: 't-2', ...load(41) })];
  t.ok(reasonsOf(decided({ transactions: over })).includes('quantity-packages-over'));
  const untold = { transactions: [plan([box]), plan([], { id: 't-2' })], consignments: [unstated] };
  t.strictSame(reasonsOf(decided(untold)), gone);
});

t.test('a pass order serves the boxes and the loose cargo of its truck', async (t) => {
  const order: PassOrderFact = {
    kind: 'pass-order',
    id: 'O1',
    source: 'zone',
    version: 1,
    asOfMs: noonMs - 60_000,
    bindingType: 2,
    state: 'approved',
    plate,
    containers: [box],
    consignments: ['D1'],
  };
  const decision = decided({
    transactions: [
      transaction({
        direction: 'out',
        transactionType: 'bonded',
        plate,
        containers: [],
        consignments: ['D1'],
      }),
    ],
    passOrders: [order],
    proofs: [],
    consignments: [consignment({ id: 'D1', containers: [] })],
  });
  t.equal(decision.disposition, 'admit', `${reasonsOf(decision)}`);
});
