/**
 * A port of loopback that can be shut and opened again: while it is shut connections are refused, as by a device that
 * is off. The newest connection is the one that counts.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { listening } from './byte-machine-host.ts';
import { freePort } from './free-port.ts';

const connectionsMax = 4;

export class Door {
  readonly port: number;
  readonly #sockets = new Set<Socket>();
  readonly #enters: (socket: Socket) => void;
  #server: Server | undefined;

  private constructor(port: number, enters: (socket: Socket) => void) {
    this.port = port;
    this.#enters = enters;
  }

  /** A door on a free port, shut. */
  static async on(enters: (socket: Socket) => void): Promise<Door> {
    return new Door(await freePort(), enters);
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Rejects where the port cannot be listened on. */
  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer({ noDelay: true }, (socket) => this.#enter(socket));
    this.#server = server;
    try {
      await listening(server, { port: this.port });
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
  }

  #enter(socket: Socket): void {
    if (this.#sockets.size >= connectionsMax) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    this.#enters(socket);
  }

  /** Ends every connection; the port goes on listening. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.cut();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
