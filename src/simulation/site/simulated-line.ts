/**
 * The connection to a lane's IO module in simulated time, in place of the daemon's own Modbus line: one request in
 * flight, commands before polls, nothing written after its limit, and a connection on which one request is not
 * answered is over, as with Modbus TCP to one module. The module behind it takes PDUs.
 */
import type { ExchangeFailure, ModbusRequest } from '../../driver-kit/contract.ts';
import {
  type ExchangeOptions,
  type ExchangeResult,
  type ExchangeTransport,
  type OpenExchange,
  TransportError,
} from '../../ports/transport.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Faults } from './faults.ts';
import { pduOf, replyOf } from './modbus-pdu.ts';
import type { BootClock, SimulatedTime } from './simulated-time.ts';

export interface LineModule {
  handle(pdu: Uint8Array, nowMs: number): { readonly pdu: Uint8Array } | undefined;
}

export interface SimulatedLineOptions {
  readonly time: SimulatedTime;
  readonly module: LineModule;
  readonly random: SeededRandom;
  readonly faults: Faults;
  /** The daemon writes; false: it ends in this moment, and nothing is written. */
  onWrite(request: ModbusRequest): boolean;
}

const replyTimeoutMs = 3_000;
const connectMs = 15;
const wireMs = 3;

interface Waiting {
  readonly request: ModbusRequest;
  readonly options: ExchangeOptions;
  answer(result: ExchangeResult): void;
}

type Mishap = 'lostRequest' | 'lostReply' | 'slow' | 'exception' | undefined;

export class SimulatedLine {
  /** While it refuses, nobody can connect. */
  refuses = false;
  readonly #o: SimulatedLineOptions;
  #open: Connection | undefined;

  constructor(options: SimulatedLineOptions) {
    this.#o = options;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** The connection breaks. */
  cut(): void {
    this.#open?.over('port-lost', 'the connection was reset');
  }

  /** For one run of the daemon; the connection of the run before is gone with it. */
  transport(boot: BootClock): ExchangeTransport {
    this.#open = undefined;
    return {
      open: (_unit, closed) =>
        new Promise<OpenExchange>((resolve, reject) => {
          this.#o.time.after(connectMs, () => {
            if (boot.isHalted) return;
            if (this.refuses) {
              reject(new TransportError('connect-refused', 'the module refuses the connection'));
              return;
            }
            const connection = new Connection(this.#o, boot, (code, detail) => {
              if (this.#open === connection) this.#open = undefined;
              if (code !== undefined) closed(code, detail ?? '');
            });
            this.#open = connection;
            resolve(connection);
          });
        }),
    };
  }
}

class Connection implements OpenExchange {
  readonly #o: SimulatedLineOptions;
  readonly #boot: BootClock;
  readonly #ended: (code?: string, detail?: string) => void;
  readonly #commands: Waiting[] = [];
  readonly #polls: Waiting[] = [];
  #inFlight: Waiting | undefined;
  #isOver = false;

  constructor(
    options: SimulatedLineOptions,
    boot: BootClock,
    ended: (code?: string, detail?: string) => void,
  ) {
    this.#o = options;
    this.#boot = boot;
    this.#ended = ended;
  }

  request(request: ModbusRequest, options: ExchangeOptions): Promise<ExchangeResult> {
    return new Promise((answer) => {
      if (this.#isOver) return answer(failed('disconnected'));
      (options.priority === 'command' ? this.#commands : this.#polls).push({
        request,
        options,
        answer,
      });
      this.#next();
    });
  }

  close(): void {
    if (this.#isOver) return;
    this.#end();
    this.#ended();
  }

  over(code: string, detail: string): void {
    if (this.#isOver || this.#boot.isHalted) return;
    this.#end();
    this.#ended(code, detail);
  }

  #end(): void {
    this.#isOver = true;
    const waiting = [
      ...(this.#inFlight ? [this.#inFlight] : []),
      ...this.#commands,
      ...this.#polls,
    ];
    this.#inFlight = undefined;
    for (const { answer } of waiting) answer(failed('disconnected'));
  }

  #next(): void {
    if (this.#inFlight || this.#isOver || this.#boot.isHalted) return;
    const next = this.#commands.shift() ?? this.#polls.shift();
    if (!next) return;
    const { request, options } = next;
    const nowMs = this.#boot.now().monotonicMs;
    const isLate = (options.notAfterMonotonicMs ?? Number.POSITIVE_INFINITY) < nowMs;
    if (isLate || options.isWithdrawn?.()) {
      next.answer(failed('expired'));
      return this.#next();
    }
    if (!this.#o.onWrite(request)) return;
    this.#inFlight = next;
    this.#send(next, this.#mishap(request));
  }

  /** What is written meets more of it than what is read: there are few writes, and much hangs on each. */
  #mishap(request: ModbusRequest): Mishap {
    const { random, faults } = this.#o;
    if (!faults.has('devices')) return undefined;
    const isWrite = request.function === 5 && request.value > 0;
    const r = random.next() / (isWrite ? 8 : 1);
    if (r < 0.002) return 'lostRequest';
    if (r < 0.004) return 'lostReply';
    if (r < 0.012) return 'slow';
    return r < 0.014 ? 'exception' : undefined;
  }

  #send(asked: Waiting, mishap: Mishap): void {
    const { time, module, random } = this.#o;
    const answerMs = mishap === 'slow' ? 200 + random.integer(2_500) : wireMs;
    if (mishap === 'lostRequest') return this.#timeOut(asked);
    time.after(wireMs, () => {
      const result =
        mishap === 'exception'
          ? { ...failed('exception'), exceptionCode: 6 }
          : this.#ask(module, asked.request);
      if (!result || mishap === 'lostReply') return this.#timeOut(asked);
      time.after(answerMs, () => this.#answer(asked, result));
    });
  }

  #ask(module: LineModule, request: ModbusRequest): ExchangeResult | undefined {
    const answer = module.handle(pduOf(request), this.#o.time.nowMs);
    const reply = answer && replyOf(request, answer.pdu);
    if (reply === undefined) return undefined;
    return typeof reply === 'number'
      ? { ...failed('exception'), exceptionCode: reply }
      : { kind: 'reply', reply, receivedAt: this.#boot.now() };
  }

  #answer(asked: Waiting, result: ExchangeResult): void {
    if (this.#inFlight !== asked || this.#boot.isHalted) return;
    this.#inFlight = undefined;
    const receivedAt = this.#boot.now();
    asked.answer(result.kind === 'reply' ? { ...result, receivedAt } : result);
    this.#next();
  }

  #timeOut(asked: Waiting): void {
    this.#o.time.after(replyTimeoutMs, () => {
      if (this.#inFlight !== asked || this.#boot.isHalted) return;
      this.#inFlight = undefined;
      asked.answer(failed('timeout'));
      this.over('modbus-timeout', 'the module did not answer');
    });
  }
}

function failed(failure: ExchangeFailure) {
  return { kind: 'failed' as const, failure, detail: failure };
}
