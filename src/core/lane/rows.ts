/** Rows of the ledger that several places of the lane write. */
import { commandIdOf, type DecisionId, exceptionIdOf, type PassageId } from '../identity.ts';
import type { EventDraft } from '../journal/events.ts';
import type { ExceptionRow, LedgerChange, PassageRow } from '../ledger-change.ts';
import { directionOf } from './lane-direction.ts';
import type { Passage } from './passage.ts';
import { event, type Turn } from './turn.ts';

/** The row of a passage with what has changed; members that are left out stay as they are. */
export function passageRow(
  turn: Turn,
  passage: { readonly passageId: PassageId; readonly startedAtMs: number },
  change: Partial<PassageRow> = {},
): PassageRow {
  const { settings } = turn.context;
  const { laneId } = settings;
  const { passageId, startedAtMs } = passage;
  // Where the row is there already its direction stays: the lane may have been turned since.
  const direction = directionOf(turn.state, settings);
  return { passageId, laneId, direction, startedAtMs, ...change };
}

export interface Case {
  readonly row: ExceptionRow;
  readonly event: EventDraft;
}

/** A case for a clerk. One of the same cause is opened once for a decision. */
export function caseOf(
  turn: Turn,
  passage: { readonly passageId: PassageId; readonly decisionId?: DecisionId },
  {
    cause,
    reasons = [cause],
    detail,
  }: { readonly cause: string; readonly reasons?: readonly string[]; readonly detail?: string },
): Case {
  const { passageId, decisionId } = passage;
  const exceptionId = exceptionIdOf(commandIdOf(decisionId ?? passageId, cause));
  const { laneId } = turn.context.settings;
  return {
    row: { exceptionId, passageId, laneId, cause, openedAtMs: turn.now.wallMs },
    event: event(turn, 'exception.opened.v1', passageId, {
      exceptionId,
      cause,
      reasons,
      ...(detail !== undefined && { detail }),
    }),
  };
}

/** That a decision did not let its vehicle through: it is told when the vehicle comes again. */
export function turnedBack(
  { now }: Turn,
  { decision, identification, passageId, reasons, right }: Passage,
): Pick<LedgerChange, 'turnedBack'> {
  const plate = identification?.tractor?.text;
  if (right || !decision || plate === undefined) return {};
  const { disposition } = decision;
  return { turnedBack: { plate, passageId, atMs: now.wallMs, disposition, reasons } };
}
