/**
 * Modbus TCP through `modbus-serial`, one request in flight. Measured: the package does not serialise, its
 * promises never settle after `destroy()`, and after a reset it emits no `close`. So the socket is ours,
 * every call has a deadline of its own, and a connection on which anything went wrong is thrown away with
 * all its state: a late answer can never serve a newer request.
 */
import { connect, type Socket } from 'node:net';
import modbusSerial from 'modbus-serial';
import type { ExchangeFailure, ModbusReply, ModbusRequest } from '../../driver-kit/contract.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type ExchangeOptions,
  type ExchangeResult,
  type ExchangeTransport,
  type OpenExchange,
  TransportError,
} from '../../ports/transport.ts';
import { codeOf } from './tcp-stream.ts';

// The package is CommonJS with a default of its own.
const ModbusClient = modbusSerial.default;
type Client = InstanceType<typeof ModbusClient>;

export interface ModbusTcpOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly replyTimeoutMs: number;
  readonly clock: Clock;
}

/** Requests that may wait; a poll beyond it is refused at once, since a newer one follows anyway. */
const queueMax = 8;
/** Beyond the package's own timeout, before a call is given up here, ms. */
const graceMs = 200;
const coilOn = 0xff00;

export function modbusTcp(options: ModbusTcpOptions): ExchangeTransport {
  return {
    async open(unit, closed) {
      const socket = await connected(options);
      const client = new ModbusClient();
      client.on('error', () => undefined);
      await client.linkTCP(socket, { port: options.port });
      client.setID(unit);
      client.setTimeout(options.replyTimeoutMs);
      return new ModbusConnection({ socket, client, options, closed });
    },
  };
}

function connected({ host, port, connectTimeoutMs }: ModbusTcpOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(
        new TransportError(
          'connect-timeout',
          `${host}:${port} did not answer in ${connectTimeoutMs} ms`,
        ),
      );
    }, connectTimeoutMs);
    socket.once('connect', () => {
      clearTimeout(deadline);
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline);
      reject(new TransportError(codeOf(error), `${host}:${port}: ${error.message}`, error));
    });
  });
}

interface Waiting {
  readonly request: ModbusRequest;
  readonly options: ExchangeOptions;
  readonly answer: (result: ExchangeResult) => void;
}

class ModbusConnection implements OpenExchange {
  readonly #socket: Socket;
  readonly #client: Client;
  readonly #options: ModbusTcpOptions;
  readonly #closed: (code: string, detail: string) => void;
  readonly #queue: Waiting[] = [];
  #inFlight: Waiting | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(parts: {
    socket: Socket;
    client: Client;
    options: ModbusTcpOptions;
    closed: (code: string, detail: string) => void;
  }) {
    this.#socket = parts.socket;
    this.#client = parts.client;
    this.#options = parts.options;
    this.#closed = parts.closed;
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => this.#discard('port-lost', 'the connection was closed'));
  }

  request(request: ModbusRequest, options: ExchangeOptions): Promise<ExchangeResult> {
    return new Promise((answer) => {
      const waiting = { request, options, answer };
      if (this.#isOver) return answer(failed('disconnected', 'the connection is closed'));
      if (options.priority === 'poll' && this.#queue.length >= queueMax) {
        return answer(failed('timeout', 'too many requests wait'));
      }
      if (options.priority === 'poll') this.#queue.push(waiting);
      else this.#queue.splice(this.#queue.findIndex(isPoll) >>> 0, 0, waiting);
      if (!this.#inFlight) this.#next();
    });
  }

  close(): void {
    this.#discard(undefined, 'closed by us');
  }

  #next(): void {
    for (let waiting = this.#queue.shift(); waiting; waiting = this.#queue.shift()) {
      const { notAfterMonotonicMs } = waiting.options;
      if (
        notAfterMonotonicMs === undefined ||
        this.#options.clock.now().monotonicMs <= notAfterMonotonicMs
      ) {
        return this.#write(waiting);
      }
      waiting.answer(failed('expired', 'the time limit passed before the request was written'));
    }
  }

  #write(waiting: Waiting): void {
    this.#inFlight = waiting;
    const deadlineMs = this.#options.replyTimeoutMs + graceMs;
    this.#deadline = setTimeout(
      () => this.#failAll('timeout', `no answer in ${deadlineMs} ms`),
      deadlineMs,
    );
    send(this.#client, waiting.request).then(
      (reply) =>
        this.#answered(waiting, { kind: 'reply', reply, receivedAt: this.#options.clock.now() }),
      (error: unknown) => this.#refused(waiting, error),
    );
  }

  #answered(waiting: Waiting, result: ExchangeResult): void {
    if (this.#inFlight !== waiting) return;
    clearTimeout(this.#deadline);
    this.#inFlight = undefined;
    waiting.answer(result);
    this.#next();
  }

  #refused(waiting: Waiting, error: unknown): void {
    const { modbusCode, message } = error as { modbusCode?: number; message?: string };
    const detail = message ?? String(error);
    // An exception is a whole, matching answer: the connection is sound. Anything else is not.
    if (modbusCode !== undefined) {
      return this.#answered(waiting, {
        ...failed('exception', detail),
        exceptionCode: modbusCode,
      });
    }
    if (this.#inFlight !== waiting) return;
    const isTimeout = /timed out|timeout/i.test(detail);
    this.#failAll(
      error instanceof ForeignReply ? 'foreignReply' : isTimeout ? 'timeout' : 'disconnected',
      detail,
    );
  }

  #failAll(failure: ExchangeFailure, detail: string): void {
    const code =
      failure === 'timeout'
        ? 'modbus-timeout'
        : failure === 'foreignReply'
          ? 'modbus-foreign-reply'
          : 'port-lost';
    this.#inFlight?.answer(failed(failure, detail));
    this.#inFlight = undefined;
    this.#discard(code, detail);
  }

  /** `code` undefined: we closed it ourselves and nobody needs to hear of it. */
  #discard(code: string | undefined, detail: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    const waiting = [this.#inFlight, ...this.#queue.splice(0)];
    this.#inFlight = undefined;
    for (const one of waiting) one?.answer(failed('disconnected', detail));
    this.#client.destroy(() => undefined);
    this.#socket.destroy();
    if (code !== undefined) this.#closed(code, detail);
  }
}

