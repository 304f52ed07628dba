/**
 * A message of the customs gate platform as bytes: the socket frame of JGS/T 14-2015, Annex A. Decoding is total and
 * bounded: every length is compared with the bytes that are there, and what does not fit exactly is refused with the
 * reason. The XML is handed on as text; its meaning is the messages' own.
 */
import { decodedText, encodedText } from './charset.ts';
import type { Dialect } from './dialect.ts';

/** As the frame knows them; the XML of the readers of electronic seals has more. */
export type FrameDirection = 'I' | 'E';

/** Codes of Annex A that a gate and its platform exchange about a vehicle. */
export const messageCodes = {
  capture: 0x21,
  verdict: 0x22,
  order: 0x31,
  orderDone: 0x32,
} as const;

export interface FrameHead {
  /** 0 to 255. */
  readonly code: number;
  /** Number of the premises as customs assigned it: 10 characters of ASCII. */
  readonly premises: string;
  /** Number of the lane as customs assigned it: 10 characters of ASCII. */
  readonly lane: string;
  readonly direction: FrameDirection;
}

export interface FrameImage {
  /** 0x30 front, 31 front left, 32 front right, 33 rear, 34 rear left, 35 rear right. */
  readonly place: number;
  readonly bytes: Uint8Array;
}

export interface Frame extends FrameHead {
  readonly xml: string;
  readonly images: readonly FrameImage[];
}

export type FrameReading =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'refused'; readonly reason: string };

export const headMark = Uint8Array.of(0xe2, 0x5c, 0x4b, 0x89);
/** Mark and total length: what tells how long a frame is. */
export const lengthEnd = 8;
const tailBytes = 2;
const imageHeadBytes = 5;
const numberPattern = /^[\x21-\x7e]{10}$/;

/** Shortest frame that there is, bytes. */
export function frameBytesMin({ headerBytes }: Dialect): number {
  return headerBytes + tailBytes;
}

/** Throws a RangeError where a number has no place in a frame: configuration has refused it before. */
export function encodeFrame(frame: Frame, dialect: Dialect): Uint8Array {
  const { code, premises, lane, direction, images } = frame;
  for (const [what, number] of Object.entries({ premises, lane })) {
    if (!numberPattern.test(number)) {
      throw new RangeError(`the number of the ${what} has 10 characters of ASCII, not "${number}"`);
    }
  }
  const xml = encodedText(frame.xml, dialect.charset);
  const heads = images.length * imageHeadBytes;
  const pictures = images.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const imagesBytes = images.length === 0 ? 0 : 4 + heads + pictures;
  const total = dialect.headerBytes + xml.length + imagesBytes + tailBytes;
  const writer = new Writer(total, dialect);
  writer.bytes(headMark);
  writer.uint32(total);
  writer.code(code);
  writer.ascii(premises);
  writer.ascii(lane);
  writer.ascii(direction);
  writer.bytes(new Uint8Array(4).fill(dialect.identifier === 'ones' ? 0xff : 0));
  writer.uint32(xml.length);
  writer.bytes(xml);
  if (images.length > 0)
    writer.uint32(dialect.imagesTotalCountsHeads ? heads + pictures : pictures);
  for (const { place, bytes } of images) {
    writer.bytes(Uint8Array.of(place));
    writer.uint32(bytes.length);
    writer.bytes(bytes);
  }
  writer.bytes(Uint8Array.of(0xff, 0xff));
  return writer.done();
}

class Writer {
  readonly #out: Uint8Array;
  readonly #view: DataView;
  readonly #dialect: Dialect;
  #at = 0;

  constructor(length: number, dialect: Dialect) {
    this.#out = new Uint8Array(length);
    this.#view = new DataView(this.#out.buffer);
    this.#dialect = dialect;
  }

