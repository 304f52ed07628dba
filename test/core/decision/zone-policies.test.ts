/** The shipped policies of a bonded zone and of distribution, strict and lenient, by the trucks that come to such a gate. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parsePolicy } from '../../../src/config/policy.ts';
import { decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { Policy } from '../../../src/core/decision/policy.ts';
import type {
  AccountFact,
  GatheredFacts,
  PassOrderFact,
  ReleaseUse,
} from '../../../src/core/facts.ts';
import {
  consignment,
  hold,
  noonMs,
  proof,
  source,
  transaction,
  vehicle,
} from '../../support/facts.ts';
import { atTheArm, box, byHand, plate, readWell, released, tag } from '../../support/released.ts';
import { repositoryFile } from '../../support/repository.ts';

function policyOf(name: string): Policy {
  const file = repositoryFile(`config/policies/${name}.json`);
  const parsed = parsePolicy(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.findings));
  return parsed.policy;
}

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
  accountId: 'T5788',
  packages: 40,
  ...change,
});
const account = (remainingPackages: number): AccountFact => ({
  kind: 'account',
  id: 'T5788',
  ...head,
  remainingPackages,
});
const release = proof({ proofType: 'terminal_release', containers: [box] });
const used: ReleaseUse = {
  lineage: 'pass-order:zone/O1',
  container: 'order:O1',
  state: 'consumed',
  passageId: 'p-0' as never,
};
const empty = order({ orderType: 'emptyTruck', containers: [], consignments: [], packages: 0 });

interface Truck {
  readonly facts?: Partial<GatheredFacts>;
  readonly direction?: 'in' | 'out';
  readonly grossKg?: number;
  /** Nothing is on it. */
  readonly isEmpty?: boolean;
  readonly order?: typeof byHand;
}

function decided(
  policy: Policy,
  { facts = {}, direction = 'out', grossKg, isEmpty, order: wish }: Truck,
) {
  return decide(
    atTheArm({
      direction,
      grossKg,
      ...(wish && { order: wish }),
      identification: { ...readWell, ...(isEmpty && { containers: [] }) },
      facts: released({
        transactions: [],
        proofs: [],
        vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000 })],
        consignments: [consignment({ id: 'D1', containers: [box] })],
        passOrders: [order()],
        accounts: [account(40)],
        ...facts,
      }),
    }),
    policy,
  ).decision;
}

type Row = readonly [what: string, disposition: string, reason: string | undefined, truck: Truck];

/** What a gate of either kind has in common; `goods` is the order of its cargo, with all that it needs. */
const common = (goods: Partial<GatheredFacts>, cargo: Partial<PassOrderFact>): readonly Row[] => [
  ['goods with their order', 'admit', undefined, { facts: goods }],
  ['without an order', 'refer', 'transaction-none', { facts: { ...goods, passOrders: [] } }],
  [
    'with the order of another truck',
    'refer',
    'transaction-none',
    { facts: { ...goods, passOrders: [order({ ...cargo, plate: '粤B99999' })] } },
  ],
  [
    'with an order that was used',
    'refuse',
    'pass-order-used',
    { facts: { ...goods, uses: [used] } },
  ],
  [
    'with an order for more than is left',
    'refuse',
    'account-overdrawn',
    { facts: { ...goods, accounts: [account(39)] } },
  ],
  [
    'on orders that draw too much together',
    'refuse',
    'account-overdrawn',
    {
      facts: {
        ...goods,
        passOrders: [order(cargo), order({ ...cargo, id: 'O2' })],
        accounts: [account(79)],
      },
    },
  ],
  [
    'with a box that is held',
    'hold',
    'container-held',
    { facts: { ...goods, holds: [hold({ subject: { kind: 'container', container: box } })] } },
  ],
  [
    'an empty truck with its order',
    'admit',
    undefined,
    { isEmpty: true, grossKg: 15_100, facts: { passOrders: [empty] } },
  ],
  [
    'an empty truck whose order was used',
    'refuse',
    'pass-order-used',
    { isEmpty: true, grossKg: 15_100, facts: { passOrders: [empty], uses: [used] } },
  ],
  [
    'an empty truck that is loaded',
    'refer',
    'weight-not-empty',
    { isEmpty: true, grossKg: 24_000, facts: { passOrders: [empty] } },
  ],
  [
    'with no word from the source of holds',
    'refer',
    'hold-source-silent',
    { facts: { ...goods, sources: [source({ watermarkAtMs: noonMs - 3_600_000 })] } },
  ],
  [
    'work of the terminal',
    'refer',
    'policy-rule-none',
    {
      facts: {
        passOrders: [],
        transactions: [
          transaction({
            direction: 'out',
            transactionType: 'importLocal',
            plate,
            containers: [box],
          }),
        ],
        proofs: [release],
      },
    },
  ],
];

const distribution = { orderType: 'distribution' } as const;
const distributed = { passOrders: [order(distribution)], proofs: [release] };
const gates: readonly (readonly [string, readonly Row[]])[] = [
  [
    'bonded-zone',
    [
      ...common({}, {}),
      ['distribution', 'refer', 'policy-rule-none', { facts: distributed }],
      ['goods that come in', 'admit', undefined, { direction: 'in', facts: { visits: [] } }],
    ],
  ],
  [
    'distribution',
    [
      ...common(distributed, distribution),
      [
        'without the release of the terminal',
        'refuse',
        'proof-missing',
        { facts: { ...distributed, proofs: [] } },
      ],
      [
        'with a release that was revoked',
        'refuse',
        'proof-revoked',
        { facts: { ...distributed, proofs: [{ ...release, state: 'revoked' }] } },
      ],
      ['bonded goods that are not distributed', 'refer', 'policy-rule-none', {}],
      [
        'goods that come in',
        'admit',
        undefined,
        { direction: 'in', facts: { ...distributed, visits: [] } },
      ],
    ],
  ],
];

for (const [gate, rows] of gates) {
  for (const how of ['strict', 'lenient']) {
    const policy = policyOf(`${how}-${gate}`);
    t.test(policy.name, async (t) => {
      for (const [what, disposition, reason, truck] of rows) {
        const decision = decided(policy, truck);
        const told = reasonsOf(decision);
        t.equal(decision.disposition, disposition, `${what}: ${told}`);
        if (reason !== undefined) t.ok(told.includes(reason), `${what}: ${told}`);
        if (disposition !== 'admit')
          t.strictSame(decision.releases, [], `${what} reserves nothing`);
      }
      const over = { ...(gate === 'distribution' ? distributed : {}), accounts: [account(39)] };
      const byOfficer = decided(policy, { facts: over, order: byHand });
      t.not(byOfficer.disposition, 'admit', 'no officer overdraws an account');
    });
  }
}

t.test('what is lenient tells of what it lets by', async (t) => {
  const facts = { ...distributed, accounts: [] };
  t.equal(decided(policyOf('strict-distribution'), { facts }).disposition, 'refer');
  const lenient = decided(policyOf('lenient-distribution'), { facts });
  t.equal(lenient.disposition, 'admit');
  t.match(
    lenient.checks.find(({ check }) => check === 'account-remaining'),
    { outcome: 'warn', code: 'account-unknown' },
  );
});
