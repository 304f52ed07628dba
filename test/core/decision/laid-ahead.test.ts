/** A decision that was prepared ahead is the one that would be made from nothing at its own moment. */
import fc from 'fast-check';
import t from 'tap';
import { watermarkAheadMsMax } from '../../../src/core/clearance/freshness.ts';
import { decide, layGroundwork } from '../../../src/core/decision/decide.ts';
import { consignment, noonMs, proof, source, transaction, vehicle } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, plate, readWell, released, tag } from '../../support/released.ts';

const { sourceAgeMsMax } = strictPolicy;

const inputs = (nowWallMs: number, facts = released()) => atTheArm({ nowWallMs, facts });

t.test('prepared at one moment and decided at any other', async (t) => {
  const near = fc.integer({ min: -3, max: 3 });
  const limit = near.map((ms) => noonMs + ms);
  const mark = fc
    .tuple(near, fc.constantFrom(-sourceAgeMsMax, watermarkAheadMsMax))
    .map(([ms, aside]) => noonMs + aside + ms);
  const seen = new Set<string>();
  fc.assert(
    fc.property(limit, limit, mark, mark, limit, limit, (first, second, one, two, laidAt, now) => {
      const facts = released({
        proofs: [
          proof({
            proofType: 'customs_declaration',
            containers: [box],
            consignmentId: 'D1',
            validUntilMs: first,
          }),
          proof({ proofType: 'terminal_release', containers: [box], validUntilMs: second }),
        ],
        sources: [
          source({ watermarkAtMs: one }),
          source({ source: 'terminal', kinds: ['hold'], watermarkAtMs: two }),
        ],
      });
      const ahead = layGroundwork(inputs(laidAt, facts), strictPolicy);
      const prepared = decide(inputs(now, facts), strictPolicy, ahead);
      const fresh = decide(inputs(now, facts), strictPolicy);
      seen.add(fresh.decision.disposition);
      return JSON.stringify(prepared) === JSON.stringify(fresh);
    }),
    { numRuns: 2_000 },
  );
  t.strictSame([...seen].sort(), ['admit', 'refer', 'refuse'], 'each side of the limits was tried');
});

t.test('a release that expires between preparation and decision admits nobody', async (t) => {
  const facts = released({
    proofs: [
      proof({ proofType: 'customs_declaration', containers: [box], consignmentId: 'D1' }),
      proof({ proofType: 'terminal_release', containers: [box], validUntilMs: noonMs }),
    ],
  });
  const ahead = layGroundwork(inputs(noonMs, facts), strictPolicy);
  t.equal(decide(inputs(noonMs, facts), strictPolicy, ahead).decision.disposition, 'admit');
  const late = decide(inputs(noonMs + 1, facts), strictPolicy, ahead).decision;
  t.not(late.disposition, 'admit');
  t.strictSame(late.releases, []);
});

t.test('a clock that is set back asks again, too', async (t) => {
  const facts = released({ sources: [source({ watermarkAtMs: noonMs + watermarkAheadMsMax })] });
  const ahead = layGroundwork(inputs(noonMs, facts), strictPolicy);
  t.equal(decide(inputs(noonMs, facts), strictPolicy, ahead).decision.disposition, 'admit');
  const { decision } = decide(inputs(noonMs - 1, facts), strictPolicy, ahead);
  t.not(decision.disposition, 'admit');
});

t.test('what hangs on the weight or the hour is judged when these are known', async (t) => {
  const entered = {
    transit: [box],
    boxesRead: true,
    trailer: '粤B6789挂',
    grossKg: 30_000,
    seals: {},
  };
  const head = { source: 'customs', version: 1, asOfMs: noonMs };
  const facts = released({
    vehicles: [vehicle({ plates: [plate], tags: [tag], tareKg: 15_000 })],
    transactions: [
      transaction({
        direction: 'out',
        transactionType: 'importTransfer',
        move: 'passThrough',
        plate,
        containers: [box],
        boxTares: [{ container: box, tareKg: 2_200 }],
      }),
    ],
    consignments: [
      consignment({
        id: 'D1',
        containers: [box],
        cargo: [{ container: box, grossWeightKg: 15_000, cargoKg: 12_800 }],
      }),
    ],
    visits: [{ visitId: 'v.1' as never, plate, enteredAtMs: 1, containers: [box], entered }],
    drivers: [
      {
        ...head,
        kind: 'driver',
        id: 'DRIVER',
        cards: ['c' as never],
        status: 'valid',
        validUntilMs: noonMs,
      },
    ],
    monitoringDevices: [
      {
        ...head,
        kind: 'monitoring-device',
        id: 'M1',
        device: 'electronicSeal',
        number: 'ES-1',
        containers: [box],
        operation: 'attached',
        health: 'ok',
        reportedAtMs: noonMs - 60_000,
      },
    ],
  });
  const policy = { ...strictPolicy, esealAgeMsMax: 60_000 };
  const identification = { ...readWell, driver: { cards: ['c' as never] } };
  const codes = new Set<string>();
  const ahead = layGroundwork(atTheArm({ facts, identification, grossKg: 1 }), policy);
  for (const grossKg of [20_000, 30_000, 40_000, undefined]) {
    for (const nowWallMs of [noonMs, noonMs + 1]) {
      const now = atTheArm({ facts, identification, grossKg: grossKg ?? 1, nowWallMs });
      const at = grossKg === undefined ? { ...now, weight: atTheArm().weight } : now;
      const prepared = decide(at, policy, ahead);
      t.strictSame(JSON.stringify(prepared), JSON.stringify(decide(at, policy)));
      for (const { code } of prepared.decision.checks) if (code) codes.add(code);
    }
  }
  for (const code of [
    'transit-changed',
    'transit-unread',
    'driver-not-valid',
    'eseal-silent',
    'box-weight-differs',
    'cargo-weight-differs',
  ])
    t.ok(codes.has(code), code);
});
