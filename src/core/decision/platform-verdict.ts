/**
 * The word of the customs gate platform beside the local checks: whose word is needed, whether the two disagree, and
 * whether the platform's text fits its code. Nothing here lets a vehicle go that `customs-verdict` does not.
 */
import type { PlatformPart } from '../customs-platform/exchange.ts';
import { hintSays } from '../customs-platform/hint.ts';
import { readStatusWord } from '../customs-platform/status-word.ts';
import type { CheckOutcome, ReasonEvidence, ReasonText } from './check.ts';
import { customsVerdict, verdictOf } from './checks/customs-verdict.ts';
import type { Consequence, Disposition, Policy, PolicyCheck } from './policy.ts';

interface ResultLine {
  readonly check: string;
  readonly outcome: CheckOutcome['outcome'] | 'warn';
  readonly code?: string;
  readonly evidence?: ReasonEvidence;
  readonly consequence?: Consequence;
}

/** Name of the lines beside the check. */
const platformLine = 'platform';

export const platformReasons: Readonly<Record<string, ReasonText>> = {
  'platform-disagrees': {
    zh: '海关卡口平台的结论“{platformSays}”与本地检查不一致：{checks}',
    en: 'the customs gate platform says "{platformSays}", and the local checks say otherwise: {checks}',
  },
  'platform-hint-contradicts': {
    zh: '海关卡口平台的提示“{hint}”与状态字 {word} 不符，以状态字为准',
    en: 'the text of the customs gate platform, "{hint}", contradicts its code {word}; the code counts',
  },
};

/**
 * Checks of documents and registers, which the platform keeps itself. What the lane has read, the weighing, holds and
 * what was used before it does not know better.
 */
const coveredByPlatform: ReadonlySet<string> = new Set([
  'vehicle-registered',
  'vehicle-valid',
  'trailer-registered',
  'driver-registered',
  'carrier-transfer-qualified',
  'transaction-planned',
  'binding-present',
  'consignments-known',
  'documents-current',
  'every-box-covered',
  'proofs-current',
  'hold-sources-current',
  'feed-current',
  'manifest-tallied',
  'pre-manifest-accepted',
  'route-time-limit',
  'tare-known',
]);

/** A linked lane is never without the verdict, whatever rules its policy has for this work. */
export function withVerdict<Line extends ResultLine>(
  results: readonly Line[],
  run: (entry: PolicyCheck) => Line,
): readonly Line[] {
  const { id: check } = customsVerdict;
  if (results.some((each) => each.check === check)) return results;
  return [...results, run({ check, onFail: 'refer', onUnknown: 'refer' })];
}

/** Where the platform decides and has released, what only it can know locally is a warning and no more. */
export function asAuthorised<Line extends ResultLine>(
  results: readonly Line[],
  policy: Policy,
): readonly Line[] {
  const isPlatforms = policy.platform?.authority === 'platform-decides';
  if (!isPlatforms || !isVerdictPassed(results)) return results;
  return results.map((result) =>
    result.outcome === 'unknown' &&
    result.code !== 'check-crashed' &&
    coveredByPlatform.has(result.check)
      ? { ...result, outcome: 'warn' as const, consequence: 'warn' as const }
      : result,
  );
}

function isVerdictPassed(results: readonly ResultLine[]): boolean {
  return results.some(({ check, outcome }) => check === customsVerdict.id && outcome === 'pass');
}

/** A word that is no verdict says nothing. */
function platformSays(platform: PlatformPart): 'release' | 'held' | 'refused' | undefined {
  if (platform.kind !== 'answered') return undefined;
  const { kind } = readStatusWord(platform.word);
  return kind === 'release' || kind === 'held' || kind === 'refused' ? kind : undefined;
}

/** `disposition`: what all checks together come to. */
export function platformLines(
  results: readonly ResultLine[],
  platform: PlatformPart,
  context: { readonly policy: Policy; readonly direction: 'in' | 'out'; disposition: Disposition },
): readonly ResultLine[] {
  return [
    ...withoutVerdict(results, platform, context),
    ...contradiction(platform),
    ...disagreement(results, platform, context.disposition),
  ];
}

/** Where the local checks decide, that the platform gave no verdict still stands in the record. */
function withoutVerdict(
  results: readonly ResultLine[],
  platform: PlatformPart,
  context: { readonly policy: Policy; readonly direction: 'in' | 'out' },
): readonly ResultLine[] {
  const verdict = results.find(({ check }) => check === customsVerdict.id);
  const outcome = verdictOf(platform, context);
  if (verdict?.outcome !== 'notApplicable' || !('code' in outcome)) return [];
  const { code, evidence } = outcome;
  return [warning(code, evidence)];
}

function contradiction(platform: PlatformPart): readonly ResultLine[] {
  const says = platformSays(platform);
  if (platform.kind !== 'answered' || platform.hint === undefined || !says) return [];
  const { hint, word } = platform;
  const wanted = says === 'release' ? 'refusal' : 'release';
  return hintSays(hint) === wanted ? [warning('platform-hint-contradicts', { hint, word })] : [];
}

/** It changes nothing, and is what the case is opened for: the two have to be brought together by persons. */
function disagreement(
  results: readonly ResultLine[],
  platform: PlatformPart,
  disposition: Disposition,
): readonly ResultLine[] {
  const says = platformSays(platform);
  const local = results.filter(({ check }) => check !== customsVerdict.id);
  const failed = local.filter(
    ({ outcome, consequence }) => outcome === 'fail' && consequence !== 'warn',
  );
  const isClear = local.every(
    ({ consequence }) => consequence === undefined || consequence === 'warn',
  );
  const disagrees = says === 'release' ? failed.length > 0 : says !== undefined && isClear;
  if (!says || !disagrees || disposition === 'admit') return [];
  const checks = failed.map(({ check }) => check).join(', ') || '—';
  const evidence = { platformSays: says, checks };
  const code = 'platform-disagrees';
  return [{ check: platformLine, outcome: 'fail', code, evidence, consequence: disposition }];
}

function warning(code: string, evidence: ReasonEvidence | undefined): ResultLine {
  const told = { code, ...(evidence && { evidence }) };
  return { check: platformLine, outcome: 'warn', ...told, consequence: 'warn' };
}
