/** Permits: who passes without planned work, and that no cargo ever does. */
import t from 'tap';
import { parsePolicy } from '../../../src/config/policy.ts';
import { type DecisionInputs, decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { Policy } from '../../../src/core/decision/policy.ts';
import type { GatheredFacts, PermitFact } from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { none } from '../../support/exactly.ts';
import { gathered, hold, noonMs, transaction, vehicle } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, tag, weighed } from '../../support/released.ts';

const head = { source: 'customs', version: 1, asOfMs: noonMs };
const permit = (change: Partial<PermitFact> = {}): PermitFact => ({
  kind: 'permit',
  id: 'PASS-1',
  ...head,
  permitType: 'staff',
  plates: [plate],
  status: 'valid',
  ...change,
});
const car: Identification = { ...readWell, tags: [], containers: [] };

interface Case {
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
  readonly inputs?: Partial<DecisionInputs>;
  readonly policy?: Policy;
}

function decided({ facts = {}, seen = {}, inputs = {}, policy = strictPolicy }: Case = {}) {
  const truck = atTheArm({
    laneId: 'out-1' as never,
    identification: { ...car, ...seen },
    grossKg: 1_600,
    facts: gathered({ permits: [permit()], ...facts }),
    ...inputs,
  });
  return decide(truck, policy).decision;
}
const reasons = (of: Case = {}) => reasonsOf(decided(of));

t.test('a vehicle under a permit passes without plan and cargo, and uses nothing', async (t) => {
  const decision = decided();
  t.equal(decision.disposition, 'admit', `${reasonsOf(decision)}`);
  t.strictSame(decision.transactionTypes, ['permit']);
  t.strictSame(decision.releases, []);
  t.equal(decided({ inputs: { direction: 'in' } }).disposition, 'admit');
});

t.test(
  'without a permit, or under one that the policy does not open for, it is unplanned',
  async (t) => {
    const { permits: _, ...none } = strictPolicy;
    for (const of of [
      { facts: { permits: [] } },
      { facts: { permits: [permit({ permitType: 'test' })] } },
      { facts: { permits: [permit({ plates: ['粤B99999'] })] } },
      { policy: none },
    ]) {
      const decision = decided(of);
      t.strictSame(decision.transactionTypes, ['unplanned']);
      t.ok(reasonsOf(decision).includes('transaction-none'), `${reasonsOf(decision)}`);
    }
  },
);

const dayMs = 86_400_000;
const minuteNow = Math.floor((noonMs % dayMs) / 60_000);
const between = (fromMinute: number, untilMinute: number) => ({
  hours: { fromMinute, untilMinute },
});

const inForce: readonly (readonly [string, Partial<PermitFact>])[] = [
  ['from now', { validFromMs: noonMs }],
  ['until now', { validUntilMs: noonMs }],
  ['in this lane', { lanes: ['in-1', 'out-1'] }],
  ['from this minute', between(minuteNow, minuteNow + 1)],
  ['over midnight, begun yesterday', between(1_400, minuteNow + 1)],
  ['over midnight, begun now', between(minuteNow, 0)],
  ['all day', between(0, 1_440)],
];
for (const [what, change] of inForce) {
  t.test(`a permit ${what} opens`, async (t) => {
    t.strictSame(reasons({ facts: { permits: [permit(change)] } }), []);
  });
}

const notInForce: readonly (readonly [string, string, Partial<PermitFact>])[] = [
  ['from the next moment', 'permit-expired', { validFromMs: noonMs + 1 }],
  ['until the moment before', 'permit-expired', { validUntilMs: noonMs - 1 }],
  ['that is said to have expired', 'permit-expired', { status: 'expired' }],
  ['that is blocked', 'permit-blocked', { status: 'blocked' }],
  ['for another lane', 'permit-other-lane', { lanes: ['in-1'] }],
  ['until this minute', 'permit-outside-hours', between(minuteNow - 60, minuteNow)],
  ['from the next minute', 'permit-outside-hours', between(minuteNow + 1, 1_440)],
  ['over midnight, over by now', 'permit-outside-hours', between(1_400, minuteNow)],
  ['over midnight, not begun', 'permit-outside-hours', between(minuteNow + 1, 0)],
  ['for no hours', 'permit-outside-hours', between(minuteNow, minuteNow)],
];
for (const [what, reason, change] of notInForce) {
  t.test(`a permit ${what} does not open: ${reason}`, async (t) => {
    const decision = decided({ facts: { permits: [permit(change)] } });
    t.strictSame(reasonsOf(decision), [reason]);
    t.equal(decision.disposition, 'refer');
  });
}

