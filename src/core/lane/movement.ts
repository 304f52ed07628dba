/** What moves: the arm, the loops, the vehicle over the exit line. */
import { commandIdOf } from '../identity.ts';
import type { InputChange } from '../observation.ts';
import type { ArmEvent } from './arm.ts';
import { departTimer, planned, refer } from './deciding.ts';
import { judgeExit, judgeSightings, onWatchDue, sight, watchBypass } from './equipment-watch.ts';
import type { Passage } from './passage.ts';
import { isUnderWay } from './passage.ts';
import {
  closeTimer,
  endIfGone,
  requestClose,
  standUnsupervised,
  unsupervisedTimer,
} from './settle.ts';
import {
  alarm,
  cancelTimer,
  event,
  moveTo,
  patch,
  put,
  record,
  recordEvent,
  type Turn,
  update,
} from './turn.ts';

export function onInputChange(turn: Turn, change: InputChange): void {
  const before = turn.state.inputs[change.point];
  if (before === change.state) return;
  patch(turn, { inputs: { ...turn.state.inputs, [change.point]: change.state } });
  if (change.state === 'occupied') sight(turn, change.point);
  if (change.point === 'exit' && change.state === 'occupied') return onExitLineCut(turn);
  if (change.point === 'localControl' && change.state === 'occupied') {
    alarm(turn, 'local-control');
  }
  if (change.point === 'barrierFault' && change.state === 'occupied') alarm(turn, 'barrier-fault');
}

function onExitLineCut(turn: Turn): void {
  const { passages } = turn.state;
  const entitled =
    passages.find((p) => isUnderWay(p) && p.kind !== 'passing') ??
    passages.find((p) => p.right?.used && p.kind !== 'passing');
  // The same vehicle again: loops drop under the gap of a skeletal trailer.
  if (!entitled && passages.some((p) => p.kind === 'passing')) return;
  watchBypass(turn);
  judgeSightings(turn);
  if (entitled) return cross(turn, entitled, false);
  const other = passages.find((p) => p.kind !== 'approaching');
  alarm(turn, 'crossed-without-decision', other ? { passageId: other.passageId } : {});
  if (other) cross(turn, other, true);
}

/** The exit line is cut: releases are used up here, and nowhere else. */
function cross(turn: Turn, passage: Passage, unauthorised: boolean): void {
  const { passageId } = passage;
  const visits = unauthorised ? [] : planned(turn, passage);
  cancelTimer(turn, departTimer(passage));
  moveTo(turn, passage, 'passing', {
    unauthorised,
    presenceLeft: turn.state.inputs.presence === 'clear',
  });
  record(turn, {
    events: [
      event(turn, 'passage.crossed.v1', passageId, { authorised: !unauthorised }),
      ...(passage.releases.length > 0 && !unauthorised
        ? [event(turn, 'release.consumed.v1', passageId, { releases: passage.releases })]
        : []),
      ...visits.map((visit) =>
        visit.kind === 'opened'
          ? event(turn, 'visit.opened.v1', visit.visitId, {
              plate: visit.plate,
              passageId,
              containers: visit.containers,
            })
          : event(turn, 'visit.closed.v1', visit.visitId, { passageId, cause: visit.cause }),
      ),
    ],
    ...(passage.releases.length > 0 &&
      !unauthorised && {
        settle: { passageId, releases: passage.releases, as: 'consumed' as const },
      }),
    passage: passageRow(turn, passage, { crossedAtMs: turn.now.wallMs }),
    visits,
  });
}

function passageRow(
  turn: Turn,
  passage: Passage,
  change: { crossedAtMs?: number; endedAtMs?: number },
) {
  const { laneId, direction } = turn.context.settings;
  return {
    passageId: passage.passageId,
    laneId,
    direction,
    startedAtMs: passage.startedAt.wallMs,
    ...change,
  };
}

export function onArmEvent(turn: Turn, armEvent: ArmEvent): void {
  switch (armEvent) {
    case 'departed':
      return onDeparted(turn);
    case 'reachedClosed':
      judgeExit(turn);
      patch(turn, { closeRequested: false });
      return recordEvent(turn, 'barrier.closed.v1', turn.context.settings.laneId, {});
    case 'sagged':
      return raiseIfOccupied(turn);
    case 'reachedOpen':
    case 'lost':
      return;
  }
}

/** Each departure from closed is charged to one right; one that has none is a security event. */
function onDeparted(turn: Turn): void {
  const passage = turn.state.passages.find((p) => p.right && !p.right.used);
  if (!passage?.right) {
    const local = turn.state.inputs.localControl === 'occupied';
    return recordEvent(turn, 'barrier.movedUncommanded.v1', turn.context.settings.laneId, {
      local,
    });
  }
  const { passageId, right } = passage;
  cancelTimer(turn, departTimer(passage));
  const departed: Passage = { ...passage, right: { ...right, used: true } };
  if (passage.kind === 'admitted') moveTo(turn, departed, 'opening');
  else put(turn, departed);
  record(turn, {
    events: [event(turn, 'barrier.opened.v1', passageId, { commandId: right.commandId })],
    ...(passage.decisionId !== undefined && { openingUsed: passage.decisionId }),
  });
}

/**
 * The arm comes down where a vehicle may be under it: raise it. This needs no decision, waits for no commit
 * and is never refused; it is recorded afterwards.
 */
function raiseIfOccupied(turn: Turn): void {
  const { inputs, passages } = turn.state;
  const crossing = passages.some((p) => p.kind === 'opening' || p.kind === 'passing');
  const underArm = inputs.curtain === 'occupied' || (crossing && inputs.presence !== 'clear');
  if (!underArm) return;
  const { laneId } = turn.context.settings;
  const commandId = commandIdOf(turn.input.id, 'raise');
  patch(turn, { raises: turn.state.raises + 1 });
  turn.effects.push({
    kind: 'order',
    order: 'barrierOpen',
    purpose: 'safetyRaise',
    commandId,
    notAfterMonotonicMs: turn.now.monotonicMs + turn.context.settings.timing.openWithinMs,
  });
  recordEvent(turn, 'barrier.safetyRaised.v1', laneId, { commandId });
}

export function onTimerDue(turn: Turn, timer: string): void {
  const [what, passageId] = timer.split(':');
  if (timer === closeTimer) return requestClose(turn);
  if (timer === unsupervisedTimer) return standUnsupervised(turn);
  if (what === 'watch') return onWatchDue(turn, timer);
  const passage = turn.state.passages.find((p) => p.passageId === passageId);
  if (!passage) return;
  if (what === 'capture') update(turn, passage.passageId, { captureOver: true });
  if (what === 'gone') endIfGone(turn, passage);
  if (what === 'depart' && passage.kind === 'admitted') {
    alarm(turn, 'arm-stuck', { passageId: passage.passageId });
    refer(turn, passage, 'arm-stuck');
  }
}
