/**
 * Policy files: their schema, and everything that can be wrong with one, collected with its path and a hint.
 * A policy that refers to a check that does not exist, or that has no rule for unplanned trucks, is refused at
 * start: what is not judged must not be let through.
 */
import { type Static, Type } from '@sinclair/typebox';
import { Ajv, type ValidateFunction } from 'ajv';
import { catalogue } from '../core/decision/catalogue.ts';
import type { Policy } from '../core/decision/policy.ts';

/** A union of words, as one JSON schema `enum`. */
function words<const T extends readonly string[]>(...values: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });
}

const Direction = words('in', 'out');
const TransactionType = words(
  'importLocal',
  'exportLocal',
  'importTransfer',
  'exportTransfer',
  'emptyContainer',
  'bobtail',
);
const ProofType = words(
  'customs_declaration',
  'transfer',
  'manifest',
  'quarantine',
  'lift_permit',
  'second_information',
  'terminal_release',
);
const Consequence = words('divert', 'refer', 'hold', 'refuse', 'warn');
const closed = { additionalProperties: false };

const axleLimits = Type.Array(
  Type.Object(
    {
      axles: Type.Integer({ minimum: 1, maximum: 12 }),
      maxKg: Type.Integer({ minimum: 1, maximum: 200_000 }),
    },
    closed,
  ),
  { minItems: 1 },
);

export const PolicyFile = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    name: Type.String({ minLength: 1, description: 'Name shown with every decision' }),
    version: Type.Integer({ minimum: 1 }),
    confidence: Type.Object(
      {
        alone: Type.Number({
          minimum: 0.5,
          maximum: 1,
          description: 'From here one source decides alone',
        }),
        witness: Type.Number({
          minimum: 0.5,
          maximum: 1,
          description: 'From here a source is one witness',
        }),
      },
      closed,
    ),
    sourceAgeMsMax: Type.Integer({
      minimum: 1_000,
      maximum: 86_400_000,
      description: "Age of a source's watermark, ms, beyond which it is not current",
    }),
    weightTolerance: Type.Object(
      { kg: Type.Number({ minimum: 0 }), share: Type.Number({ minimum: 0, maximum: 1 }) },
      closed,
    ),
    zeroKgMax: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1_000,
        description: 'What an empty platform may show, kg',
      }),
    ),
    legalGross: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1 }),
            fromMs: Type.Integer({ description: 'In force from, ms since 1970' }),
            rigid: axleLimits,
            combination: axleLimits,
            singleDriveKg: Type.Optional(Type.Integer({ minimum: 1 })),
          },
          closed,
        ),
        { minItems: 1, description: 'Legal gross by axles; the youngest table in force counts' },
      ),
    ),
    vgmTolerance: Type.Optional(
      Type.Object(
        { kg: Type.Number({ minimum: 0 }), share: Type.Number({ minimum: 0, maximum: 1 }) },
        { ...closed, description: 'Distance of a measured box from its verified gross mass' },
      ),
    ),
    repair: Type.Optional(
      Type.Object(
        {
          plates: Type.Boolean({
            description:
              'A plate one confused character away from the expected one of the vehicle whose tag was read',
          }),
          containers: Type.Boolean({
            description: 'A container number that two devices misread and that alone is expected',
          }),
        },
        { ...closed, description: 'Misread values that may be repaired; absent: none' },
      ),
    ),
    acts: Type.Optional(
      Type.Object(
        {
          divert: Type.Array(
            Type.Object(
              {
                direction: Direction,
                place: Type.String({ pattern: '^[a-z][a-zA-Z0-9-]{0,31}$' }),
                withinMinutesMax: Type.Integer({ minimum: 1, maximum: 1_440 }),
              },
              closed,
            ),
            {
              description:
                'Places inside the premises to which a person may send a vehicle without a release, by direction of the lane',
            },
          ),
          manualRelease: Type.Optional(
            Type.Object(
              {
                reasons: Type.Array(Type.String({ pattern: '^[a-z][a-zA-Z0-9-]{0,31}$' }), {
                  minItems: 1,
                  description: 'The closed list of reasons for a release by hand',
                }),
                secondPerson: words('always', 'supervised', 'never'),
                neverFailed: Type.Array(Type.String(), {
                  description: 'Checks that bar a release by hand where they fail or crash',
                }),
                neverUnknown: Type.Array(Type.String(), {
                  description: 'Checks that bar a release by hand where they cannot tell',
                }),
              },
              { ...closed, description: 'Absent: nothing is released by hand' },
            ),
          ),
          repeatWithinMs: Type.Optional(
            Type.Integer({
              minimum: 1_000,
              maximum: 3_600_000,
              description:
                'How long after its decision an opening may be repeated whose arm never left closed, ms',
            }),
          ),
        },
        { ...closed, description: 'What persons may order; absent: nothing but a confirmation' },
      ),
    ),
    requiredProofs: Type.Array(
      Type.Object(
        {
          direction: Direction,
          transactionType: TransactionType,
          require: Type.Array(
            Type.Object({ anyOf: Type.Array(ProofType, { minItems: 1 }) }, closed),
          ),
        },
        closed,
      ),
    ),
    rules: Type.Array(
      Type.Object(
        {
          direction: Direction,
          transactionTypes: Type.Array(Type.Union([TransactionType, Type.Literal('unplanned')]), {
            minItems: 1,
          }),
          checks: Type.Array(
            Type.Object(
              { check: Type.String(), onFail: Consequence, onUnknown: Consequence },
              closed,
            ),
            { minItems: 1 },
          ),
        },
        closed,
      ),
      { minItems: 1 },
    ),
  },
  { ...closed, $id: 'https://kakou.cn/schema/policy-1.json', title: 'kakou policy' },
);
export type PolicyFile = Static<typeof PolicyFile>;

