/**
 * The flight recorder: for each device, and for the lanes' look-ups, commits and acts, the newest traffic in memory.
 * It is bounded by bytes, by number and by age; the oldest gives way. Adding an entry copies what a transport may
 * use again, once, and waits for nothing; no disk is touched here.
 */
import type { Instant } from '../core/time.ts';
import type {
  RecordedEntry,
  RecordedEvent,
  RecordedExchange,
  Recording,
} from '../ports/recording.ts';

export interface RecorderLimits {
  /** For all sources together. */
  readonly bytesMax: number;
  /** Older entries give way, ms. */
  readonly keepMs: number;
}

interface KeptEntry {
  readonly sequence: number;
  readonly at: Instant;
  event: RecordedEvent;
  readonly bytes: number;
}

/** What an entry takes beside its bytes, with its objects, about. */
const entryBytes = 160;
const sourceBytesMax = 1_048_576;
const entriesMax = 8_192;
/** Equal answers are one entry for so long, so that an entry is gone when it is old. */
const runMsMax = 30_000;
/** Of each connection its beginning is kept: a dialogue cannot be followed without it. */
const headEntriesMax = 64;
const headBytesMax = 16_384;
const gone: KeptEntry = {
  sequence: 0,
  at: { wallMs: 0, monotonicMs: 0 },
  event: { kind: 'hungUp' },
  bytes: 0,
};
const headKinds: readonly RecordedEvent['kind'][] = ['opened', 'received', 'sent'];
const endKinds: readonly RecordedEvent['kind'][] = ['closed', 'hungUp', 'lost', 'openFailed'];

export class Recorder {
  readonly #limits: RecorderLimits;
  readonly #channels = new Map<string, RecorderChannel>();
  #sequence = 0;

  constructor(limits: RecorderLimits, sources: readonly string[]) {
    this.#limits = limits;
    const bytesMax = Math.min(sourceBytesMax, Math.floor(limits.bytesMax / sources.length));
    const next = () => {
      this.#sequence += 1;
      return this.#sequence;
    };
    for (const source of sources) {
      this.#channels.set(source, new RecorderChannel(source, { ...limits, bytesMax }, next));
    }
  }

  channel(source: string): RecorderChannel {
    const channel = this.#channels.get(source);
    if (!channel) throw new RangeError(`nothing is recorded of ${source}`);
    return channel;
  }

  /**
   * Everything that is kept, in the order of its times. What is kept is noted in this call; it is put in order while
   * it is read, because that takes longer than the gate may wait.
   */
  snapshot(now: Instant): Recording {
    const channels = [...this.#channels.values()];
    const sinceMs = now.monotonicMs - this.#limits.keepMs;
    const kept = channels.map((channel) => channel.kept(sinceMs));
    const losses = channels.map(({ source, dropped }) => ({ source, dropped }));
    return {
      entries: { [Symbol.iterator]: () => inOrder(kept) },
      losses: losses.filter(({ dropped }) => dropped > 0),
    };
  }
}

interface Head {
  readonly entries: KeptEntry[];
  bytes: number;
  /** Nothing is added any more. */
  isWhole: boolean;
  /** Of what ended the connection. */
  endSequence?: number;
}

interface KeptOfSource {
  readonly source: string;
  readonly head: readonly KeptEntry[];
  readonly entries: readonly KeptEntry[];
}

function* inOrder(kept: readonly KeptOfSource[]): Generator<RecordedEntry> {
  for (const entry of merged(kept.map(({ source, head }) => ({ source, entries: head, next: 0 }))))
    yield { ...entry, isHead: true };
  yield* merged(kept.map(({ source, entries }) => ({ source, entries, next: 0 })));
}

interface Place {
  readonly source: string;
  readonly entries: readonly KeptEntry[];
  next: number;
}

/** Each source's entries are in order already. */
function* merged(places: readonly Place[]): Generator<RecordedEntry> {
  for (;;) {
    let first: Place | undefined;
    let oldest: KeptEntry | undefined;
    for (const place of places) {
      const entry = place.entries[place.next];
      if (!entry || (oldest && !isBefore(entry, oldest))) continue;
      first = place;
      oldest = entry;
    }
    if (!first || !oldest) return;
    first.next += 1;
    const { sequence, at, event } = oldest;
    yield { sequence, at, source: first.source, event };
  }
}

function isBefore(a: KeptEntry, b: KeptEntry): boolean {
  const sinceMs = a.at.monotonicMs - b.at.monotonicMs;
  return sinceMs < 0 || (sinceMs === 0 && a.sequence < b.sequence);
}

export class RecorderChannel {
  readonly source: string;
  readonly #limits: RecorderLimits;
  readonly #next: () => number;
  #kept: KeptEntry[] = [];
  /** Entries of `#kept` before this one have given way. */
  #first = 0;
  #bytes = 0;
  /** Beginnings of the connections of which something is kept, and of the one before. */
  #heads: Head[] = [];
  readonly #runs = new Map<string, KeptEntry>();
  dropped = 0;

  constructor(source: string, limits: RecorderLimits, next: () => number) {
    this.source = source;
    this.#limits = limits;
    this.#next = next;
  }

  /** `bytes`: what the event holds beside its own few members. */
  add(at: Instant, event: RecordedEvent, bytes = 0): void {
    this.#keep({ sequence: this.#next(), at, event, bytes: bytes + entryBytes });
  }

