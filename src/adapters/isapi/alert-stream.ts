/**
 * The stream of alerts of an ISAPI camera: one GET whose answer never ends, signed in by digest. Every wait has
 * a limit, no redirect is followed, no connection is used twice, and a camera that refuses the password is left
 * alone for long, because it locks the account after a few tries.
 */
import { randomInt } from 'node:crypto';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../ports/clock.ts';
import {
  type OpenStream,
  type StreamEvents,
  type StreamTransport,
  TransportError,
} from '../../ports/transport.ts';
import {
  type CameraAddress,
  cameraConnections,
  isCertificateError,
  quotable,
} from '../camera-http/connection.ts';
import { authorization, isStale } from '../camera-http/digest.ts';
import { Refusals } from '../camera-http/refusals.ts';

export interface AlertStreamOptions extends CameraAddress {
  readonly path: string;
  readonly username?: string;
  readonly password?: string;
  readonly connectTimeoutMs: number;
  /** Longest wait for the head of an answer once connected, ms. */
  readonly replyTimeoutMs: number;
  readonly clock: Clock;
}

/** Pictures of several readings in one second; a camera that pours more is not what it should be. */
const bytesPerSecondMax = 8_388_608;
/** The next sign-in after a refused one waits at least so long, ms. */
const refusedWaitMs = 30_000;

export function alertStream(options: AlertStreamOptions): StreamTransport {
  const refusals = new Refusals();
  const connect = cameraConnections(options);
  return { open: (events) => new Opening({ ...options, refusals, connect }, events).stream() };
}

interface Way extends AlertStreamOptions {
  readonly refusals: Refusals;
  readonly connect: ReturnType<typeof cameraConnections>;
}

/** The head of an answer with the request it answers. */
interface Begun {
  readonly response: IncomingMessage;
  end(): void;
}

class Opening {
  readonly #o: Way;
  readonly #events: StreamEvents;

  constructor(options: Way, events: StreamEvents) {
    this.#o = options;
    this.#events = events;
  }

  async stream(): Promise<OpenStream> {
    let begun = await this.#ask(undefined);
    // A nonce that has grown old is told by `stale`: that refuses nothing, and is tried once more.
    for (let tries = 0; begun.response.statusCode === 401 && tries < 2; tries += 1) {
      const challenges = begun.response.headersDistinct['www-authenticate'] ?? [];
      begun.end();
      if (tries > 0 && !isStale(challenges)) break;
      begun = await this.#ask(this.#signIn(challenges));
    }
    return this.#judge(begun);
  }

  #signIn(challenges: readonly string[]): string {
    const { username, password = '', path, refusals, clock } = this.#o;
    const waitMs = refusals.waitMs(clock.now().monotonicMs);
    if (waitMs > 0) throw refusal('not tried: the camera refused the sign-in before', waitMs);
    if (username === undefined) {
      throw refusal('the camera asks for a sign-in, and no user is configured', refusedWaitMs);
    }
    const signIn = { method: 'GET', uri: path, username, password, isBasicAllowed: false };
    const header = authorization(challenges, signIn);
    if (header !== undefined) return header;
    throw refusal('the camera offers no digest that is known', refusedWaitMs);
  }

  #judge({ response, end }: Begun): OpenStream {
    const { refusals, clock } = this.#o;
    const status = response.statusCode ?? 0;
    const fail = (error: TransportError) => {
      end();
      return error;
    };
    if (status === 401 || status === 403) {
      refusals.refused(clock.now().monotonicMs);
      const waitMs = Math.max(refusedWaitMs, refusals.waitMs(clock.now().monotonicMs));
      const what = status === 401 ? 'user or password' : 'the right to notifications';
      throw fail(refusal(`the camera refuses ${what} (HTTP ${status})`, waitMs));
    }
    const type = response.headers['content-type'] ?? '';
    const coding = response.headers['content-encoding'] ?? 'identity';
    if (status !== 200 || !/^multipart\//i.test(type) || coding !== 'identity') {
      const what = status === 200 ? `"${type}", ${coding}` : `HTTP ${status}`;
      throw fail(
        new TransportError('isapi-answer-refused', quotable(`no stream of parts: ${what}`)),
      );
    }
    refusals.accepted();
    return this.#listen(response, end);
  }

  #listen(response: IncomingMessage, end: () => void): OpenStream {
    const { clock } = this.#o;
    const events = this.#events;
    let isOver = false;
    let windowMs = 0;
    let bytesInWindow = 0;
    const close = () => {
      isOver = true;
      end();
    };
    const over = (code: string, detail: string) => {
      if (isOver) return;
      close();
      events.closed(code, detail);
    };
    const take = (bytes: Buffer) => {
      if (isOver) return;
      const receivedAt = clock.now();
      if (receivedAt.monotonicMs - windowMs >= 1_000) {
        windowMs = receivedAt.monotonicMs;
        bytesInWindow = 0;
      }
      bytesInWindow += bytes.length;
      if (bytesInWindow <= bytesPerSecondMax) return events.received({ bytes, receivedAt });
      over('port-flooded', `more than ${bytesPerSecondMax} bytes in a second`);
    };
    response.on('error', (error) => over('port-lost', quotable(error.message)));
    response.on('close', () => over('port-lost', 'the camera ended the stream'));
    // Not before the session knows that its stream is open.
    setImmediate(() => {
      if (!isOver) response.on('data', take);
    });
    // An answer is only read from.
    return { nonce: randomInt(2 ** 31), write: () => undefined, close };
  }

  #ask(header: string | undefined): Promise<Begun> {
    const { host, port, tls, path, connectTimeoutMs, replyTimeoutMs, connect } = this.#o;
    return new Promise((resolve, reject) => {
      let asked: ClientRequest | undefined;
      let deadline: NodeJS.Timeout;
      const socket = connect();
      const fail = (error: TransportError) => {
        clearTimeout(deadline);
        asked?.destroy();
        socket.destroy();
        reject(error);
      };
      const within = (ms: number, what: string) => {
        clearTimeout(deadline);
        const late = new TransportError(
          'connect-timeout',
          `${host}:${port}: no ${what} in ${ms} ms`,
        );
        deadline = setTimeout(() => fail(late), ms);
      };
      within(connectTimeoutMs, 'connection');
      socket.once(tls ? 'secureConnect' : 'connect', () => within(replyTimeoutMs, 'answer'));
      asked = (tls ? httpsRequest : httpRequest)({
        host,
        port,
        path,
        createConnection: () => socket,
        headers: {
          accept: 'multipart/mixed, multipart/x-mixed-replace',
          connection: 'keep-alive',
          ...(header !== undefined && { authorization: header }),
        },
      });
      asked.on('error', (error) => fail(failureOf(error, `${host}:${port}`)));
      asked.once('response', (response) => {
        clearTimeout(deadline);
        response.on('error', () => undefined);
        resolve({
          response,
          end() {
            asked?.destroy();
            socket.destroy();
          },
        });
      });
      asked.end();
    });
  }
}

function refusal(detail: string, retryAfterMs: number): TransportError {
  return new TransportError('isapi-auth-refused', detail, undefined, retryAfterMs);
}

function failureOf(error: NodeJS.ErrnoException, place: string): TransportError {
  const { code } = error;
  const failed = (fault: string) =>
    new TransportError(fault, quotable(`${place}: ${error.message}`), error);
  if (isCertificateError(code)) return failed('isapi-certificate-refused');
  switch (code) {
    case 'ECONNREFUSED':
      return failed('connect-refused');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failed('host-unknown');
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
    case 'ENETUNREACH':
      return failed('connect-timeout');
    default:
      return failed('port-lost');
  }
}
