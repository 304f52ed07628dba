/**
 * What a person may do to a decision. The checks run as ever; the person's part comes after them, is judged by the
 * policy, and stands in the result as a line of its own, so that a re-run shows who let what through, and why it was
 * not the checks.
 */
import type { Direction } from '../facts.ts';
import type { Identification } from '../identification/identify.ts';
import type { CommandId } from '../identity.ts';
import { mayApprove, type Person } from '../persons/roles.ts';
import type { CheckOutcome, ReasonEvidence, ReasonText } from './check.ts';
import type { ActBy, Correction } from './corrected.ts';
import {
  type Consequence,
  type Disposition,
  type Policy,
  type PolicyCheck,
  worse,
} from './policy.ts';

/** In what ways a vehicle can be let go. */
export type OrderWords =
  | { readonly kind: 'confirm' | 'repeatOpening' }
  | { readonly kind: 'divert'; readonly place: string; readonly withinMinutes: number }
  | {
      readonly kind: 'manualRelease';
      readonly reason: string;
      /** Number under which customs authorised it. */
      readonly reference?: string;
      readonly second?: Person;
    };

/** An order to let the vehicle go, in words that stand in the inputs of its decision. */
export type PersonOrder = {
  readonly by: ActBy;
  /** The order whose opening is repeated, because the arm never left. */
  readonly repeats?: { readonly commandId: CommandId; readonly by: ActBy };
} & OrderWords;

/** The part of a decision's inputs that persons have a say in. */
export interface PersonsPart {
  readonly correction?: Correction;
  readonly order?: PersonOrder;
}

/** A line of the result, of a check or of a person. */
interface ResultLine {
  readonly check: string;
  readonly outcome: CheckOutcome['outcome'] | 'warn';
  readonly code?: string;
  readonly evidence?: ReasonEvidence;
  readonly consequence?: Consequence;
}

/** Name of a person's line. */
const personCheck = 'person';

export const personReasons: Readonly<Record<string, ReasonText>> = {
  'confirmation-awaited': {
    zh: '更正后全部检查通过，等待人工确认',
    en: 'all checks pass after the correction; it waits for confirmation',
  },
  'held-as-read': {
    zh: '更正前识别的“{subject}”被布控',
    en: 'there is a hold on {subject}, which was read before the correction',
  },
  'confirmed-by-person': { zh: '经 {person} 确认', en: 'confirmed by {person}' },
  'diverted-by-person': {
    zh: '由 {person} 分流，须于 {minutes} 分钟内到达“{place}”',
    en: 'diverted by {person}; it must appear at {place} within {minutes} minutes',
  },
  'released-by-person': {
    zh: '由 {person} 人工放行，事由“{cause}”，授权号“{reference}”',
    en: 'released by hand by {person} for {cause}, authorised as {reference}',
  },
  'release-not-provided': {
    zh: '策略不允许人工放行',
    en: 'the policy provides for no release by hand',
  },
  'release-reason-unknown': {
    zh: '人工放行事由“{cause}”不在清单内',
    en: '"{cause}" is no reason for a release by hand',
  },
  'release-reference-missing': {
    zh: '监管货物人工放行须填写海关授权号',
    en: 'cargo under supervision is released by hand only with the number of the customs authorisation',
  },
  'release-identity-open': {
    zh: '车牌或箱号未确定，须先更正',
    en: 'plate or containers are not established; correct them first',
  },
  'release-barred': {
    zh: '检查“{check}”未通过，不得人工放行',
    en: 'what fails by {check} is never released by hand',
  },
  'second-person-missing': {
    zh: '须由第二人批准',
    en: 'it needs a second person',
  },
  'second-person-same': {
    zh: '第二人不得为本人，且须有批准权限',
    en: 'the second person must be another one, who may approve',
  },
  'divert-place-unknown': {
    zh: '策略未允许由此通道分流至“{place}”',
    en: 'the policy lets nobody be diverted from this lane to "{place}"',
  },
  'divert-time-long': {
    zh: '分流时限超过 {minutes} 分钟',
    en: 'a diverted vehicle must appear within {minutes} minutes at most',
  },
};

