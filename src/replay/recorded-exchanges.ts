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
  readonly request: ModbusRequest;
  /** Of the monotonic clock. */
  readonly atMs: number;
}

/** The first write that the replay did not make as the recording has it; one of both may be missing. */
export interface OtherWrite {
  readonly deviceId: string;
  readonly recorded: Omit<Write, 'key'> | undefined;
  readonly replayed: Omit<Write, 'key'> | undefined;
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
        const { request, requestedMs: atMs } = event;
        this.#recordedWrites.push({ key, request, atMs });
      }
      const answers = this.#answers.get(key) ?? { exchanges: [], at: 0, repeat: 0 };
      answers.exchanges.push({ exchange: event, answeredMs: at.monotonicMs });
      this.#answers.set(key, answers);
    }
    // A recording has them in the order of their answers, and an order that is urgent overtakes others on the line.
    this.#recordedWrites.sort((a, b) => a.atMs - b.atMs);
  }

  answer(request: ModbusRequest): Promise<ExchangeResult> {
    const key = requestKey(request);
    const isWrite = !('quantity' in request);
    const now = this.#time.now();
    if (isWrite) this.#writes.push({ key, request, atMs: now.monotonicMs });
    const next = isWrite && this.#isLater(key) ? undefined : this.#next(key);
    if (next) return this.#at(next.dueMs, next.result);
    const written = { kind: 'reply', reply: { kind: 'written' }, receivedAt: now } as const;
    if (isWrite) return this.#at(now.monotonicMs, written);
    return new Promise(() => undefined);
  }

  /** Of the monotonic clock; writes before and after do not count: the last may not have been answered in time. */
  otherWrite(sinceMs: number, untilMs = Number.POSITIVE_INFINITY): OtherWrite | undefined {
    const since = (writes: readonly Write[]) =>
      writes.filter(({ atMs }) => atMs >= sinceMs && atMs <= untilMs);
    const [recorded, replayed] = [since(this.#recordedWrites), since(this.#writes)];
    for (let i = 0; i < Math.max(recorded.length, replayed.length); i += 1) {
      if (recorded[i]?.key === replayed[i]?.key) continue;
      return {
        deviceId: this.#deviceId,
        recorded: withoutKey(recorded[i]),
        replayed: withoutKey(replayed[i]),
      };
    }
    return undefined;
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

function withoutKey(write: Write | undefined): OtherWrite['recorded'] {
  return write && { request: write.request, atMs: write.atMs };
}
