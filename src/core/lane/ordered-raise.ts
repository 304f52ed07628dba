/**
 * The arm goes up because a person ordered it, not by a decision: once for the engineer, and again and again while it
 * is held open for an evacuation. The order stands in the journal before. Nothing of it outlives the daemon: after a
 * restart a person has to order it anew.
 */
import { type CommandId, commandIdOf } from '../identity.ts';
import type { LaneState, PendingAct } from './lane-types.ts';
import { stand } from './standing.ts';
import {
  alarm,
  cancelTimer,
  patch,
  recordEvent,
  startTimer,
  type Turn,
  timerWhile,
  withdrawOrder,
} from './turn.ts';

export const holdTimer = 'hold';
export const raiseTimer = 'raise';

const notHeld = { code: 'arm-not-held-open' };

export function beginRaise(turn: Turn, { actId, act, person }: PendingAct): void {
  if (act.kind !== 'holdOpen' && act.kind !== 'open') return;
  const commandId = commandIdOf(actId, 'open');
  patch(turn, { raise: { act: act.kind, commandId, newest: commandId, person } });
  cancelTimer(turn, raiseTimer);
  if (act.kind === 'open') {
    const { openWithinMs, departWithinMs } = turn.context.settings.timing;
    startTimer(turn, raiseTimer, openWithinMs + departWithinMs);
  }
  orderUp(turn, commandId);
}

/** No further departure is paid for, and what has not been written yet is not. */
export function endRaise(turn: Turn): void {
  cancelTimer(turn, raiseTimer);
  if (turn.state.raise) withdrawOrder(turn, turn.state.raise.newest);
  const { raise: _, ...others } = turn.state;
  turn.state = others;
}

function orderUp(turn: Turn, commandId: CommandId): void {
  turn.effects.push({
    kind: 'order',
    order: 'barrierOpen',
    purpose: 'act',
    commandId,
    notAfterMonotonicMs: turn.now.monotonicMs + turn.context.settings.timing.openWithinMs,
  });
}

/** Whether the arm is to be up because a person holds it, whatever it does. */
export function isHeldUp({ directive }: Pick<LaneState, 'directive'>): boolean {
  return directive.kind === 'holdOpen';
}

/** A controller that lowers the arm by itself is asked again; an arm that is not up although it is held is alarmed. */
export function settleHold(turn: Turn): void {
  const { arm } = turn.state;
  const isUp = arm.kind === 'open' || arm.kind === 'opening';
  const isDown = isHeldUp(turn.state) && !isUp;
  timerWhile(turn, isDown, holdTimer, turn.context.settings.timing.departWithinMs);
  if (!isDown) stand(turn, notHeld, false);
}

export function onHoldDue(turn: Turn): void {
  if (!isHeldUp(turn.state)) return;
  stand(turn, notHeld, true);
  const { raise } = turn.state;
  if (raise?.act !== 'holdOpen') return;
  const newest = commandIdOf(turn.input.id, 'open');
  patch(turn, { raise: { ...raise, newest } });
  orderUp(turn, newest);
}

/** The engineer's opening has not moved the arm: a departure after this is nobody's. */
export function onRaiseDue(turn: Turn): void {
  const { raise } = turn.state;
  if (raise?.act !== 'open') return;
  alarm(turn, 'arm-stuck', { commandId: raise.commandId });
  endRaise(turn);
}

/** Charges a departure of the arm to a person's order; false where there is none. */
export function chargeToOrder(turn: Turn): boolean {
  const { raise, directive } = turn.state;
  if (!raise || (raise.act === 'holdOpen' && directive.kind !== 'holdOpen')) return false;
  const { act, commandId, person } = raise;
  recordEvent(turn, 'barrier.openedByOrder.v1', turn.context.settings.laneId, {
    commandId,
    act,
    person,
  });
  if (act === 'open') endRaise(turn);
  return true;
}
