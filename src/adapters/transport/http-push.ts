/**
 * Where cameras post their readings: a server of its own, apart from the panel. Bodies are taken as bytes
 * under the limit of their route; what is refused says why, and nothing hangs.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { PushAnswer, PushRequest } from '../../driver-kit/contract.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PushListener } from '../../ports/transport.ts';

export interface HttpPushOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: (message: string, detail: Readonly<Record<string, unknown>>) => void;
}

export interface HttpPushServer extends PushListener {
  /** Port that is listened on. */
  listen(): Promise<number>;
  close(): Promise<void>;
}

const bodyTimeoutMs = 10_000;
const closeWithinMs = 2_000;
const pathShownMax = 200;
const strangersMax = 50;

export function httpPushServer(options: HttpPushOptions): HttpPushServer {
  const app = fastify({
    requestTimeout: bodyTimeoutMs,
    // Node looks for late requests only at this interval, and not at all while the limit for headers is the
    // larger one, as it is by default.
    http: { connectionsCheckingInterval: 1_000, headersTimeout: bodyTimeoutMs },
    connectionTimeout: 60_000,
    forceCloseConnections: true,
  });
  const strangers = new Set<string>();
  app.setNotFoundHandler((request, reply) => {
    const path = (request.url.split('?')[0] ?? '').slice(0, pathShownMax);
    // Told once for each path, and not without end: whoever reaches the port must not fill the log.
    if (strangers.size < strangersMax && !strangers.has(path)) {
      strangers.add(path);
      const from = request.socket.remoteAddress;
      options.log('no device is configured at the path of a push', { path, from, status: 404 });
    }
    return problem(reply, 404, `no device is configured at ${path}`);
  });
  app.setErrorHandler(
    (error: { statusCode?: number; code?: string; message: string }, request, reply) => {
      const status = error.statusCode ?? 500;
      options.log('a push was refused', { url: request.url, status, code: error.code });
      return problem(
        reply,
        status,
        status < 500 ? explanation(status, error.message) : 'the message could not be handled',
      );
    },
  );
  return {
    register: (path, session, answer) =>
      registerRoute(app, options.clock, { path, session, answer }),
    async listen() {
      await app.listen({ host: options.host, port: options.port });
      const address = app.server.address();
      return typeof address === 'object' && address ? address.port : options.port;
    },
    async close() {
      const deadline = setTimeout(() => app.server.closeAllConnections(), closeWithinMs);
      await app.close();
      clearTimeout(deadline);
    },
  };
}

function registerRoute(
  app: FastifyInstance,
  clock: Clock,
  route: {
    path: string;
    session: { bodyBytesMax: number; contentTypes: readonly string[] };
    answer: (request: PushRequest) => PushAnswer;
  },
): void {
  const { path, session, answer } = route;
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    // Every type is read as bytes, so that a wrong one is answered 415 by name and a missing one can be allowed.
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: session.bodyBytesMax },
      (_request, body, parsed) => parsed(null, body),
    );
    scope.post(path, { bodyLimit: session.bodyBytesMax }, (request, reply) => {
      const contentType = mediaTypeOf(request);
      if (!session.contentTypes.includes(contentType)) {
        return problem(
          reply,
          415,
          `content type "${contentType}" is not accepted; accepted: ${session.contentTypes.filter((c) => c !== '').join(', ')}`,
        );
      }
      const answered = answer(pushRequest(request, contentType, clock));
      return reply.code(answered.status).type(answered.contentType).send(answered.body);
    });
    scope.route({
      method: ['GET', 'PUT', 'DELETE', 'PATCH'],
      url: path,
      handler: (_request, reply) =>
        problem(reply.header('allow', 'POST'), 405, 'devices post their messages here'),
    });
    done();
  });
}

function pushRequest(request: FastifyRequest, contentType: string, clock: Clock): PushRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value ?? '')]),
  );
  return {
    method: request.method,
    path: request.url,
    contentType,
    headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    receivedAt: clock.now(),
  };
}

function mediaTypeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function explanation(status: number, message: string): string {
  return status === 413 ? 'the body is larger than this device may send' : message;
}

function problem(reply: FastifyReply, status: number, detail: string) {
  return reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title: detail, status, detail }));
}
