/** Electronic seals and trackers, as a source of the feed tells of them. */
import t from 'tap';
import { deviceOperationConfirmed } from '../../../src/core/decision/checks/device-operation-confirmed.ts';
import { esealHealthy } from '../../../src/core/decision/checks/eseal-healthy.ts';
import { decide } from '../../../src/core/decision/decide.ts';
import type { Policy } from '../../../src/core/decision/policy.ts';
import type { MonitoringDeviceFact, TransactionType } from '../../../src/core/facts.ts';
import { noonMs, proof, transaction } from '../../support/facts.ts';
import { LaneStory, strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, released, tag } from '../../support/released.ts';

const hourMs = 3_600_000;
const seal = (change: Partial<MonitoringDeviceFact> = {}): MonitoringDeviceFact => ({
  kind: 'monitoring-device',
  source: 'seals',
  version: 1,
  asOfMs: noonMs - hourMs,
  id: 'M1',
  device: 'electronicSeal',
  number: 'ES-1',
  containers: [box],
  operation: 'attached',
  health: 'ok',
  reportedAtMs: noonMs - hourMs,
  ...change,
});
const work = (transactionType: TransactionType) =>
  transaction({ direction: 'out', transactionType, plate, containers: [box] });
const asks: Partial<Policy> = {
  monitored: [{ direction: 'out', transactionType: 'importTransfer' }],
};

function told(
  monitoringDevices: readonly MonitoringDeviceFact[],
  policy: Partial<Policy> = asks,
  type: TransactionType = 'importTransfer',
) {
  const checks = (['eseal-healthy', 'device-operation-confirmed'] as const).map(
    (check) => ({ check, onFail: 'refer', onUnknown: 'hold' }) as const,
  );
  const facts = released({ transactions: [work(type)], monitoringDevices });
  const rules = [
    { direction: 'out', transactionTypes: ['importTransfer', 'importLocal'], checks } as const,
  ];
  const { decision } = decide(atTheArm({ facts }), { ...strictPolicy, rules, ...policy });
  return decision.checks.map(({ code, outcome }) => code ?? outcome);
}

const tracker = seal({ id: 'M2', device: 'tracker', number: 'TR-1' });
const off = seal({ operation: 'detached', health: 'tampered' });
const aged: Partial<Policy> = { ...asks, esealAgeMsMax: hourMs };
const silent = seal({ reportedAtMs: noonMs - hourMs - 1 });
const rows = [
  ['a seal that is whole', told([seal()]), ['pass', 'pass']],
  ['nothing, where nobody asks', told([], {}), ['notApplicable', 'notApplicable']],
  ['nothing, of other work', told([], asks, 'importLocal'), ['notApplicable', 'notApplicable']],
  ['nothing', told([]), ['notApplicable', 'device-operation-unconfirmed']],
  ['a tracker', told([tracker]), ['notApplicable', 'pass']],
  ['a seal that was taken off', told([off]), ['notApplicable', 'device-detached']],
  ['one that was taken off beside a tracker', told([off, tracker]), ['notApplicable', 'pass']],
  [
    'a seal of another box',
    told([seal({ containers: ['CBHU3202732'] })]),
    ['notApplicable', 'device-operation-unconfirmed'],
  ],
  [
    'a box as documents write it',
    told([seal({ containers: ['csqu 305438-3'] })]),
    ['pass', 'pass'],
  ],
  ['tampered with', told([seal({ health: 'tampered' })]), ['eseal-tampered', 'pass']],
  [
    'tampered with, unasked',
    told([seal({ health: 'tampered' })], {}),
    ['eseal-tampered', 'notApplicable'],
  ],
  [
    'one of two is bad',
    told([seal(), seal({ id: 'M3', health: 'faulty' })]),
    ['eseal-faulty', 'pass'],
  ],
  ['one that does not know', told([seal({ health: 'unknown' })]), ['eseal-state-unknown', 'pass']],
  ['reported in time', told([seal()], aged), ['pass', 'pass']],
  ['silent', told([silent], aged), ['eseal-silent', 'pass']],
  ['silent, with no limit', told([silent]), ['pass', 'pass']],
] as const;
for (const [title, actual, expected] of rows) {
  t.test(title, async (t) => t.strictSame(actual, expected));
}

t.test('every reason of these checks has a row', async (t) => {
  const met = new Set<string>(rows.flatMap(([, , expected]) => expected));
  for (const { reasons } of [esealHealthy, deviceOperationConfirmed])
    for (const code of Object.keys(reasons)) t.ok(met.has(code), code);
});

t.test(
  'a lane lets no box out whose seal was tampered with, and does not tell its driver',
  async (t) => {
    for (const health of ['ok', 'tampered'] as const) {
      const requirements = { plate: true, containers: true, tag: true, weight: false };
      const lane = new LaneStory({ requirements, hasDisplay: true }, { ...strictPolicy, ...asks });
      lane.facts = released({
        transactions: [work('importTransfer')],
        proofs: (['transfer', 'second_information'] as const).map((proofType) =>
          proof({ proofType, containers: [box], consignmentId: 'D1' }),
        ),
        monitoringDevices: [seal({ health })],
      });
      lane.ready().arrive().plate(plate).tag(tag).boxes(box);
      t.equal(lane.opens(), health === 'ok' ? 1 : 0);
      t.strictSame(lane.state.passages[0]?.reasons, health === 'ok' ? [] : ['eseal-tampered']);
      if (health === 'tampered') t.equal(lane.notices.at(-1), 'seeClerk');
    }
  },
);
