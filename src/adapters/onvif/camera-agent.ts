/**
 * Connections to one camera: one for each request, never reused, and bounded in what may come over it. The
 * onvif package keeps every byte of an answer until it ends, outside the heap that a worker's limits watch, and
 * is never told of an answer that stops half-way; so the bytes are counted and the end is told here.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { type CameraAddress, cameraConnections } from '../camera-http/connection.ts';
import { CameraFailure } from './camera-failure.ts';

/** The reason is there where the connection was ended here. */
export type ConnectionEnded = (reason: CameraFailure | undefined) => void;

export interface CameraAgent {
  readonly agent: HttpAgent;
  /** Ends every connection. */
  cut(): void;
}

export interface CameraAgentOptions extends CameraAddress {
  readonly connectTimeoutMs: number;
  /** Bytes of one answer, its head included. */
  readonly answerBytesMax: number;
  /** Called for each new connection; what it returns is called when that one is over. */
  readonly opened: () => ConnectionEnded;
}

/** Beside the body: status line and headers, which Node bounds at 16 KiB by itself. */
const headBytesMax = 20_000;

export function cameraAgent(options: CameraAgentOptions): CameraAgent {
  const sockets = new Set<Socket>();
  const connect = cameraConnections(options);
  const createConnection = () => {
    const socket = connect();
    sockets.add(socket);
    watch(socket, options, () => sockets.delete(socket));
    return socket;
  };
  const settings = { keepAlive: false };
  const agent: HttpAgent = options.tls ? new HttpsAgent(settings) : new HttpAgent(settings);
  Object.assign(agent, { createConnection });
  return {
    agent,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function watch(socket: Socket, options: CameraAgentOptions, over: () => void): void {
  const ended = options.opened();
  let received = 0;
  let reason: CameraFailure | undefined;
  const end = (failure: CameraFailure) => {
    reason ??= failure;
    socket.destroy(failure);
  };
  const connecting = setTimeout(
    () =>
      end(new CameraFailure('connect-timeout', `no connection in ${options.connectTimeoutMs} ms`)),
    options.connectTimeoutMs,
  );
  socket.once(options.tls ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
  socket.on('data', (bytes: Buffer) => {
    received += bytes.length;
    if (received <= options.answerBytesMax + headBytesMax) return;
    const detail = `the answer has more than ${options.answerBytesMax} bytes`;
    end(new CameraFailure('onvif-answer-refused', detail));
  });
  socket.once('close', () => {
    clearTimeout(connecting);
    over();
    ended(reason);
  });
}
