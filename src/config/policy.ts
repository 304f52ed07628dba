/**
 * Policy files: their schema, and everything that can be wrong with one, collected with its path and a hint.
 * A policy that refers to a check that does not exist, or that has no rule for unplanned trucks, is refused at
 * start: what is not judged must not be let through.
 */
import { type Static, Type } from '@sinclair/typebox';
import { Ajv, type ValidateFunction } from 'ajv';
import { independenceAspects } from '../core/clearance/proof-choice.ts';
import { type Policy, platformAuthorities } from '../core/decision/policy.ts';
import { factKinds } from '../core/facts.ts';
import { type PolicyFinding, policyFindings } from './policy-findings.ts';

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
  'bonded',
  'distribution',
  'bondedEmptyTruck',
);
const ProofType = words(
  'customs_declaration',
  'transfer',
  'manifest',
  'quarantine',
  'lift_permit',
  'second_information',
  'terminal_release',
  'pass_order',
  'dangerous_goods_permit',
);
const closed = { additionalProperties: false };

const Requirement = Type.Object(
  {
    anyOf: Type.Array(ProofType, { minItems: 1 }),
    medium: Type.Optional(words('electronic', 'paper')),
    leg: Type.Optional(
      Type.Unsafe<'water'>({
        type: 'string',
        enum: ['water'],
        description: 'About the leg by water: a recognised manifest stands for the transfer there',
      }),
    ),
  },
  closed,
);
/** What rules are chosen by. */
const workTypes = Type.Union([TransactionType, Type.Literal('permit'), Type.Literal('unplanned')]);
const Consequence = words('divert', 'refer', 'hold', 'refuse', 'warn');

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

/** The wider of the two counts. */
const tolerance = (description: string) =>
  Type.Object(
    { kg: Type.Number({ minimum: 0 }), share: Type.Number({ minimum: 0, maximum: 1 }) },
    { ...closed, description },
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
    sourceAges: Type.Optional(
      Type.Array(
        Type.Object(
          {
            sources: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
            kinds: Type.Optional(Type.Array(words(...factKinds), { minItems: 1 })),
            ageMsMax: Type.Integer({ minimum: 1_000, maximum: 604_800_000 }),
          },
          closed,
        ),
        { description: 'Other ages by source and kind of fact; the first that fits counts' },
      ),
    ),
    weightTolerance: tolerance('Distance of a truck as a whole from what it should weigh'),
    boxTolerance: Type.Optional(tolerance('Distance of a single box from its declared gross')),
    cargoTolerance: Type.Optional(
      tolerance('Distance of the cargo in boxes from its stated weight'),
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
    transitTolerance: Type.Optional(
      tolerance('Distance of what passes through from what it weighed at its entry'),
    ),
    vgmTolerance: Type.Optional(
      tolerance('Distance of a measured box from its verified gross mass'),
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
    rapidReturnMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 86_400_000,
        description: 'How long it is told that a vehicle was not let through, ms',
      }),
    ),
    dimensions: Type.Optional(
      Type.Object(
        {
          lengthMmMax: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 20_000 })),
          heightMmMax: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 10_000 })),
        },
        { ...closed, description: 'Largest box that the site takes, by its size and type code' },
      ),
    ),
    sealsMustBeRead: Type.Optional(
      Type.Boolean({ description: 'Seals that documents state have to be read by a device' }),
    ),
    monitored: Type.Optional(
      Type.Array(Type.Object({ direction: Direction, transactionType: TransactionType }, closed), {
        description: 'Work whose boxes need an electronic seal or a tracker on them',
      }),
    ),
    esealAgeMsMax: Type.Optional(
      Type.Integer({
        minimum: 60_000,
        maximum: 604_800_000,
        description: 'How long ago an electronic seal has to have reported itself, ms',
      }),
    ),
    permits: Type.Optional(
      Type.Array(
        Type.Object(
          {
            permitType: words('staff', 'service', 'test', 'customs', 'emergency'),
            grossKgMax: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 50_000,
                description: 'Most it weighs without cargo where no tare is registered, kg',
              }),
            ),
          },
          closed,
        ),
        { description: 'Types of permit that open; absent: none' },
      ),
    ),
    readings: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[a-z][a-z-]*$' }),
        Type.Object(
          {
            require: Type.Array(Requirement, { minItems: 2 }),
            independentBy: Type.Optional(
              Type.Array(words(...independenceAspects), { minItems: 1, uniqueItems: true }),
            ),
          },
          closed,
        ),
        { description: 'Readings of dual information, by name' },
      ),
    ),
    platform: Type.Optional(
      Type.Object(
        {
          authority: Type.Optional(words(...platformAuthorities)),
          inspection: Type.Optional(
            Type.Object(
              {
                place: Type.String({ pattern: '^[a-z][a-zA-Z0-9-]{0,31}$' }),
                withinMinutes: Type.Integer({ minimum: 1, maximum: 1_440 }),
              },
              {
                ...closed,
                description:
                  'Where a vehicle goes by itself that the platform releases inbound with inspection; absent: a clerk sends it',
              },
            ),
          ),
          answerAgeMsMax: Type.Optional(
            Type.Integer({
              minimum: 1_000,
              maximum: 3_600_000,
              description: 'Age at which a release of the platform is none any more, ms',
            }),
          ),
        },
        {
          ...closed,
          description:
            'How the word of the customs gate platform counts in lanes that are linked to it; absent: it and the local checks have to let pass',
        },
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
          require: Type.Array(Requirement),
          reading: Type.Optional(Type.String({ description: 'One of the readings above' })),
        },
        closed,
      ),
    ),
    rules: Type.Array(
      Type.Object(
        {
          direction: Direction,
          transactionTypes: Type.Array(workTypes, { minItems: 1 }),
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
  const findings = policyFindings(policy);
  return findings.length > 0 ? { kind: 'invalid', findings } : { kind: 'policy', policy };
}
