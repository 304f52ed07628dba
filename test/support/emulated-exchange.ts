/**
 * An exchange with an emulated module in simulated time: requests become PDUs, the module answers them, and the
 * line may fail as a real one does. A line on which a reply is lost is given up, as the real transport does.
 */
import type { ExchangeFailure, ModbusRequest } from '../../src/driver-kit/contract.ts';
import type {
  ExchangeOptions,
  ExchangeResult,
  ExchangeTransport,
  OpenExchange,
} from '../../src/ports/transport.ts';
import { pduOf, replyOf } from '../../src/simulation/site/modbus-pdu.ts';
import type { FakeTime } from './fake-timers.ts';

export interface EmulatedModuleSide {
  handle(pdu: Uint8Array, nowMs: number): { readonly pdu: Uint8Array } | undefined;
}

/** What happens to a request: lost before the module, its answer lost after it, or refused by the module. */
export type LineFault = 'lostRequest' | 'lostReply' | { readonly exception: number };

export interface LineNote {
  readonly atMs: number;
  readonly request: ModbusRequest;
}

export class EmulatedLine implements ExchangeTransport {
  /** Requests as they were written, over all connections. */
  readonly notes: LineNote[] = [];
  /** Connections opened so far. */
  openings = 0;
  /** Asked for each request, in the moment in which it is written. */
  fault: (request: ModbusRequest) => LineFault | undefined = () => undefined;
  /** While it refuses, nobody can connect. */
  refuses = false;
  readonly #module: EmulatedModuleSide;
  readonly #time: FakeTime;
  #closed: (() => void) | undefined;

  constructor(module: EmulatedModuleSide, time: FakeTime) {
    this.#module = module;
    this.#time = time;
  }

  async open(_unit: number, closed: (code: string, detail: string) => void): Promise<OpenExchange> {
    if (this.refuses) throw Object.assign(new Error('refused'), { code: 'connect-refused' });
    this.openings += 1;
    let isOver = false;
    const cut = (code: string) => {
      if (isOver) return;
      isOver = true;
      closed(code, 'cut');
    };
    this.#closed = () => cut('port-lost');
    return {
      request: async (request, options) => {
        if (isOver) return failed('disconnected');
        const result = this.#take(request, options);
        // An answer takes its way: whoever asked is not told in the same turn.
        await Promise.resolve();
        if (result.kind === 'failed' && result.failure === 'timeout') cut('modbus-timeout');
        return result;
      },
      close: () => {
        isOver = true;
      },
    };
  }

  /** The connection is cut. */
  cut(): void {
    this.#closed?.();
  }

  /** Writes so far, as `address=value`. */
  writes(): readonly string[] {
    return this.notes.flatMap(({ request }) =>
      request.function === 5 || request.function === 6
        ? [`${request.address}=${request.value}`]
        : [],
    );
  }

  #take(request: ModbusRequest, options: ExchangeOptions): ExchangeResult {
    const { notAfterMonotonicMs = Number.POSITIVE_INFINITY, isWithdrawn } = options;
    const now = this.#time.now();
    if (now.monotonicMs > notAfterMonotonicMs || isWithdrawn?.()) return failed('expired');
    this.notes.push({ atMs: now.monotonicMs, request });
    const fault = this.fault(request);
    if (fault === 'lostRequest') return failed('timeout');
    if (typeof fault === 'object') {
      return { ...failed('exception'), exceptionCode: fault.exception };
    }
    const answer = this.#module.handle(pduOf(request), now.monotonicMs);
    if (!answer || fault === 'lostReply') return failed('timeout');
    const reply = replyOf(request, answer.pdu);
    return typeof reply === 'number'
      ? { ...failed('exception'), exceptionCode: reply }
      : { kind: 'reply', reply, receivedAt: now };
  }
}

function failed(failure: ExchangeFailure) {
  return { kind: 'failed' as const, failure, detail: failure };
}