  #keep(entry: KeptEntry): void {
    this.#kept.push(entry);
    this.#bytes += entry.bytes;
    this.#keepHead(entry);
    const oldestMs = entry.at.monotonicMs - this.#limits.keepMs;
    while (this.#isOver(oldestMs)) this.#dropOldest();
  }

  #isOver(oldestMs: number): boolean {
    const oldest = this.#kept[this.#first];
    if (!oldest) return false;
    const isTooMuch = this.#bytes > this.#limits.bytesMax;
    const isTooMany = this.#kept.length - this.#first > entriesMax;
    return isTooMuch || isTooMany || lastOf(oldest) < oldestMs;
  }

  #dropOldest(): void {
    const oldest = this.#kept[this.#first];
    // Its place is kept for a while; what it held is not.
    this.#kept[this.#first] = gone;
    this.#first += 1;
    this.#bytes -= oldest?.bytes ?? 0;
    this.dropped += 1;
    // Shifting an array of thousands at every entry would cost more than the entry.
    if (this.#first < 1_024 && this.#first < this.#kept.length) return;
    this.#kept = this.#kept.slice(this.#first);
    this.#first = 0;
    this.#headBefore(this.#kept[0]?.sequence ?? 0);
  }

  #keepHead(entry: KeptEntry): void {
    const { kind } = entry.event;
    if (kind === 'opened' || endKinds.includes(kind)) {
      this.#runs.clear();
      const last = this.#heads.at(-1);
      if (last) last.endSequence ??= entry.sequence;
    }
    if (kind === 'opened') this.#heads.push({ entries: [], bytes: 0, isWhole: false });
    const head = this.#heads.at(-1);
    if (!head || head.isWhole || head.endSequence !== undefined || !headKinds.includes(kind))
      return;
    head.bytes += entry.bytes;
    // What follows a gap would not be the beginning any more.
    head.isWhole = head.entries.length >= headEntriesMax || head.bytes > headBytesMax;
    if (!head.isWhole) head.entries.push(entry);
  }

  /** Of the connection that was open when the oldest entry came. */
  #headBefore(firstSequence: number): readonly KeptEntry[] {
    const isOlder = (head: Head | undefined) => (head?.entries[0]?.sequence ?? 0) < firstSequence;
    while (this.#heads.length > 1 && isOlder(this.#heads[1])) this.#heads.shift();
    const [head] = this.#heads;
    if (!head || !isOlder(head) || (head.endSequence ?? firstSequence) < firstSequence) return [];
    return head.entries.filter(({ sequence }) => sequence < firstSequence);
  }

  /** An exchange; reads that are answered as before lengthen the entry of the first. */
  exchanged(at: Instant, exchange: Omit<RecordedExchange, 'kind' | 'lastMs' | 'repeats'>): void {
    const { request, result, requestedMs } = exchange;
    const key = requestKey(request);
    const run = this.#runs.get(key);
    const lastMs = at.monotonicMs;
    if (run?.event.kind === 'exchange' && isSameReading(run.event, exchange)) {
      const isHere =
        run.sequence >= (this.#kept[this.#first]?.sequence ?? Number.POSITIVE_INFINITY);
      if (isHere && lastMs - run.at.monotonicMs < runMsMax) {
        run.event = { ...run.event, lastMs, repeats: run.event.repeats + 1 };
        return;
      }
    }
    const event = { kind: 'exchange' as const, request, result, requestedMs, lastMs, repeats: 0 };
    const entry = { sequence: this.#next(), at, event, bytes: entryBytes + replyBytes(result) };
    if (this.#runs.size >= 64) this.#runs.clear();
    this.#runs.set(key, entry);
    this.#keep(entry);
  }

  kept(sinceMs: number): KeptOfSource {
    const isOld = (entry: KeptEntry | undefined) => entry && lastOf(entry) < sinceMs;
    let first = this.#first;
    while (isOld(this.#kept[first])) first += 1;
    const entries = this.#kept.slice(first);
    const firstSequence = entries[0]?.sequence ?? Number.POSITIVE_INFINITY;
    return { source: this.source, head: this.#headBefore(firstSequence), entries };
  }
}

function lastOf({ at, event }: KeptEntry): number {
  return event.kind === 'exchange' ? event.lastMs : at.monotonicMs;
}

/** Requests that are alike in everything. */
export function requestKey(request: RecordedExchange['request']): string {
  const { function: code, address } = request;
  if ('quantity' in request) return `${code}/${address}/${request.quantity}`;
  return `${code}/${address}=${'values' in request ? request.values.join() : request.value}`;
}

function isSameReading(
  before: RecordedExchange,
  { request, result }: Pick<RecordedExchange, 'request' | 'result'>,
): boolean {
  if (!('quantity' in request)) return false;
  if (before.result.kind !== 'reply' || result.kind !== 'reply') return false;
  return isSameReply(before.result.reply, result.reply);
}

type Reply = Extract<RecordedExchange['result'], { kind: 'reply' }>['reply'];

function isSameReply(a: Reply, b: Reply): boolean {
  if (a.kind === 'bits' && b.kind === 'bits') {
    return a.bits.length === b.bits.length && a.bits.every((bit, i) => bit === b.bits[i]);
  }
  if (a.kind === 'words' && b.kind === 'words') {
    return a.words.length === b.words.length && a.words.every((word, i) => word === b.words[i]);
  }
  return false;
}

function replyBytes(result: RecordedExchange['result']): number {
  if (result.kind === 'failed') return result.detail.length;
  if (result.reply.kind === 'bits') return result.reply.bits.length * 8;
  return result.reply.kind === 'words' ? result.reply.words.length * 8 : 0;
}