/** Work whose cargo is not under customs supervision; everything else is, above all what nobody planned. */
const unsupervised: ReadonlySet<string> = new Set(['bobtail', 'emptyContainer']);

function isSupervised(types: readonly string[]): boolean {
  return types.some((type) => !unsupervised.has(type));
}

/**
 * Checks that a release by hand cannot do without run for it even where no rule asks for them: a truck that the policy
 * has no rule for is not held by nobody for that.
 */
export function withBarringChecks(
  entries: readonly PolicyCheck[],
  policy: Policy,
  order: PersonOrder | undefined,
): readonly PolicyCheck[] {
  if (order?.kind !== 'manualRelease') return entries;
  const { neverFailed = [], neverUnknown = [] } = policy.acts?.manualRelease ?? {};
  const missing = [...new Set([...neverFailed, ...neverUnknown])].filter(
    (check) => !entries.some((entry) => entry.check === check),
  );
  return [
    ...entries,
    ...missing.map((check) => ({ check, onFail: 'refer' as const, onUnknown: 'refer' as const })),
  ];
}

interface Judged {
  readonly policy: Policy;
  readonly direction: Direction;
  readonly transactionTypes: readonly string[];
  /** As corrected and understood. */
  readonly identification: Identification;
  readonly checks: readonly ResultLine[];
  /** The checks that ran, as the policy has them. */
  readonly entries: readonly PolicyCheck[];
  /** Subjects of holds on what was read before the correction. */
  readonly heldAsRead: readonly string[];
}

export interface PersonsVerdict {
  readonly disposition: Disposition;
  readonly lines: readonly ResultLine[];
}

/** What the checks came to, and what a person makes of it. */
export function personsVerdict(
  byChecks: Disposition,
  { correction, order }: PersonsPart,
  judged: Judged,
): PersonsVerdict {
  const [held] = judged.heldAsRead;
  const heldLine = held === undefined ? [] : [stopping('held-as-read', 'hold', { subject: held })];
  const disposition = held === undefined ? byChecks : worse(byChecks, 'hold');
  if (!order) {
    const awaits =
      correction !== undefined && (disposition === 'admit' || disposition === 'divert');
    if (!awaits) return { disposition, lines: heldLine };
    return { disposition: 'refer', lines: [stopping('confirmation-awaited', 'refer')] };
  }
  const objection = objectionTo(order, judged);
  if (objection) {
    return { disposition: worse(disposition, 'refer'), lines: [...heldLine, objection] };
  }
  return { disposition: orderedDisposition(order, disposition), lines: [...heldLine, told(order)] };
}

function orderedDisposition(order: PersonOrder, byChecks: Disposition): Disposition {
  switch (order.kind) {
    case 'manualRelease':
      return 'admit';
    case 'divert':
      return 'divert';
    default:
      // A confirmation adds nothing to what the checks allow.
      return byChecks;
  }
}

function told(order: PersonOrder): ResultLine {
  const person = order.by.name;
  switch (order.kind) {
    case 'manualRelease':
      return noted('released-by-person', {
        person,
        cause: order.reason,
        reference: order.reference ?? '—',
        ...(order.second && { second: order.second.name }),
      });
    case 'divert':
      return noted('diverted-by-person', {
        person,
        place: order.place,
        minutes: order.withinMinutes,
      });
    default:
      return noted('confirmed-by-person', { person });
  }
}

/** Why the policy does not let this person's order be carried out. */
function objectionTo(order: PersonOrder, judged: Judged): ResultLine | undefined {
  switch (order.kind) {
    case 'manualRelease':
      return objectionToRelease(order, judged);
    case 'divert':
      return objectionToDivert(order, judged);
    default:
      return undefined;
  }
}

