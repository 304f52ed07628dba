/** The bonded zone: pass orders with what they name, weigh and draw down. */
import t from 'tap';
import { type DecisionInputs, decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type {
  AccountFact,
  GatheredFacts,
  PassOrderFact,
  ReleaseUse,
} from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { consignment, hold, noonMs, proof, vehicle } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, byHand, plate, readWell, released, tag } from '../../support/released.ts';

const second = 'CBHU3202732';
const head = { source: 'zone', version: 1, asOfMs: noonMs - 3_600_000 };
const order = (change: Partial<PassOrderFact> = {}): PassOrderFact => ({
  kind: 'pass-order',
  id: 'O1',
  ...head,
  bindingType: 2,
  state: 'approved',
  plate,
  containers: [box],
  consignments: ['D1'],
  ...change,
});
const account = (change: Partial<AccountFact> = {}): AccountFact => ({
  kind: 'account',
  id: 'T5788',
  ...head,
  remainingPackages: 100,
  ...change,
});

interface Case {
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
  readonly grossKg?: number;
  readonly direction?: 'in' | 'out';
  readonly order?: DecisionInputs['order'];
}

function decided({ facts = {}, seen = {}, grossKg, direction = 'out', order: wish }: Case) {
  const inputs = atTheArm({
    direction,
    ...(wish && { order: wish }),
    identification: { ...readWell, ...seen },
    grossKg,
    facts: released({
      transactions: [],
      proofs: [],
      consignments: [consignment({ id: 'D1', containers: [box] })],
      passOrders: [order()],
      ...facts,
    }),
  });
  return decide(inputs, strictPolicy).decision;
}
const reasons = (of: Case) => reasonsOf(decided(of));
const orders = (...changes: Partial<PassOrderFact>[]) => ({ passOrders: changes.map(order) });
const use = (change: Partial<ReleaseUse>): ReleaseUse => ({
  lineage: 'pass-order:zone/O1',
  container: 'order:O1',
  state: 'consumed',
  passageId: 'p-0' as never,
  ...change,
});

t.test('an approved order lets its truck and boxes go, and is used once', async (t) => {
  const decision = decided({});
  t.equal(decision.disposition, 'admit', `${reasonsOf(decision)}`);
  t.strictSame(decision.transactionTypes, ['bonded']);
  t.strictSame(decision.releases, [{ lineage: 'pass-order:zone/O1', container: 'order:O1' }]);
  t.equal(decided({ direction: 'in' }).disposition, 'admit');
  const again = reasons({ facts: { uses: [use({})] } });
  t.ok(again.includes('pass-order-used'), `${again}`);
  t.ok(again.includes('release-used'), `${again}`);
  t.strictSame(reasons({ facts: { uses: [use({ passageId: 'p-1' as never })] } }), []);
});

const refused: readonly (readonly [string, string, Case])[] = [
  ['of another truck', 'transaction-none', { facts: orders({ plate: '粤B99999' }) }],
  ['that was cancelled', 'transaction-none', { facts: orders({ state: 'cancelled' }) }],
  ['that customs has used', 'transaction-none', { facts: orders({ state: 'used' }) }],
  ['for the other direction', 'transaction-none', { facts: orders({ direction: 'in' }) }],
  ['for another box', 'container-missing', { facts: orders({ containers: [second] }) }],
  [
    'for two boxes of which one is there',
    'pass-order-box-missing',
    { facts: orders({ containers: [box, second] }) },
  ],
  [
    'of one document that names two',
    'pass-order-documents',
    { facts: orders({ consignments: ['D1', 'D2'] }) },
  ],
  [
    'of many trucks that names two documents',
    'pass-order-documents',
    { facts: orders({ bindingType: 3, consignments: ['D1', 'D2'] }) },
  ],
  [
    'for many documents that names none',
    'pass-order-documents',
    { facts: orders({ bindingType: 1, consignments: [] }) },
  ],
  [
    'whose box is held',
    'container-held',
    { facts: { holds: [hold({ subject: { kind: 'container', container: box } })] } },
  ],
  [
    'whose document is held',
    'container-held',
    {
      facts: {
        consignments: [],
        holds: [hold({ subject: { kind: 'consignment', consignmentId: 'D1' } })],
      },
    },
  ],
];
for (const [what, reason, of] of refused) {
  t.test(`an order ${what} does not: ${reason}`, async (t) => {
    const decision = decided(of);
    t.not(decision.disposition, 'admit');
    t.ok(reasonsOf(decision).includes(reason), `${reasonsOf(decision)}`);
    t.strictSame(decision.releases, []);
  });
}

const twoBoxes = {
  containers: [box, second].map((number) => ({
    position: 'unknown' as const,
    raw: number,
    number: number as never,
    confidence: 0.95,
  })),
};

