/**
 * One turn of the lane: the state as it is being worked out for one input, with the effects so far. It lives
 * for the length of a step and is never handed out.
 */
import type { CommandId, PassageId } from '../identity.ts';
import type { EventDraft, EventType } from '../journal/events.ts';
import type { LedgerChange } from '../ledger-change.ts';
import type { Instant } from '../time.ts';
import type { LaneContext, LaneEffect, LaneInput, LaneState } from './lane-types.ts';
import type { Passage, PassageKind } from './passage.ts';

export interface Turn {
  state: LaneState;
  readonly effects: LaneEffect[];
  readonly input: LaneInput;
  readonly now: Instant;
  readonly context: LaneContext;
}

export function beginTurn(state: LaneState, input: LaneInput, context: LaneContext): Turn {
  return { state, effects: [], input, now: input.now, context };
}

export function patch(turn: Turn, change: Partial<LaneState>): void {
  turn.state = { ...turn.state, ...change };
}

export function passageById(turn: Turn, passageId: PassageId): Passage | undefined {
  return turn.state.passages.find((passage) => passage.passageId === passageId);
}

export function update(turn: Turn, passageId: PassageId, change: Partial<Passage>): void {
  patch(turn, {
    passages: turn.state.passages.map((passage) =>
      passage.passageId === passageId ? { ...passage, ...change } : passage,
    ),
  });
}

/** Puts a passage in the place of the one with its id; members it does not have are gone. */
export function put(turn: Turn, passage: Passage): void {
  patch(turn, {
    passages: turn.state.passages.map((p) => (p.passageId === passage.passageId ? passage : p)),
  });
}

export function moveTo(
  turn: Turn,
  passage: Passage,
  kind: PassageKind,
  change: Partial<Passage> = {},
): void {
  put(turn, { ...passage, ...change, kind, stateSince: turn.now });
}

export function drop(turn: Turn, reason: string): void {
  const { dropped } = turn.state;
  patch(turn, { dropped: { ...dropped, [reason]: (dropped[reason] ?? 0) + 1 } });
}

export function event(
  turn: Turn,
  type: EventType,
  subject: string,
  data: EventDraft['data'],
): EventDraft {
  const { laneId } = turn.context.settings;
  return { type, subject, timeMs: turn.now.wallMs, data: { laneId, ...data } };
}

/** Writes what has happened. It is kept until it is written; nothing waits for it. */
export function record(turn: Turn, change: LedgerChange): void {
  const counts = takeCounts(turn);
  const counted = counts ? { ...change, counts } : change;
  turn.effects.push({ kind: 'commit', tag: { kind: 'record' }, change: counted });
}

/** Something that the day's reconciliation counts. It is written with the next record. */
export function count(turn: Turn, what: string, by = 1): void {
  const { counts } = turn.state;
  patch(turn, { counts: { ...counts, [what]: (counts[what] ?? 0) + by } });
}

function takeCounts(turn: Turn): LedgerChange['counts'] {
  const { counts } = turn.state;
  if (Object.keys(counts).length === 0) return undefined;
  patch(turn, { counts: {} });
  return { laneId: turn.context.settings.laneId, atMs: turn.now.wallMs, counts };
}

export function recordEvent(
  turn: Turn,
  type: EventType,
  subject: string,
  data: EventDraft['data'],
): void {
  record(turn, { events: [event(turn, type, subject, data)] });
}

/** An alarm is only what a person must act on; `code` stands in the fault table. */
export function alarm(turn: Turn, code: string, data: EventDraft['data'] = {}): void {
  recordEvent(turn, 'alarm.raised.v1', turn.context.settings.laneId, { code, ...data });
}

/** Starts a timer unless it runs. */
export function startTimer(turn: Turn, timer: string, delayMs: number): void {
  if (turn.state.timers.includes(timer)) return;
  patch(turn, { timers: [...turn.state.timers, timer] });
  turn.effects.push({ kind: 'startTimer', timer, delayMs });
}

export function cancelTimer(turn: Turn, timer: string): void {
  if (!turn.state.timers.includes(timer)) return;
  patch(turn, { timers: turn.state.timers.filter((t) => t !== timer) });
  turn.effects.push({ kind: 'cancelTimer', timer });
}

/** Keeps a timer running exactly while a condition holds. */
export function timerWhile(turn: Turn, holds: boolean, timer: string, delayMs: number): void {
  if (holds) startTimer(turn, timer, delayMs);
  else cancelTimer(turn, timer);
}

/** Nothing more of an order is written; one that has been answered is let be. */
export function withdrawOrder(turn: Turn, commandId: CommandId): void {
  turn.effects.push({ kind: 'withdrawOrder', commandId });
}

/** Whoever is not let through any more, or is gone, is opened for by nothing that still waits to be written. */
export function withdrawOpening(turn: Turn, { kind, right }: Passage): void {
  if (kind === 'admitted' && right) withdrawOrder(turn, right.commandId);
}
