import fc from 'fast-check';
import t from 'tap';
import { canonicalJson } from '../../../src/core/decision/canonical-json.ts';
import { catalogue } from '../../../src/core/decision/catalogue.ts';
import {
  type DecisionInputs,
  decide,
  reasonsOf,
  reasonText,
  reasonTexts,
} from '../../../src/core/decision/decide.ts';
import type { GatheredFacts, ProofFact } from '../../../src/core/facts.ts';
import type { Evidence } from '../../../src/core/identification/evidence.ts';
import { noEvidence } from '../../../src/core/identification/evidence.ts';
import { identify } from '../../../src/core/identification/identify.ts';
import {
  consignment,
  gathered,
  hold,
  noonMs,
  proof,
  source,
  transaction,
  vehicle,
} from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';

const plate = '粤B12345';
const tag = 'E28068940000500A';
const front = 'CSQU3054383';
const rear = 'CBHU3202732';

function evidence(
  boxes: readonly string[],
  change: { plate?: string; confidence?: number; tags?: string[] } = {},
): Evidence {
  const at = { deviceId: 'd' as never, receivedAt: { wallMs: noonMs, monotonicMs: 1 } };
  return {
    ...noEvidence,
    plates: [
      {
        ...at,
        observation: {
          kind: 'plateRead',
          view: 'front',
          raw: change.plate ?? plate,
          replayed: false,
          confidence: change.confidence ?? 0.97,
        },
      },
    ],
    tags: (change.tags ?? [tag]).map((id) => ({
      ...at,
      observation: { kind: 'tagRead', tag: id as never },
    })),
    containers: [
      {
        ...at,
        observation: {
          kind: 'containerNumberRead',
          replayed: false,
          containers: boxes.map((raw, i) => ({
            position: i === 0 ? 'front' : 'rear',
            raw,
            confidence: 0.95,
          })),
        },
      },
    ],
  };
}

function inputs(
  facts: GatheredFacts,
  change: { boxes?: string[]; evidence?: Evidence; weightKg?: number } = {},
): DecisionInputs {
  return {
    passageId: 'p-1' as never,
    direction: 'out',
    nowWallMs: noonMs,
    requirements: { plate: true, containers: true, tag: true, weight: true },
    identification: identify(
      change.evidence ?? evidence(change.boxes ?? [front]),
      strictPolicy.confidence,
    ),
    weight: {
      kind: 'weighed',
      weightKg: change.weightKg ?? 31_000,
      basis: 'displayed',
      stabilitySource: 'inferred',
      deviceId: 'scale' as never,
    },
    facts,
  };
}

function world(boxes: readonly string[], change: Partial<GatheredFacts> = {}): GatheredFacts {
  return gathered({
    vehicles: [vehicle({ plates: [plate], tags: [tag] })],
    transactions: [
      transaction({ direction: 'out', transactionType: 'importLocal', plate, containers: boxes }),
    ],
    proofs: boxes.flatMap((box) => [
      proof({ proofType: 'customs_declaration', containers: [box] }),
      proof({ proofType: 'terminal_release', containers: [box] }),
    ]),
    visits: [{ visitId: 'v.1' as never, plate, enteredAtMs: noonMs, containers: [] }],
    ...change,
  });
}

const verdict = (facts: GatheredFacts, change: Parameters<typeof inputs>[1] = {}) =>
  decide(inputs(facts, change), strictPolicy).decision;

t.test('the world of these tests admits, so that each change below is what refuses', async (t) => {
  t.equal(verdict(world([front])).disposition, 'admit');
  t.equal(verdict(world([front, rear]), { boxes: [front, rear] }).disposition, 'admit');
});

