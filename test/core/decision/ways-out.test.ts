/** Ways out without a release, and ways to stop a truck that has one: each was open once. */
import t from 'tap';
import { decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type {
  BindingFact,
  GatheredFacts,
  ObligationFact,
  TallyFact,
  TrailerFact,
} from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import {
  consignment,
  hold,
  noonMs,
  proof,
  source,
  transaction,
  vehicle,
} from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released, tag } from '../../support/released.ts';

const second = 'CBHU3202732';
const trailerPlate = '粤B6789挂';
const head = { source: 'customs', version: 1, asOfMs: noonMs };

interface Case {
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
  readonly weightKg?: number;
  readonly hasBoxCamera?: boolean;
}

const boxSeen = (position: 'front' | 'rear' | 'single', number: string) => ({
  position,
  raw: number,
  number: number as never,
  confidence: 0.95,
});

function reasons({
  facts = {},
  seen = {},
  weightKg,
  hasBoxCamera = true,
}: Case): readonly string[] {
  const inputs = atTheArm({
    requirements: {
      plate: true,
      containers: hasBoxCamera,
      tag: true,
      weight: weightKg !== undefined,
    },
    identification: {
      ...readWell,
      containers: [boxSeen('single', box)],
      ...seen,
    },
    grossKg: weightKg,
    facts: released(facts),
  });
  return reasonsOf(decide(inputs, strictPolicy).decision);
}

const onDocument = (consignmentId: string) =>
  hold({ subject: { kind: 'consignment', consignmentId } });
const plan = (change: object = {}) =>
  transaction({
    direction: 'out',
    transactionType: 'importLocal',
    plate,
    containers: [box],
    ...change,
  });

t.test('nothing stands against it', async (t) => {
  t.strictSame(reasons({}), []);
});

t.test('a hold on a document that the feed has not brought stops what it covers', async (t) => {
  const grants = [
    proof({ proofType: 'customs_declaration', containers: [box], consignmentId: 'D9' }),
    proof({ proofType: 'terminal_release', containers: [box] }),
  ];
  const byProof = { consignments: [], proofs: grants };
  t.strictSame(reasons({ facts: byProof }), []);
  t.strictSame(reasons({ facts: { ...byProof, holds: [onDocument('D9')] } }), ['container-held']);
  const byPlan = { transactions: [plan({ consignments: ['D9'] })], holds: [onDocument('D9')] };
  t.ok(reasons({ facts: byPlan }).includes('container-held'), 'by the plan');
  const stuffing = {
    kind: 'stuffing',
    id: 'S1',
    ...head,
    container: 'csqu 305438-3',
    consignments: [{ consignmentId: 'D9' }],
    seals: [],
  } as const;
  const byStuffing = { stuffings: [stuffing], holds: [onDocument('D9')] };
  t.strictSame(
    reasons({ facts: byStuffing }),
    ['proof-missing', 'container-held'],
    'by what was stuffed into it, which needs a proof of its own too',
  );
  const taint = { source: 'customs', sequence: 1, resembles: 'D9', reason: 'form' };
  t.strictSame(reasons({ facts: { ...byProof, taints: [taint] } }), ['hold-unreadable']);
});

t.test('a hold on a document of another box of the same plan does not', async (t) => {
  const facts = {
    transactions: [plan({ consignments: ['D1', 'D2'] })],
    consignments: [
      consignment({ id: 'D1', containers: [box] }),
      consignment({ id: 'D2', containers: [second] }),
    ],
    holds: [onDocument('D2')],
  };
  t.notOk(reasons({ facts }).includes('container-held'));
});

t.test('a hold on the trailer stops the rig', async (t) => {
  const seen = {
    trailer: { text: trailerPlate as never, raw: trailerPlate, confidence: 0.97, deviceIds: ['r'] },
  };
  const holds = [hold({ subject: { kind: 'vehicle', plate: '粤B·6789挂' } })];
  t.strictSame(reasons({ seen, facts: { holds } }), ['vehicle-held']);
  const taint = { source: 'customs', sequence: 1, resembles: `plate:${trailerPlate}`, reason: '?' };
  t.strictSame(reasons({ seen, facts: { taints: [taint] } }), ['vehicle-hold-unreadable']);
});