  bytes(bytes: Uint8Array): void {
    this.#out.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  ascii(text: string): void {
    this.bytes(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#at, value, this.#dialect.byteOrder === 'little');
    this.#at += 4;
  }

  code(code: number): void {
    if (this.#dialect.headerBytes === 38) return this.bytes(Uint8Array.of(code));
    if (this.#dialect.messageCode === 'binary') return this.uint32(code);
    this.ascii(codeText(code));
  }

  done(): Uint8Array {
    return this.#out;
  }
}

const codeText = (code: number) => `0x${code.toString(16).padStart(2, '0').toUpperCase()}`;

/** `bytes` are one whole frame, as long as it says itself. Never throws. */
export function decodeFrame(bytes: Uint8Array, dialect: Dialect): FrameReading {
  try {
    return { kind: 'frame', frame: new Reader(bytes, dialect).read() };
  } catch (error) {
    if (error instanceof FrameRefusal) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

class FrameRefusal extends Error {}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #dialect: Dialect;
  #at = 0;

  constructor(bytes: Uint8Array, dialect: Dialect) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#dialect = dialect;
  }

  read(): Frame {
    const { identifier } = this.#dialect;
    this.#expect(headMark, 'begins with another mark');
    const total = this.#uint32('total length');
    if (total !== this.#bytes.length) {
      throw new FrameRefusal(`says ${total} bytes and has ${this.#bytes.length}`);
    }
    const code = this.#code();
    const premises = this.#ascii(10, 'number of the premises');
    const lane = this.#ascii(10, 'number of the lane');
    const direction = this.#ascii(1, 'direction');
    if (direction !== 'I' && direction !== 'E') {
      throw new FrameRefusal(`has the direction "${direction}", which is neither I nor E`);
    }
    this.#expect(
      new Uint8Array(4).fill(identifier === 'ones' ? 0xff : 0),
      'has another identifier than the dialect',
    );
    const xml = decodedText(
      this.#take(this.#uint32('length of the XML'), 'XML'),
      this.#dialect.charset,
    );
    if (xml === undefined) throw new FrameRefusal(`has XML that is no ${this.#dialect.charset}`);
    const images = this.#rest() > tailBytes ? this.#images() : [];
    this.#expect(Uint8Array.of(0xff, 0xff), 'has no tail');
    if (this.#rest() > 0) throw new FrameRefusal('goes on behind its tail');
    return { code, premises, lane, direction, xml, images };
  }

  #images(): readonly FrameImage[] {
    const total = this.#uint32('total length of the images');
    const images: FrameImage[] = [];
    let told = 0;
    while (this.#rest() > tailBytes) {
      const [place = 0] = this.#take(1, 'place of an image');
      const bytes = this.#take(this.#uint32('length of an image'), 'image');
      images.push({ place, bytes });
      told += bytes.length + (this.#dialect.imagesTotalCountsHeads ? imageHeadBytes : 0);
    }
    if (told === total) return images;
    throw new FrameRefusal(`says ${total} bytes of images and has ${told}`);
  }

  #rest(): number {
    return this.#bytes.length - this.#at;
  }

  #take(length: number, what: string): Uint8Array {
    if (length > this.#rest()) {
      throw new FrameRefusal(
        `ends within its ${what}: ${length} bytes, and ${this.#rest()} are left`,
      );
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #uint32(what: string): number {
    const at = this.#at;
    this.#take(4, what);
    return this.#view.getUint32(at, this.#dialect.byteOrder === 'little');
  }

  #ascii(length: number, what: string): string {
    const text = String.fromCharCode(...this.#take(length, what));
    if (/^[\x21-\x7e]*$/.test(text)) return text;
    throw new FrameRefusal(`has a ${what} that is no text`);
  }

  #code(): number {
    const { headerBytes, messageCode } = this.#dialect;
    if (headerBytes === 38) return this.#take(1, 'message code')[0] ?? 0;
    if (messageCode === 'binary') return this.#uint32('message code');
    const text = this.#ascii(4, 'message code');
    if (/^0x[0-9a-f]{2}$/i.test(text)) return Number.parseInt(text.slice(2), 16);
    throw new FrameRefusal(`has the message code "${text}"`);
  }

  #expect(wanted: Uint8Array, otherwise: string): void {
    const found = this.#take(wanted.length, 'head or tail');
    if (!wanted.every((byte, i) => found[i] === byte)) throw new FrameRefusal(otherwise);
  }
}