t.test('clearance rules', async (t) => {
  const declared = proof({ proofType: 'customs_declaration', containers: [front] });
  const terminal = proof({ proofType: 'terminal_release', containers: [front] });
  const cases: [string, Partial<GatheredFacts>, string, string][] = [
    ['one of two required proofs is missing', { proofs: [declared] }, 'refuse', 'proof-missing'],
    [
      'one lineage does not serve as two proofs',
      {
        proofs: [
          { ...declared, lineage: 'L' },
          { ...terminal, lineage: 'L' },
        ],
      },
      'refuse',
      'proof-missing',
    ],
    [
      'an expired proof',
      { proofs: [{ ...declared, validUntilMs: noonMs - 1 }, terminal] },
      'refuse',
      'proof-expired',
    ],
    [
      'a revocation that came before its grant',
      {
        proofs: [
          { ...declared, id: 'r', state: 'revoked', version: 5 },
          { ...declared, version: 4 },
          terminal,
        ],
      },
      'refuse',
      'proof-revoked',
    ],
    [
      'a revocation of the same version',
      { proofs: [{ ...declared, id: 'r', state: 'revoked' }, declared, terminal] },
      'refuse',
      'proof-revoked',
    ],
    [
      'a revocation of a lower version than another grant of its lineage',
      {
        proofs: [
          { ...declared, id: 'r', state: 'revoked', version: 1, containers: [] },
          { ...declared, version: 9 },
          terminal,
        ],
      },
      'refuse',
      'proof-revoked',
    ],
    [
      'a revocation by another source, that had a time and is over it',
      {
        proofs: [
          { ...declared, source: 'port', state: 'revoked', validUntilMs: noonMs - 1 },
          declared,
          terminal,
        ],
      },
      'refuse',
      'proof-revoked',
    ],
    [
      'a box that is held',
      { holds: [hold({ subject: { kind: 'container', container: front } })] },
      'hold',
      'container-held',
    ],
    [
      'a consignment that is held stops every box in it',
      {
        consignments: [consignment({ id: 'C1', containers: [front, rear] })],
        holds: [hold({ subject: { kind: 'consignment', consignmentId: 'C1' } })],
      },
      'hold',
      'container-held',
    ],
    [
      'a vehicle that is held',
      { holds: [hold({ subject: { kind: 'vehicle', plate } })] },
      'hold',
      'vehicle-held',
    ],
    [
      'an unreadable hold that resembles the box',
      {
        taints: [
          { source: 'customs', sequence: 7, resembles: '305438', reason: 'hold without subject' },
        ],
      },
      'refer',
      'hold-unreadable',
    ],
    [
      'an unreadable line that names the vehicle',
      {
        taints: [
          { source: 'customs', sequence: 7, resembles: `plate:${plate}`, reason: 'no reason' },
        ],
      },
      'refer',
      'vehicle-hold-unreadable',
    ],
    [
      'an unreadable line that names a proof of the box',
      {
        taints: [
          { source: 'customs', sequence: 7, resembles: `proof:${declared.id}`, reason: 'deleted?' },
        ],
      },
      'refer',
      'hold-unreadable',
    ],
    [
      'an unreadable line that names the lineage of a proof of the box',
      {
        taints: [
          {
            source: 'customs',
            sequence: 7,
            resembles: `lineage:${declared.lineage}`,
            reason: 'revoked?',
          },
        ],
      },
      'refer',
      'hold-unreadable',
    ],
    [
      'a source of holds that spoke in the future: one of two clocks is wrong',
      { sources: [source({ watermarkAtMs: noonMs + 300_001 })] },
      'refer',
      'hold-source-silent',
    ],
    [
      'a source of holds that is silent',
      { sources: [source({ watermarkAtMs: noonMs - 3_600_000 })] },
      'refer',
      'hold-source-silent',
    ],
    [
      'a source of holds that never spoke',
      { sources: [{ ...source(), watermarkAtMs: undefined } as never] },
      'refer',
      'hold-source-silent',
    ],
    [
      'a gap in a source of holds',
      { sources: [source({ gaps: [{ from: 5, to: 6 }] })] },
      'refer',
      'hold-source-silent',
    ],
    [
      'a proof used for this box by another passage',
      {
        uses: [
          {
            lineage: declared.lineage,
            container: front,
            state: 'consumed',
            passageId: 'p-0' as never,
          },
        ],
      },
      'refuse',
      'release-used',
    ],
    ['a clock nobody vouches for', { clockState: 'unsynced' }, 'refer', 'clock-unsynced'],
    ['a vehicle that never entered', { visits: [] }, 'refer', 'visit-none'],
    ['a vehicle that is not registered', { vehicles: [] }, 'refer', 'vehicle-unknown'],
    [
      'a vehicle whose registration ran out',
      { vehicles: [vehicle({ plates: [plate], tags: [tag], status: 'expired' })] },
      'refer',
      'vehicle-expired',
    ],
    ['work that nobody planned', { transactions: [] }, 'refer', 'transaction-none'],
    [
      'a planned box that is not on the truck',
      {
        transactions: [
          transaction({
            direction: 'out',
            transactionType: 'importLocal',
            plate,
            containers: [front, rear],
          }),
        ],
      },
      'refer',
      'container-missing',
    ],
  ];
  for (const [title, change, disposition, reason] of cases) {
    const decision = verdict(world([front], change));
    t.equal(decision.disposition, disposition, title);
    t.ok(reasonsOf(decision).includes(reason), `${title}: ${reasonsOf(decision)}`);
    t.strictSame(decision.releases, [], 'reserves nothing');
  }
});

