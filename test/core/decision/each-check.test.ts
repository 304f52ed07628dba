/** Each check by the case that must not pass it, and by the one beside it that must. */
import t from 'tap';
import { type DecisionInputs, decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { Policy, PolicyRule } from '../../../src/core/decision/policy.ts';
import type { GatheredFacts } from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { consignment, hold, noonMs, proof, transaction, vehicle } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { box, plate, readWell, released, tag } from '../../support/released.ts';

const second = 'CBHU3202732';

const seen = readWell;

interface Case {
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
  readonly inputs?: Partial<DecisionInputs>;
  readonly policy?: Policy;
}

function decided({ facts = {}, seen: change = {}, inputs = {}, policy = strictPolicy }: Case = {}) {
  const { tractor, ...rest } = { ...seen, ...change };
  return decide(
    {
      passageId: 'p-1' as never,
      direction: 'out',
      nowWallMs: noonMs,
      requirements: { plate: true, containers: true, tag: true, weight: true },
      identification: { ...rest, ...(tractor && { tractor }) },
      weight: {
        kind: 'weighed',
        weightKg: 31_000,
        basis: 'gross',
        stabilitySource: 'indicator',
        deviceId: 'scale' as never,
      },
      facts: released(facts),
      ...inputs,
    },
    policy,
  ).decision;
}

const twoBoxes: Identification['containers'] = [
  { position: 'front', raw: box, number: box as never, confidence: 0.95 },
  { position: 'rear', raw: second, number: second as never, confidence: 0.95 },
];
const workFor = (...containers: string[]) =>
  transaction({ direction: 'out', transactionType: 'importLocal', plate, containers });
const proofsFor = (...containers: string[]) =>
  (['customs_declaration', 'terminal_release'] as const).map((proofType) =>
    proof({ proofType, containers }),
  );
const forTwo = { transactions: [workFor(box, second)], proofs: proofsFor(box, second) };
const tractor = (confidence?: number) => ({
  tractor: {
    text: plate as never,
    raw: plate,
    deviceIds: ['camera'],
    ...(confidence !== undefined && { confidence }),
  },
});

const refused: readonly (readonly [string, string, Case])[] = [
  ['a tag alone', 'identity-tag-alone', { seen: { tractor: undefined as never } }],
  ['no certainty given', 'identity-single-witness', { seen: tractor() }],
  [
    'no certainty given and no tag',
    'identity-single-witness',
    { seen: { ...tractor(), tags: [] } },
  ],
  ['no witness', 'identity-single-witness', { seen: tractor(0.69) }],
  [
    'a weak camera and a tag of another vehicle',
    'identity-single-witness',
    {
      seen: tractor(0.8),
      facts: {
        vehicles: [
          vehicle({ plates: [plate], tags: [] }),
          vehicle({ plates: [plate, 'x'], tags: [tag], id: 'other' }),
        ],
      },
    },
  ],
  ['no plate', 'plate-not-read', { seen: { tractor: undefined as never, tags: [] } }],
  [
    'a text that is no plate',
    'plate-form-unknown',
    { seen: { tractor: undefined as never, unreadablePlates: ['HELLO'] } },
  ],
  [
    'plates that contradict each other',
    'plate-readings-differ',
    { seen: { conflicts: [{ kind: 'plates', texts: [plate, '粤B99999'] }] } },
  ],
  [
    'a tag that nobody registered',
    'tag-unknown',
    { facts: { vehicles: [vehicle({ plates: [plate], tags: [] })] } },
  ],
  [
    'one of two tags that is another vehicle’s',
    'plate-tag-conflict',
    {
      seen: { tags: [tag as never, 'E2FF' as never] },
      facts: {
        vehicles: [
          vehicle({ plates: [plate], tags: [tag] }),
          vehicle({ plates: ['粤B99999'], tags: ['E2FF'] }),
        ],
      },
    },
  ],
  [
    'a plate of another place that the vehicle has not registered',
    'plate-of-another',
    {
      seen: {
        otherPlates: [
          {
            text: 'WX1234' as never,
            raw: 'WX1234',
            jurisdiction: 'hongKong',
            deviceIds: ['camera'],
          },
        ],
      },
    },
  ],
  [
    'a vehicle that is blocked',
    'vehicle-blocked',
    { facts: { vehicles: [vehicle({ plates: [plate], tags: [tag], status: 'blocked' })] } },
  ],
  [
    'a registration that ran out by its date',
    'vehicle-expired',
    {
      facts: {
        vehicles: [vehicle({ plates: [plate], tags: [tag], validUntilMs: noonMs - 1 })],
      },
    },
  ],
  [
    'a hold on another plate of the vehicle',
    'vehicle-held',
    {
      facts: {
        vehicles: [vehicle({ plates: [plate, '粤Z1234港'], tags: [tag] })],
        holds: [hold({ subject: { kind: 'vehicle', plate: '粤·Z1234 港' } })],
      },
    },
  ],
  [
    'no capture of the container camera',
    'container-not-captured',
    { seen: { containerCapture: 'none', containers: [] } },
  ],
  [
    'a number that cannot be read',
    'container-unreadable',
    { seen: { containers: [{ position: 'single', raw: 'CSQU', fault: 'malformed' }] } },
  ],
  [
    'a number with a wrong check digit',
    'container-check-digit',
    { seen: { containers: [{ position: 'single', raw: 'CSQU3054384', fault: 'nonconforming' }] } },
  ],
  [
    'a number read without certainty',
    'container-uncertain',
    { seen: { containers: [{ position: 'single', raw: box, number: box as never }] } },
  ],
  [
    'a number read with too little',
    'container-uncertain',
    {
      seen: {
        containers: [{ position: 'single', raw: box, number: box as never, confidence: 0.69 }],
      },
    },
  ],
  [
    'container readings that differ',
    'container-readings-differ',
    { seen: { conflicts: [{ kind: 'containers', position: 'single', texts: [box, second] }] } },
  ],
  ['a box that is not planned', 'container-unplanned', { seen: { containers: twoBoxes } }],
  ['a box without planned work', 'transaction-box-none', { seen: { containers: twoBoxes } }],
  ['a box without a requirement', 'requirement-none', { seen: { containers: twoBoxes } }],
  [
    'the same number in two places',
    'container-twice',
    { seen: { containers: twoBoxes.map((c) => ({ ...c, raw: box, number: box as never })) } },
  ],
  [
    'planned work of another truck',
    'transaction-none',
    { facts: { transactions: [{ ...workFor(box), plate: '粤B99999' }] } },
  ],
  [
    'planned work in the other direction',
    'transaction-none',
    { facts: { transactions: [{ ...workFor(box), direction: 'in' as const }] } },
  ],
  [
    'the second box uncovered',
    'proof-missing',
    {
      seen: { containers: twoBoxes },
      facts: { transactions: forTwo.transactions, proofs: proofsFor(box) },
    },
  ],
  [
    'the second box held',
    'container-held',
    {
      seen: { containers: twoBoxes },
      facts: { ...forTwo, holds: [hold({ subject: { kind: 'container', container: second } })] },
    },
  ],
  [
    'a hold whose moves name leaving last',
    'container-held',
    {
      facts: {
        holds: [
          hold({ subject: { kind: 'container', container: box }, moves: ['enter', 'leave'] }),
        ],
      },
    },
  ],
  [
    'a hold that only wants to inspect',
    'container-held',
    {
      facts: {
        holds: [hold({ subject: { kind: 'container', container: box }, instruction: 'inspect' })],
      },
    },
  ],
  [
    'a box held and tainted',
    'container-held',
    {
      facts: {
        holds: [hold({ subject: { kind: 'container', container: box } })],
        taints: [{ source: 'customs', sequence: 1, resembles: box, reason: 'r' }],
      },
    },
  ],
  [
    'a taint of its owner and serial',
    'hold-unreadable',
    { facts: { taints: [{ source: 'c', sequence: 1, resembles: box.slice(0, 10), reason: 'r' }] } },
  ],
  [
    'a taint of its consignment',
    'hold-unreadable',
    { facts: { taints: [{ source: 'c', sequence: 1, resembles: 'D1', reason: 'r' }] } },
  ],
  [
    'a taint of the second box',
    'hold-unreadable',
    {
      seen: { containers: twoBoxes },
      facts: { ...forTwo, taints: [{ source: 'c', sequence: 1, resembles: second, reason: 'r' }] },
    },
  ],
  [
    'one of two sources that is stale',
    'hold-source-silent',
    {
      facts: {
        sources: [
          ...released().sources,
          {
            ...released().sources[0],
            source: 'terminal',
            watermarkAtMs: noonMs - 900_001,
          } as never,
        ],
      },
    },
  ],
  [
    'a stale source of proofs alone',
    'hold-source-silent',
    {
      facts: {
        sources: [
          ...released().sources,
          { ...released().sources[0], source: 't', kinds: ['proof'], watermarkAtMs: 0 } as never,
        ],
      },
    },
  ],
  [
    'a release reserved by another passage',
    'release-used',
    {
      facts: {
        uses: [
          {
            lineage: `terminal_release-${box}`,
            container: box,
            state: 'reserved',
            passageId: 'p-0' as never,
          },
        ],
      },
    },
  ],
  [
    'no weight',
    'weight-noReading',
    { inputs: { weight: { kind: 'noWeight', reason: 'noReading' } } },
  ],
  ['too light', 'box-weight-differs', heavy(20_000)],
  ['too heavy', 'box-weight-differs', heavy(30_000)],
];

/** A truck of 14 t with a box of 10 t, on a platform that shows `weightKg`. */
function heavy(weightKg: number): Case {
  return {
    facts: {
      vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 14_000 })],
      consignments: [consignment({ id: 'D1', containers: [box], grossWeightKg: 10_000 })],
    },
    inputs: {
      weight: {
        kind: 'weighed',
        weightKg,
        basis: 'gross',
        stabilitySource: 'indicator',
        deviceId: 'scale' as never,
      },
    },
  };
}

