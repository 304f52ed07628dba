/**
 * A Modbus line while its stream is open: one request in flight, each with a deadline of its own. After a
 * request that was not answered as it should be, a line that several units share is left alone until it is
 * quiet, and what was asked is owed: a late reply never serves a newer request. A line object serves one
 * opening; nothing of it is left for the next.
 */
import type { Instant } from '../../core/time.ts';
import type { Chunk, ExchangeFailure, ModbusRequest } from '../../driver-kit/contract.ts';
import type { Clock } from '../../ports/clock.ts';
import type { OpenStream } from '../../ports/transport.ts';
import type { LineCounts } from './line-counts.ts';
import { LineRest } from './line-rest.ts';
import { answerExpired, failure, isExpired, type LineTurns, type Turn } from './line-turns.ts';
import { readReply } from './modbus-codec.ts';
import type { Heard, Wire } from './modbus-wire.ts';
import { replyLength } from './reply-shape.ts';

export interface LineHabits {
  /** Longest wait for a reply beyond the time its bytes and those of the request need on the line, ms. */
  readonly replyTimeoutMs: number;
  /** Time a character takes on the line, ms; 0 where it is not known. */
  readonly characterMs: number;
  /** From a reply to the next request, ms. */
  readonly pauseMs: number;
  /** Requests in a row that nothing answers, after which the stream is given up. */
  readonly unansweredMax: number;
  /** Whether the line must be quiet before it is used after a request that was not answered. */
  readonly settles: boolean;
}

export interface OpenLineParts {
  readonly habits: LineHabits;
  readonly wire: Wire;
  readonly turns: LineTurns;
  readonly counts: LineCounts;
  readonly clock: Clock;
  /** The stream is of no more use; called once. */
  over(code: string, detail: string): void;
}

interface InFlight {
  readonly turn: Turn;
  /** The request itself, or the read that must be answered before it. */
  readonly request: ModbusRequest;
  readonly askedAtMs: number;
}

/** Beyond 3.5 characters, and beyond the slowest reply, before a line counts as quiet, ms. */
export const quietMarginMs = 50;
const quietMsMax = 2_000;
/** Reads that may go before one request. */
const fencesMax = 3;

export class OpenLine {
  readonly #parts: OpenLineParts;
  readonly #rest = new LineRest();
  #stream: OpenStream | undefined;
  #inFlight: InFlight | undefined;
  /** A request whose turn it is, and the reads that went before it. */
  #turn: { readonly turn: Turn; fences: number } | undefined;
  #losing: { readonly unit: number; readonly sinceMs: number } | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #wakening: NodeJS.Timeout | undefined;
  #unanswered = 0;

  constructor(parts: OpenLineParts) {
    this.#parts = parts;
  }