function objectionToRelease(
  { by, reason, reference, second }: Extract<PersonOrder, { kind: 'manualRelease' }>,
  judged: Judged,
): ResultLine | undefined {
  const rules = judged.policy.acts?.manualRelease;
  if (!rules) return stopping('release-not-provided', 'refer');
  if (!rules.reasons.includes(reason)) {
    return stopping('release-reason-unknown', 'refer', { cause: reason });
  }
  if (!isIdentified(judged.identification)) return stopping('release-identity-open', 'refer');
  const barring = barringCheck(judged, rules);
  if (barring !== undefined) return stopping('release-barred', 'refer', { check: barring });
  const supervised = isSupervised(judged.transactionTypes);
  if (supervised && reference === undefined) return stopping('release-reference-missing', 'refer');
  const needsSecond =
    rules.secondPerson === 'always' || (rules.secondPerson === 'supervised' && supervised);
  if (!second) return needsSecond ? stopping('second-person-missing', 'refer') : undefined;
  const isAnother = second.name !== by.name && mayApprove(second.role);
  return isAnother ? undefined : stopping('second-person-same', 'refer');
}

/** Whoever is let go by hand is known, and so is what is on the truck: else no hold could have been seen. */
function isIdentified({ tractor, containerCapture, containers, conflicts }: Identification) {
  return (
    tractor !== undefined &&
    containerCapture === 'captured' &&
    containers.every(({ number }) => number !== undefined) &&
    conflicts.length === 0
  );
}

function barringCheck(
  { checks, entries, heldAsRead }: Judged,
  { neverFailed, neverUnknown }: NonNullable<NonNullable<Policy['acts']>['manualRelease']>,
): string | undefined {
  if (heldAsRead.length > 0 && neverFailed.includes('not-held')) return 'not-held';
  return checks.find(({ check, outcome, code }) => {
    // What a policy lets by with a warning where it fails has failed all the same.
    const warnsOnFail = entries.some((each) => each.check === check && each.onFail === 'warn');
    const isBad = outcome === 'fail' || (outcome === 'warn' && warnsOnFail);
    if (isBad && neverFailed.includes(check)) return true;
    const isOpen = outcome === 'unknown' || outcome === 'warn';
    if (isOpen && neverUnknown.includes(check)) return true;
    // A check that crashed may have failed.
    return code === 'check-crashed' && neverFailed.includes(check);
  })?.check;
}

function objectionToDivert(
  { place, withinMinutes }: Extract<PersonOrder, { kind: 'divert' }>,
  { policy, direction, identification }: Judged,
): ResultLine | undefined {
  const allowed = policy.acts?.divert.find(
    (each) => each.direction === direction && each.place === place,
  );
  if (!allowed) return stopping('divert-place-unknown', 'refer', { place });
  if (withinMinutes > allowed.withinMinutesMax) {
    return stopping('divert-time-long', 'refer', { minutes: allowed.withinMinutesMax });
  }
  return identification.tractor ? undefined : stopping('release-identity-open', 'refer');
}

function stopping(code: string, consequence: 'refer' | 'hold', evidence?: ReasonEvidence) {
  const outcome = consequence === 'hold' ? ('fail' as const) : ('unknown' as const);
  return { check: personCheck, outcome, code, ...(evidence && { evidence }), consequence };
}

function noted(code: string, evidence: ReasonEvidence): ResultLine {
  return { check: personCheck, outcome: 'warn', code, evidence, consequence: 'warn' };
}

/** What kept an order from being carried out, where something did. */
export function objectionIn({
  checks,
}: {
  readonly checks: readonly ResultLine[];
}): { readonly code: string; readonly evidence?: ReasonEvidence } | undefined {
  const line = checks.find(
    ({ check, code, consequence }) =>
      check === personCheck && code !== 'held-as-read' && consequence === 'refer',
  );
  if (line?.code === undefined) return undefined;
  return { code: line.code, ...(line.evidence && { evidence: line.evidence }) };
}
