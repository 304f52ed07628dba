/** Times in which an exit could not be watched, as the journal tells of their beginning and end. */
import type { EventDraft } from '../journal/events.ts';

export type IntervalKind = 'armHeldOpen' | 'outage';

export interface IntervalMark {
  /** `*`: of all lanes. */
  readonly laneId: string;
  readonly kind: IntervalKind;
  readonly mark: 'begins' | 'ends';
  readonly atMs: number;
}

/** Restarts that took less are nothing a vehicle could have used, ms. */
const outageMsMin = 1_000;

/** `aliveAtMs`: when the daemon was last known to run before this start. */
export function intervalMarks(
  { type, subject, timeMs, data }: EventDraft,
  aliveAtMs: number | undefined,
): readonly IntervalMark[] {
  switch (type) {
    case 'gate.started.v1': {
      if (aliveAtMs === undefined) return [];
      // With a clock that was set back nobody knows how long it was.
      const fromMs = Math.min(aliveAtMs, timeMs);
      const untilMs = Math.max(aliveAtMs, timeMs);
      if (untilMs - fromMs < outageMsMin) return [];
      const outage = { laneId: '*', kind: 'outage' } as const;
      return [
        { ...outage, mark: 'begins', atMs: fromMs },
        { ...outage, mark: 'ends', atMs: untilMs },
      ];
    }
    case 'barrier.movedUncommanded.v1':
      return [{ laneId: subject, kind: 'armHeldOpen', mark: 'begins', atMs: timeMs }];
    case 'alarm.raised.v1':
      return data['code'] === 'arm-open-unsupervised'
        ? [{ laneId: subject, kind: 'armHeldOpen', mark: 'begins', atMs: timeMs }]
        : [];
    case 'lane.serviceModeChanged.v1':
      return data['to'] === 'openHeld'
        ? [{ laneId: subject, kind: 'armHeldOpen', mark: 'begins', atMs: timeMs }]
        : [];
    case 'barrier.closed.v1':
      return [{ laneId: subject, kind: 'armHeldOpen', mark: 'ends', atMs: timeMs }];
    default:
      return [];
  }
}
