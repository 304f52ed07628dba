/**
 * Puts an emulated ONVIF camera behind HTTP, as a SOAP server on node:http that shares no code with the client
 * under test, and lets its network misbehave: answers that stop half-way, drip, never come, or are of any text.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { EmulatedOnvifCamera, type Operation } from '../../devices/plate-camera-onvif/emulator.ts';
import type { EmulatedAnswer } from '../../devices/plate-camera-onvif/emulator-sign-in.ts';
import { listening } from './byte-machine-host.ts';

/** What happens to the answer of one operation. */
export type AnswerFault =
  /** It is this text instead, with status 200. */
  | { readonly kind: 'text'; readonly text: string }
  /** Half of it comes, then the connection ends. */
  | { readonly kind: 'truncate' }
  /** The connection ends after this time without an answer. */
  | { readonly kind: 'cut'; readonly afterMs: number }
  /** One byte at a time, this far apart. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  | { readonly kind: 'silence' };

export interface OnvifCameraHostOptions {
  readonly username?: string;
  readonly password?: string;
  readonly port?: number;
  readonly hasMedia2?: boolean;
  /** Everybody is let in. */
  readonly isOpen?: boolean;
  /** PEM; HTTPS where it is given. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface OnvifCameraHost {
  readonly camera: EmulatedOnvifCamera;
  readonly port: number;
  /** Requests and answers that are open. */
  readonly connections: number;
  /** From the next request on; undefined for none. */
  spoil(operation: Operation, fault: AnswerFault | undefined): void;
  /** Goes off, forgets its subscriptions, and listens again after this time. */
  reboot(downMs: number): Promise<void>;
  close(): Promise<void>;
}

const bodyBytesMax = 262_144;

export async function hostOnvifCamera(
  options: OnvifCameraHostOptions = {},
): Promise<OnvifCameraHost> {
  const host = new Host(options);
  await host.listen();
  return host;
}

class Host implements OnvifCameraHost {
  readonly camera: EmulatedOnvifCamera;
  port = 0;
  readonly #options: OnvifCameraHostOptions;
  readonly #faults = new Map<Operation, AnswerFault>();
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #waiting = new Set<() => void>();
  #server: Server | undefined;

  constructor(options: OnvifCameraHostOptions) {
    this.#options = options;
    this.port = options.port ?? 0;
    this.camera = new EmulatedOnvifCamera({
      username: options.username ?? 'gate',
      password: options.password ?? 'secret',
      hash: (algorithm, bytes) => createHash(algorithm).update(bytes).digest(),
      nonce: () => randomBytes(18).toString('base64'),
      hasMedia2: options.hasMedia2 ?? false,
      isOpen: options.isOpen ?? false,
    });
    this.camera.queued = () => {
      for (const wake of [...this.#waiting]) wake();
    };
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async listen(): Promise<void> {
    const { tls } = this.#options;
    const take = (request: IncomingMessage, response: ServerResponse) => {
      this.#take(request, response).catch(() => response.destroy());
    };
    const server = tls ? createTlsServer(tls, take) : createServer(take);
    server.keepAliveTimeout = 1_000;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server = server;
    this.port = await listening(server, { port: this.port });
  }

  spoil(operation: Operation, fault: AnswerFault | undefined): void {
    if (fault) this.#faults.set(operation, fault);
    else this.#faults.delete(operation);
  }

  async reboot(downMs: number): Promise<void> {
    await this.#down();
    this.camera.reboot();
    await new Promise((resolve) => this.#later(downMs, () => resolve(undefined)));
    await this.listen();
  }

  async close(): Promise<void> {
    await this.#down();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    // Not reset: Node may never end after a reset that meets a shutdown on its way.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #later(delayMs: number, due: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      due();
    }, delayMs);
    this.#timers.add(timer);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of request) {
      length += (piece as Buffer).length;
      if (length > bodyBytesMax) throw new RangeError('a request larger than any camera takes');
      pieces.push(piece as Buffer);
    }
    const scheme = this.#options.tls ? 'https' : 'http';
    const base = `${scheme}://${request.headers.host ?? ''}`;
    const reaction = this.camera.handle(
      {
        method: request.method ?? '',
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body: Buffer.concat(pieces).toString('utf8'),
      },
      base,
      Date.now(),
    );
    const operation = this.camera.seen.at(-1)?.operation;
    const fault = operation && this.#faults.get(operation);
    if (reaction.kind === 'answer') return this.#answer(response, reaction.answer, fault);
    const { subscription, limit, waitMs } = reaction;
    const pulled = () => this.camera.answerPull(subscription, limit, Date.now());
    if (fault && fault.kind !== 'drip') return this.#answer(response, pulled(), fault);
    const wake = () => {
      if (response.destroyed) this.#waiting.delete(wake);
      else if (this.camera.hasMessages(subscription)) end();
    };
    const end = () => {
      if (!this.#waiting.delete(wake)) return;
      this.#answer(response, pulled(), fault);
    };
    this.#waiting.add(wake);
    this.#later(waitMs, end);
  }

  #answer(response: ServerResponse, answer: EmulatedAnswer, fault: AnswerFault | undefined): void {
    const { status, contentType, challenges = [] } = answer;
    const text = fault?.kind === 'text' ? fault.text : answer.body;
    const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text);
    switch (fault?.kind) {
      case 'silence':
        return;
      case 'cut':
        return this.#later(fault.afterMs, () => response.destroy());
      case 'truncate':
        response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length });
        response.write(bytes.subarray(0, bytes.length / 2));
        return this.#later(50, () => response.destroy());
      case 'drip':
        response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length });
        return this.#drip(response, bytes, fault.everyMs);
      default:
        response.writeHead(fault ? 200 : status, {
          'content-type': contentType,
          ...(challenges.length > 0 && { 'www-authenticate': [...challenges] }),
        });
        response.end(bytes);
    }
  }

  #drip(response: ServerResponse, bytes: Buffer, everyMs: number, at = 0): void {
    if (response.destroyed || at >= bytes.length) return;
    response.write(bytes.subarray(at, at + 1));
    this.#later(everyMs, () => this.#drip(response, bytes, everyMs, at + 1));
  }
}
