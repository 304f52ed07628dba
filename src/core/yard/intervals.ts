/** Times in which an exit could not be watched, as the journal tells of their beginning and end. */
import type { EventDraft } from '../journal/events.ts';

/** `unseen`: the lane of that direction cannot be read while the daemon runs. */
export type IntervalKind = 'armHeldOpen' | 'outage' | 'unseen.in' | 'unseen.out';

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
      return modeMarks({ type, subject, timeMs, data });
    case 'barrier.closed.v1':
      return [{ laneId: subject, kind: 'armHeldOpen', mark: 'ends', atMs: timeMs }];
    default:
      return [];
  }
}

function modeMarks({ subject, timeMs, data }: EventDraft): readonly IntervalMark[] {
  const { to, cause, direction } = data;
  const at = { laneId: subject, atMs: timeMs };
  if (to === 'openHeld') return [{ ...at, kind: 'armHeldOpen', mark: 'begins' }];
  if (direction !== 'in' && direction !== 'out') return [];
  const isUnseen = cause === 'barrier-unknown';
  return [{ ...at, kind: `unseen.${direction}`, mark: isUnseen ? 'begins' : 'ends' }];
}
