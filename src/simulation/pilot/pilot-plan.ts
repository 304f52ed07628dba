/**
 * What is done to the trips of the pilot, and how often: the pilot's own figures, 2,500 entries and 2,000 exits of which
 * 217 trips under transfer with 36 that have no exit registration, times a scale. What was done is known here and to the
 * score alone; the gate is told only what a gate would see.
 */
import { containerCheckRemainder } from '../../core/identifiers/container-number.ts';
import type { OpenCause } from '../../core/yard/item.ts';
import { SeededRandom } from '../seeded-random.ts';

/** What becomes of a visit. */
export type Fate =
  | 'complete'
  | 'stillInside'
  | 'heldInside'
  | 'reEntered'
  | 'tailgatedOut'
  | 'misread'
  | 'heldOpen'
  | 'outage'
  | 'elsewhere'
  | 'byWater'
  | 'dropped'
  | 'reHitched'
  | 'withdrawn'
  | 'rejected'
  | 'unanswered';

export const causeOfFate: Readonly<Record<Exclude<Fate, 'complete'>, OpenCause>> = {
  stillInside: 'still-inside',
  heldInside: 'held-inside',
  reEntered: 'exit-not-captured',
  tailgatedOut: 'exit-not-captured',
  misread: 'exit-not-joined',
  heldOpen: 'left-while-arm-held-open',
  outage: 'outage-gap',
  elsewhere: 'exited-elsewhere',
  byWater: 'left-by-water',
  dropped: 'dropped-trailer',
  reHitched: 're-hitched',
  withdrawn: 'withdrawn',
  rejected: 'registration-rejected',
  unanswered: 'registration-unanswered',
};

type Shares = Readonly<Partial<Record<Fate, number>>>;

/** Of the 217 trips under transfer: 181 complete; of 36 the exit was not captured, or its registration not accepted. */
const transferFates: Shares = {
  complete: 181,
  stillInside: 3,
  heldInside: 2,
  reEntered: 3,
  tailgatedOut: 2,
  misread: 4,
  heldOpen: 3,
  outage: 2,
  elsewhere: 2,
  byWater: 2,
  dropped: 2,
  reHitched: 2,
  withdrawn: 2,
  rejected: 4,
  unanswered: 3,
};

/**
 * Of the 2,283 others. The complete ones hold the second visits of those that came again and the tractors that took
 * another's trailer, so that entries are 2,500 and the exits that a lane registered 2,000.
 */
const otherFates: Shares = {
  complete: 1_795,
  stillInside: 445,
  heldInside: 4,
  reEntered: 6,
  tailgatedOut: 4,
  misread: 6,
  heldOpen: 6,
  outage: 4,
  elsewhere: 2,
};

/** Bound before arrival and never come; visitors who tailgate out and are no trip; ends of the daemon that nobody used. */
const noise = { neverEntered: 10, strangersOut: 3, idleOutages: 1 } as const;

/** Trucks that leave in one outage. */
const trucksOfOutage = 6;

export interface PlannedVisit {
  readonly number: number;
  readonly transfer: boolean;
  readonly fate: Fate;
  readonly plate: string;
  readonly trailer?: string;
  readonly containers: readonly string[];
  readonly entersAtMs: number;
  /** On the premises for so long, where it leaves. */
  readonly staysMs: number;
  readonly laneIndex: number;
  /** Bound for its way out before it leaves, or stands there bound. */
  readonly isBound: boolean;
}

export interface Plan {
  readonly visits: readonly PlannedVisit[];
  readonly neverEntered: readonly { readonly plate: string; readonly atMs: number }[];
  readonly strangersAtMs: readonly number[];
  /** Those in which trucks leave, and those in which none does. */
  readonly outages: readonly { readonly atMs: number; readonly plates: readonly string[] }[];
  readonly untilMs: number;
}

const hour = 3_600_000;
const minute = 60_000;
const entriesPerDay = 1_000;

