/**
 * From evidence to a committed decision, and from there to the one order it allows. Commit before command:
 * the order leaves only as the answer to `committed`, and only for the vehicle that still waits there.
 */
import { canonicalJson } from '../decision/canonical-json.ts';
import {
  type Decision,
  type DecisionInputs,
  decide,
  decisionText,
  layGroundwork,
  reasonsOf,
} from '../decision/decide.ts';
import { objectionIn } from '../decision/person-order.ts';
import type { GatheredFacts } from '../facts.ts';
import { type CommandId, commandIdOf, decisionIdOf, type PassageId } from '../identity.ts';
import type { EventDraft } from '../journal/events.ts';
import type { LedgerChange } from '../ledger-change.ts';
import { abandon, answer, withAct, withoutPending } from './acts/act-records.ts';
import { type ActAnswer, isOpening } from './acts/person-act.ts';
import { endCapture } from './capture.ts';
import { crossingPlan } from './crossing-plan.ts';
import { foresee } from './foreseeing.ts';
import type { CommitTag, LaneInputBody, LaneState } from './lane-types.ts';
import type { OpeningRight, Passage, PassageKind } from './passage.ts';
import { picturedEvents } from './pictures.ts';
import { askPlatform, mustAsk, platformPart } from './platform.ts';
import { caseOf, passageRow, turnedBack } from './rows.ts';
import { opensByDecision } from './served.ts';
import {
  alarm,
  cancelTimer,
  event,
  moveTo,
  passageById,
  put,
  record,
  startTimer,
  type Turn,
  update,
  withdrawOpening,
} from './turn.ts';

/** How often a decision is made anew because its facts changed under it, before a clerk is asked. */
const attemptsMax = 3;

/** UTF-16 units of a text that others have a say in. */
const detailLengthMax = 500;

export const departTimer = (passage: Passage) => `depart:${passage.passageId}`;

/** Asks for the facts of everything that was read. */
export function beginDeciding(turn: Turn, passage: Passage): void {
  endCapture(turn, passage);
  const { identification, query } = foresee(turn, passage);
  moveTo(turn, passage, 'deciding', {
    identification,
    weight: passage.evidence.weighing.outcome,
    attempts: passage.attempts + 1,
  });
  turn.effects.push({ kind: 'gatherFacts', passageId: passage.passageId, query });
}

/** Everything that a decision looks at; undefined where the passage has not been read yet. */
export function inputsOf(
  turn: Turn,
  passage: Passage,
  facts: GatheredFacts,
): DecisionInputs | undefined {
  const { now, context } = turn;
  const { settings } = context;
  const { passageId, direction, identification, weight, acts } = passage;
  if (!identification || !weight) return undefined;
  const platform = platformPart(turn, passage);
  return {
    passageId,
    laneId: settings.laneId,
    direction,
    nowWallMs: now.wallMs,
    requirements: settings.requirements,
    identification,
    weight,
    facts,
    ...(acts?.correction && { correction: acts.correction }),
    ...(acts?.order && { order: acts.order }),
    ...(platform && { platform }),
  };
}

export function onFacts(turn: Turn, passageId: PassageId, facts: GatheredFacts): void {
  const passage = passageById(turn, passageId);
  if (passage?.kind !== 'deciding') return;
  const { policy, settings } = turn.context;
  const inputs = inputsOf(turn, passage, facts);
  if (!inputs) return;
  const { groundwork } = passage.foresight ?? {};
  const isLaid =
    groundwork?.facts === facts && groundwork.identification === passage.identification;
  const laid = isLaid && !passage.acts ? groundwork : layGroundwork(inputs, policy);
  if (mustAsk(turn, passage)) return askPlatform(turn, passage, { inputs, laid });
  const { decision, identification, binding } = decide(inputs, policy, laid);
  const order = passage.acts?.order;
  const objection = order && objectionIn(decision);
  if (objection) return abandon(turn, passage, objection);
  const inputsText = canonicalJson(inputs, laid.texts);
  const decisionId = decisionIdOf(passageId, passage.attempts);
  const goes = decision.disposition === 'admit' || decision.disposition === 'divert';
  const plan = goes
    ? crossingPlan(
        turn,
        passage.direction,
        { ...inputs, identification, binding },
        { decision, order },
      )
    : passage.plan;
  const decided: Passage = {
    ...passage,
    identification,
    decidedOn: facts.query,
    facts,
    decision,
    decisionId,
    plan,
    reasons: reasonsOf(decision),
    releases: decision.releases,
    ...(goes && {
      right: {
        commandId: commandIdOf(decisionId, 'open'),
        notAfterMonotonicMs: turn.now.monotonicMs + settings.timing.openWithinMs,
        used: false,
        ...earlierRight(passage),
      },
    }),
  };
  put(turn, decided);
  turn.effects.push({
    kind: 'commit',
    tag: { kind: 'decision', passageId },
    change: withAct(turn, decided, {
      change: decisionChange(turn, decided, { decision, facts, inputsText }),
      given: answerOf(decided),
    }),
  });
}