t.test('a plan that was left over takes nothing from what a box needs', async (t) => {
  const left = plan({ id: 'a-left-over', transactionType: 'emptyContainer' });
  const proofs = [proof({ proofType: 'terminal_release', containers: [box] })];
  for (const transactions of [
    [left, plan()],
    [plan(), left],
  ]) {
    t.ok(reasons({ facts: { transactions, proofs } }).includes('proof-missing'));
    t.notOk(reasons({ facts: { transactions } }).includes('proof-missing'), 'and adds nothing');
  }
});

t.test('an empty box beside a full one has to be empty too', async (t) => {
  const facts = (truck: object = {}): Partial<GatheredFacts> => ({
    vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000, ...truck })],
    transactions: [
      plan({ containers: [box] }),
      plan({ transactionType: 'emptyContainer', containers: [second] }),
    ],
    consignments: [consignment({ id: 'D1', containers: [box], grossWeightKg: 15_000 })],
    proofs: [
      proof({ proofType: 'customs_declaration', containers: [box], consignmentId: 'D1' }),
      proof({ proofType: 'terminal_release', containers: [box, second] }),
    ],
  });
  const seen = { containers: [boxSeen('front', box), boxSeen('rear', second)] };
  t.strictSame(reasons({ seen, facts: facts(), weightKg: 32_500 }), []);
  t.strictSame(reasons({ seen, facts: facts(), weightKg: 45_000 }), ['weight-not-empty']);
  t.strictSame(
    reasons({ seen, facts: facts({ tareKg: undefined }), weightKg: 32_500 }),
    ['emptiness-one-witness'],
    'nobody has weighed it',
  );
});

t.test('whoever blocks a vehicle or a trailer is heard', async (t) => {
  const valid = vehicle({ plates: [plate], tags: [tag] });
  const blocked = { ...valid, source: 'yard', id: 'other', status: 'blocked' as const };
  t.strictSame(reasons({ facts: { vehicles: [valid, blocked] } }), ['vehicle-blocked']);
  const registered: TrailerFact = {
    kind: 'trailer',
    id: 'T',
    ...head,
    plate: trailerPlate,
    tags: [],
    status: 'valid',
  };
  const seen = {
    trailer: { text: trailerPlate as never, raw: trailerPlate, confidence: 0.97, deviceIds: ['r'] },
  };
  const trailers = [registered, { ...registered, id: 'U', status: 'blocked' as const }];
  t.strictSame(reasons({ seen, facts: { trailers } }), ['trailer-blocked']);
});

t.test(
  'a tally of one box is none of its neighbour, and the worst of several counts',
  async (t) => {
    const tally = (change: Partial<TallyFact>): TallyFact => ({
      kind: 'tally',
      id: 'N1',
      ...head,
      billId: 'B1',
      containers: [],
      result: 'complete',
      ...change,
    });
    const facts = (...tallies: readonly TallyFact[]): Partial<GatheredFacts> => ({
      sources: [
        source({ kinds: ['consignment', 'proof', 'hold', 'vehicle', 'transaction', 'tally'] }),
      ],
      bills: [
        {
          kind: 'bill',
          id: 'B1',
          ...head,
          vessel: 'Sea Star',
          voyage: '026W',
          containers: [box, second],
          recognised: false,
          preManifest: 'none',
        },
      ],
      tallies,
    });
    t.strictSame(reasons({ facts: facts(tally({})) }), [], 'of the whole bill');
    t.strictSame(reasons({ facts: facts(tally({ containers: [second] })) }), ['tally-missing']);
    const short = tally({ id: 'N2', containers: [box], result: 'short' });
    t.strictSame(reasons({ facts: facts(tally({}), short) }), ['tally-differs']);
  },
);

t.test(
  'a duty of a box that is overdue counts without a release that it is attached to',
  async (t) => {
    const obligation: ObligationFact = {
      kind: 'obligation',
      id: 'O1',
      ...head,
      duty: 'inspectAtDestination',
      containers: [box],
      dueAtMs: noonMs - 1,
      state: 'open',
    };
    t.strictSame(reasons({ facts: { obligations: [obligation] } }), ['obligation-overdue']);
    const ofOther = { ...obligation, containers: [second] };
    t.strictSame(reasons({ facts: { obligations: [ofOther] } }), []);
  },
);

