/**
 * The connections of a device in a recording, as a host on a port has to play them: from when it takes one, what it
 * says on it, and when it cuts it. Entries are in the order of their times.
 */
import type { RecordedEntry } from '../ports/recording.ts';

export interface ServedChunk {
  /** Of the monotonic clock of the recording. */
  readonly atMs: number;
  readonly wallMs: number;
  readonly bytes: Uint8Array;
  /** Bytes that the daemon had sent on this connection before; an answer does not come before its question. */
  readonly sentBefore: number;
  /** Of a beginning that is older than the recording: it is said as soon as the connection is there. */
  readonly isHead: boolean;
}

export interface ServedConnection {
  /** A connection is taken from here; -Infinity: whenever it comes. */
  readonly fromMs: number;
  /** When the recording has it. */
  readonly openedMs: number;
  /** When the device ended it; Infinity where it did not. */
  readonly cutMs: number;
  readonly chunks: readonly ServedChunk[];
  /** What the daemon sent, as far as it was recorded. */
  readonly sent: readonly Uint8Array[];
}

interface Building {
  fromMs: number;
  openedMs: number;
  cutMs: number;
  chunks: ServedChunk[];
  sent: Uint8Array[];
  sentBytes: number;
}

/** `startMs`: when the recording begins, on its monotonic clock. */
export function connectionsOf(
  entries: readonly RecordedEntry[],
  startMs: number,
): readonly ServedConnection[] {
  const connections: Building[] = [];
  // The daemon may be there earlier than in the recording: its tries are at random times.
  let doorMs = Number.NEGATIVE_INFINITY;
  let current: Building | undefined;
  const begin = (openedMs: number) => {
    const made = { fromMs: doorMs, openedMs, cutMs: Number.POSITIVE_INFINITY };
    current = { ...made, chunks: [], sent: [], sentBytes: 0 };
    connections.push(current);
    return current;
  };
  for (const entry of entries) {
    const { event, at, isHead = false } = entry;
    const atMs = at.monotonicMs;
    switch (event.kind) {
      case 'opened':
        begin(isHead ? startMs : atMs);
        break;
      case 'openFailed':
      case 'lost':
      case 'hungUp':
      case 'closed':
        if (current && event.kind !== 'hungUp' && event.kind !== 'openFailed') current.cutMs = atMs;
        current = undefined;
        doorMs = atMs;
        break;
      case 'received': {
        const on = current ?? begin(startMs);
        const { bytes } = event;
        const { sentBytes: sentBefore } = on;
        on.chunks.push({ atMs, wallMs: at.wallMs, bytes, sentBefore, isHead });
        break;
      }
      case 'sent': {
        const on = current ?? begin(startMs);
        on.sent.push(event.bytes);
        on.sentBytes += event.bytes.length + (event.cutBytes ?? 0);
        break;
      }
      case 'exchange':
      case 'fetched':
        current ??= begin(startMs);
        break;
      default:
    }
  }
  return connections;
}

/** The device was there when the recording begins, so the daemon that is served must have it before that. */
export function isThereAtStart([first]: readonly ServedConnection[]): boolean {
  return first?.fromMs === Number.NEGATIVE_INFINITY;
}