function isPoll({ options }: Waiting): boolean {
  return options.priority === 'poll';
}

function failed(failure: ExchangeFailure, detail: string) {
  return { kind: 'failed' as const, failure, detail };
}

/** An answer that is well formed and belongs to something else. */
class ForeignReply extends Error {}

async function send(client: Client, request: ModbusRequest): Promise<ModbusReply> {
  switch (request.function) {
    case 1:
      return bits(await client.readCoils(request.address, request.quantity), request.quantity);
    case 2:
      return bits(
        await client.readDiscreteInputs(request.address, request.quantity),
        request.quantity,
      );
    case 3:
      return words(
        await client.readHoldingRegisters(request.address, request.quantity),
        request.quantity,
      );
    case 4:
      return words(
        await client.readInputRegisters(request.address, request.quantity),
        request.quantity,
      );
    case 5:
      return written(request, await writeRaw(client, request));
    case 6: {
      const echo = await client.writeRegister(request.address, request.value);
      return written(request, [echo.address, echo.value]);
    }
    case 16: {
      const { address, values } = request;
      const echo = await client.writeRegisters(address, [...values]);
      return written({ address, value: values.length }, [echo.address, echo.length]);
    }
  }
}

/**
 * The package's own FC5 knows only on and off; a timed pulse is another value in the same place, sent as a
 * custom function. Of its echo the package gives the address, and whether the value is 0xFF00.
 */
async function writeRaw(client: Client, { address, value }: { address: number; value: number }) {
  const data = [address >> 8, address & 0xff, value >> 8, value & 0xff];
  const echo = (await client.customFunction(5, data)) as unknown as {
    address: number;
    state: boolean;
  };
  return [echo.address, echo.state === (value === coilOn) ? value : undefined];
}

function written(
  request: { address: number; value: number },
  echo: readonly (number | undefined)[],
): ModbusReply {
  if (echo[0] !== request.address || echo[1] !== request.value) {
    throw new ForeignReply(
      `the answer names address ${echo[0]} value ${echo[1]}, asked were ${request.address} ${request.value}`,
    );
  }
  return { kind: 'written' };
}

function bits({ data }: { data: boolean[] }, quantity: number): ModbusReply {
  if (data.length < quantity)
    throw new ForeignReply(`${data.length} inputs came, asked were ${quantity}`);
  return { kind: 'bits', bits: data.slice(0, quantity) };
}

function words({ data }: { data: number[] }, quantity: number): ModbusReply {
  if (data.length !== quantity)
    throw new ForeignReply(`${data.length} registers came, asked were ${quantity}`);
  return { kind: 'words', words: data };
}