t.equal(decided().disposition, 'admit', 'the truck of these cases is admitted as it is');

for (const [what, reason, of] of refused) {
  t.test(`${what}: ${reason}`, async (t) => {
    const decision = decided(of);
    t.not(decision.disposition, 'admit');
    t.ok(reasonsOf(decision).includes(reason), `${reasonsOf(decision)}`);
    t.strictSame(decision.releases, []);
  });
}

const admitted: readonly (readonly [string, Case])[] = [
  ['a weak camera and the tag of the same vehicle', { seen: tractor(0.7) }],
  ['a certain camera and no tag', { seen: { ...tractor(0.9), tags: [] } }],
  ['two boxes that are both named', { seen: { containers: twoBoxes }, facts: forTwo }],
  [
    'a watermark as old as it may be',
    {
      facts: { sources: [{ ...released().sources[0], watermarkAtMs: noonMs - 900_000 } as never] },
    },
  ],
  [
    'a registration in its last moment',
    { facts: { vehicles: [vehicle({ plates: [plate], tags: [tag], validUntilMs: noonMs })] } },
  ],
  ['a clock that runs on without its source', { facts: { clockState: 'holdover' } }],
  ['500 kg too much of 24 t', heavy(24_500)],
  ['3 % too little of 24 t', heavy(23_280)],
];

