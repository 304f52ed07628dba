/** Checks one by one, where the stories of whole decisions do not reach. */
import t from 'tap';
import { bind } from '../../../src/core/binding/bind.ts';
import { clear } from '../../../src/core/clearance/clear.ts';
import { canonicalJson } from '../../../src/core/decision/canonical-json.ts';
import { catalogue } from '../../../src/core/decision/catalogue.ts';
import type { CheckContext, CheckOutcome } from '../../../src/core/decision/check.ts';
import { decide, reasonsOf, reasonText } from '../../../src/core/decision/decide.ts';
import { checksFor, type Policy } from '../../../src/core/decision/policy.ts';
import type { GatheredFacts } from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { consignment, hold, noonMs, transaction, vehicle } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { box, plate, released, tag } from '../../support/released.ts';

const other = 'CBHU3202732';

const named: Identification = {
  tractor: { text: plate as never, raw: plate, confidence: 0.95, deviceIds: ['camera'] },
  unreadablePlates: [],
  suspectTags: [],
  tags: [tag as never],
  containerCapture: 'captured',
  containers: [{ position: 'single', raw: box, number: box as never, confidence: 0.95 }],
  conflicts: [],
  otherPlates: [],
};

const nameless = (({ tractor: _, ...rest }) => rest)(named);

interface Change extends Partial<Pick<CheckContext, 'direction' | 'weight'>> {
  readonly identification?: Identification;
  readonly facts?: GatheredFacts;
  readonly requirements?: Partial<CheckContext['requirements']>;
}

function contextOf(change: Change = {}): CheckContext {
  const { direction = 'out', identification = named, facts = released() } = change;
  const binding = bind(identification, facts, direction);
  return {
    passageId: 'p-1' as never,
    direction,
    nowWallMs: noonMs,
    requirements: {
      plate: true,
      containers: true,
      tag: true,
      weight: true,
      ...change.requirements,
    },
    identification,
    binding,
    clearance: clear(binding, facts, {
      passageId: 'p-1' as never,
      direction,
      nowWallMs: noonMs,
      requiredProofs: strictPolicy.requiredProofs,
      sourceAgeMsMax: strictPolicy.sourceAgeMsMax,
    }),
    weight: change.weight ?? {
      kind: 'weighed',
      weightKg: 30_000,
      basis: 'gross',
      stabilitySource: 'indicator',
      deviceId: 'scale' as never,
    },
    facts,
    policy: strictPolicy,
  };
}

function said(id: string, change: Change): CheckOutcome {
  const check = catalogue.find((each) => each.id === id);
  if (!check) throw new Error(`no check ${id}`);
  return check.evaluate(contextOf(change));
}

