/** A serial line behind a raw TCP port (device server, terminal server), or a device that speaks TCP itself. */
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import {
  type OpenStream,
  type StreamEvents,
  type StreamTransport,
  TransportError,
} from '../../ports/transport.ts';
import { FloodGate, WaitingWrites } from './stream-limits.ts';

export interface TcpStreamOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

/** Ten times what the fastest serial line carries. */
const bytesPerSecondMax = 1_048_576;
/** A server that hangs up this soon after it has accepted did not want us, ms. */
const droppedWithinMs = 1_000;

export function tcpStream(options: TcpStreamOptions): StreamTransport {
  return { open: (events) => connectTo(options, events) };
}

function connectTo(options: TcpStreamOptions, events: StreamEvents): Promise<OpenStream> {
  const { host, port, connectTimeoutMs, clock } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 5_000,
    });
    let connectedAtMs: number | undefined;
    let isOver = false;
    const close = () => {
      isOver = true;
      clearTimeout(deadline);
      writes.stop();
      socket.destroy();
    };
    const over = (code: string, detail: string) => {
      if (isOver) return;
      close();
      const reason = `${host}:${port}: ${detail}`;
      if (connectedAtMs === undefined) reject(new TransportError(code, reason));
      else events.closed(code, reason);
    };
    const writes = new WaitingWrites({
      send: (bytes, taken) => socket.write(bytes, () => taken()),
      blocked: (detail) => over('port-write-blocked', detail),
    });
    const flood = new FloodGate(bytesPerSecondMax);
    const deadline = setTimeout(
      () => over('connect-timeout', `no answer in ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    );
    socket.once('connect', () => {
      clearTimeout(deadline);
      connectedAtMs = clock.now().monotonicMs;
      resolve({ nonce: randomInt(2 ** 31), write: (bytes) => writes.write(bytes), close });
    });
    socket.on('data', (bytes: Buffer) => {
      if (isOver) return;
      const receivedAt = clock.now();
      if (flood.passes(bytes.length, receivedAt.monotonicMs))
        events.received({ bytes, receivedAt });
      else over('port-flooded', `more than ${bytesPerSecondMax} bytes in a second`);
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      over(connectedAtMs === undefined ? connectCode(error) : 'port-lost', error.message),
    );
    socket.once('close', () => {
      const agedMs = clock.now().monotonicMs - (connectedAtMs ?? 0);
      if (agedMs < droppedWithinMs)
        over('connect-dropped', `hung up after ${agedMs.toFixed(0)} ms`);
      else over('port-lost', 'the other side closed the connection');
    });
  });
}

function connectCode({ code }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'connect-refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'host-unknown';
  const unanswered = ['ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH'];
  return unanswered.includes(code ?? '') ? 'connect-timeout' : 'port-lost';
}