for (const [what, of] of admitted) {
  t.test(`${what} is no reason`, async (t) => {
    const decision = decided(of);
    t.equal(decision.disposition, 'admit', `${reasonsOf(decision)}`);
  });
}

t.test('every lineage that a box needs is reserved for it', async (t) => {
  t.strictSame(
    decided({ seen: { containers: twoBoxes }, facts: forTwo })
      .releases.map(({ lineage, container }) => `${container} ${lineage}`)
      .sort(),
    [
      `${second} customs_declaration-${box}-${second}`,
      `${second} terminal_release-${box}-${second}`,
      `${box} customs_declaration-${box}-${second}`,
      `${box} terminal_release-${box}-${second}`,
    ],
  );
});

t.test('a requirement of one direction is not met by the rule of the other', async (t) => {
  const outOnly = strictPolicy.requiredProofs.filter(
    (r) => !(r.direction === 'out' && r.transactionType === 'importLocal'),
  );
  const inRule = { direction: 'in' as const, transactionType: 'importLocal' as const, require: [] };
  const policy = { ...strictPolicy, requiredProofs: [inRule, ...outOnly] };
  t.ok(reasonsOf(decided({ policy })).includes('requirement-none'));
});

t.test('a tag that may be that of the next lane is no second witness', async (t) => {
  const unsure = { ...tractor(0.75), suspectTags: [tag as never] };
  t.ok(reasonsOf(decided({ seen: unsure })).includes('identity-single-witness'));
  t.notOk(reasonsOf(decided({ seen: tractor(0.75) })).includes('identity-single-witness'));
});

