/** Errors of the panel's HTTP interface as problem details (RFC 9457). */
import type { FastifyReply } from 'fastify';
import type { ReasonText } from '../core/decision/check.ts';

export interface Problem {
  readonly status: number;
  readonly title: string;
  /** What to do about it. */
  readonly detail: string;
  /** Of the fault table, where it has one. */
  readonly code?: string;
  readonly text?: ReasonText;
  /** Where the refusal is on record as a decision. */
  readonly decisionId?: string;
  readonly reasons?: readonly string[];
}

const problemMediaType = 'application/problem+json; charset=utf-8';

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', problemMediaType)
    .header('cache-control', 'no-store')
    .send(JSON.stringify({ type: 'about:blank', ...problem }));
}
