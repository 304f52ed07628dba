/**
 * Cuts the stream into messages by the length in their heads; one segment may hold several messages or a part
 * of one. There is no byte to find the next message by: after a head that cannot be one, nothing that follows
 * on this connection can be trusted, and it must be given up.
 */
import type { FrameFaultCode } from 'kakou/driver-kit';
import { headBytes } from './messages.ts';

/** Longest message that is waited for, in bytes: more than a thousand tags. */
export const messageBytesMax = 65_536;

export interface StreamLoss {
  readonly code: Extract<FrameFaultCode, 'frame-garbage' | 'frame-too-long'>;
  readonly detail: string;
}

export class MessageStream {
  #pending: Uint8Array = new Uint8Array();
  #loss: StreamLoss | undefined;

  /** Why no more messages come; undefined while the stream is in step. */
  get loss(): StreamLoss | undefined {
    return this.#loss;
  }

  /** Whole messages, each in bytes of its own. */
  feed(bytes: Uint8Array): Uint8Array[] {
    if (this.#loss) return [];
    const all = new Uint8Array(this.#pending.length + bytes.length);
    all.set(this.#pending);
    all.set(bytes, this.#pending.length);
    const view = new DataView(all.buffer);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (all.length - at > 0) {
      this.#loss = lossAt(view, at);
      const length =
        all.length - at < headBytes ? Number.POSITIVE_INFINITY : view.getUint32(at + 2);
      if (this.#loss || length > all.length - at) break;
      messages.push(all.slice(at, at + length));
      at += length;
    }
    this.#pending = this.#loss ? new Uint8Array() : all.slice(at);
    return messages;
  }
}

/**
 * Judges as much of a head as is there, so that the same bytes read alike however they were cut. A reader of
 * LLRP 1.1 speaks version 1 until a client asks for more, which this one does not; version 2 is read all the same.
 */
function lossAt(view: DataView, at: number): StreamLoss | undefined {
  const version = view.getUint8(at) >> 2;
  if (version !== 1 && version !== 2) {
    const byte = view.getUint8(at).toString(16).padStart(2, '0');
    return { code: 'frame-garbage', detail: `a message begins with ${byte}: no LLRP 1.0.1 or 1.1` };
  }
  if (view.byteLength - at < headBytes) return undefined;
  const length = view.getUint32(at + 2);
  if (length < headBytes)
    return {
      code: 'frame-garbage',
      detail: `a message of ${length} bytes is shorter than its head`,
    };
  if (length > messageBytesMax)
    return { code: 'frame-too-long', detail: `a message of ${length} bytes` };
  return undefined;
}