/** `scale` 1 is the pilot; of a fraction, for tests, every fate is there at least once. */
export function pilotPlan(scale: number, seed: number): Plan {
  const random = new SeededRandom(seed);
  const fates = [
    ...spread(transferFates, scale).map((fate) => ({ fate, transfer: true })),
    ...spread(otherFates, scale).map((fate) => ({ fate, transfer: false })),
  ];
  shuffle(fates, random);
  const betweenMs = (24 * hour) / entriesPerDay;
  const visits = fates.map(({ fate, transfer }, number): PlannedVisit => {
    const carries = transfer || random.next() < 0.5;
    return {
      number,
      transfer,
      fate,
      plate: plateOf(number),
      ...(transfer && { trailer: trailerOf(number) }),
      containers: carries ? [containerOf(number)] : [],
      entersAtMs: Math.round((number + random.next()) * betweenMs),
      staysMs: hour + Math.round(random.next() * 5 * hour),
      laneIndex: random.integer(2),
      isBound: fate !== 'stillInside' || random.next() < 0.5,
    };
  });
  const lastMs = fates.length * betweenMs;
  const outages: { atMs: number; plates: string[] }[] = [];
  const inOutage = visits.filter(({ fate }) => fate === 'outage');
  for (let at = 0; at < inOutage.length; at += trucksOfOutage) {
    const group = inOutage.slice(at, at + trucksOfOutage);
    const atMs = Math.round(7 * hour + random.next() * lastMs);
    outages.push({ atMs, plates: group.map(({ plate }) => plate) });
  }
  const placed = visits.map((visit) => {
    const outage = outages.find(({ plates }) => plates.includes(visit.plate));
    if (!outage || visit.fate !== 'outage') return visit;
    return { ...visit, entersAtMs: Math.max(0, outage.atMs - visit.staysMs) };
  });
  const moments = (count: number) =>
    Array.from({ length: Math.round(count * scale) }, () => Math.round(random.next() * lastMs));
  return {
    visits: placed,
    neverEntered: moments(noise.neverEntered).map((atMs, index) => ({
      plate: plateOf(fates.length + index),
      atMs,
    })),
    strangersAtMs: moments(noise.strangersOut),
    outages: [...outages, ...moments(noise.idleOutages).map((atMs) => ({ atMs, plates: [] }))],
    // Long enough that every age limit has been reached and what had to be looked for was.
    untilMs: lastMs + 6 * 24 * hour + minute,
  };
}

function spread(shares: Shares, scale: number): Fate[] {
  return Object.entries(shares).flatMap(([fate, share]) =>
    Array.from({ length: Math.max(1, Math.round(share * scale)) }, () => fate as Fate),
  );
}

function shuffle<T>(list: T[], random: SeededRandom): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = random.integer(at + 1);
    const [a, b] = [list[at], list[other]];
    if (a === undefined || b === undefined) continue;
    list[at] = b;
    list[other] = a;
  }
}

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const letter = (n: number) => letters.charAt(n % letters.length);

/** Numbers one after the other lie far apart, as those of trucks that come one after the other do. */
function digits(n: number, width: number): string {
  const all = 10 ** width;
  return String((n * 7_919) % all).padStart(width, '0');
}

const provinces = '粤桂湘赣闽鄂';
/** So many numbers of four digits there are with one letter before them. */
const perRound = 10_000 * letters.length;

/** Up to 5,760,000 trucks have plates of their own. */
function plateOf(n: number): string {
  const [a, b] = [Math.floor(n / 10_000), n * 13 + Math.floor(n / perRound)];
  return `${provinces.charAt(n % 6)}${letter(a)}${letter(b)}${digits(n, 4)}`;
}

/** Up to 1,440,000 trailers have. */
function trailerOf(n: number): string {
  const province = provinces.charAt(Math.floor(n / perRound) % provinces.length);
  return `${province}${letter(Math.floor(n / 10_000))}${digits(n, 4)}挂`;
}

const owners = ['CSQU', 'CBHU', 'NYKU', 'HLXU', 'MSKU', 'TGHU', 'TCLU', 'OOLU'] as const;

/** A number whose check digit would be 10 is left out, as those who number boxes do. */
function containerOf(n: number): string {
  for (let step = 0; ; step += 1) {
    const ten = `${owners[n % owners.length]}${digits(n + step * 300_007, 6)}`;
    const remainder = containerCheckRemainder(ten);
    if (remainder !== 10) return `${ten}${remainder}`;
  }
}