t.test('a second box on the truck is covered by no order', async (t) => {
  const both = { seen: twoBoxes };
  t.ok(reasons(both).includes('container-unplanned'));
  const facts = {
    passOrders: [order(), order({ id: 'O2', containers: [second], consignments: ['D2'] })],
    consignments: [
      consignment({ id: 'D1', containers: [box] }),
      consignment({ id: 'D2', containers: [second] }),
    ],
  };
  const decision = decided({ ...both, facts });
  t.strictSame(reasonsOf(decision), [], 'an order for each');
  t.equal(decision.releases.length, 2);
});

t.test('one truck may carry many documents under one order', async (t) => {
  const facts = {
    passOrders: [order({ bindingType: 1, consignments: ['D1', 'D2'] })],
    consignments: ['D1', 'D2'].map((id) => consignment({ id, containers: [box] })),
  };
  t.strictSame(reasons({ facts }), []);
});

t.test('the weight is that of the order', async (t) => {
  const facts = orders({ tareKg: 15_000, grossWeightKg: 10_000 });
  t.strictSame(reasons({ facts, grossKg: 25_750 }), []);
  t.strictSame(reasons({ facts, grossKg: 25_751 }), ['pass-order-weight-differs']);
  t.strictSame(reasons({ facts, grossKg: 24_249 }), ['pass-order-weight-differs']);
  const byRegister = {
    ...orders({ grossWeightKg: 10_000 }),
    vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000 })],
  };
  t.strictSame(reasons({ facts: byRegister, grossKg: 25_000 }), []);
  t.strictSame(reasons({ facts: byRegister, grossKg: 27_000 }), ['pass-order-weight-differs']);
});

t.test('an order draws its account down, by what this gate drew since it was told', async (t) => {
  const drawn = (packages: number, atMs: number) =>
    use({
      lineage: 'account:T5788',
      container: 'account:T5788',
      takes: { packages },
      atMs,
    });
  const facts = (...uses: ReleaseUse[]) => ({
    ...orders({ accountId: 'T5788', packages: 40 }),
    accounts: [account()],
    uses,
  });
  t.match(decided({ facts: facts() }).releases, [
    { container: 'order:O1' },
    { container: 'account:T5788', part: { takes: { packages: 40 }, limit: { packages: 100 } } },
  ]);
  t.strictSame(reasons({ facts: facts(drawn(60, noonMs)) }), []);
  const over = decided({ facts: facts(drawn(61, noonMs)) });
  t.strictSame(reasonsOf(over), ['account-overdrawn']);
  t.equal(over.disposition, 'refuse');
  const toldMs = account().asOfMs;
  t.strictSame(reasons({ facts: facts(drawn(61, toldMs - 900_001)) }), [], 'it is in the account');
  t.strictSame(reasons({ facts: facts(drawn(61, toldMs - 900_000)) }), ['account-overdrawn']);
});

t.test(
  'an account that is not known, or an order without its quantity, is for a clerk',
  async (t) => {
    const ordered = orders({ accountId: 'T5788', packages: 40 });
    t.strictSame(reasons({ facts: ordered }), ['account-unknown']);
    const unstated = { ...orders({ accountId: 'T5788' }), accounts: [account()] };
    t.strictSame(reasons({ facts: unstated }), ['account-unknown']);
    const byWeight = { ...ordered, accounts: [account({ remainingKg: 20_000 })] };
    t.strictSame(reasons({ facts: byWeight }), ['account-unknown'], 'in one of two dimensions');
  },
);

const shared = (change: Partial<PassOrderFact> = {}, ...uses: ReleaseUse[]) => ({
  ...orders({ bindingType: 3, packages: 40, ...change }),
  consignments: [consignment({ id: 'D1', containers: [box], packages: 100 })],
  uses,
});
const before = (packages: number) =>
  use({ lineage: 'document:D1', container: 'document:D1', takes: { packages }, atMs: 1 });

t.test('one document on many trucks: each takes its part, and the last is found', async (t) => {
  t.strictSame(reasons({ facts: shared() }), []);
  t.match(decided({ facts: shared() }).releases[1], { container: 'document:D1', part: {} });
  t.strictSame(
    reasons({ facts: shared({ last: true }, before(60)) }),
    [],
    'takes all that is left',
  );
  t.ok(reasons({ facts: shared({}, before(61)) }).includes('account-overdrawn'));
  t.strictSame(reasons({ facts: shared({}, before(60)) }), ['last-truck-unmarked']);
  t.strictSame(reasons({ facts: shared({ last: true }, before(59)) }), ['last-truck-leaves-rest']);
});

t.test('of several shared documents on one truck the last of each is found', async (t) => {
  const facts = {
    ...orders(
      { bindingType: 3, packages: 40 },
      { id: 'O2', bindingType: 3, packages: 100, containers: [second], consignments: ['D2'] },
    ),
    consignments: [
      consignment({ id: 'D1', containers: [box], packages: 100 }),
      consignment({ id: 'D2', containers: [second], packages: 100 }),
    ],
  };
  t.strictSame(reasons({ seen: twoBoxes, facts }), ['last-truck-unmarked']);
});

