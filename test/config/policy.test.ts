import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parsePolicy } from '../../src/config/policy.ts';
import { strictPolicy } from '../support/lane-story.ts';
import { repositoryFile } from '../support/repository.ts';

t.test('every shipped policy is valid', async (t) => {
  const directory = repositoryFile('config/policies');
  for (const name of readdirSync(directory).filter(
    (n) => n.endsWith('.json') && !n.includes('schema'),
  )) {
    const parsed = parsePolicy(JSON.parse(readFileSync(`${directory}/${name}`, 'utf8')));
    t.strictSame(parsed.kind === 'invalid' ? parsed.findings : [], [], name);
  }
});

t.test('what is wrong with a policy is told with its path', async (t) => {
  const wrong = {
    ...strictPolicy,
    confidence: { alone: 0.7, witness: 0.9 },
    requiredProofs: [],
    rules: [
      {
        direction: 'out',
        transactionTypes: ['importLocal'],
        checks: [
          { check: 'every-box-covered', onFail: 'refuse', onUnknown: 'refer' },
          { check: 'no-such', onFail: 'refuse', onUnknown: 'refer' },
        ],
      },
    ],
  };
  const parsed = parsePolicy(wrong);
  t.equal(parsed.kind, 'invalid');
  if (parsed.kind !== 'invalid') return;
  t.strictSame(
    parsed.findings.map((f) => f.path),
    ['/rules/0/checks/1/check', '/rules', '/confidence/witness', '/rules/0', '/permits'],
  );
  t.ok(parsed.findings.every((f) => f.hint.length > 0));
  t.match(parsePolicy({ ...strictPolicy, rules: [], surprise: 1 }), { kind: 'invalid' });
  t.match(parsePolicy(null), { kind: 'invalid' });
});

t.test('a rule that weighs trucks has to weigh single boxes too', async (t) => {
  const rules = strictPolicy.rules.map((rule) => ({
    ...rule,
    checks: rule.checks.filter(({ check }) => check !== 'weight-box'),
  }));
  const parsed = parsePolicy({ ...strictPolicy, rules });
  t.match(parsed.kind === 'invalid' ? parsed.findings : [], [
    { path: '/rules/0/checks', message: /does not judge a single box/ },
    { path: '/rules/1/checks' },
  ]);
});