const cases: readonly (readonly [string, string, Change, string])[] = [
  [
    'plate-read',
    'a lane that reads no plates',
    { requirements: { plate: false } },
    'notApplicable',
  ],
  ['plate-read', 'no plate', { identification: nameless }, 'plate-not-read'],
  [
    'plate-read',
    'a text that is no plate',
    { identification: { ...nameless, unreadablePlates: ['粤B1'] } },
    'plate-form-unknown',
  ],
  [
    'plate-read',
    'two plates',
    { identification: { ...named, conflicts: [{ kind: 'plates', texts: ['a', 'b'] }] } },
    'plate-readings-differ',
  ],
  ['identity-two-witnesses', 'a tag alone', { identification: nameless }, 'identity-tag-alone'],
  [
    'identity-two-witnesses',
    'nothing at all',
    { identification: { ...nameless, tags: [] } },
    'notApplicable',
  ],
  [
    'identity-two-witnesses',
    'a plate without a certainty',
    {
      identification: {
        ...named,
        tractor: { text: plate as never, raw: plate, deviceIds: ['camera'] },
      },
    },
    'identity-single-witness',
  ],
  [
    'identity-two-witnesses',
    'a weak plate and the tag of the same vehicle',
    {
      identification: {
        ...named,
        tractor: { text: plate as never, raw: plate, confidence: 0.7, deviceIds: ['camera'] },
      },
    },
    'pass',
  ],
  [
    'identity-two-witnesses',
    'a plate too weak to be a witness, and the tag',
    {
      identification: {
        ...named,
        tractor: { text: plate as never, raw: plate, confidence: 0.69, deviceIds: ['camera'] },
      },
    },
    'identity-single-witness',
  ],
  [
    'identity-two-witnesses',
    'a weak plate and the tag of another vehicle',
    {
      identification: {
        ...named,
        tractor: { text: plate as never, raw: plate, confidence: 0.8, deviceIds: ['camera'] },
      },
      facts: released({ vehicles: [vehicle({ plates: [plate], tags: [] })] }),
    },
    'identity-single-witness',
  ],
  [
    'plate-in-registered-set',
    'a tag nobody registered',
    { facts: released({ vehicles: [vehicle({ plates: [plate], tags: [] })] }) },
    'tag-unknown',
  ],
  [
    'plate-in-registered-set',
    'the tag of another vehicle',
    { facts: released({ vehicles: [vehicle({ plates: ['粤B99999'], tags: [tag] })] }) },
    'plate-tag-conflict',
  ],
  [
    'plate-in-registered-set',
    'no tag',
    { identification: { ...named, tags: [] } },
    'notApplicable',
  ],
  ['vehicle-registered', 'no plate', { identification: nameless }, 'notApplicable'],
  ['vehicle-valid', 'nobody registered', { facts: released({ vehicles: [] }) }, 'notApplicable'],
  [
    'vehicle-valid',
    'a blocked vehicle',
    { facts: released({ vehicles: [vehicle({ plates: [plate], tags: [], status: 'blocked' })] }) },
    'vehicle-blocked',
  ],
  [
    'vehicle-valid',
    'a registration that ran out a moment ago',
    {
      facts: released({
        vehicles: [vehicle({ plates: [plate], tags: [], validUntilMs: noonMs - 1 })],
      }),
    },
    'vehicle-expired',
  ],
  [
    'vehicle-valid',
    'a registration that runs out now',
    {
      facts: released({ vehicles: [vehicle({ plates: [plate], tags: [], validUntilMs: noonMs })] }),
    },
    'pass',
  ],
  ['vehicle-not-held', 'nobody registered', { facts: released({ vehicles: [] }) }, 'notApplicable'],
  [
    'container-number-valid',
    'a lane without a container camera',
    { requirements: { containers: false } },
    'notApplicable',
  ],
  [
    'container-number-valid',
    'no capture',
    { identification: { ...named, containerCapture: 'none', containers: [] } },
    'container-not-captured',
  ],
  [
    'container-number-valid',
    'two numbers at one place',
    {
      identification: {
        ...named,
        conflicts: [{ kind: 'containers', position: 'front', texts: [box, other] }],
      },
    },
    'container-readings-differ',
  ],
  [
    'container-number-valid',
    'a wrong check digit',
    {
      identification: {
        ...named,
        containers: [{ position: 'single', raw: 'CSQU3054384', fault: 'nonconforming' }],
      },
    },
    'container-check-digit',
  ],
  [
    'container-number-valid',
    'a text that is none',
    {
      identification: {
        ...named,
        containers: [{ position: 'single', raw: 'X', fault: 'malformed' }],
      },
    },
    'container-unreadable',
  ],
  [
    'container-number-valid',
    'a number without a certainty',
    {
      identification: {
        ...named,
        containers: [{ position: 'single', raw: box, number: box as never }],
      },
    },
    'container-uncertain',
  ],
  [
    'containers-complete',
    'no capture',
    { identification: { ...named, containerCapture: 'none', containers: [] } },
    'notApplicable',
  ],
  [
    'containers-complete',
    'the same number in two places',
    {
      identification: {
        ...named,
        containers: [
          { position: 'front', raw: box, number: box as never },
          { position: 'rear', raw: box, number: box as never },
        ],
      },
    },
    'container-twice',
  ],
  [
    'containers-complete',
    'nothing planned',
    { facts: released({ transactions: [] }) },
    'notApplicable',
  ],
  [
    'containers-complete',
    'one box too many',
    {
      identification: {
        ...named,
        containers: [
          { position: 'front', raw: box, number: box as never },
          { position: 'rear', raw: other, number: other as never },
        ],
      },
    },
    'container-unplanned',
  ],
  [
    'transaction-planned',
    'a box nobody planned for',
    {
      facts: released({
        transactions: [
          transaction({
            direction: 'out',
            transactionType: 'importLocal',
            plate,
            containers: [other],
          }),
        ],
      }),
    },
    'transaction-box-none',
  ],
  [
    'every-box-covered',
    'no box',
    { identification: { ...named, containers: [] } },
    'notApplicable',
  ],
  [
    'every-box-covered',
    'no rule for the box',
    { facts: released({ transactions: [] }) },
    'requirement-none',
  ],
  [
    'weight-stable',
    'a lane without a weighbridge',
    { requirements: { weight: false } },
    'notApplicable',
  ],
  ...(
    ['noReading', 'unstable', 'empty', 'negative', 'overload', 'underload', 'error'] as const
  ).map(
    (reason) =>
      [
        'weight-stable',
        reason,
        { weight: { kind: 'noWeight' as const, reason } },
        `weight-${reason}`,
      ] as const,
  ),
  ['weight-truck', 'no tare on record', {}, 'notApplicable'],
  ['weight-box', 'no tare on record', {}, 'notApplicable'],
  ['visit-open', 'a truck that comes in', { direction: 'in' }, 'notApplicable'],
  ['visit-open', 'no plate', { identification: nameless }, 'notApplicable'],
  ['prior-visit-closed', 'a truck that leaves', {}, 'notApplicable'],
  ['prior-visit-closed', 'an open visit', { direction: 'in' }, 'visit-still-open'],
  ['prior-visit-closed', 'none', { direction: 'in', facts: released({ visits: [] }) }, 'pass'],
];

t.test('each check says what it must of each case', async (t) => {
  for (const [id, title, change, expected] of cases) {
    const outcome = said(id, change);
    t.equal('code' in outcome ? outcome.code : outcome.outcome, expected, `${id}: ${title}`);
  }
});

