/** What was looked up becomes a feed that the gate's own reader takes, and that says the same at the same moments. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  type Fact,
  type GatheredFacts,
  noFacts,
  type ProofFact,
  type VehicleFact,
} from '../../src/core/facts.ts';
import type { PlateText } from '../../src/core/identifiers/vehicle-plate.ts';
import type { PassageId, VisitId } from '../../src/core/identity.ts';
import { parseFeedLine } from '../../src/interchange/feed/parse-line.ts';
import type { RecordedEntry } from '../../src/ports/recording.ts';
import { feedPlan, recordOf } from '../../src/replay/served-feed.ts';
import { FeedWriter } from '../../src/simulation/feed-writer.ts';
import { none } from '../support/exactly.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const wallAt = (ms: number) => 1_790_000_000_000 + ms;
const start = { wallMs: wallAt(0), monotonicMs: 0 };
const query = {
  direction: 'in',
  plates: ['粤BA1001' as PlateText],
  tags: [],
  containers: [],
} as const;
const head = { source: 'customs', version: 3, asOfMs: wallAt(-5_000) };
const vehicle: VehicleFact = {
  ...head,
  kind: 'vehicle',
  id: 'V-1',
  plates: ['粤BA1001'],
  tags: ['E280'],
  tareKg: 14_000,
  status: 'valid',
  validUntilMs: wallAt(60_000),
};
const proof: ProofFact = {
  ...head,
  kind: 'proof',
  id: 'P-1',
  lineage: 'L-1',
  proofType: 'customs_declaration',
  state: 'granted',
  issuer: '5788',
  issuedAtMs: wallAt(-3_600_000),
  consignmentId: 'D-1',
  containers: ['CSQU3054383'],
};
const facts: readonly Fact[] = [
  vehicle,
  proof,
  {
    ...head,
    kind: 'hold',
    id: 'H-1',
    subject: { kind: 'container', container: 'CSQU3054383' },
    moves: ['leave'],
    instruction: 'inspect',
    state: 'placed',
    authority: '5788',
    reason: '单证核查',
  },
  {
    ...head,
    kind: 'consignment',
    id: 'D-1',
    consignmentType: 'customsDeclaration',
    transactionType: 'importLocal',
    containers: ['CSQU3054383'],
    packages: 12,
    grossWeightKg: 12_000.5,
  },
  {
    ...head,
    kind: 'transaction',
    id: 'T-1',
    direction: 'out',
    transactionType: 'importLocal',
    plate: '粤BA1001',
    containers: ['CSQU3054383'],
    consignments: ['D-1'],
  },
];

function lookup(ms: number, found: Partial<GatheredFacts>, watermarkMs = -1_000): RecordedEntry {
  const state = {
    source: 'customs',
    kinds: ['vehicle', 'proof'],
    watermarkAtMs: wallAt(watermarkMs),
    watermarkSequence: 9,
    appliedSequence: 9,
    gaps: [],
  } as const;
  const gathered: GatheredFacts = {
    query,
    ...noFacts,
    sources: [state],
    taints: [],
    uses: [],
    visits: [],
    clockState: 'synced',
    stamp: '',
    ...found,
  };
  const at = { wallMs: wallAt(ms), monotonicMs: ms };
  return { sequence: ms, at, source: '@gate', event: { kind: 'facts', facts: gathered } };
}

const planOf = (...entries: RecordedEntry[]) => feedPlan(entries, { sources: ['customs'], start });

t.test('the reader of the feed takes each kind of fact, a day later', async (t) => {
  const directory = mkdtempSync(join(temporaryFolder(), 'feed-'));
  const dayMs = 86_400_000;
  const records = facts.map((fact) => recordOf({ op: 'put', fact }, dayMs));
  new FeedWriter(directory, 'customs').drop('snapshot', records, new Date(wallAt(dayMs)));
  const [name = ''] = readdirSync(directory);
  const lines = readFileSync(join(directory, name), 'utf8').trimEnd().split('\n');
  const parsed = lines.map(parseFeedLine);
  t.equal(parsed.at(0)?.kind, 'header');
  t.match(parsed.at(-1), { kind: 'trailer', atMs: wallAt(dayMs) });
  const taken = parsed.slice(1, -1).map((line) => (line.kind === 'record' ? line.record : line));
  t.match(
    taken,
    facts.map(({ kind, id, version }) => ({ kind, id, version, asOfMs: wallAt(dayMs - 5_000) })),
  );
  t.match(taken[0], { body: { validUntil: new Date(wallAt(dayMs + 60_000)).toISOString() } });
  t.match(taken[1], { body: { issuedAt: new Date(wallAt(dayMs - 3_600_000)).toISOString() } });
});

t.test(
  'the card of a driver is served by its reference, or by the number of an older recording',
  async (t) => {
    const head = {
      kind: 'driver',
      source: 'customs',
      version: 1,
      asOfMs: 0,
      status: 'valid',
    } as const;
    const cards = ['0123456789abcdef0123456789abcdef', 'IC-1'] as never;
    const { body } = recordOf({ op: 'put', fact: { ...head, id: 'D-1', cards } }, 0);
    t.strictSame(body?.['cards'], ['ref:0123456789abcdef0123456789abcdef', 'IC-1']);
  },
);

t.test('what goes is deleted in a version that counts', async (t) => {
  const record = recordOf({ op: 'delete', fact: vehicle }, 0);
  const line = parseFeedLine(JSON.stringify({ sequence: 1, ...record }));
  t.match(line, { kind: 'record', record: { op: 'delete', id: 'V-1', version: 3 } });
});

t.test('all that is found at once is there from the beginning', async (t) => {
  const { drops, notes } = planOf(lookup(4_000, { vehicles: [vehicle], proofs: [proof] }));
  t.match(drops, [{ mode: 'snapshot', atMs: Number.NEGATIVE_INFINITY }]);
  t.strictSame(
    drops[0]?.facts.map(({ op, fact }) => [op, fact.id]),
    [
      ['put', 'V-1'],
      ['put', 'P-1'],
    ],
  );
  t.strictSame(notes, []);
});

t.test(
  'what was not there, then was, then was another, then was gone, comes and goes so',
  async (t) => {
    const other = { ...vehicle, version: 4, status: 'blocked' as const };
    const { drops } = planOf(
      lookup(1_000, {}),
      lookup(2_000, { vehicles: [vehicle] }),
      lookup(4_000, { vehicles: [vehicle] }),
      lookup(6_000, { vehicles: [other] }),
      lookup(8_000, {}),
    );
    t.strictSame(
      drops.map(({ mode, atMs, facts: [change] }) => [
        mode,
        atMs,
        change?.op,
        change?.fact.version,
      ]),
      [
        ['snapshot', Number.NEGATIVE_INFINITY, undefined, undefined],
        ['delta', 1_500, 'put', 3],
        ['delta', 5_000, 'put', 4],
        ['delta', 7_000, 'delete', 5],
      ],
    );
  },
);

t.test('a source is as old at each look-up as it was', async (t) => {
  const { drops } = planOf(
    lookup(9_000, {}, 7_000),
    lookup(20_000, {}, 7_000),
    lookup(30_000, {}, 29_500),
  );
  t.strictSame(
    drops.map(({ atMs, watermarkAtMs }) => [atMs, watermarkAtMs - start.wallMs]),
    [
      [Number.NEGATIVE_INFINITY, 0],
      [7_000, 7_000],
      [29_500, 29_500],
    ],
  );
});

t.test(
  'a source that had never spoken says nothing; one that nobody asked about is current',
  async (t) => {
    const silent = lookup(1_000, { sources: [] });
    t.strictSame(planOf(silent).drops, []);
    t.match(planOf().drops, [{ mode: 'snapshot', watermarkAtMs: start.wallMs, facts: none }]);
  },
);

t.test('what no feed can bring is told', async (t) => {
  const use = { lineage: 'L', container: 'C', state: 'consumed' } as const;
  const found = {
    uses: [{ ...use, passageId: 'P-before' as PassageId }],
    visits: [{ visitId: 'V-before' as VisitId, plate: 'p', enteredAtMs: 0, containers: [] }],
    vehicles: [{ ...vehicle, source: 'elsewhere' }],
  };
  const { notes } = planOf(lookup(1_000, found), lookup(2_000, found));
  t.equal(notes.length, 3, notes.join('\n'));
  t.match(notes.join('\n'), /used or reserved before[\s\S]*visit was open before[\s\S]*elsewhere/);
  const own: RecordedEntry = {
    sequence: 1,
    at: start,
    source: '@gate',
    event: {
      kind: 'committed',
      isDecision: true,
      result: 'committed',
      events: [{ type: 'passage.started.v1', subject: 'P-before', timeMs: 0, data: {} }],
    },
  };
  t.equal(planOf(own, lookup(1_000, found)).notes.length, 2, 'a use of its own is made anew');
});
