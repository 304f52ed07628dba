/**
 * The journal entry: its bytes are stored, hashed and sent as they are, and never made twice. The text is
 * CloudEvents 1.0 structured JSON with the keys in the order below and no white space between tokens.
 * The chain is `prevhash`, the SHA-256 of the bytes of the entry before.
 */
import type { ClockState, Instant } from '../time.ts';
import type { EventDraft } from './events.ts';
import { eventTypePrefix } from './events.ts';

/** `prevhash` of the first entry of an epoch. */
export const noPreviousHash = '0'.repeat(64);

/** Largest entry, in bytes of UTF-8: a C2SP tile cannot hold more in one entry (uint16 length). */
export const entryBytesMax = 65_535;

/** Where and when an entry is written; everything in it that is not the event itself. */
export interface EntryPlace {
  readonly siteId: string;
  readonly gateId: string;
  /** UUIDv7. */
  readonly id: string;
  /** Random, 32 hexadecimal digits, new whenever a ledger is created or restored. */
  readonly epoch: string;
  /** From 1 within the epoch. */
  readonly sequence: number;
  readonly previousHash: string;
  readonly bootId: string;
  readonly recordedAt: Instant;
  readonly clockState: ClockState;
}

/** Sixteen digits, so that text order is number order. */
export function sequenceText(sequence: number): string {
  return String(sequence).padStart(16, '0');
}

function sourceOf(siteId: string, gateId: string): string {
  return `urn:kakou:${siteId}:${gateId}`;
}

/** The one place where an entry's text is made. Its UTF-8 bytes are the entry. */
export function encodeEntry(
  event: EventDraft,
  place: EntryPlace,
  rfc3339: (ms: number) => string,
): string {
  return JSON.stringify({
    specversion: '1.0',
    type: eventTypePrefix + event.type,
    source: sourceOf(place.siteId, place.gateId),
    id: place.id,
    time: rfc3339(event.timeMs),
    datacontenttype: 'application/json',
    subject: event.subject,
    recordedtime: rfc3339(place.recordedAt.wallMs),
    sequence: sequenceText(place.sequence),
    epoch: place.epoch,
    prevhash: place.previousHash,
    bootid: place.bootId,
    monotonic: String(Math.round(place.recordedAt.monotonicMs)),
    clockstate: place.clockState,
    data: event.data,
  });
}

/** What the core does not do itself. */
export interface TextMeasures {
  rfc3339(ms: number): string;
  /** Length in bytes of UTF-8. */
  byteLength(text: string): number;
}

/** Room for the statement of what was left out. */
const statementBytesMax = 4_096;
const leftOutListedMax = 16;

/**
 * As `encodeEntry`, and never larger than an entry may be: the smallest members of the data stay, and a statement
 * stands for the others. What happened is recorded either way; an event that could not be written would be lost.
 */
export function encodeEntryWithin(
  event: EventDraft,
  place: EntryPlace,
  { rfc3339, byteLength }: TextMeasures,
): string {
  const entry = encodeEntry(event, place, rfc3339);
  // No UTF-16 unit takes more than three bytes of UTF-8.
  if (entry.length * 3 <= entryBytesMax) return entry;
  const bytes = byteLength(entry);
  if (bytes <= entryBytesMax) return entry;
  const around = bytes - byteLength(JSON.stringify(event.data));
  const room = entryBytesMax - around - statementBytesMax;
  return encodeEntry(
    { ...event, data: shortened(event.data, { room, byteLength, bytes }) },
    place,
    rfc3339,
  );
}

function shortened(
  data: EventDraft['data'],
  { room, byteLength, bytes }: Pick<TextMeasures, 'byteLength'> & { room: number; bytes: number },
): EventDraft['data'] {
  const members = Object.entries(data)
    .map(([name, value]) => ({ name, bytes: byteLength(JSON.stringify({ [name]: value })) }))
    .sort((a, b) => a.bytes - b.bytes);
  let used = 0;
  const kept = new Set<string>();
  for (const member of members) {
    used += member.bytes;
    if (used <= room) kept.add(member.name);
  }
  const leftOut = members.filter(({ name }) => !kept.has(name)).reverse();
  return {
    ...Object.fromEntries(Object.entries(data).filter(([name]) => kept.has(name))),
    fault: 'entry-too-large',
    entryBytes: bytes,
    leftOut: leftOut
      .slice(0, leftOutListedMax)
      .map((member) => ({ name: member.name.slice(0, 32), bytes: member.bytes })),
  };
}
