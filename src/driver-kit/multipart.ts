/**
 * Multipart messages (RFC 2046) as devices write them, read from bytes that come in any pieces. Every length is
 * bounded, nothing is searched twice, and what does not keep the form ends the reading: the rest of such a
 * stream could be taken for anything. A part ends by its Content-Length, by the boundary, or, where it has no
 * length, by a text that closes it: else the last part of a stream would wait for the next one to begin.
 */

export interface MultipartLimits {
  /** Bytes of one part without its headers. */
  readonly partBytesMax: number;
}

export interface MultipartOptions extends MultipartLimits {
  /** As the Content-Type names it; without one the first line that begins with two dashes is the boundary. */
  readonly boundary?: string;
  /** A part of text without a length is over where this has come. */
  readonly closing?: string;
}

export interface MultipartPart {
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Media type in lower case without parameters; empty where none is told. */
  readonly contentType: string;
  /** Of Content-Disposition. */
  readonly name?: string;
  readonly fileName?: string;
  readonly bytes: Uint8Array;
}

export type MultipartEvent =
  | { readonly kind: 'part'; readonly part: MultipartPart }
  /** The closing boundary: what follows is nobody's. */
  | { readonly kind: 'end' }
  /** The form was left; nothing more is read. */
  | { readonly kind: 'broken'; readonly reason: string };

const headerBytesMax = 4_096;
const headersMax = 24;
/** Lines before the first boundary, and what stands between a part and the next boundary. */
const preambleBytesMax = 1_024;
const boundaryLengthMax = 100;
const lineFeed = 0x0a;

type Stage = 'boundary' | 'headers' | 'body' | 'over';

class Broken extends Error {}

export class MultipartReader {
  readonly #options: MultipartOptions;
  readonly #closing: Buffer | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  /** What is waiting lies between these two in `#bytes`. */
  #from = 0;
  #to = 0;
  /** Up to here, from `#from`, the body was searched and its end not found. */
  #searched = 0;
  #stage: Stage = 'boundary';
  /** With its two dashes. */
  #boundary: Buffer | undefined;
  #preambleBytes = 0;
  #headers: ReadonlyMap<string, string> = new Map();
  #length: number | undefined;

  constructor(options: MultipartOptions) {
    this.#options = options;
    this.#closing = options.closing === undefined ? undefined : Buffer.from(options.closing);
  }

  /** Whether nothing of a part has come that is not whole. */
  get isBetweenParts(): boolean {
    return this.#stage === 'over' || (this.#stage === 'boundary' && this.#boundary !== undefined);
  }

  feed(bytes: Uint8Array): MultipartEvent[] {
    const events: MultipartEvent[] = [];
    if (this.#stage === 'over') return events;
    this.#append(bytes);
    try {
      while (this.#step(events));
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#over();
      events.push({ kind: 'broken', reason: error.message });
    }
    return events;
  }

  #append(bytes: Uint8Array): void {
    const waiting = this.#to - this.#from;
    if (this.#to + bytes.length > this.#bytes.length) {
      // Grown by doubling, so that a part in many small pieces is not copied for each of them.
      const size = Math.max(2 * waiting, waiting + bytes.length, 4_096);
      const larger = Buffer.alloc(size);
      this.#bytes.copy(larger, 0, this.#from, this.#to);
      this.#bytes = larger;
      this.#from = 0;
      this.#to = waiting;
    }
    this.#bytes.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  #over(): void {
    this.#stage = 'over';
    this.#bytes = Buffer.alloc(0);
    this.#from = 0;
    this.#to = 0;
  }

  /** True while there is more to read in what has come. */
  #step(events: MultipartEvent[]): boolean {
    switch (this.#stage) {
      case 'boundary':
        return this.#readBoundary(events);
      case 'headers':
        return this.#readHeaders();
      case 'body':
        return this.#readBody(events);
      default:
        return false;
    }
  }

