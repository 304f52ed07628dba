/**
 * Answers a module's requests as the recording has them: the n-th request of a kind gets the n-th answer to it, not
 * before its time. What was never asked gets no answer; a write that was not recorded is taken and noted.
 */
import type { ModbusRequest } from '../driver-kit/contract.ts';
import type { RecordedEntry, RecordedExchange } from '../ports/recording.ts';
import type { ExchangeResult } from '../ports/transport.ts';
import { requestKey } from '../runtime/recorder.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Answers {
  readonly exchanges: { readonly exchange: RecordedExchange; readonly answeredMs: number }[];
  /** Place in `exchanges`, and in the run of that one. */
  at: number;
  repeat: number;
}

interface Write {
  readonly key: string;
  readonly atMs: number;
}

/** A request of the recording so long after one of the replay is another one, ms. */
const earlyMs = 2_000;
/** An answer that was due so long before its request is that of an earlier one, ms. */
const lateMs = 1_000;

export class RecordedExchanges {
  readonly #deviceId: string;
  readonly #time: VirtualTime;
  readonly #answers = new Map<string, Answers>();
  /** Writes in their order: of the recording, and of the replay. */
  readonly #recordedWrites: Write[] = [];
  readonly #writes: Write[] = [];
  #requests = 0;

  constructor(deviceId: string, entries: readonly RecordedEntry[], time: VirtualTime) {
    this.#deviceId = deviceId;
    this.#time = time;
    for (const { event, at } of entries) {
      if (event.kind !== 'exchange') continue;
      const key = requestKey(event.request);
      if (!('quantity' in event.request)) {
        this.#recordedWrites.push({ key, atMs: event.requestedMs });
      }
      const answers = this.#answers.get(key) ?? { exchanges: [], at: 0, repeat: 0 };
      answers.exchanges.push({ exchange: event, answeredMs: at.monotonicMs });
      this.#answers.set(key, answers);
    }
  }

  answer(request: ModbusRequest): Promise<ExchangeResult> {
    const key = requestKey(request);
    const isWrite = !('quantity' in request);
    const now = this.#time.now();
    if (isWrite) this.#writes.push({ key, atMs: now.monotonicMs });
    const next = isWrite && this.#isLater(key) ? undefined : this.#next(key);
    if (next) return this.#at(next.dueMs, next.result);
    const written = { kind: 'reply', reply: { kind: 'written' }, receivedAt: now } as const;
    if (isWrite) return this.#at(now.monotonicMs, written);
    return new Promise(() => undefined);
  }

  /** Whether replay and recording wrote the same from a moment of the monotonic clock on. */
  wroteTheSame(sinceMs: number): boolean {
    const since = (writes: readonly Write[]) =>
      writes.filter(({ atMs }) => atMs >= sinceMs).map(({ key }) => key);
    return since(this.#recordedWrites).join(' ') === since(this.#writes).join(' ');
  }

  #isLater(key: string): boolean {
    const answers = this.#answers.get(key);
    const next = answers?.exchanges[answers.at]?.exchange;
    return (next?.requestedMs ?? 0) > this.#time.now().monotonicMs + earlyMs;
  }

  #next(key: string): { result: ExchangeResult; dueMs: number } | undefined {
    const answers = this.#answers.get(key);
    const nowMs = this.#time.now().monotonicMs;
    for (;;) {
      const found = answers?.exchanges[answers.at];
      if (!answers || !found) return undefined;
      const { exchange, answeredMs } = found;
      const stepMs = exchange.repeats > 0 ? (exchange.lastMs - answeredMs) / exchange.repeats : 0;
      const dueMs = answeredMs + answers.repeat * stepMs;
      answers.repeat += 1;
      if (answers.repeat > exchange.repeats) {
        answers.at += 1;
        answers.repeat = 0;
      }
      if (dueMs >= nowMs - lateMs) return { result: exchange.result, dueMs };
    }
  }

  #at(dueMs: number, result: ExchangeResult): Promise<ExchangeResult> {
    this.#requests += 1;
    const id = `replay/${this.#deviceId}/${this.#requests}`;
    const delayMs = Math.max(0, dueMs - this.#time.now().monotonicMs);
    return new Promise((resolve) => {
      this.#time.start(id, delayMs, () => {
        const receivedAt = this.#time.now();
        resolve(result.kind === 'reply' ? { ...result, receivedAt } : result);
      });
    });
  }
}
