/**
 * The decision: all checks of the policy run over the same values, and the worst consequence wins. A pure
 * function of its inputs: the same inputs give the same result text, for a lane, a dry run or a back-test.
 */
import { type Binding, bind } from '../binding/bind.ts';
import { type Clearance, type ClearanceOptions, clear } from '../clearance/clear.ts';
import { type ClearanceSpan, clearanceSpan } from '../clearance/clearance-span.ts';
import type { PlatformPart } from '../customs-platform/exchange.ts';
import type { Direction, GatheredFacts } from '../facts.ts';
import { actFaults, laneFaults } from '../fault-codes.ts';
import type { Identification } from '../identification/identify.ts';
import { reconcile } from '../identification/reconcile.ts';
import type { LaneId, PassageId } from '../identity.ts';
import type { ReleaseReservation } from '../ledger-change.ts';
import type { WeightOutcome } from '../weighing/weighing.ts';
import { canonicalJson } from './canonical-json.ts';
import { catalogue } from './catalogue.ts';
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  type ClearanceContext,
  type LaneRequirements,
  notApplicable,
  pass,
  type ReasonEvidence,
  type ReasonText,
  unknown,
} from './check.ts';
import { corrected, heldAsRead } from './corrected.ts';
import { workTypesOf } from './permit.ts';
import {
  type PersonsPart,
  personReasons,
  personsVerdict,
  withBarringChecks,
} from './person-order.ts';
import { asAuthorised, platformLines, platformReasons, withVerdict } from './platform-verdict.ts';
import {
  type Consequence,
  checksFor,
  type Disposition,
  type Policy,
  type PolicyCheck,
  uncoveredTypes,
  type WorkType,
  worse,
} from './policy.ts';
import { termAt } from './reason-terms.ts';

/** Everything a decision looks at. It is stored as canonical JSON and can be run again. */
export interface DecisionInputs extends PersonsPart {
  readonly passageId: PassageId;
  /** Absent in decisions of before permits were judged. */
  readonly laneId?: LaneId;
  readonly direction: Direction;
  readonly nowWallMs: number;
  readonly requirements: LaneRequirements;
  readonly identification: Identification;
  readonly weight: WeightOutcome;
  readonly facts: GatheredFacts;
  /** Absent where the lane has no link to the customs gate platform. */
  readonly platform?: PlatformPart;
}

export interface CheckResult {
  readonly check: string;
  readonly outcome: CheckOutcome['outcome'] | 'warn';
  /** Reason code; absent where the check passed or had nothing to judge. */
  readonly code?: string;
  readonly evidence?: ReasonEvidence;
  readonly consequence?: Consequence;
}

export interface Decision {
  readonly disposition: Disposition;
  readonly policy: { readonly name: string; readonly version: number };
  readonly transactionTypes: readonly WorkType[];
  readonly checks: readonly CheckResult[];
  /** What the commit reserves; empty unless the disposition is `admit`. */
  readonly releases: readonly ReleaseReservation[];
}

export interface DecisionDetail {
  readonly decision: Decision;
  /** What the decision took the readings for: see `reconcile`. */
  readonly identification: Identification;
  readonly binding: Binding;
  readonly clearance: Clearance;
}

/** A check of the policy, with its result where that is known ahead. */
interface GroundCheck {
  readonly entry: PolicyCheck;
  readonly check: Check | undefined;
  readonly result?: CheckResult;
}

/** What a decision needs of the readings and the facts, worked out before the last evidence has come. */
export interface Groundwork {
  /** As it was read. */
  readonly identification: Identification;
  /** As it was understood beside the facts. */
  readonly reconciled: Identification;
  readonly facts: GatheredFacts;
  readonly binding: Binding;
  readonly transactionTypes: Decision['transactionTypes'];
  readonly clearance: Clearance;
  readonly clearanceSpan: ClearanceSpan;
  readonly checks: readonly GroundCheck[];
  /** Canonical texts of the identification and the facts. */
  readonly texts: ReadonlyMap<object, string>;
}

type GroundInputs = Omit<DecisionInputs, 'weight'>;

