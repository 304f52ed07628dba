/** A serial line behind a raw TCP port (device server, terminal server). */
import { connect } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import {
  type OpenStream,
  type StreamEvents,
  type StreamTransport,
  TransportError,
} from '../../ports/transport.ts';

export interface TcpStreamOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

export function tcpStream({
  host,
  port,
  connectTimeoutMs,
  clock,
}: TcpStreamOptions): StreamTransport {
  return {
    open: (events: StreamEvents) =>
      new Promise<OpenStream>((resolve, reject) => {
        const socket = connect({
          host,
          port,
          noDelay: true,
          keepAlive: true,
          keepAliveInitialDelay: 5_000,
        });
        let connected = false;
        const deadline = setTimeout(() => {
          reject(
            new TransportError(
              'connect-timeout',
              `${host}:${port} did not answer in ${connectTimeoutMs} ms`,
            ),
          );
          socket.destroy();
        }, connectTimeoutMs);
        socket.once('connect', () => {
          connected = true;
          clearTimeout(deadline);
          resolve({ write: (bytes) => socket.write(bytes), close: () => socket.destroy() });
        });
        socket.on('data', (bytes: Buffer) => events.received({ bytes, receivedAt: clock.now() }));
        socket.on('error', (error: NodeJS.ErrnoException) => {
          clearTimeout(deadline);
          if (!connected)
            reject(new TransportError(codeOf(error), `${host}:${port}: ${error.message}`, error));
        });
        socket.once('close', () => {
          clearTimeout(deadline);
          if (connected) events.closed('port-lost', `${host}:${port} closed the connection`);
        });
      }),
  };
}

export function codeOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'connect-refused';
  return error.code === 'ETIMEDOUT' ? 'connect-timeout' : 'port-lost';
}
