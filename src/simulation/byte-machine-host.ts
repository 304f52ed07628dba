/** Puts an emulated serial device behind a raw TCP port, as a device server does with a real one. */
import { createServer, type Server, type Socket } from 'node:net';

/** A device as pure bytes: it answers what it is sent, and sends by itself when its time has come. */
export interface ByteMachine {
  received(bytes: Uint8Array, nowMs: number): readonly Uint8Array[];
  tick(nowMs: number): readonly Uint8Array[];
}

export interface ByteMachineHost {
  readonly port: number;
  /** Sends what the device has to say by itself. */
  tick(nowMs: number): void;
  /** Cuts every connection; the port goes on listening. */
  cut(): void;
  close(): Promise<void>;
}

const connectionsMax = 4;

export async function hostByteMachine(
  machine: ByteMachine,
  options: { readonly host?: string; readonly port?: number } = {},
): Promise<ByteMachineHost> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    if (sockets.size >= connectionsMax) return socket.destroy();
    sockets.add(socket);
    socket.on('data', (bytes) => {
      for (const answer of machine.received(bytes, performance.now())) socket.write(answer);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return undefined;
  });
  const port = await listening(server, options);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    tick(nowMs) {
      for (const bytes of machine.tick(nowMs)) for (const socket of sockets) socket.write(bytes);
    },
    cut,
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listening(
  server: Server,
  { host = '127.0.0.1', port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
