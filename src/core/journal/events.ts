/**
 * The events a gate records, in the field's words. One event becomes one journal entry, one CloudEvents
 * message and one row at the centre; the version stands in its type, and a published type never changes.
 */
/** Prefix of every event type; the suffix is the version of its data. */
export const eventTypePrefix = 'cn.kakou.';

export type PassageOutcome =
  | 'passed'
  | 'diverted'
  | 'referred'
  | 'held'
  | 'refused'
  /** Left the lane backwards before any decision, or after one that let it through. */
  | 'withdrawn'
  | 'tailgated'
  /** Crossed without a right while a person held the arm up, or had it up by the key at the barrier. */
  | 'evacuated'
  | 'passedLocally';

/** An event before it has its place in the log. `subject` is a passage, visit, lane or device id. */
export interface EventDraft {
  readonly type: EventType;
  readonly subject: string;
  /** When it happened, ms since 1970 by the wall clock. */
  readonly timeMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export const eventTypes = [
  'epoch.started.v1',
  'key.rotated.v1',
  'entries.pruned.v1',
  'gate.started.v1',
  'gate.stopped.v1',
  'clock.stepped.v1',
  'device.faulted.v1',
  'device.recovered.v1',
  'device.safeStateClearOrdered.v1',
  'readings.dropped.v1',
  'tag.settled.v1',
  'capture.taken.v1',
  'capture.lost.v1',
  'capture.joined.v1',
  'feed.applied.v1',
  'feed.gap.v1',
  'feed.quarantined.v1',
  'command.taken.v1',
  'command.answered.v1',
  'command.refused.v1',
  'lane.serviceModeChanged.v1',
  'lane.actOrdered.v1',
  'lane.turned.v1',
  'passage.started.v1',
  'passage.decided.v1',
  'passage.pictured.v1',
  'passage.stopped.v1',
  'platform.asked.v1',
  'platform.answered.v1',
  'platform.answerIgnored.v1',
  'platform.unanswered.v1',
  'platform.refused.v1',
  'passage.crossed.v1',
  'passage.ended.v1',
  'tailgating.suspected.v1',
  'release.consumed.v1',
  'release.returned.v1',
  'visit.opened.v1',
  'visit.closed.v1',
  'visit.appearanceDue.v1',
  'trailer.entered.v1',
  'trailer.dropped.v1',
  'trailer.hitched.v1',
  'trailer.left.v1',
  'box.received.v1',
  'box.stuffed.v1',
  'box.moved.v1',
  'box.left.v1',
  'trip.completed.v1',
  'registration.queued.v1',
  'registration.answered.v1',
  'crossing.unjoined.v1',
  'yard.acted.v1',
  'yard.causeFound.v1',
  'yard.dayClosed.v1',
  'exception.opened.v1',
  'exception.closed.v1',
  'person.acted.v1',
  'person.refused.v1',
  'act.proposed.v1',
  'account.changed.v1',
  'session.opened.v1',
  'session.ended.v1',
  'barrier.commanded.v1',
  'barrier.refused.v1',
  'barrier.opened.v1',
  'barrier.closed.v1',
  'barrier.openedByOrder.v1',
  'barrier.movedUncommanded.v1',
  'barrier.safetyRaised.v1',
  'alarm.raised.v1',
  'alarm.ended.v1',
  'checkpoint.v1',
] as const;

export type EventType = (typeof eventTypes)[number];