  #waiting(): Buffer {
    return this.#bytes.subarray(this.#from, this.#to);
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.#from, this.#from + length);
    this.#from += length;
    this.#searched = 0;
    return taken;
  }

  #readBoundary(events: MultipartEvent[]): boolean {
    const waiting = this.#waiting();
    const boundary = this.#boundary ?? this.#begun(waiting);
    // The closing boundary needs no line end behind it: nothing may come after it.
    if (boundary && startsWith(waiting, boundary)) {
      const behind = waiting.subarray(boundary.length, boundary.length + 2).toString('latin1');
      if (behind.length < 2) return false;
      if (behind === '--') {
        this.#over();
        events.push({ kind: 'end' });
        return false;
      }
    }
    const end = waiting.indexOf(lineFeed);
    if ((end < 0 ? waiting.length : end) > preambleBytesMax) {
      throw new Broken('no boundary where one must stand');
    }
    if (end < 0) return false;
    const line = this.#take(end + 1)
      .toString('latin1')
      .trimEnd();
    if (boundary && line === boundary.toString('latin1')) {
      this.#boundary = boundary;
      this.#stage = 'headers';
      return true;
    }
    this.#preambleBytes += end + 1;
    const isBlank = line.trim() === '';
    if ((this.#boundary && !isBlank) || this.#preambleBytes > preambleBytesMax) {
      throw new Broken('no boundary where one must stand');
    }
    return true;
  }

  /**
   * The boundary of the message, once a line has begun with it. Some firmware writes the two dashes into the
   * name of its boundary as well.
   */
  #begun(waiting: Buffer): Buffer | undefined {
    const { boundary } = this.#options;
    if (boundary !== undefined) {
      const forms = [`--${boundary}`, ...(boundary.startsWith('--') ? [boundary] : [])];
      return forms.map((form) => Buffer.from(form)).find((form) => startsWith(waiting, form));
    }
    const end = waiting.indexOf(lineFeed);
    const line = waiting.subarray(0, Math.max(0, end)).toString('latin1').trimEnd();
    const isBoundary = /^--[!-~]+$/.test(line) && line.length <= boundaryLengthMax;
    return isBoundary ? Buffer.from(line, 'latin1') : undefined;
  }

  #readHeaders(): boolean {
    const waiting = this.#waiting();
    const headers = new Map<string, string>();
    let at = 0;
    for (;;) {
      const end = waiting.indexOf(lineFeed, at);
      if ((end < 0 ? waiting.length : end) > headerBytesMax) throw new Broken('headers too long');
      if (end < 0) return false;
      const line = waiting.subarray(at, end).toString('latin1').trimEnd();
      at = end + 1;
      if (line === '') break;
      const colon = line.indexOf(':');
      if (colon < 1) throw new Broken('a header without a name');
      if (headers.size >= headersMax) throw new Broken(`more than ${headersMax} headers`);
      headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    this.#take(at);
    this.#headers = headers;
    this.#length = this.#lengthIn(headers);
    this.#stage = 'body';
    this.#preambleBytes = 0;
    return true;
  }

  #lengthIn(headers: ReadonlyMap<string, string>): number | undefined {
    const text = headers.get('content-length');
    if (text === undefined) return undefined;
    if (!/^\d{1,10}$/.test(text)) throw new Broken('a length that is no number');
    const length = Number(text);
    const { partBytesMax } = this.#options;
    if (length > partBytesMax) {
      throw new Broken(`a part of ${length} bytes, and at most ${partBytesMax} are read`);
    }
    return length;
  }

  /** How long it is depends on how much of it has come, which is chance. */
  #refuseLengthless(): never {
    throw new Broken(`a part of more than the ${this.#options.partBytesMax} bytes that are read`);
  }

  #readBody(events: MultipartEvent[]): boolean {
    const waiting = this.#waiting();
    const length = this.#length ?? this.#endOf(waiting);
    if (length === undefined) {
      if (waiting.length > this.#options.partBytesMax + boundaryLengthMax) this.#refuseLengthless();
      return false;
    }
    if (waiting.length < length) return false;
    if (length > this.#options.partBytesMax) this.#refuseLengthless();
    const bytes = Uint8Array.from(this.#take(length));
    events.push({ kind: 'part', part: partOf(this.#headers, bytes) });
    this.#stage = 'boundary';
    return true;
  }

  /** Where a body without a length ends: before the line end of the next boundary, or behind what closes it. */
  #endOf(waiting: Buffer): number | undefined {
    const boundary = this.#boundary ?? Buffer.alloc(0);
    // A part without a body: its boundary follows the empty line at once.
    if (startsWith(waiting, boundary)) return 0;
    const marks = Buffer.concat([Buffer.of(lineFeed), boundary]);
    const next = waiting.indexOf(marks, Math.max(0, this.#searched - marks.length));
    const closing = this.#closing;
    const isText = closing && !/^image\//.test(this.#headers.get('content-type') ?? '');
    const closed = isText
      ? waiting.indexOf(closing, Math.max(0, this.#searched - closing.length))
      : -1;
    this.#searched = waiting.length;
    if (closing && closed >= 0 && (next < 0 || closed < next)) return closed + closing.length;
    if (next < 0) return undefined;
    return next > 0 && waiting[next - 1] === 0x0d ? next - 1 : next;
  }
}

function startsWith(bytes: Buffer, begin: Buffer): boolean {
  return bytes.length >= begin.length && bytes.subarray(0, begin.length).equals(begin);
}

function partOf(headers: ReadonlyMap<string, string>, bytes: Uint8Array): MultipartPart {
  const disposition = headers.get('content-disposition') ?? '';
  const name = parameterOf(disposition, 'name');
  const fileName = parameterOf(disposition, 'filename');
  const contentType = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return {
    headers,
    contentType,
    ...(name !== undefined && { name }),
    ...(fileName !== undefined && { fileName }),
    bytes,
  };
}

/** A parameter of a header; some firmware writes no space behind the semicolon. */
export function parameterOf(header: string, name: string): string | undefined {
  for (const [, key = '', quoted, plain] of header.matchAll(
    /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))/g,
  )) {
    if (key.toLowerCase() === name) return quoted?.replace(/\\(.)/g, '$1') ?? plain;
  }
  return undefined;
}
