/** Transfer cargo that passes through the premises is compared at the exit with what the ledger keeps of its entry. */
import t from 'tap';
import { decide, reasonText } from '../../../src/core/decision/decide.ts';
import type { EntryRecord } from '../../../src/core/entry-record.ts';
import type { GatheredFacts, OpenVisit, TransactionFact } from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { consignment, noonMs, proof, transaction } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released, tag, weighed } from '../../support/released.ts';

const second = 'CBHU3202732';
const trailer = '粤B6789挂';
const grossKg = 31_240;

const work = (change: Partial<TransactionFact> = {}) =>
  transaction({
    direction: 'out',
    transactionType: 'importTransfer',
    move: 'passThrough',
    plate,
    containers: [box],
    ...change,
  });
const sealed = (...seals: string[]) =>
  consignment({
    id: 'T1',
    consignmentType: 'transferDeclaration',
    transactionType: 'importTransfer',
    containers: [box],
    cargo: [{ container: box, seals }],
  });
const entered: EntryRecord = {
  transit: [box],
  boxesRead: true,
  trailer,
  grossKg,
  seals: { [box]: 'CN100' },
};
const visit = (record?: EntryRecord, containers = [box]): OpenVisit => ({
  visitId: 'v.1' as never,
  plate,
  enteredAtMs: noonMs - 9_000_000,
  containers,
  ...(record && { entered: record }),
});

const withTrailer = (text: string) => ({
  trailer: { text: text as never, raw: text, deviceIds: ['rear'] },
});
const boxesOn = (...numbers: string[]): Identification['containers'] =>
  numbers.map((raw) => ({ position: 'unknown', raw, number: raw as never, confidence: 0.95 }));

interface Case {
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
  readonly weightKg?: number;
  readonly direction?: 'in' | 'out';
  readonly sealsMustBeRead?: boolean;
}

function judged({
  facts = {},
  seen = {},
  weightKg = grossKg,
  direction,
  sealsMustBeRead,
}: Case = {}) {
  const checks = [{ check: 'unchanged-in-transit', onFail: 'refer', onUnknown: 'hold' } as const];
  const rules = (['in', 'out'] as const).map((each) => ({
    direction: each,
    transactionTypes: ['importTransfer', 'importLocal', 'unplanned'] as const,
    checks,
  }));
  const inputs = atTheArm({
    grossKg: weightKg,
    ...(direction && { direction }),
    identification: { ...readWell, ...withTrailer(trailer), ...seen },
    facts: released({
      transactions: [work()],
      consignments: [sealed('CN100')],
      visits: [visit(entered)],
      ...facts,
    }),
  });
  const policy = { ...strictPolicy, rules, ...(sealsMustBeRead && { sealsMustBeRead }) };
  const [result] = decide(inputs, policy).decision.checks;
  return result;
}

const changed = (what: string) => ({
  outcome: 'fail',
  code: 'transit-changed',
  evidence: { changed: what },
});
const unread = (what: string) => ({
  outcome: 'unknown',
  code: 'transit-unread',
  evidence: { unread: what },
});
const without = (member: keyof EntryRecord): EntryRecord => {
  const { [member]: _, ...rest } = entered;
  return rest as EntryRecord;
};
const recorded = (record: EntryRecord, containers?: string[]) => ({
  facts: { visits: [visit(record, containers)] },
});

t.test('what passes through as it came passes', async (t) => {
  t.match(judged(), { outcome: 'pass' });
  t.match(judged({ weightKg: grossKg - 312 }), { outcome: 'pass' }, '1 % of what it weighed');
});

t.test(
  'it is asked of transfer cargo that passes through, at the exit, and of nothing else',
  async (t) => {
    const notAsked = { outcome: 'notApplicable' };
    t.match(judged({ direction: 'in' }), notAsked);
    const other = [visit(without('transit'))];
    const delivered = work({ move: 'deliver' });
    t.match(judged({ facts: { transactions: [delivered], visits: other } }), notAsked);
    const local = work({ transactionType: 'importLocal' });
    t.match(judged({ facts: { transactions: [local], visits: other } }), notAsked);
    t.match(judged({ facts: { transactions: [work()], visits: other } }), { outcome: 'pass' });
    t.match(
      judged({ facts: { transactions: [delivered] }, weightKg: 20_000 }),
      changed('weight'),
      'a plan that forgets on the way out that it passes through does not take it out of sight',
    );
  },
);

