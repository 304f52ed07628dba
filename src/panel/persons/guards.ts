/**
 * Whose request it is, and that it comes from this page. A session's cookie goes with every request of the browser, so
 * a request that changes something must also show what another site cannot make a browser send: a header of its own,
 * and where the browser tells it, that the page is this one.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Session, SignInDoor } from '../../ports/persons.ts';
import { sendProblem } from '../problem.ts';

export const sessionCookie = 'kakou-session';
const ownHeader = 'x-kakou-request';

export type Guarded = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;

/** Undefined: it comes from this page, or from no browser. */
export const ofThisPage: Guarded = (request, reply) => {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign =
    (site !== undefined && site !== 'same-origin') ||
    (origin !== undefined && hostOf(origin) !== host) ||
    request.headers[ownHeader] !== '1';
  if (!isForeign) return undefined;
  return sendProblem(reply, {
    status: 403,
    title: 'Not from here',
    code: 'request-foreign',
    detail: `A request that changes something comes from this gate's own page and bears the header ${ownHeader}: 1.`,
  });
};

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

export function sessionOf(request: FastifyRequest, door: SignInDoor): Session | undefined {
  const token = tokenOf(request);
  return token === undefined ? undefined : door.session(token);
}

export function tokenOf(request: FastifyRequest): string | undefined {
  const token = request.cookies[sessionCookie];
  return token === undefined || token.length > 64 ? undefined : token;
}

export function askToSignIn(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, {
    status: 401,
    title: 'Sign in first',
    code: 'sign-in-needed',
    detail:
      'POST /api/session with name and password; a session ends after 30 minutes without use.',
  });
}