export function layGroundwork(inputs: GroundInputs, policy: Policy): Groundwork {
  const { identification, facts, laneId, direction, requirements, correction, order } = inputs;
  // What a person has seen is not a misreading of something else.
  const repair =
    correction?.plate !== undefined && policy.repair
      ? { ...policy.repair, plates: false }
      : policy.repair;
  const reconciled = reconcile(corrected(identification, correction), facts, { direction, repair });
  const binding = bind(reconciled, facts, direction);
  const types = workTypesOf(reconciled, binding, facts, policy);
  const clearance = clear(binding, facts, clearanceOptions(inputs, policy));
  const context = {
    ...(laneId !== undefined && { laneId }),
    direction,
    requirements,
    identification: reconciled,
    binding,
    facts,
    policy,
    clearance,
  };
  return {
    identification,
    reconciled,
    facts,
    binding,
    transactionTypes: types,
    clearance,
    clearanceSpan: clearanceSpan(facts, clearanceOptions(inputs, policy)),
    checks: withBarringChecks(checksFor(policy, direction, types), policy, order).map((entry) =>
      laid(entry, context),
    ),
    texts: new Map<object, string>([
      [identification, canonicalJson(identification)],
      [facts, canonicalJson(facts)],
    ]),
  };
}

const byId: ReadonlyMap<string, Check> = new Map(catalogue.map((check) => [check.id, check]));

export function decide(
  inputs: DecisionInputs,
  policy: Policy,
  groundwork: Groundwork = layGroundwork(inputs, policy),
): DecisionDetail {
  const { facts, direction, nowWallMs } = inputs;
  const { binding, transactionTypes, reconciled } = groundwork;
  const { fromMs, untilMs } = groundwork.clearanceSpan;
  const stands = nowWallMs >= fromMs && nowWallMs <= untilMs;
  const clearance = stands
    ? groundwork.clearance
    : clear(binding, facts, clearanceOptions(inputs, policy));
  const context: CheckContext = {
    ...inputs,
    identification: reconciled,
    binding,
    clearance,
    policy,
  };
  const local = [
    ...uncoveredTypes(policy, direction, transactionTypes).map(noRule),
    ...groundwork.checks.map(({ entry, check, result }) =>
      result !== undefined && (stands || check?.on !== 'clearance')
        ? result
        : run(entry, check, context),
    ),
  ];
  const judged = inputs.platform ? withPlatform(local, inputs.platform, context) : local;
  const byChecks = worstOf(judged);
  const { disposition, lines } = personsVerdict(byChecks, inputs, {
    policy,
    direction,
    transactionTypes,
    identification: reconciled,
    checks: judged,
    entries: groundwork.checks.map(({ entry }) => entry),
    heldAsRead: inputs.correction
      ? heldAsRead(inputs.identification, reconciled, facts, clearanceOptions(inputs, policy))
      : [],
  });
  const checks = lines.length === 0 ? judged : [...judged, ...lines];
  const decision: Decision = {
    disposition,
    policy: { name: policy.name, version: policy.version },
    transactionTypes,
    checks,
    releases: disposition === 'admit' ? clearance.releases : [],
  };
  return { decision, identification: reconciled, binding, clearance };
}

/** The results with the word of the platform in its place. A linked lane has it also where its policy forgot the check. */
function withPlatform(
  results: readonly CheckResult[],
  platform: PlatformPart,
  context: CheckContext,
): readonly CheckResult[] {
  const judged = withVerdict(results, (entry) => run(entry, byId.get(entry.check), context));
  const authorised = asAuthorised(judged, context.policy);
  const lines = platformLines(authorised, platform, {
    ...context,
    disposition: worstOf(authorised),
  });
  return [...authorised, ...lines];
}

function worstOf(results: readonly CheckResult[]): Disposition {
  return results.reduce<Disposition>(
    (worst, { consequence }) =>
      consequence === undefined || consequence === 'warn' ? worst : worse(worst, consequence),
    'admit',
  );
}

/** Results that say nothing but their outcome are most of a decision; they and their texts are made once. */
const plainResults = {
  pass: plainResultsOf('pass'),
  notApplicable: plainResultsOf('notApplicable'),
};
const plainTexts: ReadonlyMap<object, string> = new Map(
  Object.values(plainResults).flatMap((results) =>
    [...results.values()].map((result) => [result, canonicalJson(result)] as const),
  ),
);

function plainResultsOf(outcome: 'pass' | 'notApplicable'): ReadonlyMap<string, CheckResult> {
  return new Map(catalogue.map(({ id }) => [id, { check: id, outcome }]));
}

/**
 * The text a decision is stored as, without the checks that had nothing to judge: most of a catalogue has nothing to do
 * with most trucks, and every page that a decision is written on costs time before the arm moves.
 */
