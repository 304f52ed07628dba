/**
 * Where the customs gate platform connects to by itself. Only its registered addresses are listened to: any other is hung up
 * on before a byte of it is read. What is refused is told, and no more than once in a while for the same reason, so that
 * nobody can fill the journal from outside.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Dialect } from '../../interchange/jgst14/dialect.ts';
import { type Framed, Framer } from '../../interchange/jgst14/framer.ts';
import { readVerdict } from '../../interchange/jgst14/verdict-message.ts';
import type { PlatformHeard } from '../../ports/gate-platform.ts';
import { frameBytesMax, messagesMax } from './limits.ts';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Addresses of the platform, as the system writes them. */
  readonly peers: readonly string[];
  readonly dialect: Dialect;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, detail: object) => void;
  hear(heard: PlatformHeard): void;
}

const connectionsMax = 16;
const idleMs = 10_000;
const againMs = 5_000;
/** The same refusal is told this seldom, ms. */
const tellEveryMs = 10_000;

export class PlatformListener {
  readonly #o: ListenerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #toldAtMs = new Map<string, number>();
  readonly #ready: Promise<number>;
  #listening: (port: number) => void = () => undefined;
  #again: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ListenerOptions) {
    this.#o = options;
    this.#ready = new Promise((resolve) => {
      this.#listening = resolve;
    });
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.on('error', (error) => this.#failed(error));
    this.#server.on('listening', () => {
      const address = this.#server.address();
      this.#listening(typeof address === 'object' && address ? address.port : 0);
    });
  }

  start(): void {
    const { host, port } = this.#o;
    this.#server.listen(port, host);
  }

  port(): Promise<number> {
    return this.#ready;
  }

  /** The port may be another program's for a while: the gate goes on, and tries again. */
  #failed(error: Error): void {
    if (this.#isStopped) return;
    this.#o.log('error', 'the customs gate platform cannot connect', { error: error.message });
    this.#refuse('platform-listener-failed', error.message);
    this.#again = setTimeout(() => this.start(), againMs);
  }

  #accept(socket: Socket): void {
    const peer = plainAddress(socket.remoteAddress ?? '');
    socket.on('error', () => undefined);
    if (!this.#o.peers.some((each) => plainAddress(each) === peer)) {
      socket.destroy();
      return this.#refuse('platform-peer-unknown', peer);
    }
    if (this.#sockets.size >= connectionsMax) {
      socket.destroy();
      return this.#refuse('platform-peer-crowding', `${connectionsMax} connections are open`);
    }
    this.#sockets.add(socket);
    const framer = new Framer(this.#o.dialect, frameBytesMax);
    const close = () => {
      this.#sockets.delete(socket);
      socket.destroy();
    };
    socket.setTimeout(idleMs, close);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      const cut = framer.end();
      if (cut?.kind === 'refused') this.#refuse('platform-message-unreadable', cut.reason);
    });
    let messages = 0;
    socket.on('data', (chunk: Buffer) => {
      for (const framed of framer.push(chunk)) {
        messages += 1;
        if (messages > messagesMax || !this.#take(framed)) return close();
      }
    });
  }

  /** Whether the connection may go on. */
  #take(framed: Framed): boolean {
    const reading = framed.kind === 'refused' ? framed : readVerdict(framed.frame);
    if (reading.kind === 'refused') {
      this.#refuse('platform-message-unreadable', reading.reason);
      return false;
    }
    this.#o.hear({ kind: 'answered', answer: reading.message });
    return true;
  }

  #refuse(code: string, detail: string): void {
    const nowMs = performance.now();
    if (nowMs - (this.#toldAtMs.get(code) ?? Number.NEGATIVE_INFINITY) < tellEveryMs) return;
    this.#toldAtMs.set(code, nowMs);
    this.#o.log('warn', 'a message for the gate was refused', { code, detail });
    if (!this.#isStopped) this.#o.hear({ kind: 'refused', code, detail });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#again);
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    await new Promise<void>((done) => this.#server.close(() => done()));
  }
}

/** A system that listens for both kinds writes IPv4 as a kind of IPv6. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:/, '');
}
