/**
 * The routes of persons. Who may use which stands in one table, and a test holds every role against every row. What an
 * act may do beyond that, the lane and its policy say.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import {
  actRoles,
  approvingRoles,
  laneActRoles,
  type Role,
  roles,
} from '../../core/persons/roles.ts';
import type {
  ActDoor,
  ActOutcome,
  LaneActWish,
  Refused,
  Session,
  SignedIn,
  SignInDoor,
} from '../../ports/persons.ts';
import { sendProblem } from '../problem.ts';
import { askToSignIn, ofThisPage, sessionCookie, sessionOf, tokenOf } from './guards.ts';
import {
  CloseCaseRequest,
  IdPath,
  LaneActRequest,
  LanePath,
  ReturnRequest,
  SetUpRequest,
  SignInRequest,
} from './requests.ts';

export interface PersonRoutesOptions {
  readonly door: SignInDoor;
  readonly acts: ActDoor;
  /** The cookie is sent over TLS alone, and to this machine itself. */
  readonly secureCookie: boolean;
}

/** `open`: to everyone; `signedIn`: to every role. */
type Access = 'open' | 'signedIn' | readonly Role[];

interface PersonRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly access: Access;
}

/** Everybody but the systems. */
const sees = roles.filter((role) => role !== 'service');

export const personRoutes = {
  signIn: { method: 'POST', url: '/api/session', access: 'open' },
  signOut: { method: 'DELETE', url: '/api/session', access: 'signedIn' },
  session: { method: 'GET', url: '/api/session', access: 'signedIn' },
  setUp: { method: 'POST', url: '/api/set-up', access: 'open' },
  act: {
    method: 'POST',
    url: '/api/lanes/:lane/passages/:passage/acts',
    access: laneActRoles,
  },
  approve: {
    method: 'POST',
    url: '/api/acts/:id/approval',
    access: approvingRoles,
  },
  cases: { method: 'GET', url: '/api/cases', access: sees },
  closeCase: {
    method: 'POST',
    url: '/api/cases/:id/close',
    access: actRoles.closeCase,
  },
  returnReservation: {
    method: 'POST',
    url: '/api/reservations/return',
    access: actRoles.returnReservation,
  },
} as const satisfies Readonly<Record<string, PersonRoute>>;

const bodyBytesMax = 4_096;

export function addPersonRoutes(app: FastifyInstance, options: PersonRoutesOptions): void {
  const { door, acts } = options;
  const signedIn = async (answer: Promise<SignedIn>, reply: FastifyReply) => {
    const given = await answer;
    if (given.kind === 'refused') return sendRefusal(reply, given);
    return sendSession(setCookie(reply, given.token, options), given.session);
  };
  const add = adder(app, door);
  add(personRoutes.signIn, { body: SignInRequest }, (request, reply) => {
    const { name, password } = request.body as SignInRequest;
    return signedIn(door.signIn(name, password, request.ip), reply);
  });
  add(personRoutes.setUp, { body: SetUpRequest }, (request, reply) =>
    signedIn(door.setUp(request.body as SetUpRequest, request.ip), reply),
  );
  add(personRoutes.signOut, {}, (request, reply) => {
    door.signOut(tokenOf(request) ?? '');
    return reply.clearCookie(sessionCookie, { path: '/' }).code(204).send();
  });
  add(personRoutes.session, {}, (_request, reply, session) => sendSession(reply, session));
  add(personRoutes.act, { params: LanePath, body: LaneActRequest }, (request, reply, session) => {
    const { lane, passage } = request.params as LanePath;
    const { actId, wish } = wishOf(request.body as LaneActRequest);
    const at = { laneId: lane, passageId: passage, actId };
    return sendOutcome(reply, acts.act(session, at, wish));
  });
  add(personRoutes.approve, { params: IdPath }, (request, reply, session) =>
    sendOutcome(reply, acts.approve(session, (request.params as IdPath).id)),
  );
  add(personRoutes.cases, {}, (_request, reply) => sendJson(reply, { cases: acts.openCases() }));
  add(
    personRoutes.closeCase,
    { params: IdPath, body: CloseCaseRequest },
    (request, reply, session) => {
      const exceptionId = (request.params as IdPath).id;
      const wish = { ...(request.body as CloseCaseRequest), exceptionId };
      return sendOutcome(reply, acts.closeCase(session, wish));
    },
  );
  add(personRoutes.returnReservation, { body: ReturnRequest }, (request, reply, session) =>
    sendOutcome(reply, acts.returnReservation(session, request.body as ReturnRequest)),
  );
}

