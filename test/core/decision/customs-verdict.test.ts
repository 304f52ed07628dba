/** What the word of the customs gate platform does to a decision, by whose word the policy asks for. */
import fc from 'fast-check';
import t from 'tap';
import { policyFindings } from '../../../src/config/policy-findings.ts';
import type { PlatformPart } from '../../../src/core/customs-platform/exchange.ts';
import { hintSays } from '../../../src/core/customs-platform/hint.ts';
import {
  type DecisionInputs,
  decide,
  decisionText,
  layGroundwork,
  reasonsOf,
  reasonText,
} from '../../../src/core/decision/decide.ts';
import {
  type PlatformAuthority,
  type PlatformPolicy,
  type Policy,
  platformAuthorities,
} from '../../../src/core/decision/policy.ts';
import { hold, noonMs, source } from '../../support/facts.ts';
import { strictPolicy } from '../../support/lane-story.ts';
import { atTheArm, box, released } from '../../support/released.ts';

const seqNo = '20261201120000000001';
const good = '0'.repeat(20);
const at = (position: number, character: string) =>
  `${good.slice(0, position - 1)}${character}${good.slice(position)}`;
const answered = (word: string, change: { hint?: string; ageMs?: number } = {}): PlatformPart => ({
  kind: 'answered',
  seqNo,
  word,
  ageMs: 12,
  ...change,
});
const silent: PlatformPart = { kind: 'silent', seqNo, waitedMs: 5_000 };

const policyOf = (platform: PlatformPolicy = {}): Policy => ({ ...strictPolicy, platform });
const by = (authority: PlatformAuthority) => policyOf({ authority });

function decided(
  platform: PlatformPart | undefined,
  policy: Policy = strictPolicy,
  change: Partial<DecisionInputs> & { grossKg?: number } = {},
) {
  const inputs = atTheArm({ grossKg: 31_240, ...change, ...(platform && { platform }) });
  return decide(inputs, policy).decision;
}

const heldLocally = {
  facts: released({
    holds: [hold({ subject: { kind: 'container', container: box } })],
  }),
};
/** The source of releases has been silent for longer than the policy allows. */
const staleLocally = {
  facts: released({
    sources: [source({ watermarkAtMs: noonMs - 3_600_000 })],
  }),
};

t.test('a lane without a link decides as if there were no platform', async (t) => {
  const decision = decided(undefined);
  t.equal(decision.disposition, 'admit');
  t.notMatch(decisionText(decision), /platform|customs-verdict/);
});

t.test('a release of the platform and of the local checks admits', async (t) => {
  for (const authority of platformAuthorities) {
    const decision = decided(answered(good), by(authority));
    t.equal(decision.disposition, 'admit', authority);
    t.ok(decision.releases.length > 0);
  }
});

t.test('each answer leads to what it says', async (t) => {
  const cases: readonly (readonly [PlatformPart, string, string])[] = [
    [{ kind: 'notAsked' }, 'refer', 'platform-not-asked'],
    [{ kind: 'failed', code: 'platform-refused' }, 'refer', 'platform-not-reached'],
    [silent, 'refer', 'platform-silent'],
    [answered(at(1, 'Z')), 'refer', 'platform-broken'],
    [answered(at(1, 'V')), 'refer', 'platform-waits'],
    [answered('Y'), 'refer', 'platform-unreadable'],
    [answered(at(3, 'w')), 'hold', 'platform-held'],
    [answered(at(6, 'x')), 'hold', 'platform-held'],
    [answered(at(6, 'w')), 'refuse', 'platform-refused'],
    [answered(at(3, 'z')), 'refuse', 'platform-refused'],
    [answered(at(3, '1')), 'refer', 'platform-inspection'],
    [answered(good, { ageMs: 600_001 }), 'refer', 'platform-answer-old'],
  ];
  for (const [platform, disposition, code] of cases) {
    const decision = decided(platform);
    t.equal(decision.disposition, disposition, code);
    t.ok(
      decision.checks.some((each) => each.check === 'customs-verdict' && each.code === code),
      code,
    );
    t.strictSame(decision.releases, [], code);
  }
});

