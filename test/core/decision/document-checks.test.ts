/** Checks on registers, bindings, documents and times: each of their reasons by the fact that brings it about. */
import t from 'tap';
import { catalogue } from '../../../src/core/decision/catalogue.ts';
import { type CheckResult, decide, reasonText } from '../../../src/core/decision/decide.ts';
import type {
  AppointmentFact,
  BillFact,
  BindingFact,
  CarrierFact,
  FactKind,
  GatheredFacts,
  ObligationFact,
  TallyFact,
  TrailerFact,
} from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { consignment, noonMs, proof, source, transaction, vehicle } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released, tag } from '../../support/released.ts';

const trailer = '粤B6789挂';
const hourMs = 3_600_000;
const head = { source: 'customs', version: 1, asOfMs: noonMs - hourMs };
const speaksOf = (...kinds: FactKind[]) => ({ sources: [source({ kinds })] });

const seen: Identification = {
  ...readWell,
  trailer: { text: trailer as never, raw: trailer, confidence: 0.97, deviceIds: ['rear'] },
};

interface Case {
  readonly direction?: 'in' | 'out';
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
}

function resultOf(check: string, { direction = 'out', facts = {}, seen: change = {} }: Case) {
  const inputs = atTheArm({
    direction,
    identification: { ...seen, ...change },
    facts: released(facts),
  });
  const rules = (['in', 'out'] as const).map((each) => ({
    direction: each,
    transactionTypes: [
      'importLocal',
      'exportLocal',
      'importTransfer',
      'exportTransfer',
      'emptyContainer',
      'bobtail',
      'unplanned',
    ] as const,
    checks: [{ check, onFail: 'refer', onUnknown: 'hold' } as const],
  }));
  const [result] = decide(inputs, { ...strictPolicy, rules }).decision.checks;
  return result as CheckResult;
}

const trailerFact = (change: Partial<TrailerFact> = {}): TrailerFact => ({
  kind: 'trailer',
  ...head,
  id: 'trailer',
  plate: trailer,
  tags: [],
  status: 'valid',
  ...change,
});
const carrierFact = (change: Partial<CarrierFact> = {}): CarrierFact => ({
  kind: 'carrier',
  ...head,
  id: 'CARRIER',
  transferQualified: true,
  status: 'valid',
  ...change,
});
const bindingFact = (change: Partial<BindingFact> = {}): BindingFact => ({
  kind: 'binding',
  ...head,
  id: 'binding',
  state: 'bound',
  origin: 'premises',
  plate,
  containers: [box],
  consignments: [],
  ...change,
});
const appointmentFact = (change: Partial<AppointmentFact> = {}): AppointmentFact => ({
  kind: 'appointment',
  ...head,
  id: 'appointment',
  direction: 'in',
  plate,
  containers: [],
  fromMs: noonMs - hourMs,
  untilMs: noonMs + hourMs,
  ...change,
});
const billFact = (change: Partial<BillFact> = {}): BillFact => ({
  kind: 'bill',
  ...head,
  id: 'BILL',
  vessel: 'SEA STAR',
  voyage: '026W',
  containers: [box],
  recognised: false,
  preManifest: 'accepted',
  ...change,
});
const tallyFact = (change: Partial<TallyFact> = {}): TallyFact => ({
  kind: 'tally',
  ...head,
  id: 'tally',
  billId: 'BILL',
  containers: [],
  result: 'complete',
  ...change,
});
const obligationFact = (change: Partial<ObligationFact> = {}): ObligationFact => ({
  kind: 'obligation',
  ...head,
  id: 'obligation',
  duty: 'escort',
  lineage: 'L1',
  containers: [],
  state: 'open',
  ...change,
});
const work = (direction: 'in' | 'out', change: object = {}) =>
  transaction({
    direction,
    transactionType: direction === 'in' ? 'exportTransfer' : 'importTransfer',
    plate,
    containers: [box],
    ...change,
  });
const hired = vehicle({ plates: [plate], tags: [tag], carrierId: 'CARRIER' });
const transferBy = (carriers: readonly CarrierFact[], change: Partial<GatheredFacts> = {}) => ({
  ...speaksOf('carrier'),
  transactions: [work('out')],
  vehicles: [hired],
  carriers,
  ...change,
});
const dutiful = [
  proof({ id: 'L1', proofType: 'customs_declaration', containers: [box], duties: ['escort'] }),
  proof({ proofType: 'terminal_release', containers: [box] }),
];