t.test('the weight of a box is judged against its declared gross', async (t) => {
  const weigh = (weightKg: number, declared: Parameters<typeof consignment>[0]) =>
    said('weight-box', {
      facts: released({
        vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000 })],
        consignments: [consignment(declared)],
      }),
      weight: {
        kind: 'weighed',
        weightKg,
        basis: 'gross',
        stabilitySource: 'indicator',
        deviceId: 'scale' as never,
      },
    });
  const declared = { id: 'D1', containers: [box], grossWeightKg: 15_000 };
  const { kg = 0, share = 0 } = strictPolicy.boxTolerance ?? {};
  const toleranceKg = Math.max(kg, 15_000 * share);
  t.equal(weigh(30_000 + toleranceKg, declared).outcome, 'pass');
  t.match(weigh(30_001 + toleranceKg, declared), {
    code: 'box-weight-differs',
    evidence: { declaredKg: 15_000, toleranceKg },
  });
  t.equal(weigh(29_999 - toleranceKg, declared).outcome, 'fail');
  t.equal(weigh(1, { id: 'D1', containers: [box] }).outcome, 'notApplicable', 'nothing declared');
  t.equal(
    weigh(1, { ...declared, containers: [box, other] }).outcome,
    'notApplicable',
    'a share of a larger consignment is not known',
  );
});

t.test('a hold of the vehicle counts by any of its plates', async (t) => {
  const held = released({
    vehicles: [vehicle({ plates: [plate, '粤ZS544港'], tags: [tag] })],
    holds: [hold({ subject: { kind: 'vehicle', plate: '粤Z·S544港' } })],
  });
  t.match(said('vehicle-not-held', { facts: held }), { code: 'vehicle-held' });
});

t.test('of two rules the graver consequence counts, whichever stands first', async (t) => {
  const rule = (onFail: 'warn' | 'refer' | 'refuse', onUnknown: 'warn' | 'hold') => ({
    direction: 'out' as const,
    transactionTypes: ['importLocal' as const],
    checks: [{ check: 'plate-read', onFail, onUnknown }],
  });
  const policy = (...rules: Policy['rules']): Policy => ({ ...strictPolicy, rules });
  const merged = [{ check: 'plate-read', onFail: 'refuse', onUnknown: 'hold' }];
  const types = ['importLocal'] as const;
  t.strictSame(
    checksFor(policy(rule('warn', 'hold'), rule('refuse', 'warn')), 'out', types),
    merged,
  );
  t.strictSame(
    checksFor(policy(rule('refuse', 'warn'), rule('refer', 'hold')), 'out', types),
    merged,
  );
  t.strictSame(checksFor(policy(rule('refuse', 'hold')), 'in', types), []);
});

t.test('a policy that names no such check, and a check that crashes, refer', async (t) => {
  const inputs = {
    passageId: 'p-1' as never,
    direction: 'out' as const,
    nowWallMs: noonMs,
    requirements: { plate: true, containers: true, tag: true, weight: true },
    identification: named,
    weight: contextOf().weight,
    facts: released(),
  };
  const rule = { direction: 'out' as const, transactionTypes: ['importLocal' as const] };
  const consequences = { onFail: 'refer', onUnknown: 'refer' } as const;
  const unknownCheck = decide(inputs, {
    ...strictPolicy,
    rules: [{ ...rule, checks: [{ check: 'no-such-check', ...consequences }] }],
  });
  t.equal(unknownCheck.decision.disposition, 'refer');
  t.strictSame(reasonsOf(unknownCheck.decision), ['check-unknown']);
  const broken = { ...named, unreadablePlates: undefined } as unknown as Identification;
  const crashing = (onUnknown: 'refer' | 'warn') =>
    decide(
      { ...inputs, identification: { ...broken, tractor: undefined } as never },
      {
        ...strictPolicy,
        rules: [
          {
            ...rule,
            transactionTypes: ['unplanned', 'importLocal'],
            checks: [{ check: 'plate-read', onFail: onUnknown, onUnknown }],
          },
        ],
      },
    ).decision;
  for (const onUnknown of ['refer', 'warn'] as const) {
    t.equal(crashing(onUnknown).disposition, 'refer', `${onUnknown}: a crash is not an unknown`);
    t.strictSame(reasonsOf(crashing(onUnknown)), ['check-crashed']);
  }
});

t.test(
  'a text shows where nothing was given for a place, and a code without a text is told',
  async (t) => {
    t.match(reasonText('vehicle-unknown'), { en: /vehicle … / });
    t.strictSame(reasonText('no-such-code'), { zh: 'no-such-code', en: 'no-such-code' });
  },
);

t.test('what has no canonical text is a mistake and never a guess', async (t) => {
  t.equal(canonicalJson({ b: undefined, a: -0, c: null }), '{"a":0,"c":null}');
  t.throws(() => canonicalJson(Number.NaN), /no canonical JSON text/);
  t.throws(() => canonicalJson({ a: () => 1 }), /no canonical JSON text/);
});
