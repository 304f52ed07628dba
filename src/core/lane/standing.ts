/** Alarms that stand: raised once when their cause begins, ended once when it is over. */
import type { EventDraft } from '../journal/events.ts';
import { alarm, patch, recordEvent, type Turn } from './turn.ts';

export interface StandingAlarm {
  /** A code of the fault table. */
  readonly code: string;
  /** What it is about, where the same code may stand for several things. */
  readonly of?: string;
  readonly data?: EventDraft['data'];
}

const keyOf = ({ code, of }: StandingAlarm) => (of === undefined ? code : `${code}/${of}`);

/** What a key of `LaneState.standing` says. */
export function standingOf(key: string): Pick<StandingAlarm, 'code' | 'of'> {
  const slash = key.indexOf('/');
  if (slash < 0) return { code: key };
  return { code: key.slice(0, slash), of: key.slice(slash + 1) };
}

export function stands(turn: Turn, standing: StandingAlarm): boolean {
  return turn.state.standing.includes(keyOf(standing));
}

export function stand(turn: Turn, standing: StandingAlarm, holds: boolean): void {
  if (stands(turn, standing) === holds) return;
  const key = keyOf(standing);
  const others = turn.state.standing.filter((each) => each !== key);
  patch(turn, { standing: holds ? [...others, key] : others });
  const { code, data = {} } = standing;
  if (holds) return alarm(turn, code, data);
  recordEvent(turn, 'alarm.ended.v1', turn.context.settings.laneId, { code, ...data });
}
