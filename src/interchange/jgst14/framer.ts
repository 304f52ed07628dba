/**
 * Frames out of a stream, however it is cut. It holds at most one frame, and no more than `bytesMax` of it: the length is
 * known from the eighth byte on, and a wrong beginning or a length beyond the limit ends the stream. There is no way to
 * find the next frame after a wrong one: a connection serves one message, and what follows a fault is not believed.
 */
import type { Dialect } from './dialect.ts';
import { decodeFrame, type Frame, frameBytesMin, headMark, lengthEnd } from './frame.ts';

export type Framed =
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** The stream is over. */
  | { readonly kind: 'refused'; readonly reason: string };

export class Framer {
  readonly #dialect: Dialect;
  readonly #bytesMax: number;
  /** As long as the frame will be, once that is known. */
  #room = new Uint8Array(lengthEnd);
  #heldBytes = 0;
  #isOver = false;

  constructor(dialect: Dialect, bytesMax: number) {
    this.#dialect = dialect;
    this.#bytesMax = bytesMax;
  }

  push(bytes: Uint8Array): readonly Framed[] {
    const framed: Framed[] = [];
    let rest = bytes;
    while (!this.#isOver && rest.length > 0) {
      const taken = rest.subarray(0, this.#room.length - this.#heldBytes);
      this.#room.set(taken, this.#heldBytes);
      this.#heldBytes += taken.length;
      rest = rest.subarray(taken.length);
      const done = this.#step();
      if (done) framed.push(done);
    }
    return framed;
  }

  /** The other side has closed; a frame that it began is none. */
  end(): Framed | undefined {
    if (this.#isOver || this.#heldBytes === 0) return undefined;
    return this.#refuse(`ends after ${this.#heldBytes} bytes`);
  }

  #step(): Framed | undefined {
    const mark = this.#room.subarray(0, Math.min(this.#heldBytes, headMark.length));
    if (!mark.every((byte, i) => byte === headMark[i])) {
      return this.#refuse('begins with another mark');
    }
    if (this.#heldBytes < this.#room.length) return undefined;
    return this.#room.length === lengthEnd ? this.#makeRoom() : this.#decode();
  }

  #makeRoom(): Framed | undefined {
    const view = new DataView(this.#room.buffer);
    const total = view.getUint32(headMark.length, this.#dialect.byteOrder === 'little');
    const least = frameBytesMin(this.#dialect);
    if (total < least) return this.#refuse(`says ${total} bytes, and none has fewer than ${least}`);
    if (total > this.#bytesMax) {
      return this.#refuse(`says ${total} bytes, and at most ${this.#bytesMax} are taken`);
    }
    const room = new Uint8Array(total);
    room.set(this.#room);
    this.#room = room;
    return undefined;
  }

  #decode(): Framed {
    const reading = decodeFrame(this.#room, this.#dialect);
    this.#forget();
    return reading.kind === 'frame' ? reading : this.#refuse(reading.reason);
  }

  #refuse(reason: string): Framed {
    this.#isOver = true;
    this.#forget();
    return { kind: 'refused', reason };
  }

  #forget(): void {
    this.#room = new Uint8Array(lengthEnd);
    this.#heldBytes = 0;
  }
}
