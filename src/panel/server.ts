/**
 * The panel's HTTP server: the gate's view as JSON, its live stream, and the built page. It reads; what changes
 * something is an act of a person who has signed in (`persons/`), and every other method is refused.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { SignInDoor } from '../ports/persons.ts';
import type { PictureShelf } from '../ports/pictures.ts';
import type { PanelSource } from '../runtime/read-model.ts';
import { askToSignIn, sessionOf } from './persons/guards.ts';
import { addPersonRoutes, type PersonRoutesOptions, personRoutes } from './persons/routes.ts';
import { picturesPlugin } from './pictures.ts';
import { type Problem, sendProblem } from './problem.ts';
import { addRecording } from './recording.ts';
import { securityHeaders } from './security-headers.ts';
import { type StreamLimits, streamLimits, streamPlugin } from './stream.ts';

/** The part of a pino logger that the panel needs. */
export interface PanelLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface PanelOptions {
  readonly source: PanelSource;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Folder of the built page. Where it is missing the interface works and `/` says how to build it. */
  readonly webRoot: string;
  /** Absent where no pictures are kept. */
  readonly pictures?: Pick<PictureShelf, 'look'>;
  readonly log: PanelLog;
  readonly limits?: Partial<StreamLimits>;
  /** Lines of a recording of what the flight recorder holds; absent where there is none. */
  readonly recording?: () => Iterable<string>;
  /** Absent: nobody can sign in, and nothing can be done. */
  readonly persons?: PersonRoutesOptions;
  /** What the gate shows is for those who have signed in. */
  readonly signInToSee?: boolean;
}

export interface Panel {
  /** Exposed for requests without a socket. */
  readonly app: FastifyInstance;
  /** Starts to listen; resolves with the address to open, e.g. `http://127.0.0.1:8080/`. */
  listen(): Promise<string>;
  /** Ends every stream and stops; never waits for a client. */
  close(): Promise<void>;
}

export async function createPanel(options: PanelOptions): Promise<Panel> {
  const { source, log } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: 1024,
    // What does not have its form is refused, not bent into it.
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allErrors: true,
        discriminator: true,
      },
    },
    requestTimeout: 10_000,
    // Node looks for late requests only at this interval, and not at all while the limit for headers is the
    // larger one, as it is by default.
    http: { connectionsCheckingInterval: 1_000, headersTimeout: 10_000 },
    // Idle connections of browsers would hold the close up.
    forceCloseConnections: true,
    // An address that cannot be decoded is refused before any hook runs.
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply.headers(securityHeaders), problemOf(error.statusCode ?? 400, error));
    },
  });
  // Cookies are read before the guards ask whose they are.
  if (options.persons) await app.register(fastifyCookie);
  addGuards(app, options);
  if (options.persons) addPersonRoutes(app, options.persons);
  await app.register(streamPlugin, {
    source,
    limits: { ...streamLimits, ...options.limits },
    dropped: (reason) => log.warn({ reason }, 'a panel screen was too slow and was dropped'),
    ...(options.persons && options.signInToSee && { mayLook: lookFor(options.persons.door) }),
  });
  app.get('/api/gate', (_request, reply) => {
    reply
      .header('cache-control', 'no-store')
      .header('content-type', 'application/json; charset=utf-8');
    return reply.send(JSON.stringify(source.snapshot()));
  });
  app.get('/healthz', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'up' }),
  );
  if (options.pictures) {
    await app.register(picturesPlugin, {
      shelf: options.pictures,
      failed: (err: unknown) => log.error({ err }, 'the records of pictures could not be read'),
    });
  }
  if (options.recording) addRecording(app, options.recording);
  await addPage(app, options.webRoot);
  return {
    app,
    listen: async () => {
      const address = await app.listen({ host: options.host, port: options.port });
      return `${address}/`;
    },
    close: () => app.close(),
  };
}

/** A stream ends with the session that it was opened in, and looking on does not prolong it. */
function lookFor(door: SignInDoor) {
  return (request: FastifyRequest) => {
    const session = sessionOf(request, door);
    return () => session !== undefined && door.isOpen(session.sessionId);
  };
}

const streamPath = '/api/stream';
/** What tells of the gate and its traffic. */
const seeing = ['/api/gate', streamPath, '/api/pictures', '/api/recording'];

function methodsOf(path: string, hasPersons: boolean): readonly string[] {
  if (path === streamPath) return ['GET'];
  const own = hasPersons ? Object.values(personRoutes).filter(({ url }) => isAt(url, path)) : [];
  return own.length > 0 ? own.map(({ method }) => method) : ['GET', 'HEAD'];
}

/** Whether a path is one of a route: `:name` stands for one part of it. */
function isAt(url: string, path: string): boolean {
  const [parts, own] = [path.split('/'), url.split('/')];
  return (
    parts.length === own.length &&
    own.every((part, at) => part.startsWith(':') || part === parts[at])
  );
}

function addGuards(app: FastifyInstance, { log, persons, signInToSee }: PanelOptions): void {
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(securityHeaders);
    const [path = ''] = request.url.split('?', 1);
    const allowed = methodsOf(path, persons !== undefined);
    if (!allowed.includes(request.method)) {
      sendProblem(reply.header('allow', allowed.join(', ')), {
        status: 405,
        title: 'Method not allowed',
        detail: `Nothing can be changed here; use ${allowed.join(' or ')}.`,
      });
      return;
    }
    // By the route that will answer: one address can be written in several ways.
    const { url: route = path } = request.routeOptions;
    const isSeeing = signInToSee === true && seeing.some((each) => route.startsWith(each));
    if (persons && isSeeing && !sessionOf(request, persons.door)) {
      askToSignIn(reply);
      return;
    }
    next();
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, {
      status: 404,
      title: 'Not found',
      detail:
        'Known addresses are /, /api/gate, /api/stream, /api/pictures/{sha256}, /api/recording, /api/cases, /api/session and /healthz.',
    }),
  );
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, url: request.url }, 'a panel request failed');
    sendProblem(reply, problemOf(status, error));
  });
}

function problemOf(status: number, error: FastifyError): Problem {
  if (error.validation) {
    const mistakes = error.validation.map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message ?? 'is not valid'}${named(params)}`,
    );
    return {
      status: 422,
      title: 'The request does not have its form',
      code: 'request-malformed',
      detail: [...new Set(mistakes)].slice(0, mistakesMax).join('; '),
    };
  }
  if (status < 500) return { status, title: 'Bad request', detail: error.message };
  return {
    status,
    title: 'The panel failed',
    detail: 'The view of the gate could not be made; the log of the daemon has the cause.',
  };
}

const mistakesMax = 8;

/** The member or the values that a mistake is about. */
function named(params: Readonly<Record<string, unknown>>): string {
  const told = params['additionalProperty'] ?? params['allowedValues'] ?? params['allowedValue'];
  return told === undefined ? '' : `: ${String(told)}`;
}

async function addPage(app: FastifyInstance, webRoot: string): Promise<void> {
  if (!existsSync(join(webRoot, 'index.html'))) {
    app.get('/', (_request, reply) =>
      sendProblem(reply, {
        status: 503,
        title: 'The page is not built',
        detail: `There is no index.html in ${webRoot}; run "npm run build:web".`,
      }),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: webRoot,
    cacheControl: false,
    setHeaders: (response, path) => {
      // Built file names carry a hash of their content; the page itself must always be asked for.
      const hashed = path.includes('/assets/');
      response.setHeader(
        'cache-control',
        hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
}