  begin(stream: OpenStream): void {
    this.#stream = stream;
    this.#parts.wire.opened();
    if (this.#parts.habits.settles) this.#settle(this.#nowMs());
  }

  /** Writes what may be written now, and comes back when more may be. */
  next(): void {
    if (!this.#stream || this.#inFlight) return;
    clearTimeout(this.#wakening);
    const { turns } = this.#parts;
    const nowMs = this.#nowMs();
    const restMs = this.#rest.leftMs(nowMs);
    if (restMs > 0) return this.#wakeIn(restMs);
    if (this.#rest.isSettling) this.#settled(nowMs);
    const turn = this.#turn?.turn ?? turns.take(nowMs);
    if (turn) return this.#serve(turn, nowMs);
    const heldMs = turns.heldForMs(nowMs);
    if (heldMs !== undefined) this.#wakeIn(heldMs);
  }

  received({ bytes, receivedAt }: Chunk): void {
    if (!this.#stream) return;
    const nowMs = receivedAt.monotonicMs;
    this.#rest.heard(nowMs);
    for (const heard of this.#parts.wire.heard(bytes, nowMs)) {
      this.#hear(heard, receivedAt);
      if (!this.#stream) return;
    }
    if (this.#rest.isNoisy(nowMs)) this.#over('line-noisy', 'the line does not become quiet');
    else this.next();
  }

  /** Nobody waits for the requests of a unit any more. */
  forget(unit: number, reason: ExchangeFailure, detail: string): void {
    if (this.#turn?.turn.unit !== unit) return;
    this.#turn.turn.answer(failure(reason, detail));
    this.#turn = undefined;
  }

  close(): void {
    this.#parts.wire.giveUp();
    clearTimeout(this.#deadline);
    clearTimeout(this.#wakening);
    this.#stream?.close();
    this.#stream = undefined;
    this.#inFlight = undefined;
    this.#turn?.turn.answer(failure('disconnected', 'the connection was closed'));
    this.#turn = undefined;
  }

  #over(code: string, detail: string): void {
    if (this.#stream) this.#parts.over(code, detail);
  }

  #serve(turn: Turn, nowMs: number): void {
    const { wire, habits } = this.#parts;
    if (isExpired(turn, nowMs)) return this.#answer(turn, () => answerExpired(turn));
    this.#turn ??= { turn, fences: 0 };
    const fence = wire.fence(turn, nowMs);
    if (fence && this.#turn.fences >= fencesMax) {
      const owing = failure('timeout', 'the answer to an earlier request is still to come');
      return this.#answer(turn, () => turn.answer(owing));
    }
    if (fence) this.#turn.fences += 1;
    const request = fence ?? turn.request;
    const inFlight = { turn, request, askedAtMs: nowMs };
    this.#inFlight = inFlight;
    const bytes = wire.ask({ unit: turn.unit, request }, nowMs);
    // The reply is framed by unit and check, and a unit takes a moment to turn the line round.
    const characters = bytes.length + replyLength(request) + 5;
    this.#stream?.write(bytes);
    if (this.#inFlight !== inFlight) return;
    // A reply that lies in the socket when the deadline passes has come in time: the loop was late, not it.
    this.#deadline = setTimeout(
      () => setImmediate(() => this.#timedOut(inFlight)),
      habits.replyTimeoutMs + characters * habits.characterMs,
    );
  }

  #answer(turn: Turn, answer: () => void): void {
    if (this.#turn?.turn === turn) this.#turn = undefined;
    answer();
    this.next();
  }

  #timedOut(asked: InFlight): void {
    if (this.#inFlight !== asked) return;
    const { counts, habits } = this.#parts;
    const { unit } = asked.turn;
    const slowest = counts.slowestReplyMs.toFixed(0);
    const detail = `unit ${unit} did not answer in ${habits.replyTimeoutMs} ms; the slowest answer so far took ${slowest} ms`;
    counts.count(unit, 'timeouts');
    this.#unanswered += 1;
    this.#failed('timeout', detail);
    if (this.#unanswered >= habits.unansweredMax) this.#over('modbus-timeout', detail);
    else this.next();
  }

  #hear(heard: Heard, receivedAt: Instant): void {
    const { counts } = this.#parts;
    // Whatever it is, somebody is there.
    if (heard.kind !== 'corrupt') this.#unanswered = 0;
    switch (heard.kind) {
      case 'answer':
        return this.#answered(heard.frame, receivedAt);
      case 'unreached':
        return this.#unreached(heard.frame);
      case 'late':
        counts.count(heard.unit, 'late');
        return counts.took(heard.afterMs);
      case 'foreign':
      case 'corrupt':
        if (!this.#inFlight) return this.#settle(receivedAt.monotonicMs);
        counts.count(this.#inFlight.turn.unit, heard.kind);
        return this.#failed(heard.kind === 'foreign' ? 'foreignReply' : 'corrupt', heard.detail);
      case 'unusable':
        if (this.#inFlight) {
          counts.count(this.#inFlight.turn.unit, 'foreign');
          this.#failed('foreignReply', heard.detail);
        }
        return this.#over(heard.code, heard.detail);
    }
  }

  #answered(frame: Uint8Array, receivedAt: Instant): void {
    const { counts, turns, habits } = this.#parts;
    const asked = this.#done();
    if (!asked) return;
    const { turn, request, askedAtMs } = asked;
    counts.took(receivedAt.monotonicMs - askedAtMs);
    turns.answered(turn.unit);
    this.#rest.pause(receivedAt.monotonicMs, habits.pauseMs);
    if (request !== turn.request) return;
    this.#turn = undefined;
    const read = readReply(turn.unit, request, frame);
    if (read.kind === 'reply') {
      counts.count(turn.unit, 'replies');
      return turn.answer({ kind: 'reply', reply: read.reply, receivedAt });
    }
    if (read.kind === 'exception') {
      counts.count(turn.unit, 'exceptions');
      return turn.answer({ ...failure('exception', read.detail), exceptionCode: read.code });
    }
    counts.count(turn.unit, 'foreign');
    turn.answer(failure('foreignReply', read.detail));
  }

  /** The gateway answered in the unit's place: to the unit this is as good as no answer. */
  #unreached(frame: Uint8Array): void {
    const asked = this.#inFlight;
    if (!asked) return;
    const { turn, request } = asked;
    this.#parts.counts.count(turn.unit, 'exceptions');
    const read = readReply(turn.unit, request, frame);
    const code = read.kind === 'exception' ? { exceptionCode: read.code } : {};
    const detail = read.kind === 'reply' ? '' : read.detail;
    this.#failed('exception', detail, code);
  }

  #done(): InFlight | undefined {
    const asked = this.#inFlight;
    clearTimeout(this.#deadline);
    this.#inFlight = undefined;
    return asked;
  }

  /** The request in flight is answered with a failure, and what it cost is charged to its unit. */
  #failed(reason: ExchangeFailure, detail: string, more: { exceptionCode?: number } = {}): void {
    const asked = this.#done();
    if (!asked) return;
    this.#parts.wire.giveUp();
    this.#losing = { unit: asked.turn.unit, sinceMs: asked.askedAtMs };
    if (this.#parts.habits.settles) this.#settle(this.#nowMs());
    this.#turn = undefined;
    asked.turn.answer({ ...failure(reason, detail), ...more });
  }

  #settle(nowMs: number): void {
    const { habits, counts } = this.#parts;
    const longestMs = Math.max(3.5 * habits.characterMs, counts.slowestReplyMs) + quietMarginMs;
    this.#rest.settle(nowMs, Math.min(quietMsMax, longestMs));
  }

  #settled(nowMs: number): void {
    const { wire, turns, counts } = this.#parts;
    this.#rest.over();
    wire.settled();
    if (!this.#losing) return;
    const { unit, sinceMs } = this.#losing;
    this.#losing = undefined;
    counts.lostMs += nowMs - sinceMs;
    turns.lost(unit, nowMs - sinceMs, nowMs);
  }

  #wakeIn(ms: number): void {
    this.#wakening = setTimeout(() => this.next(), Math.ceil(ms));
  }

  #nowMs(): number {
    return this.#parts.clock.now().monotonicMs;
  }
}