export function decisionText(decision: Decision): string {
  const checks = decision.checks.filter(({ outcome }) => outcome !== 'notApplicable');
  return canonicalJson({ ...decision, checks }, plainTexts);
}

/** The result of a check that waits for nothing more. */
function laid(entry: PolicyCheck, context: ClearanceContext): GroundCheck {
  const check = byId.get(entry.check);
  if (check?.on !== 'moment') return { entry, check, result: run(entry, check, context) };
  const { applies = () => true } = check;
  const has = guarded(() => (applies(context) ? pass : notApplicable));
  return { entry, check, ...(has === notApplicable && { result: resultOf(entry, has) }) };
}

function run<Context>(
  entry: PolicyCheck,
  check: { evaluate(context: Context): CheckOutcome } | undefined,
  context: Context,
): CheckResult {
  if (!check) {
    return { check: entry.check, outcome: 'unknown', code: 'check-unknown', consequence: 'refer' };
  }
  return resultOf(
    entry,
    guarded(() => check.evaluate(context)),
  );
}

function clearanceOptions(
  { passageId, direction, nowWallMs }: GroundInputs,
  { requiredProofs, readings, sourceAgeMsMax, sourceAges }: Policy,
): ClearanceOptions {
  return {
    passageId,
    direction,
    nowWallMs,
    requiredProofs,
    ...(readings && { readings }),
    sourceAgeMsMax,
    ...(sourceAges && { sourceAges }),
  };
}

const crashed = 'check-crashed';

function resultOf({ check, onFail, onUnknown }: PolicyCheck, result: CheckOutcome): CheckResult {
  if (!('code' in result)) return plainResults[result.outcome].get(check) as CheckResult;
  const wanted = result.leadsTo ?? (result.outcome === 'fail' ? onFail : onUnknown);
  // Whatever a policy lets pass with a warning, it was not about a check that cannot say anything.
  const consequence = result.code === crashed && wanted === 'warn' ? 'refer' : wanted;
  return {
    check,
    outcome: consequence === 'warn' ? 'warn' : result.outcome,
    code: result.code,
    ...(result.evidence && { evidence: result.evidence }),
    consequence,
  };
}

/** A check that crashes parks the passage as a case for a clerk; it never admits and never stops the others. */
function guarded(evaluate: () => CheckOutcome): CheckOutcome {
  try {
    return evaluate();
  } catch (error) {
    return unknown(crashed, { detail: String(error) });
  }
}

function noRule(type: string): CheckResult {
  return {
    check: 'policy-rule',
    outcome: 'unknown',
    code: 'policy-rule-none',
    evidence: { type },
    consequence: 'refer',
  };
}

const ownReasons: Readonly<Record<string, ReasonText>> = {
  'check-unknown': {
    zh: '策略引用了不存在的检查',
    en: 'the policy names a check that does not exist',
  },
  'check-crashed': { zh: '检查程序出错：{detail}', en: 'the check itself failed: {detail}' },
  'policy-rule-none': {
    zh: '策略没有适用于“{type}”的规则',
    en: 'the policy has no rule for "{type}"',
  },
};

/** Every reason code with its texts: those of the checks, of the decision itself and of the lane. */
export const reasonTexts: Readonly<Record<string, ReasonText>> = Object.assign(
  {},
  ...catalogue.map((check) => check.reasons),
  ownReasons,
  personReasons,
  platformReasons,
  laneFaults,
  actFaults,
);

/** A reason in words, with the places of its text filled from the evidence; `…` where there is none. */
export function reasonText(code: string, evidence: ReasonEvidence = {}): ReasonText {
  const text = reasonTexts[code] ?? { zh: code, en: code };
  const filled = (language: keyof ReasonText) =>
    text[language].replace(/\{(\w+)\}/g, (_, place: string) =>
      termAt(place, String(evidence[place] ?? '…'), language),
    );
  return { zh: filled('zh'), en: filled('en') };
}

/** Codes of everything that kept the decision from `admit`, gravest first. */
export function reasonsOf(decision: Decision): readonly string[] {
  return decision.checks
    .filter((c) => c.code !== undefined && c.consequence !== 'warn')
    .sort((a, b) => (worse(rank(a), rank(b)) === rank(a) ? -1 : 1))
    .map((c) => c.code ?? c.check);
}

function rank(result: CheckResult): Disposition {
  return result.consequence === undefined || result.consequence === 'warn'
    ? 'admit'
    : result.consequence;
}
