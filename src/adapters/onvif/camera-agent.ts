/**
 * Connections to one camera: one for each request, never reused, and bounded in what may come over it. The
 * onvif package keeps every byte of an answer until it ends, outside the heap that a worker's limits watch, and
 * is never told of an answer that stops half-way; so the bytes are counted and the end is told here.
 */

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { connect as tcpConnect } from 'node:net';
import { checkServerIdentity, type PeerCertificate, connect as tlsConnect } from 'node:tls';
import { CameraFailure } from './camera-failure.ts';

export interface CameraAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** PEM: the camera's own certificate, or that of the authority which signed it. */
  readonly certificateFile?: string;
}

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
  const connect = options.tls ? tlsConnection(options) : () => plainConnection(options);
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

function plainConnection({ host, port }: CameraAgentOptions): Socket {
  return tcpConnect({ host, port, noDelay: true });
}

/**
 * Cameras come with certificates that they signed themselves, on names of their own. A certificate that stands
 * in the file is trusted as it is; any other must be signed by one of them and bear the camera's name.
 */
function tlsConnection({ host, port, certificateFile }: CameraAgentOptions): () => Socket {
  const pem = certificateFile === undefined ? undefined : readFileSync(certificateFile, 'utf8');
  const known = new Set(
    (pem ? certificatesOf(pem) : []).map(({ fingerprint256 }) => fingerprint256),
  );
  return () =>
    tlsConnect({
      host,
      port,
      ...(pem !== undefined && { ca: pem }),
      checkServerIdentity: (name: string, certificate: PeerCertificate) =>
        known.has(certificate.fingerprint256) ? undefined : checkServerIdentity(name, certificate),
    });
}

function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
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