/** A person has it decided anew, and what was ordered before may have been written. */
function earlierRight({ acts }: Passage): Pick<OpeningRight, 'earlier'> {
  const { right, decisionId } = acts?.pending?.before ?? {};
  if (!right || right.used || decisionId === undefined) return {};
  const given = right.isUnwritten ? right.earlier : { decisionId, ...right };
  return given ? { earlier: given } : {};
}

function decisionChange(
  turn: Turn,
  passage: Passage,
  decided: { readonly decision: Decision; readonly facts: GatheredFacts; inputsText: string },
): LedgerChange {
  const { settings, policyDigest, bootId, digest } = turn.context;
  const { decision, facts, inputsText } = decided;
  const decisionId = decisionIdOf(passage.passageId, passage.attempts);
  const cause = passage.reasons[0] ?? 'undetermined';
  const opened = passage.right
    ? undefined
    : caseOf(turn, passage, { cause, reasons: passage.reasons });
  const outcome = event(turn, 'passage.decided.v1', passage.passageId, {
    ...decidedData(passage, decision),
    ...(passage.picturesDue.length > 0 && { pictures: passage.picturesDue }),
    decisionId,
    policyDigest,
    inputsDigest: digest(inputsText),
  });
  return {
    events: [outcome, ...(opened ? [opened.event] : []), ...commandedEvents(turn, passage)],
    basis: { query: facts.query, stamp: facts.stamp },
    decision: {
      decisionId,
      passageId: passage.passageId,
      laneId: settings.laneId,
      disposition: decision.disposition,
      policyDigest,
      inputs: inputsText,
      result: decisionText(decision),
      plan: canonicalJson(passage.plan),
      ...(passage.right && {
        opening: {
          commandId: passage.right.commandId,
          bootId,
          notAfterMonotonicMs: passage.right.notAfterMonotonicMs,
        },
      }),
    },
    ...(decision.releases.length > 0 && {
      reserve: {
        passageId: passage.passageId,
        releases: decision.releases,
        atMs: turn.now.wallMs,
      },
    }),
    ...turnedBack(turn, passage),
    ...correctedRow(turn, passage, decision),
    ...(opened && { exception: opened.row }),
  };
}

/** A correction that was put on record before it was decided on left the passage without a disposition of its own. */
function correctedRow(
  turn: Turn,
  { passageId, startedAt, acts }: Passage,
  { disposition }: Decision,
): Pick<LedgerChange, 'passage'> {
  if (!acts?.correction || acts.pending) return {};
  const started = { passageId, startedAtMs: startedAt.wallMs };
  return { passage: passageRow(turn, started, { disposition }) };
}

function decidedData(passage: Passage, decision: Decision): EventDraft['data'] {
  const { identification, weight } = passage;
  return {
    disposition: decision.disposition,
    policy: decision.policy,
    transactionTypes: decision.transactionTypes,
    plate: identification?.tractor?.text ?? null,
    ...(identification?.tractor?.repairedFrom !== undefined && {
      plateReadAs: identification.tractor.repairedFrom,
    }),
    ...(identification &&
      identification.otherPlates.length > 0 && {
        otherPlates: identification.otherPlates.map(({ text }) => text),
      }),
    trailer: identification?.trailer?.text ?? null,
    tags: identification?.tags ?? [],
    containers: (identification?.containers ?? []).map(({ position, raw, number, repair }) => ({
      position,
      raw,
      number: number ?? null,
      ...(repair && { repair: { rule: repair.rule, witnesses: repair.witnesses } }),
    })),
    weight,
    checks: decision.checks.filter((c) => c.outcome !== 'notApplicable'),
    releases: decision.releases,
    ...(passage.acts?.correction && { correctedBy: passage.acts.correction.by }),
    ...(passage.acts?.order && { ordered: passage.acts.order }),
  };
}

/** What the person is told who asked for this decision. */
function answerOf({ acts, right, decision, decisionId, reasons }: Passage): ActAnswer {
  const common = { ...(decisionId !== undefined && { decisionId }), reasons };
  if (right) {
    const state = decision?.disposition === 'divert' ? 'diverting' : 'admitted';
    return { kind: 'done', state, ...common };
  }
  const act = acts?.pending?.act;
  if (act && isOpening(act)) return { kind: 'refused', code: 'act-not-cleared', ...common };
  return { kind: 'done', state: standingKindOf(decision), ...common };
}

function commandedEvents(turn: Turn, { passageId, right }: Passage): readonly EventDraft[] {
  if (!right) return [];
  return [
    event(turn, 'barrier.commanded.v1', passageId, {
      commandId: right.commandId,
      action: 'open',
      notAfterMonotonicMs: Math.round(right.notAfterMonotonicMs),
    }),
  ];
}

/** Parks a passage as a case for a clerk without a decision of the catalogue. It works whatever has failed. */
export function refer(turn: Turn, passage: Passage, cause: string, detail?: string): void {
  const reasons = [cause, ...passage.reasons.filter((r) => r !== cause)];
  const opened = caseOf(turn, passage, { cause, reasons, ...(detail !== undefined && { detail }) });
  endCapture(turn, passage);
  withdrawOpening(turn, passage);
  moveTo(turn, passage, 'referred', { reasons, picturesDue: [] });
  record(turn, {
    events: [...picturedEvents(turn, passage), opened.event],
    passage: passageRow(
      turn,
      { passageId: passage.passageId, startedAtMs: passage.startedAt.wallMs },
      { disposition: 'refer' },
    ),
    exception: opened.row,
  });
}