t.test('what does not stop a truck', async (t) => {
  const declared = proof({ proofType: 'customs_declaration', containers: [front] });
  const terminal = proof({ proofType: 'terminal_release', containers: [front] });
  const cases: [string, Partial<GatheredFacts>][] = [
    [
      'a release granted nine days ago',
      { proofs: [{ ...declared, issuedAtMs: noonMs - 9 * 86_400_000 }, terminal] },
    ],
    [
      'a hold that was lifted',
      { holds: [hold({ subject: { kind: 'container', container: front }, state: 'lifted' })] },
    ],
    [
      'a hold on another move',
      { holds: [hold({ subject: { kind: 'container', container: front }, moves: ['enter'] })] },
    ],
    [
      'a source whose clock runs a little ahead',
      { sources: [source({ watermarkAtMs: noonMs + 300_000 })] },
    ],
    [
      'an unreadable line that names another vehicle, proof and lineage',
      {
        taints: ['plate:湘A00001', 'proof:other', 'lineage:other', 'CBHU320273'].map(
          (resembles, sequence) => ({ source: 'customs', sequence, resembles, reason: 'unread' }),
        ),
      },
    ],
    ["a sibling's hold", { holds: [hold({ subject: { kind: 'container', container: rear } })] }],
    [
      'the same declaration used for another box',
      {
        uses: [
          {
            lineage: declared.lineage,
            container: rear,
            state: 'consumed',
            passageId: 'p-0' as never,
          },
        ],
      },
    ],
    [
      'its own reservation',
      {
        uses: [
          {
            lineage: declared.lineage,
            container: front,
            state: 'reserved',
            passageId: 'p-1' as never,
          },
        ],
      },
    ],
    [
      'a lift permit in place of the declaration',
      { proofs: [proof({ proofType: 'lift_permit', containers: [front] }), terminal] },
    ],
  ];
  for (const [title, change] of cases) {
    const decision = verdict(world([front], change));
    t.equal(decision.disposition, 'admit', `${title}: ${reasonsOf(decision)}`);
  }
});

t.test('two rows about one box never cover its neighbour', async (t) => {
  const proofs: ProofFact[] = [1, 2].flatMap((n) => [
    proof({ id: `a${n}`, proofType: 'customs_declaration', containers: [front] }),
    proof({ id: `b${n}`, proofType: 'terminal_release', containers: [front] }),
  ]);
  const decision = verdict(world([front, rear], { proofs }), { boxes: [front, rear] });
  t.equal(decision.disposition, 'refuse');
  t.match(decision.checks.find((c) => c.check === 'every-box-covered')?.evidence, {
    container: rear,
  });
});

