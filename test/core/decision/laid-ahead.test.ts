/** A decision that was prepared ahead is the one that would be made from nothing at its own moment. */
import fc from 'fast-check';
import t from 'tap';
import { watermarkAheadMsMax } from '../../../src/core/clearance/freshness.ts';
import { decide, layGroundwork } from '../../../src/core/decision/decide.ts';
import { noonMs, proof, source } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, released } from '../../support/released.ts';

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
