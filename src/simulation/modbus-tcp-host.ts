/**
 * A Modbus TCP server for emulated modules, written from the MODBUS Messaging on TCP/IP Implementation Guide
 * V1.0b on node:net alone, so that it shares no code and no misunderstanding with the daemon's client. It
 * frames MBAP, hands PDUs to the module, and can spoil what it sends back.
 */
import { createServer, type Server, type Socket } from 'node:net';

export interface HostedAnswer {
  readonly pdu: Uint8Array;
  readonly delayMs: number;
}

export interface CoilWriteSeen {
  readonly unit: number;
  /** 0-based. */
  readonly address: number;
  /** Raw 16-bit value of function 5; 0xFF00 or 0 for each coil of function 15. */
  readonly value: number;
  readonly atMs: number;
}

/** What happens to requests; `acted` tells whether the module carries out what it was asked. */
export type HostFault =
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The request is lost: nothing is carried out, nothing answered. */
  | { readonly kind: 'dropRequest' }
  /** It is carried out and the answer is lost. */
  | { readonly kind: 'dropReply' }
  /** It is carried out; the answer bears the transaction id of nobody. */
  | { readonly kind: 'foreignTransaction' }
  /** Nothing is carried out; the answer is this exception. */
  | { readonly kind: 'exception'; readonly code: number }
  /** The connection is reset, before or after the request was carried out. */
  | { readonly kind: 'reset'; readonly acted: boolean }
  /** The answer comes in two pieces, this far apart. */
  | { readonly kind: 'splitReply'; readonly delayMs: number };

export interface FaultRule {
  readonly fault: HostFault;
  /** Function codes 1 to 4, or 5, 6, 15, 16. */
  readonly on: 'read' | 'write' | 'any';
  /** How many requests it hits; absent for all until cleared. */
  readonly times?: number;
}

export interface ModbusTcpHostOptions {
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Units that are answered; others meet silence. Absent: every unit. */
  readonly units?: readonly number[];
  /** Answers one PDU; undefined for silence. */
  handle(pdu: Uint8Array, nowMs: number): HostedAnswer | undefined;
  /** Called for each coil of a write before the module acts and before any reply leaves. */
  onCoilWrite?(write: CoilWriteSeen): void;
  /** Milliseconds of the module's clock; the process's monotonic clock if absent. */
  nowMs?(): number;
}

export interface ModbusTcpHost {
  readonly port: number;
  /** Requests understood so far. */
  readonly requests: number;
  readonly connections: number;
  /** The rule applied from the next request on; undefined for none. */
  inject(rule: FaultRule | undefined): void;
  /** Cuts every connection at once; the server goes on listening. */
  resetConnections(): void;
  close(): Promise<void>;
}

const connectionsMax = 16;
/** Unit byte and PDU of at most 253 bytes. */
const lengthMax = 254;
const headerLength = 7;

interface Request {
  readonly transaction: number;
  readonly unit: number;
  readonly pdu: Uint8Array;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

/** Complete requests at the head of `buffer`, and the rest; `broken` where the stream is no Modbus TCP. */
function takeRequests(buffer: Uint8Array): {
  requests: Request[];
  rest: Uint8Array;
  broken: boolean;
} {
  const requests: Request[] = [];
  let rest = buffer;
  while (rest.length >= headerLength) {
    const length = word(rest, 4);
    if (word(rest, 2) !== 0 || length < 2 || length > lengthMax) {
      return { requests, rest, broken: true };
    }
    if (rest.length < 6 + length) {
      break;
    }
    requests.push({
      transaction: word(rest, 0),
      unit: rest[6] ?? 0,
      pdu: rest.slice(headerLength, 6 + length),
    });
    rest = rest.subarray(6 + length);
  }
  return { requests, rest, broken: false };
}

function frame(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  const length = pdu.length + 1;
  const head = [transaction >> 8, transaction & 0xff, 0, 0, length >> 8, length & 0xff, unit];
  return Uint8Array.of(...head, ...pdu);
}

function coilWrites(request: Request, atMs: number): readonly CoilWriteSeen[] {
  const { pdu, unit } = request;
  const address = word(pdu, 1);
  if (pdu[0] === 5 && pdu.length === 5) {
    return [{ unit, address, value: word(pdu, 3), atMs }];
  }
  if (pdu[0] !== 15 || pdu.length < 6) {
    return [];
  }
  const count = Math.min(word(pdu, 3), (pdu.length - 6) * 8);
  return Array.from({ length: count }, (_, index) => ({
    unit,
    address: address + index,
    value: ((pdu[6 + (index >> 3)] ?? 0) >> (index & 7)) & 1 ? 0xff00 : 0,
    atMs,
  }));
}

function isWrite(pdu: Uint8Array): boolean {
  return [5, 6, 15, 16].includes(pdu[0] ?? 0);
}

class Host implements ModbusTcpHost {
  requests = 0;
  readonly #options: ModbusTcpHostOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #rule: FaultRule | undefined;
  #timesLeft = 0;

