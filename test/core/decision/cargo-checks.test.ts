/** Checks on documents, seals, sizes and dangerous goods, and what is told of a vehicle that comes again. */
import t from 'tap';
import { type CheckResult, decide } from '../../../src/core/decision/decide.ts';
import type { Policy } from '../../../src/core/decision/policy.ts';
import type {
  BindingFact,
  ConsignmentFact,
  GatheredFacts,
  StuffingFact,
} from '../../../src/core/facts.ts';
import type { Identification } from '../../../src/core/identification/identify.ts';
import { consignment, noonMs, proof, source } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released } from '../../support/released.ts';

const trailer = '粤B6789挂';
const head = { source: 'customs', version: 1, asOfMs: noonMs - 1_000 };

interface Case {
  readonly direction?: 'in' | 'out';
  readonly facts?: Partial<GatheredFacts>;
  readonly seen?: Partial<Identification>;
  readonly policy?: Partial<Policy>;
}

function resultOf(check: string, { direction = 'out', facts = {}, seen = {}, policy = {} }: Case) {
  const inputs = atTheArm({
    direction,
    identification: { ...readWell, ...seen },
    facts: released(facts),
  });
  const rules = (['in', 'out'] as const).map((each) => ({
    direction: each,
    transactionTypes: ['importLocal', 'exportLocal', 'unplanned'] as const,
    checks: [{ check, onFail: 'refer', onUnknown: 'hold' } as const],
  }));
  const { checks } = decide(inputs, { ...strictPolicy, rules, ...policy }).decision;
  return checks.find((each) => each.check === check) as CheckResult;
}
const document = (change: Partial<ConsignmentFact> = {}) => ({
  consignments: [consignment({ id: 'D1', containers: [box], ...change })],
});

t.test('a document counts to its last moment', async (t) => {
  const of = (validUntilMs?: number) =>
    resultOf('documents-current', {
      facts: document(validUntilMs === undefined ? {} : { validUntilMs }),
    });
  t.match(of(), { outcome: 'notApplicable' });
  t.match(of(noonMs), { outcome: 'pass' });
  t.match(of(noonMs - 1), { outcome: 'fail', code: 'document-expired' });
});

t.test('dangerous goods need a permit that names their box and is in force', async (t) => {
  const of = (facts: Partial<GatheredFacts>) =>
    resultOf('dangerous-goods-permit', { facts: { ...document({ dangerous: true }), ...facts } });
  const permit = (change: object = {}) =>
    proof({ proofType: 'dangerous_goods_permit', containers: [box], ...change });
  t.match(resultOf('dangerous-goods-permit', {}), { outcome: 'notApplicable' });
  t.match(of({ proofs: [] }), {
    outcome: 'fail',
    code: 'dangerous-unpermitted',
    evidence: { container: box, consignment: 'D1' },
  });
  t.match(of({ proofs: [permit()] }), { outcome: 'pass' });
  t.match(of({ proofs: [permit({ containers: ['CBHU3202732'] })] }), { outcome: 'fail' });
  t.match(of({ proofs: [permit({ validUntilMs: noonMs - 1 })] }), { outcome: 'fail' });
  const revoked = permit({ id: 'other', lineage: permit().lineage, state: 'revoked' });
  t.match(of({ proofs: [permit(), revoked] }), { outcome: 'fail' });
});

t.test('a box larger than the site takes does not pass unseen', async (t) => {
  const of = (isoType: string, dimensions?: Policy['dimensions']) =>
    resultOf('dimension-limit', {
      seen: {
        containers: [
          { position: 'single', raw: box, number: box as never, confidence: 0.95, isoType },
        ],
      },
      policy: { dimensions: dimensions ?? { lengthMmMax: 12_192, heightMmMax: 2_591 } },
    });
  t.match(of('22G1'), { outcome: 'pass' });
  t.match(of('42G1'), { outcome: 'pass' }, 'as long as it may be');
  t.match(of('L2G1'), { outcome: 'fail', code: 'dimension-too-long' });
  t.match(of('45G1'), { outcome: 'fail', code: 'dimension-too-high' });
  t.match(of('22U1'), { outcome: 'unknown', code: 'dimension-open' });
  t.match(of('22P1'), { outcome: 'unknown', code: 'dimension-open' });
  t.match(of('??'), { outcome: 'notApplicable' });
  t.match(of('L5G1', {}), { outcome: 'pass' }, 'without a limit');
});

const sealed = (...seals: string[]) => ({ cargo: [{ container: box, seals }] });
const stuffing = (asOfMs: number, ...seals: string[]): StuffingFact => ({
  kind: 'stuffing',
  id: 'S1',
  ...head,
  asOfMs,
  container: box,
  consignments: [],
  seals,
});

