/** Puts an emulated ISAPI camera behind a TCP port, byte for byte, and lets its network misbehave. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  type EmulatedAlert,
  type EmulatedClient,
  EmulatedIsapiCamera,
  heartbeatPart,
  plateParts,
} from '../../devices/plate-camera-isapi/emulator.ts';
import { listening } from './byte-machine-host.ts';

export interface IsapiCameraHost {
  readonly camera: EmulatedIsapiCamera;
  readonly port: number;
  /** Streams of alerts that are open. */
  readonly listeners: number;
  readonly connections: number;
  /** A vehicle passes: its alert goes into every stream. */
  passes(alert: EmulatedAlert): void;
  heartbeat(atMs: number): void;
  /** Any bytes into every stream. */
  write(bytes: Uint8Array): void;
  /** Takes connections and answers nothing. */
  isMute: boolean;
  /** Cuts every connection; the port goes on listening. */
  cut(): void;
  close(): Promise<void>;
}

export interface IsapiCameraHostOptions {
  readonly username?: string;
  readonly password?: string;
  readonly port?: number;
  /** PEM; TLS where it is given. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

const connectionsMax = 6;

export async function hostIsapiCamera(
  options: IsapiCameraHostOptions = {},
): Promise<IsapiCameraHost> {
  const camera = new EmulatedIsapiCamera({
    username: options.username ?? 'gate',
    password: options.password ?? 'secret',
    hash: (algorithm, text) => createHash(algorithm).update(text).digest('hex'),
    nonce: () => randomBytes(16).toString('hex'),
  });
  const clients = new Map<Socket, EmulatedClient>();
  const take = (socket: Socket) => {
    if (clients.size >= connectionsMax) return socket.destroy();
    const client = camera.client();
    clients.set(socket, client);
    socket.on('data', (bytes) => {
      if (host.isMute) return;
      const { send, hangUp } = client.received(bytes, performance.now());
      for (const answer of send) socket.write(answer);
      if (hangUp) socket.end();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clients.delete(socket));
    return undefined;
  };
  const { tls } = options;
  const server = tls ? createTlsServer(tls, take) : createServer({ noDelay: true }, take);
  server.on('tlsClientError', () => undefined);
  const port = await listening(server, options.port === undefined ? {} : { port: options.port });
  const write = (bytes: Uint8Array) => {
    for (const [socket, client] of clients) if (client.isListening) socket.write(bytes);
  };
  const cut = () => {
    for (const socket of clients.keys()) socket.destroy();
  };
  const host: IsapiCameraHost = {
    camera,
    port,
    isMute: false,
    get listeners() {
      return [...clients.values()].filter((client) => client.isListening).length;
    },
    get connections() {
      return clients.size;
    },
    passes: (alert) => write(plateParts(alert, camera.form)),
    heartbeat: (atMs) => write(heartbeatPart(atMs, camera.form)),
    write,
    cut,
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return host;
}