type Handler = (
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
) => FastifyReply | Promise<FastifyReply>;

const nobody = {} as Session;

/** Whose request it is comes first, then whether he may, and only then what he asks for. */
function adder(app: FastifyInstance, door: SignInDoor) {
  return ({ method, url, access }: PersonRoute, schema: FastifySchema, handle: Handler) => {
    const sessions = new WeakMap<FastifyRequest, Session>();
    app.route({
      method,
      url,
      schema,
      bodyLimit: bodyBytesMax,
      exposeHeadRoute: false,
      onRequest: async (request, reply) => {
        const foreign = method === 'GET' ? undefined : ofThisPage(request, reply);
        if (foreign) return foreign;
        if (access === 'open') return undefined;
        const session = sessionOf(request, door);
        if (!session) return askToSignIn(reply);
        sessions.set(request, session);
        const { role } = session.person;
        const isAllowed = access === 'signedIn' || access.includes(role);
        return isAllowed ? undefined : forbid(reply, role);
      },
      handler: (request, reply) => handle(request, reply, sessions.get(request) ?? nobody),
    });
  };
}

function forbid(reply: FastifyReply, role: Role): FastifyReply {
  return sendProblem(reply, {
    status: 403,
    title: 'Not for this role',
    code: 'act-role-forbidden',
    detail: `The role ${role} may not do this.`,
  });
}

function wishOf(body: LaneActRequest): { actId: string; wish: LaneActWish } {
  const { act, actId, seen, note, ...rest } = body;
  const common = { seen, ...(note !== undefined && { note }) };
  if (act !== 'correct') return { actId, wish: { kind: act, ...common, ...rest } as LaneActWish };
  return { actId, wish: { kind: act, ...common, correction: rest } as LaneActWish };
}

function setCookie(reply: FastifyReply, token: string, { secureCookie }: PersonRoutesOptions) {
  return reply.setCookie(sessionCookie, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: secureCookie,
  });
}

function sendJson(reply: FastifyReply, value: unknown, status = 200): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(value));
}

function sendSession(reply: FastifyReply, { person, expiresAtMs }: Session): FastifyReply {
  return sendJson(reply, { ...person, expiresAtMs });
}

function sendOutcome(reply: FastifyReply, outcome: ActOutcome): FastifyReply {
  if (outcome.kind === 'refused') return sendRefusal(reply, outcome);
  return sendJson(reply, outcome, outcome.kind === 'proposed' ? 202 : 200);
}

const statuses: Readonly<Record<string, number>> = {
  'sign-in-wrong': 401,
  'sign-in-delayed': 429,
  'sign-in-busy': 503,
  'set-up-code-wrong': 401,
  'account-name-malformed': 422,
  'password-weak': 422,
  'act-role-forbidden': 403,
  'act-approval-same': 403,
  'act-lane-unknown': 404,
  'act-passage-unknown': 404,
  'act-approval-unknown': 404,
  'case-unknown': 404,
  'act-nothing-corrected': 422,
  'act-plate-malformed': 422,
  'act-container-malformed': 422,
  'act-containers-impossible': 422,
  'release-reason-unknown': 422,
  'release-reference-missing': 422,
  'release-barred': 403,
  'release-not-provided': 403,
  'second-person-same': 403,
  'divert-place-unknown': 403,
  'divert-time-long': 422,
  'act-not-recorded': 503,
  'act-facts-unavailable': 503,
  'act-lane-stopped': 503,
};

/** Everything else is at odds with how things stand now. */
const conflict = 409;

function sendRefusal(reply: FastifyReply, refusal: Refused): FastifyReply {
  const { code, text, hint, retryAfterMs, decisionId, reasons } = refusal;
  const retryAfterS = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1_000);
  if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS));
  return sendProblem(reply, {
    status: statuses[code] ?? conflict,
    title: text.en,
    code,
    detail: `${hint}.`,
    text,
    ...(decisionId !== undefined && { decisionId }),
    ...(reasons && { reasons }),
  });
}
