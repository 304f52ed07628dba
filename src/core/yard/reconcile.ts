/**
 * A day's count: what crossed, what the arm did, what the loops saw, and what the visits say, held against each other.
 * What is known to make them differ is named; what remains is the residual, and it is shown, never explained away.
 */
import type { Tally } from './tallies.ts';

export interface DayRows {
  /** Tallies of the day, summed by lane and name. */
  readonly tallies: readonly Tally[];
  /** Visits open when the day began and when it ended. */
  readonly insideBefore: number;
  readonly insideAfter: number;
  /** Stays that ended on the day, ms each. */
  readonly dwellsMs: readonly number[];
}

export interface Balance {
  /** What is compared, for example `arm out-1`. */
  readonly of: string;
  readonly counted: number;
  readonly against: number;
  /** Known reasons for a difference, each with how often; positive where it makes `counted` larger. */
  readonly corrections: Readonly<Record<string, number>>;
  /** 0 where everything is accounted for. */
  readonly residual: number;
}

export interface DayCount {
  readonly entries: number;
  readonly exits: number;
  readonly insideBefore: number;
  readonly insideAfter: number;
  readonly balances: readonly Balance[];
  readonly dwell: { readonly stays: number; readonly medianMs: number; readonly longestMs: number };
}

export function reconcileDay({ tallies, insideBefore, insideAfter, dwellsMs }: DayRows): DayCount {
  const of = (laneId: string, what: string) =>
    tallies.find((each) => each.laneId === laneId && each.what === what)?.count ?? 0;
  const total = (what: string) =>
    tallies.reduce((sum, each) => (each.what === what ? sum + each.count : sum), 0);
  const lanes = [...new Set(tallies.map(({ laneId }) => laneId))].filter((id) => id !== '*').sort();
  const entries = total('crossed.in.authorised') + total('crossed.in.unauthorised');
  const exits = total('crossed.out.authorised') + total('crossed.out.unauthorised');
  return {
    entries,
    exits,
    insideBefore,
    insideAfter,
    balances: [
      ...lanes.flatMap((lane) => laneBalances(lane, (what) => of(lane, what))),
      ...siteBalances({ entries, exits, grown: insideAfter - insideBefore }, total),
    ],
    dwell: dwellOf(dwellsMs),
  };
}

function laneBalances(lane: string, count: (what: string) => number): readonly Balance[] {
  const authorised =
    count('crossed.in.authorised') + count('crossed.out.authorised') + count('crossed.out.stays');
  const unauthorised = count('crossed.in.unauthorised') + count('crossed.out.unauthorised');
  return [
    balance(`arm ${lane}`, count('arm.byDecision'), authorised, {
      openedNotCrossed: count('openedNotCrossed'),
      crossedWithoutDeparture: -count('crossedWithoutDeparture'),
    }),
    balance(`loop ${lane}`, count('loop.exit'), authorised + unauthorised, {
      cutAgain: count('cutAgain'),
      cutAtStart: count('cutAtStart'),
      cutFromFarSide: count('cutFromFarSide'),
    }),
    ...visitBalances(lane, count),
  ];
}

/** Two lanes that are wrong by one each, in opposite ways, are even together: each has a balance of its own. */
function visitBalances(lane: string, count: (what: string) => number): readonly Balance[] {
  const crossed = (direction: 'in' | 'out') =>
    count(`crossed.${direction}.authorised`) + count(`crossed.${direction}.unauthorised`);
  return [
    balance(`entries ${lane}`, crossed('in'), count('visit.opened'), {
      withoutVisit: count('loose.in'),
    }),
    balance(`exits ${lane}`, crossed('out'), count('visit.closed.exitRecorded'), {
      withoutVisit: count('loose.out'),
    }),
  ];
}

function siteBalances(
  {
    entries,
    exits,
    grown,
  }: { readonly entries: number; readonly exits: number; readonly grown: number },
  total: (what: string) => number,
): readonly Balance[] {
  const closedAs = (cause: string) => total(`visit.closed.${cause}`);
  const closed = ['exitRecorded', 'exitNotCaptured', 'exitJoined', 'settled'];
  return [
    balance('entries', entries, total('visit.opened'), {
      withoutVisit: total('loose.in'),
      recordedByPerson: -total('act.recordEntry'),
    }),
    balance('exits', exits, closedAs('exitRecorded'), { withoutVisit: total('loose.out') }),
    balance('inside', grown, entries - exits, {
      entriesWithoutVisit: total('act.recordEntry') - total('loose.in'),
      exitsWithoutVisit: total('loose.out'),
      exitNotCaptured: -closedAs('exitNotCaptured'),
      exitJoined: -closedAs('exitJoined'),
      settled: -closedAs('settled'),
    }),
    balance('visits', grown, total('visit.opened'), {
      closed: -closed.reduce((sum, cause) => sum + closedAs(cause), 0),
    }),
  ];
}

function balance(
  of: string,
  counted: number,
  against: number,
  given: Readonly<Record<string, number>>,
): Balance {
  const known = Object.entries(given).filter(([, count]) => count !== 0);
  const corrected = known.reduce((sum, [, count]) => sum + count, against);
  const residual = counted - corrected;
  return { of, counted, against, corrections: Object.fromEntries(known), residual };
}

function dwellOf(dwellsMs: readonly number[]): DayCount['dwell'] {
  const sorted = [...dwellsMs].sort((a, b) => a - b);
  return {
    stays: sorted.length,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    longestMs: sorted.at(-1) ?? 0,
  };
}