t.test('a tag that may be the next lane’s is no witness of a weak reading', async (t) => {
  const weak = {
    tractor: { text: plate as never, raw: plate, confidence: 0.75, deviceIds: ['camera'] },
  };
  t.strictSame(reasons({ seen: weak }), []);
  const suspect = reasons({ seen: { ...weak, suspectTags: [tag as never] } });
  t.ok(suspect.includes('identity-single-witness'), `${suspect}`);
});

t.test('one vehicle in two registers is one vehicle', async (t) => {
  const known = vehicle({ plates: [plate, 'WX1234'], tags: [tag] });
  const same = vehicle({ id: 'V', source: 'yard', plates: ['粤B·12345'], tags: [tag] });
  t.strictSame(reasons({ facts: { vehicles: [known, same] } }), []);
  const other = vehicle({ id: 'W', plates: ['粤C77777'], tags: [tag] });
  t.ok(reasons({ facts: { vehicles: [known, other] } }).includes('tag-on-several'));
});

t.test('documents write plates and numbers in ways of their own', async (t) => {
  const bound: BindingFact = {
    kind: 'binding',
    id: 'B',
    ...head,
    state: 'bound',
    origin: 'premises',
    plate,
    trailerPlate: '粤B·6789挂',
    containers: [box],
    consignments: [],
  };
  const seen = {
    trailer: { text: trailerPlate as never, raw: trailerPlate, confidence: 0.97, deviceIds: ['r'] },
  };
  t.strictSame(reasons({ seen, facts: { bindings: [bound] } }), []);
  const cargo = [{ container: 'csqu 305438-3', grossWeightKg: 15_000 }];
  const weighed = {
    vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000 })],
    consignments: [consignment({ id: 'D1', containers: [box, second], cargo })],
  };
  t.strictSame(reasons({ facts: weighed, weightKg: 30_000 }), []);
  t.strictSame(reasons({ facts: weighed, weightKg: 40_000 }), ['box-weight-differs']);
});

t.test('a truck with loose cargo does not weigh its tare', async (t) => {
  const facts = {
    vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000 })],
    transactions: [plan({ containers: [], consignments: ['D1'] })],
    consignments: [consignment({ id: 'D1', containers: [] })],
    proofs: (['customs_declaration', 'terminal_release'] as const).map((proofType) =>
      proof({ id: proofType, proofType, containers: [], consignmentId: 'D1' }),
    ),
  };
  t.strictSame(reasons({ facts, seen: { containers: [] }, weightKg: 35_000 }), []);
});

t.test('a planned box that no camera can see goes nowhere', async (t) => {
  const blind = {
    hasBoxCamera: false,
    seen: { containerCapture: 'none', containers: [] },
  } as const;
  t.strictSame(reasons(blind), ['container-missing']);
  t.strictSame(reasons({ ...blind, facts: { proofs: [] } }), ['container-missing']);
});

t.test('of two bindings of one moment the undone one counts, in either order', async (t) => {
  const bound: BindingFact = {
    kind: 'binding',
    id: 'B1',
    ...head,
    state: 'bound',
    origin: 'premises',
    plate,
    containers: [box],
    consignments: [],
  };
  const undone = { ...bound, id: 'A1', state: 'unbound' as const };
  const sources = [
    source({ kinds: ['consignment', 'proof', 'hold', 'vehicle', 'transaction', 'binding'] }),
  ];
  for (const bindings of [
    [bound, undone],
    [undone, bound],
  ]) {
    t.strictSame(reasons({ facts: { sources, bindings } }), ['binding-undone']);
  }
});

t.test('the tag of a registered trailer is not an unknown one', async (t) => {
  const ofTrailer = 'E2801170000002000000AAAA';
  const trailer: TrailerFact = {
    kind: 'trailer',
    id: 'T',
    ...head,
    plate: trailerPlate,
    tags: [ofTrailer],
    status: 'valid',
  };
  const seen = { tags: [ofTrailer as never] };
  t.strictSame(reasons({ seen, facts: { trailers: [trailer] } }), []);
  t.strictSame(reasons({ seen }), ['tag-unknown']);
});
