/** The policies that come with kakou: each holds, and what is lenient is never lenient about clearance. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parsePolicy } from '../../src/config/policy.ts';
import { catalogue } from '../../src/core/decision/catalogue.ts';
import type { Policy } from '../../src/core/decision/policy.ts';
import { repositoryFile } from '../support/repository.ts';

const folder = repositoryFile('config/policies');
const policies = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
    .map((name) => {
      const parsed = parsePolicy(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')));
      if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.findings));
      return [name.replace('.json', ''), parsed.policy] as const;
    }),
);
const strict = policies.get('strict-import-export') as Policy;

/** What lets cargo out, and who is allowed to come: no site may ease these. */
const firm = [
  'plate-read',
  'identity-two-witnesses',
  'plate-in-registered-set',
  'tag-on-one-vehicle',
  'vehicle-registered',
  'vehicle-valid',
  'vehicle-not-held',
  'container-number-valid',
  'permit-valid',
  'permit-without-cargo',
  'transaction-planned',
  'binding-present',
  'exit-binding-as-planned',
  'containers-complete',
  'emptiness-proven',
  'box-document-conflict',
  'every-box-covered',
  'proofs-current',
  'not-revoked',
  'not-held',
  'hold-sources-current',
  'not-already-used',
  'clock-trusted',
];

for (const [name, policy] of policies) {
  t.test(name, async (t) => {
    t.equal(policy.name, name, 'the file bears the name');
    t.strictSame(policy.requiredProofs, strict.requiredProofs, 'the same proofs');
    for (const rule of policy.rules) {
      const like = strict.rules.find(
        (each) =>
          each.direction === rule.direction &&
          each.transactionTypes.join() === rule.transactionTypes.join(),
      );
      t.ok(like, `${rule.direction} ${rule.transactionTypes}`);
      for (const check of firm) {
        const own = rule.checks.find((each) => each.check === check);
        const of = like?.checks.find((each) => each.check === check);
        t.strictSame(own, of, `${rule.direction} ${rule.transactionTypes[0]} ${check}`);
        if (of) t.not(of.onFail, 'warn', check);
      }
    }
  });
}

/** What nobody lets go by hand, at whatever site. */
const neverByHand = [
  'not-held',
  'vehicle-not-held',
  'not-revoked',
  'not-already-used',
  'quantity-remaining',
  'pass-order-valid',
  'account-remaining',
];

t.test('no shipped policy lets a person overrule holds, single use or quantities', async (t) => {
  for (const [name, { acts }] of policies)
    t.strictSame(acts?.manualRelease?.neverFailed, neverByHand, name);
});

t.test('every check is in use', async (t) => {
  t.ok(policies.size >= 2);
  const used = new Set(strict.rules.flatMap((rule) => rule.checks.map(({ check }) => check)));
  for (const { id } of catalogue) t.ok(used.has(id), id);
});