  constructor(options: ModbusTcpHostOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  listen(): Promise<void> {
    const { host = '127.0.0.1', port = 0 } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  inject(rule: FaultRule | undefined): void {
    this.#rule = rule;
    this.#timesLeft = rule?.times ?? Number.POSITIVE_INFINITY;
  }

  resetConnections(): void {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }

  close(): Promise<void> {
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.resetConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= connectionsMax) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    let buffer: Uint8Array = new Uint8Array(0);
    socket.on('close', () => this.#sockets.delete(socket));
    // A reset by the peer ends the connection; there is nothing to repair here.
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      const { requests, rest, broken } = takeRequests(Buffer.concat([buffer, bytes]));
      buffer = rest;
      for (const request of requests) {
        this.#serve(socket, request);
      }
      if (broken) {
        socket.destroy();
      }
    });
  }

  #serve(socket: Socket, request: Request): void {
    if (this.#options.units && !this.#options.units.includes(request.unit)) {
      return;
    }
    this.requests += 1;
    const fault = this.#faultFor(request.pdu);
    if (fault?.kind === 'dropRequest') {
      return;
    }
    if (fault?.kind === 'exception') {
      const pdu = Uint8Array.of((request.pdu[0] ?? 0) | 0x80, fault.code);
      this.#send(socket, frame(request.transaction, request.unit, pdu), 0);
      return;
    }
    if (fault?.kind === 'reset' && !fault.acted) {
      socket.resetAndDestroy();
      return;
    }
    const answer = this.#act(request);
    if (answer) {
      this.#reply(socket, request, answer, fault);
    } else if (fault?.kind === 'reset') {
      socket.resetAndDestroy();
    }
  }

  #act(request: Request): HostedAnswer | undefined {
    const nowMs = this.#options.nowMs?.() ?? performance.now();
    for (const write of coilWrites(request, nowMs)) {
      this.#options.onCoilWrite?.(write);
    }
    return this.#options.handle(request.pdu, nowMs);
  }

  #reply(
    socket: Socket,
    request: Request,
    answer: HostedAnswer,
    fault: HostFault | undefined,
  ): void {
    const bytes = frame(request.transaction, request.unit, answer.pdu);
    switch (fault?.kind) {
      case 'dropReply':
        return;
      case 'reset':
        socket.resetAndDestroy();
        return;
      case 'foreignTransaction':
        bytes[0] = (bytes[0] ?? 0) ^ 0x5a;
        this.#send(socket, bytes, answer.delayMs);
        return;
      case 'splitReply':
        this.#send(socket, bytes.subarray(0, 4), answer.delayMs);
        this.#send(socket, bytes.subarray(4), answer.delayMs + fault.delayMs);
        return;
      default:
        this.#send(socket, bytes, answer.delayMs + (fault?.kind === 'delay' ? fault.delayMs : 0));
    }
  }

  #send(socket: Socket, bytes: Uint8Array, delayMs: number): void {
    if (socket.destroyed) {
      return;
    }
    if (delayMs <= 0) {
      socket.write(bytes);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!socket.destroyed) {
        socket.write(bytes);
      }
    }, delayMs);
    this.#timers.add(timer);
  }

  #faultFor(pdu: Uint8Array): HostFault | undefined {
    const rule = this.#rule;
    const hits = rule && (rule.on === 'any' || (rule.on === 'write') === isWrite(pdu));
    if (!rule || !hits || this.#timesLeft <= 0) {
      return undefined;
    }
    this.#timesLeft -= 1;
    return rule.fault;
  }
}

/** Starts a server; rejects where it cannot listen. */
export async function startModbusTcpHost(options: ModbusTcpHostOptions): Promise<ModbusTcpHost> {
  const host = new Host(options);
  await host.listen();
  return host;
}
