/**
 * After a restart: the devices have been read, and every passage that had not ended is continued or becomes
 * a case for a clerk. No open order of before the restart is ever given again.
 */

import { noEvidence } from '../identification/evidence.ts';
import { attemptOf, commandIdOf } from '../identity.ts';
import type { YardUnobserved } from '../yard/yard-change.ts';
import { captureTimer } from './capture.ts';
import { cross } from './crossing.ts';
import { refer } from './deciding.ts';
import { crossingOutcomes } from './held-crossing.ts';
import { takesNobody } from './lane-directive.ts';
import type { RestoredPassage } from './lane-types.ts';
import { nothingPlanned, type OpeningRight, type Passage, type PassageKind } from './passage.ts';
import { caseOf, passageRow } from './rows.ts';
import { awaitedStations } from './station-captures.ts';
import { count, event, patch, record, startTimer, type Turn } from './turn.ts';

export function resumeRestored(turn: Turn): void {
  const waiting = turn.state.awaitingSensing;
  patch(turn, { awaitingSensing: [] });
  for (const restored of waiting) resume(turn, restored);
}

function resume(turn: Turn, restored: RestoredPassage): void {
  const { inputs, arm } = turn.state;
  const occupied =
    inputs.approach === 'occupied' || inputs.presence === 'occupied' || inputs.exit === 'occupied';
  if (!occupied) return endUnseen(turn, restored);
  const goes = restored.disposition === 'admit' || restored.disposition === 'divert';
  const exitCut = inputs.exit === 'occupied';
  const kind = kindOf(restored, { goes, armUp: arm.kind !== 'closed', exitCut });
  const passage = restoredPassage(turn, restored, kind);
  patch(turn, { passages: [...turn.state.passages, passage] });
  if (kind === 'capturing') {
    startTimer(turn, captureTimer(passage), turn.context.settings.timing.captureTimeoutMs);
  }
  if (kind === 'opening' && !restored.departed) noteDeparture(turn, restored);
  if (kind === 'opening' && exitCut) cross(turn, passage, 'right');
  // The arm is down before a truck that was let through: it is a clerk's case, never a second order.
  if (goes && kind === 'referred') refer(turn, passage, 'passage-interrupted');
}

/** The arm left closed while nobody looked: the right that was committed for it is used up. */
function noteDeparture(turn: Turn, { passageId, decisionId }: RestoredPassage): void {
  if (decisionId === undefined) return;
  const commandId = commandIdOf(decisionId, 'open');
  record(turn, {
    events: [event(turn, 'barrier.opened.v1', passageId, { commandId, seenAfterRestart: true })],
    openingUsed: decisionId,
  });
}

function kindOf(
  restored: RestoredPassage,
  seen: { readonly goes: boolean; readonly armUp: boolean; readonly exitCut: boolean },
): PassageKind {
  if (restored.crossed) return 'passing';
  // Who stands on the exit line behind a closed arm came there by his right only if the arm had risen for it.
  const isAtLine = seen.exitCut && restored.departed;
  if (seen.goes) return seen.armUp || isAtLine ? 'opening' : 'referred';
  switch (restored.disposition) {
    case 'refer':
      return 'referred';
    case 'hold':
      return 'held';
    case 'refuse':
      return 'refused';
    default:
      return 'capturing';
  }
}

function restoredPassage(turn: Turn, restored: RestoredPassage, kind: PassageKind): Passage {
  return {
    passageId: restored.passageId,
    kind,
    direction: restored.direction ?? turn.context.settings.direction,
    ...(takesNobody(turn.state.directive) && { isUninvited: true }),
    startedAt: { wallMs: restored.startedAtMs, monotonicMs: turn.now.monotonicMs },
    stateSince: turn.now,
    evidence: { ...noEvidence, ...awaitedStations(turn) },
    pictures: [],
    picturesDue: [],
    // A further decision takes a further id.
    attempts: restored.decisionId === undefined ? 0 : attemptOf(restored.decisionId),
    captureOver: false,
    presenceLeft: turn.state.inputs.presence === 'clear',
    leftBackwards: false,
    reasons: [],
    plan: restored.plan ?? nothingPlanned,
    releases: restored.releases,
    unauthorised: restored.unauthorised,
    ...(restored.crossedUnder && { crossedUnder: restored.crossedUnder }),
    lostSight: true,
    left: false,
    seenPast: false,
    ...(kind === 'opening' && { right: usedRight(restored) }),
    ...(restored.decision && { decision: restored.decision }),
    ...(restored.decisionId !== undefined && { decisionId: restored.decisionId }),
  };
}

/** Its order is over: the right pays for no further departure, and still entitles to cross. */
function usedRight({ passageId, decisionId }: RestoredPassage): OpeningRight {
  const commandId = commandIdOf(decisionId ?? passageId, 'open');
  return { commandId, notAfterMonotonicMs: 0, used: true };
}

/** The lane is empty: whether the truck crossed while the system was down is not known and not guessed. */
function endUnseen(turn: Turn, restored: RestoredPassage): void {
  const outcome = outcomeUnseen(restored);
  const cause = 'crossing-not-observed';
  const isLeftOpen = restored.disposition === 'refuse' && restored.releases.length > 0;
  const isUnclear = (outcome === 'referred' && restored.disposition !== 'refer') || isLeftOpen;
  const opened = isUnclear ? caseOf(turn, restored, { cause }) : undefined;
  if (restored.departed && !restored.crossed) count(turn, 'openedNotCrossed');
  record(turn, {
    events: [
      ...(opened ? [opened.event] : []),
      event(turn, 'passage.ended.v1', restored.passageId, { outcome, reasons: [cause] }),
    ],
    passage: passageRow(turn, restored, { endedAtMs: turn.now.wallMs, outcome }),
    ...(opened && { exception: opened.row, yard: unobserved(turn, restored) }),
  });
}

/** Only of who was let through is it known which visit he would have ended. */
function unobserved(turn: Turn, { passageId, plan }: RestoredPassage): YardUnobserved {
  const visitIds = (plan?.close ?? []).map(({ visitId }) => visitId);
  return { kind: 'unobserved', atMs: turn.now.wallMs, passageId, visitIds };
}

function outcomeUnseen(restored: RestoredPassage) {
  if (restored.crossed) {
    if (restored.crossedUnder) return crossingOutcomes[restored.crossedUnder];
    if (restored.unauthorised) return 'tailgated';
    return restored.disposition === 'divert' ? 'diverted' : 'passed';
  }
  switch (restored.disposition) {
    case 'hold':
      return 'held';
    case 'refuse':
      return 'refused';
    default:
      return 'referred';
  }
}
