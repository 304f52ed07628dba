/** Errors of the panel's HTTP interface as problem details (RFC 9457). */
import type { FastifyReply } from 'fastify';

export interface Problem {
  readonly status: number;
  readonly title: string;
  /** What to do about it. */
  readonly detail: string;
}

const problemMediaType = 'application/problem+json; charset=utf-8';

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', problemMediaType)
    .header('cache-control', 'no-store')
    .send(JSON.stringify({ type: 'about:blank', ...problem }));
}
