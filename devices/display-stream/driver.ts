/**
 * Session of a driver's display. It keeps the newest text and nothing else: what was to be seen before is never
 * written later. A display is the least of a lane's devices, and nothing waits for it.
 */
import {
  type Chunk,
  type DisplayNotice,
  type DisplayProfile,
  type FrameFault,
  hexBytes,
  type Instant,
  quiet,
  type RowContents,
  type SessionOutput,
  type StreamSession,
} from 'kakou/driver-kit';
import { framesOf } from './codec.ts';

export interface DisplaySettings {
  readonly address?: number;
  readonly rows?: readonly RowContents[];
}

const nothing: DisplayNotice = { kind: 'closed', text: { zh: '', en: '' } };
/** Bytes of an answer that are looked through. */
const answerBytesMax = 64;

export class DisplaySession implements StreamSession {
  readonly tickMs = 100;
  readonly #block: DisplayProfile;
  readonly #rows: readonly RowContents[];
  readonly #address: number | undefined;
  readonly #ack: Uint8Array;
  #notice: DisplayNotice | undefined;
  /** Shown on the display, as far as is known. */
  #shown: DisplayNotice | undefined;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #awaitedSinceMs: number | undefined;
  #answer: readonly number[] = [];

  constructor(block: DisplayProfile, { address, rows }: DisplaySettings) {
    this.#block = block;
    this.#rows = rows ?? block.rows;
    this.#address = address;
    this.#ack = hexBytes(block.ack?.begins ?? '');
  }

  opened(): SessionOutput {
    this.#shown = undefined;
    this.#writtenMs = Number.NEGATIVE_INFINITY;
    this.#awaitedSinceMs = undefined;
    this.#answer = [];
    return quiet;
  }

  show(notice: DisplayNotice, now: Instant): SessionOutput {
    this.#notice = notice;
    return this.#writeIfDue(now);
  }

  tick(now: Instant): SessionOutput {
    const { faults } = this.#missed(now);
    const output = this.#writeIfDue(now);
    return { ...output, faults: [...faults, ...output.faults] };
  }

  #writeIfDue(now: Instant): SessionOutput {
    const notice = this.#notice;
    if (!notice) return quiet;
    const { minIntervalMs, repeatMs } = this.#block;
    const sinceMs = now.monotonicMs - this.#writtenMs;
    const isNew = notice !== this.#shown;
    // A "go" that is over is taken back at once.
    const isWithdrawn = this.#shown?.kind === 'go' && notice.kind !== 'go';
    const isDue = isNew
      ? isWithdrawn || sinceMs >= minIntervalMs
      : repeatMs > 0 && sinceMs >= repeatMs;
    if (!isDue) return quiet;
    this.#shown = notice;
    this.#writtenMs = now.monotonicMs;
    if (this.#block.ack) this.#awaitedSinceMs ??= now.monotonicMs;
    return {
      ...quiet,
      send: this.#frames(notice),
      // A display that never answers is as good as its line: that is all that can be known of it.
      goodMessages: this.#block.ack ? 0 : 1,
    };
  }

  #missed(now: Instant): { readonly faults: readonly FrameFault[] } {
    const { ack } = this.#block;
    const sinceMs = now.monotonicMs - (this.#awaitedSinceMs ?? now.monotonicMs);
    if (!ack || sinceMs <= ack.withinMs) return { faults: [] };
    this.#awaitedSinceMs = undefined;
    // It may not have been there: the text is written once more, at the pace of the repeats.
    const detail = `no answer in ${ack.withinMs} ms`;
    return { faults: [{ code: 'notice-unanswered', droppedBytes: 0, detail }] };
  }

  received({ bytes }: Chunk): SessionOutput {
    if (!this.#block.ack) return quiet;
    this.#answer = [...this.#answer, ...bytes.subarray(-answerBytesMax)].slice(-answerBytesMax);
    const text = String.fromCharCode(...this.#answer);
    const at = text.indexOf(String.fromCharCode(...this.#ack));
    if (at < 0) return quiet;
    this.#answer = [];
    this.#awaitedSinceMs = undefined;
    return { ...quiet, goodMessages: 1 };
  }

  /** Nothing is to be read on a display that nobody writes to any more. */
  closing(): readonly Uint8Array[] {
    return this.#frames(nothing);
  }

  #frames(notice: DisplayNotice): readonly Uint8Array[] {
    return framesOf(notice, { block: this.#block, rows: this.#rows, address: this.#address });
  }
}
