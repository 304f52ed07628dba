/**
 * Dates in the messages of ISAPI cameras, moved from then to now. Their driver takes a reading whose date is not of
 * now for an old one that is told late. The text keeps its length, so parts keep theirs.
 */
import type { Instant } from '../core/time.ts';
import type { RecordedEntry } from '../ports/recording.ts';

const date = /(<dateTime>\s*)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?=[^<]*<\/dateTime>)/g;
const jsonDate = /("dateTime"\s*:\s*")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/g;

/** `byMs` is rounded to whole seconds. A date that no calendar has stays as it is. */
export function withShiftedDates(bytes: Uint8Array, byMs: number): Uint8Array {
  const text = latin1Of(bytes);
  const moved = (whole: string, before: string, local: string) => {
    const ms = Date.parse(`${local}Z`);
    if (Number.isNaN(ms)) return whole;
    const there = new Date(ms + Math.round(byMs / 1_000) * 1_000).toISOString().slice(0, 19);
    return before + there;
  };
  const shifted = text.replace(date, moved).replace(jsonDate, moved);
  return shifted === text ? bytes : Uint8Array.from(shifted, (each) => each.charCodeAt(0));
}

/** Each byte is one character: text of any encoding comes out as it was. */
function latin1Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return text;
}

/** Pieces of one stream: a date may be cut by the end of a piece. Each piece keeps its length. */
export function piecesWithShiftedDates(
  pieces: readonly Uint8Array[],
  byMs: number,
): readonly Uint8Array[] {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    whole.set(piece, end);
    end += piece.length;
  }
  const shifted = withShiftedDates(whole, byMs);
  let at = 0;
  return pieces.map(({ length }) => {
    at += length;
    return shifted.subarray(at - length, at);
  });
}

/**
 * The beginning of an older stream of alerts is told just before the rest. Its dates must be of there, or the camera's
 * clock is taken to be hours behind until it tells its time again.
 */
export function withHeadsOfNow(
  entries: readonly RecordedEntry[],
  { headsOver, sources }: { readonly headsOver: Instant; readonly sources: ReadonlySet<string> },
): readonly RecordedEntry[] {
  const moved = new Map<RecordedEntry, RecordedEntry>();
  for (const source of sources) {
    const heads = entries.flatMap((entry) =>
      entry.source === source && entry.isHead && entry.event.kind === 'received'
        ? [{ entry, event: entry.event }]
        : [],
    );
    const lastMs = heads.at(-1)?.entry.at.wallMs ?? headsOver.wallMs;
    const pieces = piecesWithShiftedDates(
      heads.map(({ event }) => event.bytes),
      headsOver.wallMs - lastMs,
    );
    for (const [i, { entry, event }] of heads.entries())
      moved.set(entry, { ...entry, event: { ...event, bytes: pieces[i] ?? event.bytes } });
  }
  return entries.map((entry) => moved.get(entry) ?? entry);
}
