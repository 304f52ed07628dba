/**
 * The flight recorder's newest traffic, as a file. It names plates and papers, so only programs of this machine get
 * it: not another host, and not what a proxy on this machine passes on.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.ts';

const recordingPath = '/api/recording';

const ofThisMachine = /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/;
const ofProxies = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

export function addRecording(app: FastifyInstance, recordingNow: () => Iterable<string>): void {
  let isRead = false;
  app.get(recordingPath, { exposeHeadRoute: false }, (request, reply) => {
    const isProxied = ofProxies.some((name) => request.headers[name] !== undefined);
    if (isProxied || !ofThisMachine.test(request.socket.remoteAddress ?? '')) {
      return sendProblem(reply, {
        status: 403,
        title: 'Not from elsewhere',
        detail: 'A recording is given to programs of this machine alone: use kakou recorder dump.',
      });
    }
    if (isRead) {
      return sendProblem(reply.header('retry-after', '10'), {
        status: 503,
        title: 'A recording is being read',
        detail: 'One at a time; try again when it is done.',
      });
    }
    isRead = true;
    const over = () => {
      isRead = false;
    };
    const body = Readable.from(slices(recordingNow(), over));
    body.once('close', over);
    return reply
      .header('cache-control', 'no-store')
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .send(body);
  });
}

/** Sent at a time, characters: the gate has its turn between two slices. */
const sliceLength = 65_536;

async function* slices(lines: Iterable<string>, over: () => void): AsyncGenerator<string> {
  let slice = '';
  for (const line of lines) {
    slice += line;
    if (slice.length < sliceLength) continue;
    yield slice;
    slice = '';
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  if (slice !== '') yield slice;
  over();
}
