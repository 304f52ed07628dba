/**
 * What the lanes of a recording looked up, as a customs feed that makes a daemon find the same: a snapshot of each
 * source at the start, and what came or went between two look-ups of the same. Times are those of the recording;
 * whoever writes the feed moves them to now.
 */
import { type Fact, type GatheredFacts, noFacts, type SourceState } from '../core/facts.ts';
import type { Instant } from '../core/time.ts';
import type { RecordedEntry } from '../ports/recording.ts';

export interface ServedRecord {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly op: 'put' | 'delete';
  readonly asOf: string;
  /** Not of a delete. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** One file of the feed. */
export interface FeedDrop {
  readonly source: string;
  readonly mode: 'snapshot' | 'delta';
  /** Of the monotonic clock of the recording; -Infinity: before everything else. */
  readonly atMs: number;
  /** When the source said so, by the wall clock of the recording. */
  readonly watermarkAtMs: number;
  readonly facts: readonly FeedChange[];
}

export interface FeedChange {
  readonly op: 'put' | 'delete';
  readonly fact: Fact;
}

export interface FeedPlan {
  readonly drops: readonly FeedDrop[];
  /** What no feed can bring. */
  readonly notes: readonly string[];
}

interface Lookup {
  readonly atMs: number;
  readonly wallMs: number;
  readonly facts: GatheredFacts;
}

export function feedPlan(
  entries: readonly RecordedEntry[],
  { sources, start }: { readonly sources: readonly string[]; readonly start: Instant },
): FeedPlan {
  const lookups = entries.flatMap(({ event, at }) =>
    event.kind === 'facts' ? [{ atMs: at.monotonicMs, wallMs: at.wallMs, facts: event.facts }] : [],
  );
  const changes = changesOf(lookups);
  return {
    drops: sources.flatMap((source) => dropsOf(source, { lookups, changes, start })),
    notes: notesOf(entries, lookups, sources),
  };
}

interface Change extends FeedChange {
  readonly atMs: number;
}

const keyOf = ({ source, kind, id }: Fact) => `${source}/${kind}/${id}`;

/** A fact that one look-up has, and an earlier one that asked the same has not, came in between; and so it went. */
function changesOf(lookups: readonly Lookup[]): readonly Change[] {
  const known = new Map<string, { version: number; isThere: boolean }>();
  const before = new Map<string, Lookup>();
  const changes: Change[] = [];
  for (const lookup of lookups) {
    const asked = JSON.stringify(lookup.facts.query);
    const last = before.get(asked);
    before.set(asked, lookup);
    const between = last ? (last.atMs + lookup.atMs) / 2 : Number.NEGATIVE_INFINITY;
    const here = factsOf(lookup.facts);
    for (const [key, fact] of here) {
      const one = known.get(key);
      if (one?.isThere && one.version >= fact.version) continue;
      known.set(key, { version: fact.version, isThere: true });
      changes.push({ op: 'put', fact, atMs: one ? middleOf(last, lookup) : between });
    }
    for (const [key, fact] of last ? factsOf(last.facts) : []) {
      const one = known.get(key);
      if (here.has(key) || !one?.isThere) continue;
      known.set(key, { version: fact.version, isThere: false });
      changes.push({ op: 'delete', fact: { ...fact, version: fact.version + 1 }, atMs: between });
    }
  }
  return changes;
}

/** Of another question the time before is not known: it came just before it was found. */
function middleOf(last: Lookup | undefined, lookup: Lookup): number {
  return last ? (last.atMs + lookup.atMs) / 2 : lookup.atMs - 500;
}

function factsOf(facts: GatheredFacts): ReadonlyMap<string, Fact> {
  const kinds = Object.keys(noFacts) as readonly (keyof typeof noFacts)[];
  // An older recording does not have every kind.
  const all: readonly Fact[] = kinds.flatMap((kind): readonly Fact[] => facts[kind] ?? []);
  return new Map(all.map((fact) => [keyOf(fact), fact]));
}

/** A watermark moves when the source had moved it, so that a source is as old at each decision as it was. */
function dropsOf(
  source: string,
  of: {
    readonly lookups: readonly Lookup[];
    readonly changes: readonly Change[];
    readonly start: Instant;
  },
): readonly FeedDrop[] {
  const spoken = of.lookups.flatMap((lookup) => {
    const ms = stateOf(lookup, source)?.watermarkAtMs;
    return ms === undefined ? [] : [{ lookup, ms }];
  });
  // One that nobody asked about is as current as can be; one that had never spoken when it was asked says nothing.
  if (of.lookups.length > 0 && spoken.length === 0) return [];
  const own = of.changes.filter(({ fact }) => fact.source === source);
  const isFirst = ({ atMs }: Change) => atMs === Number.NEGATIVE_INFINITY;
  // What the source said only after the start would be of the future there.
  const firstMs = Math.min(spoken[0]?.ms ?? of.start.wallMs, of.start.wallMs);
  const snapshot: FeedDrop = {
    source,
    mode: 'snapshot',
    atMs: Number.NEGATIVE_INFINITY,
    watermarkAtMs: firstMs,
    facts: own.filter(isFirst),
  };
  const moved: FeedDrop[] = [];
  let lastMs = firstMs;
  for (const { lookup, ms } of spoken) {
    if (ms === lastMs) continue;
    lastMs = ms;
    const atMs = lookup.atMs - Math.max(0, lookup.wallMs - ms);
    moved.push({ source, mode: 'delta', atMs, watermarkAtMs: ms, facts: [] });
  }
  const later = own
    .filter((change) => !isFirst(change))
    .map(({ op, fact, atMs }): FeedDrop => {
      const said = moved.findLast((drop) => drop.atMs <= atMs)?.watermarkAtMs ?? firstMs;
      return { source, mode: 'delta', atMs, watermarkAtMs: said, facts: [{ op, fact }] };
    });
  return [snapshot, ...[...moved, ...later].sort((a, b) => a.atMs - b.atMs)];
}

function stateOf({ facts }: Lookup, source: string): SourceState | undefined {
  return facts.sources.find((each) => each.source === source);
}

function notesOf(
  entries: readonly RecordedEntry[],
  lookups: readonly Lookup[],
  sources: readonly string[],
): readonly string[] {
  const own = new Set(
    entries.flatMap(({ event }) =>
      event.kind === 'committed' ? event.events.map(({ subject }) => subject) : [],
    ),
  );
  const notes = new Set<string>();
  for (const { facts } of lookups) {
    const asked = JSON.stringify(facts.query);
    const tell = (what: string) => notes.add(`${what}, which the feed cannot bring: ${asked}`);
    if (facts.uses.some(({ passageId }) => !own.has(passageId)))
      tell('a release was used or reserved before the recording');
    if (facts.visits.some(({ visitId }) => !own.has(visitId)))
      tell('a visit was open before the recording');
    if (facts.taints.length > 0) tell('a line that nobody could read tainted a subject');
    if (facts.sources.some(({ gaps }) => gaps.length > 0)) tell('a source had gaps');
    for (const fact of factsOf(facts).values()) {
      if (!sources.includes(fact.source)) tell(`${fact.source} is no source any more`);
    }
  }
  return [...notes];
}

/** A look-up has the reference of a card, one of an older version its number. */
const servedCard = (card: string) => (/^[0-9a-f]{32}$/.test(card) ? `ref:${card}` : card);

/** A fact as a record of the feed, with its times moved. */
export function recordOf({ op, fact }: FeedChange, byMs: number): ServedRecord {
  const { id, source: _, kind, version, asOfMs, ...rest } = fact;
  const moved = (ms: number) => new Date(ms + byMs).toISOString();
  const body = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => {
      // Every member of a fact that is a time is in ms, and in the feed a text.
      if (name.endsWith('Ms')) return [name.slice(0, -2), moved(Number(value))];
      return [
        name,
        fact.kind === 'driver' && name === 'cards' ? fact.cards.map(servedCard) : value,
      ];
    }),
  );
  return { kind, id, version, op, asOf: moved(asOfMs), ...(op === 'put' && { body }) };
}
