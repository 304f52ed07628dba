/** What the day's reconciliation counts of a change, lane by lane. */
import type { EventDraft } from '../journal/events.ts';
import type { LedgerChange } from '../ledger-change.ts';
import type { YardChange } from './yard-change.ts';

export interface Tally {
  /** `*` for what belongs to no lane. */
  readonly laneId: string;
  readonly what: string;
  readonly count: number;
}

export function talliesOf(change: LedgerChange, yard: YardChange | undefined): readonly Tally[] {
  const { counts, events, yard: input } = change;
  const counted = Object.entries(counts?.counts ?? {}).map(([what, count]) => ({
    laneId: counts?.laneId ?? '*',
    what,
    count,
  }));
  const crossed =
    input?.kind === 'crossed' ? [{ laneId: input.laneId, what: crossedAs(input), count: 1 }] : [];
  // What a crossing does to visits is counted at its lane, that residuals of two lanes do not cancel out.
  const at = input?.kind === 'crossed' ? input.laneId : '*';
  const told = events.flatMap((event) => tallyOf(event, at) ?? []);
  const followed = (yard?.events ?? []).flatMap((event) => tallyOf(event, '*') ?? []);
  return [...counted, ...crossed, ...told, ...followed];
}

function crossedAs(input: {
  readonly direction: 'in' | 'out';
  readonly authorised: boolean;
  readonly diverted: boolean;
}): string {
  const { direction, authorised, diverted } = input;
  if (!authorised) return `crossed.${direction}.unauthorised`;
  return `crossed.${direction}.${diverted && direction === 'out' ? 'stays' : 'authorised'}`;
}

/** `visitsAt`: the lane that visits which are opened or closed count for. */
function tallyOf({ type, subject, data }: EventDraft, visitsAt: string): Tally | undefined {
  const laneId = typeof data['laneId'] === 'string' ? data['laneId'] : '*';
  switch (type) {
    case 'barrier.opened.v1':
      return { laneId, what: 'arm.byDecision', count: 1 };
    case 'barrier.movedUncommanded.v1':
      return {
        laneId: subject,
        what: data['local'] === true ? 'arm.local' : 'arm.uncommanded',
        count: 1,
      };
    case 'barrier.safetyRaised.v1':
      return { laneId: subject, what: 'arm.safetyRaise', count: 1 };
    case 'barrier.closed.v1':
      return { laneId: subject, what: 'arm.closed', count: 1 };
    case 'crossing.unjoined.v1':
      return { laneId, what: `loose.${String(data['direction'])}`, count: 1 };
    case 'visit.opened.v1':
      return { laneId: visitsAt, what: 'visit.opened', count: 1 };
    case 'visit.closed.v1':
      return { laneId: visitsAt, what: `visit.closed.${String(data['cause'])}`, count: 1 };
    case 'yard.acted.v1':
      return data['act'] === 'recordEntry'
        ? { laneId: '*', what: 'act.recordEntry', count: 1 }
        : undefined;
    default:
      return undefined;
  }
}

/** The day of a moment, by UTC: `2026-12-01`. */
export function dayOf(atMs: number, rfc3339: (ms: number) => string): string {
  return rfc3339(atMs).slice(0, 10);
}