/** What stopped the passage has opened its case already. */
function leaveToCase(turn: Turn, passage: Passage): void {
  cancelTimer(turn, departTimer(passage));
  moveTo(turn, passage, 'referred', { reasons: passage.stopped ?? passage.reasons });
  const { passageId, startedAt } = passage;
  const row = { passageId, startedAtMs: startedAt.wallMs };
  record(turn, { events: [], passage: passageRow(turn, row, { disposition: 'refer' }) });
}

/** `detail` names what could not be used: the subject, or the fault of the disk. */
export function onFactsUnavailable(turn: Turn, passageId: PassageId, detail: string): void {
  const passage = passageById(turn, passageId);
  if (passage?.kind !== 'deciding') return;
  if (passage.acts?.pending) return abandon(turn, passage, { code: 'act-facts-unavailable' });
  refer(turn, passage, 'facts-unavailable', detail.slice(0, detailLengthMax));
}

export function onCommitResult(
  turn: Turn,
  tag: CommitTag,
  result: Extract<LaneInputBody, { kind: 'commitResult' }>['result'],
): void {
  if (tag.kind !== 'decision') return;
  const passage = passageById(turn, tag.passageId);
  if (passage?.kind !== 'deciding') return;
  const pending = passage.acts?.pending;
  switch (result) {
    case 'committed':
      carryOut(turn, { ...withoutPending(passage), picturesDue: [] });
      return pending && answerCarriedOut(turn, passage);
    case 'conflicted':
      if (passage.attempts - (pending?.before.attempts ?? 0) < attemptsMax)
        return beginDeciding(turn, withoutDecision(passage));
      return pending
        ? abandon(turn, passage, { code: 'act-facts-changing' })
        : refer(turn, withoutDecision(passage), 'decision-contended');
    case 'failed':
      return pending
        ? abandon(turn, passage, { code: 'act-not-recorded' })
        : refer(turn, withoutDecision(passage), 'decision-not-stored');
  }
}

function answerCarriedOut(turn: Turn, decided: Passage): void {
  const act = decided.acts?.pending?.act;
  if (!act) return;
  const now = passageById(turn, decided.passageId);
  const isGone = decided.right && now?.kind !== 'admitted';
  answer(turn, act, isGone ? { kind: 'refused', code: 'act-vehicle-moved' } : answerOf(decided));
}

/** A decision that was not committed gives no right and reserves nothing. */
export function withoutDecision(passage: Passage): Passage {
  const { right: _right, decision: _decision, decisionId: _id, ...rest } = passage;
  return { ...rest, releases: [], reasons: [], plan: { close: [] } };
}

const standingKinds: Readonly<Record<string, PassageKind>> = {
  refer: 'referred',
  hold: 'held',
  refuse: 'refused',
};

function standingKindOf(decision: Decision | undefined): PassageKind {
  return standingKinds[decision?.disposition ?? 'refer'] ?? 'referred';
}

function carryOut(turn: Turn, passage: Passage): void {
  const { right, decision } = passage;
  if (!right || !decision) return moveTo(turn, passage, standingKindOf(decision));
  // An answer opens the lane only for the vehicle that still waits there.
  if (passage.presenceLeft || !standsAtClosedArm(turn.state) || !opensByDecision(turn.state))
    return refer(turn, passage, 'vehicle-moved');
  moveTo(turn, passage, 'admitted');
  turn.effects.push({
    kind: 'order',
    order: 'barrierOpen',
    purpose: 'decision',
    commandId: right.commandId,
    notAfterMonotonicMs: right.notAfterMonotonicMs,
  });
  startTimer(turn, departTimer(passage), turn.context.settings.timing.departWithinMs);
}

function standsAtClosedArm({ arm, inputs }: LaneState): boolean {
  return arm.kind === 'closed' && inputs.presence === 'occupied';
}

export function onOrderResult(
  turn: Turn,
  commandId: CommandId,
  result: Extract<LaneInputBody, { kind: 'orderResult' }>['result'],
): void {
  if (result === 'accepted') return;
  const passage = turn.state.passages.find((p) => p.right?.commandId === commandId);
  if (!passage && result === 'withdrawn') return;
  if (!passage) return alarm(turn, `command-${result}`, { commandId });
  record(turn, {
    events: [event(turn, 'barrier.refused.v1', passage.passageId, { commandId, result })],
  });
  // The arm may have left although the answer was lost; then the passage goes on.
  if (passage.right && result !== 'failed') {
    update(turn, passage.passageId, { right: { ...passage.right, isUnwritten: true } });
  }
  const noted = passageById(turn, passage.passageId);
  if (noted?.kind !== 'admitted') return;
  if (noted.stopped) leaveToCase(turn, noted);
  else refer(turn, noted, `command-${result}`);
}
