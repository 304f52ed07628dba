/**
 * One line that Modbus units are asked on: a serial line, a connection to a gateway, or a connection to one
 * module. All its units share one queue and, while it is open, one stream. The stream is opened for the first
 * unit that wants it and closed after the last; where it is lost, every unit is told, and every request that
 * waits is answered.
 */
import type { ExchangeFailure } from '../../driver-kit/contract.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type ExchangeTransport,
  type OpenExchange,
  type StreamTransport,
  TransportError,
} from '../../ports/transport.ts';
import { LineCounts, type LineStanding } from './line-counts.ts';
import { failure, LineTurns } from './line-turns.ts';
import type { Wire } from './modbus-wire.ts';
import { type LineHabits, OpenLine, quietMarginMs } from './open-line.ts';

export interface ModbusLineOptions extends LineHabits {
  /** Path, or host and port, for messages. */
  readonly name: string;
  /** A serial line has the units 1 to 247; 0 is its broadcast, which nobody answers. */
  readonly units: 'any' | 'ofSerialLine';
  readonly stream: StreamTransport;
  readonly wire: Wire;
  readonly clock: Clock;
}

interface Member {
  readonly closed: (code: string, detail: string) => void;
  /** From the turn of the event loop after its opening: it has taken note that the line is open. */
  isTold: boolean;
}

/** After an opening that failed no other unit tries again within, ms. */
const openAgainMs = 200;

export class ModbusLine implements ExchangeTransport {
  readonly #options: ModbusLineOptions;
  readonly #turns: LineTurns;
  readonly #counts = new LineCounts();
  readonly #members = new Map<number, Member>();
  #line: OpenLine | undefined;
  #opening: Promise<OpenLine> | undefined;
  #refused: { readonly error: unknown; readonly atMs: number } | undefined;

  constructor(options: ModbusLineOptions) {
    this.#options = options;
    this.#turns = new LineTurns({ burstMs: 2 * (options.replyTimeoutMs + quietMarginMs) });
  }

  standing(): LineStanding {
    return this.#counts;
  }

  async open(unit: number, closed: Member['closed']): Promise<OpenExchange> {
    if (this.#options.units === 'ofSerialLine' && (unit < 1 || unit > 247)) {
      const why = unit === 0 ? 'is the broadcast, which nobody answers' : 'is reserved';
      throw new TransportError('unit-not-serial', `unit ${unit} of ${this.#options.name} ${why}`);
    }
    const line = await this.#opened();
    if (this.#line !== line) {
      throw new TransportError('port-lost', `${this.#options.name} was lost at once`);
    }
    if (this.#members.has(unit)) {
      const reason = `unit ${unit} of ${this.#options.name} is open already`;
      throw new TransportError('unit-taken', reason);
    }
    const member: Member = { closed, isTold: false };
    setImmediate(() => {
      member.isTold = true;
    });
    this.#members.set(unit, member);
    this.#turns.admit(unit);
    const isOurs = () => this.#members.get(unit) === member;
    return {
      request: (request, options) =>
        new Promise((answer) => {
          if (!isOurs()) return answer(failure('disconnected', 'the connection is closed'));
          this.#turns.add({ unit, request, options, answer });
          return line.next();
        }),
      close: () => {
        if (isOurs()) this.#leave(unit, line);
      },
    };
  }

  async #opened(): Promise<OpenLine> {
    if (this.#line) return this.#line;
    if (this.#refused && this.#nowMs() - this.#refused.atMs < openAgainMs)
      throw this.#refused.error;
    this.#opening ??= this.#openLine().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openLine(): Promise<OpenLine> {
    const { stream, wire, clock } = this.#options;
    const line: OpenLine = new OpenLine({
      habits: this.#options,
      wire,
      turns: this.#turns,
      counts: this.#counts,
      clock,
      over: (code, detail) => this.#lost(line, code, detail),
    });
    let lost: TransportError | undefined;
    try {
      const opened = await stream.open({
        received: (chunk) => line.received(chunk),
        closed: (code, detail) => {
          lost = new TransportError(code, detail);
          this.#lost(line, code, detail);
        },
      });
      if (lost) throw lost;
      line.begin(opened);
      this.#line = line;
      return line;
    } catch (error) {
      this.#refused = { error, atMs: this.#nowMs() };
      throw error;
    }
  }

  #leave(unit: number, line: OpenLine): void {
    this.#dismiss(unit, line, 'closed by us');
    if (this.#members.size > 0) return line.next();
    this.#line = undefined;
    line.close();
  }

  #lost(line: OpenLine, code: string, detail: string): void {
    if (this.#line !== line) return;
    this.#line = undefined;
    line.close();
    const members = [...this.#members];
    for (const [unit] of members) this.#dismiss(unit, line, detail);
    const reason = `${this.#options.name}: ${detail}`;
    for (const [, { closed, isTold }] of members) {
      // Who has not taken note of the opening yet would take the end for one that was before it.
      if (isTold) closed(code, reason);
      else setImmediate(() => closed(code, reason));
    }
  }

  #dismiss(unit: number, line: OpenLine, detail: string): void {
    const reason: ExchangeFailure = 'disconnected';
    this.#members.delete(unit);
    line.forget(unit, reason, detail);
    this.#turns.dismiss(unit, reason, detail);
  }

  #nowMs(): number {
    return this.#options.clock.now().monotonicMs;
  }
}