t.test('weights are compared as sums of decimal fractions', async (t) => {
  const facts = {
    ...orders({ bindingType: 3, grossWeightKg: 0.3, last: true }),
    consignments: [consignment({ id: 'D1', containers: [box], grossWeightKg: 1.1 })],
    uses: [0.1, 0.7].map((grossWeightKg, index) =>
      use({
        lineage: 'document:D1',
        container: 'document:D1',
        passageId: `p-${index + 7}` as never,
        takes: { grossWeightKg },
        atMs: 1,
      }),
    ),
  };
  t.strictSame(reasons({ facts }), []);
});

t.test('two orders of one truck draw one account together', async (t) => {
  const facts = (packages: number) => ({
    ...orders(
      { accountId: 'T5788', packages: 60 },
      { id: 'O2', containers: [second], consignments: ['D2'], accountId: 'T5788', packages },
    ),
    consignments: [
      consignment({ id: 'D1', containers: [box] }),
      consignment({ id: 'D2', containers: [second] }),
    ],
    accounts: [account()],
  });
  const drawn = decided({ seen: twoBoxes, facts: facts(40) }).releases;
  t.strictSame(
    drawn.map(({ container, part }) => [container, part?.takes]),
    [
      ['order:O1', undefined],
      ['order:O2', undefined],
      ['account:T5788', { packages: 100 }],
    ],
  );
  const over = decided({ seen: twoBoxes, facts: facts(41) });
  t.strictSame(reasonsOf(over), ['account-overdrawn']);
  t.strictSame(over.releases, []);
});

t.test('an order that another source tells as well is the same order', async (t) => {
  const again = reasons({ facts: { ...orders({ source: 'zone-b' }), uses: [use({})] } });
  t.ok(again.includes('pass-order-used'), `${again}`);
  t.ok(again.includes('release-used'), `${again}`);
  for (const state of ['cancelled', 'used'] as const) {
    const told = reasons({ facts: { passOrders: [order(), order({ source: 'zone-b', state })] } });
    t.ok(told.includes('transaction-none'), `${state}: ${told}`);
  }
});

t.test('an empty truck has an order of its own, and has to be empty', async (t) => {
  const empty = { containers: [], consignments: [], orderType: 'emptyTruck' } as const;
  const facts = {
    ...orders(empty),
    vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000 })],
  };
  const seen = { containers: [] };
  const decision = decided({ facts, seen, grossKg: 15_100 });
  t.strictSame(reasonsOf(decision), []);
  t.strictSame(decision.transactionTypes, ['bondedEmptyTruck']);
  t.strictSame(decision.releases, [{ lineage: 'pass-order:zone/O1', container: 'order:O1' }]);
  t.ok(reasons({ facts, seen, grossKg: 16_000 }).includes('weight-not-empty'));
  t.ok(reasons({ facts, grossKg: 15_100 }).includes('box-on-bobtail'));
  const used = { ...facts, uses: [use({})] };
  t.strictSame(reasons({ facts: used, seen, grossKg: 15_100 }), ['pass-order-used']);
});

t.test('a distribution needs the terminal beside the order', async (t) => {
  const facts = orders({ orderType: 'distribution' });
  t.strictSame(reasons({ facts }), ['proof-missing']);
  const proofs = [proof({ proofType: 'terminal_release', containers: [box] })];
  t.strictSame(reasons({ facts: { ...facts, proofs } }), []);
});

t.test('loose goods go by the document that their order names', async (t) => {
  const facts = {
    ...orders({ containers: [], packages: 10 }),
    consignments: [consignment({ id: 'D1', containers: [] })],
  };
  const seen = { containers: [] };
  t.strictSame(reasons({ facts, seen }), []);
  const other = { ...facts, ...orders({ containers: [], consignments: ['D9'], packages: 10 }) };
  t.ok(reasons({ facts: other, seen }).includes('consignment-unknown'));
});

t.test('an order that is withdrawn after the decision stops its truck', async (t) => {
  const lane = new LaneStory().ready();
  const before = released({
    transactions: [],
    proofs: [],
    passOrders: [order()],
  });
  lane.facts = before;
  lane.arrive().plate(plate).tag(tag).boxes(box).weight(31_240);
  t.equal(lane.opens(), 1);
  lane.facts = { ...before, passOrders: [order({ state: 'cancelled', source: 'zone-b' })] };
  lane.tell({ kind: 'feedChanged' });
  t.match(lane.events('passage.stopped.v1'), [{ data: { reasons: ['proof-revoked'] } }]);
});

t.test('no officer releases by hand what its order or its account does not allow', async (t) => {
  for (const [check, facts] of [
    ['pass-order-valid', orders({ containers: [box, second] })],
    [
      'account-remaining',
      {
        ...orders({ accountId: 'T5788', packages: 40 }),
        accounts: [account({ remainingPackages: 39 })],
      },
    ],
  ] as const) {
    const decision = decided({ facts, order: byHand });
    t.equal(decision.disposition, 'refuse', check);
    const line = decision.checks.find((each) => each.check === 'person');
    t.match(line, { code: 'release-barred', evidence: { check } });
  }
  t.equal(decided({ facts: { vehicles: [] }, order: byHand }).disposition, 'admit', 'else he may');
});
