/** How long a source may be silent, by source and by class of fact. */
import t from 'tap';
import { ageMsMaxOf, staleSources } from '../../../src/core/clearance/freshness.ts';
import { decide, reasonsOf } from '../../../src/core/decision/decide.ts';
import type { Policy } from '../../../src/core/decision/policy.ts';
import type { SourceState } from '../../../src/core/facts.ts';
import { noonMs, source } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, released } from '../../support/released.ts';

function reasons(sources: readonly SourceState[], policy: Policy = strictPolicy) {
  const inputs = atTheArm({
    facts: released({ sources: [source(), ...sources] }),
  });
  return reasonsOf(decide(inputs, policy).decision);
}
const minuteMs = 60_000;
const silent = (change: Partial<SourceState>, ageMs: number): SourceState =>
  source({ source: 'other', watermarkAtMs: noonMs - ageMs, ...change });

t.test('a register may be silent for a day, planned work for minutes', async (t) => {
  const register = { kinds: ['vehicle', 'permit'] } as const;
  t.strictSame(reasons([silent(register, 86_400_000)]), []);
  t.strictSame(reasons([silent(register, 86_400_001)]), ['feed-source-silent']);
  const plans = { kinds: ['transaction'] } as const;
  t.strictSame(reasons([silent(plans, 15 * minuteMs)]), []);
  t.strictSame(reasons([silent(plans, 15 * minuteMs + 1)]), ['feed-source-silent']);
  const { sourceAges: _, ...plain } = strictPolicy;
  t.strictSame(reasons([silent(register, 15 * minuteMs + 1)], plain), ['feed-source-silent']);
});

t.test('a source of holds and registers is as current as its holds have to be', async (t) => {
  const both = { kinds: ['vehicle', 'hold'] } as const;
  t.strictSame(reasons([silent(both, 15 * minuteMs + 1)]), ['hold-source-silent']);
});

t.test('an age for a source, for a kind, and for a kind of a source', async (t) => {
  const freshness = {
    sourceAgeMsMax: 1,
    sourceAges: [
      { sources: ['a'], kinds: ['hold'], ageMsMax: 2 },
      { sources: ['a'], ageMsMax: 3 },
      { kinds: ['hold'], ageMsMax: 4 },
    ],
  } as const;
  t.equal(ageMsMaxOf(freshness, 'a', 'hold'), 2);
  t.equal(ageMsMaxOf(freshness, 'a', 'proof'), 3);
  t.equal(ageMsMaxOf(freshness, 'b', 'hold'), 4);
  t.equal(ageMsMaxOf(freshness, 'b', 'proof'), 1);
});

t.test('a gap degrades the kinds that its source speaks of, and no others', async (t) => {
  const gaps = [{ from: 7, to: 9 }];
  const ofRegister = silent({ kinds: ['vehicle'], gaps }, 0);
  t.strictSame(reasons([ofRegister]), ['feed-source-silent']);
  const options = { ...strictPolicy, nowWallMs: noonMs };
  t.strictSame(staleSources([ofRegister], ['hold', 'proof'], options), []);
  t.strictSame(staleSources([ofRegister], ['vehicle'], options), ['other']);
});

t.test('a watermark of the future is no age', async (t) => {
  t.strictSame(reasons([silent({ kinds: ['vehicle'] }, -5 * minuteMs)]), []);
  t.strictSame(reasons([silent({ kinds: ['vehicle'] }, -5 * minuteMs - 1)]), [
    'feed-source-silent',
  ]);
});