t.test(
  'one proof may name many boxes, and a consolidated box needs a proof of each consignment',
  async (t) => {
    const many = [
      proof({ proofType: 'customs_declaration', containers: [front, rear] }),
      proof({ proofType: 'terminal_release', containers: [front, rear] }),
    ];
    t.equal(
      verdict(world([front, rear], { proofs: many }), { boxes: [front, rear] }).disposition,
      'admit',
    );

    const consignments = [
      consignment({ id: 'C1', containers: [front] }),
      consignment({ id: 'C2', containers: [front] }),
    ];
    const first = proof({
      id: 'p1',
      proofType: 'customs_declaration',
      containers: [front],
      consignmentId: 'C1',
    });
    const second = proof({
      id: 'p2',
      proofType: 'customs_declaration',
      containers: [front],
      consignmentId: 'C2',
    });
    const terminal = proof({ proofType: 'terminal_release', containers: [front] });
    t.equal(
      verdict(world([front], { consignments, proofs: [first, terminal] })).disposition,
      'refuse',
    );
    t.equal(
      verdict(world([front], { consignments, proofs: [first, second, terminal] })).disposition,
      'admit',
    );
  },
);

t.test('identity', async (t) => {
  const of = (change: Parameters<typeof evidence>[1], facts = world([front])) =>
    verdict(facts, { evidence: evidence([front], change) });
  t.equal(
    of({ confidence: 0.75 }).disposition,
    'admit',
    'a weak camera and an agreeing tag are two witnesses',
  );
  t.equal(
    of({ confidence: 0.75, tags: [] }).disposition,
    'refer',
    'a weak camera alone is not enough',
  );
  t.equal(of({ confidence: 0.6 }).disposition, 'refer', 'below the threshold it is no witness');
  t.equal(of({ tags: ['E280DEADBEEF'] }).disposition, 'refer', 'a strange tag');
  const taggedOnly = { ...evidence([front]), plates: [] };
  t.equal(
    verdict(world([front]), { evidence: taggedOnly }).disposition,
    'refer',
    'a tag alone never identifies',
  );
  t.equal(
    verdict(world([front]), { evidence: evidence(['CSQU3054384']) }).disposition,
    'refer',
    'a wrong check digit',
  );
});

t.test(
  'a weight that differs from tare and declared cargo refers; an unknown part makes no verdict',
  async (t) => {
    const heavy = world([front], {
      vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 14_000 })],
      consignments: [consignment({ id: 'C1', containers: [front], grossWeightKg: 10_000 })],
    });
    t.equal(verdict(heavy, { weightKg: 24_400 }).disposition, 'admit');
    t.equal(verdict(heavy, { weightKg: 26_000 }).disposition, 'refer');
    t.equal(verdict(world([front]), { weightKg: 26_000 }).disposition, 'admit');
  },
);

t.test(
  'work without a rule in the policy is referred, never admitted for want of checks',
  async (t) => {
    const decision = decide(inputs(world([front])), { ...strictPolicy, rules: [] }).decision;
    t.equal(decision.disposition, 'refer');
    t.match(reasonsOf(decision), ['policy-rule-none']);
  },
);

t.test(
  'the same inputs give the same bytes, also after a round trip through their stored text',
  async (t) => {
    const given = inputs(world([front]));
    const once = canonicalJson(decide(given, strictPolicy).decision);
    const again = canonicalJson(
      decide(JSON.parse(canonicalJson(given)) as DecisionInputs, strictPolicy).decision,
    );
    t.equal(once, again);
    t.equal(canonicalJson({ b: 1, a: [true, null, 'x'] }), '{"a":[true,null,"x"],"b":1}');
  },
);