t.test(
  'inbound an inspection diverts where the policy names the place, and nowhere else',
  async (t) => {
    const inspection = { place: 'inspection', withinMinutes: 30 };
    const inbound = {
      direction: 'in' as const,
      facts: released({ visits: [], transactions: [] }),
    };
    const of = (policy: Policy, change: object) =>
      decided(answered(at(4, '1')), policy, change).checks.find(
        ({ check }) => check === 'customs-verdict',
      )?.consequence;
    t.equal(of(policyOf({ inspection }), inbound), 'divert');
    t.equal(of(policyOf(), inbound), 'refer');
    t.equal(of(policyOf({ inspection }), {}), 'refer', 'nobody is sent out of the premises for it');
  },
);

t.test('without a verdict: only where the local checks decide is it not waited for', async (t) => {
  const open: readonly PlatformPart[] = [
    silent,
    { kind: 'notAsked' },
    { kind: 'failed', code: 'x' },
    answered(at(1, 'X')),
    answered(good, { ageMs: 3_600_001 }),
  ];
  for (const platform of open) {
    t.equal(decided(platform, by('both')).disposition, 'refer');
    t.equal(decided(platform, by('platform-decides')).disposition, 'refer');
    const local = decided(platform, by('local-decides'));
    t.equal(local.disposition, 'admit');
    t.ok(
      local.checks.some(({ check, consequence }) => check === 'platform' && consequence === 'warn'),
      'and it is told',
    );
  }
});

t.test('what the platform says against a vehicle counts whoever decides', async (t) => {
  const against = [at(3, 'w'), at(3, 'z'), at(3, '1'), at(1, 'V'), at(5, '?'), '', 'Y'];
  for (const authority of platformAuthorities) {
    for (const word of against) {
      t.not(decided(answered(word), by(authority)).disposition, 'admit', `${authority} ${word}`);
    }
  }
});

t.test('a local failure blocks whoever decides', async (t) => {
  for (const authority of platformAuthorities) {
    const decision = decided(answered(good), by(authority), heldLocally);
    t.equal(decision.disposition, 'hold', authority);
  }
});

t.test('where the platform decides, a silent source of releases does not block', async (t) => {
  t.not(decided(answered(good), by('both'), staleLocally).disposition, 'admit');
  t.not(decided(answered(good), by('local-decides'), staleLocally).disposition, 'admit');
  const decision = decided(answered(good), by('platform-decides'), staleLocally);
  t.equal(decision.disposition, 'admit');
  t.match(
    decision.checks.find(({ check }) => check === 'hold-sources-current'),
    { outcome: 'warn', consequence: 'warn' },
  );
  for (const word of [at(1, 'V'), at(3, 'z')]) {
    t.not(decided(answered(word), by('platform-decides'), staleLocally).disposition, 'admit');
  }
  const uncovered = { facts: released({ proofs: [] }) };
  t.not(
    decided(answered(good), by('platform-decides'), uncovered).disposition,
    'admit',
    'a failure',
  );
  t.match(
    decided(answered(at(3, 'z')), by('platform-decides'), staleLocally).checks.find(
      ({ check }) => check === 'hold-sources-current',
    ),
    { outcome: 'unknown' },
    'without its release nothing is eased',
  );
  const old = answered(good, { ageMs: 600_001 });
  t.not(decided(old, by('platform-decides'), staleLocally).disposition, 'admit');
});

t.test('where the platform decides, what the lane has not read blocks all the same', async (t) => {
  const { identification } = atTheArm();
  const { tractor: _, ...unread } = identification;
  const unknown: readonly Partial<DecisionInputs>[] = [
    { identification: { ...unread, unreadablePlates: [], otherPlates: [] } },
    { weight: { kind: 'noWeight', reason: 'noReading' } },
    { identification: { ...identification, containerCapture: 'none', containers: [] } },
  ];
  for (const change of unknown) {
    t.not(decided(answered(good), by('platform-decides'), change).disposition, 'admit');
  }
});

t.test('disagreement is the cause that the case is opened for', async (t) => {
  const refusedByPlatform = decided(answered(at(3, 'z')));
  t.equal(reasonsOf(refusedByPlatform)[0], 'platform-disagrees');
  t.equal(refusedByPlatform.disposition, 'refuse', 'and changes nothing');
  const heldByUs = decided(answered(good), strictPolicy, heldLocally);
  t.equal(reasonsOf(heldByUs)[0], 'platform-disagrees');
  t.equal(heldByUs.disposition, 'hold');
  const both = decided(answered(at(3, 'z')), strictPolicy, heldLocally);
  t.notOk(reasonsOf(both).includes('platform-disagrees'), 'both say no');
  t.notOk(reasonsOf(decided(silent)).includes('platform-disagrees'), 'silence is no verdict');
});