t.test('the last minute of hours counts to its end', async (t) => {
  const permits = [permit(between(minuteNow, minuteNow + 1))];
  const at = (nowWallMs: number) => reasons({ facts: { permits }, inputs: { nowWallMs } });
  t.strictSame(at(noonMs + 59_999), []);
  t.strictSame(at(noonMs + 60_000), ['permit-outside-hours']);
});

t.test('of two permits one that holds is enough, unless the other is blocked', async (t) => {
  const over = permit({ id: 'PASS-0', validUntilMs: noonMs - 1 });
  t.strictSame(reasons({ facts: { permits: [over, permit()] } }), []);
  const blocked = permit({ id: 'PASS-0', permitType: 'test', status: 'blocked' });
  t.strictSame(reasons({ facts: { permits: [blocked, permit()] } }), ['permit-blocked']);
});

t.test('a permit for lanes is good for none where the lane is not known', async (t) => {
  const permits = [permit({ lanes: ['out-1'] })];
  const { laneId: _, ...inputs } = { laneId: 0 };
  const unknownLane = { ...inputs, laneId: undefined as never };
  t.strictSame(reasons({ facts: { permits }, inputs: unknownLane }), ['permit-other-lane']);
});

const trailer = {
  text: '粤B6789挂' as never,
  raw: '粤B6789挂',
  confidence: 0.97,
  deviceIds: ['r'],
};
const planFor = (change: object = {}) =>
  transaction({
    direction: 'out',
    transactionType: 'importLocal',
    plate,
    containers: [box],
    ...change,
  });

const cargo: readonly (readonly [string, string, Case])[] = [
  ['a box', 'permit-box', { seen: { containers: readWell.containers } }],
  [
    'a box whose number nobody can read',
    'permit-box',
    { seen: { containers: [{ position: 'single', raw: '', fault: 'empty' }] } },
  ],
  ['a trailer', 'permit-trailer', { seen: { trailer } }],
  [
    'cargo planned in the other direction',
    'permit-planned',
    { facts: { transactions: [planFor({ direction: 'in', transactionType: 'exportLocal' })] } },
  ],
  [
    'a binding to cargo',
    'permit-planned',
    {
      facts: {
        bindings: [
          {
            kind: 'binding',
            id: 'B1',
            ...head,
            state: 'bound',
            origin: 'premises',
            plate,
            containers: [],
            consignments: ['D1'],
          },
        ],
      },
    },
  ],
  [
    'a pass order for the other direction',
    'permit-planned',
    {
      facts: {
        passOrders: [
          {
            kind: 'pass-order',
            id: 'O1',
            ...head,
            bindingType: 2,
            direction: 'in',
            state: 'approved',
            plate,
            containers: [],
            consignments: ['D1'],
          },
        ],
      },
    },
  ],
  ['more weight than its kind has', 'permit-heavy', { inputs: { weight: weighed(3_501) } }],
  [
    'more weight than its tare',
    'permit-heavy',
    {
      facts: { vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 1_500 })] },
      inputs: { weight: weighed(2_001) },
    },
  ],
  ['no word of the cameras', 'permit-unwitnessed', { seen: { containerCapture: 'none' } }],
  [
    'no weight',
    'permit-unwitnessed',
    { inputs: { weight: { kind: 'noWeight', reason: 'noReading' } } },
  ],
  [
    'a plate that its permit does not name',
    'permit-other-plate',
    {
      seen: {
        otherPlates: [{ text: 'WX1234' as never, raw: 'WX1234', deviceIds: ['camera'] }],
      },
    },
  ],
  [
    'a plate that was repaired',
    'permit-plate-repaired',
    {
      seen: {
        tractor: {
          text: plate as never,
          raw: plate,
          confidence: 0.97,
          deviceIds: ['camera'],
          repairedFrom: '粤B1234S',
        },
      },
    },
  ],
  [
    'the tag of another vehicle',
    'plate-tag-conflict',
    {
      seen: { tags: [tag as never] },
      facts: { vehicles: [vehicle({ plates: ['粤B99999'], tags: [tag] })] },
    },
  ],
  [
    'a plate read without certainty',
    'identity-single-witness',
    {
      seen: {
        tractor: { text: plate as never, raw: plate, confidence: 0.89, deviceIds: ['camera'] },
      },
    },
  ],
];
for (const [what, reason, of] of cargo) {
  t.test(`a permit does not let through ${what}: ${reason}`, async (t) => {
    const decision = decided(of);
    t.ok(reasonsOf(decision).includes(reason), `${reasonsOf(decision)}`);
    t.equal(decision.disposition, 'refer');
    t.strictSame(decision.releases, []);
  });
}