t.test('a truck may leave under another of its plates than it entered under', async (t) => {
  const hongKong = 'WX1234';
  const facts = {
    vehicles: [vehicle({ plates: [plate, hongKong], tags: [tag] })],
    visits: [{ ...released().visits[0], plate: hongKong }] as GatheredFacts['visits'],
  };
  t.equal(decided({ facts }).disposition, 'admit');
  const others = { ...facts, vehicles: [vehicle({ plates: [plate], tags: [tag] })] };
  t.ok(reasonsOf(decided({ facts: others })).includes('visit-none'), "another truck's visit");
});

t.test('an entering truck is warned of a visit that is still open', async (t) => {
  const decision = decided({
    inputs: { direction: 'in' },
    facts: {
      transactions: [
        transaction({ direction: 'in', transactionType: 'exportLocal', plate, containers: [box] }),
      ],
    },
  });
  t.match(
    decision.checks.find((c) => c.check === 'prior-visit-closed'),
    { outcome: 'warn', code: 'visit-still-open' },
  );
});

const rule = (change: Partial<PolicyRule>): PolicyRule => ({
  direction: 'out',
  transactionTypes: ['importLocal'],
  checks: [{ check: 'plate-read', onFail: 'refer', onUnknown: 'refer' }],
  ...change,
});
const byRules = (...rules: PolicyRule[]): Policy => ({ ...strictPolicy, rules });

t.test('work without a rule is referred, also beside work that has one', async (t) => {
  const extra = { ...workFor(second), id: 't-2', transactionType: 'exportLocal' as const };
  const decision = decided({
    facts: { transactions: [workFor(box), extra] },
    policy: byRules(rule({})),
  });
  t.equal(decision.disposition, 'refer');
  t.match(
    decision.checks.find((c) => c.check === 'policy-rule'),
    { code: 'policy-rule-none', evidence: { type: 'exportLocal' } },
  );
});

t.test('of two rules the graver consequence counts, and of all checks the worst', async (t) => {
  const check = 'plate-read';
  const facts = {
    transactions: [
      workFor(box),
      { ...workFor(box), id: 't-2', transactionType: 'importTransfer' as const },
    ],
  };
  const unread = { tractor: undefined as never };
  const of = (first: PolicyRule['checks'][number]['onFail'], other: typeof first) =>
    decided({
      facts: {
        transactions: facts.transactions.map((each) => ({ ...each, plate: undefined as never })),
      },
      seen: unread,
      policy: byRules(
        rule({ checks: [{ check, onFail: first, onUnknown: 'refer' }] }),
        rule({
          transactionTypes: ['importTransfer'],
          checks: [{ check, onFail: other, onUnknown: 'refer' }],
        }),
      ),
    }).disposition;
  t.equal(of('warn', 'refuse'), 'refuse');
  t.equal(of('refuse', 'warn'), 'refuse');
  t.equal(of('refer', 'hold'), 'hold');
  t.equal(of('hold', 'refer'), 'hold');
  t.equal(of('divert', 'refer'), 'refer');
  t.equal(of('warn', 'warn'), 'admit');
});

t.test(
  'unknown leads to what the policy says for it, and not to what it says for a failure',
  async (t) => {
    const weight = { inputs: { weight: { kind: 'noWeight', reason: 'noReading' } as const } };
    const check = 'weight-stable';
    const policy = byRules(rule({ checks: [{ check, onFail: 'refuse', onUnknown: 'hold' }] }));
    t.equal(decided({ ...weight, policy }).disposition, 'hold');
    t.match(decided({ ...weight, policy }).checks, [{ outcome: 'unknown' }]);
  },
);

t.test(
  'a check that crashes, or that does not exist, never admits and stops no other',
  async (t) => {
    const checks = [
      { check: 'weight-stable', onFail: 'refuse', onUnknown: 'refer' },
      { check: 'no-such-check', onFail: 'warn', onUnknown: 'warn' },
      { check: 'plate-read', onFail: 'refuse', onUnknown: 'refer' },
    ] as const;
    const crashed = decided({
      inputs: { weight: undefined as never },
      policy: byRules(rule({ checks: [checks[0], checks[2]] })),
    });
    t.equal(crashed.disposition, 'refer');
    t.match(crashed.checks, [{ code: 'check-crashed' }, { outcome: 'pass' }]);

    const unknown = decided({ policy: byRules(rule({ checks: [checks[1], checks[2]] })) });
    t.equal(unknown.disposition, 'refer');
    t.match(unknown.checks, [{ code: 'check-unknown' }, { outcome: 'pass' }]);
  },
);