t.test('each difference is named, with what was there then and what is now', async (t) => {
  t.match(judged({ seen: { containers: boxesOn(second) } }), {
    outcome: 'fail',
    evidence: { changed: 'boxes', entered: box, leaving: second },
  });
  t.match(judged({ seen: { containers: [] } }), {
    outcome: 'fail',
    evidence: { changed: 'boxes', leaving: '–' },
  });
  t.match(judged({ seen: { containers: boxesOn(box, second) } }), changed('boxes'), 'one more');
  t.match(judged({ seen: withTrailer('粤B9999挂') }), changed('trailer'));
  t.match(judged({ facts: { consignments: [sealed('CN200')] } }), changed('seals'));
  t.match(judged({ weightKg: grossKg - 313 }), changed('weight'));
  const all = judged({ seen: withTrailer('粤B9999挂'), weightKg: 20_000 });
  t.match(all, {
    evidence: {
      changed: 'trailer, weight',
      entered: `${trailer}; 31240 kg`,
      leaving: '粤B9999挂; 20000 kg',
    },
  });
  const { zh, en } = reasonText('transit-changed', all?.evidence);
  t.match(zh, '挂车、重量');
  t.match(en, 'trailer, weight');
});

t.test('what was not read at one end is unknown, never the same', async (t) => {
  t.match(judged({ seen: { containerCapture: 'none', containers: [] } }), unread('boxes'));
  t.match(judged(recorded({ ...entered, boxesRead: false })), unread('boxes'));
  t.match(judged(recorded(without('trailer'))), unread('trailer'));
  t.match(judged(recorded(without('grossKg'))), unread('weight'));
  t.match(judged(recorded({ ...entered, seals: {} })), unread('seals'));
  t.match(judged({ facts: { consignments: [] } }), unread('seals'));
  t.match(judged({ sealsMustBeRead: true }), unread('seals'), 'no device reads them');
  t.match(
    judged({ ...recorded(without('trailer')), weightKg: 20_000 }),
    changed('weight'),
    'a difference is told all the same',
  );
});

t.test('without one entry on record there is nothing to compare with', async (t) => {
  const none = { outcome: 'unknown', code: 'transit-entry-unknown' };
  t.match(judged({ facts: { visits: [] } }), none);
  t.match(judged({ facts: { visits: [visit()] } }), none, 'an entry of an older version');
  const two = [visit(entered), { ...visit(entered), visitId: 'v.2' as never }];
  t.match(judged({ facts: { visits: two } }), none);
});

t.test(
  'beside a box that was delivered, the weight tells nothing of the one that passes through',
  async (t) => {
    const both = recorded(entered, [box, second]);
    t.match(judged({ ...both, weightKg: 20_000 }), unread('weight'));
    t.match(judged({ ...both, seen: { containers: boxesOn(second) } }), changed('boxes'));
  },
);

t.test('a lane records its entry, and the exit is held against it', async (t) => {
  const entry = new LaneStory({ direction: 'in' });
  const facts = (direction: 'in' | 'out', change: Partial<GatheredFacts> = {}) =>
    released({
      transactions: [work({ direction, containers: [box] })],
      consignments: [sealed('CN100')],
      proofs: (['transfer', 'second_information'] as const).map((proofType) =>
        proof({ proofType, containers: [box], consignmentId: 'T1' }),
      ),
      visits: [],
      ...change,
    });
  const drive = (lane: LaneStory, weightKg: number) =>
    lane
      .ready()
      .arrive()
      .plate(plate)
      .plate(trailer, 0.97, 'rear')
      .tag(tag)
      .boxes(box)
      .weight(weightKg);
  entry.facts = facts('in');
  drive(entry, grossKg).driveThrough();
  const [opened] = entry.changes.flatMap(({ visits = [] }) => visits);
  t.match(opened, { kind: 'opened', containers: [box], entered });
  if (opened?.kind !== 'opened') return;
  const { visitId, containers, atMs } = opened;
  const kept = {
    visitId,
    plate,
    enteredAtMs: atMs,
    containers,
    entered: opened.entered as EntryRecord,
  };
  for (const [weightKg, opens] of [
    [grossKg, 1],
    [29_000, 0],
  ] as const) {
    const exit = new LaneStory({ direction: 'out' });
    exit.facts = facts('out', { visits: [kept] });
    drive(exit, weightKg);
    t.equal(exit.opens(), opens, `${weightKg} kg`);
    t.match(exit.state.passages[0]?.reasons, opens === 1 ? [] : ['transit-changed']);
  }
});

t.test('a weighing that was disturbed is not what an exit is held against', async (t) => {
  const disturbed = {
    ...weighed(grossKg),
    findings: [{ kind: 'offDeck', point: 'deckFront' }],
  } as const;
  const inputs = atTheArm({
    weight: disturbed as never,
    identification: { ...readWell, ...withTrailer(trailer) },
    facts: released({
      transactions: [work()],
      consignments: [sealed('CN100')],
      visits: [visit(entered)],
    }),
  });
  const checks = [{ check: 'unchanged-in-transit', onFail: 'refer', onUnknown: 'hold' } as const];
  const rules = [{ direction: 'out', transactionTypes: ['importTransfer'], checks } as const];
  t.match(decide(inputs, { ...strictPolicy, rules }).decision.checks, [unread('weight')]);
});