export interface PolicyFinding {
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

export type PolicyParse =
  | { readonly kind: 'policy'; readonly policy: Policy }
  | { readonly kind: 'invalid'; readonly findings: readonly PolicyFinding[] };

let compiled: ValidateFunction | undefined;

export function parsePolicy(json: unknown): PolicyParse {
  compiled ??= new Ajv({ code: { optimize: false }, allErrors: true, strict: false }).compile(
    PolicyFile,
  );
  const validate = compiled;
  if (!validate(json)) {
    const findings = (validate.errors ?? []).map((error) => ({
      path: error.instancePath || '/',
      message: `${error.message ?? 'is not valid'}${error.params['additionalProperty'] ? `: ${error.params['additionalProperty']}` : ''}`,
      hint: 'compare with config/policies and config/policies/policy.schema.json',
    }));
    return { kind: 'invalid', findings };
  }
  const policy = json as Policy;
  const findings = [
    ...unknownChecks(policy),
    ...missingFallback(policy),
    ...thresholds(policy),
    ...unproven(policy),
  ];
  return findings.length > 0 ? { kind: 'invalid', findings } : { kind: 'policy', policy };
}

function unknownChecks(policy: Policy): PolicyFinding[] {
  const known = catalogue.map((check) => check.id);
  const { neverFailed = [], neverUnknown = [] } = policy.acts?.manualRelease ?? {};
  const barring = Object.entries({ neverFailed, neverUnknown }).flatMap(([member, checks]) =>
    checks.flatMap((check, c) =>
      known.includes(check)
        ? []
        : [
            {
              path: `/acts/manualRelease/${member}/${c}`,
              message: `there is no check "${check}"`,
              hint: `known checks: ${known.join(', ')}`,
            },
          ],
    ),
  );
  return [...barring, ...unknownChecksOfRules(policy, known)];
}

function unknownChecksOfRules(policy: Policy, known: readonly string[]): PolicyFinding[] {
  return policy.rules.flatMap((rule, r) =>
    rule.checks.flatMap(({ check }, c) =>
      known.includes(check)
        ? []
        : [
            {
              path: `/rules/${r}/checks/${c}/check`,
              message: `there is no check "${check}"`,
              hint: `known checks: ${known.join(', ')}`,
            },
          ],
    ),
  );
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
          .filter((type) => type !== 'unplanned' && type !== 'bobtail')
          .filter(
            (type) =>
              !policy.requiredProofs.some(
                (p) =>
                  p.direction === rule.direction &&
                  p.transactionType === type &&
                  p.require.length > 0,
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