t.test(
  'every reason has its text in Chinese and in English, and every policy check exists',
  async (t) => {
    for (const [code, text] of Object.entries(reasonTexts)) {
      t.match(text.zh, /\p{Script=Han}/u, code);
      t.match(text.en, /[a-z]/, code);
    }
    const ids = new Set(catalogue.map((check) => check.id));
    for (const rule of strictPolicy.rules)
      for (const { check } of rule.checks) t.ok(ids.has(check), check);
    t.equal(
      reasonText('container-held', { container: front, authority: 'A', reason: 'R' }).en,
      `container ${front} is held by A: R`,
    );
  },
);

t.test('a reason names coded values in the words of its language', async (t) => {
  const missing = 'customs_declaration|lift_permit, terminal_release';
  t.strictSame(reasonText('proof-missing', { container: front, missing }), {
    zh: `箱 ${front} 缺少放行信息：报关单放行或允许提离、码头放行`,
    en: `container ${front} lacks: customs release or lift permit, terminal release`,
  });
  t.equal(
    reasonText('policy-rule-none', { type: 'importTransfer' }).zh,
    '策略没有适用于“进口转关”的规则',
  );
  t.equal(
    reasonText('container-unreadable', { position: 'rear', raw: 'CSQ' }).zh,
    '后箱箱号无法识别“CSQ”',
  );
  t.equal(
    reasonText('hold-source-silent', { sources: 'quarantine' }).zh,
    '布控信息来源不是最新：quarantine',
    'a source is called what the site calls it',
  );
  t.equal(reasonText('vehicle-held', {}).en, 'the vehicle is held by …: …');
});

t.test(
  'no mixture of facts admits a box that lacks a current, unrevoked, unused proof of each kind by name',
  async (t) => {
    const anyProof = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      lineage: fc.constantFrom('L1', 'L2', 'L3'),
      version: fc.integer({ min: 1, max: 3 }),
      proofType: fc.constantFrom(
        'customs_declaration' as const,
        'terminal_release' as const,
        'transfer' as const,
      ),
      state: fc.constantFrom(
        'granted' as const,
        'granted' as const,
        'granted' as const,
        'revoked' as const,
      ),
      containers: fc.constantFrom([front], [rear], [front, rear], [front, rear], [front, rear]),
      validUntilMs: fc.constantFrom(noonMs - 1, noonMs + 1, noonMs + 1, noonMs + 1),
    });
    const anyUse = fc.record({
      lineage: fc.constantFrom('L1', 'L2', 'L3'),
      container: fc.constantFrom(front, rear),
      state: fc.constant('consumed' as const),
      passageId: fc.constant('p-0' as never),
    });
    let admitted = 0;
    fc.assert(
      fc.property(
        fc.array(anyProof, { minLength: 3, maxLength: 9 }),
        fc.array(anyUse, { maxLength: 2 }),
        (raw, uses) => {
          const proofs = raw.map((p) => proof(p));
          const decision = verdict(world([front, rear], { proofs, uses }), {
            boxes: [front, rear],
          });
          if (decision.disposition !== 'admit') return true;
          admitted += 1;
          return [front, rear].every((box) => {
            const lineages = (type: string) =>
              new Set(
                proofs
                  .filter(
                    (p) =>
                      p.proofType === type &&
                      p.state === 'granted' &&
                      p.containers.includes(box) &&
                      (p.validUntilMs ?? Infinity) >= noonMs,
                  )
                  .filter(
                    (p) => !proofs.some((r) => r.lineage === p.lineage && r.state === 'revoked'),
                  )
                  .filter((p) => !uses.some((u) => u.lineage === p.lineage && u.container === box))
                  .map((p) => p.lineage),
              );
            const declared = lineages('customs_declaration');
            const terminal = lineages('terminal_release');
            return (
              declared.size > 0 && terminal.size > 0 && new Set([...declared, ...terminal]).size > 1
            );
          });
        },
      ),
      { numRuns: 3_000, seed: 7 },
    );
    t.ok(admitted > 20, `the property is not empty: ${admitted} admitted`);
  },
);