t.test('the text never counts, and a contradiction is on record', async (t) => {
  t.equal(hintSays('车牌不符'), 'refusal');
  t.equal(hintSays('未放行'), 'refusal');
  t.equal(hintSays('不予通过'), 'refusal');
  t.equal(hintSays('请通行'), 'release');
  t.equal(hintSays('欢迎'), 'nothing');
  const codes = (word: string, hint: string) =>
    decided(answered(word, { hint })).checks.flatMap(({ code }) => code ?? []);
  t.equal(decided(answered(good, { hint: '车牌不符' })).disposition, 'admit');
  t.ok(codes(good, '车牌不符').includes('platform-hint-contradicts'));
  t.equal(decided(answered(at(3, 'z'), { hint: '放行' })).disposition, 'refuse');
  t.ok(codes(at(3, 'z'), '放行').includes('platform-hint-contradicts'));
  t.notOk(codes(good, '放行').includes('platform-hint-contradicts'));
});

t.test(
  'a policy that forgot the check has it in a linked lane, and none may ease it',
  async (t) => {
    const rules = strictPolicy.rules.map((rule) => ({
      ...rule,
      checks: rule.checks.filter(({ check }) => check !== 'customs-verdict'),
    }));
    const forgetful = { ...strictPolicy, rules };
    t.equal(decided(silent, forgetful).disposition, 'refer');
    t.equal(decided(answered(good), forgetful).disposition, 'admit');
    const eased = strictPolicy.rules.map((rule) => ({
      ...rule,
      checks: rule.checks.map((each) =>
        each.check === 'customs-verdict' ? { ...each, onUnknown: 'warn' as const } : each,
      ),
    }));
    t.strictSame(policyFindings(strictPolicy), []);
    t.equal(policyFindings({ ...strictPolicy, rules: eased }).length, eased.length);
  },
);

t.test(
  'a release by hand is barred by what the platform said, and not by its silence',
  async (t) => {
    const order = {
      kind: 'manualRelease' as const,
      by: { actId: 'a', name: '张三', role: 'supervisor' as const },
      reason: strictPolicy.acts?.manualRelease?.reasons[0] ?? '',
      reference: 'HG-1',
      second: { name: '李四', role: 'supervisor' as const },
    };
    t.equal(decided(silent, strictPolicy, { order }).disposition, 'admit');
    for (const word of [at(3, 'w'), at(3, 'z'), at(3, '1')]) {
      const decision = decided(answered(word), strictPolicy, { order });
      t.not(decision.disposition, 'admit', word);
      t.ok(reasonsOf(decision).includes('release-barred'), word);
    }
  },
);

t.test('reasons are told in both languages with the position and its letter', async (t) => {
  const { evidence = {} } = decided(answered('q00zq000000000000000')).checks.find(
    ({ check }) => check === 'customs-verdict',
  ) as { evidence?: Record<string, string> };
  t.strictSame(reasonText('platform-refused', evidence), {
    zh: '海关卡口平台不放行：后箱无放行信息（4z）；整车重量不符（5q）',
    en: 'the customs gate platform does not release: there is no release for the rear box (4z); the weight of the truck does not fit (5q)',
  });
});

t.test(
  'only the one form of a word admits, prepared ahead or not, and again the same',
  async (t) => {
    const characters = fc.constantFrom(...'00000000000001VZwxz9y');
    const word = fc.array(characters, { minLength: 19, maxLength: 21 }).map((all) => all.join(''));
    fc.assert(
      fc.property(word, fc.constantFrom(...platformAuthorities), (written, authority) => {
        const policy = by(authority);
        const inputs = atTheArm({ grossKg: 31_240, platform: answered(written) });
        const { platform: _, ...before } = inputs;
        const { decision } = decide(inputs, policy, layGroundwork(before, policy));
        t.equal(decisionText(decide(inputs, policy).decision), decisionText(decision));
        const isReleased = /^0{9}[01]{3}0{8}$/.test(written);
        const isBroken =
          /^[VWXYZ]?[0-9a-z]{0}[ZYXW]/.test(written) && authority === 'local-decides';
        return decision.disposition !== 'admit' || isReleased || isBroken;
      }),
      { numRuns: 1_000 },
    );
  },
);
