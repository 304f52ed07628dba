/**
 * The file of a recording: one JSON object a line. The first describes gate and time base, the last says how many
 * lines are between; a file that was cut is read up to the cut. docs/reference/recorder.md is its description.
 */
import type {
  RecordedEntry,
  RecordedEvent,
  Recording,
  RecordingCause,
  SourceLoss,
} from '../../ports/recording.ts';

/** Since 2 there are acts of persons, since 3 the customs gate platform. */
const formatVersion = 3;
const oldestVersion = 1;
const format = 'kakou-recording';

/** What a recording must say of its gate to be played again without it. */
export interface RecordedGate {
  readonly kakou: string;
  readonly bootId: string;
  readonly clockState: string;
  /** SHA-256 of the configuration as JSON, with all it leaves out. */
  readonly configDigest: string;
  /** Without secrets and the names of their files. */
  readonly config: unknown;
  /** Policy files by their text. */
  readonly policies: readonly string[];
  /** Firmware profiles by the names the configuration gives them. */
  readonly profiles: Readonly<
    Record<string, { readonly digest: string; readonly profile: unknown }>
  >;
}

export interface RecordingHeader extends RecordedGate {
  readonly cause: RecordingCause;
  /** When it was saved, ms since 1970. */
  readonly savedAtMs: number;
  readonly losses: readonly SourceLoss[];
}

export interface ReadRecording extends Recording {
  readonly entries: readonly RecordedEntry[];
  readonly header: RecordingHeader;
  /** Where and why reading ended before the file's own end. */
  readonly cut?: string;
}

export class RecordingUnreadable extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'RecordingUnreadable';
    this.hint = hint;
  }
}

/** Lines of the file, each with its end. */
export function* recordingLines(
  { entries, losses }: Recording,
  header: Omit<RecordingHeader, 'losses'>,
): Generator<string> {
  const time = 'm: monotonic clock of this boot, ms; w: wall clock, ms since 1970, a label';
  yield line({ format, formatVersion, time, ...header, losses });
  let count = 0;
  for (const entry of entries) {
    count += 1;
    yield entryLine(entry);
  }
  yield line({ k: 'end', entries: count });
}

const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function entryLine({ sequence, at, source, isHead, event }: RecordedEntry): string {
  const { kind, ...members } = event;
  const place = {
    n: sequence,
    m: Math.round(at.monotonicMs * 1_000) / 1_000,
    w: Math.round(at.wallMs),
    s: source,
    ...(isHead && { head: true }),
    k: kind,
  };
  return line({ ...place, ...withTextOfBytes(members) });
}

/** Bytes of a stream are hexadecimal, bodies are text where they are text. */
function withTextOfBytes(members: object): object {
  if ('bytes' in members && members.bytes instanceof Uint8Array) {
    const { bytes, ...rest } = members;
    return { hex: hex(bytes as Uint8Array), ...rest };
  }
  if ('body' in members && members.body instanceof Uint8Array) {
    const { body, ...rest } = members;
    const text = Buffer.from(body as Uint8Array).toString('utf8');
    const isText = Buffer.from(text, 'utf8').equals(body as Uint8Array);
    return { ...(isText ? { text } : { bodyHex: hex(body as Uint8Array) }), ...rest };
  }
  return members;
}

export function parseRecording(text: string): ReadRecording {
  const lines = text.split('\n');
  const header = parseHeader(lines[0] ?? '');
  const entries: RecordedEntry[] = [];
  const done = (cut?: string): ReadRecording => ({
    header,
    entries,
    losses: header.losses,
    ...(cut !== undefined && { cut }),
  });
  for (const [index, each] of lines.entries()) {
    if (index === 0) continue;
    const value = parsedLine(each);
    if (!value) return done(`the file ends in line ${index + 1}, before its own last line`);
    if (value['k'] === 'end') {
      const told = value['entries'];
      return done(
        told === entries.length ? undefined : `${entries.length} of ${told} entries are there`,
      );
    }
    const entry = entryOf(value);
    if (!entry) return done(`line ${index + 1} is no entry of a recording`);
    entries.push(entry);
  }
  return done('the file ends before its own last line');
}

type Members = Readonly<Record<string, unknown>>;

function parsedLine(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

function parseHeader(text: string): RecordingHeader {
  const value = parsedLine(text);
  if (value?.['format'] !== format) {
    throw new RecordingUnreadable(
      'this is no recording of kakou: its first line does not say so',
      'give a file that kakou recorder dump has written, or one of the folder recordings of the gate',
    );
  }
  const version = Number(value['formatVersion']);
  if (!(version >= oldestVersion && version <= formatVersion)) {
    throw new RecordingUnreadable(
      `the recording has version ${JSON.stringify(value['formatVersion'])}; this kakou reads versions ${oldestVersion} to ${formatVersion}`,
      `read it with the kakou that wrote it, ${String(value['kakou'])}`,
    );
  }
  const { config, policies, profiles, losses, bootId } = value;
  const isWhole =
    typeof config === 'object' &&
    Array.isArray(policies) &&
    typeof profiles === 'object' &&
    Array.isArray(losses) &&
    typeof bootId === 'string';
  if (!isWhole) {
    throw new RecordingUnreadable(
      'the first line of the recording is not whole',
      'the file was changed after it was written: fetch it again',
    );
  }
  return value as unknown as RecordingHeader;
}

const kinds: readonly RecordedEvent['kind'][] = [
  'opened',
  'openFailed',
  'closed',
  'hungUp',
  'received',
  'sent',
  'exchange',
  'posted',
  'fetched',
  'faulted',
  'lost',
  'facts',
  'factsFailed',
  'committed',
  'acted',
  'ordered',
  'platformAsked',
  'platformHeard',
];
/** Members without which an entry cannot be played. */
const required: Readonly<Record<string, readonly string[]>> = {
  received: ['hex'],
  sent: ['hex'],
  exchange: ['request', 'result', 'requestedMs', 'lastMs', 'repeats'],
  posted: ['contentType', 'answer'],
  fetched: ['notifications'],
  facts: ['facts'],
  committed: ['events', 'result'],
  acted: ['laneId', 'act'],
  ordered: ['laneId', 'act', 'person'],
  platformAsked: ['lane', 'asked'],
  platformHeard: ['heard'],
};

function entryOf(value: Members): RecordedEntry | undefined {
  const { n, m, w, s, head, k, ...members } = value;
  const kind = kinds.find((each) => each === k);
  if (typeof n !== 'number' || typeof m !== 'number' || typeof w !== 'number') return undefined;
  if (typeof s !== 'string' || !kind) return undefined;
  if ((required[kind] ?? []).some((name) => members[name] === undefined)) return undefined;
  const event = { kind, ...withBytesOfText(members) } as unknown as RecordedEvent;
  const at = { monotonicMs: m, wallMs: w };
  return { sequence: n, at, source: s, ...(head === true && { isHead: true }), event };
}

function withBytesOfText({ hex: bytes, text, bodyHex, ...rest }: Members): object {
  if (typeof bytes === 'string') return { bytes: Buffer.from(bytes, 'hex'), ...rest };
  if (typeof text === 'string') return { body: Buffer.from(text, 'utf8'), ...rest };
  if (typeof bodyHex === 'string') return { body: Buffer.from(bodyHex, 'hex'), ...rest };
  return rest;
}