t.test('documents agree on the seals, and a stuffing record brings new ones', async (t) => {
  const of = (facts: Partial<GatheredFacts>, policy: Partial<Policy> = {}) =>
    resultOf('seal-matches', { facts, policy });
  t.match(of({}), { outcome: 'notApplicable' });
  t.match(of(document(sealed('AB1234'))), { outcome: 'pass' });
  const two = (first: string, other: string) => ({
    consignments: [
      consignment({ id: 'D1', containers: [box], ...sealed(first) }),
      consignment({ id: 'D2', containers: [box], ...sealed(other) }),
    ],
  });
  t.match(of(two('AB1234', 'ab-1234')), { outcome: 'pass' });
  t.match(of(two('AB1234', 'AB1235')), { outcome: 'fail', code: 'seal-differs' });
  const declared = document({ ...sealed('AB1234'), asOfMs: noonMs - 5_000 });
  const after = { ...declared, stuffings: [stuffing(noonMs - 1_000, 'NEW001')] };
  t.match(of(after), { outcome: 'pass' }, 'what was declared before is over');
  const before = { ...declared, stuffings: [stuffing(noonMs - 9_000, 'NEW001')] };
  t.match(of(before), { outcome: 'fail', code: 'seal-differs' });
  t.match(of(declared, { sealsMustBeRead: true }), { outcome: 'unknown', code: 'seal-not-read' });
  t.match(of({}, { sealsMustBeRead: true }), { outcome: 'notApplicable' });
});

t.test('a bound trailer that nobody read may be another', async (t) => {
  const bound = (change: Partial<BindingFact> = {}): BindingFact => ({
    kind: 'binding',
    id: 'B1',
    ...head,
    state: 'bound',
    origin: 'preArrival',
    plate,
    trailerPlate: '粤B·6789挂',
    containers: [],
    consignments: [],
    ...change,
  });
  const of = (text?: string, change: Partial<BindingFact> = {}) =>
    resultOf('bound-trailer-read', {
      direction: 'in',
      facts: { bindings: [bound(change)] },
      seen:
        text === undefined ? {} : { trailer: { text: text as never, raw: text, deviceIds: [] } },
    });
  t.match(of(trailer), { outcome: 'pass' });
  t.match(of(), { outcome: 'unknown', code: 'bound-trailer-unread' });
  t.match(of('粤B1111挂'), { outcome: 'fail', code: 'bound-trailer-differs' });
  t.match(of(undefined, { trailerPlate: undefined as never }), { outcome: 'notApplicable' });
});

t.test('an import box that no bill names is told where bills and tallies are', async (t) => {
  const of = (...kinds: ('bill' | 'tally')[]) =>
    resultOf('manifest-tallied', { facts: { sources: [source({ kinds })] } });
  t.match(of('bill', 'tally'), {
    outcome: 'unknown',
    code: 'bill-none',
    evidence: { container: box },
  });
  t.match(of('tally'), { outcome: 'pass' });
});

t.test('a vehicle that was not let through is told of for half an hour', async (t) => {
  const of = (atMs: number, passageId = 'p-0', policy: Partial<Policy> = {}) =>
    resultOf('rapid-return', {
      facts: {
        turnedBack: [
          {
            plate,
            passageId: passageId as never,
            atMs,
            disposition: 'refuse',
            reasons: ['proof-missing', 'weight-differs'],
          },
        ],
      },
      policy,
    });
  t.match(resultOf('rapid-return', {}), { outcome: 'pass' });
  t.match(of(noonMs - 1_800_000), {
    code: 'returned-soon',
    evidence: { plate, minutes: 30, reasons: 'proof-missing, weight-differs' },
  });
  t.match(of(noonMs - 1_800_001), { outcome: 'pass' });
  t.match(of(noonMs - 1_000, 'p-1'), { outcome: 'pass' }, 'its own refusal');
  t.match(of(noonMs - 60_001, 'p-0', { rapidReturnMs: 60_000 }), { outcome: 'pass' });
});

t.test('a refusal is stored with its reasons, an admission is not', async (t) => {
  const told = (facts: GatheredFacts) => {
    const lane = new LaneStory().ready();
    lane.facts = facts;
    lane.arrive().plate(plate).boxes(box).weight(31_240).pass(11_000);
    return lane.changes.flatMap(({ turnedBack }) => turnedBack ?? []);
  };
  t.match(told(released({ proofs: [] })), [
    { plate, disposition: 'refuse', reasons: ['proof-missing'] },
  ]);
  t.strictSame(told(released()), []);
});

t.test('shipped policies warn of it and judge everything anew', async (t) => {
  for (const rule of strictPolicy.rules) {
    t.match(
      rule.checks.find(({ check }) => check === 'rapid-return'),
      { onFail: 'warn', onUnknown: 'warn' },
    );
  }
});
