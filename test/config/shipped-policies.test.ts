/** The policies that come with kakou: each holds, and what is lenient is never lenient about clearance. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parsePolicy } from '../../src/config/policy.ts';
import { catalogue } from '../../src/core/decision/catalogue.ts';
import type { Policy, WorkType } from '../../src/core/decision/policy.ts';
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
  'pass-order-valid',
  'clock-trusted',
];

for (const [name, policy] of policies) {
  t.test(name, async (t) => {
    t.equal(policy.name, name, 'the file bears the name');
    for (const each of policy.requiredProofs) {
      const like = strict.requiredProofs.find(
        ({ direction, transactionType }) =>
          direction === each.direction && transactionType === each.transactionType,
      );
      t.strictSame(each, like, `the same proofs for ${each.direction} ${each.transactionType}`);
    }
    for (const { direction, transactionTypes, checks } of policy.rules) {
      for (const type of transactionTypes.filter((each) => isOwn(each, policy))) {
        const like = strict.rules.find(
          (each) => each.direction === direction && each.transactionTypes.includes(type),
        );
        t.ok(like, `${direction} ${type}`);
        for (const check of firm) {
          const own = checks.find((each) => each.check === check);
          const of = like?.checks.find((each) => each.check === check);
          t.strictSame(own, of, `${direction} ${type} ${check}`);
          if (of) t.not(of.onFail, 'warn', check);
        }
      }
    }
  });
}

/** A truck that nobody planned is judged by the rule of what its lane serves. */
function isOwn(type: WorkType, { rules }: Policy): boolean {
  const isOfZone = !rules.some((rule) => rule.transactionTypes.includes('importLocal'));
  return type !== 'unplanned' || !isOfZone;
}

t.test('each kind of gate has a strict and a lenient policy', async (t) => {
  const kinds = ['bonded-zone', 'distribution', 'import-export'];
  const names = ['lenient', 'strict'].flatMap((how) => kinds.map((kind) => `${how}-${kind}`));
  t.strictSame([...policies.keys()].sort(), names);
});

/** What nobody lets go by hand, at whatever site. */
const neverByHand = [
  'not-held',
  'vehicle-not-held',
  'not-revoked',
  'not-already-used',
  'customs-verdict',
  'quantity-remaining',
  'pass-order-valid',
  'account-remaining',
];

t.test(
  'no shipped policy lets a person overrule holds, single use, quantities or customs',
  async (t) => {
    for (const [name, { acts }] of policies)
      t.strictSame(acts?.manualRelease?.neverFailed, neverByHand, name);
  },
);

t.test('every check is in use', async (t) => {
  const used = new Set(strict.rules.flatMap((rule) => rule.checks.map(({ check }) => check)));
  for (const { id } of catalogue) t.ok(used.has(id), id);
});