type Row = readonly [check: string, expected: string, what: string, Case];
const rows: readonly Row[] = [
  ['tag-not-suspect', 'pass', 'of this lane alone', {}],
  ['tag-not-suspect', 'notApplicable', 'no tag', { seen: { tags: [] } }],
  [
    'tag-not-suspect',
    'tag-suspect',
    'heard in two lanes',
    { seen: { suspectTags: [tag as never] } },
  ],
  ['tag-on-one-vehicle', 'pass', 'one vehicle', {}],
  ['tag-on-one-vehicle', 'notApplicable', 'no tag', { seen: { tags: [] } }],
  [
    'tag-on-one-vehicle',
    'tag-on-several',
    'two vehicles have registered it',
    {
      facts: {
        vehicles: [
          vehicle({ plates: [plate], tags: [tag] }),
          vehicle({ plates: ['粤B99999'], tags: [tag.toLowerCase()] }),
        ],
      },
    },
  ],
  ['trailer-registered', 'pass', 'in force', { facts: { trailers: [trailerFact()] } }],
  ['trailer-registered', 'notApplicable', 'nobody speaks of trailers', {}],
  ['trailer-registered', 'trailer-unknown', 'not in the register', { facts: speaksOf('trailer') }],
  [
    'trailer-registered',
    'trailer-expired',
    'by its date',
    { facts: { trailers: [trailerFact({ validUntilMs: noonMs - 1 })] } },
  ],
  [
    'trailer-registered',
    'trailer-blocked',
    'blocked',
    { facts: { trailers: [trailerFact({ status: 'blocked' })] } },
  ],
  ['carrier-transfer-qualified', 'pass', 'admitted', { facts: transferBy([carrierFact()]) }],
  [
    'carrier-transfer-qualified',
    'notApplicable',
    'no transfer goods',
    { facts: { ...speaksOf('carrier'), vehicles: [hired] } },
  ],
  ['carrier-transfer-qualified', 'carrier-unknown', 'no register entry', { facts: transferBy([]) }],
  [
    'carrier-transfer-qualified',
    'carrier-not-qualified',
    'not admitted',
    { facts: transferBy([carrierFact({ transferQualified: false })]) },
  ],
  [
    'carrier-transfer-qualified',
    'carrier-not-valid',
    'blocked',
    { facts: transferBy([carrierFact({ status: 'blocked' })]) },
  ],
  ['binding-present', 'notApplicable', 'nobody speaks of bindings', {}],
  [
    'binding-present',
    'pass',
    'bound',
    { facts: { ...speaksOf('binding'), bindings: [bindingFact()] } },
  ],
  ['binding-present', 'binding-none', 'never bound', { facts: speaksOf('binding') }],
  [
    'binding-present',
    'binding-none',
    'bound for the way in',
    { facts: { ...speaksOf('binding'), bindings: [bindingFact({ origin: 'preArrival' })] } },
  ],
  [
    'binding-present',
    'binding-undone',
    'undone by a later record',
    {
      facts: {
        ...speaksOf('binding'),
        bindings: [
          bindingFact({ id: 'later', asOfMs: noonMs, state: 'unbound' }),
          bindingFact({ id: 'earlier' }),
        ],
      },
    },
  ],
  [
    'binding-present',
    'binding-expired',
    'by its date',
    { facts: { ...speaksOf('binding'), bindings: [bindingFact({ validUntilMs: noonMs - 1 })] } },
  ],
  ['exit-binding-as-planned', 'pass', 'as bound', { facts: { bindings: [bindingFact()] } }],
  [
    'exit-binding-as-planned',
    'notApplicable',
    'on the way in',
    { direction: 'in', facts: { bindings: [bindingFact({ origin: 'preArrival' })] } },
  ],
  [
    'exit-binding-as-planned',
    'exit-box-unbound',
    'another box',
    { facts: { bindings: [bindingFact({ containers: [] })] } },
  ],
  [
    'exit-binding-as-planned',
    'exit-box-missing',
    'a box too few',
    { facts: { bindings: [bindingFact({ containers: [box, 'CBHU3202732'] })] } },
  ],
  [
    'exit-binding-as-planned',
    'exit-trailer-differs',
    're-hitched',
    { facts: { bindings: [bindingFact({ trailerPlate: '粤B1111挂' })] } },
  ],
  ['consignments-known', 'notApplicable', 'none is named', {}],
  [
    'consignments-known',
    'pass',
    'known',
    { facts: { transactions: [work('out', { consignments: ['D1'] })] } },
  ],
  [
    'consignments-known',
    'consignment-unknown',
    'of the binding',
    { facts: { bindings: [bindingFact({ consignments: ['D7'] })] } },
  ],
  ['box-document-conflict', 'pass', 'one kind of document', {}],
  [
    'box-document-conflict',
    'box-declared-twice',
    'declaration and transfer',
    {
      facts: {
        consignments: [
          consignment({ id: 'D1', containers: [box] }),
          consignment({
            id: 'T1',
            containers: [],
            cargo: [{ container: box }],
            consignmentType: 'transferDeclaration',
          }),
        ],
      },
    },
  ],
  [
    'manifest-tallied',
    'notApplicable',
    'nobody speaks of tallies',
    { facts: { bills: [billFact()] } },
  ],
  [
    'manifest-tallied',
    'pass',
    'complete',
    { facts: { ...speaksOf('tally'), bills: [billFact()], tallies: [tallyFact()] } },
  ],
  [
    'manifest-tallied',
    'bill-none',
    'on no bill, where a source tells of bills',
    { facts: speaksOf('tally', 'bill') },
  ],
  [
    'manifest-tallied',
    'tally-missing',
    'not tallied',
    { facts: { ...speaksOf('tally'), bills: [billFact()] } },
  ],
  [
    'manifest-tallied',
    'tally-differs',
    'short',
    {
      facts: {
        ...speaksOf('tally'),
        bills: [billFact()],
        tallies: [tallyFact({ result: 'short' })],
      },
    },
  ],
  ['pre-manifest-accepted', 'notApplicable', 'on the way out', { facts: { bills: [billFact()] } }],
  [
    'pre-manifest-accepted',
    'pass',
    'accepted',
    { direction: 'in', facts: { transactions: [work('in')], bills: [billFact()] } },
  ],
  [
    'pre-manifest-accepted',
    'pre-manifest-rejected',
    'rejected',
    {
      direction: 'in',
      facts: { transactions: [work('in')], bills: [billFact({ preManifest: 'rejected' })] },
    },
  ],
  [
    'pre-manifest-accepted',
    'pre-manifest-open',
    'pending, by the bill that the document names',
    {
      direction: 'in',
      facts: {
        transactions: [work('in')],
        consignments: [consignment({ id: 'D1', containers: [box], bills: ['BILL'] })],
        bills: [billFact({ preManifest: 'pending', containers: [] })],
      },
    },
  ],
  ['route-time-limit', 'notApplicable', 'no limit', { direction: 'in' }],
  [
    'route-time-limit',
    'pass',
    'in time',
    {
      direction: 'in',
      facts: {
        consignments: [consignment({ id: 'T1', containers: [box], routeUntilMs: noonMs })],
      },
    },
  ],
  [
    'route-time-limit',
    'route-overdue',
    'late',
    {
      direction: 'in',
      facts: {
        consignments: [consignment({ id: 'T1', containers: [box], routeUntilMs: noonMs - 1 })],
      },
    },
  ],
  ['terminal-window', 'notApplicable', 'no window', {}],
  [
    'terminal-window',
    'pass',
    'open',
    { facts: { transactions: [work('out', { windowFromMs: noonMs, windowUntilMs: noonMs })] } },
  ],
  [
    'terminal-window',
    'terminal-window-closed',
    'not yet',
    { facts: { transactions: [work('out', { windowFromMs: noonMs + 1 })] } },
  ],
  [
    'terminal-window',
    'terminal-window-closed',
    'no longer',
    { facts: { transactions: [work('out', { windowUntilMs: noonMs - 1 })] } },
  ],
  ['appointment-window', 'notApplicable', 'nobody speaks of appointments', { direction: 'in' }],
  [
    'appointment-window',
    'pass',
    'within it',
    { direction: 'in', facts: { ...speaksOf('appointment'), appointments: [appointmentFact()] } },
  ],
  [
    'appointment-window',
    'appointment-none',
    'without one',
    { direction: 'in', facts: speaksOf('appointment') },
  ],
  [
    'appointment-window',
    'appointment-missed',
    'late',
    {
      direction: 'in',
      facts: {
        ...speaksOf('appointment'),
        appointments: [appointmentFact({ untilMs: noonMs - 1 })],
      },
    },
  ],
  ['obligations-recorded', 'notApplicable', 'no duty', {}],
  [
    'obligations-recorded',
    'pass',
    'on record',
    {
      facts: { ...speaksOf('obligation'), proofs: dutiful, obligations: [obligationFact()] },
    },
  ],
  [
    'obligations-recorded',
    'obligation-unrecorded',
    'not on record',
    { facts: { ...speaksOf('obligation'), proofs: dutiful } },
  ],
  [
    'obligations-recorded',
    'obligation-overdue',
    'overdue',
    { facts: { proofs: dutiful, obligations: [obligationFact({ dueAtMs: noonMs - 1 })] } },
  ],
];

for (const [check, expected, what, of] of rows) {
  t.test(`${check}: ${what}`, async (t) => {
    const { outcome, code, evidence } = resultOf(check, of);
    t.equal(code ?? outcome, expected);
    if (code === undefined) return;
    const { zh, en } = reasonText(code, evidence);
    t.notMatch(`${zh} ${en}`, /[{}…]/, 'every place of the texts is filled');
    t.not(zh, en);
  });
}

t.test('every reason of these checks has a row', async (t) => {
  const checks = new Set(rows.map(([check]) => check));
  const met = new Set(rows.map(([, expected]) => expected));
  for (const { id, reasons } of catalogue) {
    if (checks.has(id)) for (const code of Object.keys(reasons)) t.ok(met.has(code), code);
  }
  t.ok(checks.size >= 14);
});
