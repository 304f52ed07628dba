/**
 * What can be wrong with a policy whose form is right, with its path and a hint: what is not judged must not be let through.
 */
import type { ProofRequirement } from '../core/clearance/proof-choice.ts';
import { catalogue } from '../core/decision/catalogue.ts';
import type { Policy } from '../core/decision/policy.ts';

export interface PolicyFinding {
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

export function policyFindings(policy: Policy): readonly PolicyFinding[] {
  return [
    ...unknownChecks(policy),
    ...missingFallback(policy),
    ...thresholds(policy),
    ...unproven(policy),
    ...unguardedPermits(policy),
    ...unknownReadings(policy),
    ...byManifestAlone(policy),
    ...unweighedBoxes(policy),
    ...easedVerdict(policy),
  ];
}

function unknownChecks(policy: Policy): PolicyFinding[] {
  const { neverFailed = [], neverUnknown = [] } = policy.acts?.manualRelease ?? {};
  const named = [
    ...policy.rules.flatMap(({ checks }, r) =>
      checks.map(({ check }, c) => ({ check, path: `/rules/${r}/checks/${c}/check` })),
    ),
    ...Object.entries({ neverFailed, neverUnknown }).flatMap(([member, checks]) =>
      checks.map((check, c) => ({ check, path: `/acts/manualRelease/${member}/${c}` })),
    ),
  ];
  const known = catalogue.map((check) => check.id);
  return named
    .filter(({ check }) => !known.includes(check))
    .map(({ check, path }) => ({
      path,
      message: `there is no check "${check}"`,
      hint: `known checks: ${known.join(', ')}`,
    }));
}

function missingFallback(policy: Policy): PolicyFinding[] {
  return (['in', 'out'] as const)
    .filter((direction) => policy.rules.some((rule) => rule.direction === direction))
    .filter(
      (direction) =>
        !policy.rules.some(
          (r) => r.direction === direction && r.transactionTypes.includes('unplanned'),
        ),
    )
    .map((direction) => ({
      path: '/rules',
      message: `no rule for unplanned trucks in direction "${direction}"`,
      hint: 'add "unplanned" to the transactionTypes of the strictest rule of that direction',
    }));
}

function thresholds({ confidence }: Policy): PolicyFinding[] {
  if (confidence.witness <= confidence.alone) return [];
  return [
    {
      path: '/confidence/witness',
      message: 'a witness would need more certainty than a source that decides alone',
      hint: 'set witness at or below alone',
    },
  ];
}

/** Work that is judged by proofs but for which the policy names none would be covered by nothing at all. */
function unproven(policy: Policy): PolicyFinding[] {
  return policy.rules.flatMap((rule, r) =>
    rule.checks.some(({ check }) => check === 'every-box-covered')
      ? rule.transactionTypes
          .filter((type) => !['unplanned', 'permit', 'bobtail', 'bondedEmptyTruck'].includes(type))
          .filter(
            (type) =>
              !policy.requiredProofs.some(
                (p) =>
                  p.direction === rule.direction &&
                  p.transactionType === type &&
                  (p.require.length > 0 || p.reading !== undefined),
              ),
          )
          .map((type) => ({
            path: `/rules/${r}`,
            message: `no required proofs are named for "${type}" in direction "${rule.direction}"`,
            hint: 'add them under /requiredProofs: an empty list would cover every box',
          }))
      : [],
  );
}

const permitChecks = [
  'plate-read',
  'identity-two-witnesses',
  'vehicle-not-held',
  'permit-valid',
  'permit-without-cargo',
  'hold-sources-current',
  'clock-trusted',
];

/** A permit opens by these checks alone: a rule without one of them would be a way out for cargo. */
function unguardedPermits({ permits = [], rules }: Policy): PolicyFinding[] {
  const ofPermits = rules.flatMap((rule, r) =>
    rule.transactionTypes.includes('permit') ? [{ rule, r }] : [],
  );
  const unguarded = ofPermits.flatMap(({ rule, r }) =>
    permitChecks
      .filter((id) => {
        const own = rule.checks.find(({ check }) => check === id);
        return !own || own.onFail === 'warn' || own.onUnknown === 'warn';
      })
      .map((id) => ({
        path: `/rules/${r}/checks`,
        message: `permits are judged without "${id}", or with a warning only`,
        hint: `add the check "${id}" with a consequence other than warn`,
      })),
  );
  const unruled = (['in', 'out'] as const)
    .filter((direction) => permits.length > 0 && rules.some((r) => r.direction === direction))
    .filter((direction) => !ofPermits.some(({ rule }) => rule.direction === direction))
    .map((direction) => ({
      path: '/permits',
      message: `permits open, and there is no rule for them in direction "${direction}"`,
      hint: 'add a rule with transactionTypes ["permit"], as in config/policies',
    }));
  return [...unguarded, ...unruled];
}

function unknownReadings({ requiredProofs, readings = {} }: Policy): PolicyFinding[] {
  return requiredProofs.flatMap(({ reading }, p) =>
    reading === undefined || Object.hasOwn(readings, reading)
      ? []
      : [
          {
            path: `/requiredProofs/${p}/reading`,
            message: `there is no reading "${reading}"`,
            hint: `add it under /readings; known: ${Object.keys(readings).join(', ') || 'none'}`,
          },
        ],
  );
}

/** A manifest, recognised or not, is never all that a box leaves on by land. */
function byManifestAlone({ requiredProofs, readings = {} }: Policy): PolicyFinding[] {
  const isManifest = ({ anyOf, leg }: ProofRequirement) =>
    anyOf.every((type) => type === 'manifest') || (leg === 'water' && anyOf.includes('transfer'));
  return requiredProofs.flatMap(({ direction, require, reading, transactionType }, p) => {
    const all = [...require, ...(readings[reading ?? '']?.require ?? [])];
    if (direction !== 'out' || all.length === 0 || !all.every(isManifest)) return [];
    return [
      {
        path: `/requiredProofs/${p}`,
        message: `"${transactionType}" could leave on a manifest alone`,
        hint: 'require a proof beside it that no manifest can stand for',
      },
    ];
  });
}

/** The weight of a truck with one box is that of its box: `weight-truck` alone would leave it unjudged. */
function unweighedBoxes({ rules }: Policy): PolicyFinding[] {
  return rules.flatMap(({ checks }, r) => {
    const has = (id: string) => checks.some(({ check }) => check === id);
    if (!has('weight-truck') || has('weight-box')) return [];
    return [
      {
        path: `/rules/${r}/checks`,
        message: 'trucks are weighed by "weight-truck", which does not judge a single box',
        hint: 'add the check "weight-box", with the same onFail and with onUnknown warn',
      },
    ];
  });
}

/** What customs says is never a mere warning; where it need not be waited for, `authority` says so. */
function easedVerdict({ rules }: Policy): PolicyFinding[] {
  return rules.flatMap(({ checks }, r) =>
    checks.flatMap(({ check, onFail, onUnknown }, c) =>
      check === 'customs-verdict' && (onFail === 'warn' || onUnknown === 'warn')
        ? [
            {
              path: `/rules/${r}/checks/${c}`,
              message:
                'a refusal or the silence of the customs gate platform would only be a warning',
              hint: 'choose another consequence; platform.authority says whose word is needed',
            },
          ]
        : [],
    ),
  );
}
