/**
 * Answers the requests of a module in real time as the recording has them. A daemon polls at other moments than the
 * recorded one did, so a read gets the answer nearest in time, and none is passed over that is less than a second old:
 * each change is seen, and no reading is later than the recording's own polls. A write gets its own answer. Answers
 * that were never given to a request of their kind cannot be made up.
 */
import type { ModbusRequest } from '../driver-kit/contract.ts';
import type { RecordedEntry } from '../ports/recording.ts';
import type { ExchangeResult } from '../ports/transport.ts';
import { requestKey } from '../runtime/recorder.ts';

interface Answer {
  readonly requestedMs: number;
  readonly answeredMs: number;
  /** Of the last that was answered alike. */
  readonly lastMs: number;
  readonly result: ExchangeResult;
}

interface Answers {
  readonly list: Answer[];
  /** Place of the one that was given last. */
  at: number;
}

export type ServedAnswer =
  | { readonly kind: 'answer'; readonly result: ExchangeResult; readonly delayMs: number }
  /** A write that was not recorded: the module takes it, as far as anybody can know. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'unknown' };

export interface UnrecordedRequest {
  readonly request: ModbusRequest;
  times: number;
}

/** A recorded request so long after one of now is another one, ms. */
const earlyMs = 2_000;
/** An answer that was given so long ago is that of an earlier request, ms. */
const lateMs = 1_000;
/** A failure is met by a request this near to the one it met, ms. */
const nearMs = 200;
/** Kinds of unrecorded requests that are told of. */
const unrecordedMax = 100;

export class ServedExchanges {
  readonly #answers = new Map<string, Answers>();
  readonly #unrecorded = new Map<string, UnrecordedRequest>();

  constructor(entries: readonly RecordedEntry[]) {
    for (const { event, at } of entries) {
      if (event.kind !== 'exchange' || neverLeft(event.result)) continue;
      const { request, result, requestedMs, lastMs } = event;
      const key = requestKey(request);
      const answers = this.#answers.get(key) ?? { list: [], at: -1 };
      answers.list.push({ requestedMs, answeredMs: at.monotonicMs, lastMs, result });
      this.#answers.set(key, answers);
    }
    // They stand in the order of their answers, and an order that is urgent overtakes others on the line.
    for (const { list } of this.#answers.values())
      list.sort((a, b) => a.requestedMs - b.requestedMs);
  }

  /** What was never asked in the recording. */
  get unrecorded(): readonly UnrecordedRequest[] {
    return [...this.#unrecorded.values()];
  }

  /** `nowMs`: of the monotonic clock of the recording. */
  answer(request: ModbusRequest, nowMs: number): ServedAnswer {
    const answers = this.#answers.get(requestKey(request));
    const isWrite = !('quantity' in request);
    const found = answers && (isWrite ? nextWrite(answers, nowMs) : nearest(answers, nowMs));
    if (found) {
      const delayMs = isWrite ? Math.max(0, found.answeredMs - found.requestedMs) : 0;
      return { kind: 'answer', result: found.result, delayMs };
    }
    if (!answers) this.#note(request);
    return { kind: isWrite ? 'taken' : 'unknown' };
  }

  #note(request: ModbusRequest): void {
    const key = requestKey(request);
    const noted = this.#unrecorded.get(key);
    if (noted) noted.times += 1;
    else if (this.#unrecorded.size < unrecordedMax)
      this.#unrecorded.set(key, { request, times: 1 });
  }
}

/**
 * No module has answered such a request by silence: the line was too busy, the time of an order was over, or the
 * connection ended, which is played by itself.
 */
function neverLeft(result: ExchangeResult): boolean {
  return (
    result.kind === 'failed' && ['expired', 'overloaded', 'disconnected'].includes(result.failure)
  );
}

function nextWrite(answers: Answers, nowMs: number): Answer | undefined {
  const { list } = answers;
  const isPast = (answer: Answer) => answer.answeredMs < nowMs - lateMs;
  let next = answers.at + 1;
  while (list[next] && isPast(list[next] as Answer)) next += 1;
  const found = list[next];
  if (!found || found.requestedMs > nowMs + earlyMs) return undefined;
  answers.at = next;
  return found;
}

function nearest(answers: Answers, nowMs: number): Answer | undefined {
  const { list } = answers;
  while ((list[answers.at + 1]?.lastMs ?? nowMs) < nowMs - lateMs && list[answers.at + 2])
    answers.at += 1;
  const last = list[answers.at];
  const next = list[answers.at + 1];
  const toNextMs = next ? next.requestedMs - nowMs : Number.POSITIVE_INFINITY;
  const sinceLastMs = last ? nowMs - last.lastMs : Number.POSITIVE_INFINITY;
  const isDue = next?.result.kind === 'failed' ? toNextMs <= nearMs : toNextMs <= sinceLastMs;
  if (next && isDue) {
    answers.at += 1;
    return next;
  }
  if (last?.result.kind === 'reply') return last;
  // A failure is met once: what the module said around it stands in.
  const isReply = ({ result }: Answer) => result.kind === 'reply';
  return list.slice(0, answers.at + 1).findLast(isReply) ?? list.find(isReply);
}
