/**
 * After a restart: the devices have been read, and every passage that had not ended is continued or becomes
 * a case for a clerk. No open order of before the restart is ever given again.
 */

import { noEvidence } from '../identification/evidence.ts';
import { commandIdOf, exceptionIdOf } from '../identity.ts';
import { captureTimer } from './capture.ts';
import { refer } from './deciding.ts';
import type { RestoredPassage } from './lane-types.ts';
import { nothingPlanned, type Passage, type PassageKind } from './passage.ts';
import { event, patch, record, startTimer, type Turn } from './turn.ts';

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
  const kind = kindOf(restored, {
    goes,
    armUp: arm.kind !== 'closed',
    exitCut: inputs.exit === 'occupied',
  });
  const passage = restoredPassage(turn, restored, kind);
  patch(turn, { passages: [...turn.state.passages, passage] });
  if (kind === 'capturing') {
    startTimer(turn, captureTimer(passage), turn.context.settings.timing.captureTimeoutMs);
  }
  if (kind === 'opening') noteDeparture(turn, restored);
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
  if (seen.goes) return seen.armUp || seen.exitCut ? 'opening' : 'referred';
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
    startedAt: { wallMs: restored.startedAtMs, monotonicMs: turn.now.monotonicMs },
    stateSince: turn.now,
    evidence: noEvidence,
    attempts: 0,
    captureOver: false,
    presenceLeft: turn.state.inputs.presence === 'clear',
    leftBackwards: false,
    reasons: [],
    plan: restored.plan ?? nothingPlanned,
    releases: restored.releases,
    unauthorised: false,
    restored: true,
    ...(restored.decision && { decision: restored.decision }),
    ...(restored.decisionId !== undefined && { decisionId: restored.decisionId }),
  };
}

/** The lane is empty: whether the truck crossed while the system was down is not known and not guessed. */
function endUnseen(turn: Turn, restored: RestoredPassage): void {
  const { laneId, direction } = turn.context.settings;
  const outcome = outcomeUnseen(restored);
  const unknownCrossing = outcome === 'referred' && restored.disposition !== 'refer';
  const exceptionId = exceptionIdOf(restored.passageId);
  record(turn, {
    events: [
      ...(unknownCrossing
        ? [
            event(turn, 'exception.opened.v1', restored.passageId, {
              exceptionId,
              cause: 'crossing-not-observed',
              reasons: ['crossing-not-observed'],
            }),
          ]
        : []),
      event(turn, 'passage.ended.v1', restored.passageId, {
        outcome,
        reasons: ['crossing-not-observed'],
      }),
    ],
    passage: {
      passageId: restored.passageId,
      laneId,
      direction,
      startedAtMs: restored.startedAtMs,
      endedAtMs: turn.now.wallMs,
      outcome,
    },
    ...(unknownCrossing && {
      exception: {
        exceptionId,
        passageId: restored.passageId,
        laneId,
        cause: 'crossing-not-observed',
        openedAtMs: turn.now.wallMs,
      },
    }),
  });
}

function outcomeUnseen(restored: RestoredPassage) {
  if (restored.crossed) return restored.disposition === 'divert' ? 'diverted' : 'passed';
  switch (restored.disposition) {
    case 'hold':
      return 'held';
    case 'refuse':
      return 'refused';
    default:
      return 'referred';
  }
}