t.test('on the way in one witness is enough', async (t) => {
  const inputs = { direction: 'in', weight: { kind: 'noWeight', reason: 'noReading' } } as const;
  const noScale = { requirements: { plate: true, containers: true, tag: false, weight: false } };
  t.strictSame(reasons({ inputs: { ...inputs, ...noScale } }), []);
  const seen = { containerCapture: 'none' } as const;
  t.strictSame(reasons({ seen, inputs: { ...inputs, ...noScale } }), ['permit-unwitnessed']);
});

t.test('its tare counts before what its kind may weigh', async (t) => {
  const vehicles = [vehicle({ plates: [plate], tags: [tag], tareKg: 12_000 })];
  t.strictSame(reasons({ facts: { vehicles }, inputs: { weight: weighed(12_500) } }), []);
});

t.test('a box under a hold is held, permit or not', async (t) => {
  const decision = decided({
    seen: { containers: readWell.containers },
    facts: { holds: [hold({ subject: { kind: 'container', container: box } })] },
  });
  t.equal(decision.disposition, 'hold');
});

t.test('a hold on the vehicle, and one that may be, stop it', async (t) => {
  const holds = [hold({ subject: { kind: 'vehicle', plate } })];
  t.equal(decided({ facts: { holds } }).disposition, 'hold');
  const taints = [{ source: 'customs', sequence: 1, resembles: `plate:${plate}`, reason: '?' }];
  t.strictSame(reasons({ facts: { taints } }), ['vehicle-hold-unreadable']);
});

t.test(
  'planned cargo goes by its releases, and the permit neither helps nor hinders',
  async (t) => {
    const decision = decided({
      seen: { containers: readWell.containers },
      facts: { transactions: [planFor()] },
    });
    t.strictSame(decision.transactionTypes, ['importLocal']);
    t.equal(decision.disposition, 'refuse', 'it lacks them');
  },
);

t.test('a policy whose permits open without their checks is refused', async (t) => {
  const findings = (change: Partial<Policy>) => {
    const parsed = parsePolicy({ ...strictPolicy, ...change });
    return parsed.kind === 'invalid' ? parsed.findings.map(({ message }) => message) : [];
  };
  t.strictSame(findings({}), []);
  const eased = strictPolicy.rules.map((rule) =>
    rule.transactionTypes.includes('permit')
      ? { ...rule, checks: rule.checks.filter(({ check }) => check !== 'permit-without-cargo') }
      : rule,
  );
  t.match(findings({ rules: eased }), [/without "permit-without-cargo"/, /without/]);
  const warned = strictPolicy.rules.map((rule) => ({
    ...rule,
    checks: rule.checks.map((each) =>
      each.check === 'permit-valid' ? { ...each, onUnknown: 'warn' as const } : each,
    ),
  }));
  t.match(findings({ rules: warned }), [/"permit-valid"/, /"permit-valid"/]);
  const unruled = strictPolicy.rules.filter((rule) => !rule.transactionTypes.includes('permit'));
  t.match(findings({ rules: unruled }), [/no rule for them in direction "in"/, /"out"/]);
});

t.test('its passage and its visit are recorded, and nothing is reserved', async (t) => {
  const facts = gathered({ permits: [permit()] });
  const entry = new LaneStory({ direction: 'in' }).ready();
  entry.facts = facts;
  entry.arrive().plate(plate).boxes().weight(1_600).pass(11_000);
  t.equal(entry.opens(), 1);
  entry.driveThrough();
  t.strictSame(entry.outcomes(), ['passed']);
  t.notOk(entry.changes.some(({ reserve, settle }) => reserve ?? settle));
  const opened = entry.changes.flatMap(({ visits = [] }) => visits);
  t.match(opened, [{ kind: 'opened', plate, containers: none }]);

  const exit = new LaneStory().ready();
  const visit = { visitId: 'v.1' as never, plate, enteredAtMs: noonMs, containers: [] };
  exit.facts = gathered({ permits: [permit()], visits: [visit] });
  exit.arrive().plate(plate).boxes().weight(1_600).pass(11_000);
  exit.driveThrough();
  t.strictSame(exit.outcomes(), ['passed']);
  t.match(
    exit.changes.flatMap(({ visits = [] }) => visits),
    [{ kind: 'closed', visitId: 'v.1', cause: 'exitRecorded' }],
  );
});
