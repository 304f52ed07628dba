/**
 * The question to the customs gate platform (海关卡口平台) about the vehicle at the arm. A linked lane asks when its evidence
 * is complete, and waits in `deciding` for the answer or for its limit. An answer counts only where it bears the number of
 * the question that still waits, and its premises, lane and direction; any other is put on record and changes nothing.
 * The answer opens nothing: it is one of the values that the decision is made of.
 */
import type {
  PlatformAnswer,
  PlatformAsked,
  PlatformPart,
  PlatformTold,
} from '../customs-platform/exchange.ts';
import { toldCapture } from '../customs-platform/told-capture.ts';
import type { DecisionInputs, Groundwork } from '../decision/decide.ts';
import type { PassageId } from '../identity.ts';
import { foresee } from './foreseeing.ts';
import type { Passage, PlatformSettled } from './passage.ts';
import { stand } from './standing.ts';
import { cancelTimer, passageById, recordEvent, startTimer, type Turn, update } from './turn.ts';

export const platformTimer = (passageId: PassageId) => `platform:${passageId}`;

/** Nothing is decided about the vehicle before it was asked about. An act of a person does with what there is. */
export function mustAsk({ context }: Turn, { platform, acts }: Passage): boolean {
  return context.settings.platform !== undefined && !platform && !acts?.pending;
}

export function isAwaitingPlatform({ kind, platform }: Passage): boolean {
  return kind === 'deciding' && platform?.kind === 'awaited';
}

export function askPlatform(
  turn: Turn,
  passage: Passage,
  told: { readonly inputs: DecisionInputs; readonly laid: Groundwork },
): void {
  const link = turn.context.settings.platform;
  if (!link) return;
  const { passageId, direction } = passage;
  const { premises, lane } = link;
  const capture = toldCapture(told.inputs, told.laid);
  turn.effects.push({
    kind: 'askPlatform',
    question: { premises, lane, direction, passageId, capture },
  });
}

export function onPlatformAsked(turn: Turn, passageId: PassageId, asked: PlatformAsked): void {
  const passage = passageById(turn, passageId);
  const link = turn.context.settings.platform;
  if (passage?.kind !== 'deciding' || passage.platform || !link) return;
  if (asked.kind === 'failed') return settleQuestion(turn, passage, asked);
  const { seqNo } = asked;
  update(turn, passageId, { platform: { kind: 'awaited', seqNo } });
  recordEvent(turn, 'platform.asked.v1', passageId, { seqNo, direction: passage.direction });
  startTimer(turn, platformTimer(passageId), link.answerWithinMs);
}

export function onPlatformTold(turn: Turn, told: PlatformTold): void {
  if (told.kind === 'answered') return onAnswer(turn, told.answer);
  const { seqNo, code } = told;
  const passage = turn.state.passages.find((each) => isQuestion(each, seqNo));
  if (passage && isAwaitingPlatform(passage)) {
    settleQuestion(turn, passage, { kind: 'failed', seqNo, code });
  }
}

function isQuestion({ platform }: Passage, seqNo: string): boolean {
  return seqNo !== '' && platform?.seqNo === seqNo;
}

function onAnswer(turn: Turn, answer: PlatformAnswer): void {
  const { seqNo, word, hint, formType, formId } = answer;
  const passage = turn.state.passages.find((each) => isQuestion(each, seqNo));
  const why = ignored(turn, passage, answer);
  if (!passage || why !== undefined) {
    const subject = passage?.passageId ?? turn.context.settings.laneId;
    return recordEvent(turn, 'platform.answerIgnored.v1', subject, { seqNo, word, why });
  }
  recordEvent(turn, 'platform.answered.v1', passage.passageId, {
    seqNo,
    word,
    ...(hint !== undefined && { hint }),
  });
  settleQuestion(turn, passage, {
    kind: 'answered',
    seqNo,
    word,
    ...(hint !== undefined && { hint }),
    ...(formType !== undefined && { formType }),
    ...(formId !== undefined && { formId }),
  });
}

/** Why an answer is none to the question that waits; undefined where it is one. */
function ignored(
  turn: Turn,
  passage: Passage | undefined,
  answer: PlatformAnswer,
): string | undefined {
  if (!passage) return 'unknownNumber';
  const link = turn.context.settings.platform;
  const isAddressed =
    answer.premises === link?.premises &&
    answer.lane === link.lane &&
    answer.direction === passage.direction;
  if (!isAddressed) return 'addressedElsewhere';
  if (isAwaitingPlatform(passage)) return undefined;
  return passage.platform?.kind === 'settled' && passage.platform.part.kind === 'answered'
    ? 'second'
    : 'late';
}

export function onPlatformDue(turn: Turn, passage: Passage): void {
  const { platform } = passage;
  const waitedMs = turn.context.settings.platform?.answerWithinMs ?? 0;
  if (platform?.kind !== 'awaited') return;
  settleQuestion(turn, passage, { kind: 'silent', seqNo: platform.seqNo, waitedMs });
}

/** The question has its end, and what was to be decided is decided on facts of now. */
function settleQuestion(turn: Turn, passage: Passage, part: PlatformSettled): void {
  const { passageId, kind } = passage;
  const seqNo = part.seqNo ?? '';
  cancelTimer(turn, platformTimer(passageId));
  update(turn, passageId, {
    platform: { kind: 'settled', seqNo, part, atMonotonicMs: turn.now.monotonicMs },
  });
  if (part.kind !== 'answered') {
    const fault = part.kind === 'failed' ? part.code : 'platform-no-answer';
    recordEvent(turn, 'platform.unanswered.v1', passageId, { seqNo, code: fault });
  }
  stand(turn, { code: 'platform-no-answer' }, part.kind !== 'answered');
  if (kind !== 'deciding') return;
  turn.effects.push({ kind: 'gatherFacts', passageId, query: foresee(turn, passage).query });
}

/** What the decision is told of the platform; undefined where the lane has no link. */
export function platformPart(turn: Turn, { platform }: Passage): PlatformPart | undefined {
  if (!turn.context.settings.platform) return undefined;
  if (platform?.kind !== 'settled') return { kind: 'notAsked' };
  const { part, atMonotonicMs } = platform;
  if (part.kind !== 'answered') return part;
  return { ...part, ageMs: Math.round(turn.now.monotonicMs - atMonotonicMs) };
}
